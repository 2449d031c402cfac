using System.Net;
using System.Text;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Michi.IntegrationTests.CityOs;

/// <summary>Data folders and databases, and the program as processes of its own on them: to serve, back up and restore.</summary>
public abstract class CityOsBackupScene : IAsyncDisposable
{
    /// <summary>Stands for the snapshot in place of a tenant.</summary>
    protected const string InSnapshot = "snapshot";

    private readonly List<string> _databases = [];

    protected string Folder { get; } = Directory.CreateTempSubdirectory("michi-city-backup-").FullName;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static string? Postgres => Environment.GetEnvironmentVariable("MICHI_TEST_POSTGRES") is { Length: > 0 } text ? text : null;

    public async ValueTask DisposeAsync()
    {
        SqliteConnection.ClearAllPools();
        foreach (var database in _databases) await AdministerAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Options of a data folder or database that is not there yet, or empty.</summary>
    protected async Task<string[]> PlaceAsync(string kind)
    {
        if (kind == "sqlite") return ["--data", Path.Combine(Folder, $"data-{Guid.NewGuid():N}")];
        Assert.SkipWhen(Postgres is null, "MICHI_TEST_POSTGRES is not set. test.sh starts one.");
        var database = $"michi_backup_{Guid.NewGuid():N}";
        await AdministerAsync($"CREATE DATABASE {database}");
        _databases.Add(database);
        return ["--data", Path.Combine(Folder, $"node-{Guid.NewGuid():N}"), "--database", new NpgsqlConnectionStringBuilder(Postgres) { Database = database }.ToString()];
    }

    protected async Task RunAsync(string verb, string file, string[] place)
    {
        var (code, _, errors) = await MichiProcess.RunAsync([verb, Path.Combine(Folder, file), .. place]);
        Assert.True(code == 0, errors);
    }

    private protected async Task<Served> ServeAsync(string[] place)
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
    private protected sealed class Served(MichiProcess process, int port) : IDisposable
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
