using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Snapshots;
using Michi.CityOs.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.UnitTests.CityOs;

/// <summary>Brokers on ports of this machine, and what stays of their entities in snapshots (ETSI GS CIM 009, 5.16 and 5.5.15).</summary>
public sealed class SnapshotTests
{
    internal const string Lamps = "{'type': 'Query', 'entities': [{'type': 'Lamp'}], 'q': 'power>50'}";
    private const string History = "{'type': 'Query', 'entities': [{'type': 'Lamp'}], 'temporalQ': {'timerel': 'after', 'timeAt': '2026-01-01T00:00:00Z'}}";

    [Fact]
    public async Task Get_EntitiesOfASnapshot_AreAsTheyWere()
    {
        await using var broker = await SourceBroker.StartAsync();
        await LampsAsync(broker);
        var id = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}, {{'type': 'Query', 'entities': [{{'type': 'Bench'}}]}}]");
        var status = await ReadyAsync(broker, id);
        Assert.Equal(("partial", "success,empty", 5), (status.GetProperty("snapshotStatus").GetString(), Results(status, "snapshotQueriesDetails"), status.GetProperty("snapshotPriority").GetInt32()));

        await broker.SendAsync("PATCH", "entities/urn:ngsi-ld:Lamp:2/attrs", "{'power': 10}");
        var (now, then) = (await broker.SendAsync("GET", "entities/urn:ngsi-ld:Lamp:2?format=simplified"), await broker.SendAsync("GET", "entities/urn:ngsi-ld:Lamp:2?format=simplified", null, ("NGSILD-Snapshot", id)));
        Assert.Equal((10, 80), (now.Body.GetProperty("power").GetInt32(), then.Body.GetProperty("power").GetInt32()));
        // Clause 5.5.15: a snapshot is asked alone, so a query can be as wide as it is.
        Assert.Equal(1, (await broker.SendAsync("GET", "entities", null, ("NGSILD-Snapshot", id))).Body.GetArrayLength());
        Assert.Equal("Lamp", (await broker.SendAsync("GET", "types", null, ("NGSILD-Snapshot", id))).Body.GetProperty("typeList")[0].GetString());
    }

    /// <summary>As two nodes on one database make them.</summary>
    [Fact]
    public async Task Add_ByTwoBooksOfOneStore_NeverSharesASpace()
    {
        var cancel = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("michi-snapshots-");
        await using (var store = new SqliteStore(Path.Combine(folder.FullName, "city-os.db"), TimeProvider.System))
        {
            SnapshotBook one = new(store, TimeProvider.System), other = new(store, TimeProvider.System);
            await Task.WhenAll(Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? one : other).AddAsync("", new() { ["id"] = $"urn:ngsi-ld:Snapshot:{i}" }, JsonLdContext.Core.Source, null, cancel)));
            var all = await one.ListAsync("", cancel);
            Assert.Equal((10, 10), (all.Count, all.Select(s => s.Space).Distinct().Count()));
            // Taken away through both at once, each goes once.
            var gone = await Task.WhenAll(all.SelectMany(s => (Task<bool>[])[one.RemoveAsync("", s, isTold: false, cancel), other.RemoveAsync("", s, isTold: false, cancel)]));
            Assert.Equal(10, gone.Count(g => g));
            var (left, spaces) = await other.ReadAsync("", cancel);
            Assert.Equal((0, 10), (left.Count, spaces.Count));
        }
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Post_SnapshotThroughOneNode_IsOneOfEveryNode()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var one = await SourceBroker.StartAsync(shared: database);
        await using var other = await SourceBroker.StartAsync(shared: database);
        await using var receiver = await Receiver.StartAsync();
        await LampsAsync(one);
        foreach (var (node, another) in ((SourceBroker, SourceBroker)[])[(one, other), (other, one)])
        {
            var id = await SnapshotAsync(node, $"'snapshotQueries': [{Lamps}]");
            Assert.Equal("success", (await ReadyAsync(another, id)).GetProperty("snapshotStatus").GetString());
            Assert.Equal(1, (await another.SendAsync("GET", "entities", null, ("NGSILD-Snapshot", id))).Body.GetArrayLength());
            await another.SendAsync("PATCH", "entities/urn:ngsi-ld:Lamp:2/attrs", "{'power': 99}", ("NGSILD-Snapshot", id));
            Assert.Equal(99, (await node.SendAsync("GET", "entities/urn:ngsi-ld:Lamp:2?format=simplified", null, ("NGSILD-Snapshot", id))).Body.GetProperty("power").GetInt32());
            await another.SendAsync("PATCH", $"snapshots/{id}", "{'snapshotPriority': 8}");
            Assert.Equal(8, (await node.SendAsync("GET", $"snapshots/{id}")).Body.GetProperty("snapshotPriority").GetInt32());
            Assert.Equal(HttpStatusCode.Conflict, (await another.SendAsync("POST", "snapshots", $"{{'id': '{id}', 'type': 'Snapshot', 'snapshotQueries': [{Lamps}]}}")).Status);
            var clone = await CloneAsync(another, id);
            Assert.Equal(HttpStatusCode.NoContent, (await another.SendAsync("DELETE", $"snapshots/{id}")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await node.SendAsync("GET", "entities", null, ("NGSILD-Snapshot", id))).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await node.SendAsync("DELETE", $"snapshots/{id}")).Status);
            Assert.Equal("success", (await ReadyAsync(node, clone)).GetProperty("snapshotStatus").GetString());
            Assert.Equal(99, (await node.SendAsync("GET", "entities/urn:ngsi-ld:Lamp:2?format=simplified", null, ("NGSILD-Snapshot", clone))).Body.GetProperty("power").GetInt32());
            Assert.Equal(HttpStatusCode.NoContent, (await node.SendAsync("DELETE", "snapshots?q=snapshotPriority>0")).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await another.SendAsync("GET", $"snapshots/{clone}")).Status);
        }
        // One that expires is told of once, whichever node it was made through.
        var brief = await SnapshotAsync(other, $"'endpoint': '{receiver.Address}', 'snapshotLifetime': 'PT1S', 'snapshotQueries': [{Lamps}]");
        Assert.Equal(brief, (await receiver.WaitAsync(2))[1].Body.GetProperty("snapshotId").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await one.SendAsync("GET", $"snapshots/{brief}")).Status);
        await receiver.NoMoreThanAsync(2);
    }

    [Fact]
    public async Task Stop_NodeThatFillsASnapshot_AnotherFillsIt()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        using var asked = new SemaphoreSlim(0);
        var isOpen = false;
        await using var source = await FakeSource.StartAsync(async http =>
        {
            asked.Release();
            if (!Volatile.Read(ref isOpen)) await Task.Delay(Timeout.Infinite, http.RequestAborted);
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync("""[{"id": "urn:ngsi-ld:Lamp:9", "type": "Lamp", "power": {"type": "Property", "value": 90}}]""");
        });
        // The first holds what only one node does.
        await using var one = await SourceBroker.StartAsync(shared: database);
        await LampsAsync(one);
        await one.RegisterAsync(source.Address, "'information': [{'entities': [{'type': 'Lamp'}]}]");
        await using var other = await SourceBroker.StartAsync(shared: database);
        var id = await SnapshotAsync(other, $"'snapshotQueries': [{Lamps}]");
        await asked.WaitAsync(TestContext.Current.CancellationToken);
        Volatile.Write(ref isOpen, true);
        await one.DisposeAsync();
        Assert.Equal("success", (await ReadyAsync(other, id)).GetProperty("snapshotStatus").GetString());
        Assert.Equal(2, (await other.SendAsync("GET", "entities", null, ("NGSILD-Snapshot", id))).Body.GetArrayLength());
    }

    /// <summary>A snapshot may wait while others are filled; what is written into it meanwhile was acknowledged.</summary>
    [Fact]
    public async Task Send_WritesToASnapshotThatWaitsToBeFilled_StayInIt()
    {
        using var open = new CancellationTokenSource();
        await using var source = await FakeSource.StartAsync(async http =>
        {
            await Task.Delay(Timeout.Infinite, CancellationTokenSource.CreateLinkedTokenSource(open.Token, http.RequestAborted).Token).ContinueWith(_ => { }, TaskScheduler.Default);
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync("[]");
        });
        await using var broker = await SourceBroker.StartAsync();
        await LampsAsync(broker);
        await broker.RegisterAsync(source.Address, "'information': [{'entities': [{'type': 'Lamp'}]}]");
        for (var i = 0; i < 4; i++) await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        var id = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Lamp:99', 'type': 'Lamp'}", ("NGSILD-Snapshot", id))).Status);
        await open.CancelAsync();
        await ReadyAsync(broker, id);
        Assert.Equal(HttpStatusCode.OK, (await broker.SendAsync("GET", "entities/urn:ngsi-ld:Lamp:99?local=true", null, ("NGSILD-Snapshot", id))).Status);
    }

    /// <summary>What one node has copied before it died is not there twice when another has filled the snapshot.</summary>
    [Fact]
    public async Task Fill_ThatWasBegunBefore_HasAllOnce()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var broker = await SourceBroker.StartAsync(shared: database);
        await broker.SendAsync("POST", "temporal/entities", "{'id': 'urn:ngsi-ld:Lamp:7', 'type': 'Lamp', 'power': [{'type': 'Property', 'value': 1, 'observedAt': '2026-02-01T00:00:00Z'}, {'type': 'Property', 'value': 2, 'observedAt': '2026-02-02T00:00:00Z'}]}");
        var id = await SnapshotAsync(broker, $"'snapshotTemporalQueries': [{History}]");
        await ReadyAsync(broker, id);
        var store = broker.Services.GetRequiredService<ICityStore>();
        await store.WriteDocumentAsync(DocumentKind.Snapshot, "", id, there => Snapshot.Read(there!).With(new KeyValuePair<string, JsonNode?>("snapshotStatus", Snapshot.Preparing)).Write(), TestContext.Current.CancellationToken);
        await ReadyAsync(broker, id);
        Assert.Equal(2, (await broker.SendAsync("GET", "temporal/entities/urn:ngsi-ld:Lamp:7", null, ("NGSILD-Snapshot", id))).Body.GetProperty("power").GetArrayLength());
    }

    [Fact]
    public async Task Send_WritesToASnapshot_StayInIt()
    {
        await using var broker = await SourceBroker.StartAsync();
        await LampsAsync(broker);
        var id = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        await ReadyAsync(broker, id);
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", "entities/urn:ngsi-ld:Lamp:2/attrs/power", "{'value': 99, 'observedAt': '2026-11-27T12:00:00Z'}", ("NGSILD-Snapshot", id))).Status);
        Assert.Equal(80, (await broker.SendAsync("GET", "entities/urn:ngsi-ld:Lamp:2?format=simplified")).Body.GetProperty("power").GetInt32());
        var history = await broker.SendAsync("GET", "temporal/entities/urn:ngsi-ld:Lamp:2?attrs=power&timerel=after&timeAt=2026-11-01T00:00:00Z", null, ("NGSILD-Snapshot", id));
        Assert.Equal(99, history.Body.GetProperty("power")[0].GetProperty("value").GetInt32());
        Assert.Equal(HttpStatusCode.UnprocessableEntity, (await broker.SendAsync("GET", "csourceRegistrations", null, ("NGSILD-Snapshot", id))).Status);
    }

    [Fact]
    public async Task Get_HistoryOfASnapshot_HasTheTimesAskedForAlone()
    {
        await using var broker = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "temporal/entities", "{'id': 'urn:ngsi-ld:Lamp:7', 'type': 'Lamp', 'power': [{'type': 'Property', 'value': 1, 'observedAt': '2025-01-01T00:00:00Z'}, {'type': 'Property', 'value': 2, 'observedAt': '2026-02-01T00:00:00Z'}]}");
        var id = await SnapshotAsync(broker, $"'snapshotTemporalQueries': [{History}]");
        var clone = await CloneAsync(broker, id);
        foreach (var snapshot in (string[])[id, clone])
        {
            var status = await ReadyAsync(broker, snapshot);
            Assert.Equal("success", status.GetProperty("snapshotStatus").GetString());
            var power = (await broker.SendAsync("GET", "temporal/entities/urn:ngsi-ld:Lamp:7", null, ("NGSILD-Snapshot", snapshot))).Body.GetProperty("power");
            Assert.Equal(2, Assert.Single(power.EnumerateArray()).GetProperty("value").GetInt32());
        }
    }

    [Fact]
    public async Task Get_HistoryOfASnapshot_HasWhatSourcesTell()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, "'operations': ['queryTemporal'], 'information': [{'entities': [{'type': 'Lamp'}]}]");
        await broker.SendAsync("POST", "temporal/entities?local=true", HistoryOf(7, (1, 10)));
        await source.SendAsync("POST", "temporal/entities", HistoryOf(7, (1, 99), (2, 20)));
        await source.SendAsync("POST", "temporal/entities", HistoryOf(8, (3, 80)));
        var id = await SnapshotAsync(broker, $"'snapshotTemporalQueries': [{History}, {History[..^1]}, 'q': 'power>50'}}]");
        var status = await ReadyAsync(broker, id);
        Assert.Equal(("success", "success,success"), (status.GetProperty("snapshotStatus").GetString(), Results(status, "snapshotTemporalQueriesDetails")));
        await source.DisposeAsync();
        var clone = await CloneAsync(broker, id);
        await ReadyAsync(broker, clone);
        foreach (var snapshot in (string[])[id, clone])
        {
            // Of instances of one time that of this broker counts.
            foreach (var (number, values) in ((int, int[])[])[(7, [10, 20]), (8, [80])])
            {
                var power = (await broker.SendAsync("GET", $"temporal/entities/urn:ngsi-ld:Lamp:{number}?attrs=power", null, ("NGSILD-Snapshot", snapshot))).Body.GetProperty("power");
                Assert.Equal(values, power.EnumerateArray().Select(p => p.GetProperty("value").GetInt32()));
            }
            // What came from the source can be changed here.
            var instance = (await broker.SendAsync("GET", "temporal/entities/urn:ngsi-ld:Lamp:8?options=sysAttrs", null, ("NGSILD-Snapshot", snapshot))).Body.GetProperty("power")[0].GetProperty("instanceId").GetString();
            Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", $"temporal/entities/urn:ngsi-ld:Lamp:8/attrs/power/{instance}", null, ("NGSILD-Snapshot", snapshot))).Status);
        }
    }

    [Fact]
    public async Task Fill_SourceWithManyEntities_IsAskedForAll()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(async http =>
        {
            var offset = http.Request.Query["offset"] is [{ } text] ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync($"[{string.Join(',', Enumerable.Range(offset, offset < 2000 ? 1000 : 1).Select(i => HistoryOf(i, (1, i)).Replace('\'', '"')))}]");
        });
        await broker.RegisterAsync(source.Address, "'operations': ['queryTemporal'], 'information': [{'entities': [{'type': 'Lamp'}]}]");
        var id = await SnapshotAsync(broker, $"'snapshotTemporalQueries': [{History}]");
        Assert.Equal("success", (await ReadyAsync(broker, id)).GetProperty("snapshotStatus").GetString());
        Assert.Equal(3, source.Requests.Count);
        Assert.Equal(2000, (await broker.SendAsync("GET", "temporal/entities/urn:ngsi-ld:Lamp:2000", null, ("NGSILD-Snapshot", id))).Body.GetProperty("power")[0].GetProperty("value").GetInt32());
    }

    [Theory]
    [InlineData(500, "failure")]
    [InlineData(206, "partial")]
    public async Task Fill_SourceThatDoesNotTellAllItsHistory_SaysWhich(int status, string expected)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(status, $"[{HistoryOf(8, (3, 80))}]");
        await broker.RegisterAsync(source.Address, "'id': 'urn:ngsi-ld:ContextSourceRegistration:bad', 'operations': ['queryTemporal'], 'information': [{'entities': [{'type': 'Lamp'}]}]");
        var told = await ReadyAsync(broker, await SnapshotAsync(broker, $"'snapshotTemporalQueries': [{History}]"));
        Assert.Equal(expected, told.GetProperty("snapshotStatus").GetString());
        Assert.Contains("ContextSourceRegistration:bad", told.GetProperty("snapshotTemporalQueriesDetails")[0].GetProperty("problemDetails").GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Delete_Original_LeavesTheClone()
    {
        await using var broker = await SourceBroker.StartAsync();
        await LampsAsync(broker);
        var id = await SnapshotAsync(broker, $"'snapshotPriority': 2, 'snapshotQueries': [{Lamps}]");
        await ReadyAsync(broker, id);
        var clone = await CloneAsync(broker, id, "'snapshotPriority': 9, ");
        Assert.Equal("success", (await ReadyAsync(broker, clone)).GetProperty("snapshotStatus").GetString());
        Assert.Equal(HttpStatusCode.BadRequest, (await broker.SendAsync("DELETE", "snapshots?q=power>5")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", "snapshots?q=snapshotPriority<5")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await broker.SendAsync("DELETE", "snapshots?q=snapshotPriority<5")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await broker.SendAsync("GET", "entities?type=Lamp", null, ("NGSILD-Snapshot", id))).Status);
        Assert.Equal(1, (await broker.SendAsync("GET", "entities?type=Lamp", null, ("NGSILD-Snapshot", clone))).Body.GetArrayLength());

        // The space of the one that is gone is used again, and nothing of it is left.
        for (var tries = 0; ; tries++)
        {
            var next = await SnapshotAsync(broker, "'snapshotQueries': [{'type': 'Query', 'entities': [{'type': 'Bench'}]}]");
            Assert.Equal("empty", (await ReadyAsync(broker, next)).GetProperty("snapshotStatus").GetString());
            Assert.Equal(0, (await broker.SendAsync("GET", "entities", null, ("NGSILD-Snapshot", next))).Body.GetArrayLength());
            if (tries == 3) break;
            await broker.SendAsync("DELETE", $"snapshots/{next}");
        }
    }

    [Fact]
    public async Task Patch_Status_TellsTheEndpoint()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await LampsAsync(broker);
        var id = await SnapshotAsync(broker, $"'endpoint': '{receiver.Address}', 'receiverInfo': [{{'key': 'X-Key', 'value': 'k'}}], 'snapshotQueries': [{Lamps}]");
        var ready = (await receiver.WaitAsync(1))[0];
        Assert.Equal(("SnapshotNotification", id, "success", "k"), (ready.Body.GetProperty("type").GetString(), ready.Body.GetProperty("snapshotId").GetString(), ready.Body.GetProperty("snapshotStatus").GetString(), ready.Headers["X-Key"]));

        var before = (await ReadyAsync(broker, id)).GetProperty("expiresAt").GetDateTimeOffset();
        var changed = await broker.SendAsync("PATCH", $"snapshots/{id}", "{'snapshotPriority': 8, 'snapshotLifetime': 'P3D'}");
        Assert.Equal((HttpStatusCode.OK, 8), (changed.Status, changed.Body.GetProperty("snapshotPriority").GetInt32()));
        Assert.True(changed.Body.GetProperty("expiresAt").GetDateTimeOffset() > before.AddDays(1));
        Assert.Equal(8, (await receiver.WaitAsync(2))[1].Body.GetProperty("snapshotPriority").GetInt32());
    }

    [Fact]
    public async Task Post_SnapshotWithASourceThatFails_SaysWhich()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var good = await FakeSource.StartAsync(200, "[{'id': 'urn:ngsi-ld:Lamp:9', 'type': 'Lamp', 'power': {'type': 'Property', 'value': 90}}]");
        await using var bad = await FakeSource.StartAsync(500, "");
        await LampsAsync(broker);
        await broker.RegisterAsync(good.Address, "'information': [{'entities': [{'type': 'Lamp'}]}]");
        var whole = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        Assert.Equal("success", (await ReadyAsync(broker, whole)).GetProperty("snapshotStatus").GetString());
        Assert.Equal(2, (await broker.SendAsync("GET", "entities?type=Lamp", null, ("NGSILD-Snapshot", whole))).Body.GetArrayLength());

        await broker.RegisterAsync(bad.Address, "'id': 'urn:ngsi-ld:ContextSourceRegistration:bad', 'information': [{'entities': [{'type': 'Lamp'}]}]");
        var status = await ReadyAsync(broker, await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]"));
        Assert.Equal("partial", status.GetProperty("snapshotStatus").GetString());
        Assert.Contains("ContextSourceRegistration:bad", status.GetProperty("snapshotQueriesDetails")[0].GetProperty("problemDetails").GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Post_MoreThanThereMayBe_LeastImportantGoes()
    {
        await using var broker = await SourceBroker.StartAsync();
        var least = await SnapshotAsync(broker, $"'snapshotPriority': 1, 'snapshotQueries': [{Lamps}]");
        for (var i = 0; i < 20; i++) await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        Assert.Equal(HttpStatusCode.NotFound, (await broker.SendAsync("GET", $"snapshots/{least}")).Status);
    }

    [Theory]
    [InlineData("'x': 1")]
    [InlineData("'snapshotQueries': []")]
    [InlineData("'snapshotQueries': [{'type': 'Query', 'entities': [{'type': 'Lamp'}], 'temporalQ': {'timerel': 'after', 'timeAt': '2026-01-01T00:00:00Z'}}]")]
    [InlineData("'snapshotTemporalQueries': [{'type': 'Query', 'entities': [{'type': 'Lamp'}]}]")]
    [InlineData("'snapshotQueries': [{'type': 'Query', 'entities': [{'type': 'Lamp'}], 'q': '((('}]")]
    [InlineData("'snapshotPriority': 11, 'snapshotQueries': [{'type': 'Query', 'entities': [{'type': 'Lamp'}]}]")]
    [InlineData("'snapshotLifetime': 'soon', 'snapshotQueries': [{'type': 'Query', 'entities': [{'type': 'Lamp'}]}]")]
    [InlineData("'endpoint': 'ftp://host/', 'snapshotQueries': [{'type': 'Query', 'entities': [{'type': 'Lamp'}]}]")]
    public async Task Post_SnapshotThatBreaksARule_IsBadRequestData(string members)
    {
        await using var broker = await SourceBroker.StartAsync();
        var answer = await broker.SendAsync("POST", "snapshots", $"{{'type': 'Snapshot', {members}}}");
        Assert.Equal((HttpStatusCode.BadRequest, "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"), (answer.Status, answer.Body.GetProperty("type").GetString()));
    }

    internal static async Task LampsAsync(SourceBroker broker, string tenant = "")
    {
        await broker.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Lamp:1', 'type': 'Lamp', 'power': 30}", HeaderOf(tenant));
        await broker.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Lamp:2', 'type': 'Lamp', 'power': 80}", HeaderOf(tenant));
    }

    internal static async Task<string> SnapshotAsync(SourceBroker broker, string members, string tenant = "")
    {
        var id = $"urn:ngsi-ld:Snapshot:{Guid.NewGuid():N}";
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "snapshots", $"{{'id': '{id}', 'type': 'Snapshot', {members}}}", HeaderOf(tenant))).Status);
        return id;
    }

    internal static async Task<string> CloneAsync(SourceBroker broker, string original, string members = "")
    {
        var id = $"urn:ngsi-ld:Snapshot:{Guid.NewGuid():N}";
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", $"snapshots/{original}/clone", $"{{{members}'id': '{id}', 'type': 'Snapshot'}}")).Status);
        return id;
    }

    internal static async Task<JsonElement> ReadyAsync(SourceBroker broker, string id, string tenant = "")
    {
        for (var tries = 0; tries < 400; tries++)
        {
            var answer = await broker.SendAsync("GET", $"snapshots/{id}", null, HeaderOf(tenant));
            Assert.Equal(HttpStatusCode.OK, answer.Status);
            if (answer.Body.GetProperty("snapshotStatus").GetString() != "preparing") return answer.Body;
            await Task.Delay(25, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"{id} is still in preparation.");
    }

    private static string HistoryOf(int number, params (int Day, int Power)[] values) =>
        $"{{'id': 'urn:ngsi-ld:Lamp:{number}', 'type': 'Lamp', 'power': [{string.Join(',', values.Select(v => $"{{'type': 'Property', 'value': {v.Power}, 'observedAt': '2026-02-0{v.Day}T00:00:00Z'}}"))}]}}";

    private static (string, string)[] HeaderOf(string tenant) => tenant.Length == 0 ? [] : [("NGSILD-Tenant", tenant)];

    private static string Results(JsonElement status, string member) => string.Join(',', status.GetProperty(member).EnumerateArray().Select(d => d.GetProperty("resultStatus").GetString()));
}
