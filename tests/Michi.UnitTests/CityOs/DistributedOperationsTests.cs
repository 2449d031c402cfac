using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Michi.UnitTests.CityOs;

/// <summary>Brokers and context sources on ports of this machine: who is asked what, and what becomes of the answers (ETSI GS CIM 009, clause 4.3.6).</summary>
public sealed class DistributedOperationsTests
{
    private const string Vehicles = "'information': [{'entities': [{'type': 'Vehicle'}]}]";
    private const string One = "urn:ngsi-ld:Vehicle:1";
    private const string SpeedOfOne = "'information': [{'entities': [{'id': 'urn:ngsi-ld:Vehicle:1', 'type': 'Vehicle'}], 'propertyNames': ['speed']}]";

    private static string Vehicle(string more, string id = One) => $"{{'id': '{id}', 'type': 'Vehicle'{(more.Length > 0 ? ", " : "")}{more}}}";

    private static string Names(JsonElement entity) => string.Join(' ', entity.EnumerateObject().Select(m => m.Name).Where(n => n is not ("id" or "type")).Order());

    private static double Value(JsonElement entity, string attribute) => entity.GetProperty(attribute).GetProperty("value").GetDouble();

    [Fact]
    public async Task Query_InclusiveSource_AddsAttributesAndTakesTheNewerOnes()
    {
        await using var source = await FakeSource.StartAsync(200, "[" + Vehicle("'speed': {'type': 'Property', 'value': 9, 'modifiedAt': '2099-01-01T00:00:00Z'}, 'color': {'type': 'Property', 'value': 9, 'modifiedAt': '2001-01-01T00:00:00Z'}, 'seats': {'type': 'Property', 'value': 9}") + "]");
        await using var broker = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "entities", Vehicle("'speed': 1, 'color': 1"));
        await broker.RegisterAsync(source.Address, Vehicles);

