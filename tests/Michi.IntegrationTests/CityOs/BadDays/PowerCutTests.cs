using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.IntegrationTests.CityOs.BadDays;

/// <summary>The real server writes onto a disk that notes everything; from the notes, disks are made as a power cut at any moment leaves them, and the stores start on each.</summary>
public sealed class PowerCutTests
{
    private const int Writers = 8, Values = 6, Gone = Values, NeverThere = -1;

    private const string Subscription = "urn:ngsi-ld:Subscription:1";

    private static readonly string Name = JsonLdContext.Core.Expand("value"), Type = JsonLdContext.Core.Expand("Test");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Cut_AtAnyMoment_LosesNothingAcknowledged()
    {
        var (states, seed) = (BadDay.Setting("POWER_CUTS", 40), BadDay.Seed());
        BadDay.Say($"{states} power cuts, seed {seed}");
        var random = new Random(seed);
        var (acknowledged, kinds) = (0, new int[4]);
        for (var left = states; left > 0; left -= 250)
        {
            using var disk = FaultyDisk.Create(hasJournal: true);
            var story = await RecordAsync(disk, random, seconds: states > 100 ? 12 : 5);
            acknowledged += story.Acknowledged.Count;
            foreach (var (kind, count) in await CheckAsync(disk, story, random, Math.Min(left, 250), seed)) kinds[(int)kind] += count;
        }
        BadDay.Say($"{acknowledged} writes acknowledged; {string.Join(", ", Enum.GetValues<PowerCut>().Select(k => $"{kinds[(int)k]} {k}"))}: nothing lost");
    }

    /// <summary>What happened while the disk was noted.</summary>
    /// <param name="Acknowledged">Entity, how far it was, and the mark after the answer.</param>
    /// <param name="Deleting">When the deletion of an entity was asked for.</param>
    private sealed record Story(long Begin, List<(string Id, int State, long Mark)> Acknowledged, ConcurrentDictionary<string, long> Deleting, Dictionary<string, List<(int Value, long Mark)>> Told);

    private static async Task<Story> RecordAsync(FaultyDisk disk, Random random, int seconds)
    {
        await using var receiver = await ValueReceiver.StartAsync();
        receiver.Mark = disk.Mark;
        var port = MichiServer.FreePort();
        using var server = MichiProcess.Start(disk.Settings, "serve", "--port", $"{port}", "--data", disk.Data);
        await server.OutputAsync("listens");
        using var client = BadDay.Client(port);
        await client.SubscribeAsync(Subscription, "Test", receiver.Address, Cancel);
        var begin = disk.Mark();
        ConcurrentQueue<(string, int, long)> acknowledged = [];
        ConcurrentDictionary<string, long> deleting = [];
        using var stop = new CancellationTokenSource();
        var writing = Enumerable.Range(0, Writers).Select(w => WriteAsync(client, disk, w, new Random(random.Next()), acknowledged, deleting, stop.Token)).ToList();
        await Task.Delay(TimeSpan.FromSeconds(seconds), Cancel);
        await stop.CancelAsync();
        await Task.WhenAll(writing);
        Assert.True(server.Kill());
        await server.EndAsync();
        return new(begin, [.. acknowledged], deleting, receiver.Marked);
    }

