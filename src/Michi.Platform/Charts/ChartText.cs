using System.Globalization;
using System.Text;

namespace Michi.Platform.Charts;

/// <summary>Texts of the charts: values in the reader's culture, and lines for labels that SVG itself cannot wrap.</summary>
internal static class ChartText
{
    // Japanese line breaking (JIS X 4051): these do not begin a line.
    private const string NeverFirst = "、。，．・：；！？）］｝」』】〉》ーぁぃぅぇぉっゃゅょァィゥェォッャュョ々,.:;!?)]}";

    // Khmer writes it between words.
    private const string ZeroWidthSpace = "\u200B";

    public static string Interval(double median, double low, double high, string number, string pattern, CultureInfo culture) =>
        string.Format(culture, pattern, median.ToString(number, culture), low.ToString(number, culture), high.ToString(number, culture));

    /// <summary>Breaks a label into at most <paramref name="lines"/> lines; what does not fit ends in "…".</summary>
    /// <param name="label">Any script; breaks at spaces, and between characters where the script has no spaces.</param>
    /// <param name="width">Line width in em; a CJK character counts 1, any other 0.54 (an estimate for sans-serif type).</param>
    /// <param name="lines">Most lines to give.</param>
    public static IReadOnlyList<string> Wrap(string label, double width, int lines)
    {
        var result = Break(label, width);
        // Lines of about equal length: the narrowest width that needs no more lines.
        var narrow = width;
        while (result.Count > 1 && narrow > 4 && Break(label, narrow - 0.5) is var balanced && balanced.Count == result.Count)
        {
            result = balanced;
            narrow -= 0.5;
        }
        if (result.Count > lines)
        {
            result = Break(label, width);
            result.RemoveRange(lines, result.Count - lines);
            result[^1] += "…";
        }
        return result;
    }

    private static List<string> Break(string label, double width)
    {
        var result = new List<string>();
        var line = new StringBuilder();
        var used = 0.0;
        foreach (var piece in Pieces(label, width))
        {
            var needs = Width(piece.AsSpan().TrimEnd());
            if (line.Length > 0 && used + needs > width && !NeverFirst.Contains(piece[0], StringComparison.Ordinal))
            {
                result.Add(line.ToString().TrimEnd());
                line.Clear();
                used = 0;
            }
            line.Append(piece);
            used += Width(piece);
        }
        if (line.ToString().Trim() is { Length: > 0 } rest)
            result.Add(rest);
        return result;
    }

    // Unbreakable pieces: a word with the space after it, or one text element of a script without spaces or of a word wider than a line.
    private static IEnumerable<string> Pieces(string label, double width)
    {
        var word = new StringBuilder();
        var elements = StringInfo.GetTextElementEnumerator(label);
        while (elements.MoveNext())
        {
            var element = elements.GetTextElement();
            if (IsIdeograph(element[0]) || Width(word) + Width(element) > width)
            {
                if (word.Length > 0)
                    yield return word.ToString();
                word.Clear();
            }
            word.Append(element);
            if (IsIdeograph(element[0]) || char.IsWhiteSpace(element[0]) || element is "-" or "/" or ZeroWidthSpace)
            {
                yield return word.ToString();
                word.Clear();
            }
        }
        if (word.Length > 0)
            yield return word.ToString();
    }

    private static double Width(StringBuilder text) => Width(text.ToString());

    private static double Width(ReadOnlySpan<char> text)
    {
        var width = 0.0;
        foreach (var character in text)
            width += IsWide(character) ? 1 : CharUnicodeInfo.GetUnicodeCategory(character) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format ? 0 : 0.54;
        return width;
    }

    // Lines may break on both sides of it; a word in katakana stays together.
    private static bool IsIdeograph(char character) => IsWide(character) && character is not (>= '\u30A1' and <= '\u30FA' or 'ー');

    private static bool IsWide(char character) => character is >= '\u1100' and <= '\u115F' or >= '\u2E80' and <= '\uD7A3' or >= '\uF900' and <= '\uFAFF' or >= '\uFF01' and <= '\uFF60';
}
