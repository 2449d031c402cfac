using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Michi.IntegrationTests.CityOs;

/// <summary>Several nodes, each a process of its own, on one PostgreSQL.</summary>
public sealed class NgsiLdNodesTests : IAsyncLifetime
{
    private readonly string _database = $"michi_nodes_{Guid.NewGuid():N}";
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-nodes-").FullName;
    private readonly List<Node> _nodes = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string? Server => Environment.GetEnvironmentVariable("MICHI_TEST_POSTGRES") is { Length: > 0 } text ? text : null;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(Server is null, "Several nodes need PostgreSQL: MICHI_TEST_POSTGRES is not set. test.sh starts one.");
        await AdministerAsync($"CREATE DATABASE {_database}");
        // Both at once, on a database without tables.
        _nodes.AddRange(await Task.WhenAll(StartAsync(), StartAsync()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) node.Dispose();
        if (Server is not null) await AdministerAsync($"DROP DATABASE IF EXISTS {_database} WITH (FORCE)");
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Write_ThroughOneNode_IsReadThroughTheOtherAtOnce()
    {
        await _nodes[0].SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Test:1", "type": "Test", "value": 0 }""", HttpStatusCode.Created);
        for (var value = 1; value <= 50; value++)
        {
            var (writer, reader) = (_nodes[value % 2], _nodes[(value + 1) % 2]);
            await writer.SendAsync(HttpMethod.Patch, "entities/urn:ngsi-ld:Test:1/attrs/value", $$"""{ "type": "Property", "value": {{value}} }""", HttpStatusCode.NoContent);
            Assert.Equal(value, (int)(await reader.GetAsync("entities/urn:ngsi-ld:Test:1?format=simplified"))["value"]!);
            Assert.Single((await reader.GetAsync($"entities?type=Test&q=value=={value}")).AsArray());
        }
        // The history has all of it, whichever node is asked.
        foreach (var node in _nodes) Assert.Equal(51, (await node.GetAsync("temporal/entities/urn:ngsi-ld:Test:1"))["value"]!.AsArray().Count);
        Assert.Equal("Test", (string)(await _nodes[1].GetAsync("types"))["typeList"]![0]!);
    }

    /// <summary>Nodes are killed while both are written to: what was acknowledged is there and was notified, in the order of the changes of each entity.</summary>
    [Fact]
    public async Task Kill_NodeUnderLoad_LosesNothingAcknowledgedAndNoNotification()
    {
        const int Writers = 8;
        await using var receiver = await ValueReceiver.StartAsync();
        await _nodes[1].SendAsync(
            HttpMethod.Post,
            "subscriptions",
            $$"""{ "id": "urn:ngsi-ld:Subscription:1", "type": "Subscription", "entities": [{ "type": "Test" }], "notification": { "format": "simplified", "endpoint": { "uri": "{{receiver.Address}}" } } }""",
            HttpStatusCode.Created);
        var acknowledged = new ConcurrentDictionary<string, int>();
        using var stop = new CancellationTokenSource();
        var writing = Enumerable.Range(0, Writers).Select(w => WriteAsync($"urn:ngsi-ld:Test:{w}", w, acknowledged, stop.Token)).ToList();
        // Both in turn, so that each time one of them held what only one node does.
        foreach (var victim in (int[])[0, 1])
        {
            await Task.Delay(TimeSpan.FromSeconds(3), Cancel);
            _nodes[victim].Kill();
            await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
            _nodes[victim] = await StartAsync();
        }
        await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
        await stop.CancelAsync();
        await Task.WhenAll(writing);

        Assert.Equal(Writers, acknowledged.Count);
        foreach (var (id, value) in acknowledged)
            foreach (var node in _nodes) Assert.True((int)(await node.GetAsync($"entities/{id}?format=simplified"))["value"]! >= value, $"{id} lost {value}.");
        await receiver.UntilAsync(told => acknowledged.All(a => told.GetValueOrDefault(a.Key)?.Contains(a.Value) == true));
        foreach (var (id, values) in receiver.Told)
        {
            // What came twice came under the same id and counts once; every value up to the last acknowledged one is there.
            Assert.Equal(values.Order(), values);
            Assert.Superset(Enumerable.Range(0, acknowledged[id] + 1).ToHashSet(), values.ToHashSet());
        }
    }

