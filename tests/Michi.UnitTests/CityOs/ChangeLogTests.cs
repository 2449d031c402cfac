using Michi.CityOs.Entities;
using Michi.CityOs.Storage;
using Microsoft.Data.Sqlite;

namespace Michi.UnitTests.CityOs;

/// <summary>What a process that is gone from one moment to the next leaves behind: a copy of the folder of a store that is open.</summary>
public sealed class ChangeLogTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-log-").FullName;
    private SqliteStore _store = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _store = Open("city");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Open_AfterACrash_HasAllThatWasAcknowledged()
    {
        await _store.OpenReaderAsync("test", Cancel);
        for (var i = 0; i < 50; i++) await PutAsync(_store, $"'speed': {i % 5}", i);
        await PutAsync(_store, null, 7);
        await PutAsync(_store, "", 1, "other");

        await using var copy = Open(Crash());
        Assert.Equal(52, await copy.LastChangeAsync(Cancel));
        Assert.Null(await copy.FindAsync("", Id(7), Cancel));
        Assert.Equal(49, (await copy.QueryAsync("", new() { Types = [SampleEntity.Name("Vehicle")] }, new(100, HasCount: true), Cancel)).Count);
        Assert.Equal(10, await CountAsync(copy, speed: 3));
        Assert.True(await copy.HasTenantAsync("other", Cancel));
        Assert.Equal(Enumerable.Range(1, 52).Select(s => (long)s), (await copy.ReadChangesAsync(0, 100, Cancel)).Select(c => c.Sequence));
        await PutAsync(copy, "'speed': 3", 7);
        Assert.Equal((53, 11), (await copy.LastChangeAsync(Cancel), await CountAsync(copy, speed: 3)));
    }

    /// <summary>A power cut in the middle of a write leaves any part of it.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    [InlineData(60)]
    public async Task Open_LastFrameIsTorn_HasAllBeforeIt(int bytesLost)
    {
        for (var i = 0; i < 3; i++) await PutAsync(_store, "'speed': 1", i);
        var name = Crash();
        using (var log = new FileStream(LogOf(name), FileMode.Open)) log.SetLength(log.Length - bytesLost);

        await using (var copy = Open(name))
        {
            Assert.Equal(2, await copy.LastChangeAsync(Cancel));
            await PutAsync(copy, "'speed': 1", 9);
        }
        await using var again = Open(name);
        Assert.Equal((3, 3), (await again.LastChangeAsync(Cancel), await CountAsync(again, speed: 1)));
    }

    [Fact]
    public async Task Open_FrameInTheMiddleIsDamaged_IsRefusedWithItsPlace()
    {
        for (var i = 0; i < 3; i++) await PutAsync(_store, "'speed': 1", i);
        var name = Crash();
        using (var log = new FileStream(LogOf(name), FileMode.Open))
        {
            log.Position = 40;
            log.WriteByte((byte)'?');
        }
        var fault = Assert.Throws<InvalidDataException>(() => Open(name));
        Assert.Contains("is damaged at byte 0", fault.Message);
    }

    [Fact]
    public async Task Open_LogOfAnotherTime_IsRefused()
    {
        for (var i = 0; i < 3; i++) await PutAsync(_store, "'speed': 1", i);
        var name = Crash();
        // The tables of a new store end before the changes of this log begin.
        await using (var fresh = Open("fresh")) await PutAsync(fresh, "", 1);
        var log = LogOf("fresh");
        File.Delete(log);
        await using (var longer = Open(name)) await PutAsync(longer, "'speed': 1", 9);
        File.Copy(Directory.GetFiles(Path.Combine(_folder, $"{name}.log")).Max()!, Path.Combine(_folder, "fresh.log", "0000000000000004.log"));
        var fault = Assert.Throws<InvalidDataException>(() => Open("fresh"));
        Assert.Contains("not of one time", fault.Message);
    }

    [Fact]
    public async Task Write_ThenNothing_IsSoonInTheTables()
    {
        await PutAsync(_store, "'speed': 1", 1);
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, "city.db")};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT sequence * 100 + (SELECT count(*) FROM entity) FROM progress";
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (command.ExecuteScalar() is not 101L) await Task.Delay(50, late.Token);
    }

    /// <summary>Changes that a slow reader has not passed are kept over files, tables written and a restart.</summary>
    [Fact]
    public async Task ReadChanges_OfLongAgo_ComeFromTheLog()
    {
        await using var small = new SqliteStore(Path.Combine(_folder, "small.db"), TimeProvider.System, mostUnsaved: 50_000);
        await small.OpenReaderAsync("slow", Cancel);
        var body = $"'text': '{new string('x', 20_000)}'";
        for (var i = 0; i < 1_700; i++) await PutAsync(small, body, i % 10);
        Assert.True(Directory.GetFiles(Path.Combine(_folder, "small.log")).Length > 1);
        Assert.Equal(Enumerable.Range(1, 1_700).Select(s => (long)s), (await small.ReadChangesAsync(0, 2_000, Cancel)).Select(c => c.Sequence));
        Assert.Equal(900, Assert.Single(await small.ReadChangesAsync(899, 1, Cancel)).Sequence);

        await small.MoveReaderAsync("slow", 1_700, Cancel);
        for (var i = 0; i < 20; i++) await PutAsync(small, body, i % 10);
        await small.MoveReaderAsync("slow", 1_720, Cancel);
        Assert.Single(Directory.GetFiles(Path.Combine(_folder, "small.log")));
    }

    private static string Id(int number) => $"urn:ngsi-ld:Vehicle:{number}";

    private static async Task<int> CountAsync(SqliteStore store, double speed) =>
        (await store.QueryAsync("", new() { Ranges = [new(SampleEntity.Name("speed"), speed, speed)] }, new(100), Cancel)).Entities.Count;

    private static Task<EntityOutcome[]> PutAsync(SqliteStore store, string? members, int number, string tenant = "") => store.WriteAsync(tenant, [new(Id(number), (current, now) =>
    {
        if (members is null) return null;
        var read = SampleEntity.Of(members, Id(number));
        return current is null ? EntityEdits.Create(read, now) : EntityEdits.Replace(current, read, now);
    })], Cancel);

    private SqliteStore Open(string name) => new(Path.Combine(_folder, $"{name}.db"), TimeProvider.System);

    private string LogOf(string name) => Directory.GetFiles(Path.Combine(_folder, $"{name}.log")).Single();

    private string Crash()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "crashed.log"));
        foreach (var file in Directory.GetFiles(_folder, "city.db*").Append(LogOf("city")).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
        {
            using var from = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var to = File.Create(file.Replace(Path.Combine(_folder, "city"), Path.Combine(_folder, "crashed")));
            from.CopyTo(to);
        }
        return "crashed";
    }
}
