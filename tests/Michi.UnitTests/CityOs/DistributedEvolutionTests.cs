using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Michi.UnitTests.CityOs;

/// <summary>Brokers on ports of this machine that hold parts of one history (ETSI GS CIM 009, 5.6.11 to 5.6.16, 5.7.3.4 and 5.7.4.4).</summary>
public sealed class DistributedEvolutionTests
{
    private const string Temporal = "'operations': ['retrieveTemporal', 'queryTemporal'], 'information': [{'entities': [{'type': 'Vehicle'}]}]";
    private const string Writes = "'upsertTemporal', 'appendAttrsTemporal', 'deleteAttrsTemporal', 'updateAttrInstanceTemporal', 'deleteAttrInstanceTemporal', 'deleteTemporal'";
    private const string Since = "timerel=after&timeAt=2026-01-01T00:00:00Z";
    private const string One = "urn:ngsi-ld:Vehicle:1";

    [Theory]
    [InlineData("", "10,20,30,40")]
    [InlineData("&lastN=2", "30,40")]
    [InlineData("&local=true", "10,30")]
    public async Task Get_EvolutionHeldByTwo_IsOne(string parameters, string expected)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Temporal);
        await TellAsync(broker, One, (1, 10), (3, 30));
        // What both have counts once, as it is here.
        await TellAsync(source, One, (2, 20), (3, 99), (4, 40));
        foreach (var path in (string[])[$"temporal/entities/{One}?{Since}{parameters}", $"temporal/entities?type=Vehicle&{Since}{parameters}"])
        {
            var answer = await broker.SendAsync("GET", path);
            Assert.Equal((HttpStatusCode.OK, expected), (answer.Status, Values(answer.Body)));
        }
    }

    [Theory]
    [InlineData("urn:ngsi-ld:Vehicle:1?timerel=after&timeAt=2026-01-01T00:00:00Z", "1,2,3,4,5,6,7")]
    [InlineData("urn:ngsi-ld:Vehicle:1?timerel=between&timeAt=2026-05-02T00:00:00Z&endTimeAt=2026-05-07T00:00:00Z", "2,3,4,5,6")]
    [InlineData("urn:ngsi-ld:Vehicle:1?timerel=after&timeAt=2026-01-01T00:00:00Z&lastN=6", "2,3,4,5,6,7")]
    [InlineData("urn:ngsi-ld:Vehicle:1", "1,2,3,4,5,6,7")]
    [InlineData("?type=Vehicle&timerel=after&timeAt=2026-01-01T00:00:00Z", "1,2,3,4,5,6,7,1,5,9")]
    [InlineData("?type=Vehicle&timerel=before&timeAt=2027-01-01T00:00:00Z&lastN=2", "6,7,5,9")]
    [InlineData("?type=Vehicle&timerel=after&timeAt=2026-01-01T00:00:00Z&timeproperty=modifiedAt", "1,2,3,4,5,6,7,1,5,9")]
    public async Task Get_SourceCutsOff_IsAskedForTheRest(string path, string expected)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync(historyPage: 3);
        await broker.RegisterAsync(source.Address, Temporal);
        await TellAsync(source, One, [.. Enumerable.Range(1, 7).Select(n => (n, n))]);
        await TellAsync(source, "urn:ngsi-ld:Vehicle:2", (1, 1), (5, 5), (9, 9));
        var answer = await broker.SendAsync("GET", "temporal/entities" + (path[0] == '?' ? "" : "/") + path);
        Assert.Equal((HttpStatusCode.OK, expected, ""), (answer.Status, Values(answer.Body), answer.Warning));
    }

    [Fact]
    public async Task Query_SourceTellsEntitiesPageByPage_IsAskedForAll()
    {
        await using var broker = await SourceBroker.StartAsync();
        // One that tells two entities at a time, whatever it is asked for.
        await using var source = await FakeSource.StartAsync(async http =>
        {
            var offset = int.Parse(http.Request.Query["offset"].FirstOrDefault() ?? "0", System.Globalization.CultureInfo.InvariantCulture);
            if (offset < 4) http.Response.Headers.Link = $"</ngsi-ld/v1/temporal/entities?offset={offset + 2}>;rel=\"next\"";
            await http.Response.WriteAsync($"[{string.Join(',', Enumerable.Range(offset + 1, offset < 4 ? 2 : 1).Select(n => $"{{'id': 'urn:ngsi-ld:Vehicle:{n}', 'type': 'Vehicle', 'speed': [{Speed(2, n)}]}}"))}]".Replace('\'', '"'));
        });
        await broker.RegisterAsync(source.Address, Temporal);
        Assert.Equal("1,2,3,4,5", Values((await broker.SendAsync("GET", $"temporal/entities?type=Vehicle&{Since}")).Body));
        Assert.Equal(3, source.Requests.Count);
    }

    [Theory]
    [InlineData("entities", "entityOperations/query", "")]
    [InlineData("temporal/entities", "temporal/entityOperations/query", ", 'temporalQ': {'timerel': 'after', 'timeAt': '2026-01-01T00:00:00Z'}")]
    public async Task Query_WithAConditionOnSources_AsksThoseThatMeetIt(string byParameters, string byDocument, string when)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var roads = await SourceBroker.StartAsync();
        await using var rail = await SourceBroker.StartAsync();
        const string All = "'operations': ['federationOps', 'retrieveTemporal', 'queryTemporal'], 'information': [{'entities': [{'type': 'Vehicle'}]}]";
        await broker.RegisterAsync(roads.Address, $"'owner': 'roads', {All}");
        await broker.RegisterAsync(rail.Address, $"'owner': 'rail', {All}");
        foreach (var (source, id) in ((SourceBroker, string)[])[(roads, "urn:ngsi-ld:Vehicle:bus"), (rail, "urn:ngsi-ld:Vehicle:train")])
        {
            await TellAsync(source, id, (1, 1));
            await source.SendAsync("POST", "entities", $"{{'id': '{id}', 'type': 'Vehicle', 'speed': 1}}");
        }
        foreach (var (condition, expected) in ((string?, string[])[])[(null, ["urn:ngsi-ld:Vehicle:bus", "urn:ngsi-ld:Vehicle:train"]), ("owner==\\\"rail\\\"", ["urn:ngsi-ld:Vehicle:train"])])
        {
            var told = condition is null ? "" : $"&csf={Uri.EscapeDataString(condition.Replace("\\", "", StringComparison.Ordinal))}";
            var listed = await broker.SendAsync("GET", $"{byParameters}?type=Vehicle&{(when.Length == 0 ? "" : Since)}{told}");
            var asked = await broker.SendAsync("POST", byDocument, $"{{'type': 'Query', 'entities': [{{'type': 'Vehicle'}}]{when}{(condition is null ? "" : $", 'csf': '{condition}'")}}}");
            foreach (var answer in (BrokerAnswer[])[listed, asked]) Assert.Equal(expected, answer.Body.EnumerateArray().Select(e => e.GetProperty("id").GetString()!).Order());
        }
    }

    [Fact]
    public async Task Get_SourceCutsOffWithoutEnd_IsLeftAfterAWhileWithAWarning()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(async http =>
        {
            http.Response.StatusCode = 206;
            http.Response.Headers.ContentRange = "date-time 2026-01-01T00:00:00Z-2026-05-02T00:00:00Z/*";
            await http.Response.WriteAsync($"{{'id': '{One}', 'type': 'Vehicle', 'speed': [{Speed(2, 20)}]}}".Replace('\'', '"'));
        });
        await broker.RegisterAsync(source.Address, Temporal);
        var answer = await broker.SendAsync("GET", $"temporal/entities/{One}?{Since}");
        Assert.Equal("20", Values(answer.Body));
        Assert.StartsWith("199", answer.Warning, StringComparison.Ordinal);
        Assert.Equal(10, source.Requests.Count);
    }

    [Fact]
    public async Task Get_ValuesPutTogether_AreOfAll()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Temporal);
        await TellAsync(broker, One, (1, 10));
        await TellAsync(source, One, (2, 30));
        var answer = await broker.SendAsync("GET", $"temporal/entities/{One}?{Since}&options=aggregatedValues&aggrMethods=avg,totalCount&aggrPeriodDuration=P1Y");
        Assert.Equal((20, 2), (answer.Body.GetProperty("speed").GetProperty("avg")[0][0].GetInt32(), answer.Body.GetProperty("speed").GetProperty("totalCount")[0][0].GetInt32()));
    }

    [Fact]
    public async Task Query_ConditionsAndPages_HoldOfAll()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Temporal);
        await TellAsync(broker, "urn:ngsi-ld:Vehicle:a", (1, 10));
        await TellAsync(source, "urn:ngsi-ld:Vehicle:b", (1, 80));
        await TellAsync(source, "urn:ngsi-ld:Vehicle:c", (1, 90));
        Assert.Equal("80,90", Values((await broker.SendAsync("GET", $"temporal/entities?type=Vehicle&q=speed>50&{Since}")).Body));
        Assert.Equal("90", Values((await broker.SendAsync("GET", $"temporal/entities?type=Vehicle&limit=2&offset=2&{Since}")).Body));
        Assert.Equal("90", Values((await broker.SendAsync("POST", "temporal/entityOperations/query", "{'type': 'Query', 'entities': [{'type': 'Vehicle', 'idPattern': ':c$'}], 'temporalQ': {'timerel': 'after', 'timeAt': '2026-01-01T00:00:00Z'}}")).Body));
        Assert.Equal(HttpStatusCode.BadRequest, (await broker.SendAsync("GET", $"temporal/entities?type=Vehicle&orderBy=id&{Since}")).Status);

        // A map says who has what, and whoever is not in it is not asked.
        var map = (await broker.SendAsync("GET", $"temporal/entityMaps?type=Vehicle&{Since}")).Body;
        Assert.Equal("@none", map.GetProperty("entityMap").GetProperty("urn:ngsi-ld:Vehicle:a")[0].GetString());
        Assert.StartsWith("urn:ngsi-ld:ContextSourceRegistration:", map.GetProperty("entityMap").GetProperty("urn:ngsi-ld:Vehicle:b")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal("10,80,90", Values((await broker.SendAsync("GET", $"temporal/entities?type=Vehicle&{Since}", null, ("NGSILD-EntityMap", map.GetProperty("id").GetString()!))).Body));
    }

    [Theory]
    [InlineData("'/Madrid'", "/Madrid", Since)]
    [InlineData("'/Madrid'", "/%23", "timerel=before&timeAt=2027-01-01T00:00:00Z")]
    [InlineData("[{'type': 'Property', 'value': '/Madrid', 'observedAt': '2025-12-01T00:00:00Z'}]", "/Madrid", Since)]
    [InlineData("[{'type': 'Property', 'value': '/Madrid', 'observedAt': '2025-12-01T00:00:00Z'}]", "/Madrid", Since + "&splitEntities=false")]
    [InlineData("[{'type': 'Property', 'value': '/Madrid', 'observedAt': '2026-05-01T00:00:00Z'}]", "/Madrid", Since + "&splitEntities=true")]
    public async Task Query_Scope_HoldsOfTheHistoryOfASource(string scope, string asked, string parameters)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        // Only its speed is registered: the scope of an entity is no attribute.
        await broker.RegisterAsync(source.Address, "'operations': ['queryTemporal'], 'information': [{'entities': [{'type': 'Vehicle'}], 'propertyNames': ['speed']}]");
        foreach (var one in (SourceBroker[])[source, broker])
            foreach (var (number, other) in ((int, string)[])[(one == source ? 1 : 2, scope), (one == source ? 3 : 4, "'/Paris'")])
                await one.SendAsync("POST", "temporal/entities?local=true", $"{{'id': 'urn:ngsi-ld:Vehicle:{number}', 'type': 'Vehicle', 'scope': {other}, 'speed': [{Speed(2, number)}]}}");
        var answer = await broker.SendAsync("GET", $"temporal/entities?type=Vehicle&{parameters}&scopeQ={asked}");
        var expected = asked == "/Madrid" ? "1,2" : "1,2,3,4";
        Assert.Equal(expected, string.Join(',', Values(answer.Body).Split(',').Order()));
        Assert.Contains("/Madrid", answer.Body.GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'observationInterval': {'startAt': '2020-01-01T00:00:00Z', 'endAt': '2021-01-01T00:00:00Z'}, ", 0)]
    [InlineData("'observationInterval': {'startAt': '2020-01-01T00:00:00Z'}, ", 1)]
    public async Task Query_SourceOfOtherTimes_IsNotAsked(string interval, int asked)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(200, "[]");
        await broker.RegisterAsync(source.Address, interval + Temporal);
        await broker.SendAsync("GET", $"temporal/entities?type=Vehicle&{Since}");
        Assert.Equal(asked, source.Requests.Count);
    }

    [Theory]
    [InlineData(404, "", "")]
    [InlineData(500, "", "299")]
    [InlineData(200, "{'id': 'urn:ngsi-ld:Vehicle:1'}", "111")]
    public async Task Get_SourceWithoutAnAnswer_LeavesWhatIsHere(int status, string body, string warning)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(status, body);
        await broker.RegisterAsync(source.Address, Temporal);
        await TellAsync(broker, One, (1, 10));
        var answer = await broker.SendAsync("GET", $"temporal/entities/{One}?{Since}");
        Assert.Equal((HttpStatusCode.OK, "10"), (answer.Status, Values(answer.Body)));
        Assert.StartsWith(warning, answer.Warning, StringComparison.Ordinal);
    }

    [Theory, InlineData("updateAttrInstanceTemporal"), InlineData("updateAttrsTemporal")]
    public async Task Write_ExclusiveAttribute_GoesToItsSourceAndTheRestStays(string update)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, $"'mode': 'exclusive', 'operations': [{Writes.Replace("updateAttrInstanceTemporal", update, StringComparison.Ordinal)}], 'information': [{{'entities': [{{'id': '{One}', 'type': 'Vehicle'}}], 'propertyNames': ['speed']}}]");
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "temporal/entities", $"{{'id': '{One}', 'type': 'Vehicle', 'speed': [{Speed(1, 10)}], 'color': [{Speed(1, 5)}]}}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("POST", $"temporal/entities/{One}/attrs", $"{{'speed': [{Speed(2, 20)}], 'color': [{Speed(2, 6)}]}}")).Status);
        Assert.False((await broker.SendAsync("GET", $"temporal/entities/{One}?local=true")).Body.TryGetProperty("speed", out _));
        var held = (await source.SendAsync("GET", $"temporal/entities/{One}")).Body;
        Assert.False(held.TryGetProperty("color", out _));
        Assert.Equal("10,20", Values(held));

        var instance = held.GetProperty("speed")[1].GetProperty("instanceId").GetString();
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", $"temporal/entities/{One}/attrs/speed/{instance}", "{'value': 25}")).Status);
        Assert.Equal("10,25", Values((await source.SendAsync("GET", $"temporal/entities/{One}")).Body));
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", $"temporal/entities/{One}/attrs/speed/{instance}")).Status);
        Assert.Equal("10", Values((await source.SendAsync("GET", $"temporal/entities/{One}")).Body));
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", $"temporal/entities/{One}/attrs/speed")).Status);
        Assert.False((await source.SendAsync("GET", $"temporal/entities/{One}")).Body.TryGetProperty("speed", out _));
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", $"temporal/entities/{One}")).Status);
        foreach (var one in (SourceBroker[])[broker, source]) Assert.Equal(HttpStatusCode.NotFound, (await one.SendAsync("GET", $"temporal/entities/{One}")).Status);
    }

    [Fact]
    public async Task Write_InclusiveSource_IsDoneByBoth()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, $"'operations': [{Writes}], 'information': [{{'entities': [{{'type': 'Vehicle'}}]}}]");
        var entity = $"{{'id': '{One}', 'type': 'Vehicle', 'speed': [{Speed(1, 10)}]}}";
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "temporal/entities", entity)).Status);
        await source.SendAsync("DELETE", $"temporal/entities/{One}");
        // One had it already.
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("POST", "temporal/entities", entity)).Status);
        foreach (var one in (SourceBroker[])[broker, source])
        {
            var told = (await one.SendAsync("GET", $"temporal/entities/{One}?local=true")).Body;
            Assert.Equal("10", Values(told));
            // An instance has its id from one of both.
            Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", $"temporal/entities/{One}/attrs/speed/{told.GetProperty("speed")[0].GetProperty("instanceId").GetString()}")).Status);
        }
        Assert.Equal(HttpStatusCode.NotFound, (await broker.SendAsync("DELETE", $"temporal/entities/{One}/attrs/speed/urn:ngsi-ld:Instance:0")).Status);
    }

    [Theory]
    [InlineData("POST", "temporal/entities")]
    [InlineData("POST", $"temporal/entities/{One}/attrs")]
    [InlineData("DELETE", $"temporal/entities/{One}/attrs/speed")]
    [InlineData("DELETE", $"temporal/entities/{One}")]
    public async Task Write_SourceRefuses_TellsBothOutcomes(string method, string path)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(400, "{'type': 'https://uri.etsi.org/ngsi-ld/errors/BadRequestData', 'title': 'No.'}");
        await TellAsync(broker, One, (1, 10));
        await broker.RegisterAsync(source.Address, $"'operations': [{Writes}], 'information': [{{'entities': [{{'type': 'Vehicle'}}]}}]");
        var answer = await broker.SendAsync(method, path, method == "POST" ? $"{{'id': '{One}', 'type': 'Vehicle', 'speed': [{Speed(2, 20)}]}}" : null);
        Assert.Equal((HttpStatusCode.MultiStatus, One), (answer.Status, answer.Body.GetProperty("success")[0].GetString()));
        var error = Assert.Single(answer.Body.GetProperty("errors").EnumerateArray());
        Assert.Equal((One, 400), (error.GetProperty("entityId").GetString(), error.GetProperty("error").GetProperty("status").GetInt32()));
        Assert.StartsWith($"{method} /ngsi-ld/v1/{path}", Uri.UnescapeDataString(source.Requests.Single()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exclusive")]
    [InlineData("redirect")]
    public async Task Write_HeldElsewhereWithoutTheOperation_IsAConflict(string mode)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(204, "");
        await broker.RegisterAsync(source.Address, $"'mode': '{mode}', 'operations': ['retrieveOps'], 'information': [{{'entities': [{{'id': '{One}', 'type': 'Vehicle'}}], 'propertyNames': ['speed']}}]");
        Assert.Equal(HttpStatusCode.Conflict, (await broker.SendAsync("POST", "temporal/entities", $"{{'id': '{One}', 'type': 'Vehicle', 'speed': [{Speed(1, 10)}]}}")).Status);
        Assert.Empty(source.Requests);
        Assert.Equal(HttpStatusCode.NotFound, (await broker.SendAsync("GET", $"temporal/entities/{One}?local=true")).Status);
    }

    [Fact]
    public async Task Write_RedirectedInACircle_SaysSo()
    {
        await using var first = await SourceBroker.StartAsync();
        await using var second = await SourceBroker.StartAsync();
        var all = $"'mode': 'redirect', 'operations': [{Writes}], 'information': [{{'entities': [{{'type': 'Vehicle'}}]}}]";
        await first.RegisterAsync(second.Address, all);
        await second.RegisterAsync(first.Address, all);
        Assert.Equal(HttpStatusCode.LoopDetected, (await first.SendAsync("POST", "temporal/entities", $"{{'id': '{One}', 'type': 'Vehicle', 'speed': [{Speed(1, 10)}]}}")).Status);
    }

    private static string Speed(int day, int speed) => $"{{'type': 'Property', 'value': {speed}, 'observedAt': '2026-05-0{day}T00:00:00Z'}}";

    private static async Task TellAsync(SourceBroker broker, string id, params (int Day, int Speed)[] instances)
    {
        var speeds = string.Join(", ", instances.Select(i => Speed(i.Day, i.Speed)));
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "temporal/entities?local=true", $"{{'id': '{id}', 'type': 'Vehicle', 'speed': [{speeds}]}}")).Status);
    }

    private static string Values(JsonElement answer) =>
        string.Join(',', (answer.ValueKind == JsonValueKind.Array ? [.. answer.EnumerateArray()] : (JsonElement[])[answer]).SelectMany(e => e.GetProperty("speed").EnumerateArray()).Select(i => i.GetProperty("value").GetInt32()));
}
