using Michi.CityOs;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Storage;
using Michi.CityOs.Storage.Postgres;

namespace Michi.UnitTests.CityOs;

/// <summary>What every store promises, wherever it keeps its data.</summary>
public abstract class CityStoreTests : IAsyncLifetime
{
    private readonly Clock _clock = new();
    private ICityStore _store = null!;

    private protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Opens the store of the test, again after it was closed.</summary>
    private protected abstract ICityStore Open(TimeProvider clock);

    private protected virtual Task PrepareAsync() => Task.CompletedTask;

    private protected abstract ValueTask CleanAsync();

    public async ValueTask InitializeAsync()
    {
        await PrepareAsync();
        _store = Open(_clock);
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        await CleanAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Write_ThenOpenedAgain_IsThere()
    {
        await PutAsync("'speed': 30");
        await _store.DisposeAsync();
        _store = Open(_clock);
        Assert.Equal("urn:ngsi-ld:Vehicle:1", (await _store.FindAsync("", "urn:ngsi-ld:Vehicle:1", Cancel))!.Id);
        Assert.Equal(1, await _store.LastChangeAsync(Cancel));
    }

    [Fact]
    public async Task Write_OneOfManyRefused_KeepsTheOthers()
    {
        await PutAsync("'speed': 30");
        var outcomes = await _store.WriteAsync("", [Creation("urn:ngsi-ld:Vehicle:1", "'speed': 1"), Creation("urn:ngsi-ld:Vehicle:2", "'speed': 2")], Cancel);
        Assert.EndsWith("/AlreadyExists", outcomes[0].Refusal!.Type);
        Assert.Null(outcomes[1].Refusal);
        Assert.NotNull(await _store.FindAsync("", "urn:ngsi-ld:Vehicle:2", Cancel));
    }

    [Fact]
    public async Task Write_FaultOfOneCaller_FailsOnlyThatOne()
    {
        var good = _store.WriteAsync("", [Creation("urn:ngsi-ld:Vehicle:1", "")], Cancel);
        var bad = _store.WriteAsync("", [new("urn:ngsi-ld:Vehicle:2", (_, _) => throw new InvalidOperationException("made up"))], Cancel);
        var other = _store.WriteAsync("", [Creation("urn:ngsi-ld:Vehicle:3", "")], Cancel);
        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        Assert.Null((await good)[0].Refusal);
        Assert.Null((await other)[0].Refusal);
    }

    [Fact]
    public async Task Find_OtherTenant_SeesNothing()
    {
        await _store.WriteAsync("one", [Creation("urn:ngsi-ld:Vehicle:1", "'speed': 30")], Cancel);
        Assert.NotNull(await _store.FindAsync("one", "urn:ngsi-ld:Vehicle:1", Cancel));
        Assert.Null(await _store.FindAsync("", "urn:ngsi-ld:Vehicle:1", Cancel));
        Assert.Null(await _store.FindAsync("two", "urn:ngsi-ld:Vehicle:1", Cancel));
        Assert.Empty((await _store.QueryAsync("two", new(), new(10), Cancel)).Entities);
        Assert.Empty((await _store.QueryAsync("", new() { Types = [SampleEntity.Name("Vehicle")] }, new(10), Cancel)).Entities);
        Assert.Empty(await _store.CountAsync("", Cancel));
        Assert.Equal(["one"], await _store.TenantsAsync(Cancel));
        Assert.Equal((true, false), (await _store.HasTenantAsync("one", Cancel), await _store.HasTenantAsync("two", Cancel)));
    }

    /// <summary>Whatever way the store finds candidates, the answer is that of looking at every entity.</summary>
    [Theory]
    [InlineData("speed==30")]
    [InlineData("speed>15;speed<=35")]
    [InlineData("speed==20..40")]
    [InlineData("brandName==\"Volvo\"")]
    [InlineData("brandName>\"M\"")]
    [InlineData("parkedAt==urn:ngsi-ld:Parking:1")]
    [InlineData("isElectric==true")]
    [InlineData("label[en]==\"two\"")]
    [InlineData("many==7")]
    [InlineData("speed==30|brandName==\"Volvo\"")]
    [InlineData("speed")]
    [InlineData("!speed")]
    [InlineData("speed!=30")]
    public async Task Query_ByCondition_FindsWhatALookAtAllFinds(string q)
    {
        string[] members =
        [
            "'speed': 10, 'brandName': 'Volvo'", "'speed': 20, 'brandName': 'Mercedes'", "'speed': 30, 'isElectric': true", "'speed': '30'", "'speed': [5, 30]",
            "'speed': [{'value': 30, 'datasetId': 'urn:x:1'}, {'value': 40}], 'brandName': 'Volvo'", "'parkedAt': {'object': 'urn:ngsi-ld:Parking:1'}", "'label': {'languageMap': {'en': 'two'}}",
            $"'many': [{string.Join(',', Enumerable.Range(0, 100))}]", "'isElectric': false, 'brandName': {'vocab': 'Volvo'}", "",
        ];
        for (var i = 0; i < members.Length; i++) await PutAsync(members[i], $"urn:ngsi-ld:Vehicle:{i}");
        // A change must take what was indexed before with it.
        await PutAsync("'speed': 30", "urn:ngsi-ld:Vehicle:changed");
        await PutAsync("'speed': 99", "urn:ngsi-ld:Vehicle:changed");
        await PutAsync("'speed': 30", "urn:ngsi-ld:Vehicle:gone");
        await _store.WriteAsync("", [new("urn:ngsi-ld:Vehicle:gone", (_, _) => null)], Cancel);

        var query = new EntityQuery { Q = QFilter.Parse(q, SampleEntity.Context) };
        var all = (await _store.QueryAsync("", new(), new(1000), Cancel)).Entities;
        Assert.Equal(members.Length + 1, all.Count);
        var found = (await _store.QueryAsync("", Michi.CityOs.Api.EntityQueryReader.ForStore(query, _ => null), new(1000, HasCount: true), Cancel));
        Assert.Equal(all.Where(e => query.Matches(e)).Select(e => e.Id), found.Entities.Select(e => e.Id));
        Assert.Equal(found.Entities.Count, found.Count);
        Assert.NotEmpty(found.Entities);
    }

    [Theory]
    [InlineData("near;maxDistance==1000", "Point", "[10,50]", 1)]
    [InlineData("within", "Polygon", "[[[9,49],[11,49],[11,51],[9,51],[9,49]]]", 2)]
    [InlineData("disjoint", "Polygon", "[[[9,49],[11,49],[11,51],[9,51],[9,49]]]", 1)]
    public async Task Query_ByPlace_FindsWhatIsThere(string georel, string geometry, string coordinates, int expected)
    {
        await PutAsync("'location': {'type': 'Point', 'coordinates': [10, 50.001]}", "urn:ngsi-ld:Vehicle:near");
        await PutAsync("'location': {'type': 'Point', 'coordinates': [10.5, 50.5]}", "urn:ngsi-ld:Vehicle:far");
        await PutAsync("'location': {'type': 'Point', 'coordinates': [-60, 0]}", "urn:ngsi-ld:Vehicle:away");
        await PutAsync("'location': {'type': 'Point', 'coordinates': [10, 50]}", "urn:ngsi-ld:Vehicle:moved");
        await PutAsync("'observationSpace': {'type': 'Point', 'coordinates': [10, 50]}", "urn:ngsi-ld:Vehicle:moved");
        var query = new EntityQuery { Geo = GeoFilter.Parse(georel, geometry, coordinates, null, JsonLdContext.Core) };
        var found = await _store.QueryAsync("", Michi.CityOs.Api.EntityQueryReader.ForStore(query, _ => null), new(100), Cancel);
        Assert.Equal(expected, found.Entities.Count);
    }

    [Fact]
    public async Task Query_PageAfterPageWhileOthersWrite_SkipsAndRepeatsNothing()
    {
        for (var i = 0; i < 100; i++) await PutAsync("'speed': 1", $"urn:ngsi-ld:Vehicle:{i}");
        List<string> seen = [];
        for (long after = 0, page = 0; ; page++)
        {
            var part = await _store.QueryAsync("", new() { Types = [SampleEntity.Name("Vehicle")] }, new(7, After: after), Cancel);
            seen.AddRange(part.Entities.Select(e => e.Id));
            after = part.Last;
            // Those already shown go, those to come change, new ones are added.
            await _store.WriteAsync("", [new(seen[^1], (_, _) => null)], Cancel);
            await PutAsync("'speed': 2", $"urn:ngsi-ld:Vehicle:{99 - page}");
            await PutAsync("'speed': 3", $"urn:ngsi-ld:Vehicle:new{page}");
            if (!part.HasMore || page > 50) break;
        }
        Assert.Equal(seen.Count, seen.Distinct().Count());
        Assert.Superset(Enumerable.Range(0, 100).Select(i => $"urn:ngsi-ld:Vehicle:{i}").ToHashSet(), seen.ToHashSet());
    }

    [Fact]
    public async Task Count_TypesAndAttributes_FollowsEveryChange()
    {
        await PutAsync("'speed': 1, 'name': 'a'", "urn:ngsi-ld:Vehicle:1");
        await PutAsync("'speed': [{'value': 1}, {'value': 2, 'datasetId': 'urn:x:1'}]", "urn:ngsi-ld:Vehicle:2");
        await PutAsync("'speed': {'object': 'urn:x:1'}", "urn:ngsi-ld:Vehicle:1");
        var counts = (await _store.CountAsync("", Cancel)).ToDictionary(c => (c.Name, c.Kind), c => c.Entities);
        Assert.Equal(2, counts[(null, AttributeKind.Property)]);
        Assert.Equal(1, counts[(SampleEntity.Name("speed"), AttributeKind.Property)]);
        Assert.Equal(1, counts[(SampleEntity.Name("speed"), AttributeKind.Relationship)]);
        Assert.Equal(3, counts.Count);
        Assert.Equal(2, (await _store.QueryAsync("", new() { Types = [SampleEntity.Name("Vehicle")] }, new(0, HasCount: true), Cancel)).Count);
        await _store.WriteAsync("", [new("urn:ngsi-ld:Vehicle:1", (_, _) => null), new("urn:ngsi-ld:Vehicle:2", (_, _) => null)], Cancel);
        Assert.Empty(await _store.CountAsync("", Cancel));
    }

    [Fact]
    public async Task ReadChanges_AfterARestart_GoesOnWhereTheReaderWas()
    {
        await PutAsync("'speed': 1", "urn:ngsi-ld:Vehicle:before");
        var position = await _store.OpenReaderAsync("test", Cancel);
        await PutAsync("'speed': 1");
        await PutAsync("'speed': 2");
        await _store.WriteAsync("", [new("urn:ngsi-ld:Vehicle:1", (_, _) => null)], Cancel);
        var changes = await _store.ReadChangesAsync(position, 10, Cancel);
        Assert.Equal([(false, true), (true, true), (true, false)], changes.Select(c => (c.Before is not null, c.After is not null)));
        await _store.MoveReaderAsync("test", changes[0].Sequence, Cancel);
        await _store.DisposeAsync();

        _store = Open(_clock);
        Assert.Equal(changes[0].Sequence, await _store.OpenReaderAsync("test", Cancel));
        Assert.Equal(changes.Skip(1).Select(c => c.Sequence), (await _store.ReadChangesAsync(changes[0].Sequence, 10, Cancel)).Select(c => c.Sequence));
        await PutAsync("'speed': 3");
        await _store.WaitForChangeAsync(changes[^1].Sequence, Cancel);
    }

    [Fact]
    public async Task Measure_ReaderBehind_TellsWhereItIsAndWhatTheStoreTakes()
    {
        var position = await _store.OpenReaderAsync("test", Cancel);
        await PutAsync("'speed': 1");
        await PutAsync("'speed': 2");

        var figures = await _store.MeasureAsync(Cancel);

        Assert.Equal(position, Assert.Single(figures.Readers, r => r.Key == "test").Value);
        Assert.Equal(2, (await _store.LastChangeAsync(Cancel)) - position);
        Assert.InRange(figures.Bytes, 1, 100_000_000);
    }

    [Fact]
    public async Task Find_Expired_IsGoneAtOnceAndSweptForGood()
    {
        await PutAsync($"'expiresAt': '{EntityWriter.Text(_clock.Now.AddMinutes(1))}', 'speed': 1");
        _clock.Now = _clock.Now.AddMinutes(2);
        Assert.Null(await _store.FindAsync("", "urn:ngsi-ld:Vehicle:1", Cancel));
        Assert.Empty((await _store.QueryAsync("", new(), new(10), Cancel)).Entities);
        var due = Assert.Single(await _store.ExpiredAsync(10, Cancel));
        await _store.WriteAsync(due.Tenant, [new(due.Id, (current, _) => current)], Cancel);
        Assert.Empty(await _store.ExpiredAsync(10, Cancel));
        Assert.Empty(await _store.CountAsync("", Cancel));
        // It can be made anew.
        await PutAsync("'speed': 2");
        Assert.NotNull(await _store.FindAsync("", "urn:ngsi-ld:Vehicle:1", Cancel));
    }

    [Fact]
    public async Task Write_InPlaceOfWhatHasExpired_TellsItsEndAndTheNewBeginning()
    {
        await PutAsync($"'expiresAt': '{EntityWriter.Text(_clock.Now.AddMinutes(1))}', 'speed': 1");
        var position = await _store.LastChangeAsync(Cancel);
        _clock.Now = _clock.Now.AddMinutes(2);
        await PutAsync("'speed': 2");
        Assert.Equal([(true, false), (false, true)], (await _store.ReadChangesAsync(position, 10, Cancel)).Select(c => (c.Before is not null, c.After is not null)));
    }

    [Fact]
    public async Task Write_ClockSetBack_NeverMakesAChangeOlder()
    {
        await PutAsync("'speed': 1");
        var first = (await _store.FindAsync("", "urn:ngsi-ld:Vehicle:1", Cancel))!.ModifiedAt;
        _clock.Now = _clock.Now.AddHours(-3);
        await _store.WriteAsync("", [new("urn:ngsi-ld:Vehicle:1", (current, now) => EntityEdits.Merge(current!, SampleEntity.Of("'speed': 2"), now))], Cancel);
        Assert.True((await _store.FindAsync("", "urn:ngsi-ld:Vehicle:1", Cancel))!.ModifiedAt >= first);
    }

    [Fact]
    public async Task Find_WhileWritten_NeverSeesAnOlderStateAfterANewer()
    {
        await PutAsync("'speed': 0");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            var last = 0.0;
            while (!stop.IsCancellationRequested)
            {
                var entity = await _store.FindAsync("", "urn:ngsi-ld:Vehicle:1", Cancel);
                var speed = double.Parse(System.Text.Encoding.UTF8.GetString(entity!.Attributes[0].Value.Span), System.Globalization.CultureInfo.InvariantCulture);
                if (speed < last) return false;
                last = speed;
            }
            return true;
        })).ToArray();
        for (var i = 1; i <= 200; i++) await PutAsync($"'speed': {i}");
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(readers), Assert.True);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Query_BetweenWritesOfAllKinds_FindsWhatALookAtAllFinds(int seed)
    {
        var random = new Random(seed);
        Dictionary<string, (int Speed, string Brand, string Type)> expected = [];
        for (var step = 0; step < 400; step++)
        {
            var id = $"urn:ngsi-ld:Vehicle:{random.Next(30)}";
            if (random.Next(5) == 0)
            {
                await _store.WriteAsync("", [new(id, (_, _) => null)], Cancel);
                expected.Remove(id);
            }
            else
            {
                var (speed, brand, type) = (random.Next(6), $"B{random.Next(3)}", random.Next(4) == 0 ? "Bus" : "Vehicle");
                await _store.WriteAsync("", [new(id, (current, now) =>
                {
                    var read = SampleEntity.Of($"'speed': {speed}, 'brandName': '{brand}', 'location': {{'type': 'Point', 'coordinates': [{speed}, 0]}}", id, $"'{type}'");
                    return current is null ? EntityEdits.Create(read, now) : EntityEdits.Replace(current, read, now);
                })], Cancel);
                expected[id] = (speed, brand, type);
            }
            if (step % 4 != 0) continue;
            var wanted = random.Next(6);
            await FindsAsync(new() { Q = QFilter.Parse($"speed=={wanted}", SampleEntity.Context) }, e => e.Speed == wanted);
            await FindsAsync(new() { Q = QFilter.Parse($"speed>{wanted}", SampleEntity.Context) }, e => e.Speed > wanted);
            await FindsAsync(new() { Q = QFilter.Parse("brandName==\"B1\"", SampleEntity.Context) }, e => e.Brand == "B1");
            await FindsAsync(new() { Geo = GeoFilter.Parse("near;maxDistance==1000", "Point", $"[{wanted},0]", null, JsonLdContext.Core) }, e => e.Speed == wanted);
            var buses = await _store.QueryAsync("", new() { Types = [SampleEntity.Name("Bus")] }, new(100, HasCount: true), Cancel);
            Assert.Equal(expected.Where(e => e.Value.Type == "Bus").Select(e => e.Key).Order(), buses.Entities.Select(e => e.Id).Order());
            Assert.Equal(buses.Entities.Count, buses.Count);
            var counts = await _store.CountAsync("", Cancel);
            Assert.Equal(expected.Values.GroupBy(e => e.Type).ToDictionary(g => SampleEntity.Name(g.Key), g => (long)g.Count()), counts.Where(c => c.Name is null).ToDictionary(c => c.Type, c => c.Entities));
            var all = await _store.QueryAsync("", new(), new(100, HasCount: true), Cancel);
            Assert.Equal(expected.Keys.Order(), all.Entities.Select(e => e.Id).Order());
            Assert.Equal(expected.Count, all.Count);
            var shown = await _store.FindAsync("", id, Cancel);
            Assert.Equal(expected.ContainsKey(id), shown is not null);
        }

        async Task FindsAsync(EntityQuery query, Func<(int Speed, string Brand, string Type), bool> isWanted)
        {
            var found = await _store.QueryAsync("", Michi.CityOs.Api.EntityQueryReader.ForStore(query, _ => null), new(100), Cancel);
            Assert.Equal(expected.Where(e => isWanted(e.Value)).Select(e => e.Key).Order(), found.Entities.Select(e => e.Id).Order());
        }
    }

    private Task<EntityOutcome[]> PutAsync(string members, string id = "urn:ngsi-ld:Vehicle:1") => _store.WriteAsync("", [new(id, (current, now) =>
    {
        var read = SampleEntity.Of(members, id);
        return current is null ? EntityEdits.Create(read, now) : EntityEdits.Replace(current, read, now);
    })], Cancel);

    private static EntityChange Creation(string id, string members) =>
        new(id, (current, now) => current is null ? EntityEdits.Create(SampleEntity.Of(members, id), now) : throw NgsiLdException.AlreadyExists(id));

    private sealed class Clock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}

