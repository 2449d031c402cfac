using System.Text;
using System.Text.Json;
using Michi.CityOs;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.History.Postgres;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Snapshots;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;
using Michi.CityOs.Storage.Postgres;
using Michi.CityOs.Subscriptions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.UnitTests.CityOs;

/// <summary>The history behind its API, wherever it is kept.</summary>
public abstract class HistoryTests : IAsyncLifetime
{
    private const string Id = "urn:ngsi-ld:Vehicle:1";

    private readonly Clock _clock = new();
    private readonly OutgoingHttp _http = new(new CityOsOptions());
    private ICityStore _store = null!;
    private IHistory _history = null!;
    private NgsiLdApi _api = null!;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Opens both, again after they were closed.</summary>
    private protected abstract (ICityStore Store, IHistory History) Open(TimeProvider clock, int page);

    private protected virtual Task PrepareAsync() => Task.CompletedTask;

    private protected abstract ValueTask CleanAsync();

    /// <summary>Whether the store is told only now and then how far the history has come.</summary>
    private protected abstract bool IsToldLater { get; }

    private protected virtual int ManyEntities => 200;

    /// <summary>Where groups of changes are numbered: leaves hardly any numbers.</summary>
    private protected virtual void UseUpGroups()
    {
    }

    public async ValueTask InitializeAsync()
    {
        await PrepareAsync();
        (_store, _history, _api) = Open();
    }

