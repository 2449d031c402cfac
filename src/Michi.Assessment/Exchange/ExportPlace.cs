using System.Globalization;
using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Exchange;

/// <summary>Exports a place through the API, as JSON, XLSX or CSV.</summary>
internal static class ExportPlace
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/places/{place}/export", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace))
            .WithSummary("Export a place: facts, evidence, ratings of closed rounds").ProducesProblem(422);

    /// <param name="format"><c>json</c>, <c>xlsx</c> or <c>csv</c>.</param>
    /// <param name="table">For CSV: <c>evidence</c>, <c>ratings</c> or <c>consensus</c>.</param>
    /// <param name="lang">Language of a workbook's words.</param>
    /// <param name="files">For JSON: whether attached files go along.</param>
    public static async Task<Results<FileContentHttpResult, ProblemHttpResult>> Handle(
        string place, HttpContext http, ExportPlaceFile export, PackStore packs, UiTexts texts, Words words, TimeProvider clock, CancellationToken cancel,
        string format = "json", string table = "evidence", string? lang = null, bool files = true)
    {
        var problems = Faults(format, table, lang ??= words.Language, texts);
        if (problems.Count > 0) return FileProblems.Answer(problems, words, words["input.title"]);
        var found = (Place)http.Items[typeof(Place)]!;
        if (await export.ForReaderAsync(found, format == "json" && files, cancel) is not { } file)
            return FileProblems.Answer([new("files", "attachments-size", (ExportPlaceFile.MaxAttachedBytes / 1_000_000).ToString(CultureInfo.InvariantCulture))], words, words["input.title"]);
        var written = Write(file, format, table, lang, packs.Current, texts);
        return TypedResults.File(written.Bytes, written.MediaType, NameOf(found.Slug, format, table, clock));
    }

    /// <summary>What is wrong with a request for a file; empty where nothing is.</summary>
    public static List<InputProblem> Faults(string format, string table, string lang, UiTexts texts)
    {
        var problems = new List<InputProblem>();
        void OneOf(string where, string value, IEnumerable<string> allowed)
        {
            if (!allowed.Contains(value)) problems.Add(new(where, "choice", value.Length > 40 ? value[..40] : value, string.Join(", ", allowed)));
        }
        OneOf("format", format, ["json", "xlsx", "csv"]);
        OneOf("table", table, PlaceCsv.Tables);
        OneOf("lang", lang, texts.Languages);
        return problems;
    }

    /// <summary>The file in a format.</summary>
    public static (byte[] Bytes, string MediaType) Write(PlaceFile file, string format, string table, string lang, ContentPack pack, UiTexts texts)
    {
        if (format == "json") return (PlaceFileJson.Write(file), "application/json");
        using var stream = new MemoryStream();
        if (format == "csv") PlaceCsv.Write(stream, file, table, pack, texts);
        else PlaceWorkbook.Write(stream, file, pack, texts, lang);
        return (stream.ToArray(), format == "csv" ? "text/csv; charset=utf-8" : PlaceWorkbook.MediaType);
    }

    /// <summary>What a download is called: the place, what it holds, the day.</summary>
    public static string NameOf(string slug, string format, string table, TimeProvider clock) =>
        string.Create(CultureInfo.InvariantCulture, $"{slug}{(format == "csv" ? $"-{table}" : "")}-{clock.GetUtcNow():yyyy-MM-dd}.{format}");
}
