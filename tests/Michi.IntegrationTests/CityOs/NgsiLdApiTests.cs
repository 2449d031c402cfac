using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Michi.CityOs;

namespace Michi.IntegrationTests.CityOs;

/// <summary>The broker in the real program, opened for this machine.</summary>
public sealed class OpenCityOs : IAsyncLifetime
{
    public MichiServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await MichiServer.EmptyAsync(cityOs: new CityOsOptions { Access = "open" });

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

public sealed class NgsiLdApiTests(OpenCityOs open) : IClassFixture<OpenCityOs>
{
    private const string Core = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld";

    private readonly HttpClient _client = open.Server.Anonymous();

    /// <summary>A tenant for each test.</summary>
    private readonly string _tenant = $"t{Guid.NewGuid():N}";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_Entity_IsThereInEveryForm()
    {
        var created = await SendAsync("POST", "entities/", $$"""{ "id": "urn:ngsi-ld:Vehicle:1", "type": "Vehicle", "speed": { "type": "Property", "value": 30, "unitCode": "KMH" }, "@context": "{{Core}}" }""", "application/ld+json");
        Assert.Equal((HttpStatusCode.Created, "/ngsi-ld/v1/entities/urn:ngsi-ld:Vehicle:1"), (created.StatusCode, created.Headers.Location!.ToString()));
        Assert.Equal(HttpStatusCode.Conflict, (await SendAsync("POST", "entities", """{ "id": "urn:ngsi-ld:Vehicle:1", "type": "Vehicle" }""")).StatusCode);
        var plain = await SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1");
        Assert.Contains(Core, plain.Headers.GetValues("Link").Single());
        await EqualAsync("""{ "id": "urn:ngsi-ld:Vehicle:1", "type": "Vehicle", "speed": { "type": "Property", "value": 30, "unitCode": "KMH" } }""", plain);
        await EqualAsync("""{ "id": "urn:ngsi-ld:Vehicle:1", "type": "Vehicle", "speed": 30 }""", await SendAsync("GET", "entities/urn%3Angsi-ld%3AVehicle%3A1?format=simplified"));
        await EqualAsync($$"""{ "speed": { "value": 30, "unitCode": "KMH" }, "@context": "{{Core}}" }""", await SendAsync("GET", "entities/urn:ngsi-ld:Vehicle:1?options=concise&pick=speed", accept: "application/ld+json"));
    }

    [Fact]
    public async Task Get_QueryWithCount_PagesByLink()
    {
        for (var i = 0; i < 5; i++) await SendAsync("POST", "entities", $$"""{ "id": "urn:ngsi-ld:Lamp:{{i}}", "type": "Lamp", "power": {{i * 10}} }""");
        var first = await SendAsync("GET", "entities?type=Lamp&q=power>5&limit=3&count=true&options=keyValues");
        Assert.Equal("4", first.Headers.GetValues("NGSILD-Results-Count").Single());
        var next = first.Headers.GetValues("Link").Single(l => l.Contains("rel=\"next\"", StringComparison.Ordinal));
        Assert.Equal("</ngsi-ld/v1/entities?count=true&limit=3&offset=3&options=keyValues&q=power%3E5&type=Lamp>;rel=\"next\";type=\"application/json\"", next);
        // What is taken away in between shifts nothing.
        await SendAsync("DELETE", "entities/urn:ngsi-ld:Lamp:1");
        await EqualAsync("""[{ "id": "urn:ngsi-ld:Lamp:4", "type": "Lamp", "power": 40 }]""", await SendAsync("GET", next[(next.IndexOf("v1/", StringComparison.Ordinal) + 3)..next.IndexOf('>')]));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("false")]
    public async Task Get_PageOfTheHistory_LinksToTheNextWithAndWithoutCount(string count)
    {
        for (var i = 0; i < 3; i++) await SendAsync("POST", "entities", $$"""{ "id": "urn:ngsi-ld:Lamp:{{i}}", "type": "Lamp", "power": {{i * 10}} }""");
        var first = await SendAsync("GET", $"temporal/entities?type=Lamp&timeproperty=modifiedAt&timerel=before&timeAt=2100-01-01T00:00:00Z&limit=2&count={count}");
        Assert.Equal(count == "true" ? ["3"] : [], first.Headers.TryGetValues("NGSILD-Results-Count", out var told) ? told : []);
        var next = first.Headers.GetValues("Link").Single(l => l.Contains("rel=\"next\"", StringComparison.Ordinal));
        var rest = await SendAsync("GET", next[(next.IndexOf("v1/", StringComparison.Ordinal) + 3)..next.IndexOf('>')]);
        Assert.Single(JsonNode.Parse(await rest.Content.ReadAsStringAsync(Cancel))!.AsArray());
    }