    [Fact]
    public async Task Subscribe_ThroughOneNode_IsNotifiedOfWritesThroughTheOther()
    {
        await using var receiver = await ValueReceiver.StartAsync();
        for (var i = 0; i < 4; i++)
        {
            var (first, second) = (_nodes[i % 2], _nodes[(i + 1) % 2]);
            await first.SendAsync(
                HttpMethod.Post,
                "subscriptions",
                $$"""{ "id": "urn:ngsi-ld:Subscription:{{i}}", "type": "Subscription", "entities": [{ "type": "Test{{i}}" }], "notification": { "format": "simplified", "endpoint": { "uri": "{{receiver.Address}}" } } }""",
                HttpStatusCode.Created);
            await second.SendAsync(HttpMethod.Post, "entities", $$"""{ "id": "urn:ngsi-ld:Test:{{i}}", "type": "Test{{i}}", "value": {{i}} }""", HttpStatusCode.Created);
        }
        await receiver.UntilAsync(told => told.Count == 4);
        // One taken away through a node tells nothing more of what is written through the other.
        await _nodes[0].SendAsync(HttpMethod.Delete, "subscriptions/urn:ngsi-ld:Subscription:0", null, HttpStatusCode.NoContent);
        await _nodes[1].SendAsync(HttpMethod.Patch, "entities/urn:ngsi-ld:Test:0/attrs/value", """{ "type": "Property", "value": 99 }""", HttpStatusCode.NoContent);
        await _nodes[1].SendAsync(HttpMethod.Patch, "entities/urn:ngsi-ld:Test:1/attrs/value", """{ "type": "Property", "value": 99 }""", HttpStatusCode.NoContent);
        await receiver.UntilAsync(told => told["urn:ngsi-ld:Test:1"].Contains(99));
        Assert.DoesNotContain(99, receiver.Told["urn:ngsi-ld:Test:0"]);
    }

