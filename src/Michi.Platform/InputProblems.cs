using Michi.Platform.Documents;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Michi.Platform;

/// <summary>Answers of the API to input it cannot take (RFC 9457).</summary>
public static class InputProblems
{
    /// <summary>422 with a sentence for each field.</summary>
    public static ProblemHttpResult Of(IEnumerable<Fault> faults, Words words) => OfSentences(faults.Select(f => (f.Field, f.Sentence(words))), words);

    /// <summary>422 with the sentences given for each field.</summary>
    public static ProblemHttpResult OfSentences(IEnumerable<(string Field, string Sentence)> faults, Words words) => TypedResults.Problem(new HttpValidationProblemDetails(
        faults.GroupBy(f => f.Field).ToDictionary(g => g.Key, g => g.Select(f => f.Sentence).ToArray()))
    {
        Type = "/problems/input",
        Title = words["layout.errors"],
        Status = StatusCodes.Status422UnprocessableEntity,
    });

    /// <summary>404 for what is not there.</summary>
    public static ProblemHttpResult Missing(Words words) => TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, type: "/problems/not-found", title: words["error.title-404"]);

    /// <summary>422 for a word that is none of those known.</summary>
    /// <param name="what">What it names, such as <c>format</c>.</param>
    public static ProblemHttpResult Unknown(string what, string given, IEnumerable<string> known) =>
        TypedResults.Problem(statusCode: StatusCodes.Status422UnprocessableEntity, type: $"/problems/unknown-{what}", title: $"There is no {what} \"{given}\". Possible: {string.Join(", ", known)}.");

    /// <summary>503 for a document that could not be printed.</summary>
    public static ProblemHttpResult Unprinted(PdfFault fault, Words words) =>
        TypedResults.Problem(statusCode: StatusCodes.Status503ServiceUnavailable, type: $"/problems/pdf-{fault.ToString().ToLowerInvariant()}", title: words[$"report.pdf.{fault}"]);

    /// <summary>409 for a change based on an older version than the newest.</summary>
    /// <param name="version">The newest version.</param>
    public static ProblemHttpResult ChangedMeanwhile(Words words, int version) => TypedResults.Problem(
        statusCode: StatusCodes.Status409Conflict, type: "/problems/changed-meanwhile", title: words["input.version", version], extensions: new Dictionary<string, object?> { ["version"] = version });
}
