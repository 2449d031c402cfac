using Michi.Platform;
using Michi.Platform.Documents;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Reports;

/// <summary>Writes a report in one of its forms for download; where it cannot be printed, says why and what to do instead.</summary>
internal sealed class ReportFile(PdfPress press)
{
    /// <summary>The forms offered for download.</summary>
    public static IReadOnlyList<ReportFormat> Formats { get; } = [ReportFormat.Pdf, ReportFormat.Xlsx, ReportFormat.Json];

    public static string Ending(ReportFormat format) => format.ToString().ToLowerInvariant();

    /// <summary>The kind an address asks for: <c>summary</c>, else the full report.</summary>
    public static ReportKind KindOf(string? kind) => kind == "summary" ? ReportKind.Summary : ReportKind.Full;

    public static string MediaType(ReportFormat format) => format switch
    {
        ReportFormat.Pdf => "application/pdf",
        ReportFormat.Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ReportFormat.Json => "application/json",
        _ => "text/html",
    };

    public static string NameOf(ReportModel model, ReportFormat format) =>
        $"{model.Place.Slug}-{(model.Kind == ReportKind.Summary ? "summary" : "report")}-{model.T.Language}.{Ending(format)}";

    /// <exception cref="PdfException">It could not be printed, or not yet.</exception>
    public async Task<byte[]> WriteAsync(ReportModel model, ReportFormat format, CancellationToken cancel) =>
        format == ReportFormat.Pdf ? await press.PrintAsync(await ReportRenderer.HtmlAsync(model), cancel) : await ReportRenderer.WriteAsync(model, format, cancel);

    /// <summary>Answers a page's request: the file, or with status 503 the page itself, which tells <paramref name="model"/>'s reader what to do.</summary>
    public async Task<(IActionResult Answer, PdfFault? Fault)> AnswerAsync(PageModel page, ReportModel model, string ending, CancellationToken cancel)
    {
        var format = Enum.Parse<ReportFormat>(ending, ignoreCase: true);
        try
        {
            var bytes = await WriteAsync(model, format, cancel);
            // What it shows depends on who asks; no cache keeps it.
            page.Response.Headers.CacheControl = "private, no-store";
            return (page.File(bytes, MediaType(format), NameOf(model, format)), null);
        }
        catch (PdfException fault)
        {
            page.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            if (fault.Fault == PdfFault.Busy) page.Response.Headers.RetryAfter = "10";
            return (page.Page(), fault.Fault);
        }
    }
}

/// <summary>The report on a place through the API.</summary>
internal static class GetReport
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/places/{place}/report", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("The report on a place as json, html, xlsx or pdf")
            .ProducesProblem(422).ProducesProblem(503);

    /// <param name="lang">Language of the report.</param>
    /// <param name="kind"><c>full</c> or <c>summary</c>.</param>
    /// <param name="withInternal">Lists internal evidence too, where the account contributes.</param>
    /// <param name="assessment">Another assessment than the newest.</param>
    public static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Handle(
        string place, HttpContext http, ReportBook book, ReportFile files, UiTexts texts, CancellationToken cancel,
        string lang = "en", string kind = "full", string format = "json", [FromQuery(Name = "internal")] bool withInternal = false, Guid? assessment = null)
    {
        if (!texts.Languages.Contains(lang)) return InputProblems.Unknown("language", lang, texts.Languages);
        if (kind is not ("full" or "summary")) return InputProblems.Unknown("kind", kind, ["full", "summary"]);
        if (!Enum.TryParse<ReportFormat>(format, ignoreCase: true, out var form) || !Enum.IsDefined(form)) return InputProblems.Unknown("format", format, Enum.GetNames<ReportFormat>().Select(n => n.ToLowerInvariant()));
        var model = await book.OfAsync((Place)http.Items[typeof(Place)]!, lang, ReportFile.KindOf(kind), withInternal, assessment, cancel);
        try
        {
            var bytes = await files.WriteAsync(model, form, cancel);
            http.Response.Headers.CacheControl = "private, no-store";
            return TypedResults.File(bytes, ReportFile.MediaType(form), ReportFile.NameOf(model, form));
        }
        catch (PdfException fault)
        {
            return InputProblems.Unprinted(fault.Fault, texts.In(lang));
        }
    }
}
