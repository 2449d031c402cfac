using System.Globalization;

namespace Michi.Platform.Charts;

/// <summary>Numbers as SVG attributes want them: invariant, short, always finite.</summary>
internal static class Svg
{
    public static string Number(double value) =>
        (double.IsFinite(value) ? Math.Round(value, 2) + 0.0 : 0).ToString("0.##", CultureInfo.InvariantCulture);

    /// <summary>Where a value lies on a scale, as "37.5%"; values beyond the scale are drawn at its end.</summary>
    public static string At(double value, double minimum, double maximum) => Percent(Share(value, minimum, maximum));

    /// <summary>The length between two values on a scale, as "37.5%", never negative.</summary>
    public static string Length(double from, double to, double minimum, double maximum) =>
        Percent(Math.Max(0, Share(to, minimum, maximum) - Share(from, minimum, maximum)));

    public static string Percent(double share) => Number(100 * share) + "%";

    public static string DomainClass(string? domain) =>
        domain is "policy" or "organization" or "system" or "technology" or "operation" ? "domain-" + domain : "";

    private static double Share(double value, double minimum, double maximum) =>
        maximum > minimum && double.IsFinite(value) ? Math.Clamp((value - minimum) / (maximum - minimum), 0, 1) : 0;
}
