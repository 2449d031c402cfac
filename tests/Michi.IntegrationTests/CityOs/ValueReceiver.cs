using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Michi.IntegrationTests.CityOs;

/// <summary>Takes notifications and keeps the values each entity was told with; one that comes again under the same id counts once.</summary>
internal sealed class ValueReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HashSet<string> _ids = [];
    private readonly Dictionary<string, List<(int Value, long Mark)>> _told = [];

    private ValueReceiver(WebApplication app) => _app = app;

    public string Address { get; private set; } = "";

    /// <summary>A number kept with each value, such as how much had happened until then.</summary>
    public Func<long> Mark { get; set; } = () => 0;

    /// <summary>How many came again under an id that was there.</summary>
    public int Repeated { get; private set; }

    /// <summary>Values of each entity, in the order in which they came.</summary>
    public Dictionary<string, List<int>> Told
    {
        get { lock (_told) return _told.ToDictionary(t => t.Key, t => t.Value.ConvertAll(v => v.Value)); }
    }

    public Dictionary<string, List<(int Value, long Mark)>> Marked
    {
        get { lock (_told) return _told.ToDictionary(t => t.Key, t => t.Value.ToList()); }
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<ValueReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new ValueReceiver(builder.Build());
        receiver._app.Run(receiver.TakeAsync);
        await receiver._app.StartAsync(Cancel);
        receiver.Address = receiver._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/notify";
        return receiver;
    }

    public async Task UntilAsync(Func<Dictionary<string, List<int>>, bool> isThere, int seconds = 60)
    {
        using var late = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        late.CancelAfter(TimeSpan.FromSeconds(seconds));
        while (!isThere(Told))
        {
            await Task.Delay(50, Cancel);
            Assert.False(late.IsCancellationRequested, $"Notifications are missing; there are {string.Join(", ", Told.Take(50).Select(t => $"{t.Key} up to {t.Value[^1]}"))}.");
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
        var mark = Mark();
        lock (_told)
        {
            if (!_ids.Add((string)body["id"]!))
            {
                Repeated++;
                return;
            }
            foreach (var entity in body["data"]!.AsArray())
            {
                if (!_told.TryGetValue((string)entity!["id"]!, out var values)) _told[(string)entity["id"]!] = values = [];
                values.Add(((int)entity["value"]!, mark));
            }
        }
    }
}
