using System.Collections.Concurrent;
using System.Text.Json;
using Michi.CityOs;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;
using Michi.CityOs.Storage.Postgres;
using Npgsql;

namespace Michi.UnitTests.CityOs;

/// <summary>Several nodes on one database.</summary>
public sealed class PostgresNodesTests : IAsyncLifetime
{
    private PostgresDatabase? _database;
    private PostgresStore _one = null!, _two = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        // Both make the tables where they are not there.
        var opened = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Task.Run(() => new PostgresStore(_database.ConnectionString, TimeProvider.System, $"michi-{i}"))));
        (_one, _two) = (opened[0], opened[1]);
    }

    public async ValueTask DisposeAsync()
    {
        if (_one is not null) await _one.DisposeAsync();
        if (_two is not null) await _two.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
    }

    [Fact]
    public void Open_TwoAtOnce_AreOneBroker() => Assert.Equal(_one.BrokerName, _two.BrokerName);

    [Fact]
    public async Task Write_ThroughOne_IsReadThroughTheOther()
    {
        for (var i = 0; i < 100; i++)
        {
            await PutAsync(_one, "urn:ngsi-ld:Vehicle:1", i, "city");
            Assert.True(await _two.HasTenantAsync("city", Cancel));
            Assert.Equal(i, ValueOf(await _two.FindAsync("city", "urn:ngsi-ld:Vehicle:1", Cancel)));
            (_one, _two) = (_two, _one);
        }
    }

    /// <summary>A city's first load comes before the database's statistics of it.</summary>
    [Fact]
    public async Task Near_BeforeThereAreStatistics_ReadsTheRangesAlone()
    {
        await using var source = PostgresSchema.Open(_database!.ConnectionString, "michi", out _);
        await using var connection = await source.OpenConnectionAsync(Cancel);
        await connection.Command("ALTER TABLE entity_value SET (autovacuum_enabled = off)").RunAsync(Cancel);
        await connection.Command("INSERT INTO entity_value SELECT 1, n, int8send(g), g FROM generate_series(1, 20000) g, generate_series(1, 9) n").RunAsync(Cancel);
        await connection.Command($"PREPARE near (int, int, bytea[], bytea[], bigint) AS {PostgresQuery.WithinRanges}").RunAsync(Cancel);
        var plan = await connection.Command("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE near (1, 3, ARRAY[int8send(10), int8send(500)], ARRAY[int8send(19), int8send(509)], 100)").AllAsync(r => r.GetString(0), Cancel);
        using var parsed = JsonDocument.Parse(string.Concat(plan));
        Assert.Equal(20, MostRows(parsed.RootElement[0].GetProperty("Plan")));

        static double MostRows(JsonElement node) =>
            (node.TryGetProperty("Plans", out var inner) ? inner.EnumerateArray().Select(MostRows) : []).Append(node.GetProperty("Actual Rows").GetDouble() * node.GetProperty("Actual Loops").GetDouble()).Max();
    }

    [Fact]
    public async Task Write_SameNewEntitiesThroughBoth_AreMadeOnce()
    {
        var made = new ConcurrentDictionary<string, int>();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async writer =>
        {
            var random = new Random(writer);
            for (var round = 0; round < 20; round++)
            {
                var ids = Enumerable.Range(0, 20).Select(_ => $"urn:ngsi-ld:Vehicle:{round * 50 + random.Next(50)}").Distinct().ToList();
                var outcomes = await (writer % 2 == 0 ? _one : _two).WriteAsync("", [.. ids.Select(id => new EntityChange(id, (current, now) => current is null ? EntityEdits.Create(SampleEntity.Of("'speed': 1", id), now) : throw NgsiLdException.AlreadyExists(id)))], Cancel);
                for (var i = 0; i < ids.Count; i++)
                    if (outcomes[i].Refusal is null) made.AddOrUpdate(ids[i], 1, (_, times) => times + 1);
            }
        }));
        Assert.All(made, m => Assert.Equal(1, m.Value));
        var all = await _two.QueryAsync("", new(), new(1000, HasCount: true), Cancel);
        Assert.Equal((made.Count, made.Count), (all.Entities.Count, (int)all.Count!));
        Assert.Equal(made.Count, (await _one.CountAsync("", Cancel)).Single(c => c.Name is null).Entities);
    }

    /// <summary>Counting up on few entities through both nodes: nothing is lost, and a reader who follows the log all the while sees every change once and in order.</summary>
    [Fact]
    public async Task ReadChanges_WhileBothWrite_SkipsNothingAndKeepsOrder()
    {
        const int Writers = 16, Rounds = 60, Entities = 7;
        for (var i = 0; i < Entities; i++) await PutAsync(_one, $"urn:ngsi-ld:Vehicle:{i}", 0);
        var position = await _one.LastChangeAsync(Cancel);
        var seen = new List<StoredChange>();
        var following = Task.Run(async () =>
        {
            while (seen.Count < Writers * Rounds * 2)
            {
                await _two.WaitForChangeAsync(position, Cancel);
                var changes = await _two.ReadChangesAsync(position, 50, Cancel);
                seen.AddRange(changes);
                position = changes[^1].Sequence;
            }
        }, Cancel);
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(async writer =>
        {
            var random = new Random(writer);
            for (var round = 0; round < Rounds; round++)
            {
                var (first, second) = (random.Next(Entities), random.Next(Entities));
                await (writer % 2 == 0 ? _one : _two).WriteAsync("", [Increment(first), Increment(second)], Cancel);
            }
        }));
        await following.WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal(Writers * Rounds * 2, seen.Select(c => c.Sequence).Distinct().Count());
        foreach (var entity in seen.GroupBy(c => c.Id))
        {
            Assert.Equal(Enumerable.Range(1, entity.Count()), entity.Select(c => ValueOf(c.After)));
            Assert.Equal(Enumerable.Range(0, entity.Count()), entity.Select(c => ValueOf(c.Before)));
        }
    }

    [Fact]
    public async Task Write_ConnectionsCutAgainAndAgain_GoesOnAndLosesNothingAcknowledged()
    {
        await PutAsync(_one, "urn:ngsi-ld:Vehicle:1", 0);
        var (acknowledged, failed) = (0, 0);
        var writing = Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
        {
            for (var round = 0; round < 100; round++)
            {
                try
                {
                    await (writer % 2 == 0 ? _one : _two).WriteAsync("", [Increment(1)], Cancel);
                    Interlocked.Increment(ref acknowledged);
                }
                catch (NpgsqlException)
                {
                    Interlocked.Increment(ref failed);
                }
            }
        }));
        await using var server = new NpgsqlConnection(_database!.ConnectionString);
        await server.OpenAsync(Cancel);
        while (!writing.IsCompleted)
        {
            await using var cut = new NpgsqlCommand("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()", server);
            await cut.ExecuteNonQueryAsync(Cancel);
            await Task.Delay(100, Cancel);
        }
        await writing;
        Assert.InRange(ValueOf(await _two.FindAsync("", "urn:ngsi-ld:Vehicle:1", Cancel)), acknowledged, acknowledged + failed);
        Assert.True(acknowledged > 200, $"{acknowledged} of 400 went through.");
    }

    [Fact]
    public async Task Hold_HolderGone_TheOtherTakesOver()
    {
        var log = new ConcurrentQueue<string>();
        using var stopOne = new CancellationTokenSource();
        using var stopTwo = new CancellationTokenSource();
        var one = _one.HoldAsync("test", stop => WorkAsync("one", stop), stopOne.Token);
        while (log.IsEmpty) await Task.Delay(10, Cancel);
        var two = _two.HoldAsync("test", stop => WorkAsync("two", stop), stopTwo.Token);
        await Task.Delay(2500, Cancel);
        Assert.Equal(["one"], log);
        await stopOne.CancelAsync();
        await one;
        var began = TimeProvider.System.GetTimestamp();
        while (log.Count < 3) await Task.Delay(10, Cancel);
        Assert.Equal(["one", "one ended", "two"], log);
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(3));
        await stopTwo.CancelAsync();
        await two;

        async Task WorkAsync(string name, CancellationToken stop)
        {
            log.Enqueue(name);
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            log.Enqueue(name + " ended");
        }
    }

    [Fact]
    public async Task WriteDocument_ThroughOne_IsToldToTheOtherAlone()
    {
        List<(DocumentKind, string, string)> toldOne = [], toldTwo = [];
        _one.DocumentChanged += (kind, tenant, id) => toldOne.Add((kind, tenant, id));
        _two.DocumentChanged += (kind, tenant, id) => toldTwo.Add((kind, tenant, id));
        Assert.Null(await _one.WriteDocumentAsync(DocumentKind.Context, "city", "urn:x:1", _ => [1], Cancel));
        Assert.Equal<byte[]?>([1], await _two.WriteDocumentAsync(DocumentKind.Context, "city", "urn:x:1", before => before, Cancel));
        await _one.FollowDocumentsAsync(Cancel);
        await _two.FollowDocumentsAsync(Cancel);
        Assert.Empty(toldOne);
        Assert.Equal([(DocumentKind.Context, "city", "urn:x:1")], toldTwo);
    }

    [Fact]
    public async Task WriteDocument_ByManyAtOnce_LosesNone()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
        {
            for (var round = 0; round < 5; round++) await (i % 2 == 0 ? _one : _two).WriteDocumentAsync(DocumentKind.EntityMap, "", "urn:x:1", before => [(byte)((before?[0] ?? 0) + 1)], Cancel);
        }));
        Assert.Equal<byte[]?>([100], await _one.FindDocumentAsync(DocumentKind.EntityMap, "", "urn:x:1", Cancel));
    }

    private static EntityChange Increment(int number) => new($"urn:ngsi-ld:Vehicle:{number}", (current, now) => EntityEdits.Merge(current!, SampleEntity.Of($"'speed': {ValueOf(current) + 1}", current!.Id), now));

    private static int ValueOf(Entity? entity) => int.Parse(System.Text.Encoding.UTF8.GetString(entity!.Attributes[0].Value.Span), System.Globalization.CultureInfo.InvariantCulture);

    private static Task<EntityOutcome[]> PutAsync(PostgresStore store, string id, int speed, string tenant = "") => store.WriteAsync(tenant, [new(id, (current, now) =>
    {
        var read = SampleEntity.Of($"'speed': {speed}", id);
        return current is null ? EntityEdits.Create(read, now) : EntityEdits.Replace(current, read, now);
    })], Cancel);
}
