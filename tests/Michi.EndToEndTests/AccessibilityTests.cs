using System.Text.Json;
using System.Text.RegularExpressions;
using Michi.IntegrationTests;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Michi.EndToEndTests;

/// <summary>Every page, as each role sees it, in both languages, on desktop and phone: no axe violation, no sideways scroll, nothing in the console, one h1.</summary>
/// <remarks>Where <c>MICHI_SHOTS</c> names a folder, a picture of every page is put there.</remarks>
public sealed partial class AccessibilityTests(MichiServer server, Browser browser, Scene scene) : IClassFixture<Scene>
{
    private const string Sent = "sent empty";

    /// <summary>What is opened by whom. Behind the address in brackets: another status than 200, or that the page's form is sent as it stands.</summary>
    private static readonly Dictionary<string, string[]> Cases = new()
    {
        ["first"] = ["", "setup?secret={setup}", $"setup?secret={{setup}} ({Sent})"],
        ["visitor"] =
        [
            "", "?q=kyoto", "?q=siem", "method", "sign-in", $"sign-in ({Sent})", "sign-in/code (302)", "nowhere/at/all (404)", "siem-reap/nothing (404)", "setup (404)", "join?secret=old (404)", "join?secret={invitation}",
            "compare", "compare?places=siem-reap,phnom-penh,kigali", "siem-reap", "siem-reap/profile", "siem-reap/elements/T4", "siem-reap/position", "siem-reap/programmes", "siem-reap/similar", "siem-reap/find-out",
            "siem-reap/evidence", "siem-reap/evidence/kh-siem-reap-001", "siem-reap/rounds", "siem-reap/report", "siem-reap/report/summary", "siem-reap/export",
            "siem-reap/roadmap", "siem-reap/roadmap/summary", "siem-reap/roadmap/report", "siem-reap/plans/{plan}/why", "siem-reap/plans/{plan}/risk", "siem-reap/vision", "siem-reap/challenges", "siem-reap/challenges/digital-skills", "siem-reap/initiatives", "siem-reap/initiatives/security-baseline", "siem-reap/library", "siem-reap/library/open-data-catalogue",
            "siem-reap/money", "siem-reap/follow-up", "cambodia/investment", "bare/vision", "bare/challenges", "bare/initiatives", "bare/roadmap",
            "cambodia", "cambodia/cities", "cambodia/profile", "cambodia/position", "cambodia/programmes", "cambodia/similar", "cambodia/find-out", "cambodia/evidence", "cambodia/rounds", "cambodia/indices", "cambodia/indices/{index}", "cambodia/indices/{index}?unit=siem-reap",
            "bare", "bare/changes", "{closed-place}/changes", "siem-reap/changes?from=now&to=now (422)", "bare/profile", "bare/similar", "bare/find-out", "bare/evidence", "bare/rounds", "bare/report", "bare/elements/P1",
            "{closed-place}/rounds", "{closed-place}/rounds/{closed}", "{open-place}/rounds/{open}", "rate/{rate}", "rate/{rate}/P1", "rate/{rate}/P2", $"rate/{{rate}}/P3 ({Sent})", "rate/{closed-rate}", "rate/gone (404)", "evaluate/{evaluate-new}", $"evaluate/{{evaluate-new}} ({Sent})", "evaluate/{evaluate-half}", "evaluate/{evaluate-half}/1", "evaluate/{evaluate-again}", "evaluate/{evaluate-again}/1", "evaluate/{evaluate-over}", "evaluate/gone (404)", "{awarded-place}/awards/{awarded-tender}",
            "shared/{shared}/summary", "shared/gone (404)",
        ],
        ["halfway"] = ["sign-in/code", $"sign-in/code ({Sent})"],
        ["viewer"] = ["", "account", "account/second-factor", "siem-reap", "siem-reap/people (403)", "places/new (403)"],
        ["assessor"] =
        [
            "siem-reap", "siem-reap/evidence", "siem-reap/evidence/kh-siem-reap-001", "siem-reap/evidence/kh-siem-reap-001/edit", "siem-reap/evidence/new/edit", $"siem-reap/evidence/new/edit ({Sent})", "bare/evidence", "siem-reap/import", $"siem-reap/import ({Sent})",
            "cambodia/indices", "cambodia/indices/{index}/edit", "cambodia/indices/new/edit", $"cambodia/indices/new/edit ({Sent})", "bare/export",
        ],
        ["facilitator"] =
        [
            "bare/rounds", "bare/rounds/new", $"bare/rounds/new ({Sent})", "{open-place}/rounds/{open}/facilitate", "{closed-place}/rounds/{closed}/facilitate", "{closed-place}/rounds/{closed}/consensus/P1", $"{{closed-place}}/rounds/{{closed}}/consensus/P1 ({Sent})",
            "siem-reap/report/links", "bare/report/links", "siem-reap/position", "{closed-place}/rounds/{closed}",
        ],
        ["planner"] =
        [
            "{no-data-place}/city-os", "{no-data-place}/entities", "{no-data-place}/entities/map", "{no-data-place}/subscriptions", "{data-place}/city-os", "{data-place}/city-os/history", "{data-place}/subscriptions",
        ],
        ["owner"] =
        [
            "admin/city-os", "admin/city-os/history", "{data-place}/city-os/history?type=Streetlight", "{data-place}/city-os/history?type=Cabinet", $"{{data-place}}/city-os/history ({Sent})", "{no-data-place}/city-os/history", "{no-data-place}/city-os", "{data-place}/city-os", "{data-place}/city-os/type?name=Streetlight", "{data-place}/entities", "{data-place}/entities?type=Streetlight", "{data-place}/entities?type=Streetlight&q=power%3E (422)", "{data-place}/entities?type=Streetlight&id=nothing",
            "{data-place}/entities/entity?id=urn:ngsi-ld:Streetlight:7", "{data-place}/entities/entity?id=urn:ngsi-ld:AirQualityObserved:1&attribute=pm25&period=week", "{data-place}/entities/entity?id=urn:ngsi-ld:AirQualityObserved:1&attribute=pm25&period=month", "{data-place}/entities/map?type=Streetlight", "{data-place}/subscriptions",
            "{demonstration-place}/city-os", "{demonstration-place}/entities", "{demonstration-place}/entities?type=Streetlight", "{demonstration-place}/entities/entity?id=urn:ngsi-ld:AirQualityObserved:demo-01", "{demonstration-place}/entities/entity?id=urn:ngsi-ld:PublicTransportRoute:demo-01", "{demonstration-place}/entities/map?type=PublicTransportStop", "{demonstration-place}/subscriptions",
            "", "places/new", "places/new?q=battambang", "siem-reap/edit", "siem-reap/people", "siem-reap/log", "bare", "bare/edit", "bare/people", "bare/log", "cambodia", "admin", "admin/settings", "admin/packs", "admin/log",
            "siem-reap/scenarios", "siem-reap/scenarios/new", "siem-reap/plans/{plan}", "siem-reap/plans/{draft}", "siem-reap/plans/{draft}/changes", "bare/scenarios", "siem-reap/plans/{plan}/what-if", "siem-reap/plans/{plan}/front", "siem-reap/plans/{plan}/risk", "siem-reap/plans/{contradictory}", "siem-reap/plan-file", $"siem-reap/plan-file ({Sent})", "siem-reap/follow-up/signal", "siem-reap/follow-up/security-baseline/2026-Q4", "siem-reap/vision/statement", "siem-reap/challenges/new/edit", "siem-reap/initiatives/security-baseline/edit", "siem-reap/initiatives/security-baseline/retire", "siem-reap/procurement",
            "{draft-place}/procurement/{draft-tender}", "{draft-place}/procurement/{draft-tender}/sections/exit", "{draft-place}/procurement/{draft-tender}/outputs", "{draft-place}/procurement/{draft-tender}/plan", "{draft-place}/procurement/{draft-tender}/tender", $"{{draft-place}}/procurement/{{draft-tender}}/tender ({Sent})", "{draft-place}/procurement",
            "{bids-place}/procurement/{bids-tender}/tender", "{half-place}/procurement/{half-tender}/tender", "{again-place}/procurement/{again-tender}/tender", "{priced-place}/procurement/{priced-tender}/tender", "{awarded-place}/procurement/{awarded-tender}/tender",
        ],
    };

