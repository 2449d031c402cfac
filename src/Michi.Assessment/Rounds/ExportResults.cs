using System.Globalization;
using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Rounds;

/// <summary>The results of an assessment's closed rounds as CSV or XLSX, a line for each element and round.</summary>
internal static class ExportResults
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach (var format in new[] { "csv", "xlsx" })
            routes.MapGet($"/{{lang:lang}}/{{place}}/rounds/{{assessment:guid}}/results.{format}",
                    (string place, Guid assessment, HttpContext http, RoundBook book, EvidenceBook evidence, Words words, CancellationToken cancel) =>
                        Handle(format, place, assessment, http, book, evidence, words, cancel))
                .WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary($"Results of closed rounds as {format.ToUpperInvariant()}");
    }

    public static async Task<Results<FileStreamHttpResult, NotFound>> Handle(
        string format, string place, Guid assessment, HttpContext http, RoundBook book, EvidenceBook evidence, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(http.Place().Id, assessment, cancel) is not { } found) return TypedResults.NotFound();
        var visible = (await evidence.ForReaderAsync(http.Place(), withRetired: true, cancel)).Select(e => e.Item.Code).ToHashSet(StringComparer.Ordinal);
        var table = TableOf(await book.ResultsAsync(found, cancel), words, visible);
        var file = TableDownload.Of(format, string.Create(CultureInfo.InvariantCulture, $"{place}-{found.CreatedAt:yyyy-MM-dd}"), [table])!;
        return TypedResults.File(file.FileStream, file.ContentType, file.FileDownloadName);
    }

    internal static Table TableOf(AssessmentResults results, Words words, IReadOnlySet<string> visible)
    {
        var names = results.Pack.Words(words.Language);
        string[] columns = ["assessment", "round", "element", "name", "0", "1", "2", "3", "4", "cannot-tell", "median", "disagreement", "reasons", "evidence", "consensus", "consensus-confidence", "consensus-reason"];
        return new(results.Assessment.Title, [.. columns.Select(c => new TableColumn(c.Length == 1 ? words["rounds.csv.level", c] : words[$"rounds.csv.{c}"]))],
            results.Closed.SelectMany(round => round.Elements.Select(element =>
            {
                var consensus = results.Consensus.GetValueOrDefault(element.Element.Id);
                return (IReadOnlyList<TableCell>)
                [
                    results.Assessment.IsDemonstration ? $"{results.Assessment.Title} ({words["rounds.demonstration"]})" : results.Assessment.Title, round.Round.Number, element.Element.Id,
                    names.Name("elements", element.Element.Id), .. Enumerable.Range(0, Approach.ContentPack.Levels).Select(l => TableCell.Number(element.Told.Count(t => t == l))),
                    element.Levels.Count - element.Told.Count, Rounded(element.Median), Rounded(element.Disagreement),
                    string.Join("\n", element.Reasons.Select(r => $"{r.Level?.ToString(CultureInfo.InvariantCulture) ?? words["rounds.cannot-tell"]}: {r.Text}")),
                    string.Join(" ", element.Evidence.Where(c => visible.Contains(c.Key)).Select(c => c.Key)), consensus?.Level,
                    consensus is null ? "" : names.Name("confidences", consensus.Confidence), consensus?.Reason,
                ];
            })));
    }

    private static double? Rounded(double? value) => value is { } number && double.IsFinite(number) ? Math.Round(number, 4) : null;
}
