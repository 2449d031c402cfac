using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Michi.Assessment.Evidence;

/// <summary>The evidence about a place, its country's included, filtered and paged.</summary>
[Allow(Right.ViewPlace)]
internal sealed class EvidenceListPage(EvidenceBook book, PackStore packs) : PlacePage
{
    private const int PageSize = 50;

    [BindProperty(SupportsGet = true, Name = "element")]
    public string? Element { get; set; }

    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Query { get; set; }

    [BindProperty(SupportsGet = true, Name = "retired")]
    public bool WithRetired { get; set; }

    [BindProperty(SupportsGet = true, Name = "page")]
    public int PageNumber { get; set; } = 1;

    public IReadOnlyList<Element> Elements => packs.Current.Elements;
    public bool MayEdit { get; private set; }
    public int Total { get; private set; }
    public int Pages { get; private set; }
    public IReadOnlyList<PlacedEvidence> Shown { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        MayEdit = await Reader.CanAsync(Right.Contribute, Place, cancel);
        var items = (await book.ForReaderAsync(Place, WithRetired, cancel)).Where(Matches).ToList();
        Total = items.Count;
        Pages = Math.Max(1, (Total + PageSize - 1) / PageSize);
        PageNumber = Math.Clamp(PageNumber, 1, Pages);
        Shown = [.. items.Skip((PageNumber - 1) * PageSize).Take(PageSize)];
    }

    public string PageAddress(int page) => QueryHelpers.AddQueryString(Here("evidence"), new Dictionary<string, string?>
    {
        ["element"] = Element,
        ["q"] = Query,
        ["retired"] = WithRetired ? "true" : null,
        ["page"] = page.ToString(CultureInfo.InvariantCulture),
    });

    private bool Matches(PlacedEvidence e) =>
        (string.IsNullOrEmpty(Element) || e.Item.Links.Any(l => l.Element == Element))
        && (string.IsNullOrWhiteSpace(Query) || e.Item.Statement.Values.Append(e.Item.Source).Append(e.Item.Code).Any(s => s.Contains(Query.Trim(), StringComparison.OrdinalIgnoreCase)));
}
