using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Charts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Compare;

/// <summary>Places of the reader's choice side by side.</summary>
[Allow(Right.Anyone)]
internal sealed class ComparePage(ProfileTable profiles, PackStore packs) : MichiPage
{
    private const int Most = 40;

    [BindProperty(SupportsGet = true, Name = "places")]
    public string[] Slugs { get; set; } = [];

    public IReadOnlyList<PlaceItem> All { get; private set; } = [];
    public IReadOnlyList<(PlaceItem Place, ProfileRow? Row)> Chosen { get; private set; } = [];
    public IReadOnlyList<HeatColumn> Columns { get; private set; } = [];
    public IReadOnlyList<HeatRow> Rows { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var all = (await Reader.PlacesAsync(Right.ViewPlace, cancel)).Where(p => p.Kind != PlaceKind.Country).ToList();
        // "?places=a,b" in a link, "?places=a&places=b" from the form.
        var wanted = Slugs.OfType<string>().SelectMany(s => s.Split(',')).Distinct().Take(Most).ToHashSet(StringComparer.Ordinal);
        All = [.. all.Take(400)];
        var chosen = all.Where(p => wanted.Contains(p.Slug)).ToList();
        var rows = await profiles.OfAsync([.. chosen.Select(p => p.Id)], cancel);
        Chosen = [.. chosen.Select(p => (p, rows.GetValueOrDefault(p.Id)))];
        (Columns, Rows) = HeatTable.Of(packs.Current, Pack, Chosen.Select(p => (p.Place.NameIn(Lang), At(p.Place.Slug), p.Row)));
    }

    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        return TableDownload.Answer(format, "compare", CityTable.Of(packs.Current, Pack, T, T["compare.title"], Chosen));
    }
}
