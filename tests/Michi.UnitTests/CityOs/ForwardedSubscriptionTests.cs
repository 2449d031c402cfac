using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.UnitTests.CityOs;

/// <summary>Subscriptions that brokers pass on to context sources, which notify them in turn (ETSI GS CIM 009, 5.8.1.4 and 5.8.6).</summary>
public sealed class ForwardedSubscriptionTests
{
    private const string Vehicles = "'information': [{'entities': [{'type': 'Vehicle'}]}]";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Post_EntityAtASource_IsToldToTheSubscriberOfTheOtherBroker()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles);
        await SubscribeAsync(broker, receiver, "'q': 'speed>50', ", "'attributes': ['speed'], ");
        var copy = (await CopiesAsync(source, 1))[0];
        Assert.Equal((broker.Address + "/ngsi-ld/ex/remote-notify", "speed>50"), (copy.GetProperty("notification").GetProperty("endpoint").GetProperty("uri").GetString(), copy.GetProperty("q").GetString()));

        await source.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Vehicle:slow', 'type': 'Vehicle', 'speed': 10}");
        await source.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Vehicle:fast', 'type': 'Vehicle', 'speed': 80, 'color': 1}");
        var told = (await receiver.WaitAsync(1))[0];
        Assert.Equal(("urn:ngsi-ld:Subscription:1", "urn:ngsi-ld:Vehicle:fast", 80), (told.Body.GetProperty("subscriptionId").GetString(), told.EntityId, told.Value("speed")));
        Assert.False(told.Entity.TryGetProperty("color", out _));

        // What changes here changes there, and goes there when it goes here.
        await broker.SendAsync("PATCH", "subscriptions/urn:ngsi-ld:Subscription:1", "{'q': null, 'isActive': false}");
        await UntilAsync(async () => (await CopiesAsync(source, 1))[0] is var changed && !changed.TryGetProperty("q", out _) && changed.GetProperty("status").GetString() == "paused");
        await broker.SendAsync("DELETE", "subscriptions/urn:ngsi-ld:Subscription:1");
        await CopiesAsync(source, 0);
        Assert.Equal(0, (await broker.SendAsync("GET", "csourceSubscriptions")).Body.GetArrayLength());
        await receiver.NoMoreThanAsync(1);
    }

    [Fact]
    public async Task Register_SourceAfterASubscription_GetsItAndLosesItAgain()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await SubscribeAsync(broker, receiver);
        await UntilAsync(async () => (await broker.SendAsync("GET", "csourceSubscriptions")).Body.GetArrayLength() == 1);
        await broker.RegisterAsync(source.Address, "'id': 'urn:ngsi-ld:ContextSourceRegistration:1', 'information': [{'entities': [{'type': 'Vehicle'}], 'propertyNames': ['speed']}]");
        Assert.Equal("speed", (await CopiesAsync(source, 1))[0].GetProperty("watchedAttributes")[0].GetString());
        // A source has a say only in what it is registered for.
        await source.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Vehicle:1', 'type': 'Vehicle', 'speed': 80, 'color': 1}");
        Assert.False((await receiver.WaitAsync(1))[0].Entity.TryGetProperty("color", out _));
        await broker.SendAsync("DELETE", "csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:1");
        await CopiesAsync(source, 0);
    }

    [Fact]
    public async Task Post_PartOfASplitEntity_IsJudgedByTheWhole()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles);
        await broker.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Vehicle:1', 'type': 'Vehicle', 'brandName': 'Tesla'}");
        await SubscribeAsync(broker, receiver, "'q': 'speed>50;brandName==%22Tesla%22', 'splitEntities': true, ");
        Assert.False((await CopiesAsync(source, 1))[0].TryGetProperty("q", out _));
        await source.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Vehicle:1', 'type': 'Vehicle', 'speed': 10}");
        await source.SendAsync("PATCH", "entities/urn:ngsi-ld:Vehicle:1/attrs", "{'speed': 99}");
        var told = (await receiver.WaitAsync(1))[0];
        Assert.Equal((99, "Tesla"), (told.Value("speed"), told.Entity.GetProperty("brandName").GetProperty("value").GetString()));
        await receiver.NoMoreThanAsync(1);
    }

    [Fact]
    public async Task Delete_EntityAtASource_IsToldAsDeleted()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles);
        await source.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:Vehicle:1', 'type': 'Vehicle', 'speed': 10}");
        await SubscribeAsync(broker, receiver, "'notificationTrigger': ['entityDeleted'], ");
        await CopiesAsync(source, 1);
        await source.SendAsync("DELETE", "entities/urn:ngsi-ld:Vehicle:1");
        Assert.True((await receiver.WaitAsync(1))[0].Entity.TryGetProperty("deletedAt", out _));
    }

    [Fact]
    public async Task Post_SubscriptionBetweenBrokersThatKnowEachOther_DoesNotGoRound()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles);
        await source.RegisterAsync(broker.Address, Vehicles);
        await SubscribeAsync(broker, receiver);
        await CopiesAsync(source, 1);
        await Task.Delay(500, Cancel);
        Assert.Equal(1, (await broker.SendAsync("GET", "subscriptions")).Body.GetArrayLength());
        await source.SendAsync("POST", "entities?local=true", "{'id': 'urn:ngsi-ld:Vehicle:1', 'type': 'Vehicle', 'speed': 10}");
        await receiver.WaitAsync(1);
        await receiver.NoMoreThanAsync(1);
    }

    [Theory]
    [InlineData("'localOnly': true, ", "")]
    [InlineData("", "?local=true")]
    public async Task Post_SubscriptionForHereAlone_StaysHere(string members, string query)
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await FakeSource.StartAsync(201, "");
        await using var receiver = await Receiver.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles);
        await SubscribeAsync(broker, receiver, members, query: query);
        await Task.Delay(500, Cancel);
        Assert.Empty(source.Requests);
    }

    [Fact]
    public async Task Post_SubscriptionToASourceThatIsAway_IsTriedAgain()
    {
        await using var broker = await SourceBroker.StartAsync();
        var asked = 0;
        await using var source = await FakeSource.StartAsync(http =>
        {
            http.Response.StatusCode = Interlocked.Increment(ref asked) == 1 ? 503 : 201;
            return Task.CompletedTask;
        });
        await using var receiver = await Receiver.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles);
        await SubscribeAsync(broker, receiver);
        await UntilAsync(() => Task.FromResult(Volatile.Read(ref asked) == 2));
        // The same copy, so that the source has one whatever it did the first time.
        Assert.Equal(source.Bodies[0], source.Bodies[1]);
    }

    [Fact]
    public async Task Post_NotificationOfNobody_IsToldToNobody()
    {
        await using var broker = await SourceBroker.StartAsync();
        await using var source = await SourceBroker.StartAsync();
        await using var receiver = await Receiver.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles);
        await SubscribeAsync(broker, receiver);
        await CopiesAsync(source, 1);
        using var client = new HttpClient { BaseAddress = new Uri(broker.Address) };
        foreach (var id in (string[])["urn:ngsi-ld:Subscription:1", "urn:ngsi-ld:Subscription:none"])
        {
            using var content = JsonContent.Create(new { type = "Notification", subscriptionId = id, data = new[] { new { id = "urn:ngsi-ld:Vehicle:1", type = "Vehicle", speed = 1 } } });
            await content.LoadIntoBufferAsync(Cancel);
            using var answer = await client.PostAsync(SubscriptionForwarder.NotifyPath, content, Cancel);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
        await receiver.NoMoreThanAsync(0);
    }

    /// <summary>Each node is asked for what another was asked for before: the source has one copy, changed and taken away once, and what it tells through any node comes once.</summary>
    [Fact]
    public async Task Send_ThroughSeveralNodes_SourceSeesOneBroker()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var one = await SourceBroker.StartAsync(shared: database);
        await using var other = await SourceBroker.StartAsync(shared: database);
        await using var receiver = await Receiver.StartAsync();
        foreach (var (node, another) in ((SourceBroker, SourceBroker)[])[(one, other), (other, one)])
        {
            var before = receiver.All.Count;
            await using var source = await FakeSource.StartAsync(201, "");
            await node.RegisterAsync(source.Address, "'id': 'urn:ngsi-ld:ContextSourceRegistration:1', " + Vehicles);
            await SubscribeAsync(another, receiver);
            await UntilAsync(() => Task.FromResult(source.Requests.Count == 1));
            var copy = JsonDocument.Parse(source.Bodies[0]).RootElement.GetProperty("id").GetString()!;
            await NotifyAsync(node, copy, "urn:ngsi-ld:Vehicle:1");
            await NotifyAsync(another, copy, "urn:ngsi-ld:Vehicle:2");
            Assert.Equal(["urn:ngsi-ld:Vehicle:1", "urn:ngsi-ld:Vehicle:2"], (await receiver.WaitAsync(before + 2)).Skip(before).Select(n => n.EntityId).Order());
            await node.SendAsync("PATCH", "subscriptions/urn:ngsi-ld:Subscription:1", "{'q': 'speed>50'}");
            await UntilAsync(() => Task.FromResult(source.Requests.Count == 2));
            await another.SendAsync("PATCH", "csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:1", "{'information': [{'entities': [{'type': 'Vehicle'}], 'propertyNames': ['speed']}]}");
            await UntilAsync(() => Task.FromResult(source.Requests.Count == 3));
            await node.SendAsync("DELETE", "subscriptions/urn:ngsi-ld:Subscription:1");
            await UntilAsync(() => Task.FromResult(source.Requests.Count == 4));
            await another.SendAsync("DELETE", "csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:1");
            await UntilAsync(async () => (await node.SendAsync("GET", "csourceSubscriptions")).Body.GetArrayLength() == 0);
            Assert.Equal(["POST", "PATCH", "PATCH", "DELETE"], source.Requests.Select(r => r.Split(' ')[0]));
            await receiver.NoMoreThanAsync(before + 2);
        }
    }

    /// <summary>The node that passes on ends while a source takes its time; what it began the next one brings to its end.</summary>
    [Fact]
    public async Task Stop_NodeThatPassesOn_AnotherGoesOn()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var receiver = await Receiver.StartAsync();
        using var asked = new SemaphoreSlim(0);
        HashSet<string> has = [];
        var isSlow = true;
        await using var source = await FakeSource.StartAsync(async http =>
        {
            var isNew = http.Request.Method != "POST" || has.Count == 0;
            if (http.Request.Method == "DELETE") has.Clear();
            else has.Add(http.Request.Method);
            asked.Release();
            if (Volatile.Read(ref isSlow)) await Task.Delay(Timeout.Infinite, http.RequestAborted);
            http.Response.StatusCode = http.Request.Method != "POST" ? 204 : isNew ? 201 : 409;
        });
        await using var one = await SourceBroker.StartAsync(shared: database);
        await one.RegisterAsync(source.Address, Vehicles);
        await using var other = await SourceBroker.StartAsync(shared: database);
        await SubscribeAsync(other, receiver);
        // It has the copy, but nobody learns of it; then the subscription is another one.
        await asked.WaitAsync(Cancel);
        await other.SendAsync("PATCH", "subscriptions/urn:ngsi-ld:Subscription:1", "{'q': 'speed>50'}");
        await one.DisposeAsync();
        Volatile.Write(ref isSlow, false);
        await UntilAsync(() => Task.FromResult(source.Requests.Count == 4));
        Assert.Equal(["POST", "POST", "DELETE", "POST"], source.Requests.Select(r => r.Split(' ')[0]));
        Assert.Contains("speed>50", source.Bodies[^1], StringComparison.Ordinal);

        await using var third = await SourceBroker.StartAsync(shared: database);
        await other.DisposeAsync();
        await third.SendAsync("DELETE", "subscriptions/urn:ngsi-ld:Subscription:1");
        await UntilAsync(() => Task.FromResult(has.Count == 0));
    }

    [Fact]
    public async Task Stop_NodeThatTells_AnotherTellsWhatSourcesNotifiedOf()
    {
        await using var database = await PostgresDatabase.CreateAsync();
        await using var source = await FakeSource.StartAsync(201, "");
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = _ => null;
        await using var one = await SourceBroker.StartAsync(shared: database);
        await using var other = await SourceBroker.StartAsync(shared: database);
        await one.RegisterAsync(source.Address, Vehicles);
        await SubscribeAsync(one, receiver);
        await UntilAsync(() => Task.FromResult(source.Requests.Count == 1));
        var copy = JsonDocument.Parse(source.Bodies[0]).RootElement.GetProperty("id").GetString()!;
        await NotifyAsync(one, copy, "urn:ngsi-ld:Vehicle:1");
        await NotifyAsync(other, copy, "urn:ngsi-ld:Vehicle:2");
        var first = (await receiver.WaitAsync(1))[0];
        receiver.Answer = _ => 200;
        await one.DisposeAsync();
        var told = await receiver.WaitAsync(3);
        Assert.Equal(["urn:ngsi-ld:Vehicle:1", "urn:ngsi-ld:Vehicle:2"], told.Skip(1).Select(n => n.EntityId));
        // Whoever was told already sees it by the id.
        Assert.Equal(first.Body.GetProperty("id").GetString(), told[1].Body.GetProperty("id").GetString());
        await receiver.NoMoreThanAsync(3);
        Assert.Empty(await other.Services.GetRequiredService<ICityStore>().ListDocumentsAsync(DocumentKind.SourceNotification, "", Cancel));
    }

    private static async Task NotifyAsync(SourceBroker broker, string copy, string entity)
    {
        using var client = new HttpClient { BaseAddress = new Uri(broker.Address) };
        using var content = JsonContent.Create(new { type = "Notification", subscriptionId = copy, data = new[] { new { id = entity, type = "Vehicle", speed = 90 } } });
        await content.LoadIntoBufferAsync(Cancel);
        using var answer = await client.PostAsync(SubscriptionForwarder.NotifyPath, content, Cancel);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task SubscribeAsync(SourceBroker broker, Receiver receiver, string members = "", string notification = "", string query = "")
    {
        var answer = await broker.SendAsync("POST", "subscriptions" + query, $"{{'id': 'urn:ngsi-ld:Subscription:1', 'type': 'Subscription', {members}'entities': [{{'type': 'Vehicle'}}], 'notification': {{{notification}'endpoint': {{'uri': '{receiver.Address}'}}}}}}");
        Assert.Equal(HttpStatusCode.Created, answer.Status);
    }

    /// <summary>Waits until a broker has so many subscriptions.</summary>
    private static async Task<List<JsonElement>> CopiesAsync(SourceBroker source, int count)
    {
        List<JsonElement> found = [];
        await UntilAsync(async () => (found = [.. (await source.SendAsync("GET", "subscriptions")).Body.EnumerateArray()]).Count == count);
        return found;
    }

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (await isSo()) return;
            await Task.Delay(25, Cancel);
        }
        throw new TimeoutException("It did not come about.");
    }
}
