using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;

namespace Michi.IntegrationTests.CityOs;

/// <summary>The City OS in <c>michi backup</c> and <c>michi restore</c> when something is in the way: writers, a server that is gone, a city that is there already, a damaged file.</summary>
/// <remarks>Apart from the other tests of backups, so that both run at once: what takes time is that programs start.</remarks>
public sealed class BusyCityOsBackupTests : CityOsBackupScene
{
    [Theory]
    [InlineData("sqlite", "postgres")]
    [InlineData("postgres", "sqlite")]
    public async Task Backup_WhileSensorsWrite_HasAllAcknowledgedBefore(string from, string to)
    {
        const int Writers = 8;
        var (source, target) = (await PlaceAsync(from), await PlaceAsync(to));
        var acknowledged = new ConcurrentDictionary<string, int>();
        Dictionary<string, int> before;
        using (var server = await ServeAsync(source))
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
            var writing = Task.WhenAll(Enumerable.Range(0, Writers).Select(w => WriteAsync(server, w, acknowledged, stop.Token)));
            while (acknowledged.Count < 400 && !writing.IsCompleted) await Task.Delay(20, Cancel);
            before = new(acknowledged);
            await RunAsync("backup", "load.backup", source);
            Assert.True(acknowledged.Count > before.Count);
            await stop.CancelAsync();
            await writing;
        }
        await RunAsync("restore", "load.backup", target);

