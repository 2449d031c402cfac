using System.Globalization;
using System.Text.RegularExpressions;

namespace Michi.UnitTests.Charts;

public sealed partial class StylesheetTests
{
    private static readonly string Css = Read("wwwroot/michi.css");

    [Fact]
    public void Tokens_NamedBesideAValue_HaveThatValueInThePackage()
    {
        var tokens = Token().Matches(Read("node_modules/@digital-go-jp/design-tokens/dist/tokens.css"))
            .ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
        var cited = Cited().Matches(Css).ToList();

        Assert.True(cited.Count > 40, $"Only {cited.Count} tokens are cited.");
        Assert.All(cited, match => Assert.Equal(tokens.GetValueOrDefault(match.Groups[2].Value), match.Groups[1].Value.StartsWith('.') ? "0" + match.Groups[1].Value : match.Groups[1].Value));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void Colours_UsedForText_ReachContrast(bool dark)
    {
        var colours = Colours(dark);
        foreach (var text in new[] { "ink", "quiet", "accent", "accent-strong", "visited", "danger", "success", "policy", "organization", "system", "technology", "operation" })
            AssertContrast(colours, text, "paper", 4.5);
        foreach (var (text, ground) in new[] { ("ink", "wash"), ("quiet", "wash"), ("ink", "accent-wash"), ("accent-strong", "accent-wash"), ("ink", "success-wash"), ("ink", "warning-wash"), ("ink", "danger-wash") })
            AssertContrast(colours, text, ground, 4.5);
        for (var level = 0; level <= 4; level++)
            AssertContrast(colours, level < 3 ? "on-low" : "on-high", $"level-{level}", 4.5);
        AssertContrast(colours, "edge", "paper", 3);
    }

    [Fact]
    public void Stylesheet_StaysSmallAndAlone()
    {
        Assert.InRange(Css.Length, 1, 40_000);
        Assert.DoesNotContain("@import", Css, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", Css, StringComparison.Ordinal);
        Assert.DoesNotContain("@font-face", Css, StringComparison.Ordinal);
    }

    private static string Read(string file) => File.ReadAllText(Path.Combine(ProjectFolder.Path, "src", "Michi.Platform", file));

    private static Dictionary<string, string> Colours(bool dark)
    {
        var split = Css.IndexOf("@media screen and (prefers-color-scheme: dark)", StringComparison.Ordinal);
        var colours = new Dictionary<string, string>();
        foreach (var part in dark ? new[] { Css[..split], Css[split..] } : [Css[..split]])
        {
            foreach (Match match in Colour().Matches(part))
                colours[match.Groups[1].Value] = match.Groups[2].Value;
        }
        return colours;
    }

    private static void AssertContrast(Dictionary<string, string> colours, string text, string ground, double least)
    {
        var (a, b) = (Luminance(colours[text]), Luminance(colours[ground]));
        var ratio = (Math.Max(a, b) + 0.05) / (Math.Min(a, b) + 0.05);
        Assert.True(ratio >= least, $"{text} on {ground}: {ratio:0.00}");
    }

    // WCAG 2.2, relative luminance of an sRGB colour.
    private static double Luminance(string hex)
    {
        double Channel(int start)
        {
            var value = int.Parse(hex.AsSpan(start, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
        return 0.2126 * Channel(1) + 0.7152 * Channel(3) + 0.0722 * Channel(5);
    }

    [GeneratedRegex(@"--([a-z0-9-]+): ([^;]+);")]
    private static partial Regex Token();

    [GeneratedRegex(@"(?:: )(#[0-9a-f]{6}|[0-9.]+(?:rem)?);(?: \})? +/\* ((?:color|line-height|font-size)-[a-z0-9-]+) \*/")]
    private static partial Regex Cited();

    [GeneratedRegex(@"--([a-z0-9-]+): (#[0-9a-f]{6});")]
    private static partial Regex Colour();
}
