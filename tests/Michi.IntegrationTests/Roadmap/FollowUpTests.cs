using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Roadmap;

public sealed class FollowUpTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_ReportThenChangeOnOldVersion_IsRefusedAndTellsTheNewest()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));
        var path = $"api/places/{scene.Slug}/progress/map/{scene.Start}";

        var first = await program.PutAsJsonAsync(path, new { version = 0, state = "on-track", started = $"{scene.Start}", done = 25, spent = new { own = 120.5 }, milestones = new[] { "bought" } }, Cancel);
        var again = await program.PutAsJsonAsync(path, new { version = 0, state = "not-started" }, Cancel);

        Assert.Equal(HttpStatusCode.NoContent, first.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        Assert.Equal(1, (await again.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("version").GetInt32());
        var rows = await server.Anonymous().GetFromJsonAsync<JsonElement>($"api/places/{scene.Slug}/progress", Cancel);
        Assert.Equal("on-track", rows[0].GetProperty("state").GetString());
        Assert.Equal(120.5m, rows[0].GetProperty("spent").GetProperty("own").GetDecimal());
    }

    [Theory]
    [InlineData("""{"version":0,"state":"flying"}""", "state")]
    [InlineData("""{"version":0,"state":"on-track"}""", "started")]
    [InlineData("""{"version":0,"state":"not-started","end":"2027-Q5"}""", "end")]
    [InlineData("""{"version":0,"state":"not-started","done":101}""", "done")]
    [InlineData("""{"version":0,"state":"not-started","spent":{"nobody":1}}""", "spent")]
    [InlineData("""{"version":0,"state":"not-started","spent":{"own":-1}}""", "spent-own")]
    [InlineData("""{"version":0,"state":"not-started","kpis":{"x":1}}""", "kpis")]
    [InlineData("""{"version":0,"state":"not-started","milestones":[null]}""", "milestones")]
    public async Task Put_FaultyReport_NamesTheFieldAndSavesNothing(string json, string field)
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));

        var answer = await program.PutAsync($"api/places/{scene.Slug}/progress/map/{scene.Start}", new StringContent(json, null, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").TryGetProperty(field, out _));
        Assert.False(await RoadmapScene.LookAsync(server, db => db.Progress.AnyAsync(p => p.PlaceId == scene.PlaceId, Cancel)));
    }

    [Fact]
    public async Task Put_FutureQuarterOrUnknownInitiative_IsRefused()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await program.PutAsJsonAsync($"api/places/{scene.Slug}/progress/map/{scene.Start.Plus(3)}", new { version = 0, state = "not-started" }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await program.PutAsJsonAsync($"api/places/{scene.Slug}/progress/moon/{scene.Start}", new { version = 0, state = "not-started" }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await program.PutAsJsonAsync($"api/places/{scene.Slug}/progress/map/soon", new { version = 0, state = "not-started" }, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_ReportForm_ShowsOnThePageForEverybody()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var person = await server.PersonAsync(Role.Planner, scene.Slug);
        var planner = await server.SignedInAsync(person.Email, Person.Password);

        var answer = await MichiServer.PostAsync(planner, $"en/{scene.Slug}/follow-up/map/{scene.Start}", new()
        {
            ["version"] = "0",
            ["state"] = "at-risk",
            ["started"] = $"{scene.Start}",
            ["done"] = "50",
            ["spent-own"] = "250",
            ["note"] = "Supplier late",
        });

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var page = await server.Anonymous().GetStringAsync($"en/{scene.Slug}/follow-up?quarter={scene.Start}", Cancel);
        Assert.Contains("At risk", page, StringComparison.Ordinal);
        // 200 of 400 done for 250 when 200 were due: cost index 0.80, schedule index 1.00, forecast 500.
        Assert.Contains("<td class=\"num\">0.80</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"num\">1.00</td>", page, StringComparison.Ordinal);
        Assert.Contains("<td class=\"num\">500</td>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("follow-up/signal", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_FormOnOldVersion_KeepsWhatWasTypedAndShowsTheNewest()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var person = await server.PersonAsync(Role.Planner, scene.Slug);
        var (planner, page) = (await server.SignedInAsync(person.Email, Person.Password), $"en/{scene.Slug}/follow-up/map/{scene.Start}");
        Dictionary<string, string> Report(string note) => new() { ["version"] = "0", ["state"] = "on-track", ["started"] = $"{scene.Start}", ["done"] = "10", ["note"] = note };
        await MichiServer.PostAsync(planner, page, Report("The first says this"));

        var answer = await MichiServer.PostAsync(planner, page, Report("The second says that"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var html = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("The first says this", html, StringComparison.Ordinal);
        Assert.Contains("The second says that", html, StringComparison.Ordinal);
        Assert.Contains("name=\"version\" value=\"1\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_GateDecision_MovesTheInitiativeAndKeepsTheReason()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));
        var path = $"api/places/{scene.Slug}/initiatives/map/gate";

        Assert.Equal(HttpStatusCode.NoContent, (await program.PostAsJsonAsync(path, new { to = "testbed", reason = "Trial agreed" }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await program.PostAsJsonAsync(path, new { to = "testbed", reason = "Again" }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await program.PostAsJsonAsync(path, new { to = "roll-out" }, Cancel)).StatusCode);

        Assert.Equal(("testbed", 2), await RoadmapScene.LookAsync(server, async db => await db.Initiatives.Where(i => i.PlaceId == scene.PlaceId && i.Code == "map").Select(i => new { i.Gate, i.Version }).SingleAsync(Cancel) is var i ? (i.Gate, i.Version) : default));
        Assert.Equal("gate", await RoadmapScene.LookAsync(server, db => db.InitiativeHistory.Where(v => v.Version == 2 && db.Initiatives.Any(i => i.Id == v.InitiativeId && i.PlaceId == scene.PlaceId)).Select(v => v.Change).SingleAsync(Cancel)));
        Assert.Contains("Trial agreed", await server.Anonymous().GetStringAsync($"en/{scene.Slug}/follow-up", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_Signal_MakesAScenarioWithWhatIsDoneFixed()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));

        var answer = await program.PostAsJsonAsync($"api/places/{scene.Slug}/signals",
            new { kind = "budget", text = "The council cut a fifth.", from = $"{scene.Start.Plus(1)}", budgets = new { own = 80 }, delays = new { sensors = 1 } }, Cancel);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var id = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("scenario").GetGuid();
        var facts = await RoadmapScene.LookAsync(server, db => db.Scenarios.Where(s => s.Id == id).Select(s => s.Facts).SingleAsync(Cancel));
        Assert.Equal("must", facts.Decisions["map"].Choice);
        Assert.Equal(scene.Start, facts.Decisions["map"].Start);
        Assert.Equal(scene.Start.Plus(2), facts.Decisions["sensors"].Earliest);
        Assert.Equal(800, facts.Sources[0].Years[^1], 1e-9);
    }

    [Theory]
    [InlineData("""{"kind":"budget","text":"x","from":"1999-Q1"}""", "from")]
    [InlineData("""{"kind":"rule","text":"x","from":"@","must":[null]}""", "must")]
    [InlineData("""{"kind":"rule","text":"x","from":"@","must":["map"],"forbid":["map"]}""", "forbid")]
    [InlineData("""{"kind":"delay","text":"x","from":"@","delays":{"map":0}}""", "delay-map")]
    [InlineData("""{"kind":"delay","text":"","from":"@"}""", "text")]
    public async Task Post_FaultySignal_NamesTheField(string json, string field)
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));

        var answer = await program.PostAsync($"api/places/{scene.Slug}/signals", new StringContent(json.Replace("@", $"{scene.Start}", StringComparison.Ordinal), null, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.True((await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").TryGetProperty(field, out _));
    }

    [Fact]
    public async Task Get_MoneyOfAdoptedPlan_ShowsYearsAndDownloads()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);

        foreach (var language in new[] { "en", "ja" })
            Assert.Equal(HttpStatusCode.OK, (await server.Anonymous().GetAsync($"{language}/{scene.Slug}/money", Cancel)).StatusCode);
        foreach (var table in Michi.Roadmap.Money.MoneyTables.Names)
            Assert.Equal(HttpStatusCode.OK, (await server.Anonymous().GetAsync($"en/{scene.Slug}/money?handler=table&table={table}&format=xlsx", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"en/{scene.Slug}/money?handler=table&table=other&format=csv", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_PagesOfAHiddenPlace_AreNotFound()
    {
        var scene = await RoadmapScene.AdoptedAsync(server, isPublic: false);

        foreach (var page in new[] { $"en/{scene.Slug}/money", $"en/{scene.Slug}/follow-up", $"api/places/{scene.Slug}/progress" })
            Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync(page, Cancel)).StatusCode);
    }
}
