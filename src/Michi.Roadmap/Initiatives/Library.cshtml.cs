using Michi.Approach;
using Michi.Assessment;
using Michi.Assessment.Profiles;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Initiatives;

/// <summary>The initiative library beside the gaps of a place: what is suggested, what is there, what can be copied.</summary>
[Allow(Right.ViewPlace, Right.Plan)]
internal sealed class LibraryPage(Diagnoses diagnoses, PlaceDirectory places) : InitiativePage
{
    [BindProperty(SupportsGet = true, Name = "sector")]
    public string? Sector { get; set; }

    [BindProperty(SupportsGet = true, Name = "element")]
    public string? Element { get; set; }

    [BindProperty(SupportsGet = true, Name = "maturity")]
    public string? Maturity { get; set; }

    [BindProperty(SupportsGet = true, Name = "type")]
    public string? Type { get; set; }

    [BindProperty(SupportsGet = true, Name = "quick")]
    public bool QuickWins { get; set; }

    public Diagnosis Diagnosis { get; private set; } = null!;
    public IReadOnlyList<Gap> Gaps { get; private set; } = [];
    public IReadOnlyList<LibrarySuggestion> Suggestions { get; private set; } = [];
    public IReadOnlyList<LibraryInitiative> Shown { get; private set; } = [];

    /// <summary>The population that copies are scaled by, or null.</summary>
    public PlaceFact? Population { get; private set; }

    public bool IsFiltered => !string.IsNullOrEmpty(Sector + Element + Maturity + Type) || QuickWins;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        Diagnosis = await diagnoses.OfAsync(Place, cancel);
        Gaps = LibrarySuggestions.GapsOf(Diagnosis);
        Population = LibraryCopy.Population(await places.FactsAsync(Place.Id, cancel));
        Suggestions = LibrarySuggestions.For(Gaps, Diagnosis.Elements.ToDictionary(e => e.Element.Id, e => e.MostLikely), Library, All.Select(i => i.Code).ToHashSet());
        Shown = [.. Find()];
    }

    /// <summary>What the filter finds as a file, ranges unrounded.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        return TableDownload.Answer(format, "initiative-library", InitiativeTables.Of(T, T["library.title"],
            ["code", "name", "sector", "type", "maturity", "lifts", "cost-low", "cost-high", "operation-low", "operation-high", "revenue-low", "revenue-high", "currency", "duration-low", "duration-high", "source", "prerequisites", "quick-win"],
            Find().Select(i => (IReadOnlyList<TableCell>)
            [
                i.Id, Words[$"{i.Id}.name"], Words[$"library.sectors.{i.Sector}"], Words[$"library.types.{i.Type}"], Words[$"library.maturities.{i.Maturity}"],
                string.Join("\n", i.Lifts.Select(l => Text.Lift(l.ElementId, l.From, l.To))), i.Cost.Low, i.Cost.High, i.Operation.Low, i.Operation.High, i.Revenue?.Low, i.Revenue?.High, Library.Currency,
                i.Duration.Low, i.Duration.High, i.Cost.Source, string.Join("\n", i.Prerequisites.Select(p => p.InitiativeId)), Words.Find($"{i.Id}.quick-win"),
            ])));
    }

    /// <summary>Copies what was chosen.</summary>
    /// <param name="ids">Ids of the library.</param>
    public async Task<IActionResult> OnPostAsync(string[] ids, bool alone, CancellationToken cancel)
    {
        if (ids.Length == 0 || ids.Length > Library.Initiatives.Count)
        {
            await OnGetAsync(cancel);
            return Again([new("suggested", "library-none-chosen")]);
        }
        var copied = await Book.CopyAsync(Place, ids, !alone, cancel);
        Say(CopyMessage.Of(T, copied, Words));
        return Redirect(Here("initiatives"));
    }

    /// <summary>The first blocker or gap that an initiative lifts from where the city stands, or null.</summary>
    public Gap? Answers(LibraryInitiative initiative) => Gaps.FirstOrDefault(g => g.IsBlocker && LibrarySuggestions.LiftOf(initiative, g) is not null);

    public Initiative? Copy(string id) => All.FirstOrDefault(i => i.Code == id);

    private IEnumerable<LibraryInitiative> Find() => Library.Initiatives.Where(i => (string.IsNullOrEmpty(Sector) || i.Sector == Sector) && (string.IsNullOrEmpty(Element) || i.Lifts.Any(l => l.ElementId == Element))
        && (string.IsNullOrEmpty(Maturity) || i.Maturity == Maturity) && (string.IsNullOrEmpty(Type) || i.Type == Type) && (!QuickWins || i.QuickWinCondition is not null));
}