    /// <summary>Page routes that answer with a file, and the one that shows errors, which the cases with 403 and 404 see.</summary>
    private static readonly string[] NotOpened =
    [
        "{lang:lang}/{place}/roadmap.{ending:regex(^(pdf|xlsx|csv|xml|ics|json)$)}",
        "{lang:lang}/{place}/report.{ending:regex(^(pdf|xlsx|json)$)}", "{lang:lang}/shared/{secret}/report.{ending:regex(^(pdf|xlsx|json)$)}", "error/{status:int:range(400,599)}",
    ];

    public static TheoryData<string> Roles => new(Cases.Keys);

    [Fact]
    public void EveryPageRoute_IsOpenedByACase()
    {
        // Lowest precedence first is the order in which the framework itself tries patterns.
        var routes = server.Services.GetServices<EndpointDataSource>().SelectMany(s => s.Endpoints).OfType<RouteEndpoint>().Where(r => r.Metadata.GetMetadata<PageActionDescriptor>() is not null)
            .Select(r => r.RoutePattern).DistinctBy(p => p.RawText).OrderBy(p => p.InboundPrecedence).ToList();
        var matchers = routes.ToDictionary(r => r.RawText!.TrimStart('/'), r => new TemplateMatcher(new RouteTemplate(r), []));

        var opened = Cases.Values.SelectMany(pages => pages).Where(page => !page.EndsWith("3)", StringComparison.Ordinal) && !page.EndsWith("4)", StringComparison.Ordinal))
            .Select(page => matchers.FirstOrDefault(m => m.Value.TryMatch("/en/" + page.Split('?', ' ')[0], [])).Key).ToHashSet();

        Assert.Empty(matchers.Keys.Except(opened).Except(NotOpened));
    }

