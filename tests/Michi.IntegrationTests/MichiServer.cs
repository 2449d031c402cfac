using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
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
    private int _browsers;
    private Michi.CityOs.CityOsOptions? _cityOs;

    private static string? Postgres => Environment.GetEnvironmentVariable("MICHI_TEST_POSTGRES") is { Length: > 0 } text ? text : null;

    public Uri Address { get; private set; } = null!;

    public IServiceProvider Services => _app.Services;

    public PlatformOptions Options { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await StartAsync();
        await Demo.LoadSamplesAsync(_app.Services, default);
        _accounts = (await _app.Services.DemonstrationAccountsAsync(default)).ToDictionary(a => a.Role, a => (a.Email, a.Password));
    }

    /// <summary>A server of its own, with neither places nor accounts, for what would disturb other tests.</summary>
    public static async Task<MichiServer> EmptyAsync(Action<WebApplicationBuilder>? configure = null, Michi.CityOs.CityOsOptions? cityOs = null)
    {
        var server = new MichiServer { _cityOs = cityOs };
        await server.StartAsync(configure);
        return server;
    }

    /// <summary>The program on a database without tables, not listening.</summary>
    public static async Task<MichiServer> NewDatabaseAsync()
    {
        var server = new MichiServer();
        await server.BuildAsync(null);
        return server;
    }

    private async Task StartAsync(Action<WebApplicationBuilder>? configure = null)
    {
        await BuildAsync(configure);
        await Host.MigrateAsync(_app.Services, default);
        await Host.StartAsync(_app, Options, default);
        Address = new($"http://127.0.0.1:{Options.Port}/");
    }

    private async Task BuildAsync(Action<WebApplicationBuilder>? configure)
    {
        Options = new() { Data = _folder, Port = FreePort(), MaxUploadBytes = 2_000_000 };
        if (Postgres is { } server)
        {
            await AdministerAsync($"CREATE DATABASE {_name}");
            Options.Database = new NpgsqlConnectionStringBuilder(server) { Database = _name }.ToString();
        }
        _app = Host.Build(Options, configure, _cityOs);
    }

    public async ValueTask DisposeAsync()
    {
        // As the program ends: what works in the background first, then what it works with.
        await _app.StopAsync();
        await _app.DisposeAsync();
        if (Postgres is not null) await AdministerAsync($"DROP DATABASE {_name} WITH (FORCE)");
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A browser without an account, at an address of its own: keeps cookies, does not follow redirects.</summary>
    public HttpClient Anonymous()
    {
        var number = Interlocked.Increment(ref _browsers);
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() }) { BaseAddress = Address };
        // As a reverse proxy on this machine tells it, so that no browser uses up another's tries.
        client.DefaultRequestHeaders.Add("X-Forwarded-For", $"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}");
        return client;
    }

    /// <summary>A browser signed in as <c>owner</c>, <c>facilitator</c>, <c>assessor</c> or <c>viewer</c> of the whole installation.</summary>
    public async Task<HttpClient> SignedInAsync(string role)
    {
        var (email, password) = _accounts[role];
        return await SignedInAsync(email, password);
    }

    public async Task<HttpClient> SignedInAsync(string email, string password)
    {
        var client = Anonymous();
        var answer = await PostAsync(client, "en/sign-in", new() { ["email"] = email, ["password"] = password });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return client;
    }

    /// <summary>A new account, with a role at a place (null = the whole installation) where one is given.</summary>
    public async Task<Person> PersonAsync(Role? role = null, string? place = null)
    {
        await using var scope = Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        var email = $"{Guid.NewGuid():N}@test.example";
        var account = scope.ServiceProvider.GetRequiredService<AccountBook>().Add(email, $"Person {email[..6]}", Person.Password);
        if (role is { } given)
        {
            var id = place is null ? null : (Guid?)(await db.Places.FirstAsync(p => p.Slug == place)).Id;
            db.Grants.Add(new() { Id = Guid.CreateVersion7(), AccountId = account.Id, PlaceId = id, Role = given, CreatedAt = account.CreatedAt });
        }
        await db.SaveChangesAsync();
        return new(account.Id, email, account.Name);
    }

    /// <summary>A program that uses the API with a token of an account.</summary>
    public async Task<HttpClient> ProgramAsync(Person person, string scope = "write", DateTimeOffset? expires = null, DateTimeOffset? revoked = null)
    {
        await using var services = Services.CreateAsyncScope();
        var db = services.ServiceProvider.GetRequiredService<PlatformDb>();
        var secret = $"michi_{Secret.New()}";
        var now = services.ServiceProvider.GetRequiredService<TimeProvider>().GetUtcNow();
        db.Tokens.Add(new()
        {
            Id = Guid.CreateVersion7(),
            AccountId = person.Id,
            Name = "test",
            Hash = Secret.HashOf(secret),
            Scope = scope,
            CreatedAt = now,
            ExpiresAt = expires ?? now.AddDays(1),
            RevokedAt = revoked,
        });
        await db.SaveChangesAsync();
        return With(Anonymous(), secret);
    }

    public static HttpClient With(HttpClient client, string token)
    {
        client.DefaultRequestHeaders.Authorization = new("Bearer", token);
        return client;
    }

    /// <summary>Looks into the platform's tables.</summary>
    internal async Task<T> LookAsync<T>(Func<PlatformDb, Task<T>> look)
    {
        await using var scope = Services.CreateAsyncScope();
        return await look(scope.ServiceProvider.GetRequiredService<PlatformDb>());
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

/// <summary>An account made for a test.</summary>
public sealed record Person(Guid Id, string Email, string Name)
{
    public const string Password = "seven green kettles";
}

/// <summary>A clock that a test sets.</summary>
public sealed class TestClock : TimeProvider
{
    public DateTimeOffset Now { get; set; } = new(2026, 11, 22, 9, 0, 0, TimeSpan.Zero);

    public override DateTimeOffset GetUtcNow() => Now;
}
