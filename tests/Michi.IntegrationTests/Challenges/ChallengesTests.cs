using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Michi.IntegrationTests.Roadmap;
using Michi.Platform.Accounts;
using Michi.Platform.Places;

namespace Michi.IntegrationTests.Challenges;

public sealed class ChallengesTests(MichiServer server)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    private static object Given(string name, int severity = 3, double? people = null, string? district = null) => new
    {
        names = new { en = name },
        sector = "water",
        severity,
        people,
        peopleSource = people is null ? null : "Survey",
        groups = new[] { "poor" },
        district,
        source = "Survey 2025",
    };

    private static Dictionary<string, string> Form(string name, string version = "0") => new()
    {
        ["names-en"] = name,
        ["sector"] = "water",
        ["severity"] = "4",
        ["people"] = "1200",
        ["peopleSource"] = "Survey",
        ["groups"] = "poor",
        ["source"] = "Survey 2025",
        ["version"] = version,
    };

    [Fact]
    public async Task Form_NewChallenge_IsListedForEverybodyWithItsHistoryForContributors()
    {
        var (scene, client) = await CityAsync();
        Assert.Contains("No challenge has been written down yet", await client.GetStringAsync($"en/{scene.Slug}/challenges", Cancel), StringComparison.Ordinal);

        var saved = await MichiServer.PostAsync(client, $"en/{scene.Slug}/challenges/new/edit", Form("Floods at the market"));

        Assert.Equal($"/en/{scene.Slug}/challenges/floods-at-the-market", saved.Headers.Location!.ToString());
        var seen = await server.Anonymous().GetStringAsync($"ja/{scene.Slug}/challenges", Cancel);
        Assert.Contains("Floods at the market", seen, StringComparison.Ordinal);
        Assert.Contains("1,200", seen, StringComparison.Ordinal);
        Assert.Contains("Added", await client.GetStringAsync($"en/{scene.Slug}/challenges/floods-at-the-market", Cancel), StringComparison.Ordinal);
        Assert.DoesNotContain("History", await server.Anonymous().GetStringAsync($"en/{scene.Slug}/challenges/floods-at-the-market", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Form_ChangedMeanwhile_ShowsBothTextsAndOverwritesNothing()
    {
        var (scene, client) = await CityAsync();
        await MichiServer.PostAsync(client, $"en/{scene.Slug}/challenges/new/edit", Form("Floods"));
        var page = $"en/{scene.Slug}/challenges/floods/edit";
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, page, Form("Floods every spring", "1"))).StatusCode);

        var late = await MichiServer.PostAsync(client, page, Form("Floods every autumn", "1"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, late.StatusCode);
        var text = await late.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("Floods every spring", text, StringComparison.Ordinal);
        Assert.Contains("Floods every autumn", text, StringComparison.Ordinal);
        Assert.Contains("name=\"version\" value=\"2\"", text, StringComparison.Ordinal);
        Assert.Contains("Floods every spring", await client.GetStringAsync($"en/{scene.Slug}/challenges", Cancel), StringComparison.Ordinal);
    }

    [Theory, InlineData("severity", "9"), InlineData("people", "many"), InlineData("sector", "magic"), InlineData("date", "2567"), InlineData("source", "")]
    public async Task Form_FaultyField_NamesItAndKeepsWhatWasTyped(string field, string value)
    {
        var (scene, client) = await CityAsync();
        var form = Form("Kept as typed");
        form[field] = value;

        var answer = await MichiServer.PostAsync(client, $"en/{scene.Slug}/challenges/new/edit", form);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains($"href=\"#{field}\"", page, StringComparison.Ordinal);
        Assert.Contains("Kept as typed", page, StringComparison.Ordinal);
        Assert.Empty((await server.Anonymous().GetFromJsonAsync<JsonElement>($"api/places/{scene.Slug}/challenges", Cancel)).EnumerateArray());
    }

    [Fact]
    public async Task List_UnknownAndZeroPeople_StandApartAndTheFilterHoldsForTheFileToo()
    {
        var (scene, client) = await CityAsync();
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));
        foreach (var challenge in new[] { Given("Dry wells", 4), Given("No trucks", 4, 0), Given("Leaks", 4, 500), Given("Dust", 1, 90) })
            Assert.Equal(HttpStatusCode.Created, (await program.PostAsJsonAsync($"api/places/{scene.Slug}/challenges", new { version = 0, challenge }, Cancel)).StatusCode);

        var page = await client.GetStringAsync($"en/{scene.Slug}/challenges?severity=4", Cancel);
        var file = await client.GetStringAsync($"en/{scene.Slug}/challenges?severity=4&handler=table&format=csv", Cancel);

        Assert.True(page.IndexOf("Leaks", StringComparison.Ordinal) < page.IndexOf("No trucks", StringComparison.Ordinal) && page.IndexOf("No trucks", StringComparison.Ordinal) < page.IndexOf("Dry wells", StringComparison.Ordinal));
        Assert.Equal(1, page.Split("class=\"bar hatched\"").Length - 1);
        Assert.Equal(2, page.Split("<rect class=\"first\"").Length - 1);
        Assert.DoesNotContain("Dust", page, StringComparison.Ordinal);
        Assert.Equal(4, file.Trim().Split("\r\n").Length);
        Assert.Contains("Dust", await client.GetStringAsync($"en/{scene.Slug}/challenges?severity=&sector=water", Cancel), StringComparison.Ordinal);
        Assert.Contains("No challenge passes", await client.GetStringAsync($"en/{scene.Slug}/challenges?sector=energy&severity=x", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retirement_SolvedAndBack_ShowsTheReasonAndLeavesThePlan()
    {
        var (scene, client) = await CityAsync();
        await MichiServer.PostAsync(client, $"en/{scene.Slug}/challenges/new/edit", Form("Floods"));
        var page = $"en/{scene.Slug}/challenges/floods";
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await MichiServer.PostAsync(client, page, new() { ["version"] = "1", ["state"] = "solved", ["reason"] = " " })).StatusCode);

        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, page, new() { ["version"] = "1", ["state"] = "solved", ["reason"] = "New drains since May" })).StatusCode);
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await MichiServer.PostAsync(client, page, new() { ["version"] = "1", ["state"] = "standing" })).StatusCode);

        var api = $"api/places/{scene.Slug}/challenges";
        Assert.Empty((await server.Anonymous().GetFromJsonAsync<JsonElement>(api, Cancel)).EnumerateArray());
        var solved = Assert.Single((await server.Anonymous().GetFromJsonAsync<JsonElement>($"{api}?retired=true", Cancel)).EnumerateArray());
        Assert.Equal(("solved", "New drains since May"), (solved.GetProperty("retiredAs").GetString(), solved.GetProperty("retiredReason").GetString()));
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, page, new() { ["version"] = "2", ["state"] = "standing" })).StatusCode);
        Assert.Single((await server.Anonymous().GetFromJsonAsync<JsonElement>(api, Cancel)).EnumerateArray());
    }

    [Fact]
    public async Task Put_OldVersionFaultsOrNothingThere_AreRefused()
    {
        var (scene, _) = await CityAsync();
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));
        var api = $"api/places/{scene.Slug}/challenges";
        await program.PostAsJsonAsync(api, new { version = 0, challenge = Given("Floods") }, Cancel);
        Assert.Equal(HttpStatusCode.OK, (await program.PutAsJsonAsync($"{api}/floods", new { version = 1, challenge = Given("Floods", 4) }, Cancel)).StatusCode);

        var late = await program.PutAsJsonAsync($"{api}/floods", new { version = 1, challenge = Given("Floods", 2) }, Cancel);

        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Equal(2, (await late.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("version").GetInt32());
        Assert.Equal(HttpStatusCode.NotFound, (await program.PutAsJsonAsync($"{api}/gone", new { version = 1, challenge = Given("Gone") }, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await program.PostAsJsonAsync($"{api}/gone/retirement", new { version = 1, state = "solved", reason = "x" }, Cancel)).StatusCode);
        foreach (var body in new[] { "{\"version\":2}", "{\"version\":2,\"challenge\":{}}", "{\"version\":2,\"challenge\":{\"groups\":[null,\"rich\"],\"names\":{\"en\":null}}}" })
            Assert.Equal(HttpStatusCode.UnprocessableEntity, (await program.PutAsync($"{api}/floods", new StringContent(body, Encoding.UTF8, "application/json"), Cancel)).StatusCode);
    }

    [Fact]
    public async Task List_HiddenDistrictAndAnsweringInitiative_AreShownToWhomTheyMayBe()
    {
        var (scene, client) = await CityAsync();
        var hidden = $"hid-{Guid.NewGuid():N}"[..20];
        await server.LookAsync(async db =>
        {
            db.Places.Add(new() { Id = Guid.NewGuid(), ParentId = scene.PlaceId, Kind = PlaceKind.District, Slug = hidden, Names = new() { ["en"] = "Quiet quarter" }, CreatedAt = DateTimeOffset.UnixEpoch });
            return await db.SaveChangesAsync(Cancel);
        });
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, scene.Slug));
        Assert.Equal(HttpStatusCode.Created, (await program.PostAsJsonAsync($"api/places/{scene.Slug}/challenges", new { version = 0, challenge = Given("Floods", 3, null, hidden) }, Cancel)).StatusCode);
        await RoadmapScene.LookAsync(server, async db =>
        {
            var map = db.Initiatives.Single(i => i.PlaceId == scene.PlaceId && i.Code == "map");
            map.Facts = map.Facts with { Challenges = ["floods"] };
            return await db.SaveChangesAsync(Cancel);
        });

        var seen = await server.Anonymous().GetStringAsync($"en/{scene.Slug}/challenges", Cancel);

        Assert.Contains("City map", seen, StringComparison.Ordinal);
        foreach (var text in new[] { seen, await server.Anonymous().GetStringAsync($"api/places/{scene.Slug}/challenges", Cancel) })
        {
            Assert.DoesNotContain(hidden, text, StringComparison.Ordinal);
            Assert.DoesNotContain("Quiet quarter", text, StringComparison.Ordinal);
        }
        Assert.Contains("Quiet quarter", await client.GetStringAsync($"en/{scene.Slug}/challenges", Cancel), StringComparison.Ordinal);
    }

    private async Task<(RoadmapScene Scene, HttpClient Client)> CityAsync()
    {
        var scene = await RoadmapScene.AdoptedAsync(server);
        return (scene, await server.SignedInAsync((await server.PersonAsync(Role.Planner, scene.Slug)).Email, Person.Password));
    }
}
