using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Michi.CityOs;
using Michi.Platform.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Michi.UnitTests.CityOs;

/// <summary>A broker on a port of its own, with an empty database; the City OS without the rest of the program.</summary>
internal sealed class SourceBroker : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _folder;
    private readonly HttpClient _client;

    private SourceBroker(WebApplication app, string folder)
    {
        (_app, _folder) = (app, folder);
        Address = app.Urls.First();
        _client = new HttpClient { BaseAddress = new Uri(Address + "/ngsi-ld/v1/") };
    }

    public string Address { get; }

    public IServiceProvider Services => _app.Services;

    /// <param name="faults">Where errors the broker logs are put, by what they are; null for nowhere.</param>
    /// <param name="historyPage">Instances of one answer on history.</param>
    /// <param name="shared">A database it shares with other nodes; null for one of its own.</param>
    public static async Task<SourceBroker> StartAsync(ConcurrentDictionary<string, string>? faults = null, PostgresDatabase? shared = null, TimeProvider? clock = null, int historyPage = CityOsOptions.UsualHistoryPage)
    {
        var folder = Directory.CreateTempSubdirectory("michi-sources").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (faults is not null) builder.Logging.AddProvider(new FaultCollector(faults));
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddSingleton(clock ?? TimeProvider.System);
        builder.Services.AddCityOs(new CityOsOptions { Access = "open", HistoryPage = historyPage }, folder, shared is null ? null : Database.Postgres(shared.ConnectionString));
        var app = builder.Build();
        app.UseCityOs();
        await app.StartAsync();
        return new(app, folder);
    }

    /// <param name="body">JSON with single quotes; null for none.</param>
    public async Task<BrokerAnswer> SendAsync(string method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null) request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body.Replace('\'', '"'))) { Headers = { ContentType = new("application/json") } };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new(response.StatusCode, text.Length == 0 ? default : JsonSerializer.Deserialize<JsonElement>(text), response.Headers.TryGetValues("NGSILD-Warning", out var warnings) ? string.Join(", ", warnings) : "");
    }

    /// <summary>How much a query says it finds.</summary>
    public async Task<int> CountAsync(string path)
    {
        using var response = await _client.GetAsync(path);
        return int.Parse(response.Headers.GetValues("NGSILD-Results-Count").Single(), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <summary>Registers a source and expects that this goes well.</summary>
    /// <param name="more">Members beside id, type and endpoint, with single quotes.</param>
    public async Task RegisterAsync(string endpoint, string more)
    {
        var answer = await SendAsync("POST", "csourceRegistrations", $"{{'type': 'ContextSourceRegistration', 'endpoint': '{endpoint}', {more}}}");
        Assert.Equal(HttpStatusCode.Created, answer.Status);
    }

    public async ValueTask DisposeAsync()
    {
        if (!Directory.Exists(_folder)) return;
        _client.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class FaultCollector(ConcurrentDictionary<string, string> faults) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (!IsEnabled(logLevel)) return;
            var where = string.Join(" < ", exception?.StackTrace?.Split('\n').Where(l => l.Contains("Michi.CityOs", StringComparison.Ordinal)).Take(3).Select(l => l.Trim()) ?? []);
            faults.TryAdd($"{exception?.GetType().Name} {where}", $"Logged: {formatter(state, exception)}: {exception?.Message} {where}");
        }

        public void Dispose()
        {
        }
    }
}

internal sealed record BrokerAnswer(HttpStatusCode Status, JsonElement Body, string Warning);

/// <summary>A context source that answers as the test says, and remembers what it was asked.</summary>
internal sealed class FakeSource : IAsyncDisposable
{
    private readonly WebApplication _app;

    private FakeSource(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    /// <summary>Method and path with query of each request.</summary>
    public List<string> Requests { get; } = [];

    public List<string> Bodies { get; } = [];

    public List<Dictionary<string, string>> Headers { get; } = [];

    public static async Task<FakeSource> StartAsync(Func<HttpContext, Task> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var source = new FakeSource(app);
        app.Run(async http =>
        {
            using var reader = new StreamReader(http.Request.Body);
            var body = await reader.ReadToEndAsync();
            lock (source.Requests)
            {
                source.Requests.Add($"{http.Request.Method} {http.Request.Path}{http.Request.QueryString}");
                source.Bodies.Add(body);
                source.Headers.Add(http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase));
            }
            await answer(http);
        });
        await app.StartAsync();
        return source;
    }

    /// <summary>One that answers everything alike.</summary>
    /// <param name="body">JSON with single quotes.</param>
    public static Task<FakeSource> StartAsync(int status, string body) => StartAsync(async http =>
    {
        http.Response.StatusCode = status;
        if (body.Length == 0) return;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(body.Replace('\'', '"'));
    });

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
    }
}
