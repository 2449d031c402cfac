using System.Globalization;
using System.Text;

namespace Michi.Platform.Places;

/// <summary>Names folded for search and addresses: lower case, without marks and punctuation, words one space apart.</summary>
internal static class FoldedName
{
    // Letters that Unicode does not take apart into a letter and a mark.
    private static readonly Dictionary<char, string> Plain = new()
    {
        ['ø'] = "o",
        ['ł'] = "l",
        ['đ'] = "d",
        ['ð'] = "d",
        ['ħ'] = "h",
        ['ı'] = "i",
        ['ŋ'] = "n",
        ['ß'] = "ss",
        ['æ'] = "ae",
        ['œ'] = "oe",
        ['þ'] = "th",
        ['ə'] = "e",
    };

    /// <summary>"São Paulo" becomes "sao paulo", "N'Djamena" "ndjamena", "Aizu-Wakamatsu" "aizu wakamatsu".</summary>
    public static string Of(string name)
    {
        var folded = new StringBuilder(name.Length);
        foreach (var letter in name.Normalize(NormalizationForm.FormKD))
        {
            var c = char.ToLowerInvariant(letter);
            if (Plain.TryGetValue(c, out var plain)) folded.Append(plain);
            else if (char.IsLetterOrDigit(c) && char.GetUnicodeCategory(c) != UnicodeCategory.ModifierLetter) folded.Append(c);
            else if (char.IsSurrogate(c) || char.GetUnicodeCategory(c) is UnicodeCategory.SpacingCombiningMark) folded.Append(c);
            else if ((char.IsWhiteSpace(c) || c is '-' or '/' or ',' or '(') && folded.Length > 0 && folded[^1] != ' ') folded.Append(' ');
        }
        return folded.ToString().TrimEnd();
    }
}
