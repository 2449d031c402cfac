using Michi.IntegrationTests;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Michi.EndToEndTests.Browser))]

namespace Michi.EndToEndTests;

/// <summary>A real Chromium, driven by Playwright, against the real program.</summary>
public sealed class Browser : IAsyncLifetime
{
    public const int Desktop = 1440, Phone = 390;

    /// <summary>Begins what the browser's own graphics driver tells the console; where there is no graphics card, that it is slow.</summary>
    public const string Driver = "[.WebGL";

    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("MICHI_CHROMIUM") ?? "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--enable-unsafe-swiftshader"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>An empty page of a visitor with a cookie jar of its own.</summary>
    /// <param name="signedIn">The cookies to begin with, as <see cref="IBrowserContext.StorageStateAsync"/> gave them.</param>
    public async Task<IPage> NewPageAsync(MichiServer server, int width = Desktop, bool javaScript = true, string? signedIn = null)
    {
        var context = await _browser.NewContextAsync(new()
        {
            ViewportSize = new() { Width = width, Height = 900 },
            JavaScriptEnabled = javaScript,
            BaseURL = server.Address.ToString(),
            StorageState = signedIn,
            ReducedMotion = ReducedMotion.Reduce,
        });
        return await context.NewPageAsync();
    }

    /// <summary>Signs in through the form.</summary>
    public static async Task SignInAsync(IPage page, Person person)
    {
        await page.GotoAsync("en/sign-in");
        await page.FillAsync("#email", person.Email);
        await page.FillAsync("#password", Person.Password);
        await page.ClickAsync("main button");
    }
}
