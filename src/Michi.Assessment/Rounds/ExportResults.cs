using System.Globalization;
using System.Text;
using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Rounds;

/// <summary>The results of an assessment's closed rounds as CSV, a line for each element and round.</summary>
internal static class ExportResults
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/{lang:lang}/{place}/rounds/{assessment:guid}/results.csv", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace))
            .WithSummary("Results of closed rounds as CSV");

    public static async Task<Results<FileContentHttpResult, NotFound>> Handle(
        string place, Guid assessment, HttpContext http, RoundBook book, EvidenceBook evidence, Reader reader, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(http.Place().Id, assessment, cancel) is not { } found) return TypedResults.NotFound();
        var visible = (await evidence.OfAsync(http.Place(), await reader.CanAsync(Right.Contribute, http.Place(), cancel), withRetired: true, cancel)).Select(e => e.Item.Code).ToHashSet(StringComparer.Ordinal);
        var csv = Csv(await book.ResultsAsync(found, cancel), words, visible);
        // The mark tells spreadsheet programs that it is UTF-8.
        return TypedResults.File([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(csv)], "text/csv; charset=utf-8", $"{place}-{found.CreatedAt:yyyy-MM-dd}.csv");
    }

    internal static string Csv(AssessmentResults results, Words words, IReadOnlySet<string> visible)
    {
        var names = results.Pack.Words(words.Language);
        var csv = new StringBuilder();
        string[] columns = ["assessment", "round", "element", "name", "0", "1", "2", "3", "4", "cannot-tell", "median", "disagreement", "reasons", "evidence", "consensus", "consensus-confidence", "consensus-reason"];
        Line(columns.Select(c => c.Length == 1 ? words["rounds.csv.level", c] : words[$"rounds.csv.{c}"]));
        foreach (var round in results.Closed)
        {
            foreach (var element in round.Elements)
            {
                var consensus = results.Consensus.GetValueOrDefault(element.Element.Id);
                Line([
                    results.Assessment.IsDemonstration ? $"{results.Assessment.Title} ({words["rounds.demonstration"]})" : results.Assessment.Title, Number(round.Round.Number), element.Element.Id,
                    names.Name("elements", element.Element.Id), .. Enumerable.Range(0, Approach.ContentPack.Levels).Select(l => Number(element.Told.Count(t => t == l))),
                    Number(element.Levels.Count - element.Told.Count), Number(element.Median), Number(double.IsNaN(element.Disagreement) ? null : element.Disagreement),
                    string.Join("\n", element.Reasons.Select(r => $"{(r.Level is { } level ? Number(level) : words["rounds.cannot-tell"])}: {r.Text}")),
                    string.Join(" ", element.Evidence.Where(c => visible.Contains(c.Key)).Select(c => c.Key)), Number(consensus?.Level),
                    consensus is null ? "" : names.Name("confidences", consensus.Confidence), consensus?.Reason ?? ""]);
            }
        }
        return csv.ToString();

        void Line(IEnumerable<string> cells) => csv.AppendJoin(',', cells.Select(Cell)).Append("\r\n");
    }

    private static string Number(double? value) => value?.ToString("0.####", CultureInfo.InvariantCulture) ?? "";

    // Quoted (RFC 4180). A text that a spreadsheet program would take for a formula is made plain by an apostrophe.
    private static string Cell(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
    }
}