/// <summary>The embedded store with all that the tests change in the log only.</summary>
public class SqliteStoreTests(long mostUnsaved = SqliteStore.UsualUnsaved) : CityStoreTests
{
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-store-").FullName;

    private protected override ICityStore Open(TimeProvider clock) => new SqliteStore(Path.Combine(_folder, "city-os.db"), clock, mostUnsaved);

    private protected override ValueTask CleanAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public void Open_DatabaseInUse_IsRefused()
    {
        var fault = Assert.Throws<IOException>(() => Open(TimeProvider.System));
        Assert.Contains("another Michi", fault.Message);
    }
}

/// <summary>The embedded store with changes that are being written into the tables, some there and some not.</summary>
public sealed class SqliteStoreSavingTests() : SqliteStoreTests(4_000);

/// <summary>The embedded store with changes that are written into the tables as soon as can be.</summary>
public sealed class SqliteStoreTablesTests() : SqliteStoreTests(1);

/// <summary>The shared store.</summary>
public sealed class PostgresStoreTests : CityStoreTests
{
    private PostgresDatabase? _database;

    private protected override async Task PrepareAsync() => _database = await PostgresDatabase.CreateAsync();

    private protected override ICityStore Open(TimeProvider clock) => new PostgresStore(_database!.ConnectionString, clock);

    private protected override ValueTask CleanAsync() => _database?.DisposeAsync() ?? default;
}
