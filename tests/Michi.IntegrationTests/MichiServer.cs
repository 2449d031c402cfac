using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Michi.Platform;
using Npgsql;

[assembly: AssemblyFixture(typeof(Michi.IntegrationTests.MichiServer))]

namespace Michi.IntegrationTests;

/// <summary>The real program on a port of its own, with the sample cities and one account for each role, on an empty database.</summary>
/// <remarks>SQLite by default; PostgreSQL where <c>MICHI_TEST_POSTGRES</c> holds a connection string of a user who may create databases.</remarks>
public sealed partial class MichiServer : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-test-").FullName;
    private readonly string _name = $"michi_test_{Guid.NewGuid():N}";
    private WebApplication _app = null!;
    private Dictionary<string, (string Email, string Password)> _accounts = [];

    private static string? Postgres => Environment.GetEnvironmentVariable("MICHI_TEST_POSTGRES") is { Length: > 0 } text ? text : null;

    public Uri Address { get; private set; } = null!;

    public IServiceProvider Services => _app.Services;

    public PlatformOptions Options { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Options = new() { Data = _folder, Port = FreePort(), MaxUploadBytes = 2_000_000 };
        if (Postgres is { } server)
        {
            await AdministerAsync($"CREATE DATABASE {_name}");
            Options.Database = new NpgsqlConnectionStringBuilder(server) { Database = _name }.ToString();
        }
        _app = Host.Build(Options);
        await Host.MigrateAsync(_app.Services, default);
        await Demo.LoadSamplesAsync(_app.Services, default);
        _accounts = (await _app.Services.DemonstrationAccountsAsync(default)).ToDictionary(a => a.Role, a => (a.Email, a.Password));
        await Host.StartAsync(_app, Options, default);
        Address = new($"http://127.0.0.1:{Options.Port}/");
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        if (Postgres is not null) await AdministerAsync($"DROP DATABASE {_name} WITH (FORCE)");
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A browser without an account: keeps cookies, does not follow redirects.</summary>
    public HttpClient Anonymous() => new(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() }) { BaseAddress = Address };

    /// <summary>A browser signed in as <c>owner</c>, <c>facilitator</c>, <c>assessor</c> or <c>viewer</c> of the whole installation.</summary>
    public async Task<HttpClient> SignedInAsync(string role)
    {
        var client = Anonymous();
        var (email, password) = _accounts[role];
        var answer = await PostAsync(client, "en/sign-in", new() { ["email"] = email, ["password"] = password });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return client;
    }

    /// <summary>Fills in the form of a page and sends it, with the page's own hidden token.</summary>
    /// <param name="page">Page the form stands on; also where it is sent, unless <paramref name="to"/> says otherwise.</param>
    public static async Task<HttpResponseMessage> PostAsync(HttpClient client, string page, Dictionary<string, string> fields, string? to = null)
    {
        var html = await client.GetStringAsync(page, TestContext.Current.CancellationToken);
        fields["__RequestVerificationToken"] = FormToken().Match(html).Groups[1].Value;
        return await client.PostAsync(to ?? page, new FormUrlEncodedContent(fields), TestContext.Current.CancellationToken);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task AdministerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(Postgres);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();
}
