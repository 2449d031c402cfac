using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;

namespace Michi.IntegrationTests.CityOs.BadDays;

/// <summary>Disks that are full, read-only or broken for a while, and a clock that jumps: the real server goes on and loses nothing it acknowledged.</summary>
public sealed class DiskFaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>A real file system of 48 MB, filled up by another.</summary>
    [Fact]
    public async Task Write_DiskFull_IsRefusedUntilThereIsRoom()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && await MayMountAsync(), "A small disk needs the right to mount one in a namespace (unshare -rm).");
        using var folder = new TemporaryFolder();
        var data = Directory.CreateDirectory(Path.Combine(folder.Path, "disk")).FullName;
        var port = MichiServer.FreePort();
        using var server = MichiProcess.StartWith(
            "unshare",
            ["-rm", "sh", "-c", """mount -t tmpfs -o size=48m none "$1" && shift && exec "$@" """, "sh", data, "dotnet", Path.Combine(AppContext.BaseDirectory, "michi.dll"), "serve", "--port", $"{port}", "--data", data],
            new() { ["MICHI_CITYOS_ACCESS"] = "open" });
        await server.OutputAsync("listens");
        var disk = $"/proc/{server.Id}/root{data}";
        using var client = BadDay.Client(port);
        await using var receiver = await ValueReceiver.StartAsync();
        await client.SubscribeAsync("urn:ngsi-ld:Subscription:1", "Test", receiver.Address, Cancel);
        List<string> there = [], refused = [];
        await PutAsync();
        var filler = Path.Combine(disk, "filler");
        Fill(filler);

        // What the last page of the log has room for is taken; then nothing is.
        while (refused.Count < 10)
        {
            Assert.True(there.Count < 1_000);
            await PutAsync();
        }
        var (status, problem) = await AnswerAsync(client, "urn:ngsi-ld:Test:none");
        Assert.Equal((HttpStatusCode.InsufficientStorage, "https://uri.etsi.org/ngsi-ld/errors/InternalError"), (status, (string?)problem["type"]));
        Assert.Equal("The disk is full. What was asked was not done; try again later.", (string?)problem["detail"]);
        Assert.Equal(HttpStatusCode.InsufficientStorage, await client.SendAsync("POST", "entityOperations/upsert", $"[{Entity("urn:ngsi-ld:Test:none")}]", Cancel));
        Assert.True(await client.SendAsync("POST", "subscriptions", """{ "id": "urn:ngsi-ld:Subscription:2", "type": "Subscription", "entities": [{ "type": "Test" }], "notification": { "endpoint": { "uri": "http://127.0.0.1:9/" } } }""", Cancel) is HttpStatusCode.Created or HttpStatusCode.InsufficientStorage or HttpStatusCode.ServiceUnavailable);
        await CheckAsync();
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await CheckAsync();

        File.Delete(filler);
        var began = Stopwatch.GetTimestamp();
        while (there.Count < 300)
        {
            await PutAsync();
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(30), "Nothing is taken although there is room.");
        }
        await CheckAsync();
        await receiver.UntilAsync(told => there.TrueForAll(told.ContainsKey));
        Assert.Single(await client.HistoryAsync(there[^1], Cancel));

        // What is on the disk at this moment is what a kill leaves.
        Process.Start("kill", ["-STOP", $"{server.Id}"]).WaitForExit();
        var copy = Path.Combine(folder.Path, "copy");
        Process.Start("cp", ["-r", disk, copy]).WaitForExit();
        server.Kill();
        using var second = MichiProcess.Start(new Dictionary<string, string> { ["MICHI_CITYOS_ACCESS"] = "open" }, "serve", "--port", $"{port}", "--data", copy);
        await second.OutputAsync("listens");
        await CheckAsync();

        async Task PutAsync()
        {
            var id = $"urn:ngsi-ld:Test:{there.Count + refused.Count}";
            var (status, _) = await AnswerAsync(client, id);
            Assert.True(status is HttpStatusCode.Created or HttpStatusCode.InsufficientStorage, $"{status}");
            (status == HttpStatusCode.Created ? there : refused).Add(id);
        }

        async Task CheckAsync()
        {
            foreach (var id in there.TakeLast(20)) Assert.Equal(HttpStatusCode.OK, await client.SendAsync("GET", $"entities/{id}", null, Cancel));
            foreach (var id in refused) Assert.Equal(HttpStatusCode.NotFound, await client.SendAsync("GET", $"entities/{id}", null, Cancel));
            using var page = await client.GetAsync(new Uri("entities?type=Test&count=true&limit=1", UriKind.Relative), Cancel);
            Assert.Equal($"{there.Count}", page.Headers.GetValues("NGSILD-Results-Count").Single());
        }
    }

    [Theory]
    [InlineData(FaultyDisk.ReadOnly, 0, HttpStatusCode.ServiceUnavailable)]
    [InlineData(FaultyDisk.NoSpace, 0, HttpStatusCode.InsufficientStorage)]
    [InlineData(0, FaultyDisk.InputOutput, HttpStatusCode.ServiceUnavailable)]
    public async Task Write_DiskFails_IsRefusedAndGoesOnAfterwards(int writing, int syncing, HttpStatusCode expected)
    {
        using var disk = FaultyDisk.Create();
        var (server, client) = await StartAsync(disk);
        using (server)
        using (client)
        {
            Assert.Equal(HttpStatusCode.Created, (await AnswerAsync(client, "urn:ngsi-ld:Test:before")).Status);
            // Once with the tables not written yet, once with nothing left to write.
            for (var turn = 0; turn < 2; turn++)
            {
                (disk.Writing, disk.Syncing) = (writing, syncing);
                var (status, problem) = await AnswerAsync(client, $"urn:ngsi-ld:Test:refused-{turn}");
                Assert.Equal((expected, "https://uri.etsi.org/ngsi-ld/errors/InternalError"), (status, (string?)problem["type"]));
                Assert.Equal(expected, await client.SendAsync("PATCH", "entities/urn:ngsi-ld:Test:before/attrs/value", """{ "value": 7 }""", Cancel));
                Assert.Equal(expected, await client.SendAsync("DELETE", "entities/urn:ngsi-ld:Test:before", null, Cancel));
                Assert.Equal(expected, await client.SendAsync("POST", "subscriptions", """{ "type": "Subscription", "entities": [{ "type": "Test" }], "notification": { "endpoint": { "uri": "http://127.0.0.1:9/" } } }""", Cancel));
                Assert.Equal(0, (int)(await client.ReadAsync("entities/urn:ngsi-ld:Test:before?format=simplified", Cancel))["value"]!);
                Assert.Equal(1 + turn, (await client.ReadAsync("entities?type=Test", Cancel)).AsArray().Count);
                // The history is told where it can have all there is; where it cannot, nobody waits until it can.
                var asked = Stopwatch.GetTimestamp();
                Assert.Contains(await client.SendAsync("GET", "temporal/entities/urn:ngsi-ld:Test:before", null, Cancel), new[] { HttpStatusCode.OK, expected, HttpStatusCode.ServiceUnavailable });
                Assert.True(Stopwatch.GetElapsedTime(asked) < TimeSpan.FromSeconds(15));
                await Task.Delay(TimeSpan.FromSeconds(1.5), Cancel);
                (disk.Writing, disk.Syncing) = (0, 0);
                Assert.Equal(HttpStatusCode.Created, (await AnswerAsync(client, $"urn:ngsi-ld:Test:{turn}")).Status);
                Assert.Equal([0], await client.HistoryAsync($"urn:ngsi-ld:Test:{turn}", Cancel));
                await Task.Delay(TimeSpan.FromSeconds(1.5), Cancel);
            }
            server.Kill();
            await server.EndAsync();
        }
        var (again, reader) = await StartAsync(disk);
        using (again)
        using (reader) Assert.Equal(["urn:ngsi-ld:Test:before", "urn:ngsi-ld:Test:0", "urn:ngsi-ld:Test:1"], (await reader.ReadAsync("entities?type=Test", Cancel)).AsArray().Select(e => (string)e!["id"]!));
    }

    [Fact]
    public async Task Start_ReadOnlyDisk_SaysSoInOneSentence()
    {
        using var disk = FaultyDisk.Create();
        disk.Writing = FaultyDisk.ReadOnly;
        using var process = MichiProcess.Start(disk.Settings, "serve", "--port", $"{MichiServer.FreePort()}", "--data", disk.Data);
        var (code, _, errors) = await process.EndAsync();
        Assert.Equal(2, code);
        Assert.Single(errors.Trim().Split('\n'));
    }

    /// <summary>A year back: changes stay in order, the history keeps each, and no subscription falls silent.</summary>
    [Fact]
    public async Task Write_ClockJumpsBack_StaysInOrderAndIsTold()
    {
        using var disk = FaultyDisk.Create();
        await using var receiver = await ValueReceiver.StartAsync();
        var (server, client) = await StartAsync(disk);
        using (server)
        using (client)
        {
            var id = "urn:ngsi-ld:Test:1";
            Assert.Equal(HttpStatusCode.Created, await client.SendAsync(
                "POST", "subscriptions", $$"""{ "type": "Subscription", "entities": [{ "type": "Test" }], "throttling": 1, "notification": { "format": "simplified", "endpoint": { "uri": "{{receiver.Address}}" } } }""", Cancel));
            await AnswerAsync(client, id);
            await receiver.UntilAsync(told => told.ContainsKey(id));
            for (var value = 1; value <= 20; value++)
            {
                disk.Clock = TimeSpan.FromDays(value % 3 == 0 ? -365 : value % 3 == 1 ? -366 : 0);
                Assert.Equal(HttpStatusCode.NoContent, await client.SendAsync("PATCH", $"entities/{id}/attrs/value", $$"""{ "value": {{value}} }""", Cancel));
            }
            Assert.Equal(Enumerable.Range(0, 21), await client.HistoryAsync(id, Cancel));
            await Task.Delay(TimeSpan.FromSeconds(1.2), Cancel);
            disk.Clock = TimeSpan.FromDays(-400);
            await client.SendAsync("PATCH", $"entities/{id}/attrs/value", """{ "value": 99 }""", Cancel);
            await receiver.UntilAsync(told => told[id].Contains(99));
            Assert.Equal([99], (await client.ReadAsync($"entities?type=Test&q=value==99&format=simplified", Cancel)).AsArray().Select(e => (int)e!["value"]!));
        }
    }

    private static async Task<(MichiProcess Server, HttpClient Client)> StartAsync(FaultyDisk disk)
    {
        var port = MichiServer.FreePort();
        var server = MichiProcess.Start(disk.Settings, "serve", "--port", $"{port}", "--data", disk.Data);
        await server.OutputAsync("listens");
        return (server, BadDay.Client(port));
    }

    private static async Task<(HttpStatusCode Status, JsonNode Problem)> AnswerAsync(HttpClient client, string id)
    {
        using var answer = await client.PostAsync(new Uri("entities", UriKind.Relative), BadDay.Json(Entity(id)), Cancel);
        return (answer.StatusCode, JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancel) is { Length: > 0 } text ? text : "{}")!);
    }

    private static string Entity(string id) => $$"""{ "id": "{{id}}", "type": "Test", "value": 0, "text": "{{new string('x', 500)}}" }""";

    private static void Fill(string path)
    {
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 0);
        var block = new byte[4096];
        try
        {
            while (true) file.Write(block);
        }
        catch (IOException)
        {
            // The disk is full.
        }
    }

    private static async Task<bool> MayMountAsync()
    {
        try
        {
            using var trial = Process.Start(new ProcessStartInfo("unshare", ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]) { RedirectStandardError = true })!;
            await trial.WaitForExitAsync(Cancel);
            return trial.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private sealed class TemporaryFolder : IDisposable
    {
        public string Path { get; } = Directory.CreateTempSubdirectory("michi-full-").FullName;

        public void Dispose() => Directory.Delete(Path, recursive: true);
    }
}
