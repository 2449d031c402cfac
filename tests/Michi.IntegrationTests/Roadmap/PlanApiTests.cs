using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.Platform.Accounts;
using Michi.UnitTests.Roadmap;

namespace Michi.IntegrationTests.Roadmap;

public sealed class PlanApiTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_TwoPlannersOnTheSameScenario_RefusesTheLaterAndLosesNothing()
    {
        var (scene, first) = await PlannedAsync();
        var second = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));
        var path = $"{Api(scene)}/scenarios/{await AddAsync(first, scene)}";
        var theirs = Scenario(scene, s => s["sources"]![0]!["years"]![0] = 700);

        var earlier = await first.PutAsJsonAsync(path, new { name = "Theirs", scenario = theirs, version = 1 }, Cancel);
        var later = await second.PutAsJsonAsync(path, new { name = "Mine", scenario = Scenario(scene), version = 1 }, Cancel);

        Assert.Equal(HttpStatusCode.NoContent, earlier.StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, later.StatusCode);
        Assert.Equal(2, (await later.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("version").GetInt32());
        var kept = await second.GetFromJsonAsync<JsonElement>(path, Cancel);
        Assert.Equal(("Theirs", 700), (kept.GetProperty("name").GetString(), kept.GetProperty("scenario").GetProperty("sources")[0].GetProperty("years")[0].GetDouble()));
        Assert.Equal(HttpStatusCode.NoContent, (await second.PutAsJsonAsync(path, new { name = "Mine", scenario = Scenario(scene), version = 2 }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await first.PostAsJsonAsync($"{path}/retirement", new { version = 2 }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await first.PostAsJsonAsync($"{path}/retirement", new { version = 3 }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await first.PutAsJsonAsync(path, new { name = "Gone", scenario = Scenario(scene), version = 3 }, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_Copy_IsAScenarioOfItsOwn()
    {
        var (scene, planner) = await PlannedAsync();
        var id = await AddAsync(planner, scene);

        var copy = (await JsonAsync(await planner.PostAsJsonAsync($"{Api(scene)}/scenarios/{id}/copies", new { name = "Second" }, Cancel), HttpStatusCode.Created)).GetProperty("id").GetGuid();

        var rows = await planner.GetFromJsonAsync<JsonElement>($"{Api(scene)}/scenarios", Cancel);
        Assert.Equal(["First", "Second"], rows.EnumerateArray().Select(r => r.GetProperty("name").GetString()!).Order());
        Assert.NotEqual(id, copy);
    }

    [Theory]
    [InlineData("""{"start":"2027-Q5"}""", null)]
    [InlineData("""{"sources":null}""", null)]
    [InlineData("""{"quarters":61}""", "quarters")]
    [InlineData("""{"sources":[]}""", "source-0-name")]
    [InlineData("""{"sources":[null]}""", "source-0-name")]
    [InlineData("""{"sources":[{"id":"own","names":{},"kind":"own","years":[1],"carriesOver":false,"source":"x"}]}""", "source-0-name")]
    [InlineData("""{"sources":[{"id":"own","names":{"en":"Own"},"kind":"own","years":[-1],"carriesOver":false,"source":"x"}]}""", "source-0-years")]
    [InlineData("""{"sources":[{"id":"own","names":{"en":"Own"},"kind":"own","years":[1,2,3,4,5],"carriesOver":false,"source":"x"}]}""", "source-0-years")]
    [InlineData("""{"decisions":{"moon":{"choice":"must"}}}""", "decisions")]
    [InlineData("""{"decisions":{"map":null}}""", "decision-map")]
    [InlineData("""{"decisions":{"map":{"choice":"perhaps"}}}""", "decision-map")]
    [InlineData("""{"decisions":{"map":{"choice":"forbid","start":"@"}}}""", "decision-map")]
    [InlineData("""{"decisions":{"map":{"choice":"must","start":"2199-Q1"}}}""", "decision-map-start")]
    [InlineData("""{"pools":[{"id":"wizards","years":[1],"source":"x"}]}""", "pools")]
    [InlineData("""{"weights":{"elements":{"X9":1}}}""", "elements")]
    [InlineData("""{"levels":{"T3":{"level":9,"reason":"x"}}}""", "level-T3")]
    [InlineData("""{"durations":{"map":0}}""", "duration-map")]
    [InlineData("""{"minima":[{"kind":"sector","count":1}]}""", "minimum-0-of")]
    public async Task Post_FaultyScenario_NamesTheFieldAndSavesNothing(string change, string? field)
    {
        var (scene, planner) = await PlannedAsync();
        var scenario = Scenario(scene, s =>
        {
            foreach (var (key, value) in JsonNode.Parse(change.Replace("@", $"{scene.Start}", StringComparison.Ordinal))!.AsObject().ToList()) s[key] = value?.DeepClone();
        });

        var answer = await planner.PostAsJsonAsync($"{Api(scene)}/scenarios", new { name = "Faulty", scenario }, Cancel);

        // What is no JSON of this shape is refused before any field is looked at.
        Assert.Equal(field is null ? HttpStatusCode.BadRequest : HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        if (field is not null) Assert.Contains(field, (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("errors").EnumerateObject().Select(e => e.Name));
        Assert.Equal(0, (await planner.GetFromJsonAsync<JsonElement>($"{Api(scene)}/scenarios", Cancel)).GetArrayLength());
    }

    [Fact]
    public async Task Post_Plan_IsSolvedComparedAndAdopted()
    {
        var (scene, planner) = await PlannedAsync();
        var scenario = await AddAsync(planner, scene, Scenario(scene, s => s["decisions"] = JsonNode.Parse("""{"sensors":{"choice":"forbid"},"map":{"choice":"must"}}""")));

        var path = await StartAsync(planner, scene, scenario);
        await scene.DoneAsync(server, Guid.Parse(path.Split('/')[^1]));

        var plan = await planner.GetFromJsonAsync<JsonElement>(path, Cancel);
        Assert.Equal(("done", "map", "sensors"), (plan.GetProperty("plan").GetProperty("state").GetString(), plan.GetProperty("schedule")[0].GetProperty("code").GetString(), plan.GetProperty("left")[0].GetString()));
        var changes = await planner.GetFromJsonAsync<JsonElement>($"{path}/changes", Cancel);
        Assert.Equal((700.0, 400.0), (changes.GetProperty("setupBefore").GetDouble(), changes.GetProperty("setupAfter").GetDouble()));
        Assert.Contains(changes.GetProperty("initiatives").EnumerateArray(), i => i.GetProperty("code").GetString() == "sensors" && i.GetProperty("kind").GetString() == "left");
        Assert.Equal(HttpStatusCode.NoContent, (await planner.PostAsync($"{path}/adoption", null, Cancel)).StatusCode);
        Assert.Equal(path, $"{Api(scene)}/plans/{(await planner.GetFromJsonAsync<JsonElement>($"{Api(scene)}/plans", Cancel))[0].GetProperty("id").GetGuid()}");
        Assert.Equal(HttpStatusCode.NotFound, (await planner.PostAsync($"{Api(scene)}/plans/{Guid.NewGuid()}/adoption", null, Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_PlanWithoutMoney_DoesNothingThatCosts()
    {
        var (scene, planner) = await PlannedAsync();
        var scenario = await AddAsync(planner, scene, Scenario(scene, s => s["sources"]![0]!["years"] = new JsonArray(0, 0)));

        var plan = await scene.DoneAsync(server, Guid.Parse((await StartAsync(planner, scene, scenario)).Split('/')[^1]));

        Assert.Equal("done", plan.State);
        Assert.Empty(plan.Outcome!.Starts);
    }

    [Fact]
    public async Task Post_PlanThatMustDoWhatThereIsNoMoneyFor_IsProvedInfeasible()
    {
        var (scene, planner) = await PlannedAsync();
        var scenario = await AddAsync(planner, scene, Scenario(scene, s =>
        {
            s["sources"]![0]!["years"] = new JsonArray(100, 0);
            s["decisions"] = JsonNode.Parse("""{"map":{"choice":"must"}}""");
        }));

        var path = await StartAsync(planner, scene, scenario);
        var plan = await scene.DoneAsync(server, Guid.Parse(path.Split('/')[^1]));

        Assert.Equal(("failed", "Infeasible"), (plan.State, (await planner.GetFromJsonAsync<JsonElement>(path, Cancel)).GetProperty("status").GetString()));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await planner.PostAsync($"{path}/adoption", null, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await planner.GetAsync($"{path}/changes", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_PlanWithAStartTooLateToEndInTime_NamesTheDecision()
    {
        var (scene, planner) = await PlannedAsync();
        var scenario = await AddAsync(planner, scene, Scenario(scene, s => s["decisions"] = new JsonObject { ["map"] = new JsonObject { ["choice"] = "must", ["start"] = $"{scene.Start.Plus(7)}" } }));

        await RefusedAsync(planner, scene, scenario, "decision-map-start");
    }

    [Fact]
    public async Task Post_PlanWithPrerequisitesInACircle_NamesTheCircle()
    {
        var (scene, planner) = await PlannedAsync();
        await RoadmapScene.LookAsync(server, async db =>
        {
            foreach (var initiative in db.Initiatives.Where(i => i.PlaceId == scene.PlaceId).ToList())
                initiative.Facts = initiative.Facts with { Prerequisites = [new(initiative.Code == "map" ? "sensors" : "map", 0)] };
            return await db.SaveChangesAsync(Cancel);
        });

        Assert.Contains("map → sensors", await RefusedAsync(planner, scene, await AddAsync(planner, scene), "plan"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_PlanOf2001Initiatives_IsRefusedWithTheLimit()
    {
        var (scene, planner) = await PlannedAsync();
        await ManyAsync(scene, 1999);

        Assert.Contains("2000", await RefusedAsync(planner, scene, await AddAsync(planner, scene), "plan"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_StopInMidSolve_KeepsTheBestPlanSoFar()
    {
        var (scene, planner) = await PlannedAsync();
        await ManyAsync(scene, 150);
        var path = await StartAsync(planner, scene, await AddAsync(planner, scene), seconds: 60);
        while ((await planner.GetFromJsonAsync<JsonElement>(path, Cancel)).GetProperty("plan").GetProperty("value").ValueKind == JsonValueKind.Null) await Task.Delay(50, Cancel);

        Assert.Equal(HttpStatusCode.NoContent, (await planner.PostAsync($"{path}/stop", null, Cancel)).StatusCode);
        var plan = await scene.DoneAsync(server, Guid.Parse(path.Split('/')[^1]));

        Assert.Equal("stopped", plan.State);
        Assert.NotEmpty(plan.Outcome!.Starts);
        Assert.True(plan.Outcome.Seconds < 50);
    }

    [Fact]
    public async Task Post_PlanOfAnUnknownScenarioOrBase_IsRefused()
    {
        var (scene, planner) = await PlannedAsync();
        var scenario = await AddAsync(planner, scene);

        Assert.Equal(HttpStatusCode.NotFound, (await planner.PostAsJsonAsync($"{Api(scene)}/plans", new { scenario = Guid.NewGuid() }, Cancel)).StatusCode);
        await RefusedAsync(planner, scene, scenario, "basedOn", basedOn: Guid.NewGuid());
        await RefusedAsync(planner, scene, scenario, "seconds", seconds: 1e9);
    }

    private static string Api(RoadmapScene scene) => $"/api/places/{scene.Slug}";

    private async Task<(RoadmapScene Scene, HttpClient Planner)> PlannedAsync()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        return (scene, await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug)));
    }

    /// <summary>Two years with 1,000 a budget year.</summary>
    private static JsonObject Scenario(RoadmapScene scene, Action<JsonObject>? change = null)
    {
        var scenario = new JsonObject
        {
            ["start"] = $"{scene.Start}",
            ["quarters"] = 8,
            ["budgetYearStart"] = scene.Start.Number,
            ["discountSource"] = "assumption",
            ["sources"] = new JsonArray(new JsonObject { ["id"] = "own", ["names"] = new JsonObject { ["en"] = "Own budget" }, ["kind"] = "own", ["years"] = new JsonArray(1000, 1000), ["carriesOver"] = false, ["source"] = "made up" }),
        };
        change?.Invoke(scenario);
        return scenario;
    }

    private static async Task<Guid> AddAsync(HttpClient planner, RoadmapScene scene, JsonObject? scenario = null) =>
        (await JsonAsync(await planner.PostAsJsonAsync($"{Api(scene)}/scenarios", new { name = "First", scenario = scenario ?? Scenario(scene) }, Cancel), HttpStatusCode.Created)).GetProperty("id").GetGuid();

    private static async Task<string> StartAsync(HttpClient planner, RoadmapScene scene, Guid scenario, double seconds = 1)
    {
        var answer = await planner.PostAsJsonAsync($"{Api(scene)}/plans", new { scenario, seconds }, Cancel);
        await JsonAsync(answer, HttpStatusCode.Accepted);
        return answer.Headers.Location!.OriginalString;
    }

    /// <summary>That a plan is not begun because of a field, and the sentence about it.</summary>
    private static async Task<string> RefusedAsync(HttpClient planner, RoadmapScene scene, Guid scenario, string field, double? seconds = null, Guid? basedOn = null) =>
        (await JsonAsync(await planner.PostAsJsonAsync($"{Api(scene)}/plans", new { scenario, seconds, basedOn }, Cancel), HttpStatusCode.UnprocessableEntity)).GetProperty("errors").GetProperty(field)[0].GetString()!;

    private Task<int> ManyAsync(RoadmapScene scene, int count) => RoadmapScene.LookAsync(server, db =>
    {
        db.Initiatives.AddRange(Enumerable.Range(0, count).Select(i => new Michi.Roadmap.Initiatives.Initiative
        {
            Id = Guid.NewGuid(),
            PlaceId = scene.PlaceId,
            Code = $"more-{i}",
            Facts = PlanScene.Facts($"More {i}", 1 + i % 3, 20 + i * 7 % 30, beneficiaries: 0.1) with { Benefits = new() { ["time"] = 1 + i % 3 } },
            CreatedAt = DateTimeOffset.UnixEpoch,
            ChangedAt = DateTimeOffset.UnixEpoch,
            ChangedBy = "test",
        }));
        return db.SaveChangesAsync(Cancel);
    });

    private static async Task<JsonElement> JsonAsync(HttpResponseMessage answer, HttpStatusCode status)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(answer.StatusCode == status, $"{answer.StatusCode}: {text}");
        return JsonElement.Parse(text);
    }
}
