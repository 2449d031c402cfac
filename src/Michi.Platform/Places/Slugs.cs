using System.Text.RegularExpressions;

namespace Michi.Platform.Places;

/// <summary>Names of places in addresses.</summary>
public static partial class Slugs
{
    // First parts of the platform's own addresses; a place must not stand in their way.
    private static readonly HashSet<string> Reserved = new(StringComparer.Ordinal)
    {
        "sign-in", "sign-out", "setup", "join", "account", "admin", "places", "method", "rate", "evaluate", "shared", "compare", "help", "search", "api", "error", "health", "new",
    };

    /// <summary>Whether a text can name a place: 2–60 lower-case letters, digits and single hyphens, not one of Michi's own words.</summary>
    public static bool IsValid(string slug) => slug.Length is >= 2 and <= 60 && Form().IsMatch(slug) && !Reserved.Contains(slug);

    /// <summary>A slug made from a name; empty where the name has no Latin letter.</summary>
    public static string From(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var slug = new string([.. FoldedName.Of(name).Where(c => char.IsAsciiLetterOrDigit(c) || c == ' ')]).Trim();
        slug = Spaces().Replace(slug, "-");
        return slug.Length > 60 ? slug[..60].Trim('-') : slug;
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*$")]
    private static partial Regex Form();

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();
}
