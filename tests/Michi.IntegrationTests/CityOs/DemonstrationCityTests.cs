using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Michi.CityOs;

namespace Michi.IntegrationTests.CityOs;

public sealed class DemonstrationCityTests(MichiServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_IntoAnEmptyTenant_MarksEveryEntityAndKeepsFourWeeksOfHistory()
    {
        var scene = await CityOsScene.EmptyAsync(server);

        var made = await server.Services.LoadDemonstrationCityAsync(scene.Slug, Cancel);

        var entities = await scene.Program.GetFromJsonAsync<List<JsonElement>>("ngsi-ld/v1/entities?limit=1000&local=true&scopeQ=/demonstration", Cancel);
        Assert.Equal(made, entities!.Count);
        Assert.All(entities, e =>
        {
            Assert.Contains("(demonstration)", e.GetProperty("name").GetProperty("languageMap").GetProperty("en").GetString(), StringComparison.Ordinal);
            Assert.Contains("（デモ）", e.GetProperty("name").GetProperty("languageMap").GetProperty("ja").GetString(), StringComparison.Ordinal);
        });
        // All that is somewhere is within 3 km of the middle of Siem Reap.
        var near = await scene.Program.GetFromJsonAsync<List<JsonElement>>("ngsi-ld/v1/entities?limit=1000&scopeQ=/demonstration&georel=near;maxDistance==3000&geometry=Point&coordinates=%5B103.86,13.36%5D", Cancel);
        Assert.Equal(entities.Count(e => e.TryGetProperty("location", out _)), near!.Count);
        // Whatever leads to another leads to one that is there.
        var ids = entities.Select(e => e.GetProperty("id").GetString()).ToHashSet();
        var targets = entities.SelectMany(e => e.EnumerateObject()).Where(m => m.Name.StartsWith("ref", StringComparison.Ordinal)).Select(m => m.Value.GetProperty("object"))
            .SelectMany(o => o.ValueKind == JsonValueKind.Array ? o.EnumerateArray().Select(t => t.GetString()) : [o.GetString()]).ToHashSet();
        Assert.NotEmpty(targets);
        Assert.Subset(ids, targets);

        var pm25 = (await HistoryAsync(scene)).EnumerateArray().ToList();
        Assert.Equal(28 * 24, pm25.Count);
        Assert.All(pm25, p => Assert.InRange(p[0].GetDouble(), 1, 60));
        var last = DateTimeOffset.Parse(pm25.Max(p => p[1].GetString())!, CultureInfo.InvariantCulture);
        Assert.InRange(TimeProvider.System.GetUtcNow() - last, TimeSpan.Zero, TimeSpan.FromMinutes(65));

        var subscription = Assert.Single((await scene.Program.GetFromJsonAsync<List<JsonElement>>("ngsi-ld/v1/subscriptions", Cancel))!);
        Assert.Equal("paused", subscription.GetProperty("status").GetString());
    }

    [Fact]
    public async Task Load_Again_LeavesWhatIsThereAsItIs()
    {
        var scene = await CityOsScene.EmptyAsync(server);
        await server.Services.LoadDemonstrationCityAsync(scene.Slug, Cancel);
        var history = (await HistoryAsync(scene)).GetRawText();
        Assert.Equal(HttpStatusCode.NoContent, (await scene.Program.DeleteAsync("ngsi-ld/v1/entities/urn:ngsi-ld:Streetlight:demo-01", Cancel)).StatusCode);

        Assert.Equal(0, await server.Services.LoadDemonstrationCityAsync(scene.Slug, Cancel));

        Assert.Equal(HttpStatusCode.NotFound, (await scene.Program.GetAsync("ngsi-ld/v1/entities/urn:ngsi-ld:Streetlight:demo-01", Cancel)).StatusCode);
        Assert.Equal(history, (await HistoryAsync(scene)).GetRawText());
    }

    [Fact]
    public async Task Load_IntoATenantWithData_AddsNothing()
    {
        var scene = await CityOsScene.EmptyAsync(server);
        Assert.Equal(HttpStatusCode.Created, (await scene.Program.PostAsync("ngsi-ld/v1/entities", new StringContent("""{"id": "urn:x:1", "type": "Own"}""", Encoding.UTF8, "application/json"), Cancel)).StatusCode);

        Assert.Equal(0, await server.Services.LoadDemonstrationCityAsync(scene.Slug, Cancel));

        var browser = await server.SignedInAsync(scene.Owner.Email, Person.Password);
        Assert.DoesNotContain("class=\"notice demo\"", await browser.GetStringAsync($"en/{scene.Slug}/city-os", Cancel), StringComparison.Ordinal);
    }

    [Theory, InlineData("en", "Made-up data"), InlineData("ja", "架空のデータです")]
    public async Task Get_PagesOfTheDemonstration_BearItsMark(string language, string mark)
    {
        var scene = await CityOsScene.EmptyAsync(server);
        await server.Services.LoadDemonstrationCityAsync(scene.Slug, Cancel);
        var browser = await server.SignedInAsync(scene.Owner.Email, Person.Password);

        foreach (var page in (string[])["city-os", "city-os/type?name=Streetlight", "entities", "entities?type=Streetlight", "entities/map?type=WasteContainer", "entities/entity?id=urn:ngsi-ld:AirQualityObserved:demo-01"])
            Assert.Contains(mark, WebUtility.HtmlDecode(await browser.GetStringAsync($"{language}/{scene.Slug}/{page}", Cancel)), StringComparison.Ordinal);
        Assert.Contains("<svg", await browser.GetStringAsync($"{language}/{scene.Slug}/entities/entity?id=urn:ngsi-ld:AirQualityObserved:demo-01", Cancel), StringComparison.Ordinal);
    }

    private static async Task<JsonElement> HistoryAsync(CityOsScene scene) =>
        (await scene.Program.GetFromJsonAsync<JsonElement>("ngsi-ld/v1/temporal/entities/urn:ngsi-ld:AirQualityObserved:demo-01?attrs=pm25&format=temporalValues&timerel=after&timeAt=2020-01-01T00:00:00Z", Cancel)).GetProperty("pm25").GetProperty("values");
}
