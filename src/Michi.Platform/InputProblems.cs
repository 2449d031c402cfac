using Michi.Platform.Languages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Michi.Platform;

/// <summary>Answers of the API to input it cannot take (RFC 9457).</summary>
internal static class InputProblems
{
    /// <summary>422 with a sentence for each field.</summary>
    public static ProblemHttpResult Of(IEnumerable<Fault> faults, Words words) => TypedResults.Problem(new HttpValidationProblemDetails(
        faults.GroupBy(f => f.Field).ToDictionary(g => g.Key, g => g.Select(f => f.Sentence(words)).ToArray()))
    {
        Type = "/problems/input",
        Title = words["layout.errors"],
        Status = StatusCodes.Status422UnprocessableEntity,
    });
}
