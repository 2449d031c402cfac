using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Charts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Michi.Assessment.Compare;

/// <summary>The places below a country side by side: stage, direction, score, heat map of elements; filtered, ordered, paged.</summary>
[Allow(Right.ViewPlace)]
internal sealed class CitiesPage(ProfileTable profiles, PackStore packs) : PlacePage
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true, Name = "stage")]
    public string? Stage { get; set; }

    [BindProperty(SupportsGet = true, Name = "direction")]
    public string? Direction { get; set; }

    /// <summary>What the diagnosis rests on: <c>ratings</c> or <c>evidence</c>; empty = either.</summary>
    [BindProperty(SupportsGet = true, Name = "basis")]
    public string? RestsOn { get; set; }

    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Query { get; set; }

    [BindProperty(SupportsGet = true, Name = "sort")]
    public string? Sort { get; set; }

    // Not "page", which in Razor Pages is the page's own name.
    [BindProperty(SupportsGet = true, Name = "rows")]
    public int PageNumber { get; set; } = 1;

    public ContentPack Current => packs.Current;
    public int Total { get; private set; }
    public int Found { get; private set; }
    public int Pages { get; private set; }
    public IReadOnlyList<(PlaceItem Place, ProfileRow? Row)> Shown { get; private set; } = [];
    public IReadOnlyList<HeatColumn> Columns { get; private set; } = [];
    public IReadOnlyList<HeatRow> Rows { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var found = await FindAsync(cancel);
        Found = found.Count;
        Pages = Math.Max(1, (Found + PageSize - 1) / PageSize);
        PageNumber = Math.Clamp(PageNumber, 1, Pages);
        Shown = [.. found.Skip((PageNumber - 1) * PageSize).Take(PageSize)];
        (Columns, Rows) = HeatTable.Of(Current, Pack, Shown.Select(p => (p.Place.NameIn(Lang), At(p.Place.Slug), p.Row)));
    }

    /// <summary>The table as a file: every page of what the filter finds.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel) =>
        TableDownload.Answer(format, $"{Place.Slug}-cities", CityTable.Of(Current, Pack, T, T["tabs.cities"], await FindAsync(cancel)));

    private async Task<IReadOnlyList<(PlaceItem Place, ProfileRow? Row)>> FindAsync(CancellationToken cancel)
    {
        var places = await Reader.ChildrenAsync(Place, cancel);
        Total = places.Count;
        var rows = await profiles.OfAsync([.. places.Select(p => p.Id)], cancel);
        var found = places.Select(p => (Place: p, Row: rows.GetValueOrDefault(p.Id))).Where(p => IsAsked(p.Place, p.Row));
        return Sort == "score" ? [.. found.OrderByDescending(p => p.Row?.Whole[1] ?? -1)] : [.. found.OrderBy(p => p.Place.NameIn(Lang), StringComparer.Create(T.Culture, ignoreCase: true))];
    }

    private bool IsAsked(PlaceItem place, ProfileRow? row) =>
        (string.IsNullOrEmpty(Stage) || row?.Stage == Stage)
        && (string.IsNullOrEmpty(Direction) || row?.Direction == Direction)
        && (string.IsNullOrEmpty(RestsOn) || (row is not null && row.RatedElements > 0 == (RestsOn == "ratings")))
        && (string.IsNullOrWhiteSpace(Query) || place.Names.Values.Any(n => n.Contains(Query.Trim(), StringComparison.OrdinalIgnoreCase)));

    public string PageAddress(int page) => QueryHelpers.AddQueryString(Here("cities"), new Dictionary<string, string?>
    {
        ["stage"] = Stage,
        ["direction"] = Direction,
        ["basis"] = RestsOn,
        ["q"] = Query,
        ["sort"] = Sort,
        ["rows"] = page.ToString(CultureInfo.InvariantCulture),
    });
}
