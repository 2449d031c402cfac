using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Michi.IntegrationTests.CityOs;

public sealed class NgsiLdSurvivesKillTests : IDisposable
{
    private const int Writers = 16;

    private readonly string _folder = Directory.CreateTempSubdirectory("michi-kill-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Serve_LogIsDamaged_SaysWhereInOneSentence()
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "city-os.log")).FullName, "0000000000000001.log");
        // A frame of five bytes with a wrong checksum, and something after it.
        await File.WriteAllBytesAsync(file, [5, 0, 0, 0, 9, 9, 9, 9, 1, 2, 3, 4, 5, 6], Cancel);
        var (code, _, errors) = await MichiProcess.RunAsync("serve", "--port", $"{MichiServer.FreePort()}", "--data", _folder);
        Assert.Equal((3, $"{file} is damaged at byte 0. Restore the data folder from a backup, or cut the file off at that byte and lose the changes after it."), (code, errors.Trim()));
    }

    [Fact]
    public async Task Kill_UnderLoad_LosesNothingAcknowledged()
    {
        var acknowledged = new ConcurrentDictionary<string, int>();
        for (var round = 0; round < 3; round++)
        {
            var port = MichiServer.FreePort();
            using var process = MichiProcess.Start(new Dictionary<string, string> { ["MICHI_CITYOS_ACCESS"] = "open" }, "serve", "--port", $"{port}", "--data", _folder);
            await process.OutputAsync("listens");
            using var client = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/ngsi-ld/v1/") };
            // What was acknowledged before the last kill is there, in its last state.
            foreach (var (id, value) in acknowledged)
            {
                var entity = JsonNode.Parse(await client.GetStringAsync($"entities/{id}?format=simplified", Cancel))!;
                Assert.True((int)entity["value"]! >= value, $"{id}: {entity} instead of {value}");
            }
            var began = acknowledged.Count;
            var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(w => WriteAsync(client, $"urn:ngsi-ld:Test:{round}-{w}", acknowledged)));
            while (acknowledged.Count < began + 200) await Task.Delay(20, Cancel);
            Assert.True(process.Kill());
            await writing;
        }
        Assert.True(acknowledged.Count >= 600);
    }

    /// <summary>Makes entities and changes each twice, until the server is gone.</summary>
    private static async Task WriteAsync(HttpClient client, string prefix, ConcurrentDictionary<string, int> acknowledged)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                var id = $"{prefix}-{i}";
                using var made = await client.PostAsync("entities", Json($$"""{ "id": "{{id}}", "type": "Test", "value": 0 }"""), Cancel);
                Assert.Equal(HttpStatusCode.Created, made.StatusCode);
                acknowledged[id] = 0;
                for (var value = 1; value <= 2; value++)
                {
                    using var changed = await client.PatchAsync($"entities/{id}/attrs/value", Json($$"""{ "type": "Property", "value": {{value}} }"""), Cancel);
                    Assert.Equal(HttpStatusCode.NoContent, changed.StatusCode);
                    acknowledged[id] = value;
                }
            }
        }
        catch (HttpRequestException)
        {
            // The server was killed.
        }
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}