    [Fact]
    public async Task Post_BatchWithAFault_TakesTheRest()
    {
        var answer = await SendAsync("POST", "entityOperations/upsert", """[{ "id": "urn:ngsi-ld:Lamp:1", "type": "Lamp" }, { "id": "urn:ngsi-ld:Lamp:2" }]""");
        Assert.Equal(HttpStatusCode.MultiStatus, answer.StatusCode);
        var body = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal("urn:ngsi-ld:Lamp:1", (string)body["success"]![0]!);
        Assert.Equal(("urn:ngsi-ld:Lamp:2", 400), ((string)body["errors"]![0]!["entityId"]!, (int)body["errors"]![0]!["error"]!["status"]!));
    }

    [Fact]
    public async Task Get_EntitiesJoined_TellsTheLinkedOnesWithin()
    {
        await SendAsync("POST", "entities", """{ "id": "urn:ngsi-ld:City:1", "type": "City", "name": "Test (made up)" }""");
        await SendAsync("POST", "entities", """{ "id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "in": { "object": "urn:ngsi-ld:City:1" } }""");
        await EqualAsync(
            """[{ "id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "in": { "type": "Relationship", "object": "urn:ngsi-ld:City:1", "entity": { "id": "urn:ngsi-ld:City:1", "type": "City", "name": { "type": "Property", "value": "Test (made up)" } } } }]""",
            await SendAsync("GET", "entities?type=Lamp&join=inline&q=in{name}==\"Test (made up)\""));
    }

    [Theory]
    [InlineData("GET", "entities", null, 400, "BadRequestData")]
    [InlineData("GET", "entities?type=Lamp&limit=-1", null, 400, "BadRequestData")]
    [InlineData("GET", "entities?type=Lamp&limit=100000", null, 403, "TooManyResults")]
    [InlineData("GET", "entities?type=Lamp&unknown=1", null, 400, "InvalidRequest")]
    [InlineData("GET", "entities?type=Lamp&q=a~=(((", null, 400, "BadRequestData")]
    [InlineData("GET", "entities?type=Lamp&georel=near&geometry=Point&coordinates=[0,0]", null, 400, "BadRequestData")]
    [InlineData("GET", "entities/not-a-uri", null, 400, "BadRequestData")]
    [InlineData("GET", "entities/urn:ngsi-ld:None:1", null, 404, "ResourceNotFound")]
    [InlineData("POST", "entities", "{", 400, "InvalidRequest")]
    [InlineData("POST", "entities", "[]", 400, "InvalidRequest")]
    [InlineData("POST", "entities", "{}", 400, "BadRequestData")]
    [InlineData("POST", "entities", """{ "id": "urn:x:1", "type": "T", "@context": "https://example.org/" }""", 400, "BadRequestData")]
    [InlineData("PATCH", "entities", "{}", 400, "BadRequestData")]
    [InlineData("POST", "nothing/here", "{}", 404, "ResourceNotFound")]
    [InlineData("DELETE", "types", null, 405, "MethodNotAllowed")]
    [InlineData("GET", "entities/*", null, 400, "BadRequestData")]
    [InlineData("PUT", "entities/*/attrs/*", "{}", 400, "BadRequestData")]
    [InlineData("POST", "entities", """{ "id": "urn:x:1", "type": "T", "expiresAt": {} }""", 400, "BadRequestData")]
    [InlineData("POST", "entities", """{ "id": "urn:x:1", "type": "T", "a": 1, "a": 2 }""", 400, "InvalidRequest")]
    [InlineData("POST", "temporal/entityMaps", "\"x\"", 400, "BadRequestData")]
    public async Task Send_BadRequest_IsToldInTheStandardsWords(string method, string path, string? body, int status, string type)
    {
        await SendAsync("POST", "entities", """{ "id": "urn:ngsi-ld:Lamp:1", "type": "Lamp" }""");
        var answer = await SendAsync(method, path, body);
        var problem = JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal((status, $"https://uri.etsi.org/ngsi-ld/errors/{type}"), ((int)answer.StatusCode, (string)problem["type"]!));
        Assert.NotEqual((string?)problem["title"], (string?)problem["detail"]);
        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
    }

