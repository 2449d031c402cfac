using Michi.Platform.Languages;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Michi.Assessment.Rounds;

/// <summary>Why something was not done: the field it hangs on (or none) and the sentence, an interface text <c>rounds.refused.{Code}</c>.</summary>
internal sealed record Refusal(string Field, string Code, params object?[] Arguments)
{
    public const int MaxText = 4000;

    /// <summary>422 for input to mend; 409 where the state of the assessment forbids it.</summary>
    public int Status { get; init; } = StatusCodes.Status422UnprocessableEntity;

    public static IReadOnlyList<Refusal> None { get; } = [];

    public static IReadOnlyList<Refusal> Conflict(string code, params object?[] arguments) => [new("", code, arguments) { Status = StatusCodes.Status409Conflict }];

    /// <summary>Checks a text somebody typed.</summary>
    public static IEnumerable<Refusal> OfText(string field, string text, int longest, bool required)
    {
        if (required && text.Length == 0) yield return new(field, $"{field}-missing");
        else if (text.Length > longest) yield return new(field, "too-long", longest);
        else if (!IsShowable(text)) yield return new(field, "control-character");
    }

    /// <summary>Whether a text has neither control characters, nor broken ones, nor any that turn the text around it (U+202A–202E, U+2066–2069).</summary>
    public static bool IsShowable(string text) => !text.Any(c => (char.IsControl(c) && c is not ('\n' or '\t')) || c is '\uFFFD' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'));

    public string In(Words words) => words[$"rounds.refused.{Code}", Arguments];

    public static ProblemHttpResult Problem(IReadOnlyList<Refusal> refused, Words words) => TypedResults.Problem(
        statusCode: refused[0].Status, type: $"/problems/{refused[0].Code}", title: refused[0].In(words),
        extensions: new Dictionary<string, object?> { ["errors"] = refused.GroupBy(r => r.Field).ToDictionary(g => g.Key, g => g.Select(r => r.In(words)).ToArray()) });
}