        using var restored = await ServeAsync(target);
        foreach (var (id, value) in before)
        {
            var entity = JsonNode.Parse(await restored.GetAsync($"entities/{id}?format=simplified"))!;
            Assert.True((int)entity["value"]! >= value, $"{id}: {entity} instead of {value}");
            // The history has each value once, up to the one that is there.
            var history = JsonNode.Parse(await restored.GetAsync($"temporal/entities/{id}?attrs=value&format=temporalValues"))!["value"]!["values"]!.AsArray();
            Assert.Equal(Enumerable.Range(0, (int)entity["value"]! + 1), history.Select(v => (int)v![0]!));
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Backup_OfAServerThatIsGone_HasWhatItLeft(bool isStopped)
    {
        var (source, target) = (await PlaceAsync("sqlite"), await PlaceAsync("sqlite"));
        using (var server = await ServeAsync(source))
        {
            await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Test:1", "type": "Test", "value": 1 }""", HttpStatusCode.Created);
            // Killed, the entity is in the log alone; stopped, in the tables, and nobody has them open.
            if (isStopped) await server.StopAsync();
        }
        await RunAsync("backup", "stopped.backup", source);
        await RunAsync("restore", "stopped.backup", target);

        using var restored = await ServeAsync(target);
        Assert.Contains("\"value\":1", await restored.GetAsync("entities/urn:ngsi-ld:Test:1?format=simplified"), StringComparison.Ordinal);
        Assert.Single(JsonNode.Parse(await restored.GetAsync("temporal/entities/urn:ngsi-ld:Test:1"))!["value"]!.AsArray().OfType<JsonNode>());
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Restore_NothingIsNotifiedAgain_AndChangesAre(string kind)
    {
        await using var receiver = await ValueReceiver.StartAsync();
        var (source, target) = (await PlaceAsync("sqlite"), await PlaceAsync(kind));
        using (var server = await ServeAsync(source))
        {
            await server.SendAsync(HttpMethod.Post, "subscriptions", $$"""{ "id": "urn:ngsi-ld:Subscription:1", "type": "Subscription", "entities": [{ "type": "Test" }], "notification": { "format": "simplified", "endpoint": { "uri": "{{receiver.Address}}" } } }""", HttpStatusCode.Created);
            for (var i = 0; i < 20; i++) await server.SendAsync(HttpMethod.Post, "entities", $$"""{ "id": "urn:ngsi-ld:Test:{{i}}", "type": "Test", "value": 1 }""", HttpStatusCode.Created);
            await receiver.UntilAsync(told => told.Count == 20);
            await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
            await RunAsync("backup", "told.backup", source);
        }
        receiver.Clear();
        await RunAsync("restore", "told.backup", target);

        using var restored = await ServeAsync(target);
        await restored.SendAsync(HttpMethod.Patch, "entities/urn:ngsi-ld:Test:3/attrs/value", """{ "type": "Property", "value": 2 }""", HttpStatusCode.NoContent);
        await receiver.UntilAsync(told => told.ContainsKey("urn:ngsi-ld:Test:3"));
        await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
        Assert.Equal(["urn:ngsi-ld:Test:3"], receiver.Told.Keys);
        Assert.Equal([2], receiver.Told["urn:ngsi-ld:Test:3"]);
        Assert.Contains("\"timesSent\":21", await restored.GetAsync("subscriptions/urn:ngsi-ld:Subscription:1"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("postgres")]
    public async Task Restore_OverACity_IsRefused(string kind)
    {
        var (source, target) = (await PlaceAsync("sqlite"), await PlaceAsync(kind));
        using (var server = await ServeAsync(source))
        {
            await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Test:1", "type": "Test" }""", HttpStatusCode.Created);
            await RunAsync("backup", "one.backup", source);
        }
        using (var server = await ServeAsync(target))
        {
            await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Test:mine", "type": "Test" }""", HttpStatusCode.Created);
            var busy = await MichiProcess.RunAsync(["restore", Path.Combine(Folder, "one.backup"), .. target]);
            Assert.Equal(2, busy.Code);
        }

        var refused = await MichiProcess.RunAsync(["restore", Path.Combine(Folder, "one.backup"), .. target]);

        Assert.Equal(2, refused.Code);
        Assert.Contains("--data", refused.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Errors, StringComparison.Ordinal);
        using var after = await ServeAsync(target);
        Assert.Contains("urn:ngsi-ld:Test:mine", await after.GetAsync("entities?type=Test"), StringComparison.Ordinal);
        Assert.DoesNotContain("urn:ngsi-ld:Test:1\"", await after.GetAsync("entities?type=Test"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restore_OfAChangedEntity_IsRefusedAndLeavesTheTargetEmpty()
    {
        var (source, target) = (await PlaceAsync("sqlite"), await PlaceAsync("sqlite"));
        var file = Path.Combine(Folder, "one.backup");
        using (var server = await ServeAsync(source))
        {
            await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Test:1", "type": "Test", "note": "Angkor" }""", HttpStatusCode.Created);
            await RunAsync("backup", "one.backup", source);
        }
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        bytes[bytes.AsSpan().IndexOf("\"Angkor\""u8) + 1] = (byte)'B';
        await File.WriteAllBytesAsync(file, bytes, Cancel);

        var refused = await MichiProcess.RunAsync(["restore", file, .. target]);

        Assert.Equal(2, refused.Code);
        Assert.Contains("damaged", refused.Errors, StringComparison.Ordinal);
        Assert.False(Directory.Exists(target[1]) && Directory.EnumerateFiles(target[1], "city-os.db").Any());
    }

    /// <summary>Makes entities and changes each twice, until told to stop.</summary>
    private static async Task WriteAsync(Served server, int writer, ConcurrentDictionary<string, int> acknowledged, CancellationToken stop)
    {
        for (var i = 0; !stop.IsCancellationRequested; i++)
        {
            var id = $"urn:ngsi-ld:Test:{writer}-{i}";
            await server.SendAsync(HttpMethod.Post, "entities", $$"""{ "id": "{{id}}", "type": "Test", "value": 0 }""", HttpStatusCode.Created);
            acknowledged[id] = 0;
            for (var value = 1; value <= 2; value++)
            {
                await server.SendAsync(HttpMethod.Patch, $"entities/{id}/attrs/value", $$"""{ "type": "Property", "value": {{value}} }""", HttpStatusCode.NoContent);
                acknowledged[id] = value;
            }
        }
    }
}
