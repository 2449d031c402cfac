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
internal sealed class InputCheck
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
