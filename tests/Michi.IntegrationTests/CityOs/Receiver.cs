using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Michi.IntegrationTests.CityOs;

/// <summary>Takes notifications and keeps the values each entity was told with; one that comes again under the same id counts once.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HashSet<string> _ids = [];
    private readonly Dictionary<string, List<int>> _told = [];

    private Receiver(WebApplication app) => _app = app;

    public string Address { get; private set; } = "";

    public Dictionary<string, List<int>> Told
    {
        get { lock (_told) return _told.ToDictionary(t => t.Key, t => t.Value.ToList()); }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<Receiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new Receiver(builder.Build());
        receiver._app.Run(receiver.TakeAsync);
        await receiver._app.StartAsync(Cancel);
        receiver.Address = receiver._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/notify";
        return receiver;
    }

    public async Task UntilAsync(Func<Dictionary<string, List<int>>, bool> isThere)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        late.CancelAfter(TimeSpan.FromSeconds(60));
        while (!isThere(Told))
        {
            await Task.Delay(50, Cancel);
            Assert.False(late.IsCancellationRequested, $"Notifications are missing; there are {string.Join(", ", Told.Select(t => $"{t.Key} up to {t.Value[^1]}"))}.");
        }
    }

    /// <summary>Forgets what it was told, not under which ids.</summary>
    public void Clear()
    {
        lock (_told) _told.Clear();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        var body = (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!;
        lock (_told)
        {
            if (!_ids.Add((string)body["id"]!)) return;
            foreach (var entity in body["data"]!.AsArray())
            {
                if (!_told.TryGetValue((string)entity!["id"]!, out var values)) _told[(string)entity["id"]!] = values = [];
                values.Add((int)entity["value"]!);
            }
        }
    }
}
