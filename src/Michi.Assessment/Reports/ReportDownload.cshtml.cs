using Michi.Platform.Documents;
using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Reports;

/// <summary>The report on a place as a file.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ReportDownloadPage(ReportBook book, ReportFile files) : PlacePage
{
    public string Report { get; private set; } = "";
    public PdfFault? Fault { get; private set; }

    public async Task<IActionResult> OnGetAsync(string ending, string? kind, [FromQuery(Name = "internal")] bool withInternal, Guid? assessment, CancellationToken cancel)
    {
        Report = Here(kind == "summary" ? "report/summary" : "report");
        var model = await book.OfAsync(Place, Lang, ReportFile.KindOf(kind), withInternal, assessment, cancel);
        (var answer, Fault) = await files.AnswerAsync(this, model, ending, cancel);
        return answer;
    }
}
