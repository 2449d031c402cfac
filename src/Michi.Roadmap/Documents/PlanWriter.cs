using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using Michi.Platform.Charts;
using Michi.Platform.Documents;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.Roadmap.Documents;

/// <summary>Writes a plan as a file.</summary>
internal static class PlanWriter
{
    private static readonly IServiceProvider Services = new ServiceCollection().AddSingleton(HtmlEncoder.Create(UnicodeRanges.All)).BuildServiceProvider();

    /// <summary>Endings of the files offered on pages.</summary>
    public static IReadOnlyList<string> Offered { get; } = ["pdf", "xlsx", "csv", "xml", "ics", "json"];

    /// <summary>Endings of all files that can be written.</summary>
    public static IReadOnlyList<string> Endings { get; } = [.. Offered, "html"];

    /// <param name="print">Prints an HTML document to PDF.</param>
    /// <param name="isSummary">Whether a document is to be one page.</param>
    /// <exception cref="PdfException">It could not be printed.</exception>
    public static async Task<byte[]> WriteAsync(PlanSubject subject, string ending, bool isSummary, Func<string, Task<byte[]>> print)
    {
        switch (ending)
        {
            case "pdf": return await print(await HtmlAsync(subject, isSummary));
            case "html": return Encoding.UTF8.GetBytes(await HtmlAsync(subject, isSummary));
            case "json": return PlanTables.Json(subject);
            case "xml": return ProjectXml.Write(subject);
            case "ics": return Calendar.Write(subject);
            case "xlsx": return PlanTables.Workbook(subject);
            default:
                using (var stream = new MemoryStream())
                {
                    CsvTable.Write(stream, PlanTables.Schedule(subject));
                    return stream.ToArray();
                }
        }
    }

    public static string MediaType(string ending) => ending switch
    {
        "pdf" => "application/pdf",
        "html" => "text/html",
        "json" => "application/json",
        "xml" => "application/xml",
        "ics" => "text/calendar; charset=utf-8",
        "xlsx" => TableDownload.Xlsx,
        _ => TableDownload.Csv,
    };

    public static string NameOf(PlanSubject subject, string ending, bool isSummary) => $"{subject.Place.Slug}-{(isSummary ? "roadmap-summary" : "roadmap")}-{subject.T.Language}.{ending}";

    private static async Task<string> HtmlAsync(PlanSubject subject, bool isSummary)
    {
        await using var renderer = new HtmlRenderer(Services, NullLoggerFactory.Instance);
        return (await renderer.RenderAsync<PlanDocument>((nameof(PlanDocument.Of), subject with { Address = null }), (nameof(PlanDocument.IsSummary), isSummary))).ToString()!;
    }
}
