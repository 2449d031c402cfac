using System.Text.RegularExpressions;

namespace Michi.UnitTests.Pages;

/// <summary>Forms as they stand in the pages.</summary>
public sealed partial class FormTests
{
    [Fact]
    public void FormsThatPostToAnAddress_CarryTheTokenTheServerAsksFor()
    {
        // Razor adds the token by itself only to forms without an address of their own.
        var without = Directory.EnumerateFiles(Path.Combine(ProjectFolder.Path, "src"), "*.cshtml", SearchOption.AllDirectories).Where(f => !f.Contains("node_modules", StringComparison.Ordinal))
            .SelectMany(f => Form().Matches(File.ReadAllText(f)).Select(m => m.Value).Where(form => Address().IsMatch(form) && !form.Contains("AntiForgeryToken", StringComparison.Ordinal)).Select(form => $"{Path.GetFileName(f)}: {form[..Math.Min(120, form.Length)]}"))
            .ToList();

        Assert.Empty(without);
    }

    [GeneratedRegex("<form method=\"post\".*?</form>", RegexOptions.Singleline)]
    private static partial Regex Form();

    [GeneratedRegex("^<form [^\n]*\\baction=")]
    private static partial Regex Address();
}
