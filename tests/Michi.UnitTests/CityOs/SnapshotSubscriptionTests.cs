using System.Globalization;
using System.Net;
using System.Text;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using static Michi.UnitTests.CityOs.SnapshotTests;

namespace Michi.UnitTests.CityOs;

/// <summary>Subscriptions within snapshots, on brokers on ports of this machine (ETSI GS CIM 009, 5.5.15 and 6.3.22).</summary>
public sealed class SnapshotSubscriptionTests
{
    private const string Subscription = "urn:ngsi-ld:Subscription:1";

    private const string Lamp = "urn:ngsi-ld:Lamp:2";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_SubscriptionInASnapshot_IsToldOfChangesThereAlone()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var inside = await Receiver.StartAsync();
        await using var outside = await Receiver.StartAsync();
        await LampsAsync(broker);
        var id = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        await ReadyAsync(broker, id);
        // The same id is another subscription in the snapshot.
        await SubscribeAsync(broker, inside, id);
        await SubscribeAsync(broker, outside, null);
        await PatchAsync(broker, 81, id);
        await PatchAsync(broker, 20, null);

        var told = (await inside.WaitAsync(1))[0];
        Assert.Equal((81, id, false), (told.Value("power"), told.Headers["NGSILD-Snapshot"], told.Headers.ContainsKey("NGSILD-Tenant")));
        told = (await outside.WaitAsync(1))[0];
        Assert.Equal((20, false), (told.Value("power"), told.Headers.ContainsKey("NGSILD-Snapshot")));
        await inside.NoMoreThanAsync(1);
        await outside.NoMoreThanAsync(1);
    }

    [Fact]
    public async Task Send_OperationsOnSubscriptions_AreThoseOfTheSnapshot()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await LampsAsync(broker, "city");
        var id = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]", "city");
        await ReadyAsync(broker, id, "city");
        (string, string)[] there = [("NGSILD-Snapshot", id), ("NGSILD-Tenant", "city")];
        var made = await broker.SendAsync("POST", "subscriptions", BodyOf(receiver), there);
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal(HttpStatusCode.Conflict, (await broker.SendAsync("POST", "subscriptions", BodyOf(receiver), there)).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await broker.SendAsync("POST", "subscriptions", "{'type': 'Subscription'}", there)).Status);
        Assert.Equal(Subscription, Assert.Single((await broker.SendAsync("GET", "subscriptions", null, there)).Body.EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(0, (await broker.SendAsync("GET", "subscriptions", null, ("NGSILD-Tenant", "city"))).Body.GetArrayLength());
        Assert.Equal(HttpStatusCode.NotFound, (await broker.SendAsync("GET", $"subscriptions/{Subscription}", null, ("NGSILD-Tenant", "city"))).Status);

        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", $"subscriptions/{Subscription}", "{'q': 'power>90'}", there)).Status);
        foreach (var power in (int[])[80, 95]) Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", $"entities/{Lamp}/attrs", $"{{'power': {power}}}", there)).Status);
        var told = (await receiver.WaitAsync(1))[0];
        Assert.Equal((95, id, "city"), (told.Value("power"), told.Headers["NGSILD-Snapshot"], told.Headers["NGSILD-Tenant"]));
        Assert.Equal(1, (await broker.SendAsync("GET", $"subscriptions/{Subscription}", null, there)).Body.GetProperty("notification").GetProperty("timesSent").GetInt32());

        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", $"subscriptions/{Subscription}", null, there)).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await broker.SendAsync("DELETE", $"subscriptions/{Subscription}", null, there)).Status);
        await broker.SendAsync("PATCH", $"entities/{Lamp}/attrs", "{'power': 96}", there);
        await receiver.NoMoreThanAsync(1);
    }

    [Fact]
    public async Task Fill_WhatIsCopied_IsNoChange()
    {
        var goesOn = new TaskCompletionSource();
        await using var source = await FakeSource.StartAsync(async http =>
        {
            await goesOn.Task.WaitAsync(http.RequestAborted);
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync("""[{"id": "urn:ngsi-ld:Lamp:9", "type": "Lamp", "power": {"type": "Property", "value": 90}}]""");
        });
        await using var broker = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await LampsAsync(broker);
        await broker.RegisterAsync(source.Address, "'information': [{'entities': [{'type': 'Lamp'}]}]");
        // What two queries find is put together.
        var id = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}, {Lamps}]");
        await SubscribeAsync(broker, receiver, id, "'notificationTrigger': ['entityCreated', 'entityUpdated', 'entityDeleted']");
        goesOn.SetResult();
        await ReadyAsync(broker, id);
        Assert.Equal(2, (await broker.SendAsync("GET", "entities", null, ("NGSILD-Snapshot", id))).Body.GetArrayLength());
        await PatchAsync(broker, 81, id);
        Assert.Equal((Lamp, 81), ((await receiver.WaitAsync(1))[0].EntityId, receiver.All[0].Value("power")));
        await receiver.NoMoreThanAsync(1);
        // Nothing of it concerns the source.
        Assert.All(source.Requests, r => Assert.StartsWith("GET ", r));
    }

    [Fact]
    public async Task Expire_AttributeInASnapshot_IsTold()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await LampsAsync(broker);
        var id = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        await ReadyAsync(broker, id);
        await SubscribeAsync(broker, receiver, id, "'notificationTrigger': ['attributeDeleted']");
        var at = TimeProvider.System.GetUtcNow().AddSeconds(2).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("POST", $"entities/{Lamp}/attrs", $"{{'brief': {{'type': 'Property', 'value': 1, 'expiresAt': '{at}'}}}}", ("NGSILD-Snapshot", id))).Status);
        Assert.True((await receiver.WaitAsync(1))[0].Entity.TryGetProperty("brief", out _));
    }

    [Theory]
    [InlineData("delete")]
    [InlineData("expire")]
    [InlineData("purge")]
    public async Task End_OfASnapshot_EndsItsSubscriptions(string how)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await LampsAsync(broker);
        var id = await SnapshotAsync(broker, $"'snapshotLifetime': '{(how == "expire" ? "PT4S" : "P1D")}', 'snapshotQueries': [{Lamps}]");
        await ReadyAsync(broker, id);
        // One that tells on its own, one that tells that things go, one that cannot be told.
        receiver.Answer = count => count == 1 ? 503 : 200;
        await SubscribeAsync(broker, receiver, id, "'notificationTrigger': ['entityUpdated', 'entityDeleted']");
        await SubscribeAsync(broker, receiver, id, "'timeInterval': 0.5", "urn:ngsi-ld:Subscription:2");
        await PatchAsync(broker, 81, id);
        await receiver.WaitAsync(3);
        var space = Assert.Single(await broker.Services.GetRequiredService<ICityStore>().TenantsAsync(Cancel), t => t.Contains(':', StringComparison.Ordinal));
        if (how == "delete") Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", $"snapshots/{id}")).Status);
        if (how == "purge") Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", "snapshots?q=snapshotPriority>0")).Status);

        await UntilEmptyAsync(broker, space);
        var told = receiver.All.Count;
        await receiver.NoMoreThanAsync(told);
        Assert.DoesNotContain(receiver.All, r => r.Body.GetRawText().Contains("deletedAt", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.NotFound, (await broker.SendAsync("GET", "subscriptions", null, ("NGSILD-Snapshot", id))).Status);

        // The next one in the same space has none, nor the counts of those.
        var next = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        await ReadyAsync(broker, next);
        Assert.Equal(0, (await broker.SendAsync("GET", "subscriptions", null, ("NGSILD-Snapshot", next))).Body.GetArrayLength());
        await SubscribeAsync(broker, receiver, next, "'isActive': false");
        Assert.False((await broker.SendAsync("GET", $"subscriptions/{Subscription}", null, ("NGSILD-Snapshot", next))).Body.GetProperty("notification").TryGetProperty("timesSent", out _));
    }

    /// <summary>A clone is another snapshot with the same entities and history: who subscribed to the one is not told of the other.</summary>
    [Fact]
    public async Task Clone_OfASnapshot_HasNoSubscriptions()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await LampsAsync(broker);
        var id = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        await ReadyAsync(broker, id);
        await SubscribeAsync(broker, receiver, id);
        var clone = await CloneAsync(broker, id);
        await ReadyAsync(broker, clone);
        Assert.Equal(0, (await broker.SendAsync("GET", "subscriptions", null, ("NGSILD-Snapshot", clone))).Body.GetArrayLength());
        await PatchAsync(broker, 82, clone);
        await PatchAsync(broker, 81, id);
        Assert.Equal(81, (await receiver.WaitAsync(1))[0].Value("power"));
        await receiver.NoMoreThanAsync(1);
    }

    [Fact]
    public async Task Post_MoreThanASnapshotTakes_IsRefused()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        var id = await SnapshotAsync(broker, $"'snapshotQueries': [{Lamps}]");
        await ReadyAsync(broker, id);
        await SubscribeAsync(broker, receiver, id);
        var store = broker.Services.GetRequiredService<ICityStore>();
        var kept = await store.FindDocumentAsync(DocumentKind.Subscription, ":1", Subscription, Cancel);
        for (var i = 2; i <= CreateSubscription.MostInSnapshot; i++)
        {
            var (copy, body) = ($"{Subscription}:{i}", Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(kept!).Replace(Subscription, $"{Subscription}:{i}", StringComparison.Ordinal)));
            await store.WriteDocumentAsync(DocumentKind.Subscription, ":1", copy, _ => body, Cancel);
        }
        var refused = await broker.SendAsync("POST", "subscriptions", BodyOf(receiver, "", "urn:ngsi-ld:Subscription:more"), ("NGSILD-Snapshot", id));
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "https://uri.etsi.org/ngsi-ld/errors/OperationNotSupported"), (refused.Status, refused.Body.GetProperty("type").GetString()));
        await SubscribeAsync(broker, receiver, null, "", "urn:ngsi-ld:Subscription:more");
    }

    [Fact]
    public async Task Post_SubscriptionThroughOneNode_IsOneOfEveryNode()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var one = await SourceBroker.StartAsync(shared: database);
        await using var other = await SourceBroker.StartAsync(shared: database);
        await LampsAsync(one);
        foreach (var (node, another) in ((SourceBroker, SourceBroker)[])[(one, other), (other, one)])
        {
            await using var receiver = await Receiver.StartAsync();
            var id = await SnapshotAsync(node, $"'snapshotQueries': [{Lamps}]");
            await ReadyAsync(another, id);
            await SubscribeAsync(another, receiver, id);
            Assert.Equal(1, (await node.SendAsync("GET", "subscriptions", null, ("NGSILD-Snapshot", id))).Body.GetArrayLength());
            await PatchAsync(node, 81, id);
            await PatchAsync(another, 82, id);
            Assert.Equal([(81, id), (82, id)], (await receiver.WaitAsync(2)).Select(r => (r.Value("power"), r.Headers["NGSILD-Snapshot"])));
            Assert.Equal(HttpStatusCode.NoContent, (await node.SendAsync("DELETE", $"snapshots/{id}")).Status);
            foreach (var broker in (SourceBroker[])[one, other]) await UntilEmptyAsync(broker, ":1");
            await receiver.NoMoreThanAsync(2);
        }
    }

    [Fact]
    public async Task Stop_NodeThatNotifies_TheOtherTellsWhatChangesInSnapshots()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        // The first holds what only one node does.
        await using var one = await SourceBroker.StartAsync(shared: database);
        await LampsAsync(one);
        await using var other = await SourceBroker.StartAsync(shared: database);
        await using var receiver = await Receiver.StartAsync();
        var id = await SnapshotAsync(other, $"'snapshotQueries': [{Lamps}]");
        await ReadyAsync(other, id);
        await SubscribeAsync(other, receiver, id);
        await PatchAsync(other, 81, id);
        await receiver.WaitAsync(1);
        await one.DisposeAsync();
        await PatchAsync(other, 82, id);
        Assert.Equal((82, id), ((await receiver.WaitAsync(2))[1].Value("power"), receiver.All[1].Headers["NGSILD-Snapshot"]));
    }

    private static string BodyOf(Receiver receiver, string members = "", string id = Subscription) =>
        $"{{'id': '{id}', 'type': 'Subscription', 'entities': [{{'type': 'Lamp'}}], {(members.Length > 0 ? members + ", " : "")}'notification': {{'endpoint': {{'uri': '{receiver.Address}'}}}}}}";

    private static async Task SubscribeAsync(SourceBroker broker, Receiver receiver, string? snapshot, string members = "", string id = Subscription) =>
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "subscriptions", BodyOf(receiver, members, id), HeaderOf(snapshot))).Status);

    private static async Task PatchAsync(SourceBroker broker, int power, string? snapshot) =>
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", $"entities/{Lamp}/attrs", $"{{'power': {power}}}", HeaderOf(snapshot))).Status);

    private static (string, string)[] HeaderOf(string? snapshot) => snapshot is null ? [] : [("NGSILD-Snapshot", snapshot)];

    /// <summary>Waits until nothing is left in the space of a snapshot: no subscription, no count, no queue.</summary>
    private static async Task UntilEmptyAsync(SourceBroker broker, string space)
    {
        var (store, notifier) = (broker.Services.GetRequiredService<ICityStore>(), broker.Services.GetRequiredService<Notifier>());
        for (var tries = 0; ; tries++)
        {
            var left = (await store.ListDocumentsAsync(DocumentKind.Subscription, space, Cancel)).Count + (await store.ListDocumentsAsync(DocumentKind.SubscriptionRecord, space, Cancel)).Count
                + (await store.QueryAsync(space, new(), new(1), Cancel)).Entities.Count + notifier.Waiting(space).Count;
            if (left == 0) return;
            Assert.True(tries < 600, $"{left} are left.");
            await Task.Delay(25, Cancel);
        }
    }
}
