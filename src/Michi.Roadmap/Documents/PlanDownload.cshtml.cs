using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Documents;
using Michi.Platform.Tables;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Documents;

/// <summary>The plan of a place as a file, or one of its tables.</summary>
[Allow(Right.ViewPlace)]
internal sealed class PlanDownloadPage(PlanBook book, PlanSubjects subjects, PdfPress press) : PlacePage
{
    public override string Step => "plan";

    public PdfFault? Fault { get; private set; }

    public async Task<IActionResult> OnGetAsync(string ending, string? kind, string? table, Guid? plan, CancellationToken cancel)
    {
        if (await book.ChosenAsync(Place, plan, cancel) is not { } shown) return NotFound();
        var (subject, isSummary) = (subjects.Of(Place, shown, Lang), kind == "summary");
        // What it shows depends on who asks; no cache keeps it.
        Response.Headers.CacheControl = "private, no-store";
        if (table is not null) return PlanTables.Find(subject, table) is { } found ? TableDownload.Answer(ending, $"{Place.Slug}-{table}", found) : NotFound();
        if (PlanWriter.IsDocument(ending)) subject = await subjects.ForDocumentAsync(subject, cancel);
        try
        {
            return File(await PlanWriter.WriteAsync(subject, ending, isSummary, html => press.PrintAsync(html, cancel)), PlanWriter.MediaType(ending), PlanWriter.NameOf(subject, ending, isSummary));
        }
        catch (PdfException fault)
        {
            Fault = fault.Fault;
            Response.StatusCode = 503;
            if (Fault == PdfFault.Busy) Response.Headers.RetryAfter = "10";
            return Page();
        }
    }
}
