using Michi.Platform.Documents;
using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;

namespace Michi.Assessment.Reports;

/// <summary>What can be done with the report that a page shows.</summary>
/// <param name="Other">The other kind of report: name and address.</param>
/// <param name="Files">Downloads.</param>
/// <param name="Inside">The same with or without internal evidence, for those who may see it.</param>
/// <param name="Share">Where links are made, for those who may.</param>
/// <param name="CanPrint">Whether this machine can make a PDF.</param>
internal sealed record ReportActions((string Name, string Href) Other, IReadOnlyList<(string Name, string Href)> Files, (string Name, string Href)? Inside, (string Name, string Href)? Share, bool CanPrint);

/// <summary>The report on a place as a page: whole, or as one page.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ReportPage(ReportBook book) : PlacePage
{
    [BindProperty(SupportsGet = true, Name = "internal")]
    public bool WithInternal { get; set; }

    [BindProperty(SupportsGet = true, Name = "assessment")]
    public Guid? Assessment { get; set; }

    public bool IsSummary { get; private set; }
    public ReportModel Report { get; private set; } = null!;
    public ReportActions Actions { get; private set; } = null!;

    public async Task OnGetAsync(string? kind, CancellationToken cancel)
    {
        IsSummary = ReportFile.KindOf(kind) == ReportKind.Summary;
        Report = await book.OfAsync(Place, Lang, ReportFile.KindOf(kind), WithInternal, Assessment, cancel);
        Actions = new(
            (T[IsSummary ? "report.full" : "report.summary"], Address(IsSummary ? "report" : "report/summary", WithInternal)),
            [.. ReportFile.Formats.Select(f => (Name: T[$"report.formats.{f}"], Href: Address($"report.{ReportFile.Ending(f)}", WithInternal, IsSummary)))],
            await Reader.CanAsync(Right.Contribute, Place, cancel) ? (T[WithInternal ? "report.without-internal" : "report.with-internal"], Address(IsSummary ? "report/summary" : "report", !WithInternal)) : null,
            await Reader.CanAsync(Right.Facilitate, Place, cancel) ? (T["report.links.title"], Here("report/links")) : null,
            PdfPrinter.Browser() is not null);
    }

    private string Address(string path, bool withInternal, bool summary = false) => QueryHelpers.AddQueryString(Here(path), new Dictionary<string, string?>
    {
        ["kind"] = summary ? "summary" : null,
        ["internal"] = withInternal ? "true" : null,
        ["assessment"] = Assessment?.ToString(),
    });
}
