using Michi.Platform.Accounts;

namespace Michi.Platform.Places;

/// <summary>The start page: the places the reader may see.</summary>
[Allow(Right.Anyone)]
internal sealed class HomePage(PlaceDirectory directory) : MichiPage
{
    public IReadOnlyList<Place> Places { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var seen = new List<Place>();
        foreach (var place in await directory.AllAsync(cancel))
            if (await Reader.CanAsync(Right.ViewPlace, place, cancel)) seen.Add(place);
        Places = seen;
    }
}
