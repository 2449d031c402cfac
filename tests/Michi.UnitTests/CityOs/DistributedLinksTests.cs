using System.Net;
using System.Text.Json;

namespace Michi.UnitTests.CityOs;

/// <summary>Relationships that lead to entities of context sources, ETSI GS CIM 009, clause 4.5.23: who is asked for what, and what is told.</summary>
public sealed class DistributedLinksTests
{
    private const string People = "'information': [{'entities': [{'type': 'Person'}]}]";
    private const string Companies = "'information': [{'entities': [{'type': 'Company'}]}]";

    private static string Vehicle(int number, string more = "") => $"{{'id': 'urn:ngsi-ld:Vehicle:{number}', 'type': 'Vehicle', 'owner': {{'type': 'Relationship', 'object': 'urn:ngsi-ld:Person:{number}'{more}}}}}";

    private static string Person(int number, string more = "") => $"{{'id': 'urn:ngsi-ld:Person:{number}', 'type': 'Person', 'name': {{'type': 'Property', 'value': 'P{number}'}}, 'employer': {{'type': 'Relationship', 'object': 'urn:ngsi-ld:Company:1'}}{more}}}";

    private const string Company = "{'id': 'urn:ngsi-ld:Company:1', 'type': 'Company', 'location': {'type': 'GeoProperty', 'value': {'type': 'Point', 'coordinates': [103.8, 13.3]}}}";