    /// <summary>A snapshot takes as long as the source it asks; each node is killed meanwhile, so also the one that fills it.</summary>
    [Fact]
    public async Task Kill_NodeThatFillsASnapshot_AnotherFillsIt()
    {
        var asked = 0;
        var goesOn = new TaskCompletionSource();
        await using var source = await StartSourceAsync(async http =>
        {
            Interlocked.Increment(ref asked);
            await goesOn.Task.WaitAsync(http.RequestAborted);
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync("""[{ "id": "urn:ngsi-ld:Test:2", "type": "Test", "value": 2 }]""", Cancel);
        });
        await _nodes[0].SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Test:1", "type": "Test", "value": 1 }""", HttpStatusCode.Created);
        await _nodes[0].SendAsync(HttpMethod.Post, "csourceRegistrations", $$"""{ "type": "ContextSourceRegistration", "endpoint": "{{source.Urls.First()}}", "management": { "timeout": 30000 }, "information": [{ "entities": [{ "type": "Test" }] }] }""", HttpStatusCode.Created);
        await _nodes[1].SendAsync(HttpMethod.Post, "snapshots", """{ "id": "urn:ngsi-ld:Snapshot:1", "type": "Snapshot", "snapshotQueries": [{ "type": "Query", "entities": [{ "type": "Test" }] }] }""", HttpStatusCode.Created);
        foreach (var victim in (int[])[0, 1])
        {
            await Task.Delay(TimeSpan.FromSeconds(1), Cancel);
            _nodes[victim].Kill();
            Assert.Equal("preparing", (string)(await _nodes[1 - victim].GetAsync("snapshots/urn:ngsi-ld:Snapshot:1"))["snapshotStatus"]!);
            _nodes[victim] = await StartAsync();
        }
        goesOn.SetResult();
        for (var tries = 0; (string)(await _nodes[0].GetAsync("snapshots/urn:ngsi-ld:Snapshot:1"))["snapshotStatus"]! == "preparing"; tries++)
        {
            Assert.True(tries < 300, "It is still in preparation.");
            await Task.Delay(100, Cancel);
        }
        foreach (var node in _nodes)
        {
            Assert.Equal("success", (string)(await node.GetAsync("snapshots/urn:ngsi-ld:Snapshot:1"))["snapshotStatus"]!);
            Assert.True(asked > 1, "No other node has asked the source.");
            Assert.Equal([1, 2], (await node.GetAsync("entities?format=simplified", "urn:ngsi-ld:Snapshot:1")).AsArray().Select(e => (int)e!["value"]!).Order());
        }
    }

    /// <summary>Behind a balancer clients do not notice that a node dies: every read is answered, and all written before is there.</summary>
    [Fact]
    public async Task Kill_NodeBehindNginx_ReadersNoticeNothing()
    {
        var nginx = Nginx;
        Assert.SkipWhen(nginx is null && Environment.GetEnvironmentVariable("CI") is null, "nginx is not installed. test.sh installs it.");
        var port = MichiServer.FreePort();
        var settings = Path.Combine(_folder, "nginx.conf");
        await File.WriteAllTextAsync(settings, $$"""
            daemon off; master_process off; pid {{_folder}}/nginx.pid; error_log {{_folder}}/nginx.log;
            events {}
            http {
                access_log off; client_body_temp_path {{_folder}}/body; proxy_temp_path {{_folder}}/proxy; fastcgi_temp_path {{_folder}}/fastcgi; uwsgi_temp_path {{_folder}}/uwsgi; scgi_temp_path {{_folder}}/scgi;
                upstream michi { {{string.Concat(_nodes.Select(n => $"server {n.Authority} max_fails=1 fail_timeout=5s; "))}}keepalive 16; }
                server {
                    listen 127.0.0.1:{{port}};
                    location / { proxy_pass http://michi; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_next_upstream error timeout; }
                }
            }
            """, Cancel);
        using var process = Process.Start(new ProcessStartInfo(nginx!, ["-p", _folder, "-c", settings]))!;
        using var city = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/ngsi-ld/v1/") };
        try
        {
            for (var tries = 0; ; tries++)
            {
                try
                {
                    using var made = await city.PostAsync("entities", new StringContent("""{ "id": "urn:ngsi-ld:Test:1", "type": "Test", "value": 1 }""", Encoding.UTF8, "application/json"), Cancel);
                    Assert.Equal(HttpStatusCode.Created, made.StatusCode);
                    break;
                }
                catch (HttpRequestException) when (tries < 100)
                {
                    await Task.Delay(50, Cancel);
                }
            }
            for (var i = 0; i < 200; i++)
            {
                if (i == 100) _nodes[0].Kill();
                Assert.Equal(1, (int)JsonNode.Parse(await city.GetStringAsync("entities/urn:ngsi-ld:Test:1?format=simplified", Cancel))!["value"]!);
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }
    }

    private static string? Nginx => ((string[])[.. Environment.GetEnvironmentVariable("PATH")!.Split(':'), "/usr/sbin"]).Select(f => Path.Combine(f, "nginx")).FirstOrDefault(File.Exists);

    /// <summary>Makes an entity and counts it up, through all nodes in turn; what fails is tried again through the next.</summary>
    private async Task WriteAsync(string id, int writer, ConcurrentDictionary<string, int> acknowledged, CancellationToken stop)
    {
        for (int value = 0, turn = writer; !stop.IsCancellationRequested; turn++)
        {
            try
            {
                var made = value == 0
                    ? await _nodes[turn % 2].TrySendAsync(HttpMethod.Post, "entityOperations/upsert", $$"""[{ "id": "{{id}}", "type": "Test", "value": 0 }]""")
                    : await _nodes[turn % 2].TrySendAsync(HttpMethod.Patch, $"entities/{id}/attrs/value", $$"""{ "type": "Property", "value": {{value}} }""");
                Assert.True((int)made < 300, $"{made}");
                acknowledged[id] = value++;
            }
            catch (HttpRequestException)
            {
                // That node was killed.
                await Task.Delay(20, Cancel);
            }
        }
    }

    /// <summary>A context source that answers as the test says.</summary>
    private static async Task<WebApplication> StartSourceAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(Cancel);
        return app;
    }

    private async Task<Node> StartAsync()
    {
        var port = MichiServer.FreePort();
        var process = MichiProcess.Start(
            new Dictionary<string, string> { ["MICHI_CITYOS_ACCESS"] = "open", ["MICHI_DATABASE"] = new NpgsqlConnectionStringBuilder(Server) { Database = _database }.ToString() },
            "serve", "--port", $"{port}", "--data", Path.Combine(_folder, $"{port}"));
        await process.OutputAsync("listens");
        return new(process, new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}/ngsi-ld/v1/") });
    }

    private static async Task AdministerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Server);
        await connection.OpenAsync(CancellationToken.None);
#pragma warning disable CA2100 // names are made here
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }

    private sealed class Node(MichiProcess process, HttpClient client) : IDisposable
    {
        public string Authority => client.BaseAddress!.Authority;

        public void Kill() => Assert.True(process.Kill());

        public async Task SendAsync(HttpMethod method, string path, string? body, HttpStatusCode expected) => Assert.Equal(expected, await TrySendAsync(method, path, body));

        public async Task<HttpStatusCode> TrySendAsync(HttpMethod method, string path, string? body)
        {
            using var request = new HttpRequestMessage(method, path);
            if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await client.SendAsync(request, Cancel);
            return answer.StatusCode;
        }

        public async Task<JsonNode> GetAsync(string path, string? snapshot = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            if (snapshot is not null) request.Headers.Add("NGSILD-Snapshot", snapshot);
            using var answer = await client.SendAsync(request, Cancel);
            return JsonNode.Parse(await answer.EnsureSuccessStatusCode().Content.ReadAsStringAsync(Cancel))!;
        }

        public void Dispose()
        {
            process.Dispose();
            client.Dispose();
        }
    }
}
