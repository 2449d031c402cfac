using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.Platform.Accounts;

namespace Michi.IntegrationTests.Initiatives;

public sealed class InitiativesTests(MichiServer server)
{
    private static readonly CancellationToken Cancel = TestContext.Current.CancellationToken;

    [Theory, InlineData("en"), InlineData("ja")]
    public async Task Get_LibraryOfACity_SuggestsAndListsInTheLanguage(string language)
    {
        var page = await server.Anonymous().GetStringAsync($"{language}/siem-reap/library", Cancel);

        Assert.Contains(language == "en" ? "Suggested for this city" : "この都市への提案", page, StringComparison.Ordinal);
        Assert.DoesNotContain("name=\"ids\"", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Anonymous().GetAsync($"{language}/siem-reap/library/waste-separation", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Anonymous().GetAsync($"{language}/siem-reap/library/none", Cancel)).StatusCode);
    }

    [Fact]
    public async Task Post_CopyWithPrerequisites_BringsThemAndScales()
    {
        var client = await server.SignedInAsync("owner");

        var answer = await MichiServer.PostAsync(client, "en/makassar/library/collection-point-sensors", new() { ["withPrerequisites"] = "true" });

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var rows = await client.GetFromJsonAsync<JsonElement>("api/places/makassar/initiatives", Cancel);
        Assert.Contains(rows.EnumerateArray(), r => r.GetProperty("code").GetString() == "waste-collection-tracking");
        Assert.Contains(rows.EnumerateArray(), r => r.GetProperty("code").GetString() == "collection-point-sensors" && r.GetProperty("facts").GetProperty("prerequisites").GetArrayLength() == 1);
        var page = await client.GetStringAsync("ja/makassar/initiatives/collection-point-sensors", Cancel);
        Assert.Contains("仮定", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_EditBasedOnAnOldVersion_ShowsWhatChangedAndKeepsBoth()
    {
        var client = await server.SignedInAsync("owner");
        var code = await AddAsync(client, $"Night buses {Guid.NewGuid():N}");
        Dictionary<string, string> Owner(string owner) => new() { ["version"] = "1", ["names-en"] = "Night buses", ["sector"] = "mobility", ["type"] = "area", ["owner"] = owner };
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, $"en/makassar/initiatives/{code}/edit", Owner("First office"))).StatusCode);

        var late = await MichiServer.PostAsync(client, $"en/makassar/initiatives/{code}/edit", Owner("Second office"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, late.StatusCode);
        var page = await late.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("First office", page, StringComparison.Ordinal);
        Assert.Contains("value=\"Second office\"", page, StringComparison.Ordinal);
        Assert.Contains("First office", await client.GetStringAsync($"en/makassar/initiatives/{code}", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Post_RetirementOfWhatOthersNeed_AsksAndThenRemovesTheLinks()
    {
        var client = await server.SignedInAsync("owner");
        var (first, second) = (await AddAsync(client, $"First {Guid.NewGuid():N}"), await AddAsync(client, $"Second {Guid.NewGuid():N}"));
        var linked = await MichiServer.PostAsync(client, $"en/makassar/initiatives/{second}/edit/conditions", new() { ["version"] = "1", ["prerequisites-0-initiative"] = first, ["prerequisites-0-lag"] = "1" });
        Assert.Equal(HttpStatusCode.Redirect, linked.StatusCode);
        var circle = await MichiServer.PostAsync(client, $"en/makassar/initiatives/{first}/edit/conditions", new() { ["version"] = "1", ["prerequisites-0-initiative"] = second });
        Assert.Contains("wait for each other", await circle.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);

        var asked = await MichiServer.PostAsync(client, $"en/makassar/initiatives/{first}/retire", new() { ["version"] = "1", ["reason"] = "No money." });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, asked.StatusCode);
        var done = await MichiServer.PostAsync(client, $"en/makassar/initiatives/{first}/retire", new() { ["version"] = "1", ["reason"] = "No money.", ["links"] = "remove" });

        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        var row = await client.GetFromJsonAsync<JsonElement>($"api/places/makassar/initiatives/{second}", Cancel);
        Assert.Equal(0, row.GetProperty("facts").GetProperty("prerequisites").GetArrayLength());
        Assert.Contains("No money.", await server.Anonymous().GetStringAsync($"en/makassar/initiatives/{first}", Cancel), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await MichiServer.PostAsync(client, $"en/makassar/initiatives/{first}/retire", new() { ["version"] = "2" })).StatusCode);
    }

    [Fact]
    public async Task Post_FaultyNumber_NamesTheFieldAndKeepsWhatWasTyped()
    {
        var client = await server.SignedInAsync("owner");
        var code = await AddAsync(client, $"Numbers {Guid.NewGuid():N}");

        var answer = await MichiServer.PostAsync(client, $"en/makassar/initiatives/{code}/edit/money", new() { ["version"] = "1", ["cost-low"] = "a lot", ["duration-planned"] = "4", ["duration-source"] = "assumption" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var page = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.Contains("href=\"#cost-low\"", page, StringComparison.Ordinal);
        Assert.Contains("value=\"a lot\"", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Api_AddChangeConflictAndHostileBodies_AreAnsweredWithoutFault()
    {
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Planner, "makassar"));
        object Facts(string name, object? more = null) => new { names = new { en = name }, sector = "waste", type = "area", prerequisites = more ?? Array.Empty<object>() };
        var added = await program.PostAsJsonAsync("api/places/makassar/initiatives/", new { facts = Facts($"Api {Guid.NewGuid():N}") }, Cancel);
        Assert.Equal(HttpStatusCode.Created, added.StatusCode);
        var address = added.Headers.Location!.OriginalString;

        Assert.Equal(HttpStatusCode.NoContent, (await program.PutAsJsonAsync(address, new { version = 1, facts = Facts("Changed") }, Cancel)).StatusCode);
        var late = await program.PutAsJsonAsync(address, new { version = 1, facts = Facts("Late") }, Cancel);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        Assert.Equal(2, (await late.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("version").GetInt32());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await program.PutAsJsonAsync(address, new { version = 2, facts = Facts("Nobody", new[] { new { initiative = "nobody", lag = -1 } }) }, Cancel)).StatusCode);
        foreach (var body in new[] { """{"facts":null}""", """{"facts":{"names":null,"sector":"waste","type":"area"}}""", """{"facts":{"names":{"en":null},"sector":"waste","type":"area","lifts":[null],"people":{"field":null},"groups":[null]}}""", "[]", "{}",
            """{"facts":{"names":{"en":"x"},"sector":"waste","type":"area","cost":{"low":1e308,"planned":-1,"high":0,"source":""},"canvas":{"x":"y"},"benefits":{"x":9}}}""" })
        {
            var answer = await program.PostAsync("api/places/makassar/initiatives/", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), Cancel);
            Assert.InRange((int)answer.StatusCode, 400, 499);
        }
    }

    private static async Task<string> AddAsync(HttpClient client, string name)
    {
        var answer = await MichiServer.PostAsync(client, "en/makassar/initiatives/new/edit", new() { ["version"] = "0", ["names-en"] = name, ["sector"] = "mobility", ["type"] = "area", ["gate"] = "idea" });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return answer.Headers.Location!.OriginalString.Split('/')[^3];
    }
}
