using Michi.Platform.Documents;
using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Reports;

/// <summary>A report that its holder opened by a link: no account, read only, public evidence only. A link that does not work is not told from one that never was.</summary>
[Allow(Right.Anyone)]
internal sealed class SharedReportPage(ShareBook links, ReportBook book) : MichiPage
{
    public bool IsSummary { get; private set; }
    public ReportModel Report { get; private set; } = null!;
    public ReportActions Actions { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(string secret, string? kind, CancellationToken cancel)
    {
        Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        if (await links.PlaceOfAsync(secret, cancel) is not { } place) return NotFound();
        IsSummary = ReportFile.KindOf(kind) == ReportKind.Summary;
        Report = await book.SharedAsync(place, Lang, ReportFile.KindOf(kind), cancel);
        var here = At($"shared/{secret}");
        Actions = new(
            (T[IsSummary ? "report.full" : "report.summary"], IsSummary ? here : $"{here}/summary"),
            [.. ReportFile.Formats.Select(f => (T[$"report.formats.{f}"], $"{here}/report.{ReportFile.Ending(f)}{(IsSummary ? "?kind=summary" : "")}"))],
            null, null, PdfPrinter.Browser() is not null);
        return Page();
    }
}
