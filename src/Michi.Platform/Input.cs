using System.Globalization;
using Michi.Platform.Languages;

namespace Michi.Platform;

/// <summary>One thing wrong with what somebody entered. The sentence is an interface text, <c>input.{Code}</c>.</summary>
/// <param name="Field">Id of the form field, or name of the property in the API.</param>
public sealed record Fault(string Field, string Code, params object?[] Arguments)
{
    public string Sentence(Words words)
    {
        ArgumentNullException.ThrowIfNull(words);
        return words[$"input.{Code}", Arguments];
    }
}

/// <summary>Checks what somebody entered and gathers everything that is wrong, so that all of it shows at once.</summary>
public sealed class InputCheck
{
    public List<Fault> Faults { get; } = [];

    public bool IsSound => Faults.Count == 0;

    public void Refuse(string field, string code, params object?[] arguments) => Faults.Add(new(field, code, arguments));

    /// <summary>One line of text without the spaces around it.</summary>
    public string Line(string field, string? value, int max, bool required = true)
    {
        var text = value?.Trim() ?? "";
        if (text.Length == 0 && required) Refuse(field, "required");
        else if (text.Length > max) Refuse(field, "too-long", max);
        else if (!IsShowable(text)) Refuse(field, "control-character");
        return text;
    }

    /// <summary>Text of several lines, each line end <c>\n</c>.</summary>
    public string Text(string field, string? value, int max, bool required = true)
    {
        var text = value?.ReplaceLineEndings("\n").Trim() ?? "";
        if (text.Length == 0 && required) Refuse(field, "required");
        else if (text.Length > max) Refuse(field, "too-long", max);
        else if (!IsShowable(text.Replace("\n", "", StringComparison.Ordinal))) Refuse(field, "control-character");
        return text;
    }

    /// <summary>Texts by language, without empty ones; faults stand at <c>{field}-{language}</c>, where none is given at that of the first language asked for.</summary>
    /// <param name="first">Language whose field is named where a text is missing.</param>
    public Dictionary<string, string> Texts(string field, IReadOnlyDictionary<string, string>? values, int max, string first, bool required = true)
    {
        var texts = new Dictionary<string, string>();
        foreach (var (language, value) in (values ?? new Dictionary<string, string>()).Take(20))
        {
            if (language.Length is < 2 or > 12 || !language.All(c => char.IsAsciiLetter(c) || c == '-')) Refuse($"{field}-{first}", "language", language);
            else if (Text($"{field}-{language}", value, max, required: false) is { Length: > 0 } text) texts[language] = text;
        }
        if (texts.Count == 0 && required && IsSoundAt($"{field}-")) Refuse($"{field}-{first}", "required");
        return texts;
    }

    /// <summary>A number with a decimal point; null where the field is empty or faulty.</summary>
    public double? Number(string field, string? value, double min, double max, bool required = true, bool whole = false)
    {
        var text = value?.Trim() ?? "";
        if (text.Length == 0)
        {
            if (required) Refuse(field, "required");
            return null;
        }
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number)) Refuse(field, "number", Shown(text));
        else if (whole && number != Math.Floor(number)) Refuse(field, "whole-number", Shown(text));
        else if (number < min || number > max) Refuse(field, "range", Shown(text), min.ToString("0.############", CultureInfo.InvariantCulture), max.ToString("0.############", CultureInfo.InvariantCulture));
        else return number;
        return null;
    }

    /// <summary>The same for a number that has been read already.</summary>
    public double? Number(string field, double? value, double min, double max, bool required = true, bool whole = false) =>
        Number(field, value?.ToString("R", CultureInfo.InvariantCulture), min, max, required, whole);

    /// <summary>One of the values possible; the first where it is faulty.</summary>
    public string Choice(string field, string? value, IReadOnlyCollection<string> possible)
    {
        if (value is not null && possible.Contains(value)) return value;
        if (string.IsNullOrEmpty(value)) Refuse(field, "required");
        else Refuse(field, "choice", Shown(value), string.Join(", ", possible));
        return possible.First();
    }

    /// <summary>Whether nothing has been refused at fields that begin so.</summary>
    public bool IsSoundAt(string fields) => !Faults.Any(f => f.Field.StartsWith(fields, StringComparison.Ordinal));

    private static string Shown(string text) => text.Length <= 40 ? text : $"{text[..40]}…";

    /// <summary>An e-mail address in lower case.</summary>
    public string Email(string field, string? value)
    {
        var text = Line(field, value, 254).ToLowerInvariant();
        if (text.Length > 0 && (text.Split('@') is not [{ Length: > 0 }, { Length: > 0 }] || text.Any(char.IsWhiteSpace))) Refuse(field, "email");
        return text;
    }

    /// <summary>Whether a text has neither control characters, nor broken ones, nor any that turn the text around it (U+202A–202E, U+2066–2069).</summary>
    private static bool IsShowable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsControl(c) || c is '\uFFFD' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069')) return false;
            if (!char.IsSurrogate(c)) continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(c, text[i + 1])) return false;
            i++;
        }
        return true;
    }
}