    [Fact]
    public async Task Post_ContextInsideTheOwnNetwork_IsNotFetched()
    {
        await using var guarded = await MichiServer.EmptyAsync();
        using var http = new OutgoingHttp(new CityOsOptions());
        foreach (var address in (string[])["http://127.0.0.1:1/", "http://localhost:1/", "http://10.0.0.1/", "http://169.254.169.254/latest/", "http://[::1]/", "http://[::ffff:10.0.0.1]/", "http://192.168.0.1/"])
        {
            var fault = await Assert.ThrowsAnyAsync<Exception>(() => http.GetAsync(new Uri(address), "*/*", 1000, Cancel));
            Assert.Contains("own network", fault.Message + fault.InnerException?.Message);
        }
    }

    [Theory]
    [InlineData("[", 70)]
    [InlineData("{\"a\":", 70)]
    public async Task Post_DeepJson_IsRefused(string opening, int depth)
    {
        var answer = await SendAsync("POST", "entities", string.Concat(Enumerable.Repeat(opening, depth)));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("{\"\u00ff\u00fe\":1}")]
    [InlineData("{\"id\":\"urn:x:1\",\"type\":\"T\",\"a\":\"\\ud800\"}")]
    [InlineData("{\"id\":\"urn:x:1\",\"type\":\"T\",\"a\\ud800\":1}")]
    public async Task Post_BadUnicode_IsRefused(string body)
    {
        using var content = new ByteArrayContent(Encoding.Latin1.GetBytes(body));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var answer = await _client.PostAsync("ngsi-ld/v1/entities", content, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task Get_TypesAndContexts_TellWhatIsThere()
    {
        var added = await SendAsync("POST", "jsonldContexts", """{ "@context": { "Lamp": "https://example.org/Lamp", "power": "https://example.org/power" } }""");
        var address = new Uri(open.Server.Address, added.Headers.Location!.ToString());
        var created = await SendAsync("POST", "entities", $$"""{ "id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "power": 5, "@context": ["{{address}}"] }""", "application/ld+json");
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        await EqualAsync("""{ "id": "https://example.org/power", "type": "Attribute", "attributeName": "https://example.org/power", "attributeCount": 1, "attributeTypes": ["Property"], "typeNames": ["https://example.org/Lamp"] }""", await SendAsync("GET", "attributes/https:%2F%2Fexample.org%2Fpower"));
        Assert.Contains(address.ToString(), await (await SendAsync("GET", "jsonldContexts")).Content.ReadAsStringAsync(Cancel));
    }

    [Theory]
    [InlineData("ngsi-ld=1.5", HttpStatusCode.NonAuthoritativeInformation, "1.5", "Property")]
    [InlineData("NGSI-LD=\"1.9\"; x=y", HttpStatusCode.OK, "1.9", "VocabProperty")]
    [InlineData("ngsi-ld=2.0", HttpStatusCode.OK, "1.9", "VocabProperty")]
    public async Task Get_EarlierVersionPreferred_ToldAsThatVersionKnewIt(string prefer, HttpStatusCode status, string applied, string kind)
    {
        await SendAsync("POST", "entities", """{ "id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "state": { "vocab": "on" } }""");
        foreach (var path in (string[])["entities/urn:ngsi-ld:Lamp:1", "entities?type=Lamp"])
        {
            var answer = await SendAsync("GET", path, headers: ("Prefer", prefer));
            Assert.Equal((status, $"ngsi-ld={applied}"), (answer.StatusCode, answer.Headers.GetValues("Preference-Applied").Single()));
            Assert.Contains($"\"type\":\"{kind}\"", await answer.Content.ReadAsStringAsync(Cancel));
        }
    }

    [Theory]
    [InlineData("entities/urn:ngsi-ld:Lamp:1", HttpStatusCode.OK)]
    [InlineData("entities?type=Lamp&id=urn:ngsi-ld:Lamp:1", HttpStatusCode.Created)]
    [InlineData("temporal/entities/urn:ngsi-ld:Lamp:1", HttpStatusCode.OK)]
    [InlineData("temporal/entities?type=Lamp&id=urn:ngsi-ld:Lamp:1&timeproperty=modifiedAt&timerel=before&timeAt=2100-01-01T00:00:00Z", HttpStatusCode.Created)]
    public async Task Get_MapWanted_IsMadeThenUsed(string path, HttpStatusCode made)
    {
        for (var i = 1; i < 3; i++) await SendAsync("POST", "entities", $$"""{ "id": "urn:ngsi-ld:Lamp:{{i}}", "type": "Lamp", "power": {{i}} }""");
        var first = await SendAsync("GET", $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}entityMap=true");
        var map = first.Headers.GetValues("NGSILD-EntityMap").Single();
        Assert.Equal(made, first.StatusCode);
        var told = JsonNode.Parse(await (await SendAsync("GET", map["/ngsi-ld/v1/".Length..])).Content.ReadAsStringAsync(Cancel))!;
        Assert.Equal("""{"urn:ngsi-ld:Lamp:1":["@none"]}""", told["entityMap"]!.ToJsonString());

        var second = await SendAsync("GET", path.Replace("&id=urn:ngsi-ld:Lamp:1", "", StringComparison.Ordinal), headers: ("NGSILD-EntityMap", map));
        Assert.Equal((HttpStatusCode.OK, map), (second.StatusCode, second.Headers.GetValues("NGSILD-EntityMap").Single()));
        Assert.DoesNotContain("urn:ngsi-ld:Lamp:2", await second.Content.ReadAsStringAsync(Cancel));

        // Clause 5.5.14: from a map that is gone nothing follows.
        var third = await SendAsync("GET", path, headers: ("NGSILD-EntityMap", "urn:ngsi-ld:EntityMap:gone"));
        Assert.Equal(made, third.StatusCode);
        Assert.DoesNotContain("gone", third.Headers.GetValues("NGSILD-EntityMap").Single());
    }

    [Theory]
    [InlineData("entityMaps", "{ \"type\": \"Query\", \"entities\": [{ \"type\": \"Lamp\" }] }", HttpStatusCode.Created)]
    [InlineData("temporal/entityMaps", "{ \"type\": \"Query\", \"entities\": [{ \"type\": \"Lamp\" }], \"temporalQ\": { \"timeproperty\": \"modifiedAt\", \"timerel\": \"before\", \"timeAt\": \"2100-01-01T00:00:00Z\" } }", HttpStatusCode.Created)]
    [InlineData("temporal/entityMaps", "{ \"type\": \"Query\", \"entities\": [{ \"type\": \"Lamp\" }] }", HttpStatusCode.BadRequest)]
    public async Task Post_QueryForAMap_MakesOne(string path, string query, HttpStatusCode status)
    {
        await SendAsync("POST", "entities", """{ "id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "power": 1 }""");
        var answer = await SendAsync("POST", path, query);
        Assert.Equal(status, answer.StatusCode);
        if (status == HttpStatusCode.Created) Assert.Equal("""{"urn:ngsi-ld:Lamp:1":["@none"]}""", JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel))!["entityMap"]!.ToJsonString());
    }

