using System.Globalization;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Queries;

/// <summary>Lists among the parameters of requests that have no language of their own.</summary>
internal static class RequestLists
{
    private const int Most = 1_000;

    /// <summary>Ids of entities, comma-separated URIs.</summary>
    public static IReadOnlySet<string> Ids(string text) => Uris("id", text, mayBeDefault: false);

    /// <summary>Instances of attributes, clause 4.5.5: comma-separated URIs, and "@none" for the default one.</summary>
    public static IReadOnlySet<string> DatasetIds(string text) => Uris("datasetId", text, mayBeDefault: true);

    /// <summary>Languages, best first, clause 4.15: <c>fr-CH,fr;q=0.9,*;q=0.5</c>, as Accept-Language has them (RFC 9110, section 12.5.4).</summary>
    public static IReadOnlyList<string> Languages(string text)
    {
        List<(string Tag, double Quality)> ranked = [];
        var at = 0;
        foreach (var part in Parts("lang", text))
        {
            var tag = part.AsSpan().Trim();
            var quality = 1.0;
            var semicolon = tag.IndexOf(';');
            if (semicolon >= 0)
            {
                var weight = tag[(semicolon + 1)..].Trim();
                if (!weight.StartsWith("q=", StringComparison.OrdinalIgnoreCase)
                    || !double.TryParse(weight[2..], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out quality) || quality is < 0 or > 1)
                    throw NgsiLdException.BadRequestData($"lang, character {Number(at + semicolon + 2)}: expected a weight from q=0 to q=1.");
                tag = tag[..semicolon].TrimEnd();
            }
            if (!IsLanguage(tag)) throw NgsiLdException.BadRequestData($"lang, character {Number(at + 1)}: expected a language such as en, pt-BR or *.");
            if (quality > 0) ranked.Add((tag.ToString(), quality));
            at += part.Length + 1;
        }
        return [.. ranked.OrderByDescending(l => l.Quality).Select(l => l.Tag).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    private static HashSet<string> Uris(string parameter, string text, bool mayBeDefault)
    {
        HashSet<string> uris = new(StringComparer.Ordinal);
        var at = 0;
        foreach (var part in Parts(parameter, text))
        {
            var uri = part.Trim();
            if (!EntityReader.IsUri(uri) && !(mayBeDefault && uri == "@none"))
                throw NgsiLdException.BadRequestData($"{parameter}, character {Number(at + 1)}: expected a URI such as urn:ngsi-ld:Building:1{(mayBeDefault ? ", or @none" : "")}.");
            uris.Add(uri);
            at += part.Length + 1;
        }
        return uris;
    }

    private static string[] Parts(string parameter, string text)
    {
        var parts = text.Split(',', Most + 1);
        return parts.Length <= Most ? parts : throw NgsiLdException.BadRequestData($"{parameter} has more than {Most} parts.");
    }

    /// <summary>The shape of a language tag, RFC 5646, section 2.1, or *.</summary>
    private static bool IsLanguage(ReadOnlySpan<char> tag)
    {
        if (tag is "*") return true;
        if (tag.IsEmpty || !char.IsAsciiLetter(tag[0])) return false;
        foreach (var range in tag.Split('-'))
        {
            if (tag[range].Length is 0 or > 8) return false;
            foreach (var c in tag[range])
                if (!char.IsAsciiLetterOrDigit(c)) return false;
        }
        return true;
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
