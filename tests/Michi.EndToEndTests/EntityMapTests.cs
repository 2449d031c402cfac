using System.Text.RegularExpressions;
using Michi.IntegrationTests;
using Michi.IntegrationTests.CityOs;
using Microsoft.Playwright;

namespace Michi.EndToEndTests;

/// <summary>The map of entities: drawn by the browser where it can, by the server where it cannot.</summary>
public sealed class EntityMapTests(MichiServer server, Browser browser)
{
    [Fact]
    public async Task Open_WithScript_DrawsTheEntitiesAndLeadsToThem()
    {
        var scene = await CityOsScene.NewAsync(server);
        var page = await OpenAsync(scene);
        var faults = new List<string>();
        page.Console += (_, message) => { if (message.Type is "error" or "warning" && !message.Text.StartsWith(Browser.Driver, StringComparison.Ordinal)) faults.Add(message.Text); };
        page.PageError += (_, error) => faults.Add(error);
        var elsewhere = new List<string>();
        page.Request += (_, request) => { if (!request.Url.StartsWith(server.Address.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)) elsewhere.Add(request.Url); };

        await page.GotoAsync($"en/{scene.Slug}/entities/map?type=Cabinet");
        await page.Locator("entity-map.drawn canvas").WaitForAsync();
        Assert.False(await page.Locator(".dot-map").IsVisibleAsync());
        await page.WaitForFunctionAsync("document.querySelector('entity-map').map.loaded()");
        await page.Locator("entity-map").ScrollIntoViewIfNeededAsync();
        var box = (await page.Locator("entity-map canvas").BoundingBoxAsync())!;
        var at = await page.EvaluateAsync<float[]>("(({ x, y }) => [x, y])(document.querySelector('entity-map').map.project([103.858, 13.36]))");
        await page.Mouse.ClickAsync(box.X + at[0], box.Y + at[1]);
        await page.Locator(".maplibregl-popup-content a").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex(@"/entities/entity\?id=.*Cabinet"));

        Assert.Empty(faults);
        Assert.Empty(elsewhere);
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Open_WithoutScript_ShowsPictureAndTable()
    {
        var scene = await CityOsScene.NewAsync(server);
        var page = await OpenAsync(scene, javaScript: false);
        await page.GotoAsync($"ja/{scene.Slug}/entities/map?type=Streetlight");
        Assert.True(await page.Locator(".dot-map svg").IsVisibleAsync());
        Assert.Equal(50, await page.Locator("main tbody tr").CountAsync());
        await page.Locator("main tbody a").First.ClickAsync();
        Assert.Contains("街路灯1（架空）", await page.Locator("h1").InnerTextAsync(), StringComparison.Ordinal);
        // The history of a number, with a form that needs no script.
        await page.SelectOptionAsync("#period", "week");
        await page.Locator("form:has(#period) button").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new Regex("period=week"));
        await page.Locator(".time-plot > svg").WaitForAsync();
        await page.Context.CloseAsync();
    }

    private async Task<IPage> OpenAsync(CityOsScene scene, bool javaScript = true)
    {
        var page = await browser.NewPageAsync(server, javaScript: javaScript);
        await Browser.SignInAsync(page, scene.Owner);
        return page;
    }
}
