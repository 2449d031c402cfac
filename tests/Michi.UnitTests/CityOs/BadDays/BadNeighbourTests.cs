using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Michi.CityOs.Storage;
using Microsoft.AspNetCore.Http;

namespace Michi.UnitTests.CityOs.BadDays;

/// <summary>Hosts that lie, redirect, never end or never come to the point, and entities larger than anybody needs.</summary>
public sealed class BadNeighbourTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>What a host of contexts answers, byte for byte (Latin-1).</summary>
    [Theory]
    [InlineData("no JSON at all", 400, "is not JSON")]
    [InlineData("{ \"context\": {} }", 400, "has no @context")]
    [InlineData("[]", 400, "has no @context")]
    [InlineData("{ \"@context\": 5 }", 400, "neither a URL nor an object")]
    [InlineData("{ \"@context\": { \"a\": \"\u00ff\" } }", 400, "is not UTF-8")]
    [InlineData("{ \"@context\": { \"a\\ud800\": \"https://example.org/\" } }", 400, "half of a surrogate pair")]
    [InlineData("{ \"@context\": { \"a\": \"x:y\", \"a\": \"x:z\" } }", 400, "twice")]
    [InlineData("{ \"@context\": { \"a\": \"b:c\", \"b\": \"a:d\" } }", 400, "is defined by itself")]
    [InlineData("{ \"@context\": [\"/again\", \"/again\"] }", 400, "more than")]
    [InlineData("{ \"@context\": \"file:///etc/passwd\" }", 400, "is not the address of a document")]
    [InlineData("deep", 400, "is not JSON")]
    [InlineData("endless", 504, "larger than 2000000 bytes")]
    [InlineData("redirect", 504, "it answered 302")]
    [InlineData("slow", 504, "")]
    public async Task Get_ContextOfABadHost_IsRefused(string told, int status, string why)
    {
        var asked = 0;
        await using var host = await FakeSource.StartAsync(async http =>
        {
            asked++;
            http.Response.ContentType = "application/ld+json";
            switch (told)
            {
                case "endless":
                    for (var part = new byte[65_536]; !http.RequestAborted.IsCancellationRequested; Array.Fill(part, (byte)' ')) await http.Response.Body.WriteAsync(part, http.RequestAborted);
                    break;
                case "slow":
                    while (!http.RequestAborted.IsCancellationRequested)
                    {
                        await http.Response.WriteAsync(" ", http.RequestAborted);
                        await http.Response.Body.FlushAsync(http.RequestAborted);
                        await Task.Delay(200, http.RequestAborted);
                    }
                    break;
                case "redirect":
                    http.Response.Redirect("/elsewhere");
                    break;
                default:
                    await http.Response.Body.WriteAsync(Encoding.Latin1.GetBytes(told == "deep" ? "{\"@context\":" + new string('[', 100_000) : told), http.RequestAborted);
                    break;
            }
        });
        await using var broker = await SourceBroker.StartAsync();
        var began = Stopwatch.GetTimestamp();
        var answer = await broker.SendAsync("GET", "entities?type=Thing", headers: ("Link", $"<{host.Address}/c>; rel=\"http://www.w3.org/ns/json-ld#context\""));
        Assert.True((int)answer.Status == status, $"{answer.Status}: {answer.Body}");
        Assert.Contains(why, answer.Body.GetProperty("detail").GetString());
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30));
        Assert.InRange(asked, 1, 200);
        Assert.Equal(HttpStatusCode.OK, (await broker.SendAsync("GET", "types")).Status);
    }

    [Theory]
    [InlineData(302)]
    [InlineData(307)]
    [InlineData(308)]
    public async Task Notify_EndpointRedirects_IsNotFollowed(int status)
    {
        await using var inside = await FakeSource.StartAsync(200, "");
        await using var endpoint = await FakeSource.StartAsync(http =>
        {
            (http.Response.StatusCode, http.Response.Headers.Location) = (status, inside.Address);
            return Task.CompletedTask;
        });
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync("urn:ngsi-ld:Subscription:1", new Uri(endpoint.Address));
        await scene.WriteAsync("urn:ngsi-ld:Room:1", "'temperature': {'value': 1}");
        var late = Stopwatch.GetTimestamp();
        while (!(await scene.RetrieveAsync("urn:ngsi-ld:Subscription:1")).GetProperty("notification").TryGetProperty("lastFailure", out _))
        {
            Assert.True(Stopwatch.GetElapsedTime(late) < TimeSpan.FromSeconds(20));
            await Task.Delay(20, Cancel);
        }
        Assert.Single(endpoint.Requests);
        Assert.Empty(inside.Requests);
    }

    /// <summary>One that says it is fine and then never ends holds nobody up, and fills no memory.</summary>
    [Fact]
    public async Task Notify_EndpointAnswersWithoutEnd_TheNextIsTold()
    {
        var told = 0;
        await using var endpoint = await FakeSource.StartAsync(async http =>
        {
            Interlocked.Increment(ref told);
            for (var part = new byte[65_536]; !http.RequestAborted.IsCancellationRequested;) await http.Response.Body.WriteAsync(part, http.RequestAborted);
        });
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync("urn:ngsi-ld:Subscription:1", new Uri(endpoint.Address));
        for (var i = 0; i < 20; i++) await scene.WriteAsync("urn:ngsi-ld:Room:1", $"'temperature': {{'value': {i}}}");
        var began = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref told) < 20)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20), $"{told} of 20");
            await Task.Delay(20, Cancel);
        }
    }

    [Fact]
    public async Task Notify_ClockSetBack_ThrottlingAndCooldownSilenceNobody()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await NotifierScene.StartAsync();
        await scene.SubscribeAsync("urn:ngsi-ld:Subscription:1", receiver.Address, "'entities': [{'type': 'Room'}], 'throttling': 60", endpointMembers: "'cooldown': 60000, ");
        receiver.Answer = n => n == 1 ? 500 : 200;
        await scene.WriteAsync("urn:ngsi-ld:Room:1", "'temperature': {'value': 1}");
        await receiver.WaitAsync(1);
        // A failure noted after the clock was set back would be one of the new time.
        while (!(await scene.RetrieveAsync("urn:ngsi-ld:Subscription:1")).GetProperty("notification").TryGetProperty("lastFailure", out _)) await Task.Delay(20, Cancel);
        scene.Clock.Shift(TimeSpan.FromDays(-365));
        var began = Stopwatch.GetTimestamp();
        for (var value = 2; receiver.All.Count < 2; value++)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20));
            await scene.WriteAsync("urn:ngsi-ld:Room:1", $"'temperature': {{'value': {value}}}");
            await Task.Delay(50, Cancel);
        }
    }

    /// <summary>A source that tells its subscription of things of the wrong kind is refused.</summary>
    [Theory]
    [InlineData("{ 'id': 5, 'type': 'Thing', 'deletedAt': '2026-01-01T00:00:00Z' }")]
    [InlineData("{ 'id': 'urn:x:1', 'type': 'Thing', 'deletedAt': 5 }")]
    [InlineData("{ 'id': 'urn:x:1', 'type': 5 }")]
    [InlineData("5")]
    public async Task Notify_FromASourceThatLies_IsRefused(string entity)
    {
        await using var broker = await SourceBroker.StartAsync();
        var sent = "";
        await using var source = await FakeSource.StartAsync(http =>
        {
            http.Response.StatusCode = 201;
            http.Response.Headers.Location = "/ngsi-ld/v1/subscriptions/urn:x:s";
            return Task.CompletedTask;
        });
        await broker.RegisterAsync(source.Address, "'information': [{'entities': [{'type': 'Thing'}]}], 'operations': ['createSubscription', 'updateSubscription', 'deleteSubscription', 'retrieveSubscription']");
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "subscriptions", "{'type': 'Subscription', 'entities': [{'type': 'Thing'}], 'notification': {'endpoint': {'uri': 'http://127.0.0.1:9/'}}}")).Status);
        var began = Stopwatch.GetTimestamp();
        while (sent.Length == 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20));
            lock (source.Requests) sent = source.Bodies.Find(b => b.Contains("endpoint", StringComparison.Ordinal)) ?? "";
            await Task.Delay(20, Cancel);
        }
        var copy = JsonDocument.Parse(sent).RootElement;
        using var client = new HttpClient();
        using var answer = await client.PostAsync(
            copy.GetProperty("notification").GetProperty("endpoint").GetProperty("uri").GetString(),
            new ByteArrayContent(Encoding.UTF8.GetBytes($"{{'id': 'urn:x:n', 'type': 'Notification', 'subscriptionId': '{copy.GetProperty("id").GetString()}', 'data': [{entity}]}}".Replace('\'', '"'))) { Headers = { ContentType = new("application/json") } },
            Cancel);
        Assert.InRange((int)answer.StatusCode, 200, 499);
    }

    [Fact]
    public async Task Send_HundredThousandAttributesAndTenThousandTypes_AreTakenAndFound()
    {
        await using var broker = await SourceBroker.StartAsync();
        var began = Stopwatch.GetTimestamp();
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "entities", $"{{'id': 'urn:x:1', 'type': 'Wide', {string.Join(',', Enumerable.Range(0, 100_000).Select(i => $"'a{i}': {i}"))}}}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", "entities/urn:x:1/attrs/a77777", "{'value': -1}")).Status);
        Assert.Equal(1, (await broker.SendAsync("GET", "entities?type=Wide&q=a77777==-1&attrs=a77777")).Body.GetArrayLength());
        Assert.Equal(100_002, (await broker.SendAsync("GET", "entities/urn:x:1?format=simplified")).Body.EnumerateObject().Count());
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "entities", $"{{'id': 'urn:x:2', 'type': [{string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"'T{i}'"))}], 'a': 1}}")).Status);
        Assert.Equal(1, (await broker.SendAsync("GET", "entities?type=T9999&q=a==1&attrs=a")).Body.GetArrayLength());
        Assert.Equal(10_001, (await broker.SendAsync("GET", "types")).Body.GetProperty("typeList").GetArrayLength());
        Assert.Equal(2, (await broker.SendAsync("GET", "temporal/entities/urn:x:1?attrs=a77777")).Body.GetProperty("a77777").GetArrayLength());
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", "entities/urn:x:1")).Status);
        Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(120));
    }

    /// <summary>What no double holds comes back as it was sent, in history too; what compares with it decides by the nearest double.</summary>
    [Theory]
    [InlineData("1e400")]
    [InlineData("-1e400")]
    [InlineData("1e-400")]
    [InlineData("123456789012345678901234567890.123456789")]
    [InlineData("9007199254740993")]
    [InlineData("0.1000000000000000055511151231257827")]
    public async Task Send_NumberBeyondDouble_IsKeptAsItIs(string number)
    {
        await using var broker = await SourceBroker.StartAsync();
        var made = await broker.SendAsync("POST", "entities", $"{{'id': 'urn:x:1', 'type': 'Thing', 'a': {number}}}");
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal(number, (await broker.SendAsync("GET", "entities/urn:x:1?format=simplified")).Body.GetProperty("a").GetRawText());
        Assert.Equal(number, (await broker.SendAsync("GET", "temporal/entities/urn:x:1")).Body.GetProperty("a") is var told && told.ValueKind == JsonValueKind.Array ? told[0].GetProperty("value").GetRawText() : told.GetProperty("value").GetRawText());
        foreach (var query in (string[])["q=a>0", "q=a<0", $"q=a=={number}", "orderBy=a"]) Assert.Equal(HttpStatusCode.OK, (await broker.SendAsync("GET", $"entities?type=Thing&{query}")).Status);
        Assert.Equal(HttpStatusCode.OK, (await broker.SendAsync("GET", "temporal/entities/urn:x:1?format=aggregatedValues&aggrMethods=avg,sum,stddev,min,max&aggrPeriodDuration=P1D&timerel=after&timeAt=2000-01-01T00:00:00Z&timeproperty=modifiedAt")).Status);
    }

    /// <summary>Whatever is taken can be told, changed, searched and taken away again, however deep it is.</summary>
    [Fact]
    public async Task Send_AttributesAsDeepAsTheyMayBe_CanBeReadAgain()
    {
        await using var broker = await SourceBroker.StartAsync();
        for (var (depth, taken) = (1, 0); ; depth++)
        {
            var inner = $"{{'value': {new string('[', 60 - depth - 4)}{new string(']', 60 - depth - 4)}}}";
            for (var i = 0; i < depth; i++) inner = $"{{'value': 1, 'a{i}': {inner}}}";
            var made = await broker.SendAsync("POST", "entities", $"{{'id': 'urn:x:{depth}', 'type': 'Deep', 'a': {inner}}}");
            if (made.Status == HttpStatusCode.BadRequest && taken > 10) break;
            Assert.Equal(HttpStatusCode.Created, made.Status);
            taken++;
            foreach (var path in (string[])["entities/urn:x:" + depth, "entities?type=Deep", "temporal/entities/urn:x:" + depth]) Assert.Equal(HttpStatusCode.OK, (await broker.SendAsync("GET", path)).Status);
            Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", $"entities/urn:x:{depth}", "{'b': 1}")).Status);
            Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("DELETE", $"entities/urn:x:{depth}")).Status);
        }
    }

    /// <summary>A fragment whose new parts lack values would leave an entity that nobody can read.</summary>
    [Theory]
    [InlineData("{'new': {'value': 1, 'inner': {'observedAt': '2026-01-01T00:00:00Z'}}}")]
    [InlineData("{'a': {'type': 'Relationship', 'object': 'urn:x:2', 'inner': {'unitCode': 'C'}}}")]
    [InlineData("{'a': {'inner': {'value': 1, 'deeper': {'unitCode': 'C'}}}}")]
    public async Task Merge_PartOfANewPartWithoutAValue_IsRefused(string fragment)
    {
        await using var broker = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "entities", "{'id': 'urn:x:1', 'type': 'Thing', 'a': 1}");
        Assert.Equal(HttpStatusCode.BadRequest, (await broker.SendAsync("PATCH", "entities/urn:x:1", fragment)).Status);
        Assert.Equal(1, (await broker.SendAsync("GET", "entities/urn:x:1?format=simplified")).Body.GetProperty("a").GetInt32());
    }

    /// <summary>What is put in place of another needs a value (clause 5.6.19), and so does what the history keeps: without one nobody could read the entity again.</summary>
    [Theory]
    [InlineData("PUT", "entities/urn:x:1/attrs/a", "{'type': 'Property', 'value': 'urn:ngsi-ld:null'}", 400)]
    [InlineData("PUT", "entities/urn:x:1/attrs/a", "{'type': 'Relationship', 'object': 'urn:ngsi-ld:null'}", 400)]
    [InlineData("POST", "temporal/entities", "{'id': 'urn:x:1', 'type': 'Thing', 'a': [{'type': 'Property', 'value': 2, 'inner': 'urn:ngsi-ld:null'}]}", 204)]
    [InlineData("POST", "temporal/entities/urn:x:1/attrs", "{'a': [{'type': 'Property', 'value': 2, 'inner': {'type': 'Property', 'value': 3, 'deeper': 'urn:ngsi-ld:null'}}]}", 204)]
    public async Task Send_NullWhereAValueIsNeeded_LeavesWhatCanBeRead(string method, string path, string body, int status)
    {
        await using var broker = await SourceBroker.StartAsync();
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "entities", "{'id': 'urn:x:1', 'type': 'Thing', 'a': 1}")).Status);
        Assert.Equal(status, (int)(await broker.SendAsync(method, path, body)).Status);
        foreach (var told in (string[])["entities/urn:x:1", "entities/urn:x:1?format=simplified", "temporal/entities/urn:x:1"]) Assert.Equal(HttpStatusCode.OK, (await broker.SendAsync("GET", told)).Status);
    }

    /// <summary>A value that comes without its kind is of the kind that is there, and must fit it.</summary>
    [Theory]
    [InlineData("{'type': 'VocabProperty', 'vocab': 'a'}", "5", "'b'")]
    [InlineData("{'type': 'VocabProperty', 'vocab': ['a']}", "[5]", "['b']")]
    [InlineData("{'type': 'LanguageProperty', 'languageMap': {'en': 'a'}}", "{'en': 5}", "{'en': 'b'}")]
    [InlineData("{'type': 'LanguageProperty', 'languageMap': {'en': 'a'}}", "'b'", "{'ja': 'b'}")]
    [InlineData("{'type': 'Relationship', 'object': 'urn:x:2'}", "5", "'urn:x:3'")]
    [InlineData("{'type': 'Relationship', 'object': 'urn:x:2'}", "'no uri'", "['urn:x:3', 'urn:x:4']")]
    [InlineData("{'type': 'ListProperty', 'valueList': [1]}", "{'a': 1}", "[2]")]
    [InlineData("{'type': 'ListRelationship', 'objectList': [{'object': 'urn:x:2'}]}", "[1]", "[{'object': 'urn:x:3'}]")]
    public async Task Patch_ValueWithoutItsKind_MustFitTheKindThere(string attribute, string bad, string good)
    {
        await using var broker = await SourceBroker.StartAsync();
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "entities", $"{{'id': 'urn:x:1', 'type': 'Thing', 'a': {attribute}}}")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await broker.SendAsync("PATCH", "entities/urn:x:1?format=simplified", $"{{'a': {bad}}}")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", "entities/urn:x:1?format=simplified", $"{{'a': {good}}}")).Status);
        foreach (var told in (string[])["entities/urn:x:1", "entities/urn:x:1?format=simplified", "temporal/entities/urn:x:1"]) Assert.Equal(HttpStatusCode.OK, (await broker.SendAsync("GET", told)).Status);
    }

    [Theory]
    [InlineData("http://a\u0378b.example/")]
    [InlineData("http://\u202ea.example/")]
    [InlineData("http://xn--\u00e9.example/")]
    public async Task Get_HostThatCanBeNone_CannotBeReached(string address)
    {
        using var http = new Michi.CityOs.OutgoingHttp(new Michi.CityOs.CityOsOptions());
        if (Uri.TryCreate(address, UriKind.Absolute, out var uri)) await Assert.ThrowsAsync<HttpRequestException>(() => http.GetAsync(uri, "*/*", 1_000, Cancel));
    }

    [Fact]
    public async Task Write_TwiceWithinAMicrosecond_KeepsBothInOrder()
    {
        var folder = Directory.CreateTempSubdirectory("michi-clock-").FullName;
        try
        {
            await using var store = new SqliteStore(Path.Combine(folder, "city-os.db"), new StoppedClock());
            var made = SampleEntity.Of("'speed': 1");
            for (var i = 0; i < 3; i++) await store.WriteAsync("", [new(made.Id, (current, now) => current is null ? Michi.CityOs.Entities.EntityEdits.Create(made, now) : Michi.CityOs.Entities.EntityEdits.Replace(current, made, now))], Cancel);
            var times = (await store.ReadChangesAsync(0, 10, Cancel)).Select(c => c.After!.ModifiedAt).ToList();
            Assert.Equal(times.Distinct().Order(), times);
            Assert.Equal(3, times.Count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("[[[179,-1],[-179,-1],[-179,1],[179,1],[179,-1]]]")]
    [InlineData("[[[0,0],[10,10],[0,10],[10,0],[0,0]]]")]
    [InlineData("[[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]]")]
    [InlineData("[[[0,0],[10,0],[10,10],[0,0]],[[20,20],[30,20],[30,30],[20,20]]]")]
    public async Task Query_PolygonThatCrossesItselfOrTheDateLine_IsAnswered(string polygon)
    {
        await using var broker = await SourceBroker.StartAsync();
        Assert.Equal(HttpStatusCode.Created, (await broker.SendAsync("POST", "entities", $"{{'id': 'urn:x:1', 'type': 'Thing', 'location': {{'type': 'Polygon', 'coordinates': {polygon}}}}}")).Status);
        foreach (var relation in (string[])["within", "intersects", "contains", "disjoint", "overlaps", "equals", "near;maxDistance==1000", "near;minDistance==1000"])
            Assert.True((await broker.SendAsync("GET", $"entities?type=Thing&georel={relation}&geometry=Polygon&coordinates={polygon}")).Status is HttpStatusCode.OK or HttpStatusCode.BadRequest, relation);
        Assert.Equal(1, (await broker.SendAsync("GET", $"entities?type=Thing&georel=equals&geometry=Polygon&coordinates={polygon}")).Body.GetArrayLength());
    }

    /// <summary>A torn write can leave any length in the header of the last frame, whose bytes may lie on two pages: it is cut off all the same.</summary>
    [Theory]
    [InlineData(1, 0x12)]
    [InlineData(0, 0x01)]
    [InlineData(3, 0x7f)]
    public void Open_HeaderOfTheLastFrameIsTorn_HasAllBeforeIt(int at, byte value)
    {
        var (folder, path, ends) = Log();
        try
        {
            Change(path, ends[1] + at, value);
            using var log = new ChangeLog(folder);
            Assert.Equal(2, log.Last);
            Assert.True(log.CutBytes > 0);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The same in the middle is damage, whatever the header tells: whole frames follow.</summary>
    [Theory]
    [InlineData(1, 0x12)]
    [InlineData(0, 0x01)]
    [InlineData(3, 0x7f)]
    [InlineData(4, 0x55)]
    [InlineData(30, 0x55)]
    public void Open_FrameInTheMiddleIsDamagedAnywhere_IsRefused(int at, byte value)
    {
        var (folder, path, ends) = Log();
        try
        {
            Change(path, ends[0] + at, value);
            Assert.Contains($"is damaged at byte {ends[0]}", Assert.Throws<InvalidDataException>(() => new ChangeLog(folder)).Message);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (string Folder, string Path, List<long> Ends) Log()
    {
        var folder = Directory.CreateTempSubdirectory("michi-log-").FullName;
        var path = Path.Combine(folder, "0000000000000001.log");
        List<long> ends = [];
        using var log = new ChangeLog(folder);
        for (var i = 1; i <= 3; i++)
        {
            log.Add(new(i, i, "", "urn:x:1", DateTimeOffset.UnixEpoch, null, new byte[5_000]));
            log.Keep();
            ends.Add(new FileInfo(path).Length);
        }
        return (folder, path, ends);
    }

    private static void Change(string path, long at, byte value)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = at;
        file.WriteByte(value);
    }

    private sealed class StoppedClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch;
    }
}