    private static IEnumerable<string> Ids(JsonElement entities) => entities.EnumerateArray().Select(e => e.GetProperty("id").GetString()!.Replace("urn:ngsi-ld:", "", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    [Theory]
    [InlineData("inclusive")]
    [InlineData("redirect")]
    [InlineData("auxiliary")]
    public async Task Retrieve_LinksToSourcesInARow_AreToldInlineAndFlat(string mode)
    {
        await using var registry = await SourceBroker.StartAsync();
        await using var people = await SourceBroker.StartAsync();
        await using var companies = await SourceBroker.StartAsync();
        await registry.SendAsync("POST", "entities", Vehicle(1));
        await people.SendAsync("POST", "entities", Person(1));
        await companies.SendAsync("POST", "entities", Company);
        await registry.RegisterAsync(people.Address, People + $", 'mode': '{mode}'");
        await registry.RegisterAsync(companies.Address, Companies + $", 'mode': '{mode}'");

        var inline = await registry.SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1?join=inline&joinLevel=2");
        Assert.Equal(HttpStatusCode.OK, inline.Status);
        var owner = inline.Body.GetProperty("owner").GetProperty("entity");
        Assert.Equal("P1", owner.GetProperty("name").GetProperty("value").GetString());
        Assert.Equal("Company", owner.GetProperty("employer").GetProperty("entity").GetProperty("type").GetString());
        Assert.Equal("", inline.Warning);

        var flat = await registry.SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1?join=flat&joinLevel=2");
        Assert.Equal(["Company:1", "Person:1", "Vehicle:1"], Ids(flat.Body));
        Assert.Equal(["Person:1", "Vehicle:1"], Ids((await registry.SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1?join=flat")).Body));
        var local = await registry.SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1?join=flat&joinLevel=2&local=true");
        Assert.Equal("urn:ngsi-ld:Vehicle:1", local.Body.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Retrieve_LinkHeldHereToo_IsPutTogetherAsIfItWereRetrieved()
    {
        await using var people = await FakeSource.StartAsync(200, "[" + Person(1, ", 'age': {'type': 'Property', 'value': 40}") + "]");
        await using var registry = await SourceBroker.StartAsync();
        await registry.SendAsync("POST", "entities", Vehicle(1));
        await registry.SendAsync("POST", "entities", Person(1, ", 'city': {'type': 'Property', 'value': 'Siem Reap'}"));
        await registry.RegisterAsync(people.Address, "'information': [{'entities': [{'id': 'urn:ngsi-ld:Person:1', 'type': 'Person'}], 'propertyNames': ['age']}], 'mode': 'exclusive'");
        var owner = (await registry.SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1?join=inline")).Body.GetProperty("owner").GetProperty("entity");
        Assert.Equal(["age", "city", "employer", "id", "name", "type"], owner.EnumerateObject().Select(m => m.Name).Order());
        Assert.Contains("attrs=age", people.Requests.Single(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "entities?type=Vehicle&limit=40&join=flat", null)]
    [InlineData("POST", "entityOperations/query?limit=40", "{'type': 'Query', 'entities': [{'type': 'Vehicle'}], 'join': 'flat'}")]
    public async Task Query_ManyLinksToOneSource_AreAskedForAtOnce(string method, string path, string? body)
    {
        await using var people = await FakeSource.StartAsync(200, $"[{string.Join(',', Enumerable.Range(1, 40).Select(n => Person(n)))}]");
        await using var registry = await SourceBroker.StartAsync();
        await registry.SendAsync("POST", "entityOperations/create", $"[{string.Join(',', Enumerable.Range(1, 40).Select(n => Vehicle(n)))}]");
        await registry.RegisterAsync(people.Address, People);
        var answer = await registry.SendAsync(method, path, body);
        Assert.Equal(80, answer.Body.GetArrayLength());
        Assert.Single(people.Requests);
        Assert.Equal(40, people.Requests[0].Split("Person%3A").Length - 1);
        Assert.Contains("type=Person", people.Requests[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_AsGeoJson_TellsLinkedEntitiesOfSourcesAsFeatures()
    {
        await using var companies = await SourceBroker.StartAsync();
        await using var registry = await SourceBroker.StartAsync();
        await registry.SendAsync("POST", "entities", Person(1));
        await companies.SendAsync("POST", "entities", Company);
        await registry.RegisterAsync(companies.Address, Companies);
        var answer = await registry.SendAsync("GET", "entities?type=Person&join=flat", null, ("Accept", "application/geo+json"));
        var features = answer.Body.GetProperty("features");
        Assert.Equal(["Company:1", "Person:1"], Ids(features));
        Assert.Equal("Point", features.EnumerateArray().Single(f => f.GetProperty("id").GetString()!.EndsWith("Company:1", StringComparison.Ordinal)).GetProperty("geometry").GetProperty("type").GetString());
    }

    [Fact]
    public async Task Query_SourceOfLinksFails_TellsTheRestWithOneWarningAndAsksNoMore()
    {
        await using var broken = await FakeSource.StartAsync(503, "");
        await using var companies = await SourceBroker.StartAsync();
        await using var registry = await SourceBroker.StartAsync();
        await registry.SendAsync("POST", "entities", Vehicle(1));
        await registry.SendAsync("POST", "entities", Person(1));
        await companies.SendAsync("POST", "entities", Company);
        await registry.RegisterAsync(broken.Address, "'id': 'urn:ngsi-ld:ContextSourceRegistration:broken', 'information': [{'entities': [{'idPattern': '.*', 'type': 'Person'}, {'idPattern': '.*', 'type': 'Company'}]}]");
        await registry.RegisterAsync(companies.Address, Companies);
        var answer = await registry.SendAsync("GET", "entities?type=Vehicle&join=flat&joinLevel=2");
        Assert.Equal(["Company:1", "Person:1", "Vehicle:1"], Ids(answer.Body));
        Assert.Equal("299 urn:ngsi-ld:ContextSourceRegistration:broken \"Miscellaneous Persistent Warning\"", answer.Warning);
        Assert.Single(broken.Requests);
    }

    [Fact]
    public async Task Query_SourcesLinkToEachOther_ComesToAnEnd()
    {
        await using var one = await SourceBroker.StartAsync();
        await using var other = await SourceBroker.StartAsync();
        await one.RegisterAsync(other.Address, "'information': [{'entities': [{'idPattern': '.*', 'type': 'Person'}]}]");
        await other.RegisterAsync(one.Address, "'information': [{'entities': [{'idPattern': '.*', 'type': 'Person'}]}]");
        await one.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Person:1', 'type': 'Person', 'knows': {'type': 'Relationship', 'object': 'urn:ngsi-ld:Person:2'}}");
        await other.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Person:2', 'type': 'Person', 'knows': {'type': 'Relationship', 'object': 'urn:ngsi-ld:Person:1'}}");
        var answer = await one.SendAsync("GET", "entities/urn:ngsi-ld:Person:1?join=inline&joinLevel=10");
        var second = answer.Body.GetProperty("knows").GetProperty("entity");
        Assert.Equal("urn:ngsi-ld:Person:2", second.GetProperty("id").GetString());
        Assert.False(second.GetProperty("knows").TryGetProperty("entity", out _));
    }

    [Fact]
    public async Task Retrieve_RequestHasPassedThisBroker_TellsWhatIsHereWithAWarning()
    {
        await using var people = await FakeSource.StartAsync(200, "[" + Person(1) + "]");
        await using var registry = await SourceBroker.StartAsync();
        await registry.SendAsync("POST", "entities", Vehicle(1));
        await registry.RegisterAsync(people.Address, People + ", 'mode': 'redirect'");
        await registry.SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1?join=inline");
        var via = people.Headers.Single()["Via"];
        var answer = await registry.SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1?join=inline", null, ("Via", via));
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.StartsWith("199", answer.Warning, StringComparison.Ordinal);
        Assert.Single(people.Requests);
    }

    [Fact]
    public async Task Retrieve_TypeOfTheRelationship_SaysWhoIsAsked()
    {
        await using var people = await FakeSource.StartAsync(200, "[]");
        await using var companies = await FakeSource.StartAsync(200, "[]");
        await using var registry = await SourceBroker.StartAsync();
        await registry.SendAsync("POST", "entities", Vehicle(1, ", 'objectType': 'Company'"));
        await registry.RegisterAsync(people.Address, People);
        await registry.RegisterAsync(companies.Address, Companies);
        await registry.SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1?join=inline");
        Assert.Empty(people.Requests);
        Assert.Single(companies.Requests);
    }

    [Theory]
    [InlineData("['retrieveEntity']", 120, 100)]
    [InlineData("['queryEntity']", 400, 2)]
    [InlineData("['queryBatch']", 400, 1)]
    public async Task Query_MoreLinksThanTheSourceTakesAtOnce_AreAskedForInPortions(string operations, int links, int requests)
    {
        await using var people = await FakeSource.StartAsync(200, "[]");
        await using var registry = await SourceBroker.StartAsync();
        await registry.SendAsync("POST", "entityOperations/create", $"[{string.Join(',', Enumerable.Range(1, links).Select(n => Vehicle(n)))}]");
        await registry.RegisterAsync(people.Address, People + $", 'operations': {operations}");
        var answer = await registry.SendAsync("GET", "entities?type=Vehicle&limit=1000&join=inline");
        Assert.Equal(links, answer.Body.GetArrayLength());
        Assert.InRange(people.Requests.Count, requests, 5 * requests);
        Assert.True(people.Requests.TrueForAll(r => r.Length < 6_000));
        Assert.Equal(links > requests && requests == 100, answer.Warning.StartsWith("199", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("owner{name}==\"P2\"", "Vehicle:2")]
    [InlineData("owner{employer{location}};owner{name}!=\"P1\"", "Vehicle:2 Vehicle:3")]
    [InlineData("owner{name}==\"P9\"", "")]
    public async Task Query_ConditionOnLinks_HoldsOfWhatSourcesHave(string condition, string expected)
    {
        await using var registry = await SourceBroker.StartAsync();
        await using var people = await SourceBroker.StartAsync();
        await using var companies = await SourceBroker.StartAsync();
        for (var n = 1; n <= 3; n++)
        {
            await registry.SendAsync("POST", "entities", Vehicle(n));
            await people.SendAsync("POST", "entities", Person(n));
        }
        await companies.SendAsync("POST", "entities", Company);
        await registry.RegisterAsync(people.Address, People);
        await registry.RegisterAsync(companies.Address, Companies);
        var query = $"entities?type=Vehicle&join=inline&joinLevel=2&q={Uri.EscapeDataString(condition)}";
        var answer = await registry.SendAsync("GET", query);
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(expected, string.Join(' ', Ids(answer.Body)));
        var mapped = await registry.SendAsync("GET", query + "&entityMap=true");
        Assert.Equal(expected, string.Join(' ', Ids(mapped.Body)));
        Assert.Empty((await registry.SendAsync("GET", query + "&local=true")).Body.EnumerateArray());
    }
}
