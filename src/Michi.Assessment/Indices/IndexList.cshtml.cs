using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Indices;

/// <summary>The composite indices of a country, and the template to start one with.</summary>
[Allow(Right.ViewPlace)]
internal sealed class IndexListPage(IndexBook book) : PlacePage
{
    public IReadOnlyList<IndexHead> Indices { get; private set; } = [];
    public bool MayEdit { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (Place.Kind != PlaceKind.Country) return NotFound();
        (Indices, MayEdit) = (await book.AllAsync(Place, cancel), await Reader.CanAsync(Right.Contribute, Place, cancel));
        return Page();
    }

    /// <summary>The template: a workbook, or one of its two sheets as CSV.</summary>
    public IActionResult OnGetTemplate(string? format, string? sheet) => TableDownload.Of(
        format, sheet == KpiTableReader.Indicators ? "michi-index-indicators" : "michi-index-template",
        [KpiTableWriter.Data(KpiTableWriter.Template), KpiTableWriter.Indicators(KpiTableWriter.Template)], sheet) ?? (IActionResult)NotFound();
}
