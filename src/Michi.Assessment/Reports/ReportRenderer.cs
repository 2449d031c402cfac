using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
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
        _ => throw new NotSupportedException(),
    };

    /// <summary>The report as one HTML document with its style in it.</summary>
    public static async Task<string> HtmlAsync(ReportModel model)
    {
        await using var renderer = new HtmlRenderer(Services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var view = ParameterView.FromDictionary(new Dictionary<string, object?> { [nameof(ReportPart.Model)] = model });
            return (await renderer.RenderComponentAsync<ReportDocument>(view)).ToHtmlString();
        });
    }
}
