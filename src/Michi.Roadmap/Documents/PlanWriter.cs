using System.Text;
using Michi.Platform.Documents;
using Michi.Platform.Tables;

namespace Michi.Roadmap.Documents;

/// <summary>Writes a plan as a file.</summary>
internal static class PlanWriter
{
    /// <summary>Endings of the files offered on pages.</summary>
    public static IReadOnlyList<string> Offered { get; } = ["pdf", "xlsx", "csv", "xml", "ics", "json"];

    /// <summary>Endings of all files that can be written.</summary>
    public static IReadOnlyList<string> Endings { get; } = [.. Offered, "html"];

    /// <summary>Whether a file is written for people to read, with what surrounds the plan.</summary>
    public static bool IsDocument(string ending) => ending is "pdf" or "html";

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

    private static Task<string> HtmlAsync(PlanSubject subject, bool isSummary) =>
        DocumentHtml.WriteAsync<PlanDocument>((nameof(PlanDocument.Of), subject with { Address = null }), (nameof(PlanDocument.IsSummary), isSummary));
}
