using Michi.Approach;
using Michi.Assessment;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Initiatives;

/// <summary>Everything the library says of one initiative; planners copy it into their plan.</summary>
[Allow(Right.ViewPlace, Right.Plan)]
internal sealed class LibraryDetailPage(Diagnoses diagnoses, PlaceDirectory places) : InitiativePage
{
    public LibraryInitiative Item { get; private set; } = null!;
    public IReadOnlyDictionary<string, int> Levels { get; private set; } = new Dictionary<string, int>();
    public IReadOnlyList<LibraryInitiative> Before { get; private set; } = [];
    public Initiative? Copy { get; private set; }
    public PlaceFact? Population { get; private set; }

    public async Task<IActionResult> OnGetAsync(string id, CancellationToken cancel)
    {
        if (Library.Find(id) is not { } item) return NotFound();
        await LoadAsync(cancel);
        Item = item;
        Copy = All.FirstOrDefault(i => i.Code == id);
        Levels = (await diagnoses.OfAsync(Place, cancel)).Elements.ToDictionary(e => e.Element.Id, e => e.MostLikely);
        Before = [.. LibraryCopy.WithPrerequisites(Library, [id], All.Where(i => i.RetiredAt is null).Select(i => i.Code).ToHashSet()).Where(b => b.Id != id)];
        Population = LibraryCopy.Population(await places.FactsAsync(Place.Id, cancel));
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id, bool withPrerequisites, CancellationToken cancel)
    {
        if (Library.Find(id) is null) return NotFound();
        Say(CopyMessage.Of(T, await Book.CopyAsync(Place, [id], withPrerequisites, cancel), Words));
        return Redirect(Here($"initiatives/{id}"));
    }
}
