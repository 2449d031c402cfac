using System.Text.RegularExpressions;
using Michi.Approach;
using Michi.Platform.Languages;

namespace Michi.Assessment.Exchange;

/// <summary>One thing wrong with a file somebody gave: where, what, and with which details. The sentence is an interface text, <c>input.{Code}</c>.</summary>
/// <param name="Where">Where it stands, in the words of the file's kind: <c>evidence[3].date</c>, <c>Evidence!D14</c>, <c>line 12</c>.</param>
/// <param name="Code">Key of the sentence, for example <c>unknown-element</c>.</param>
/// <param name="Arguments">What the sentence names: the value found, what is allowed.</param>
public sealed partial record InputProblem(string Where, string Code, params string[] Arguments)
{
    /// <summary>What is wrong and what to do about it, in a sentence.</summary>
    public string Sentence(Words words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words[$"input.{Code}", [.. Arguments]];
    }

    /// <summary>Where it is wrong, for a reader: lines are called lines in their language, cells stay as spreadsheets call them.</summary>
    public string Place(Words words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return Where.Length == 0 ? words["exchange.whole-file"] : LineNumber().Replace(Where, match => words["exchange.line", match.Groups[1].Value]);
    }

    [GeneratedRegex(@"\bline ([0-9]+)")]
    private static partial Regex LineNumber();
}

/// <summary>A file that was read, or the problems why not. Both may be given: everything readable is checked, so that all faults show at once.</summary>
/// <param name="Where">Path of a value in the model (<c>evidence[3].date</c>) → where it stands in the file, for kinds of files with other addresses.</param>
public sealed record PlaceFileReading(PlaceFile? File, IReadOnlyList<InputProblem> Problems, Func<string, string>? Where = null)
{
    /// <summary>Everything wrong with the file as it was read and with what it says, at its places in the file.</summary>
    /// <param name="knownPlaces">Slugs of places that exist already.</param>
    public IReadOnlyList<InputProblem> Checked(ContentPack pack, IReadOnlySet<string> knownPlaces, DateOnly today) =>
        At(File is null ? Problems : Problems.Concat(PlaceFileCheck.Problems(File, pack, knownPlaces, today)));

    /// <summary>Problems of the model at their places in the file. A fault of a cell and what follows from it stand in one place; the first says more.</summary>
    internal IReadOnlyList<InputProblem> At(IEnumerable<InputProblem> problems) =>
        [.. problems.Select(p => p with { Where = Where?.Invoke(p.Where) ?? p.Where }).DistinctBy(p => Where is null ? p.Where + p.Code : p.Where).Take(PlaceFileCheck.MaxProblems)];
}
