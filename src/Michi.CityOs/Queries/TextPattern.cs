using System.Buffers;
using System.Text.RegularExpressions;

namespace Michi.CityOs.Queries;

/// <summary>A regular expression of a request, found anywhere in a text. Time is linear in the text, whatever the expression.</summary>
internal sealed class TextPattern
{
    public const int Longest = 500;

    /// <summary>Bounds the product of all repetition counts, and with it the size of the automaton.</summary>
    private const int MostRepeated = 10_000;

    private static readonly SearchValues<char> Special = SearchValues.Create(@"\^$.|?*+()[]{}");

    private static readonly TimeSpan Slowest = TimeSpan.FromMilliseconds(200);

    private readonly Regex? _regex;
    private readonly string? _literal;
    private readonly bool _isAtStart;

    private TextPattern(string text, Regex regex) => (Text, _regex) = (text, regex);

    private TextPattern(string text, string literal, bool isAtStart) => (Text, _literal, _isAtStart) = (text, literal, isAtStart);

    public string Text { get; }

    /// <param name="told">Parameter and place, for faults.</param>
    public static TextPattern Parse(string text, string told)
    {
        if (text.Length == 0) throw NgsiLdException.BadRequestData($"{told}: the regular expression is empty.", text: new("pattern.empty"));
        if (text.Length > Longest) throw NgsiLdException.BadRequestData($"{told}: the regular expression has more than {Longest} characters.", text: new("pattern.longest", Longest));
        if (TryLiteral(text, out var literal, out var isAtStart)) return new(text, literal, isAtStart);
        if (Repetitions(text) > MostRepeated) throw NgsiLdException.BadRequestData($"{told}: the regular expression repeats too much; the product of its counts may be {MostRepeated}.", text: new("pattern.most-repeated", MostRepeated));
        try
        {
            return new(text, new Regex(WithClasses(text, told), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, Slowest));
        }
        catch (NotSupportedException)
        {
            throw NgsiLdException.BadRequestData($"{told}: the regular expression has a lookaround, a back reference or too large a repetition, which cannot be matched in linear time; leave it out.", text: new("pattern.not-linear"));
        }
        catch (ArgumentException e)
        {
            var what = (e as RegexParseException)?.Error switch
            {
                RegexParseError.UnterminatedBracket or RegexParseError.InsufficientClosingParentheses => "pattern.unclosed",
                RegexParseError.InsufficientOpeningParentheses => "pattern.unopened",
                RegexParseError.QuantifierAfterNothing or RegexParseError.NestedQuantifiersNotParenthesized => "pattern.nothing-to-repeat",
                _ => "pattern.unreadable",
            };
            throw NgsiLdException.BadRequestData($"{told}: the regular expression cannot be understood: {e.Message}", text: new(what));
        }
    }

    public bool Matches(ReadOnlySpan<char> text)
    {
        if (_literal is not null) return _isAtStart ? text.StartsWith(_literal, StringComparison.Ordinal) : text.Contains(_literal, StringComparison.Ordinal);
        try
        {
            return _regex!.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            throw NgsiLdException.TooComplexQuery($"The regular expression {Text} takes too long.", new("pattern.too-slow"));
        }
    }

    /// <summary>Expressions like ^Eiffel or urn:ngsi-ld:Building:.* need no automaton, whose making takes 100 µs.</summary>
    private static bool TryLiteral(string text, out string literal, out bool isAtStart)
    {
        isAtStart = text[0] == '^';
        literal = isAtStart ? text[1..] : text;
        // Found anywhere, what may follow does not matter.
        if (literal.EndsWith(".*", StringComparison.Ordinal)) literal = literal[..^2];
        return !literal.AsSpan().ContainsAny(Special);
    }

    private static long Repetitions(string text)
    {
        long product = 1;
        for (var i = 0; i < text.Length && product <= MostRepeated; i++)
        {
            if (text[i] == '\\') i++;
            else if (text[i] == '{') product *= Math.Max(1, Count(text.AsSpan(i + 1)));
        }
        return product;
    }

    /// <summary>The larger number of {n}, {n,} and {n,m}.</summary>
    private static long Count(ReadOnlySpan<char> text)
    {
        long most = 0, number = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiDigit(c)) number = Math.Min(number * 10 + (c - '0'), int.MaxValue);
            else if (c == ',') number = 0;
            else return c == '}' ? most : 0;
            most = Math.Max(most, number);
        }
        return 0;
    }

    /// <summary>Writes the character classes of IEEE 1003.2 (clause 4.9), such as [:digit:], in .NET's way.</summary>
    private static string WithClasses(string text, string told)
    {
        if (!text.Contains("[:", StringComparison.Ordinal)) return text;
        return Regex.Replace(text, @"\[:(\w{1,10}):\]", m => m.Groups[1].Value switch
        {
            "alpha" => @"\p{L}",
            "digit" => "0-9",
            "alnum" => @"\p{L}\p{Nd}",
            "upper" => @"\p{Lu}",
            "lower" => @"\p{Ll}",
            "space" => @"\s",
            "blank" => @" \t",
            "punct" => @"\p{P}\p{S}",
            "cntrl" => @"\p{Cc}",
            "xdigit" => "0-9A-Fa-f",
            _ => throw NgsiLdException.BadRequestData($"{told}: {m.Value} is not a class of characters; expected for example [[:alpha:]] or [[:digit:]].", text: new("pattern.no-class", m.Value)),
        }, RegexOptions.NonBacktracking);
    }
}
