using Michi.IntegrationTests;
using Michi.IntegrationTests.Rounds;
using Michi.Platform.Accounts;
using Microsoft.Playwright;

namespace Michi.EndToEndTests;

/// <summary>The main work can be done in a browser that runs no script.</summary>
public sealed class NoScriptTests(MichiServer server, Browser browser)
{
    [Theory, InlineData("en", "Siem Reap"), InlineData("ja", "シェムリアップ")]
    public async Task Follow_FromTheStartPage_LeadsToTheProfileAndTheReportAsAFile(string language, string city)
    {
        var page = await browser.NewPageAsync(server, javaScript: false);
        await page.GotoAsync(language);

        // By the search: the start page shows only the first cities of a country, and other tests add theirs.
        await page.FillAsync("#q", city);
        await page.Locator("form.search button").ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = city, Exact = true }).ClickAsync();
        await page.Locator($".tabs a[href='/{language}/siem-reap/profile']").ClickAsync();
        Assert.Equal(21, await page.Locator(".radar .key li").CountAsync());
        await page.Locator($".tabs a[href='/{language}/siem-reap/report']").ClickAsync();
        var file = await page.RunAndWaitForDownloadAsync(() => page.Locator("a[href*='report.xlsx']").First.ClickAsync());

        Assert.EndsWith(".xlsx", file.SuggestedFilename, StringComparison.Ordinal);
        Assert.Equal("PK"u8.ToArray(), (await File.ReadAllBytesAsync((await file.PathAsync())!, TestContext.Current.CancellationToken))[..2]);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task SignIn_OnAPhone_ShowsWhatTheRoleMayDo()
    {
        var person = await server.PersonAsync(Role.Assessor);
        var page = await browser.NewPageAsync(server, Browser.Phone, javaScript: false);

        await Browser.SignInAsync(page, person);

        await page.GotoAsync("ja/siem-reap/evidence");
        Assert.Equal(1, await page.Locator("a[href='/ja/siem-reap/evidence/new/edit']").CountAsync());
        Assert.Contains(person.Name, await page.Locator(".site-header").InnerTextAsync(), StringComparison.Ordinal);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Rate_OneElementOnAPhone_KeepsTheAnswerAndGoesOn()
    {
        var scene = await RoundScene.NewAsync(server, assessors: 1, rounds: 1);
        var page = await browser.NewPageAsync(server, Browser.Phone, javaScript: false);
        await page.GotoAsync($"ja/rate/{scene.Secrets[0]}");
        await page.Locator("main a.button").ClickAsync();
        Assert.EndsWith("/P1", new Uri(page.Url).AbsolutePath, StringComparison.Ordinal);

        await page.CheckAsync("input[name=level][value='3']");
        await page.CheckAsync("input[name=confidence][value=medium]");
        await page.FillAsync("#reason", "市議会が決定した文書を確かめた。");
        await page.Locator("main form button").First.ClickAsync();

        Assert.EndsWith("/P2", new Uri(page.Url).AbsolutePath, StringComparison.Ordinal);
        await page.GotoAsync($"ja/rate/{scene.Secrets[0]}/P1");
        Assert.True(await page.IsCheckedAsync("input[name=level][value='3']"));
        Assert.Equal("市議会が決定した文書を確かめた。", await page.InputValueAsync("#reason"));
        Assert.True((await page.Locator("main").BoundingBoxAsync())!.Width <= Browser.Phone);
        await page.Context.CloseAsync();
    }
}
