using System.Net;
using System.Text.Json;

namespace Michi.UnitTests.CityOs;

/// <summary>Entities told as GeoJSON by a broker on a port of this machine (ETSI GS CIM 009, 4.5.16, 4.5.17 and 4.5.23).</summary>
public sealed class GeoJsonTests
{
    private const string Lamp = "urn:ngsi-ld:Lamp:1", Pole = "urn:ngsi-ld:Pole:1";

    [Theory]
    [InlineData("entities/" + Lamp + "?join=flat")]
    [InlineData("entities?type=Lamp&join=flat")]
    public async Task Get_LinkedEntitiesFlat_AreOneFeatureCollection(string path)
    {
        await using var broker = await StartAsync();
        var body = await GetAsync(broker, path);
        Assert.Equal("FeatureCollection", body.GetProperty("type").GetString());
        Assert.Equal([Lamp, Pole], body.GetProperty("features").EnumerateArray().Select(f => f.GetProperty("id").GetString()));
        Assert.All(body.GetProperty("features").EnumerateArray(), f => Assert.Equal("Feature", f.GetProperty("type").GetString()));
        Assert.True(body.TryGetProperty("@context", out _));
        Assert.False((await GetAsync(broker, path, ("Prefer", "body=json"))).TryGetProperty("@context", out _));
    }

    [Fact]
    public async Task Get_EntityThatLeadsToNone_IsAFeature()
    {
        await using var broker = await StartAsync();
        var body = await GetAsync(broker, $"entities/{Pole}?join=flat");
        Assert.Equal(("Feature", Pole), (body.GetProperty("type").GetString(), body.GetProperty("id").GetString()));
    }

    /// <summary>Whoever makes a map with a query learns of it in whatever form the answer is.</summary>
    [Fact]
    public async Task Get_EntitiesWithAMap_AreCreatedInEveryForm()
    {
        await using var broker = await StartAsync();
        foreach (var type in (string[])["application/json", "application/geo+json"])
            Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("GET", "entities?type=Lamp&entityMap=true", null, ("Accept", type))).Status);
    }

    private static async Task<SourceBroker> StartAsync()
    {
        var broker = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "entities", $"{{'id': '{Pole}', 'type': 'Pole', 'location': {{'type': 'Point', 'coordinates': [103.8, 13.3]}}}}");
        await broker.SendAsync("POST", "entities", $"{{'id': '{Lamp}', 'type': 'Lamp', 'location': {{'type': 'Point', 'coordinates': [103.8, 13.3]}}, 'on': {{'type': 'Relationship', 'object': '{Pole}'}}}}");
        return broker;
    }

    private static async Task<JsonElement> GetAsync(SourceBroker broker, string path, params (string, string)[] headers)
    {
        var answer = await broker.SendAsync("GET", path, null, [("Accept", "application/geo+json"), .. headers]);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        return answer.Body;
    }
}