    [Fact]
    public async Task Get_SubscriptionWithAContextOfItsOwn_TellsWhereItIsServed()
    {
        const string body = """{ "id": "urn:ngsi-ld:Subscription:1", "type": "Subscription", "entities": [{ "type": "Lamp" }], "notification": { "endpoint": { "uri": "http://example.org/" } }, "@context": [{ "Lamp": "https://example.org/Lamp" }] }""";
        Assert.Equal(HttpStatusCode.Created, (await SendAsync("POST", "subscriptions", body, "application/ld+json")).StatusCode);
        var told = JsonNode.Parse(await (await SendAsync("GET", "subscriptions/urn:ngsi-ld:Subscription:1")).Content.ReadAsStringAsync(Cancel))!;
        var address = new Uri((string)told["jsonldContext"]!);
        await EqualAsync("""{ "@context": [{ "Lamp": "https://example.org/Lamp" }] }""", await SendAsync("GET", address.AbsolutePath["/ngsi-ld/v1/".Length..]));
    }

    [Theory]
    [InlineData("PATCH", "attrs/power", "{ \"datasetId\": \"urn:ngsi-ld:null\" }")]
    [InlineData("PATCH", "attrs/scope", "{ \"value\": \"/a\" }")]
    [InlineData("PUT", "attrs/scope", "{ \"scope\": \"/a\" }")]
    public async Task Send_WhatNoAttributeCanBe_IsBadRequestData(string method, string path, string body)
    {
        await SendAsync("POST", "entities", """{ "id": "urn:ngsi-ld:Lamp:1", "type": "Lamp", "power": 1 }""");
        Assert.Equal(HttpStatusCode.BadRequest, (await SendAsync(method, $"entities/urn:ngsi-ld:Lamp:1/{path}", body)).StatusCode);
    }

    private Task<HttpResponseMessage> SendAsync(string method, string path, string? body = null, string type = "application/json", string? accept = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(new(method), $"ngsi-ld/v1/{path}");
        request.Headers.Add("NGSILD-Tenant", _tenant);
        foreach (var (name, value) in headers) request.Headers.Add(name, value);
        if (accept is not null) request.Headers.Accept.ParseAdd(accept);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        return _client.SendAsync(request, Cancel);
    }

    private static async Task EqualAsync(string expected, HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync(Cancel);
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(text)), text);
    }
}