    /// <summary>Makes entities, counts each up and deletes some. All writers rest for a while now and then, so that tables are written too; one writes much.</summary>
    private static async Task WriteAsync(HttpClient client, FaultyDisk disk, int writer, Random random, ConcurrentQueue<(string, int, long)> acknowledged, ConcurrentDictionary<string, long> deleting, CancellationToken stop)
    {
        var more = writer == 0 ? $$""", "text": "{{new string('x', 20_000)}}" """ : "";
        var began = TimeProvider.System.GetTimestamp();
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            while (TimeProvider.System.GetElapsedTime(began).TotalSeconds % 3 > 1.6 && !stop.IsCancellationRequested) await Task.Delay(20, Cancel);
            var id = $"urn:ngsi-ld:Test:{writer}-{i}";
            await SendAsync(0, "POST", "entities", $$"""{ "id": "{{id}}", "type": "Test", "value": 0{{more}} }""");
            for (var value = 1; value < Values; value++)
            {
                if (random.Next(3) > 0) await SendAsync(value, "PATCH", $"entities/{id}/attrs/value", $$"""{ "value": {{value}} }""");
                else await SendAsync(value, "POST", "entityOperations/upsert?options=update", $$"""[{ "id": "{{id}}", "type": "Test", "value": {{value}} }]""");
            }
            if (random.Next(4) > 0) continue;
            deleting[id] = disk.Mark();
            await SendAsync(Gone, "DELETE", $"entities/{id}", null);

            async Task SendAsync(int state, string method, string path, string? body)
            {
                var status = await client.SendAsync(method, path, body, Cancel);
                Assert.True((int)status < 300, $"{method} {path}: {status}");
                acknowledged.Enqueue((id, state, disk.Mark()));
            }
        }
    }

    private static async Task<Dictionary<PowerCut, int>> CheckAsync(FaultyDisk disk, Story story, Random random, int states, int seed)
    {
        var ends = DiskJournal.Read(disk.Journal).Select(s => (s.End, s.Kind)).Where(s => s.End >= story.Begin).ToList();
        // Where names change or something is synced more can go wrong than between writes.
        var special = ends.Index().Where(e => e.Item.Kind is not DiskStep.Write).Select(e => e.Index).ToList();
        var chosen = Enumerable.Range(0, states).Select(_ => random.Next(2) == 0 ? random.Next(ends.Count) : Math.Clamp(special[random.Next(special.Count)] - random.Next(2), 0, ends.Count - 1))
            .Select(i => ends[i].End).Order().ToList();
        Dictionary<PowerCut, int> done = [];
        var model = new DiskModel();
        var next = 0;
        foreach (var step in DiskJournal.Read(disk.Journal))
        {
            model.Do(step);
            for (; next < chosen.Count && chosen[next] == step.End; next++)
            {
                var kind = (PowerCut)random.Next(4);
                var folder = Directory.CreateTempSubdirectory("michi-cut-").FullName;
                try
                {
                    model.Cut(kind, random, folder);
                    await CheckAsync(folder, story, step.End, random);
                }
                catch (Exception fault)
                {
                    var kept = Path.Combine(Path.GetTempPath(), $"michi-power-cut-{seed}");
                    if (!Directory.Exists(kept)) Directory.Move(folder, kept);
                    throw new InvalidOperationException($"Seed {seed}, byte {step.End} of the journal ({step.Kind}), {kind}: {fault.Message} The disk is in {kept}.", fault);
                }
                finally
                {
                    if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
                }
                done[kind] = done.GetValueOrDefault(kind) + 1;
            }
        }
        Assert.Equal(chosen.Count, next);
        return done;
    }

    private static async Task CheckAsync(string folder, Story story, long mark, Random random)
    {
        var path = Path.Combine(folder, "city-os.db");
        Dictionary<string, int> least = [];
        foreach (var (id, state, at) in story.Acknowledged)
            if (at <= mark) least[id] = Math.Max(least.GetValueOrDefault(id, NeverThere), state);
        Dictionary<string, int> states;
        await using (var store = new SqliteStore(path, TimeProvider.System))
        {
            states = await CheckEntitiesAsync(store, story, least, mark);
            await CheckNotifiedAsync(store, story, states, mark);
            await using var history = new HistoryStore(Path.Combine(folder, "city-history.db"), store, TimeProvider.System, NullLogger<HistoryStore>.Instance);
            await CheckHistoryAsync(history, states);
            // It goes on.
            var last = await store.LastChangeAsync(Cancel);
            var entity = new EntityReader(JsonLdContext.Core, InputForm.Normalized, InputNeed.Whole).Read(System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>("""{ "id": "urn:ngsi-ld:Test:after", "type": "Test", "value": 0 }"""));
            Assert.Null((await store.WriteAsync("", [new("urn:ngsi-ld:Test:after", (_, now) => EntityEdits.Create(entity, now))], Cancel))[0].Refusal);
            Assert.Equal(last + 1, await store.LastChangeAsync(Cancel));
        }
        if (random.Next(4) > 0) return;
        // All was written into the tables when the store was closed.
        await using var again = new SqliteStore(path, TimeProvider.System);
        states["urn:ngsi-ld:Test:after"] = 0;
        await CheckIndexesAsync(again, states);
    }

    /// <summary>Every entity is at least as far as was acknowledged.</summary>
    /// <returns>How far each is.</returns>
    private static async Task<Dictionary<string, int>> CheckEntitiesAsync(SqliteStore store, Story story, Dictionary<string, int> least, long mark)
    {
        Dictionary<string, int> states = [];
        foreach (var id in story.Acknowledged.Select(a => a.Id).Distinct())
        {
            var wanted = least.GetValueOrDefault(id, NeverThere);
            var found = await store.FindAsync("", id, Cancel);
            var isDeleted = found is null && story.Deleting.TryGetValue(id, out var asked) && asked <= mark;
            var state = found is not null ? ValueOf(found) : isDeleted && wanted >= Values - 1 ? Gone : NeverThere;
            Assert.True(state >= wanted, $"{id} is at {state}, {wanted} was acknowledged.");
            states[id] = state;
        }
        await CheckIndexesAsync(store, states);
        return states;
    }

    /// <summary>Listings, counts and conditions tell the same as the entities themselves.</summary>
    private static async Task CheckIndexesAsync(SqliteStore store, Dictionary<string, int> states)
    {
        var there = states.Where(s => s.Value is >= 0 and < Gone).Select(s => s.Key).Order(StringComparer.Ordinal).ToList();
        var page = await store.QueryAsync("", new() { Types = [Type] }, new(1_000_000, HasCount: true), Cancel);
        Assert.Equal(there, page.Entities.Select(e => e.Id).Order(StringComparer.Ordinal));
        Assert.Equal(there.Count, page.Count);
        Assert.Equal(there.Count, (await store.CountAsync("", Cancel)).FirstOrDefault(c => c.Type == Type && c.Name is null).Entities);
        for (var value = 0; value < Values; value++)
            Assert.Equal(
                states.Where(s => s.Value == value).Select(s => s.Key).Order(StringComparer.Ordinal),
                (await store.QueryAsync("", new() { Ranges = [new(Name, (double)value, (double)value)], Matches = e => e.Find(Name, null) is not null && ValueOf(e) == value }, new(1_000_000), Cancel)).Entities.Select(e => e.Id).Order(StringComparer.Ordinal));
    }

    /// <summary>What will not be told any more was told; what has to be read again is there without a gap.</summary>
    private static async Task CheckNotifiedAsync(SqliteStore store, Story story, Dictionary<string, int> states, long mark)
    {
        var position = await store.OpenReaderAsync("subscriptions", Cancel);
        var read = Math.Min(position, await store.OpenReaderAsync("history", Cancel));
        var last = await store.LastChangeAsync(Cancel);
        var changes = await store.ReadChangesAsync(read, int.MaxValue, Cancel);
        Assert.Equal(Enumerable.Range(0, (int)(last - read)).Select(i => read + 1 + i), changes.Select(c => c.Sequence));
        foreach (var values in changes.Where(c => c.After is not null).GroupBy(c => c.Id, c => ValueOf(c.After!)).Select(g => g.ToList())) Assert.Equal(values.Order(), values);

        var settled = DeliveryRecord.Read(await store.FindDocumentAsync(DocumentKind.SubscriptionRecord, "", Subscription, Cancel)).Figures.Sequence;
        var rest = changes.Where(c => c.Sequence > Math.Max(position, settled) && c.After is not null).Select(c => (c.Id, ValueOf(c.After!))).ToHashSet();
        foreach (var (id, state) in states)
        {
            var told = story.Told.TryGetValue(id, out var values) ? values.Where(v => v.Mark <= mark).Select(v => v.Value).ToHashSet() : [];
            for (var value = 0; value <= Math.Min(state, Values - 1); value++) Assert.True(told.Contains(value) || rest.Contains((id, value)), $"Nobody was told, nor will be, that {id} was {value}.");
        }
    }

    private static Task<bool> CheckHistoryAsync(HistoryStore history, Dictionary<string, int> states) => history.ReadAsync(
        reader =>
        {
            foreach (var (id, state) in states)
            {
                var values = reader.Find("", id) is not { } entity ? []
                    : reader.SeriesOf(entity.Key).Where(s => s.Name == Name).SelectMany(s => reader.Points(s, long.MinValue, long.MaxValue)).Where(p => !p.Shape.IsDeleted).Select(p => (int)p.Number).ToList();
                Assert.True(values.SequenceEqual(Enumerable.Range(0, Math.Min(state, Values - 1) + 1)), $"The history of {id}, which is at {state}, is {string.Join(' ', values)}.");
            }
            return true;
        },
        Cancel);

    private static int ValueOf(Entity entity) => int.Parse(Encoding.UTF8.GetString(entity.Find(Name, null)!.Value.Span), CultureInfo.InvariantCulture);
}
