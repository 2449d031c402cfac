using System.Text.RegularExpressions;
using Michi.Platform.Languages;

namespace Michi.UnitTests.Languages;

/// <summary>Every word of the interface is there in every language, and every key the code names exists.</summary>
public sealed partial class UiTextsTests
{
    private static readonly UiTexts Texts = new(Path.Combine(ProjectFolder.Path, "content", "ui"));

    [Fact]
    public void Keys_OfEveryLanguage_AreTheSame()
    {
        Assert.Equal(["en", "ja"], Texts.Languages.Order(StringComparer.Ordinal));
        Assert.Equal(Texts.Keys("en").Order(StringComparer.Ordinal), Texts.Keys("ja").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Texts_OfEveryLanguage_FillInTheSameValues()
    {
        var (english, japanese) = (Texts.In("en"), Texts.In("ja"));
        // A plural form may leave the number out: "one city".
        foreach (var key in Texts.Keys("en").Where(k => !k.EndsWith(".one", StringComparison.Ordinal)))
            Assert.True(Values(english[key]).SetEquals(Values(japanese[key])), $"{key}: {english[key]} | {japanese[key]}");
    }

    [Fact]
    public void Japanese_Sentences_AreInJapanese()
    {
        var (english, japanese) = (Texts.In("en"), Texts.In("ja"));
        var untranslated = Texts.Keys("ja").Where(k => Placeholder().Replace(english[k], "").Count(char.IsAsciiLetter) > 12 && !japanese[k].Any(c => c is >= '\u3040' and <= '\u9fff'))
            .Where(k => !Names.Contains(japanese[k])).ToList();

        Assert.Empty(untranslated);
    }

    /// <summary>Names that stand in Latin letters in Japanese too.</summary>
    private static readonly string[] Names = ["Small Start", "Accelerate", "Sustainable Growth", "Indicators（CSV）"];

    [Fact]
    public void Code_NamesNoKeyThatIsMissing()
    {
        var keys = Texts.Keys("en").ToHashSet(StringComparer.Ordinal);
        var missing = Directory.EnumerateFiles(Path.Combine(ProjectFolder.Path, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".cs" or ".cshtml" or ".razor" && !f.Contains("node_modules", StringComparison.Ordinal))
            .SelectMany(f => Key().Matches(File.ReadAllText(f)).Select(m => (File: Path.GetFileName(f), Key: m.Groups["key"].Value, IsCount: m.Groups["count"].Success)))
            .Where(k => k.IsCount ? !keys.Contains($"{k.Key}.one") || !keys.Contains($"{k.Key}.other") : !keys.Contains(k.Key))
            .Select(k => $"{k.File}: {k.Key}").Distinct().ToList();

        Assert.Empty(missing);
    }

    [Fact]
    public void Texts_NoKeyIsLeftOver()
    {
        var code = string.Join('\n', Directory.EnumerateFiles(Path.Combine(ProjectFolder.Path, "src"), "*.*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".cs" or ".cshtml" or ".razor" && !f.Contains("node_modules", StringComparison.Ordinal)).Select(File.ReadAllText));
        var named = Literal().Matches(code).Select(m => m.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        // Keys put together at run time: "input.{code}", $"action.{x}"; what stands before the first brace is enough.
        var starts = Assembled().Matches(code).Select(m => m.Groups[1].Value).Where(s => s.Length > 2).ToHashSet(StringComparer.Ordinal);

        var left = Texts.Keys("en").Where(k => !named.Contains(k) && !named.Contains(Regex.Replace(k, @"\.(one|other)$", "")) && !starts.Any(s => k.StartsWith(s, StringComparison.Ordinal))).ToList();

        Assert.Empty(left);
    }

    private static HashSet<string> Values(string text) => [.. Placeholder().Matches(text).Select(m => m.Groups[1].Value)];

    [GeneratedRegex(@"\{(\d+)[^}]*\}")]
    private static partial Regex Placeholder();

    [GeneratedRegex(@"\b(?:T|t|Words|words)(?<count>\.Count)?[\[\(]""(?<key>[a-z][a-z0-9.-]*\.[a-z0-9.-]+)""")]
    private static partial Regex Key();

    [GeneratedRegex(@"""([a-z][a-z0-9-]*(?:\.[a-z0-9-]+)+)""")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\$""([a-z][a-z0-9-]*\.(?:[a-z0-9-]+\.)*[a-z0-9-]*)\{")]
    private static partial Regex Assembled();
}
