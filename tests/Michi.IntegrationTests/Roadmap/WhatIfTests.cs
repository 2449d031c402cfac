using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Roadmap;

public sealed class WhatIfTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_MovedInitiative_AnswersWithTheDifferenceAndSavesNothing()
    {
        var (scene, planner) = await PlannedAsync();

        var answer = await AskAsync(planner, scene, """{"decisions":{"map":{"choice":"must","start":"@"}}}""".Replace("@", $"{scene.Start.Plus(3)}", StringComparison.Ordinal), HttpStatusCode.OK);

        Assert.Contains(answer.GetProperty("schedule").EnumerateArray(), s => s.GetProperty("code").GetString() == "map" && s.GetProperty("from").GetString() == $"{scene.Start.Plus(3)}");
        Assert.Contains(answer.GetProperty("changes").GetProperty("initiatives").EnumerateArray(), s => s.GetProperty("code").GetString() == "map" && s.GetProperty("kind").GetString() == "moved");
        Assert.True(answer.GetProperty("changes").GetProperty("valueAfter").GetDouble() < answer.GetProperty("changes").GetProperty("valueBefore").GetDouble());
        Assert.Equal((1, 0), await RoadmapScene.LookAsync(server, async db => (await db.Plans.CountAsync(p => p.PlaceId == scene.PlaceId, Cancel), await db.Scenarios.CountAsync(s => s.PlaceId == scene.PlaceId, Cancel))));
    }

    [Fact]
    public async Task Post_NothingChanged_LeavesWhatCannotBeBettered()
    {
        var (scene, planner) = await PlannedAsync();

        var answer = await AskAsync(planner, scene, "{}", HttpStatusCode.OK);

        // Sensors bring no value of their own: there is no reason to move them.
        Assert.All(answer.GetProperty("changes").GetProperty("initiatives").EnumerateArray(), i => Assert.Equal("same", i.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task Post_MustDoWithoutMoney_SaysWhichRequirementsConflict()
    {
        var (scene, planner) = await PlannedAsync();

        var answer = await AskAsync(planner, scene, """{"decisions":{"map":{"choice":"must"}},"budgets":{"own":[100,100,100]}}""", HttpStatusCode.OK);

        Assert.Equal(("Infeasible", JsonValueKind.Null), (answer.GetProperty("status").GetString(), answer.GetProperty("schedule").ValueKind));
        var conflict = answer.GetProperty("conflict").EnumerateArray().Select(c => c.GetString()!).ToList();
        Assert.Contains("\u2068City map\u2069 must be done.", conflict);
        Assert.Contains(conflict, c => c.StartsWith("\u2068own\u2069: there is no more than", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{"decisions":{"moon":{"choice":"must"}}}""", "decisions")]
    [InlineData("""{"decisions":{"map":{"choice":"must","start":"2199-Q1"}}}""", "decision-map-start")]
    [InlineData("""{"decisions":{"map":{"choice":"forbid","start":"@"}}}""", "decision-map")]
    [InlineData("""{"budgets":{"own":[-1]}}""", "budget-own")]
    [InlineData("""{"budgets":{"own":[1,1,1,1,1]}}""", "budget-own")]
    [InlineData("""{"budgets":{"theirs":[1]}}""", "budgets")]
    [InlineData("""{"people":{"digital":[1]}}""", "pools")]
    public async Task Post_FaultyChange_NamesTheField(string changes, string field)
    {
        var (scene, planner) = await PlannedAsync();

        var answer = await AskAsync(planner, scene, changes.Replace("@", $"{scene.Start}", StringComparison.Ordinal), HttpStatusCode.UnprocessableEntity);

        Assert.True(answer.GetProperty("errors").TryGetProperty(field, out _), answer.ToString());
    }

    [Fact]
    public async Task Post_Kept_IsAScenarioOfItsOwnWithItsPlanBegunFromTheOneBefore()
    {
        var (scene, planner) = await PlannedAsync();

        var answer = await planner.PostAsync($"{Api(scene)}/what-if/scenario", Json("""{"name":"Without sensors","changes":{"decisions":{"sensors":{"choice":"forbid"}}}}"""), Cancel);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        var kept = await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        var plan = await scene.DoneAsync(server, kept.GetProperty("plan").GetGuid());
        Assert.Equal((scene.PlanId, kept.GetProperty("scenario").GetGuid(), "done"), (plan.BasedOn, plan.ScenarioId, plan.State));
        Assert.DoesNotContain("sensors", plan.Outcome!.Starts.Keys);
        Assert.Equal("forbid", await RoadmapScene.LookAsync(server, async db => (await db.Scenarios.SingleAsync(s => s.Id == plan.ScenarioId, Cancel)).Facts.Decisions["sensors"].Choice));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await planner.PostAsync($"{Api(scene)}/what-if/scenario", Json("""{"name":" ","changes":{}}"""), Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_FormWithoutScript_ShowsTheAnswerAndKeepsIt()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var browser = await server.SignedInAsync((await server.PersonAsync(Role.Planner, scene.Slug)).Email, Person.Password);
        var page = $"en/{scene.Slug}/plans/{scene.PlanId}/what-if";
        Dictionary<string, string> Form(string choice) => new() { ["decision-map"] = "free", ["decision-sensors"] = choice, ["budget-own-0"] = "900", ["budget-own-1"] = "1000", ["name"] = "Kept" };

        var asked = await MichiServer.PostAsync(browser, page, Form("forbid"));
        var faulty = await MichiServer.PostAsync(browser, page, Form("perhaps"));
        var kept = await MichiServer.PostAsync(browser, $"{page}?handler=keep", Form("forbid"));

        Assert.Equal(HttpStatusCode.OK, asked.StatusCode);
        var html = await asked.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("New in the plan: 0. No longer in it: 1. Moved: 0. As before: 1.", html, StringComparison.Ordinal);
        Assert.Contains("value=\"900\"", html, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, faulty.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, kept.StatusCode);
        var facts = await RoadmapScene.LookAsync(server, async db => (await db.Scenarios.SingleAsync(s => s.PlaceId == scene.PlaceId && s.Name == "Kept", Cancel)).Facts);
        Assert.Equal(900, facts.Sources[0].Years[0]);
    }

    private static string Api(RoadmapScene scene) => $"/api/places/{scene.Slug}/plans/{scene.PlanId}";

    private static StringContent Json(string text) => new(text, null, "application/json");

    private async Task<(RoadmapScene Scene, HttpClient Planner)> PlannedAsync()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        return (scene, await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug)));
    }

    private static async Task<JsonElement> AskAsync(HttpClient planner, RoadmapScene scene, string changes, HttpStatusCode status)
    {
        var answer = await planner.PostAsync($"{Api(scene)}/what-if", Json("{\"changes\":" + changes + "}"), Cancel);
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }
}
