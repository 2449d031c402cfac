using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Charts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Michi.Assessment.Compare;

/// <summary>The places below a country side by side: stage, direction, score, heat map of elements; filtered, ordered, paged.</summary>
[Allow(Right.ViewPlace)]
internal sealed class CitiesPage(PlaceDirectory directory, ProfileTable profiles, PackStore packs) : PlacePage
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true, Name = "stage")]
    public string? Stage { get; set; }

    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Query { get; set; }

    [BindProperty(SupportsGet = true, Name = "sort")]
    public string? Sort { get; set; }

    [BindProperty(SupportsGet = true, Name = "page")]
    public int PageNumber { get; set; } = 1;

    public ContentPack Current => packs.Current;
    public int Total { get; private set; }
    public int Found { get; private set; }
    public int Pages { get; private set; }
    public IReadOnlyList<(Place Place, ProfileRow? Row)> Shown { get; private set; } = [];
    public IReadOnlyList<HeatColumn> Columns { get; private set; } = [];
    public IReadOnlyList<HeatRow> Rows { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var places = new List<Place>();
        foreach (var place in await directory.ChildrenAsync(Place.Id, cancel))
            if (await Reader.CanAsync(Right.ViewPlace, place, cancel)) places.Add(place);
        Total = places.Count;
        var rows = await profiles.OfAsync([.. places.Select(p => p.Id)], cancel);
        var found = places.Select(p => (Place: p, Row: rows.GetValueOrDefault(p.Id)))
            .Where(p => (string.IsNullOrEmpty(Stage) || p.Row?.Stage == Stage)
                && (string.IsNullOrWhiteSpace(Query) || p.Place.Names.Values.Any(n => n.Contains(Query.Trim(), StringComparison.OrdinalIgnoreCase))))
            .ToList();
        found = Sort == "score" ? [.. found.OrderByDescending(p => p.Row?.Whole[1] ?? -1)] : [.. found.OrderBy(p => p.Place.NameIn(Lang), StringComparer.Create(T.Culture, ignoreCase: true))];
        Found = found.Count;
        Pages = Math.Max(1, (Found + PageSize - 1) / PageSize);
        PageNumber = Math.Clamp(PageNumber, 1, Pages);
        Shown = [.. found.Skip((PageNumber - 1) * PageSize).Take(PageSize)];
        (Columns, Rows) = HeatTable.Of(Current, Pack, Shown.Select(p => (p.Place.NameIn(Lang), At(p.Place.Slug), p.Row)));
    }

    public string PageAddress(int page) => QueryHelpers.AddQueryString(Here("cities"), new Dictionary<string, string?>
    {
        ["stage"] = Stage,
        ["q"] = Query,
        ["sort"] = Sort,
        ["page"] = page.ToString(CultureInfo.InvariantCulture),
    });
}
