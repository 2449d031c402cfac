using System.Text.Json;
using Michi.IntegrationTests;

namespace Michi.EndToEndTests;

/// <summary>Every page a visitor sees has no axe violation and does not scroll sideways, in both languages, on desktop and phone.</summary>
public sealed class AccessibilityTests(MichiServer server, Browser browser)
{
    public static TheoryData<string, int> Pages
    {
        get
        {
            var pages = new TheoryData<string, int>();
            foreach (var language in new[] { "en", "ja" })
                foreach (var width in new[] { 1440, 390 })
                    foreach (var path in new[] { "", "/sign-in" })
                        pages.Add(language + path, width);
            return pages;
        }
    }

    [Theory, MemberData(nameof(Pages))]
    public async Task Open_Page_HasNoViolationAndNoSidewaysScroll(string path, int width)
    {
        var page = await browser.OpenAsync(server, path, width);

        await page.EvaluateAsync(await File.ReadAllTextAsync(Axe, TestContext.Current.CancellationToken) + "; 0");
        var violations = (await page.EvaluateAsync<JsonElement>("async () => (await axe.run(document, { runOnly: ['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'] })).violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '))")).EnumerateArray().Select(v => v.GetString()).ToList();
        Assert.Empty(violations);
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), "The page scrolls sideways.");
    }

    private static string Axe
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Michi.slnx"))) folder = folder.Parent!;
            return Path.Combine(folder.FullName, "src", "Michi.Platform", "node_modules", "axe-core", "axe.min.js");
        }
    }
}
