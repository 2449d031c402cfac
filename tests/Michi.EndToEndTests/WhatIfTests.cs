using Michi.IntegrationTests;
using Michi.Platform.Accounts;
using Michi.Roadmap;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Michi.EndToEndTests;

/// <summary>What-if in the browser: by keyboard, by mouse, and without script.</summary>
public sealed class WhatIfTests(MichiServer server, Browser browser)
{
    [Fact]
    public async Task Press_ArrowsFixForbidAndEscape_FillTheFormAndBringTheAnswer()
    {
        var page = await OpenAsync();
        var first = page.Locator("#gantt .bar").First;
        var code = await page.Locator("#gantt tr[data-code]").First.GetAttributeAsync("data-code");
        await first.FocusAsync();

        await page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal(("must", "2027-Q2"), (await page.InputValueAsync($"#decision-{code}"), await page.InputValueAsync($"#decision-{code}-start")));
        await AnsweredAsync(page);
        Assert.Contains("2027-Q2", await page.Locator("#gantt .bar").First.GetAttributeAsync("aria-valuetext"), StringComparison.Ordinal);
        // The picture was drawn anew; the bar is still the one with the focus.
        Assert.Equal(code, await page.EvaluateAsync<string>("document.activeElement.closest('tr').dataset.code"));

        await page.Keyboard.PressAsync("x");
        Assert.Equal(("forbid", ""), (await page.InputValueAsync($"#decision-{code}"), await page.InputValueAsync($"#decision-{code}-start")));
        await page.Keyboard.PressAsync("Escape");
        await page.Keyboard.PressAsync("Escape");
        Assert.Equal(("free", ""), (await page.InputValueAsync($"#decision-{code}"), await page.InputValueAsync($"#decision-{code}-start")));
        await page.Keyboard.PressAsync("f");
        Assert.Equal(("must", "2027-Q1"), (await page.InputValueAsync($"#decision-{code}"), await page.InputValueAsync($"#decision-{code}-start")));
        await page.Keyboard.PressAsync("ArrowDown");
        Assert.Equal(1, await page.EvaluateAsync<int>("[...document.querySelectorAll('#gantt .bar')].indexOf(document.activeElement)"));
        Assert.NotEmpty(await page.Locator("#announce").InnerTextAsync());
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Drag_BarByFourQuarters_MovesItAYear()
    {
        var page = await OpenAsync();
        var row = page.Locator("#gantt tr[data-code]").First;
        var (code, before) = (await row.GetAttributeAsync("data-code"), int.Parse((await row.GetAttributeAsync("data-quarter"))!, System.Globalization.CultureInfo.InvariantCulture));
        await row.ScrollIntoViewIfNeededAsync();
        var box = (await row.Locator(".bar").BoundingBoxAsync())!;

        await page.Mouse.MoveAsync(box.X + 5, box.Y + 5);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(box.X + 5 + 4 * 28, box.Y + 5, new() { Steps = 4 });
        await page.Mouse.UpAsync();

        Assert.Equal((before + 4).ToString(System.Globalization.CultureInfo.InvariantCulture), await page.Locator($"#gantt tr[data-code='{code}']").GetAttributeAsync("data-quarter"));
        await AnsweredAsync(page);
        Assert.Equal("must", await page.InputValueAsync($"#decision-{code}"));
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Send_FormWithoutScript_ShowsTheAnswerAndKeepsIt()
    {
        var page = await OpenAsync(javaScript: false);
        var code = await page.Locator("#gantt tr[data-code]").First.GetAttributeAsync("data-code");
        Assert.False(await page.Locator("#gantt-help").IsVisibleAsync());

        await page.SelectOptionAsync($"#decision-{code}", "forbid");
        await page.Locator("#changes button").ClickAsync();
        await page.Locator("#answer h2").WaitForAsync();
        Assert.Equal("forbid", await page.InputValueAsync($"#decision-{code}"));
        await page.FillAsync("#name", $"Without {code}");
        await page.Locator("#answer .card button").ClickAsync();

        Assert.Contains("/plans/", page.Url, StringComparison.Ordinal);
        Assert.Contains($"Without {code}", await page.Locator("h1").InnerTextAsync(), StringComparison.Ordinal);
        await page.Context.CloseAsync();
    }

    private static async Task AnsweredAsync(IPage page) => await page.Locator("#answer h2").WaitForAsync();

    private async Task<IPage> OpenAsync(bool javaScript = true)
    {
        await server.Services.AdoptDemonstrationPlanAsync("siem-reap", TestContext.Current.CancellationToken);
        await using var scope = server.Services.CreateAsyncScope();
        var plan = (await scope.ServiceProvider.GetRequiredService<RoadmapDb>().Plans.FirstAsync(p => p.AdoptedAt != null, TestContext.Current.CancellationToken)).Id;
        var page = await browser.NewPageAsync(server, javaScript: javaScript);
        await Browser.SignInAsync(page, await server.PersonAsync(Role.Planner));
        await page.GotoAsync($"en/siem-reap/plans/{plan}/what-if");
        return page;
    }
}
