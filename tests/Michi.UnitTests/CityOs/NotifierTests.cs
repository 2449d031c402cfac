using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Michi.UnitTests.CityOs;

public sealed class NotifierTests
{
    private const string Subscription = "urn:ngsi-ld:Subscription:1", Room = "urn:ngsi-ld:Room:1";

    [Fact]
    public async Task Change_Many_EachIsToldOnceAndInOrder()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, receiver.Address);
        const int rooms = 5, changes = 40;
        await Task.WhenAll(Enumerable.Range(0, rooms).Select(async room =>
        {
            for (var value = 0; value < changes; value++) await scene.WriteAsync($"urn:ngsi-ld:Room:{room}", $"'temperature': {{'value': {value}}}");
        }));
        var all = await receiver.WaitAsync(rooms * changes);
        await receiver.NoMoreThanAsync(rooms * changes);
        Assert.Equal(all.Count, all.Select(r => r.Id).Distinct().Count());
        foreach (var room in all.GroupBy(r => r.EntityId)) Assert.Equal(Enumerable.Range(0, changes), room.Select(r => r.Value("temperature")));
    }

    /// <summary>Whom a change concerns can depend on entities that have to be looked up first: in a database, while others change.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Change_LinkedEntityDecides_IsToldInOrder(bool isShared)
    {
        await using var database = isShared ? await PostgresDatabase.CreateAsync() : null;
        await using var broker = await SourceBroker.StartAsync(shared: database);
        await using var receiver = await Receiver.StartAsync();
        await using var timed = await Receiver.StartAsync();
        foreach (var (floor, level) in ((int, int)[])[(1, 1), (2, 9)]) await broker.SendAsync("POST", "entities", $"{{'id': 'urn:ngsi-ld:Floor:{floor}', 'type': 'Floor', 'level': {level}, 'of': {{'type': 'Relationship', 'object': 'urn:ngsi-ld:House:{floor}'}}}}");
        await broker.SendAsync("POST", "entities", "{'id': 'urn:ngsi-ld:House:2', 'type': 'House', 'name': 'tall'}");
        for (var room = 0; room < 4; room++) await broker.SendAsync("POST", "entities", $"{{'id': 'urn:ngsi-ld:Room:{room}', 'type': 'Room', 'temperature': 0, 'on': {{'type': 'Relationship', 'object': 'urn:ngsi-ld:Floor:{1 + room % 2}'}}}}");
        foreach (var (id, members, to) in ((int, string, Receiver)[])[(1, "", receiver), (2, "'timeInterval': 0.5, ", timed)])
            Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "subscriptions", $"{{'id': 'urn:ngsi-ld:Subscription:{id}', 'type': 'Subscription', 'entities': [{{'type': 'Room'}}], 'q': 'on{{level}}>5;on{{of{{name}}}}==\\\"tall\\\"', {members}'notification': {{'endpoint': {{'uri': '{to.Address}'}}}}}}")).Status);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(async room =>
        {
            for (var value = 1; value <= 20; value++) await broker.SendAsync("PATCH", $"entities/urn:ngsi-ld:Room:{room}/attrs", $"{{'temperature': {value}}}");
        }));
        var all = await receiver.WaitAsync(40);
        await receiver.NoMoreThanAsync(40);
        Assert.Equal(["urn:ngsi-ld:Room:1", "urn:ngsi-ld:Room:3"], all.Select(r => r.EntityId).Distinct().Order());
        foreach (var room in all.GroupBy(r => r.EntityId)) Assert.Equal(Enumerable.Range(1, 20), room.Select(r => r.Value("temperature")));
        Assert.Equal(["urn:ngsi-ld:Room:1", "urn:ngsi-ld:Room:3"], (await timed.WaitAsync(1))[0].Body.GetProperty("data").EnumerateArray().Select(e => e.GetProperty("id").GetString()));
    }

    [Fact]
    public async Task Endpoint_DeadAndHanging_TheOthersAreNotDelayed()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var hanging = await Receiver.StartAsync();
        hanging.Answer = _ => null;
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync("urn:ngsi-ld:Subscription:hanging", hanging.Address);
        await scene.SubscribeAsync("urn:ngsi-ld:Subscription:dead", new Uri($"http://127.0.0.1:{FreePort()}/"));
        await scene.SubscribeAsync(Subscription, receiver.Address);
        for (var value = 0; value < 50; value++) await scene.WriteAsync(Room, $"'temperature': {{'value': {value}}}");
        // Less than one timeout of the hanging one.
        await receiver.WaitAsync(50, seconds: 8);
        var dead = (await scene.RetrieveAsync("urn:ngsi-ld:Subscription:dead")).GetProperty("notification");
        Assert.Equal("failed", dead.GetProperty("status").GetString());
        Assert.True(dead.TryGetProperty("lastFailure", out _));
        Assert.False(dead.TryGetProperty("lastSuccess", out _));
        var waiting = scene.Waiting("");
        Assert.Equal((50, 0), (waiting["urn:ngsi-ld:Subscription:dead"], waiting.GetValueOrDefault(Subscription)));
        Assert.Empty(scene.Waiting("elsewhere"));
    }

    [Fact]
    public async Task Restart_ReceiverWasAway_NothingIsLostNorRepeated()
    {
        var port = FreePort();
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, new Uri($"http://127.0.0.1:{port}/notify"));
        for (var value = 0; value < 30; value++) await scene.WriteAsync(Room, $"'temperature': {{'value': {value}}}");
        await scene.StopAsync();
        await using var receiver = await Receiver.StartAsync(port);
        await scene.StartAgainAsync();
        var all = await receiver.WaitAsync(30);
        Assert.Equal(Enumerable.Range(0, 30), all.Select(r => r.Value("temperature")));
        await scene.StopAsync();
        await scene.StartAgainAsync();
        await scene.WriteAsync(Room, "'temperature': {'value': 30}");
        all = await receiver.WaitAsync(31);
        await receiver.NoMoreThanAsync(31);
        Assert.Equal(30, all[^1].Value("temperature"));
        var notification = (await scene.RetrieveAsync(Subscription)).GetProperty("notification");
        Assert.Equal("ok", notification.GetProperty("status").GetString());
        Assert.Equal(31, notification.GetProperty("timesSent").GetInt32() - notification.GetProperty("timesFailed").GetInt32());
    }

    [Fact]
    public async Task Crash_AfterDelivery_RepeatsHaveTheSameIds()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, receiver.Address);
        for (var value = 0; value < 10; value++) await scene.WriteAsync(Room, $"'temperature': {{'value': {value}}}");
        await receiver.WaitAsync(10);
        await using var next = await scene.CrashAsync();
        await next.WriteAsync(Room, "'temperature': {'value': 10}");
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (receiver.All.Select(r => r.Id).Distinct().Count() < 11 && !late.IsCancellationRequested) await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(0, 11), receiver.All.DistinctBy(r => r.Id).Select(r => r.Value("temperature")));
        foreach (var same in receiver.All.GroupBy(r => r.Id)) Assert.Single(same.Select(r => r.Value("temperature")).Distinct());
    }

    [Fact]
    public async Task Throttling_SecondChangeTooSoon_IsNotTold()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, receiver.Address, "'entities': [{'type': 'Room'}], 'throttling': 60");
        await NothingIsToldForAMinuteAsync(scene, receiver);
    }

    [Fact]
    public async Task Cooldown_AfterAFailure_NothingIsSentBeforeItsEnd()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = n => n == 1 ? 500 : 200;
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, receiver.Address, endpointMembers: "'cooldown': 60000, ");
        await NothingIsToldForAMinuteAsync(scene, receiver);
    }

    private static async Task NothingIsToldForAMinuteAsync(NotifierScene scene, Receiver receiver)
    {
        await scene.WriteAsync(Room, "'temperature': {'value': 1}");
        await receiver.WaitAsync(1);
        await scene.WriteAsync(Room, "'temperature': {'value': 2}");
        await receiver.NoMoreThanAsync(1);
        scene.Clock.Shift(TimeSpan.FromSeconds(61));
        await scene.WriteAsync(Room, "'temperature': {'value': 3}");
        Assert.Equal(3, (await receiver.WaitAsync(2))[1].Value("temperature"));
    }

    [Fact]
    public async Task Receiver_BusyAtFirst_GetsItAgainUnderTheSameId()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = n => n < 3 ? 503 : 200;
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, receiver.Address);
        await scene.WriteAsync(Room, "'temperature': {'value': 1}");
        Assert.Single((await receiver.WaitAsync(3)).Select(r => r.Id).Distinct());
        await scene.WriteAsync(Room, "'temperature': {'value': 2}");
        Assert.Equal(2, (await receiver.WaitAsync(4))[3].Value("temperature"));
        await receiver.NoMoreThanAsync(4);
    }

    [Fact]
    public async Task Receiver_Refuses_ItIsNotAskedAgain()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answer = n => n == 1 ? 400 : 204;
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, receiver.Address);
        await scene.WriteAsync(Room, "'temperature': {'value': 1}");
        await scene.WriteAsync(Room, "'temperature': {'value': 2}");
        Assert.Equal(2, (await receiver.WaitAsync(2))[1].Value("temperature"));
        await receiver.NoMoreThanAsync(2);
    }

    [Fact]
    public async Task Paused_ThenResumed_OnlyWhatComesAfterIsTold()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, receiver.Address, "'entities': [{'type': 'Room'}], 'isActive': false");
        await scene.WriteAsync(Room, "'temperature': {'value': 1}");
        Assert.Equal("paused", (await scene.RetrieveAsync(Subscription)).GetProperty("status").GetString());
        await scene.UpdateAsync(Subscription, "'isActive': true");
        await scene.WriteAsync(Room, "'temperature': {'value': 2}");
        Assert.Equal(2, (await receiver.WaitAsync(1))[0].Value("temperature"));
        await scene.Book.DeleteAsync("", Subscription, TestContext.Current.CancellationToken);
        await scene.WriteAsync(Room, "'temperature': {'value': 3}");
        await receiver.NoMoreThanAsync(1);
    }

    [Fact]
    public async Task Expired_NothingIsTold()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, receiver.Address, $"'entities': [{{'type': 'Room'}}], 'expiresAt': '{scene.Clock.GetUtcNow().AddHours(1):yyyy-MM-dd'T'HH:mm:ss'Z'}'");
        scene.Clock.Shift(TimeSpan.FromHours(2));
        await scene.WriteAsync(Room, "'temperature': {'value': 1}");
        await receiver.NoMoreThanAsync(0);
        Assert.Equal("expired", (await scene.RetrieveAsync(Subscription)).GetProperty("status").GetString());
    }

    [Theory]
    [InlineData("'entities': [{'type': 'Room'}], 'q': 'temperature>20'", true)]
    [InlineData("'entities': [{'type': 'Room'}], 'q': 'temperature%3E20'", true)]
    [InlineData("'entities': [{'type': 'Room'}], 'q': 'temperature>30'", false)]
    [InlineData("'entities': [{'type': 'Hall'}]", false)]
    [InlineData("'entities': [{'type': 'Hall|Room'}]", true)]
    [InlineData("'entities': [{'type': '*'}]", true)]
    [InlineData("'entities': [{'type': 'Hall'}, {'id': 'urn:ngsi-ld:Room:1', 'type': 'Room'}]", true)]
    [InlineData("'entities': [{'id': 'urn:ngsi-ld:Room:2', 'type': 'Room'}]", false)]
    [InlineData("'entities': [{'idPattern': 'Room:1$', 'type': 'Room'}]", true)]
    [InlineData("'entities': [{'idPattern': 'Room:2$', 'type': 'Room'}]", false)]
    [InlineData("'watchedAttributes': ['temperature']", true)]
    [InlineData("'watchedAttributes': ['name']", false)]
    [InlineData("'entities': [{'type': 'Room'}], 'watchedAttributes': ['name', 'temperature']", true)]
    [InlineData("'entities': [{'type': 'Room'}], 'watchedAttributes': ['name']", false)]
    [InlineData("'entities': [{'type': 'Room'}], 'notificationTrigger': ['attributeUpdated']", true)]
    [InlineData("'entities': [{'type': 'Room'}], 'notificationTrigger': ['entityUpdated']", true)]
    [InlineData("'entities': [{'type': 'Room'}], 'notificationTrigger': ['attributeCreated']", false)]
    [InlineData("'entities': [{'type': 'Room'}], 'notificationTrigger': ['entityCreated', 'entityDeleted', 'attributeDeleted']", false)]
    [InlineData("'entities': [{'type': 'Room'}], 'geoQ': {'georel': 'near;maxDistance==1000', 'geometry': 'Point', 'coordinates': [139.7, 35.6]}", true)]
    [InlineData("'entities': [{'type': 'Room'}], 'geoQ': {'georel': 'near;maxDistance==1000', 'geometry': 'Point', 'coordinates': '[0, 0]'}", false)]
    [InlineData("'entities': [{'type': 'Room'}], 'scopeQ': '/Tokyo/#'", true)]
    [InlineData("'entities': [{'type': 'Room'}], 'scopeQ': '/Osaka'", false)]
    public async Task Update_OfTemperature_ToldToWhomItConcerns(string members, bool isTold)
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.WriteAsync(Room, "'scope': '/Tokyo/Minato', 'name': {'value': 'A'}, 'location': {'type': 'GeoProperty', 'value': {'type': 'Point', 'coordinates': [139.7, 35.6]}}, 'temperature': {'value': 1}");
        await scene.SubscribeAsync(Subscription, receiver.Address, members);
        await scene.WriteAsync(Room, "'temperature': {'value': 25}");
        if (isTold) await receiver.WaitAsync(1);
        await receiver.NoMoreThanAsync(isTold ? 1 : 0);
    }

    [Fact]
    public async Task ShowChanges_Updated_PreviousValueIsTold()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.WriteAsync(Room, "'temperature': {'value': 1}, 'name': {'value': 'A'}, 'label': {'languageMap': {'en': 'a'}}");
        await scene.SubscribeAsync(Subscription, receiver.Address, notification: "'showChanges': true, 'format': 'concise', ");
        await scene.WriteAsync(Room, "'temperature': {'value': 2}, 'label': {'languageMap': {'en': 'b'}}");
        var entity = (await receiver.WaitAsync(1))[0].Entity;
        Assert.Equal("""{"value":2,"previousValue":1}""", entity.GetProperty("temperature").GetRawText());
        Assert.Equal("\"A\"", entity.GetProperty("name").GetRawText());
        Assert.Equal("""{"languageMap":{"en":"b"},"previousLanguageMap":{"en":"a"}}""", entity.GetProperty("label").GetRawText());
    }

    [Fact]
    public async Task Delete_AttributeThenEntity_NullsAndTimesAreTold()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.WriteAsync(Room, "'temperature': {'value': 1}, 'in': {'object': 'urn:ngsi-ld:House:1'}, 'label': {'languageMap': {'en': 'a'}}");
        await scene.SubscribeAsync(Subscription, receiver.Address, "'entities': [{'type': 'Room'}], 'notificationTrigger': ['attributeDeleted', 'entityDeleted']", "'showChanges': true, 'sysAttrs': true, ");
        await scene.DeleteAttributeAsync(Room, "temperature");
        var entity = (await receiver.WaitAsync(1))[0].Entity;
        var gone = entity.GetProperty("temperature");
        Assert.Equal("urn:ngsi-ld:null", gone.GetProperty("value").GetString());
        Assert.Equal(1, gone.GetProperty("previousValue").GetInt32());
        Assert.True(gone.TryGetProperty("deletedAt", out _));
        Assert.False(entity.TryGetProperty("deletedAt", out _));
        Assert.Equal("urn:ngsi-ld:House:1", entity.GetProperty("in").GetProperty("object").GetString());
        await scene.DeleteAsync(Room);
        entity = (await receiver.WaitAsync(2))[1].Entity;
        Assert.True(entity.TryGetProperty("deletedAt", out _));
        Assert.False(entity.TryGetProperty("temperature", out _));
        Assert.Equal("urn:ngsi-ld:House:1", entity.GetProperty("in").GetProperty("previousObject").GetString());
        Assert.Equal("urn:ngsi-ld:null", entity.GetProperty("label").GetProperty("languageMap").GetProperty("@none").GetString());
    }

    [Fact]
    public async Task Interval_Reached_AllMatchingEntitiesAreTold()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        for (var room = 0; room < 3; room++) await scene.WriteAsync($"urn:ngsi-ld:Room:{room}", $"'temperature': {{'value': {room}}}");
        await scene.SubscribeAsync(Subscription, receiver.Address, "'entities': [{'type': 'Room'}], 'q': 'temperature>0', 'timeInterval': 60");
        await scene.WriteAsync(Room, "'temperature': {'value': 5}");
        await receiver.NoMoreThanAsync(0);
        scene.Clock.Shift(TimeSpan.FromSeconds(61));
        Assert.Equal(2, (await receiver.WaitAsync(1))[0].Body.GetProperty("data").GetArrayLength());
        await receiver.NoMoreThanAsync(1);
        scene.Clock.Shift(TimeSpan.FromSeconds(61));
        await receiver.WaitAsync(2);
    }

    [Fact]
    public async Task Message_InATenant_HasHeadersAndContextAsAskedFor()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync("urn:ngsi-ld:Subscription:json", receiver.Address, endpointMembers: "'receiverInfo': [{'key': 'Authorization', 'value': 'Bearer x'}, {'key': 'Transfer-Encoding', 'value': 'chunked'}], ", tenant: "chiba");
        await scene.SubscribeAsync("urn:ngsi-ld:Subscription:ld", receiver.Address, notification: "'attributes': ['name'], 'format': 'keyValues', ", endpointMembers: "'accept': 'application/ld+json', ", tenant: "chiba");
        await scene.SubscribeAsync("urn:ngsi-ld:Subscription:other", receiver.Address);
        await scene.WriteAsync(Room, "'temperature': {'value': 1}, 'name': {'value': 'A'}", tenant: "chiba");
        var all = await receiver.WaitAsync(2);
        await receiver.NoMoreThanAsync(2);
        var json = all.Single(r => r.Body.GetProperty("subscriptionId").GetString() == "urn:ngsi-ld:Subscription:json");
        Assert.Equal("application/json", json.Headers["Content-Type"]);
        Assert.Equal("chiba", json.Headers["NGSILD-Tenant"]);
        Assert.Equal("Bearer x", json.Headers["Authorization"]);
        Assert.Equal("<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"", json.Headers["Link"]);
        Assert.False(json.Entity.TryGetProperty("@context", out _));
        var ld = all.Single(r => r != json);
        Assert.Equal("application/ld+json", ld.Headers["Content-Type"]);
        Assert.False(ld.Headers.ContainsKey("Link"));
        Assert.True(ld.Entity.TryGetProperty("@context", out _));
        Assert.Equal("A", ld.Entity.GetProperty("name").GetString());
        Assert.False(ld.Entity.TryGetProperty("temperature", out _));
        Assert.Equal(JsonValueKind.String, ld.Body.GetProperty("notifiedAt").ValueKind);
    }

    [Fact]
    public async Task GeoJson_Accepted_FeaturesAreTold()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync(Subscription, receiver.Address, endpointMembers: "'accept': 'application/geo+json', ");
        await scene.WriteAsync(Room, "'location': {'type': 'GeoProperty', 'value': {'type': 'Point', 'coordinates': [139.7, 35.6]}}");
        var data = (await receiver.WaitAsync(1))[0].Body.GetProperty("data");
        Assert.Equal("FeatureCollection", data.GetProperty("type").GetString());
        Assert.Equal("Point", data.GetProperty("features")[0].GetProperty("geometry").GetProperty("type").GetString());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
