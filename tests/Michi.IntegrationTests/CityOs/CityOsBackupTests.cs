using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Michi.IntegrationTests.CityOs;

/// <summary>The City OS in <c>michi backup</c> and <c>michi restore</c>: the program as a process of its own, on SQLite and PostgreSQL and from one to the other.</summary>
public sealed class CityOsBackupTests : IAsyncDisposable
{
    /// <summary>Stands for the snapshot in place of a tenant.</summary>
    private const string InSnapshot = "snapshot";

    private const string Light = "urn:ngsi-ld:StreetLight:1", Sensor = "urn:ngsi-ld:AirQualityObserved:1";

    /// <summary>What a client sees, of every part of the interface that tells of what is kept.</summary>
    private static readonly (string Tenant, string Path)[] Seen =
    [
        ("", "entities?type=StreetLight,Lamp&options=sysAttrs&limit=1000&count=true"), ("", "entities?type=StreetLight&q=power%3E50&limit=1000"), ("", "entities?type=StreetLight&georel=near;maxDistance==2000&geometry=Point&coordinates=[103.85,13.36]&limit=100"),
        ("", $"entities/{Light}?options=sysAttrs"), ("", "types?details=true"), ("", "attributes?details=true"),
        ("", $"temporal/entities/{Light}?options=sysAttrs"), ("", $"temporal/entities/{Sensor}?options=sysAttrs"), ("", "temporal/entities?type=Lamp,Gone&timerel=after&timeAt=2020-01-01T00:00:00Z&options=sysAttrs"),
        ("", $"temporal/entities/{Sensor}?aggrMethods=avg,max&aggrPeriodDuration=PT1H&timerel=after&timeAt=2020-01-01T00:00:00Z&options=aggregatedValues"),
        ("", "subscriptions?options=sysAttrs"), ("", "csourceRegistrations?type=Elsewhere&options=sysAttrs"), ("", "jsonldContexts?details=true"), ("", "snapshots/urn:ngsi-ld:Snapshot:1"), (InSnapshot, "entities?type=Lamp&options=sysAttrs"),
        ("backup-city", "entities?type=Bench&options=sysAttrs"), ("backup-city", "temporal/entities?type=Bench&timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt"), ("backup-city", "subscriptions"),
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("michi-city-backup-").FullName;
    private readonly List<string> _databases = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string? Postgres => Environment.GetEnvironmentVariable("MICHI_TEST_POSTGRES") is { Length: > 0 } text ? text : null;

    public async ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        foreach (var database in _databases) await AdministerAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>From one to another and on to a third: every answer is the same, byte by byte.</summary>
    [Theory]
    [InlineData("sqlite", "sqlite", "sqlite")]
    [InlineData("sqlite", "postgres", "sqlite")]
    [InlineData("postgres", "sqlite", "postgres")]
    [InlineData("postgres", "postgres", "sqlite")]
    public async Task Restore_OfACity_AnswersTheSame(string first, string second, string third)
    {
        await using var receiver = await ValueReceiver.StartAsync();
        var (source, middle, last) = (await PlaceAsync(first), await PlaceAsync(second), await PlaceAsync(third));
        List<string> before, after, further;
        using (var server = await ServeAsync(source))
        {
            await FillAsync(server, receiver);
            // What became of notifications is written every few seconds.
            await Task.Delay(TimeSpan.FromSeconds(6), Cancel);
            before = await AnswersAsync(server);
            await RunAsync("backup", "one.backup", source);
        }
        await RunAsync("restore", "one.backup", middle);
        using (var server = await ServeAsync(middle))
        {
            after = await AnswersAsync(server);
            await RunAsync("backup", "two.backup", middle);
            // It goes on: what is written next neither collides nor comes twice.
            await server.SendAsync(HttpMethod.Patch, $"entities/{Light}/attrs/power", """{ "type": "Property", "value": 99, "observedAt": "2026-11-27T13:00:00Z" }""", HttpStatusCode.NoContent);
            await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:StreetLight:new", "type": "StreetLight", "power": 1 }""", HttpStatusCode.Created);
            Assert.Equal(4, JsonNode.Parse(await server.GetAsync($"temporal/entities/{Light}?attrs=power"))!["power"]!.AsArray().Count);
            Assert.Contains("urn:ngsi-ld:StreetLight:new", await server.GetAsync("entities?type=StreetLight&limit=1000"), StringComparison.Ordinal);
        }
        await RunAsync("restore", "two.backup", last);
        using (var server = await ServeAsync(last)) further = await AnswersAsync(server);

        foreach (var (now, where) in ((List<string>, string)[])[(after, "second"), (further, "third")])
            for (var i = 0; i < Seen.Length; i++) Assert.True(now[i] == before[i], $"{where}, {Seen[i]}: {Around(before[i], now[i])} instead of {Around(now[i], before[i])}");
        Assert.All(before, answer => Assert.True(answer.Length > 20, answer));
    }

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
            await Task.Delay(TimeSpan.FromSeconds(6), Cancel);
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
            var busy = await MichiProcess.RunAsync(["restore", Path.Combine(_folder, "one.backup"), .. target]);
            Assert.Equal(2, busy.Code);
        }

        var refused = await MichiProcess.RunAsync(["restore", Path.Combine(_folder, "one.backup"), .. target]);

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
        var file = Path.Combine(_folder, "one.backup");
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

    /// <summary>Where a text begins to differ from another.</summary>
    private static string Around(string other, string text) => text[Math.Max(0, Math.Min(text.Length, text.AsSpan().CommonPrefixLength(other)) - 200)..Math.Min(text.Length, text.AsSpan().CommonPrefixLength(other) + 100)];

    /// <summary>Things of every kind: entities of two types, places, expiry, deletions, a history told later and changed by hand, subscriptions, registrations, contexts, snapshots, another tenant.</summary>
    private static async Task FillAsync(Served server, ValueReceiver receiver)
    {
        var lights = string.Join(',', Enumerable.Range(1, 300).Select(i => $$$"""
            {"id":"urn:ngsi-ld:StreetLight:{{{i}}}","type":{{{(i % 3 == 0 ? """["StreetLight","Lamp"]""" : "\"StreetLight\"")}}},"power":{"type":"Property","value":{{{i}}},"unitCode":"WTT","observedAt":"2026-11-27T10:00:00Z","accuracy":{"type":"Property","value":0.{{{i}}}} },"location":{"type":"Point","coordinates":[{{{103.85 + i * 0.0001}}},13.36]},"name":{"type":"LanguageProperty","languageMap":{"en":"Light {{{i}}}","ja":"街路灯{{{i}}}"}} }
            """));
        await server.SendAsync(HttpMethod.Post, "entityOperations/upsert", $"[{lights}]", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Patch, $"entities/{Light}/attrs/power", """{ "type": "Property", "value": 61, "observedAt": "2026-11-27T11:00:00Z" }""", HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Patch, $"entities/{Light}/attrs/power", """{ "type": "Property", "value": 62.5, "datasetId": "urn:x:other" }""", HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.MultiStatus);
        await server.SendAsync(HttpMethod.Patch, $"entities/{Light}/attrs/power", """{ "type": "Property", "value": 63, "observedAt": "2026-11-27T12:00:00Z" }""", HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Delete, "entities/urn:ngsi-ld:StreetLight:2", null, HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Gone:1", "type": "Gone", "value": 1 }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Delete, "entities/urn:ngsi-ld:Gone:1", null, HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:StreetLight:late", "type": "StreetLight", "power": 5, "expiresAt": "2099-01-01T00:00:00Z" }""", HttpStatusCode.Created);
        var told = string.Join(',', Enumerable.Range(0, 6_000).Select(i => $$"""{"type":"Property","value":{{i % 37}}.5,"observedAt":"{{new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(i):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}"""));
        await server.SendAsync(HttpMethod.Post, "temporal/entities", $$"""{ "id": "{{Sensor}}", "type": "AirQualityObserved", "no2": [{{told}}], "note": [{ "type": "Property", "value": "made up", "observedAt": "2026-01-01T00:00:00Z" }] }""", HttpStatusCode.Created);
        var points = JsonNode.Parse(await server.GetAsync($"temporal/entities/{Sensor}?attrs=no2&timerel=before&timeAt=2026-01-01T00:10:00Z"))!["no2"]!.AsArray();
        // One instance moves in time and keeps its id.
        await server.SendAsync(HttpMethod.Patch, $"temporal/entities/{Sensor}/attrs/no2/{points[3]!["instanceId"]}", """{ "type": "Property", "value": 1000, "observedAt": "2026-01-09T00:00:30Z" }""", HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Post, "subscriptions", $$"""{ "id": "urn:ngsi-ld:Subscription:1", "type": "Subscription", "entities": [{ "type": "Counted" }], "watchedAttributes": ["value"], "notification": { "format": "simplified", "endpoint": { "uri": "{{receiver.Address}}" } } }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Post, "subscriptions", """{ "id": "urn:ngsi-ld:Subscription:2", "type": "Subscription", "entities": [{ "type": "Lamp" }], "isActive": false, "notification": { "endpoint": { "uri": "http://127.0.0.1:9/notify" } } }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Counted:1", "type": "Counted", "value": 1 }""", HttpStatusCode.Created);
        await receiver.UntilAsync(told => told.Count == 1);
        await server.SendAsync(HttpMethod.Post, "csourceRegistrations", """{ "id": "urn:ngsi-ld:ContextSourceRegistration:1", "type": "ContextSourceRegistration", "information": [{ "entities": [{ "type": "Elsewhere" }] }], "endpoint": "http://127.0.0.1:9" }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Post, "jsonldContexts", """{ "@context": { "Bench": "https://example.org/Bench" } }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Post, "snapshots", """{ "id": "urn:ngsi-ld:Snapshot:1", "type": "Snapshot", "snapshotQueries": [{ "type": "Query", "entities": [{ "type": "Lamp" }] }], "snapshotLifetime": "P2D" }""", HttpStatusCode.Created, HttpStatusCode.Accepted);
        await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Bench:1", "type": "Bench", "seats": 3 }""", HttpStatusCode.Created, tenant: "backup-city");
        await server.SendAsync(HttpMethod.Post, "subscriptions", """{ "id": "urn:ngsi-ld:Subscription:1", "type": "Subscription", "entities": [{ "type": "Bench" }], "isActive": false, "notification": { "endpoint": { "uri": "http://127.0.0.1:9/notify" } } }""", HttpStatusCode.Created, tenant: "backup-city");
    }

    private static async Task<List<string>> AnswersAsync(Served server)
    {
        List<string> answers = [];
        // To ask a snapshot is to use it, which is kept.
        foreach (var (tenant, path) in Seen) answers.Add(System.Text.RegularExpressions.Regex.Replace(await server.GetAsync(path, tenant), "\"lastUsedAt\":\"[^\"]*\",?", ""));
        return answers;
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

    /// <summary>Options of a data folder or database that is not there yet, or empty.</summary>
    private async Task<string[]> PlaceAsync(string kind)
    {
        if (kind == "sqlite") return ["--data", Path.Combine(_folder, $"data-{Guid.NewGuid():N}")];
        Assert.SkipWhen(Postgres is null, "MICHI_TEST_POSTGRES is not set. test.sh starts one.");
        var database = $"michi_backup_{Guid.NewGuid():N}";
        await AdministerAsync($"CREATE DATABASE {database}");
        _databases.Add(database);
        return ["--data", Path.Combine(_folder, $"node-{Guid.NewGuid():N}"), "--database", new NpgsqlConnectionStringBuilder(Postgres) { Database = database }.ToString()];
    }

    private async Task RunAsync(string verb, string file, string[] place)
    {
        var (code, _, errors) = await MichiProcess.RunAsync([verb, Path.Combine(_folder, file), .. place]);
        Assert.True(code == 0, errors);
    }

    private async Task<Served> ServeAsync(string[] place)
    {
        var port = MichiServer.FreePort();
        var process = MichiProcess.Start(new Dictionary<string, string> { ["MICHI_CITYOS_ACCESS"] = "open", ["MICHI_CITYOS_HOSTS"] = "127.0.0.1" }, ["serve", "--port", $"{port}", .. place]);
        Assert.Contains("listens", await process.OutputAsync("listens"), StringComparison.Ordinal);
        return new(process, port);
    }

    private static async Task AdministerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Postgres);
        await connection.OpenAsync();