        var answer = await broker.SendAsync("GET", "entities?type=Vehicle");
        var entity = Assert.Single(answer.Body.EnumerateArray());
        Assert.Equal("color seats speed", Names(entity));
        Assert.Equal((9, 1), (Value(entity, "speed"), Value(entity, "color")));
        Assert.StartsWith("GET /ngsi-ld/v1/entities?", source.Requests.Single(), StringComparison.Ordinal);
        Assert.Matches(@"^1\.1 michi-[0-9a-f]{12}$", source.Headers[0]["Via"]);
    }

    [Fact]
    public async Task Query_LocalOnly_AsksNoSource()
    {
        await using var source = await FakeSource.StartAsync(200, "[" + Vehicle("'speed': 9") + "]");
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles);
        var answer = await broker.SendAsync("GET", "entities?type=Vehicle&local=true");
        Assert.Empty(answer.Body.EnumerateArray());
        Assert.Empty(source.Requests);
    }

    [Fact]
    public async Task Retrieve_Exclusive_IsAskedForItsAttributesAlone()
    {
        await using var source = await FakeSource.StartAsync(200, Vehicle("'speed': 9, 'color': 9"));
        await using var broker = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "entities", Vehicle("'color': 1"));
        await broker.RegisterAsync(source.Address, SpeedOfOne + ", 'mode': 'exclusive'");

        var answer = await broker.SendAsync("GET", $"entities/{One}");
        Assert.Equal((9, 1), (Value(answer.Body, "speed"), Value(answer.Body, "color")));
        Assert.Contains("attrs=speed", source.Requests.Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retrieve_Redirected_HidesWhatIsHere()
    {
        await using var source = await FakeSource.StartAsync(200, Vehicle("'speed': 9"));
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles + ", 'mode': 'redirect'");
        await broker.SendAsync("POST", "entities?local=true", Vehicle("'color': 1"));
        var answer = await broker.SendAsync("GET", $"entities/{One}");
        Assert.Equal("speed", Names(answer.Body));
    }

    [Fact]
    public async Task Retrieve_Auxiliary_OnlyFillsUp()
    {
        await using var source = await FakeSource.StartAsync(200, Vehicle("'speed': {'type': 'Property', 'value': 9, 'modifiedAt': '2099-01-01T00:00:00Z'}, 'color': 9"));
        await using var broker = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "entities", Vehicle("'speed': 1"));
        await broker.RegisterAsync(source.Address, Vehicles + ", 'mode': 'auxiliary'");
        var answer = await broker.SendAsync("GET", $"entities/{One}");
        Assert.Equal((1, 9), (Value(answer.Body, "speed"), Value(answer.Body, "color")));
    }

    [Theory]
    [InlineData("huge", "111")]
    [InlineData("slow", "199")]
    [InlineData("dripping", "199")]
    [InlineData("wrong", "111")]
    [InlineData("cut", "199")]
    [InlineData("redirect", "299")]
    [InlineData("closed", "199")]
    [InlineData("error", "299")]
    [InlineData("deep", "111")]
    public async Task Query_SourceMisbehaves_AnswersTheRestWithAWarning(string how, string warning)
    {
        await using var source = await FakeSource.StartAsync(async http =>
        {
            switch (how)
            {
                case "huge":
                    var part = new byte[1 << 20];
                    Array.Fill(part, (byte)' ');
                    for (var i = 0; i < 20; i++) await http.Response.Body.WriteAsync(part);
                    break;
                case "slow": await Task.Delay(TimeSpan.FromSeconds(20), http.RequestAborted); break;
                case "dripping":
                    for (var i = 0; i < 200; i++)
                    {
                        await http.Response.WriteAsync(" ");
                        await http.Response.Body.FlushAsync();
                        await Task.Delay(100, http.RequestAborted);
                    }
                    break;
                case "wrong": await http.Response.WriteAsync("[{\"id\": \"urn:ngsi-ld:Vehicle:2\", \"type\": \"Vehicle\", \"speed\": {\"type\": \"Nonsense\"}}]"); break;
                case "cut":
                    http.Response.ContentLength = 1_000;
                    await http.Response.WriteAsync("[{\"id\": ");
                    await http.Response.Body.FlushAsync();
                    http.Abort();
                    break;
                case "redirect": http.Response.Redirect("http://127.0.0.1:1/"); break;
                case "closed": http.Abort(); break;
                case "error": http.Response.StatusCode = 403; break;
                case "deep": await http.Response.WriteAsync(new string('[', 100_000)); break;
            }
        });
        await using var broker = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "entities", Vehicle("'speed': 1"));
        await broker.RegisterAsync(source.Address, Vehicles + ", 'management': {'timeout': 500}");
        var answer = await broker.SendAsync("GET", "entities?type=Vehicle");
        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal(1, Value(Assert.Single(answer.Body.EnumerateArray()), "speed"));
        Assert.StartsWith(warning, answer.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_SourceTellsWhatItIsNotRegisteredFor_IsNotBelieved()
    {
        await using var source = await FakeSource.StartAsync(200, "[" + Vehicle("'speed': 9, 'color': 9") + "," + Vehicle("'speed': 9", "urn:ngsi-ld:Vehicle:2") + ", {'id': 'urn:ngsi-ld:Bus:1', 'type': 'Bus', 'speed': 9}]");
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, SpeedOfOne);
        var answer = await broker.SendAsync("GET", "entities?type=Vehicle");
        var entity = Assert.Single(answer.Body.EnumerateArray());
        Assert.Equal(One, entity.GetProperty("id").GetString());
        Assert.Equal("speed", Names(entity));
    }

    [Fact]
    public async Task Query_SourceThatFailed_IsLeftAloneForAWhile()
    {
        await using var source = await FakeSource.StartAsync(500, "");
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles + ", 'management': {'cooldown': 60000}");
        await broker.SendAsync("GET", "entities?type=Vehicle");
        var answer = await broker.SendAsync("GET", "entities?type=Vehicle");
        Assert.Single(source.Requests);
        Assert.StartsWith("199", answer.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_CacheDuration_TellsTheSameAgainUntilItIsOverOrWritten()
    {
        await using var source = await FakeSource.StartAsync(http =>
        {
            http.Response.StatusCode = http.Request.Method == "GET" || http.Request.Path.Value!.EndsWith("query", StringComparison.Ordinal) ? 200 : 204;
            return http.Response.StatusCode == 204 ? Task.CompletedTask : http.Response.WriteAsync(Vehicle("'speed': 9").Replace('\'', '"'));
        });
        var clock = new ShiftedClock();
        await using var broker = await SourceBroker.StartAsync(clock: clock);
        await broker.RegisterAsync(source.Address, "'id': 'urn:ngsi-ld:ContextSourceRegistration:kept', " + Vehicles + ", 'mode': 'redirect', 'operations': ['redirectionOps'], 'management': {'cacheDuration': 'PT5M'}, 'contextSourceInfo': [{'key': 'X-Who', 'value': 'urn:ngsi-ld:request'}]");

        async Task<int> AskedAsync(string who = "a", string path = $"entities/{One}")
        {
            var before = source.Requests.Count;
            Assert.Equal(HttpStatusCode.OK, (await broker.SendAsync("GET", path, null, ("X-Who", who))).Status);
            return source.Requests.Count - before;
        }

        Assert.Equal((1, 0), (await AskedAsync(), await AskedAsync()));
        // Another question, and one that is passed on in another's name, are not the same.
        Assert.Equal((1, 0, 1, 0), (await AskedAsync(path: $"entities/{One}?attrs=speed"), await AskedAsync(path: $"entities/{One}?attrs=speed"), await AskedAsync("b"), await AskedAsync("b")));
        Assert.Equal((1, 0), (await AskedAsync(path: "entities?type=Vehicle"), await AskedAsync(path: "entities?type=Vehicle")));
        clock.Shift(TimeSpan.FromMinutes(5));
        Assert.Equal((1, 0), (await AskedAsync(), await AskedAsync()));
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", $"entities/{One}/attrs/speed", "{'value': 5}")).Status);
        Assert.Equal((1, 0), (await AskedAsync(), await AskedAsync()));
        Assert.Equal(HttpStatusCode.NoContent, (await broker.SendAsync("PATCH", "csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:kept", "{'management': {'cacheDuration': 'PT1M'}}")).Status);
        Assert.Equal((1, 0), (await AskedAsync(), await AskedAsync()));
        clock.Shift(TimeSpan.FromMinutes(2));
        Assert.Equal(1, await AskedAsync());
    }

    [Theory]
    [InlineData(503, "")]
    [InlineData(200, "{'id': 1}")]
    [InlineData(404, "{}")]
    public async Task Read_CacheDuration_DoesNotKeepFaults(int status, string body)
    {
        await using var source = await FakeSource.StartAsync(status, body);
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles + ", 'management': {'cacheDuration': 'P1000Y'}");
        await broker.SendAsync("GET", "entities?type=Vehicle");
        await broker.SendAsync("GET", "entities?type=Vehicle");
        Assert.Equal(2, source.Requests.Count);
    }

    [Fact]
    public async Task Retrieve_InfoToCopyFromTheRequest_LeavesTheTokenOut()
    {
        await using var source = await FakeSource.StartAsync(200, Vehicle("'speed': 9"));
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles + ", 'tenant': 'other', 'contextSourceInfo': [{'key': 'Authorization', 'value': 'urn:ngsi-ld:request'}, {'key': 'X-Trace', 'value': 'urn:ngsi-ld:request'}, {'key': 'X-Key', 'value': 'abc'}]");
        await broker.SendAsync("GET", $"entities/{One}", null, ("Authorization", "Bearer secret"), ("X-Trace", "7"));
        var headers = source.Headers.Single();
        Assert.False(headers.ContainsKey("Authorization"));
        Assert.Equal(("7", "abc", "other"), (headers["X-Trace"], headers["X-Key"], headers["NGSILD-Tenant"]));
    }

    [Fact]
    public async Task Query_BrokersRegisteredAtEachOther_AnswerBothOnce()
    {
        await using var first = await SourceBroker.StartAsync();
        await using var second = await SourceBroker.StartAsync();
        await first.RegisterAsync(second.Address, Vehicles);
        await second.RegisterAsync(first.Address, Vehicles);
        await first.SendAsync("POST", "entities?local=true", Vehicle("'speed': 1"));
        await second.SendAsync("POST", "entities?local=true", Vehicle("'speed': 2", "urn:ngsi-ld:Vehicle:2"));
        var answer = await first.SendAsync("GET", "entities?type=Vehicle");
        Assert.Equal(2, answer.Body.GetArrayLength());
        // That it went round is no fault of the answer, but it is told (table 6.3.17-1).
        Assert.StartsWith("199 ", answer.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Write_RedirectedInACircle_SaysSo()
    {
        await using var first = await SourceBroker.StartAsync();
        await using var second = await SourceBroker.StartAsync();
        await first.RegisterAsync(second.Address, Vehicles + ", 'mode': 'redirect', 'operations': ['redirectionOps']");
        await second.RegisterAsync(first.Address, Vehicles + ", 'mode': 'redirect', 'operations': ['redirectionOps']");
        var answer = await first.SendAsync("POST", "entities", Vehicle("'speed': 1"));
        Assert.Equal(HttpStatusCode.LoopDetected, answer.Status);
    }

    [Fact]
    public async Task Create_ExclusiveAttribute_GoesToItsSourceAndTheRestStays()
    {
        await using var first = await SourceBroker.StartAsync();
        await using var second = await SourceBroker.StartAsync();
        await first.RegisterAsync(second.Address, SpeedOfOne + ", 'mode': 'exclusive', 'operations': ['redirectionOps']");
        var made = await first.SendAsync("POST", "entities", Vehicle("'speed': 1, 'color': 2"));
        Assert.Equal(HttpStatusCode.Created, made.Status);
        Assert.Equal("color", Names((await first.SendAsync("GET", $"entities/{One}?local=true")).Body));
        Assert.Equal("speed", Names((await second.SendAsync("GET", $"entities/{One}")).Body));
        Assert.Equal("color speed", Names((await first.SendAsync("GET", $"entities/{One}")).Body));

        Assert.Equal(HttpStatusCode.NoContent, (await first.SendAsync("DELETE", $"entities/{One}")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await second.SendAsync("GET", $"entities/{One}")).Status);
    }

    [Fact]
    public async Task Create_InclusiveSourceRefuses_TellsBothOutcomes()
    {
        await using var source = await FakeSource.StartAsync(409, "{'type': 'https://uri.etsi.org/ngsi-ld/errors/AlreadyExists', 'title': 'There already.'}");
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles + ", 'operations': ['createEntity']");
        var answer = await broker.SendAsync("POST", "entities", Vehicle("'speed': 1"));
        Assert.Equal(HttpStatusCode.MultiStatus, answer.Status);
        Assert.Equal(One, answer.Body.GetProperty("success")[0].GetString());
        Assert.Equal(409, Assert.Single(answer.Body.GetProperty("errors").EnumerateArray()).GetProperty("error").GetProperty("status").GetInt32());
    }

    [Fact]
    public async Task CreateBatch_RedirectedEntityAmongOthers_GoesToItsSource()
    {
        await using var source = await FakeSource.StartAsync(201, "['urn:ngsi-ld:Vehicle:1']");
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, "'information': [{'entities': [{'id': 'urn:ngsi-ld:Vehicle:1'}]}], 'mode': 'redirect', 'operations': ['createBatch']");
        var answer = await broker.SendAsync("POST", "entityOperations/create", $"[{Vehicle("'speed': 1")}, {Vehicle("'speed': 2", "urn:ngsi-ld:Vehicle:2")}]");
        Assert.Equal(HttpStatusCode.Created, answer.Status);
        Assert.Equal(2, answer.Body.GetArrayLength());
        Assert.DoesNotContain("Vehicle:2", source.Bodies.Single(), StringComparison.Ordinal);
        var here = await broker.SendAsync("GET", "entities?type=Vehicle&local=true");
        Assert.Equal("urn:ngsi-ld:Vehicle:2", Assert.Single(here.Body.EnumerateArray()).GetProperty("id").GetString());
    }

    [Fact]
    public async Task Query_PageBeyondTheFirst_ContinuesThroughAllSources()
    {
        await using var first = await SourceBroker.StartAsync();
        await using var second = await SourceBroker.StartAsync();
        for (var i = 1; i <= 3; i++) await first.SendAsync("POST", "entities", Vehicle("'speed': 1", $"urn:ngsi-ld:Vehicle:a{i}"));
        for (var i = 1; i <= 4; i++) await second.SendAsync("POST", "entities", Vehicle("'speed': 1", $"urn:ngsi-ld:Vehicle:b{i}"));
        // One that both have: it counts once, with what both know.
        await second.SendAsync("POST", "entities", Vehicle("'color': 2", "urn:ngsi-ld:Vehicle:a2"));
        await first.RegisterAsync(second.Address, Vehicles);
        List<string> seen = [];
        for (var offset = 0; offset < 8; offset += 2)
        {
            var page = await first.SendAsync("GET", $"entities?type=Vehicle&limit=2&offset={offset}");
            foreach (var entity in page.Body.EnumerateArray())
            {
                seen.Add(entity.GetProperty("id").GetString()!.Split(':')[^1]);
                if (seen[^1] == "a2") Assert.Equal("color speed", Names(entity));
            }
        }
        Assert.Equal(["a1", "a2", "a3", "b1", "b2", "b3", "b4"], seen);
    }

    [Theory]
    [InlineData("", "1001 1002 1003")]
    [InlineData("&q=speed>0", "1001 1002 1003")]
    [InlineData("&q=speed>0&splitEntities=true", "1001 1002 1003")]
    [InlineData("&entityMap=true", "1001 1002 1003")]
    public async Task Query_PageBeyondAThousandOfASource_GoesOnWithItsNextPages(string parameters, string expected)
    {
        await using var source = await SourceBroker.StartAsync();
        await using var broker = await SourceBroker.StartAsync();
        for (var from = 1; from <= 1_101; from += 1_000)
            await source.SendAsync("POST", "entityOperations/create", $"[{string.Join(',', Enumerable.Range(from, from == 1 ? 1_000 : 100).Select(n => Vehicle($"'speed': {n}", $"urn:ngsi-ld:Vehicle:{n}")))}]");
        await broker.RegisterAsync(source.Address, Vehicles);
        var answer = await broker.SendAsync("GET", $"entities?type=Vehicle&limit=3&offset=1000{parameters}");
        Assert.Equal(expected, string.Join(' ', answer.Body.EnumerateArray().Select(e => e.GetProperty("id").GetString()!.Split(':')[^1])));
        Assert.Equal("", answer.Warning);
        Assert.Equal(1_100, (await broker.CountAsync($"entities?type=Vehicle&limit=0&count=true{parameters}")));
    }

    [Fact]
    public async Task Query_PageBeyondManyHeldHere_BeginsTheSourceAfterThem()
    {
        await using var source = await FakeSource.StartAsync(200, "[" + Vehicle("'speed': 1", "urn:ngsi-ld:Vehicle:x") + "]");
        await using var broker = await SourceBroker.StartAsync();
        for (var from = 1; from <= 5_001; from += 1_000)
            await broker.SendAsync("POST", "entityOperations/create", $"[{string.Join(',', Enumerable.Range(from, from == 5_001 ? 5 : 1_000).Select(n => Vehicle("'speed': 1", $"urn:ngsi-ld:Vehicle:{n}")))}]");
        await broker.RegisterAsync(source.Address, Vehicles);
        var answer = await broker.SendAsync("GET", "entities?type=Vehicle&limit=5&offset=5003");
        Assert.Equal("5004 5005 x", string.Join(' ', answer.Body.EnumerateArray().Select(e => e.GetProperty("id").GetString()!.Split(':')[^1])));
    }

    [Fact]
    public async Task Query_SourceWithoutEnd_IsLeftAfterAWhileWithAWarning()
    {
        await using var source = await FakeSource.StartAsync(async http =>
        {
            var offset = int.Parse(http.Request.Query["offset"].FirstOrDefault() ?? "0", System.Globalization.CultureInfo.InvariantCulture);
            await http.Response.WriteAsync($"[{string.Join(',', Enumerable.Range(offset, int.Parse(http.Request.Query["limit"]!, System.Globalization.CultureInfo.InvariantCulture)).Select(n => Vehicle("'speed': 1", $"urn:ngsi-ld:Vehicle:{n}")))}]".Replace('\'', '"'));
        });
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles);
        var first = await broker.SendAsync("GET", "entities?type=Vehicle&limit=2&offset=9000");
        Assert.Equal((2, ""), (first.Body.GetArrayLength(), first.Warning));
        var last = await broker.SendAsync("GET", "entities?type=Vehicle&limit=2&offset=20000");
        Assert.Empty(last.Body.EnumerateArray());
        Assert.StartsWith("199", last.Warning, StringComparison.Ordinal);
        Assert.Equal(20, source.Requests.Count);
        Assert.Equal(HttpStatusCode.Forbidden, (await broker.SendAsync("GET", "entities?type=Vehicle&entityMap=true")).Status);
    }

    [Fact]
    public async Task Query_ConditionOverTwoSources_HoldsOnceTheyArePutTogether()
    {
        await using var source = await FakeSource.StartAsync(200, "[" + Vehicle("'color': {'type': 'Property', 'value': 'red'}") + "]");
        await using var broker = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "entities", Vehicle("'speed': 30"));
        await broker.RegisterAsync(source.Address, Vehicles);
        var query = "entities?type=Vehicle&q=" + Uri.EscapeDataString("speed>20;color==\"red\"");
        Assert.Single((await broker.SendAsync("GET", query + "&splitEntities=true")).Body.EnumerateArray());
        Assert.DoesNotContain("q=", source.Requests[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'mode': 'exclusive'", 409)]
    [InlineData("'mode': 'redirect'", 409)]
    [InlineData("'mode': 'inclusive'", 201)]
    [InlineData("'mode': 'auxiliary'", 201)]
    public async Task Register_OverWhatIsHeldHere_IsRefusedWhereItWouldTakeItAway(string mode, int status)
    {
        await using var broker = await SourceBroker.StartAsync();
        await broker.SendAsync("POST", "entities", Vehicle("'speed': 1"));
        var answer = await broker.SendAsync("POST", "csourceRegistrations", $"{{'type': 'ContextSourceRegistration', 'endpoint': 'http://source.example', {SpeedOfOne}, {mode}}}");
        Assert.Equal(status, (int)answer.Status);
    }

    [Fact]
    public async Task Register_ExpiresSoon_IsForgottenThen()
    {
        await using var source = await FakeSource.StartAsync(200, "[]");
        await using var broker = await SourceBroker.StartAsync();
        await broker.RegisterAsync(source.Address, Vehicles + $", 'id': 'urn:ngsi-ld:ContextSourceRegistration:1', 'expiresAt': '{DateTimeOffset.UnixEpoch.AddMilliseconds(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() + 300):yyyy-MM-ddTHH:mm:ss.fffZ}'");
        await Task.Delay(400, TestContext.Current.CancellationToken);
        await broker.SendAsync("GET", "entities?type=Vehicle");
        Assert.Empty(source.Requests);
        Assert.Equal(HttpStatusCode.NotFound, (await broker.SendAsync("GET", "csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:1")).Status);
    }
}
