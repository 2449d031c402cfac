using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Michi.Platform.Documents;
using Michi.Platform.Charts;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.Assessment.Reports;

/// <summary>Writes a report as a file.</summary>
internal static class ReportRenderer
{
    private static readonly IServiceProvider Services = new ServiceCollection().AddSingleton(HtmlEncoder.Create(UnicodeRanges.All)).BuildServiceProvider();

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
    public static async Task<string> HtmlAsync(ReportModel model)
    {
        await using var renderer = new HtmlRenderer(Services, NullLoggerFactory.Instance);
        return (await renderer.RenderAsync<ReportDocument>((nameof(ReportPart.Model), model))).ToString()!;
    }
}
