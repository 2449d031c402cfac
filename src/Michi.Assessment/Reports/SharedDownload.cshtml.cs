using Michi.Platform.Documents;
using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Reports;

/// <summary>A report opened by a link, as a file.</summary>
[Allow(Right.Anyone)]
internal sealed class SharedDownloadPage(ShareBook links, ReportBook book, ReportFile files) : MichiPage
{
    public string Report { get; private set; } = "";
    public PdfFault? Fault { get; private set; }

    public async Task<IActionResult> OnGetAsync(string secret, string ending, string? kind, CancellationToken cancel)
    {
        Response.Headers["X-Robots-Tag"] = "noindex, nofollow";
        if (await links.PlaceOfAsync(secret, cancel) is not { } place) return NotFound();
        Report = At($"shared/{secret}{(kind == "summary" ? "/summary" : "")}");
        (var answer, Fault) = await files.AnswerAsync(this, await book.SharedAsync(place, Lang, ReportFile.KindOf(kind), cancel), ending, cancel);
        return answer;
    }
}
