using Michi.Platform.Languages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Michi.Platform;

/// <summary>Answers of the API to input it cannot take (RFC 9457).</summary>
public static class InputProblems
{
    /// <summary>422 with a sentence for each field.</summary>
    public static ProblemHttpResult Of(IEnumerable<Fault> faults, Words words) => TypedResults.Problem(new HttpValidationProblemDetails(
        faults.GroupBy(f => f.Field).ToDictionary(g => g.Key, g => g.Select(f => f.Sentence(words)).ToArray()))
    {
        Type = "/problems/input",
        Title = words["layout.errors"],
        Status = StatusCodes.Status422UnprocessableEntity,
    });

    /// <summary>404 for what is not there.</summary>
    public static ProblemHttpResult Missing(Words words) => TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, type: "/problems/not-found", title: words["error.title-404"]);

    /// <summary>409 for a change based on an older version than the newest.</summary>
    /// <param name="version">The newest version.</param>
    public static ProblemHttpResult ChangedMeanwhile(Words words, int version) => TypedResults.Problem(
        statusCode: StatusCodes.Status409Conflict, type: "/problems/changed-meanwhile", title: words["input.version", version], extensions: new Dictionary<string, object?> { ["version"] = version });
}
