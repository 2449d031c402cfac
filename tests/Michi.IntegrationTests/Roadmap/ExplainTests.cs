using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Platform.Accounts;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Scenarios;
using Michi.UnitTests.Roadmap;
using Microsoft.EntityFrameworkCore;

namespace Michi.IntegrationTests.Roadmap;

public sealed class ExplainTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_Why_IsComputedInTheBackgroundAndShownToEverybody()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var page = $"en/{scene.Slug}/plans/{scene.PlanId}/why";
        Assert.Contains("Nobody has asked this of the plan yet", await server.Anonymous().GetStringAsync(page, Cancel), StringComparison.Ordinal);

        await AskAsync(scene, "why");

        var answer = await DoneAsync(scene, "why");
        Assert.StartsWith("Without it the plan would be worth", answer.GetProperty("sentences").GetProperty("map").GetString(), StringComparison.Ordinal);
        Assert.Equal(3, answer.GetProperty("findings").GetProperty("units").GetArrayLength());
        var html = await server.Anonymous().GetStringAsync(page, Cancel);
        Assert.Contains("Why these are in (2)", html, StringComparison.Ordinal);
        Assert.Contains("id=\"map\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http-equiv", html, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("実施する理由（2件）", await server.Anonymous().GetStringAsync(page.Replace("en/", "ja/", StringComparison.Ordinal), Cancel), StringComparison.Ordinal);
        var csv = await server.Anonymous().GetStringAsync($"{page}?handler=table&table=initiatives&format=csv", Cancel);
        Assert.Contains("City map,map,yes", csv, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"{page}?handler=table&table=nothing&format=csv", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Get_WhyOfADraft_IsForContributorsOnly()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        await RoadmapScene.LookAsync(server, db => db.Plans.Where(p => p.Id == scene.PlanId).ExecuteUpdateAsync(p => p.SetProperty(x => x.AdoptedAt, (DateTimeOffset?)null), Cancel));
        var viewer = await server.ProgramAsync(await server.PersonAsync(Role.Viewer, scene.Slug));
        var assessor = await server.ProgramAsync(await server.PersonAsync(Role.Assessor, scene.Slug));

        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"en/{scene.Slug}/plans/{scene.PlanId}/why", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await viewer.GetAsync($"api/places/{scene.Slug}/plans/{scene.PlanId}/why", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await assessor.GetAsync($"api/places/{scene.Slug}/plans/{scene.PlanId}/why", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await assessor.GetAsync($"api/places/{scene.Slug}/plans/{Guid.NewGuid()}/why", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_SolveWithoutMoneyForAMust_SaysWhatContradictsAndLinksToTheField()
    {
        var (scene, planner, scenario) = await ScenarioAsync(s => s with { Sources = [PlanScene.Source("own", [0, 0, 0])], Decisions = new() { ["map"] = new("must") } });

        var page = await SolveAsync(planner, scene, scenario, "What contradicts each other");

        Assert.Contains("“⁨City map⁩” must be done.", page, StringComparison.Ordinal);
        Assert.Contains("own has 0 USD", page, StringComparison.Ordinal);
        Assert.Contains($"/en/{scene.Slug}/scenarios/{scenario}#source-0-years", page, StringComparison.Ordinal);
        Assert.Contains($"/en/{scene.Slug}/scenarios/{scenario}#decision-map", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_SolveWithContradictoryFixings_SaysWhichStartWouldDo()
    {
        var (scene, planner, scenario) = await ScenarioAsync(
            s => s with { Decisions = new() { ["map"] = new("must", Start: s.Start.Plus(2)), ["sensors"] = new("must", Start: s.Start.Plus(1)) } }, [new("map", 0)]);

        var page = await SolveAsync(planner, scene, scenario, "What would mend it");

        Assert.Contains($"Start “⁨Sensors⁩” in {scene.Start.Plus(4)} instead of {scene.Start.Plus(1)}.", page, StringComparison.Ordinal);
        Assert.Contains("“⁨Sensors⁩” starts only after “⁨City map⁩” has been done.", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_SolveWithACycle_IsRefusedNamingIt()
    {
        var (scene, planner, scenario) = await ScenarioAsync(s => s, [new("map", 0)], [new("sensors", 0)]);

        var answer = await MichiServer.PostAsync(planner, $"en/{scene.Slug}/scenarios/{scenario}", new() { ["seconds"] = "1" }, $"en/{scene.Slug}/scenarios/{scenario}?handler=solve");

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains("These initiatives wait for each other", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_PointOfTheFront_MakesAPlanWithAScenarioOfItsOwn()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var planner = await AskAsync(scene, "front");
        var answer = await DoneAsync(scene, "front");
        Assert.Equal("done", answer.GetProperty("state").GetString());
        var page = $"en/{scene.Slug}/plans/{scene.PlanId}/front";
        Assert.Contains("<svg", await planner.GetStringAsync(page, Cancel), StringComparison.Ordinal);
        var points = answer.GetProperty("findings").GetProperty("fronts")[0].GetProperty("points");

        var picked = await MichiServer.PostAsync(planner, page, new() { ["criterion"] = "cost", ["point"] = $"{points.GetArrayLength() - 1}" }, $"{page}?handler=pick");
        var wrong = await MichiServer.PostAsync(planner, page, new() { ["criterion"] = "cost", ["point"] = "99" }, $"{page}?handler=pick");

        Assert.Equal(HttpStatusCode.Redirect, picked.StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, wrong.StatusCode);
        var plan = await RoadmapScene.LookAsync(server, db => db.Plans.SingleAsync(p => p.PlaceId == scene.PlaceId && p.Kind == "front", Cancel));
        Assert.Equal(scene.PlanId, plan.BasedOn);
        Assert.Equal(points[points.GetArrayLength() - 1].GetProperty("starts").EnumerateObject().Count(), plan.Outcome!.Starts.Count);
        Assert.Equal(HttpStatusCode.OK, (await planner.GetAsync($"en/{scene.Slug}/scenarios/{plan.ScenarioId}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await planner.GetAsync(picked.Headers.Location, Cancel)).StatusCode);
        // What else could be planned is not for everybody, even where the plan is.
        Assert.NotEqual(HttpStatusCode.OK, (await server.Anonymous().GetAsync(page, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_Risk_ShowsEverybodyHowOftenTheAdoptedPlanHolds()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        await AskAsync(scene, "risk");
        var answer = await DoneAsync(scene, "risk");

        var share = answer.GetProperty("findings").GetProperty("plan").GetProperty("holding").GetDouble();
        var html = await server.Anonymous().GetStringAsync($"en/{scene.Slug}/plans/{scene.PlanId}/risk", Cancel);
        Assert.InRange(share, 0, 1);
        Assert.Contains($"{Math.Round(100 * share)}%", html.Replace(" %", "%", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("Assumed ranges", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Make this a plan", html, StringComparison.Ordinal);
        Assert.Contains("仮定した範囲", await server.Anonymous().GetStringAsync($"ja/{scene.Slug}/plans/{scene.PlanId}/risk", Cancel), StringComparison.Ordinal);
        Assert.StartsWith("From (points)", (await server.Anonymous().GetStringAsync($"en/{scene.Slug}/plans/{scene.PlanId}/risk?handler=table&table=histogram&format=csv", Cancel)).TrimStart('\uFEFF'), StringComparison.Ordinal);
    }

    /// <summary>A scenario of the scene's city, the prerequisites of whose initiatives are set, and a planner signed in.</summary>
    private async Task<(RoadmapScene Scene, HttpClient Planner, Guid Scenario)> ScenarioAsync(Func<ScenarioFacts, ScenarioFacts> change, List<Prerequisite>? ofSensors = null, List<Prerequisite>? ofMap = null)
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        var id = Guid.NewGuid();
        await RoadmapScene.LookAsync(server, async db =>
        {
            var facts = change(PlanScene.Scenario(8, PlanScene.Source("own", [1000, 1000, 1000])) with { Start = scene.Start });
            db.Scenarios.Add(new() { Id = id, PlaceId = scene.PlaceId, Name = "Contradictory", Facts = facts, CreatedAt = DateTimeOffset.UnixEpoch, ChangedAt = DateTimeOffset.UnixEpoch, ChangedBy = "test" });
            foreach (var initiative in await db.Initiatives.Where(i => i.PlaceId == scene.PlaceId).ToListAsync(Cancel)) initiative.Facts = initiative.Facts with { Prerequisites = (initiative.Code == "map" ? ofMap : ofSensors) ?? [] };
            return await db.SaveChangesAsync(Cancel);
        });
        var person = await server.PersonAsync(Role.Planner, scene.Slug);
        return (scene, await server.SignedInAsync(person.Email, Person.Password), id);
    }

    /// <summary>The page of the plan once it says something.</summary>
    private static async Task<string> SolveAsync(HttpClient planner, RoadmapScene scene, Guid scenario, string says)
    {
        var started = await MichiServer.PostAsync(planner, $"en/{scene.Slug}/scenarios/{scenario}", new() { ["seconds"] = "1" }, $"en/{scene.Slug}/scenarios/{scenario}?handler=solve");
        Assert.Equal(HttpStatusCode.Redirect, started.StatusCode);
        for (var i = 0; i < 600; i++)
        {
            var page = await planner.GetStringAsync(started.Headers.Location, Cancel);
            if (page.Contains(says, StringComparison.Ordinal)) return page;
            await Task.Delay(100, Cancel);
        }
        throw new TimeoutException(says);
    }

    /// <summary>Presses the button as a planner of the place.</summary>
    private async Task<HttpClient> AskAsync(RoadmapScene scene, string kind)
    {
        var person = await server.PersonAsync(Role.Planner, scene.Slug);
        var planner = await server.SignedInAsync(person.Email, Person.Password);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(planner, $"en/{scene.Slug}/plans/{scene.PlanId}/{kind}", [])).StatusCode);
        return planner;
    }

    /// <summary>What the API says once the answer is there.</summary>
    private async Task<JsonElement> DoneAsync(RoadmapScene scene, string kind)
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));
        for (var i = 0; i < 600; i++)
        {
            var answer = await program.GetFromJsonAsync<JsonElement>($"api/places/{scene.Slug}/plans/{scene.PlanId}/{kind}", Cancel);
            if (answer.GetProperty("state").GetString() is "done" or "failed") return answer;
            await Task.Delay(100, Cancel);
        }
        throw new TimeoutException(kind);
    }
}
