using System.Text;
using Michi.Platform.Documents;
using Michi.Platform.Charts;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;

namespace Michi.Assessment.Reports;

/// <summary>Writes a report as a file.</summary>
internal static class ReportRenderer
{
    /// <exception cref="PdfException">It could not be printed.</exception>
    public static async Task<byte[]> WriteAsync(ReportModel model, ReportFormat format, CancellationToken cancel) => format switch
    {
        ReportFormat.Html => Encoding.UTF8.GetBytes(await HtmlAsync(model)),
        ReportFormat.Pdf => await PdfPrinter.PrintAsync(await HtmlAsync(model), cancel),
        ReportFormat.Json => ReportJson.Write(model),
        _ => ReportWorkbook.Write(model),
    };

    /// <summary>The report for a page.</summary>
    public static Task<IHtmlContent> RenderAsync(this HtmlRenderer renderer, ReportModel model) => model.Kind == ReportKind.Summary
        ? renderer.RenderAsync<ReportSummary>((nameof(ReportPart.Model), model))
        : renderer.RenderAsync<ReportFull>((nameof(ReportPart.Model), model));

    /// <summary>The report as one HTML document with its style in it.</summary>
    public static Task<string> HtmlAsync(ReportModel model) => DocumentHtml.WriteAsync<ReportDocument>((nameof(ReportPart.Model), model));
}