    [Theory, MemberData(nameof(Roles))]
    public async Task Open_EveryPageOfARole_IsSound(string role)
    {
        var signedIn = await scene.SignedInAsync(role, browser);

        var found = await Task.WhenAll(OpenAsync(role, "en", signedIn), OpenAsync(role, "ja", signedIn));

        Assert.True(found.All(f => f.Count == 0), string.Join('\n', found.SelectMany(f => f)));
    }

    private async Task<List<string>> OpenAsync(string role, string language, string? signedIn)
    {
        var axe = await File.ReadAllTextAsync(Axe, TestContext.Current.CancellationToken) + "; 0";
        var page = await browser.NewPageAsync(role == "first" ? scene.Fresh : server, signedIn: signedIn);
        var found = new List<string>();
        var where = "";
        int[] widths = [Browser.Desktop, Browser.Phone];
        page.Console += (_, message) =>
        {
            // The browser itself tells of a page that answers with 403, 404 or 422.
            if (message.Type is "error" or "warning" && !message.Text.StartsWith("Failed to load resource: the server responded with a status of 4", StringComparison.Ordinal) && !message.Text.StartsWith(Browser.Driver, StringComparison.Ordinal)) found.Add($"{where} ({language}): console: {message.Text}");
        };
        page.PageError += (_, error) => found.Add($"{where} ({language}): {error}");

        foreach (var one in Cases[role])
        {
            where = one;
            var (path, note) = one.Split(" (") is [var address, var bracket] ? (address, bracket.TrimEnd(')')) : (one, "200");
            var answer = (await page.GotoAsync($"{language}/{scene.Fill(path)}"))!;
            if (note == Sent) answer = await SendAsync(page);
            else if (note == "302") { Assert.NotNull(answer.Request.RedirectedFrom); continue; }
            if (answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture) != (note == Sent ? "422" : note)) found.Add($"{where} ({language}): status {answer.Status}");

            await page.EvaluateAsync(axe);
            foreach (var width in widths)
            {
                await page.SetViewportSizeAsync(width, 900);
                var problems = await page.EvaluateAsync<JsonElement>(Check, language);
                found.AddRange(problems.EnumerateArray().Select(p => $"{where} ({language}, {width}): {p}"));
                if (Environment.GetEnvironmentVariable("MICHI_SHOTS") is { Length: > 0 } shots)
                    await page.ScreenshotAsync(new() { Path = Path.Combine(shots, $"{role}-{NotInNames().Replace(one, "-").Trim('-')}-{language}-{width}.png"), FullPage = true });
            }
            // The next page begins where this one ends: half of the pages are opened on the phone.
            Array.Reverse(widths);
        }
        await page.Context.CloseAsync();
        return found;
    }

    private const string Check = """
        async language => {
          const problems = (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] }))
            .violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).join(' | '));
          const root = document.documentElement;
          if (root.lang !== language) problems.push('lang is ' + root.lang);
          if (document.querySelectorAll('h1').length !== 1) problems.push(document.querySelectorAll('h1').length + ' h1');
          if (root.scrollWidth > root.clientWidth) problems.push('scrolls sideways: ' + [...document.querySelectorAll('body *')]
            .filter(e => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest('.table-wrap, .tabs')).slice(0, 3).map(e => e.outerHTML.slice(0, 100)).join(' | '));
          // A short word on a button that is broken, as 探 / す.
          for (const button of document.querySelectorAll('button, .button')) {
            const text = document.createRange();
            text.selectNodeContents(button);
            if (button.textContent.trim().length < 8 && new Set([...text.getClientRects()].map(r => Math.round(r.bottom))).size > 1) problems.push('button wraps: ' + button.textContent);
          }
          return problems;
        }
        """;

    private static async Task<IResponse> SendAsync(IPage page)
    {
        await page.EvaluateAsync("document.querySelector('main form[method=post]').noValidate = true; document.body.dataset.before = ''");
        var answer = await page.RunAndWaitForResponseAsync(() => page.Locator("main form[method=post] button").First.ClickAsync(), r => r.Request.Method == "POST");
        await page.Locator("body[data-before]").WaitForAsync(new() { State = WaitForSelectorState.Detached });
        await page.WaitForLoadStateAsync();
        return answer;
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

    [GeneratedRegex("[^a-zA-Z0-9]+")]
    private static partial Regex NotInNames();
}
