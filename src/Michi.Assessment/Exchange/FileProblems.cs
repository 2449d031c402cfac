using Michi.Platform.Languages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Michi.Assessment.Exchange;

/// <summary>Input problems as an answer of the API: problem details with a sentence for each value, under its place.</summary>
internal static class FileProblems
{
    /// <summary>Status 422; <c>errors</c> maps each place to its sentences.</summary>
    public static ProblemHttpResult Answer(IEnumerable<InputProblem> problems, Words words, string title) => TypedResults.Problem(
        statusCode: StatusCodes.Status422UnprocessableEntity, type: "/problems/input", title: title,
        extensions: new Dictionary<string, object?>
        {
            ["errors"] = problems.GroupBy(p => p.Where).ToDictionary(g => g.Key, g => g.Select(p => words[$"input.{p.Code}", [.. p.Arguments]]).ToArray()),
        });
}
