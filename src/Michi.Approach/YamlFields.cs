using System.Globalization;

namespace Michi.Approach;

/// <summary>Reads typed values out of a YAML tree, collecting problems instead of stopping at the first.</summary>
public abstract class YamlFields
{
    private protected YamlFields(List<PackProblem> problems) => Problems = problems;

    private protected List<PackProblem> Problems { get; }

    /// <summary>The file a missing key belongs into.</summary>
    private protected virtual string FileOf(YamlTree node, string key) => node.File;

    private protected YamlTree? Need(YamlTree node, string key)
    {
        if (node[key] is { } found) return found;
        Problems.Add(new(FileOf(node, key), FileOf(node, key) == node.File ? node.Line : 1, PackProblemCode.MissingKey, key));
        return null;
    }

    private protected string Text(YamlTree node, string key)
    {
        if (Need(node, key) is not { } value) return "";
        if (string.IsNullOrWhiteSpace(value.Scalar)) { Wrong(value, key, "a text"); return ""; }
        return value.Scalar;
    }

    private protected string OneOf(YamlTree node, string key, params string[] allowed)
    {
        var text = Text(node, key);
        if (text != "" && !allowed.Contains(text)) Wrong(node[key]!, key, string.Join(" | ", allowed));
        return text;
    }

    private protected string Reference(YamlTree node, string key, IEnumerable<string> known)
    {
        var text = Text(node, key);
        if (text != "" && !known.Contains(text)) Problems.Add(new(node[key]!.File, node[key]!.Line, PackProblemCode.UnknownReference, text, key));
        return text;
    }

    private protected List<string> References(YamlTree node, string key, IEnumerable<string> known)
    {
        var found = Strings(node, key);
        foreach (var id in found.Except(known)) Problems.Add(new(node[key]!.File, node[key]!.Line, PackProblemCode.UnknownReference, id, key));
        return found;
    }

    private protected List<string> Strings(YamlTree node, string key)
    {
        if (Need(node, key) is not { } list) return [];
        if (list.Items is null || list.Items.Any(i => i.Scalar is null)) { Wrong(list, key, "a list of texts"); return []; }
        return [.. list.Items.Select(i => i.Scalar!)];
    }

    private protected List<double> Numbers(YamlTree node, string key, int count, double above, double to)
    {
        if (Need(node, key) is not { } list) return [];
        var numbers = (list.Items ?? []).Select(i => Parse(i.Scalar)).ToList();
        if (numbers.Count != count || numbers.Any(n => !(n > above && n <= to)))
            Wrong(list, key, $"{count} numbers above {above.ToString(CultureInfo.InvariantCulture)} and up to {to.ToString(CultureInfo.InvariantCulture)}");
        return numbers;
    }

    private protected double Number(YamlTree node, string key, double from = double.NegativeInfinity, double to = double.MaxValue, double above = double.NegativeInfinity, bool whole = false)
    {
        if (Need(node, key) is not { } value) return double.NaN;
        var number = Parse(value.Scalar);
        if (!(number >= from && number <= to && number > above) || (whole && number != Math.Floor(number)))
        {
            Wrong(value, key, whole ? $"a whole number from {from} to {to}" : above > double.NegativeInfinity ? $"a number above {above}"
                : to < double.MaxValue ? FormattableString.Invariant($"a number from {from} to {to}") : FormattableString.Invariant($"a number of at least {from}"));
        }
        return number;
    }

    private static double Parse(string? text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : double.NaN;

    private protected void Wrong(YamlTree node, string key, string expected) =>
        Problems.Add(new(node.File, node.Line, PackProblemCode.WrongValue, key, expected));
}
