using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Tables;
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

    // Not "page", which in Razor Pages is the page's own name.
    [BindProperty(SupportsGet = true, Name = "rows")]
    public int PageNumber { get; set; } = 1;

    public IReadOnlyList<Element> Elements => packs.Current.Elements;
    public bool MayEdit { get; private set; }
    public int Total { get; private set; }
    public int Pages { get; private set; }
    public IReadOnlyList<PlacedEvidence> Shown { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        var items = await FindAsync(cancel);
        Total = items.Count;
        Pages = Math.Max(1, (Total + PageSize - 1) / PageSize);
        PageNumber = Math.Clamp(PageNumber, 1, Pages);
        Shown = [.. items.Skip((PageNumber - 1) * PageSize).Take(PageSize)];
    }

    /// <summary>The evidence as a file: every page of what the filter finds.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel) => TableDownload.Answer(format, $"{Place.Slug}-evidence", PageTable.Of(T["evidence.title"],
        PageTable.Headers(T, "code", "place", "elements", "statement", "kind", "quality", "date", "source", "internal", "retired"),
        (await FindAsync(cancel)).Select(e => (IReadOnlyList<TableCell>)
        [
            e.Item.Code, e.Place.NameIn(Lang), string.Join("\n", e.Item.Links.Select(l => $"{l.Element} {Pack.Name("says", l.Says)}")), e.Item.StatementIn(Lang),
            Pack.Name("kinds", e.Item.Kind), Pack.Name("qualities", e.Item.Quality), e.Item.Date, e.Item.Source, e.Item.IsInternal ? T["evidence.internal"] : null, e.Item.RetiredReason,
        ])));

    private async Task<IReadOnlyList<PlacedEvidence>> FindAsync(CancellationToken cancel)
    {
        MayEdit = await Reader.CanAsync(Right.Contribute, Place, cancel);
        return [.. (await book.ForReaderAsync(Place, WithRetired, cancel)).Where(Matches)];
    }

    public string PageAddress(int page) => QueryHelpers.AddQueryString(Here("evidence"), new Dictionary<string, string?>
    {
        ["element"] = Element,
        ["q"] = Query,
        ["retired"] = WithRetired ? "true" : null,
        ["rows"] = page.ToString(CultureInfo.InvariantCulture),
    });

    private bool Matches(PlacedEvidence e) =>
        (string.IsNullOrEmpty(Element) || e.Item.Links.Any(l => l.Element == Element))
        && (string.IsNullOrWhiteSpace(Query) || e.Item.Statement.Values.Append(e.Item.Source).Append(e.Item.Code).Any(s => s.Contains(Query.Trim(), StringComparison.OrdinalIgnoreCase)));
}
