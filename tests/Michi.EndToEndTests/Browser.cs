using Michi.IntegrationTests;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Michi.EndToEndTests.Browser))]

namespace Michi.EndToEndTests;

/// <summary>A real Chromium, driven by Playwright, against the real program.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright _playwright = null!;
    private IBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Environment.GetEnvironmentVariable("MICHI_CHROMIUM") ?? "/usr/bin/chromium",
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    /// <summary>An empty page at desktop (1440) or phone width (390).</summary>
    public async Task<IPage> OpenAsync(MichiServer server, string path, int width = 1440, bool javaScript = true)
    {
        var context = await _browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = 900 }, JavaScriptEnabled = javaScript, BaseURL = server.Address.ToString() });
        var page = await context.NewPageAsync();
        await page.GotoAsync(path);
        return page;
    }
}