    public async ValueTask DisposeAsync()
    {
        if (_history is not null) await _history.DisposeAsync();
        if (_store is not null) await _store.DisposeAsync();
        _http.Dispose();
        await CleanAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Query_AfterAnyWrite_SeesItAtOnce()
    {
        for (var i = 0; i < 50; i++)
        {
            await SendAsync("POST", "entityOperations/upsert", $$"""[{"id": "{{Id}}", "type": "Vehicle", "speed": {"value": {{i}}, "observedAt": "2026-01-01T00:00:{{i:00}}Z"} }]""");
            var (_, body) = await SendAsync("GET", $"temporal/entities/{Id}?lastN=1");
            Assert.Equal(i, body["speed"]![0]!["value"]!.GetValue<int>());
        }
    }

    [Fact]
    public async Task Retrieve_EntityDeleted_TellsItsHistoryUntilThatIsDeletedToo()
    {
        await SendAsync("POST", "entities", $$"""{"id": "{{Id}}", "type": "Vehicle", "scope": "/a", "speed": {"value": 1, "unitCode": "KMH"}, "name": {"languageMap": {"en": "x"} } }""");
        _clock.Now += TimeSpan.FromHours(1);
        await SendAsync("DELETE", $"entities/{Id}");
        var (status, body) = await SendAsync("GET", $"temporal/entities/{Id}?options=sysAttrs");
        Assert.Equal(200, status);
        Assert.Equal("2026-06-01T01:00:00Z", body["deletedAt"]!.GetValue<string>());
        Assert.Equal(["1", "\"urn:ngsi-ld:null\""], body["speed"]!.AsArray().Select(i => i!["value"]!.ToJsonString()));
        Assert.Equal("2026-06-01T01:00:00Z", body["speed"]![1]!["deletedAt"]!.GetValue<string>());
        Assert.Equal("""{"@none":"urn:ngsi-ld:null"}""", body["name"]![1]!["languageMap"]!.ToJsonString());
        Assert.Equal("[]", body["scope"]![1]!["value"]!.ToJsonString());
        (_, body) = await SendAsync("GET", $"temporal/entities/{Id}?timeproperty=deletedAt&timerel=after&timeAt=2026-06-01T00:30:00Z");
        Assert.Single(body["speed"]!.AsArray());
        Assert.Equal(204, (await SendAsync("DELETE", $"temporal/entities/{Id}")).Status);
        Assert.Equal(404, (await SendAsync("GET", $"temporal/entities/{Id}")).Status);
        Assert.Equal(404, (await SendAsync("DELETE", $"temporal/entities/{Id}")).Status);
    }

    [Fact]
    public async Task Add_PointsInAnyOrder_AreReadInTheirOrder()
    {
        var random = new Random(7);
        Dictionary<long, double> expected = [];
        var first = EntityCodec.Microseconds(_clock.Now) - 3 * HistorySchema.Day;
        for (var round = 0; round < 60; round++)
        {
            List<SeriesPoint> points = [];
            for (var i = random.Next(1, 30); i > 0; i--)
            {
                var (time, value) = (first + random.NextInt64(0, 4 * 86_400) * 1_000_000, Math.Round(random.NextDouble() * 100, 1));
                expected[time] = value;
                points.Add(new("urn:x:speed", null, Point(time, value)));
            }
            await _history.WriteAsync(w => w.Add(new("", Id, ["urn:x:Vehicle"], _clock.Now, points)), Cancel);
        }
        var ordered = expected.OrderBy(p => p.Key).Select(p => (p.Key, p.Value)).ToList();
        foreach (var pass in (string[])["at once", "after tidying", "days later"])
        {
            var (from, until) = (ordered[expected.Count / 5].Key, ordered[expected.Count * 4 / 5].Key);
            Assert.Equal(ordered, await ReadAsync(long.MinValue, long.MaxValue, false));
            Assert.Equal(ordered.AsEnumerable().Reverse(), await ReadAsync(long.MinValue, long.MaxValue, true));
            Assert.Equal(ordered.Where(p => p.Key >= from && p.Key < until), await ReadAsync(from, until, false));
            if (pass == "after tidying") _clock.Now += TimeSpan.FromDays(3);
            await _history.TidyNowAsync(Cancel);
        }
        // Many at once are taken into chunks with all before them, which can be read as numbers.
        var last = ordered[^1].Key;
        await _history.WriteAsync(w => w.Add(new("", Id, ["urn:x:Vehicle"], _clock.Now, [.. Enumerable.Range(1, 1000).Select(i => new SeriesPoint("urn:x:speed", null, Point(last + i * 1_000_000L, i)))])), Cancel);
        var (sum, isRead) = await _history.ReadAsync(r =>
        {
            var all = 0.0;
            var ok = r.TryNumbers(r.SeriesOf(r.Find("", Id)!.Key)[0], long.MinValue, long.MaxValue, (_, numbers) => { foreach (var number in numbers) all += number; });
            return (all, ok);
        }, Cancel);
        Assert.True(isRead);
        Assert.Equal(expected.Values.Sum() + 500_500, sum, 1e-6);

        Task<List<(long, double)>> ReadAsync(long from, long until, bool isDescending) =>
            _history.ReadAsync(r => r.Points(r.SeriesOf(r.Find("", Id)!.Key)[0], from, until, isDescending).Select(p => (p.Time, p.Number)).ToList(), Cancel);
    }

    [Fact]
    public async Task Write_AttributesOfManyEntitiesInAnyOrder_AreReadAsAModelHasThem()
    {
        var random = new Random(11);
        Dictionary<(string Id, string Name), SortedDictionary<long, double>> expected = [];
        var first = EntityCodec.Microseconds(_clock.Now) - HistorySchema.Day;
        for (var round = 0; round < 300; round++)
        {
            var (id, name) = ($"urn:x:{random.Next(3)}", $"urn:x:a{random.Next(6)}");
            if (round % 100 == 99) await ReopenAsync();
            if (random.Next(40) == 0)
            {
                Assert.Equal(expected.Keys.Any(k => k.Id == id), await _history.WriteAsync(w => w.DeleteEntity("", id), Cancel));
                foreach (var gone in expected.Keys.Where(k => k.Id == id).ToList()) expected.Remove(gone);
            }
            else if (random.Next(20) == 0) Assert.Equal(expected.Remove((id, name)), await _history.WriteAsync(w => w.DeleteAttribute("", id, name, null, isAll: false), Cancel));
            else if (random.Next(10) == 0 && expected.TryGetValue((id, name), out var there))
            {
                var time = there.Keys.ElementAt(random.Next(there.Count));
                var series = await _history.ReadAsync(r => r.SeriesOf(r.Find("", id)!.Key).Find(s => s.Name == name)!.Key, Cancel);
                Assert.True(await _history.WriteAsync(w => w.ChangeInstance("", id, name, HistoryStore.InstanceOf(series, time), p => p with { Number = -1 }), Cancel));
                there[time] = -1;
            }
            else
            {
                List<SeriesPoint> points = [];
                for (var i = random.Next(10) == 0 ? 1_000 : random.Next(1, 8); i > 0; i--)
                {
                    var (time, value, of) = (first + random.NextInt64(0, 20_000) * 6_000_000, (double)random.Next(100), $"urn:x:a{random.Next(6)}");
                    if (!expected.TryGetValue((id, of), out var values)) expected[(id, of)] = values = [];
                    values[time] = value;
                    points.Add(new(of, null, Point(time, value)));
                }
                await _history.WriteAsync(w => w.Add(new("", id, ["urn:x:T"], _clock.Now, points)), Cancel);
            }
            if (round % 20 == 0) await CheckAsync();
        }
        await CheckAsync();

        async Task CheckAsync()
        {
            var read = await _history.ReadAsync(r => r.Entities("", null, ["urn:x:T"]).SelectMany(e => r.SeriesOf(e.Key).Select(s => ((e.Id, s.Name), r.Points(s, long.MinValue, long.MaxValue).Select(p => (p.Time, p.Number)).ToList()))).ToList(), Cancel);
            Assert.Equal(expected.Keys.Order(), read.Select(s => s.Item1).Order());
            foreach (var (series, points) in read) Assert.Equal(expected[series].Select(p => (p.Key, p.Value)), points);
        }
    }

    [Fact]
    public async Task Write_ManyEntitiesAgainAndAgain_AreReadAsAModelHasThem()
    {
        var entities = ManyEntities;
        var random = new Random(5);
        Dictionary<string, SortedDictionary<long, double>> expected = [];
        var first = EntityCodec.Microseconds(_clock.Now) - HistorySchema.Day;
        for (var round = 0; round < 45; round++)
        {
            if (round == 25) await ReopenAsync(between: UseUpGroups);
            List<HistoryEntry> entries = [];
            for (var i = 0; i < entities / 2; i++)
            {
                var id = $"urn:x:{random.Next(entities)}";
                if (!expected.TryGetValue(id, out var values)) expected[id] = values = [];
                List<SeriesPoint> points = [];
                for (var left = random.Next(500) == 0 ? 700 : random.Next(1, 3); left > 0; left--)
                {
                    var (time, value) = (first + random.NextInt64(0, 300) * 600_000_000, (double)random.Next(100));
                    values[time] = value;
                    points.Add(new("urn:x:a", null, Point(time, value)));
                }
                entries.Add(new("", id, ["urn:x:T"], _clock.Now, points));
            }
            await _history.WriteAsync(w => entries.ConvertAll(e => w.Add(e)), Cancel, entries.Sum(e => e.Points.Count));
            for (var i = 0; i < 5; i++)
            {
                var id = $"urn:x:{random.Next(entities)}";
                if (!expected.TryGetValue(id, out var values)) continue;
                if (random.Next(2) == 0)
                {
                    Assert.True(await _history.WriteAsync(w => w.DeleteEntity("", id), Cancel));
                    expected.Remove(id);
                    continue;
                }
                var time = values.Keys.ElementAt(random.Next(values.Count));
                var series = await _history.ReadAsync(r => r.SeriesOf(r.Find("", id)!.Key).Single().Key, Cancel);
                Assert.True(await _history.WriteAsync(w => w.ChangeInstance("", id, "urn:x:a", HistoryStore.InstanceOf(series, time), p => p with { Number = -1 }), Cancel));
                values[time] = -1;
            }
            _clock.Now += TimeSpan.FromSeconds(1);
            if (round % 15 == 14) await CheckAsync();
        }

        async Task CheckAsync()
        {
            var read = await _history.ReadAsync(r => r.Entities("", null, ["urn:x:T"]).Select(e => (e.Id, Points: r.Points(r.SeriesOf(e.Key).Single(), long.MinValue, long.MaxValue).Select(p => (p.Time, p.Number)).ToList())).ToList(), Cancel);
            Assert.Equal(expected.Keys.Order(), read.Select(s => s.Id).Order());
            foreach (var (id, points) in read) Assert.Equal(expected[id].Select(p => (p.Key, p.Value)), points);
        }
    }

    [Fact]
    public async Task ChangedAt_AfterARestart_TellsTheLastChangeOfTheTenant()
    {
        await SendAsync("POST", "entities", $$"""{"id": "{{Id}}", "type": "Vehicle", "speed": 1}""");
        var changed = await _history.ChangedAtAsync("", Cancel);
        Assert.Equal((await _store.FindAsync("", Id, Cancel))!.ModifiedAt, changed);
        Assert.Null(await _history.ChangedAtAsync("elsewhere", Cancel));

        await ReopenAsync();
        Assert.Equal(changed, await _history.ChangedAtAsync("", Cancel));
    }

    [Fact]
    public async Task Open_AfterACrashBetweenTheDatabases_HasEachChangeOnce()
    {
        await SendAsync("POST", "entities", $$"""{"id": "{{Id}}", "type": "Vehicle", "speed": 1}""");
        for (var i = 2; i <= 20; i++)
        {
            _clock.Now += TimeSpan.FromSeconds(1);
            await SendAsync("PATCH", $"entities/{Id}/attrs", $$"""{"speed": {{i}}}""");
        }
        var before = await SendAsync("GET", $"temporal/entities/{Id}");
        Assert.Equal(20, before.Body["speed"]!.AsArray().Count);
        // Where the history has it all, but the store was not told yet, it gives the changes again.
        await ReopenAsync();
        Assert.Equal(IsToldLater, await _store.OpenReaderAsync("history", Cancel) < await _store.LastChangeAsync(Cancel));
        Assert.Equal(before.Body.ToJsonString(), (await SendAsync("GET", $"temporal/entities/{Id}")).Body.ToJsonString());
        // What changes while the history is closed comes later.
        await _history.DisposeAsync();
        _clock.Now += TimeSpan.FromSeconds(1);
        await _store.WriteAsync("", [new(Id, (e, now) => EntityEdits.DeleteAttribute(e!, CoreContext.Default + "speed", null, false, now))], Cancel);
        await _store.DisposeAsync();
        (_store, _history, _api) = Open();
        Assert.Equal(21, (await SendAsync("GET", $"temporal/entities/{Id}")).Body["speed"]!.AsArray().Count);
    }

    [Fact]
    public async Task Post_SameTimeAgain_ReplacesTheInstanceOfThatTime()
    {
        Assert.Equal(201, (await PostAsync("""{"value": 1, "observedAt": "2026-01-01T00:00:00Z"}, {"value": 2, "observedAt": "2026-01-01T00:01:00Z"}, {"value": 9, "observedAt": "2026-01-01T00:01:00Z", "datasetId": "urn:x:d"}""")).Status);
        Assert.Equal(204, (await PostAsync("""{"value": 3, "observedAt": "2026-01-01T00:01:00Z"}, {"value": 4, "observedAt": "2026-01-01T00:02:00Z"}""")).Status);
        Assert.Equal([1, 3, 4, 9], Values((await SendAsync("GET", $"temporal/entities/{Id}")).Body));
    }

    [Fact]
    public async Task Patch_InstanceMovedInTime_KeepsItsId()
    {
        await PostAsync("""{"value": 1, "observedAt": "2026-01-01T00:00:00Z"}, {"value": 2, "observedAt": "2026-01-01T00:01:00Z"}""");
        var instance = (await SendAsync("GET", $"temporal/entities/{Id}")).Body["speed"]![0]!["instanceId"]!.GetValue<string>();
        var path = $"temporal/entities/{Id}/attrs/speed/{instance}";
        Assert.Equal(204, (await SendAsync("PATCH", path, """{"observedAt": "2026-01-02T00:00:00Z"}""")).Status);
        Assert.Equal(204, (await SendAsync("PATCH", path, """{"value": 5, "unitCode": "KMH"}""")).Status);
        var moved = (await SendAsync("GET", $"temporal/entities/{Id}")).Body["speed"]![1]!;
        Assert.Equal((instance, 5, "KMH", "2026-01-02T00:00:00Z"), (moved["instanceId"]!.GetValue<string>(), moved["value"]!.GetValue<int>(), moved["unitCode"]!.GetValue<string>(), moved["observedAt"]!.GetValue<string>()));
        Assert.Equal(204, (await SendAsync("DELETE", path)).Status);
        Assert.Equal(404, (await SendAsync("DELETE", path)).Status);
        Assert.Equal([2], Values((await SendAsync("GET", $"temporal/entities/{Id}")).Body));
    }

    [Theory]
    [InlineData("", 200, null, 5)]
    [InlineData("timerel=before&timeAt=2026-01-01T00:04:00Z", 200, null, 4)]
    public async Task Retrieve_NoMoreThanAPage_IsWhole(string query, int status, string? range, int count) => await CheckRangeAsync(5, query, status, range, count);

    [Theory]
    [InlineData("", "2026-01-01T00:00:00Z-2026-01-01T00:04:00Z/*", 5)]
    [InlineData("timerel=after&timeAt=2025-01-01T00:00:00Z", "2025-01-01T00:00:00Z-2026-01-01T00:04:00Z/*", 5)]
    [InlineData("timerel=between&timeAt=2025-01-01T00:00:00Z&endTimeAt=2027-01-01T00:00:00Z", "2025-01-01T00:00:00Z-2026-01-01T00:04:00Z/*", 5)]
    [InlineData("lastN=8", "2026-01-01T00:09:00Z-2026-01-01T00:05:00Z/8", 5)]
    [InlineData("lastN=8&timerel=before&timeAt=2027-01-01T00:00:00Z", "2027-01-01T00:00:00Z-2026-01-01T00:05:00Z/8", 5)]
    public async Task Retrieve_MoreThanAPage_IsCutAndTellsWhere(string query, string range, int count) => await CheckRangeAsync(10, query, 206, range, count);

    [Fact]
    public async Task Collect_ManyAttributes_KeepsExactlyTheFirstOrLastPage()
    {
        await ReopenAsync(page: 5);
        var random = new Random(3);
        List<(int Attribute, int Minute)> all = [.. Enumerable.Range(0, 400).Select(_ => (random.Next(12), random.Next(1440))).Distinct()];
        var attributes = all.GroupBy(p => p.Attribute).Select(g => $"\"a{g.Key}\": [{string.Join(", ", g.Select(p => $$"""{"value": {{p.Minute}}, "observedAt": "2026-01-01T{{p.Minute / 60:00}}:{{p.Minute % 60:00}}:00Z"}"""))}]");
        await SendAsync("POST", "temporal/entities", $$"""{"id": "{{Id}}", "type": "Vehicle", {{string.Join(", ", attributes)}} }""");
        foreach (var isLast in (bool[])[false, true])
        {
            var (status, body) = await SendAsync("GET", $"temporal/entities/{Id}{(isLast ? "?lastN=100" : "")}");
            List<int> minutes = [.. isLast ? all.Select(p => p.Minute).OrderDescending() : all.Select(p => p.Minute).Order()];
            Assert.Equal(206, status);
            Assert.Equal(
                all.Where(p => isLast ? p.Minute >= minutes[4] : p.Minute <= minutes[4]).Order().ToList(),
                [.. body.AsObject().Where(m => m.Key.StartsWith('a')).SelectMany(m => m.Value!.AsArray().Select(i => (int.Parse(m.Key[1..], System.Globalization.CultureInfo.InvariantCulture), i!["value"]!.GetValue<int>()))).Order()]);
        }
    }

    [Fact]
    public async Task Post_InANewTenant_MakesIt()
    {
        Assert.Equal(404, (await SendAsync("GET", $"temporal/entities/{Id}", tenant: "new")).Status);
        await SendAsync("POST", "temporal/entities", $$"""{"id": "{{Id}}", "type": "Vehicle", "speed": {"value": 1, "observedAt": "2026-01-01T00:00:00Z"} }""", "new");
        Assert.Equal(200, (await SendAsync("GET", $"temporal/entities/{Id}", tenant: "new")).Status);
    }

    [Fact]
    public async Task Retrieve_TwoAttributesOneAfterTheOther_CutsTheSecondWhole()
    {
        await ReopenAsync(page: 5);
        var minutes = string.Join(", ", Enumerable.Range(0, 10).Select(i => $$"""{"value": {{i}}, "observedAt": "2026-01-01T00:{{i:00}}:00Z"}"""));
        await SendAsync("POST", "temporal/entities", $$"""{"id": "{{Id}}", "type": "Vehicle", "speed": [{{minutes}}], "level": [{{minutes.Replace("01-01", "01-02", StringComparison.Ordinal)}}]}""");
        var (status, body) = await SendAsync("GET", $"temporal/entities/{Id}");
        Assert.Equal((206, 5, 0), (status, body["speed"]!.AsArray().Count, body["level"]!.AsArray().Count));
    }

    [Fact]
    public async Task Retrieve_AggregatedValues_AreThoseOfTheInstances()
    {
        await PostAsync(string.Join(", ", Enumerable.Range(0, 100).Select(i => $$"""{"value": {{i}}, "observedAt": "2026-01-01T{{i / 60:00}}:{{i % 60:00}}:00Z"}""")));
        var (status, body) = await SendAsync("GET", $"temporal/entities/{Id}?options=aggregatedValues&aggrMethods=avg,totalCount,max&aggrPeriodDuration=PT1H&timerel=between&timeAt=2026-01-01T00:30:00Z&endTimeAt=2026-01-02T00:00:00Z");
        Assert.Equal(200, status);
        Assert.Equal("""[[59.5,"2026-01-01T00:30:00Z","2026-01-01T01:30:00Z"],[94.5,"2026-01-01T01:30:00Z","2026-01-01T02:30:00Z"]]""", body["speed"]!["avg"]!.ToJsonString());
        Assert.Equal("""[[60,"2026-01-01T00:30:00Z","2026-01-01T01:30:00Z"],[10,"2026-01-01T01:30:00Z","2026-01-01T02:30:00Z"]]""", body["speed"]!["totalCount"]!.ToJsonString());
        (_, body) = await SendAsync("GET", $"temporal/entities/{Id}?format=aggregatedValues&aggrMethods=sum,stddev&timerel=after&timeAt=2026-01-01T00:00:00Z");
        Assert.Equal("""[[4950,"2026-01-01T00:00:00Z","2026-01-01T01:39:00Z"]]""", body["speed"]!["sum"]!.ToJsonString());
        Assert.Equal(Math.Sqrt(833.25), body["speed"]!["stddev"]![0]![0]!.GetValue<double>(), 1e-9);
        Assert.Equal(400, (await SendAsync("GET", $"temporal/entities/{Id}?format=aggregatedValues&aggrMethods=median")).Status);
    }

    [Fact]
    public async Task Tidy_PointsOlderThanTheirLifetime_AreDeletedByWholeDays()
    {
        var today = EntityCodec.Microseconds(_clock.Now);
        foreach (var (id, type) in ((string, string)[])[("urn:x:1", "urn:x:Short"), ("urn:x:2", "urn:x:Long")])
            await _history.WriteAsync(w => w.Add(new("", id, [type], _clock.Now, [.. Enumerable.Range(0, 10).Select(i => new SeriesPoint("urn:x:a", null, Point(today - i * HistorySchema.Day, i)))])), Cancel);
        await _history.WriteAsync(w => w.SetLifetime("", "urn:x:Short", new(3)), Cancel);
        await _history.TidyNowAsync(Cancel);
        Assert.Equal((4, 10), (await CountAsync("urn:x:1"), await CountAsync("urn:x:2")));
        await _history.WriteAsync(w => w.SetLifetime("", null, new(5)), Cancel);
        await _history.TidyNowAsync(Cancel);
        Assert.Equal((4, 6), (await CountAsync("urn:x:1"), await CountAsync("urn:x:2")));

        Task<int> CountAsync(string id) => _history.ReadAsync(r => r.Points(r.SeriesOf(r.Find("", id)!.Key)[0], long.MinValue, long.MaxValue).Count(), Cancel);
    }

    [Fact]
    public async Task Tidy_NumbersWhoseDetailIsOld_LeavesTheirHourlyMeans()
    {
        var first = EntityCodec.Microseconds(_clock.Now) - 4 * HistorySchema.Day;
        List<SeriesPoint> points = [.. Enumerable.Range(0, 5 * 288).Select(i => new SeriesPoint("urn:x:a", null, Point(first + i * 300_000_000L, i)))];
        points.Add(new("urn:x:a", null, HistoryPoint.Of(new EntityAttribute { Name = "", Value = "\"off\""u8.ToArray(), ObservedAt = EntityCodec.Time(first + 1) })));
        await _history.WriteAsync(w => w.Add(new("", Id, ["urn:x:T"], _clock.Now, points)), Cancel);
        await _history.WriteAsync(w => w.SetLifetime("", "urn:x:T", new(null, DetailDays: 2)), Cancel);
        for (var pass = 0; pass < 2; pass++)
        {
            await _history.TidyNowAsync(Cancel);
            var read = await _history.ReadAsync(r => r.Points(r.SeriesOf(r.Find("", Id)!.Key)[0], long.MinValue, long.MaxValue).ToList(), Cancel);
            Assert.Equal(2 * 24 + 1 + 3 * 288, read.Count);
            Assert.Equal((first, 5.5), (read[0].Time, read[0].Number));
            Assert.Equal("\"off\"", Encoding.UTF8.GetString(read[1].Json.Span));
            Assert.Equal((first + 3_600_000_000, 17.5), (read[2].Time, read[2].Number));
        }
    }

    [Fact]
    public async Task Delete_AttributeOnlyKnownAsHistory_EndsIt()
    {
        await PostAsync("""{"value": 1, "observedAt": "2026-01-01T00:00:00Z"}""");
        Assert.Equal(204, (await SendAsync("DELETE", $"entities/{Id}/attrs/speed")).Status);
        Assert.Equal(404, (await SendAsync("DELETE", $"entities/{Id}/attrs/speed")).Status);
        Assert.Equal(404, (await SendAsync("DELETE", $"entities/{Id}/attrs/other")).Status);
        Assert.Single((await SendAsync("GET", $"temporal/entities/{Id}?timeproperty=deletedAt")).Body["speed"]!.AsArray());
    }

    [Fact]
    public async Task Delete_AttributeOfAnotherType_LeavesTheHistory()
    {
        await SendAsync("POST", "entities", $$"""{"id": "{{Id}}", "type": "Vehicle", "speed": 1}""");
        Assert.Equal(404, (await SendAsync("DELETE", $"entities/{Id}/attrs/speed?type=Building")).Status);
        Assert.Null((await SendAsync("GET", $"temporal/entities/{Id}?timeproperty=deletedAt")).Body["speed"]);
    }

    [Fact]
    public async Task Retrieve_AttributeExpired_TellsItsHistoryNoMore()
    {
        await SendAsync("POST", "entities", $$"""{"id": "{{Id}}", "type": "Vehicle", "speed": {"value": 1, "observedAt": "2026-06-01T00:00:00Z", "expiresAt": "2026-06-01T01:00:00Z"}, "level": 2}""");
        const string aggregated = "?format=aggregatedValues&aggrMethods=sum";
        Assert.NotNull((await SendAsync("GET", $"temporal/entities/{Id}")).Body["speed"]);
        Assert.NotNull((await SendAsync("GET", $"temporal/entities/{Id}{aggregated}")).Body["speed"]);
        _clock.Now += TimeSpan.FromHours(1);
        Assert.Null((await SendAsync("GET", $"temporal/entities/{Id}{aggregated}")).Body["speed"]);
        var (_, body) = await SendAsync("GET", $"temporal/entities/{Id}");
        Assert.Null(body["speed"]);
        Assert.NotNull(body["level"]);
    }

    [Theory]
    [InlineData("GET", "temporal/entities?type=Vehicle"), InlineData("GET", "temporal/entities?timerel=after&timeAt=2026-01-01T00:00:00Z"), InlineData("GET", "temporal/entities?type=Vehicle&timerel=after&timeAt=2026-01-01T00:00:00Z&orderBy=name")]
    [InlineData("GET", "temporal/entities?type=Vehicle&timerel=after&timeAt=2026-01-01T00:00:00Z&lastN=0"), InlineData("GET", "temporal/entities/urn:x:1?unknown=1"), InlineData("GET", "temporal/entities/urn:x:1?options=keyValues")]
    [InlineData("DELETE", "temporal/entities/urn:x:1/attrs/no(name"), InlineData("DELETE", "temporal/entities/urn:x:1/attrs/speed/no-uri")]
    public async Task Request_Wrong_IsRefused(string method, string path) => Assert.Equal(400, (await SendAsync(method, path)).Status);

    [Fact]
    public async Task Query_AnotherTenant_SeesNothing()
    {
        await PostAsync("""{"value": 1, "observedAt": "2026-01-01T00:00:00Z"}""");
        Assert.Equal(404, (await SendAsync("GET", $"temporal/entities/{Id}", tenant: "other")).Status);
    }

    private static HistoryPoint Point(long time, double value) => new(time, PointShape.Of(new EntityAttribute { Name = "", ObservedAt = DateTimeOffset.UnixEpoch }, PointForm.Number), value, default, time, time);

    private static IEnumerable<int> Values(System.Text.Json.Nodes.JsonNode body) => body["speed"]!.AsArray().Select(i => i!["value"]!.GetValue<int>());

    private Task<(int Status, System.Text.Json.Nodes.JsonNode Body)> PostAsync(string instances) =>
        SendAsync("POST", "temporal/entities", $$"""{"id": "{{Id}}", "type": "Vehicle", "speed": [{{instances}}]}""");

    private async Task CheckRangeAsync(int instances, string query, int status, string? range, int count)
    {
        await ReopenAsync(page: 5);
        await PostAsync(string.Join(", ", Enumerable.Range(0, instances).Select(i => $$"""{"value": {{i}}, "observedAt": "2026-01-01T00:{{i:00}}:00Z"}""")));
        var http = await RequestAsync("GET", $"temporal/entities/{Id}?{query}", null, "");
        Assert.Equal(status, http.Response.StatusCode);
        Assert.Equal(range is null ? "" : $"date-time {range}", http.Response.Headers.ContentRange.ToString());
        http.Response.Body.Position = 0;
        Assert.Equal(count, (await JsonDocument.ParseAsync(http.Response.Body, default, Cancel)).RootElement.GetProperty("speed").GetArrayLength());
    }

    private async Task<(int Status, System.Text.Json.Nodes.JsonNode Body)> SendAsync(string method, string path, string? body = null, string tenant = "")
    {
        var http = await RequestAsync(method, path, body, tenant);
        http.Response.Body.Position = 0;
        return (http.Response.StatusCode, http.Response.Body.Length == 0 ? new System.Text.Json.Nodes.JsonObject() : System.Text.Json.Nodes.JsonNode.Parse(http.Response.Body)!);
    }

    private async Task<DefaultHttpContext> RequestAsync(string method, string path, string? body, string tenant)
    {
        var http = new DefaultHttpContext();
        var query = path.IndexOf('?', StringComparison.Ordinal);
        http.Request.Method = method;
        http.Request.Path = $"{NgsiLdApi.Root}/{(query < 0 ? path : path[..query])}";
        http.Request.QueryString = new QueryString(query < 0 ? "" : path[query..]);
        http.Features.Get<IHttpRequestFeature>()!.RawTarget = path;
        if (tenant.Length > 0) http.Request.Headers["NGSILD-Tenant"] = tenant;
        if (body is not null)
        {
            var bytes = Encoding.UTF8.GetBytes(body);
            (http.Request.Body, http.Request.ContentLength, http.Request.ContentType) = (new MemoryStream(bytes), bytes.Length, "application/json");
        }
        http.Response.Body = new MemoryStream();
        await _api.HandleAsync(http);
        return http;
    }

    /// <param name="between">What to do while it is closed.</param>
    private async Task ReopenAsync(int page = 1000, Action? between = null)
    {
        await _history.DisposeAsync();
        between?.Invoke();
        await _store.DisposeAsync();
        (_store, _history, _api) = Open(page);
    }

    private (ICityStore Store, IHistory History, NgsiLdApi Api) Open(int page = 1000)
    {
        var (store, history) = Open(_clock, page);
        var documents = new ContextDocuments(store, _http, _clock);
        var contexts = new ContextReader(documents);
        var book = new SubscriptionBook(store, contexts, _clock, NullLogger<SubscriptionBook>.Instance);
        var notifier = new RegistrationNotifier(store, contexts, new NotificationSender(_http, _clock), _clock, NullLogger<RegistrationNotifier>.Instance);
        var sources = new ContextSources(store, new SourceClient(_http, new SourceIdentity("history-tests", _clock), contexts), notifier, _clock);
        var services = new NgsiLdServices(store, history, contexts, documents, new PagePositions(), book, sources, new SnapshotBook(store, _clock), _clock);
        return (store, history, new NgsiLdApi(services, new CityOsAccess(new CityOsOptions { Access = "open" }), NullLogger<NgsiLdApi>.Instance));
    }

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

/// <summary>The embedded history, in a folder of its own.</summary>
public sealed class SqliteHistoryTests : HistoryTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-history").FullName;

    private protected override bool IsToldLater => true;

    private protected override int ManyEntities => 3_000;

    private protected override void UseUpGroups()
    {
        using var connection = HistorySchema.Open(Path.Combine(_folder, "city-history.db"), isWriter: true);
        SqliteSchema.Execute(connection, $"UPDATE gathered SET key = key + ({2 * GatheredRows.MostGroups - 8} - (SELECT max(key) >> 40 FROM gathered) << 40)");
    }

    private protected override (ICityStore Store, IHistory History) Open(TimeProvider clock, int page)
    {
        var store = new SqliteStore(Path.Combine(_folder, "city-os.db"), clock);
        return (store, new HistoryStore(Path.Combine(_folder, "city-history.db"), store, clock, NullLogger.Instance, page));
    }

    private protected override ValueTask CleanAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}

/// <summary>The shared history.</summary>
public sealed class PostgresHistoryTests : HistoryTests
{
    private PostgresDatabase? _database;

    private protected override bool IsToldLater => false;

    private protected override async Task PrepareAsync() => _database = await PostgresDatabase.CreateAsync();

    private protected override (ICityStore Store, IHistory History) Open(TimeProvider clock, int page)
    {
        var store = new PostgresStore(_database!.ConnectionString, clock);
        return (store, new PostgresHistory(store, clock, NullLogger.Instance, page));
    }

    private protected override ValueTask CleanAsync() => _database?.DisposeAsync() ?? default;
}
