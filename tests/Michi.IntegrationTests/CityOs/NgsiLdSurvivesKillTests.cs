using System.Collections.Concurrent;
using System.Net;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;
using Michi.IntegrationTests.CityOs.BadDays;
using Microsoft.Data.Sqlite;

namespace Michi.IntegrationTests.CityOs;

public sealed class NgsiLdSurvivesKillTests : IDisposable
{
    private const int Writers = 32;

    private readonly string _folder = Directory.CreateTempSubdirectory("michi-kill-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Serve_LogIsDamaged_SaysWhereInOneSentence()
    {
        await using (var store = new SqliteStore(Path.Combine(_folder, "city-os.db"), TimeProvider.System))
        {
            var made = new Entity { Id = "urn:ngsi-ld:Test:1", Types = ["urn:x:Test"] };
            for (var i = 0; i < 3; i++) await store.WriteAsync("", [new(made.Id, (_, _) => made.With([]))], Cancel);
        }
        var file = Directory.GetFiles(Path.Combine(_folder, "city-os.log")).Single();
        using (var log = new FileStream(file, FileMode.Open))
        {
            log.Position = 20;
            log.WriteByte(99);
        }
        var (code, _, errors) = await MichiProcess.RunAsync("serve", "--port", $"{MichiServer.FreePort()}", "--data", _folder);
        Assert.Equal((3, $"{file} is damaged at byte 0. Restore the data folder from a backup, or cut the file off at that byte and lose the changes after it."), (code, errors.Trim()));
    }

    [Theory]
    [InlineData("city-os.db")]
    [InlineData("city-history.db")]
    public async Task Serve_DataOfAnotherVersion_SaysSoInOneSentence(string name)
    {
        var file = Path.Combine(_folder, name);
        using (var connection = new SqliteConnection($"Data Source={file};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 2";
            command.ExecuteNonQuery();
        }
        var (code, _, errors) = await MichiProcess.RunAsync("serve", "--port", $"{MichiServer.FreePort()}", "--data", _folder);
        Assert.Equal((3, $"{file} was written by another version of Michi (tables 2, here 4). Start it with that version, or choose another folder with --data."), (code, errors.Trim()));
    }

    /// <summary>Killed at random moments of full load: whatever was acknowledged is there, every change is in the history and was told, in order for each entity.</summary>
    [Fact]
    public async Task Kill_UnderLoad_LosesNothingAcknowledged()
    {
        var (rounds, seed) = (BadDay.Setting("KILLS", 3), BadDay.Seed());
        BadDay.Say($"{rounds} kills, seed {seed}");
        var random = new Random(seed);
        await using var receiver = await ValueReceiver.StartAsync();
        var acknowledged = new ConcurrentDictionary<string, int>();
        List<string> fresh = [];
        var port = MichiServer.FreePort();
        for (var round = 0; round <= rounds; round++)
        {
            using var process = MichiProcess.Start(new Dictionary<string, string> { ["MICHI_CITYOS_ACCESS"] = "open" }, "serve", "--port", $"{port}", "--data", _folder);
            await process.OutputAsync("listens");
            using var client = BadDay.Client(port);
            if (round == 0) await client.SubscribeAsync("urn:ngsi-ld:Subscription:1", "Told", receiver.Address, Cancel);
            // What was acknowledged before the last kill is there, in its last state; in the end all there ever was.
            var isLast = round == rounds;
            await CheckAsync(client, isLast ? [.. acknowledged.Keys] : fresh, acknowledged, withHistory: isLast);
            if (isLast)
            {
                await CheckToldAsync(receiver, acknowledged);
                break;
            }
            var began = acknowledged.Count;
            var writing = Enumerable.Range(0, Writers).Select(w => WriteAsync(client, round, w, acknowledged)).ToList();
            while (acknowledged.Count < began + 100 && !writing.Exists(w => w.IsFaulted)) await Task.Delay(5, Cancel);
            await Task.Delay(random.Next(1_500), Cancel);
            Assert.True(process.Kill());
            await process.EndAsync();
            fresh = [.. (await Task.WhenAll(writing)).SelectMany(w => w)];
        }
        BadDay.Say($"{rounds} kills: {acknowledged.Sum(a => a.Value + 1)} writes of {acknowledged.Count} entities acknowledged, 0 lost; {receiver.Told.Sum(t => t.Value.Count)} notifications, 0 lost, {receiver.Repeated} repeated under the same id");
        Assert.True(acknowledged.Count >= rounds * 100);
    }

    private static async Task CheckAsync(HttpClient client, List<string> ids, ConcurrentDictionary<string, int> acknowledged, bool withHistory)
    {
        await Parallel.ForEachAsync(ids, new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Cancel }, async (id, cancel) =>
        {
            var value = (int)(await client.ReadAsync($"entities/{id}?format=simplified", cancel))["value"]!;
            Assert.True(value >= acknowledged[id], $"{id} is {value}; {acknowledged[id]} was acknowledged.");
            // The write under way when the server was killed may have been kept.
            Assert.InRange(value, acknowledged[id], acknowledged[id] + 1);
            if (withHistory) Assert.Equal(Enumerable.Range(0, value + 1), await client.HistoryAsync(id, cancel));
        });
    }

    private static async Task CheckToldAsync(ValueReceiver receiver, ConcurrentDictionary<string, int> acknowledged)
    {
        var wanted = acknowledged.Where(a => a.Key.Contains("Told", StringComparison.Ordinal)).ToList();
        await receiver.UntilAsync(told => wanted.TrueForAll(a => told.GetValueOrDefault(a.Key)?.Contains(a.Value) == true), seconds: 300);
        foreach (var (id, last) in wanted)
        {
            var values = receiver.Told[id];
            Assert.True(values.SequenceEqual(Enumerable.Range(0, values.Count)) && values.Count > last, $"{id}, which was {last}, was told with {string.Join(' ', values)}.");
        }
    }

    /// <summary>Makes entities and changes each some times, one by one and in batches, until the server is gone.</summary>
    /// <returns>The entities made.</returns>
    private static async Task<List<string>> WriteAsync(HttpClient client, int round, int writer, ConcurrentDictionary<string, int> acknowledged)
    {
        List<string> made = [];
        var type = writer % 4 == 0 ? "Told" : "Test";
        try
        {
            for (var i = 0; ; i++)
            {
                var id = $"urn:ngsi-ld:{type}:{round}-{writer}-{i}";
                Assert.Equal(HttpStatusCode.Created, await client.SendAsync("POST", "entities", $$"""{ "id": "{{id}}", "type": "{{type}}", "value": 0 }""", Cancel));
                acknowledged[id] = 0;
                made.Add(id);
                for (var value = 1; value <= 4; value++)
                {
                    var status = value % 2 == 0
                        ? await client.SendAsync("PATCH", $"entities/{id}/attrs/value", $$"""{ "type": "Property", "value": {{value}} }""", Cancel)
                        : await client.SendAsync("POST", "entityOperations/upsert?options=update", $$"""[{ "id": "{{id}}", "type": "{{type}}", "value": {{value}} }]""", Cancel);
                    Assert.Equal(HttpStatusCode.NoContent, status);
                    acknowledged[id] = value;
                }
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            // The server was killed.
        }
        return made;
    }
}