#pragma warning disable CA2100 // names made here
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>A server at work, killed at the end.</summary>
    private sealed class Served(MichiProcess process, int port) : IDisposable
    {
        private readonly HttpClient _client = new() { BaseAddress = new($"http://127.0.0.1:{port}/ngsi-ld/v1/") };

        public async Task<string> GetAsync(string path, string tenant = "")
        {
            using var answer = await AskAsync(HttpMethod.Get, path, null, tenant);
            var text = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.True(answer.IsSuccessStatusCode, $"{path}: {(int)answer.StatusCode} {text}");
            // The port of the server is in the addresses of contexts.
            return text.Replace($":{port}/", ":PORT/", StringComparison.Ordinal);
        }

        public Task SendAsync(HttpMethod method, string path, string? body, params HttpStatusCode[] expected) => SendAsync(method, path, body, expected, "");

        public Task SendAsync(HttpMethod method, string path, string? body, HttpStatusCode expected, string tenant) => SendAsync(method, path, body, [expected], tenant);

        private async Task SendAsync(HttpMethod method, string path, string? body, HttpStatusCode[] expected, string tenant)
        {
            using var answer = await AskAsync(method, path, body, tenant);
            Assert.True(expected.Contains(answer.StatusCode), $"{method} {path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync(Cancel)}");
        }

        private async Task<HttpResponseMessage> AskAsync(HttpMethod method, string path, string? body, string tenant)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            if (tenant == InSnapshot) request.Headers.Add("NGSILD-Snapshot", "urn:ngsi-ld:Snapshot:1");
            else if (tenant.Length > 0) request.Headers.Add("NGSILD-Tenant", tenant);
            return await _client.SendAsync(request, Cancel);
        }

        public async Task StopAsync()
        {
            process.Stop();
            await process.EndAsync();
        }

        public void Dispose()
        {
            _client.Dispose();
            process.Kill();
            process.EndAsync().GetAwaiter().GetResult();
            process.Dispose();
        }
    }
}
