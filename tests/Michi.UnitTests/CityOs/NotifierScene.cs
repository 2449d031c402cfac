using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Michi.CityOs;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.UnitTests.CityOs;

/// <summary>The notifying half of the City OS on a store of its own, which can be stopped and started again.</summary>
internal sealed class NotifierScene : IAsyncDisposable
{
    private readonly string _folder;
    private readonly bool _ownsFolder;
    private OutgoingHttp _http = null!;
    private Notifier _notifier = null!;

    private NotifierScene(string? folder, ShiftedClock clock)
    {
        (_ownsFolder, Clock) = (folder is null, clock);
        _folder = folder ?? Directory.CreateTempSubdirectory("michi-notifier-").FullName;
    }

    public ShiftedClock Clock { get; }

    public SqliteStore Store { get; private set; } = null!;

    public SubscriptionBook Book { get; private set; } = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<NotifierScene> StartAsync(string? folder = null)
    {
        var scene = new NotifierScene(folder, new ShiftedClock());
        await scene.StartAgainAsync();
        return scene;
    }

    /// <summary>Starts on what is in the folder.</summary>
    public async Task StartAgainAsync()
    {
        Store = new SqliteStore(Path.Combine(_folder, "city-os.db"), Clock);
        _http = new OutgoingHttp(new CityOsOptions { Access = "open" });
        Book = new SubscriptionBook(Store, new ContextReader(new ContextDocuments(Store, _http, Clock)), Clock, NullLogger<SubscriptionBook>.Instance);
        _notifier = new Notifier(Store, Book, new NotificationWriter(Store, Clock), new NotificationSender(_http, Clock), Clock, NullLogger<Notifier>.Instance);
        await _notifier.StartAsync(Cancel);
        // The first reader of the log begins with what changes from then on.
        await Store.OpenReaderAsync("subscriptions", Cancel);
    }

    public async Task StopAsync()
    {
        await _notifier.StopAsync(CancellationToken.None);
        _notifier.Dispose();
        await Store.DisposeAsync();
        Book.Dispose();
        _http.Dispose();
    }

    /// <summary>A scene that goes on as if this one had crashed at this moment.</summary>
    public async Task<NotifierScene> CrashAsync()
    {
        var folder = Directory.CreateTempSubdirectory("michi-notifier-").FullName;
        Directory.CreateDirectory(Path.Combine(folder, "city-os.log"));
        foreach (var file in Directory.GetFiles(_folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal))) File.Copy(file, Path.Combine(folder, Path.GetRelativePath(_folder, file)));
        return await StartAsync(folder);
    }

    /// <summary>Makes a subscription from members as JSON with single quotes.</summary>
    public async Task SubscribeAsync(string id, Uri endpoint, string members = "'entities': [{'type': 'Room'}]", string notification = "", string endpointMembers = "", string tenant = "")
    {
        var body = Parse($"{{'type': 'Subscription', {members}, 'notification': {{{notification}'endpoint': {{{endpointMembers}'uri': '{endpoint}'}}}}}}");
        var read = SubscriptionInput.Read(body, JsonLdContext.Core, isFragment: false, Clock.GetUtcNow());
        await Book.CreateAsync(tenant, id, read, JsonLdContext.Core.Source, null, Cancel);
    }

    public Task UpdateAsync(string id, string members) =>
        Book.UpdateAsync("", id, SubscriptionInput.Read(Parse($"{{{members}}}"), JsonLdContext.Core, isFragment: true, Clock.GetUtcNow()), JsonLdContext.Core.Source, Cancel);

    /// <summary>Makes an entity, or adds and replaces attributes of it.</summary>
    public async Task WriteAsync(string id, string attributes, string tenant = "")
    {
        var read = new EntityReader(JsonLdContext.Core, InputForm.Normalized, InputNeed.Whole).Read(Parse($"{{'id': '{id}', 'type': 'Room', {attributes}}}"));
        var outcomes = await Store.WriteAsync(tenant, [new(id, (current, now) => current is null ? EntityEdits.Create(read, now) : EntityEdits.Append(current, read, overwrites: true, now).Entity)], Cancel);
        Assert.Null(outcomes[0].Refusal);
    }

    public Task DeleteAttributeAsync(string id, string name) =>
        Store.WriteAsync("", [new(id, (current, now) => EntityEdits.DeleteAttribute(current!, CoreContext.Default + name, null, isAll: true, now))], Cancel);

    public Task DeleteAsync(string id) => Store.WriteAsync("", [new(id, (_, _) => null)], Cancel);

    public IReadOnlyDictionary<string, int> Waiting(string tenant) => _notifier.Waiting(tenant);

    /// <summary>The subscription as it is told.</summary>
    public async Task<JsonElement> RetrieveAsync(string id)
    {
        var bytes = await Store.FindDocumentAsync(DocumentKind.Subscription, "", id, Cancel);
        var record = await Book.RecordAsync("", id, Cancel);
        using var told = new MemoryStream();
        await using (var json = new Utf8JsonWriter(told))
        {
            json.WriteStartObject();
            SubscriptionDocument.Read(bytes!).WriteTo(json, JsonLdContext.Core, record, Clock.GetUtcNow(), hasSysAttrs: false);
            json.WriteEndObject();
        }
        return JsonSerializer.Deserialize<JsonElement>(told.ToArray());
    }

    public static JsonElement Parse(string json) => JsonSerializer.Deserialize<JsonElement>(json.Replace('\'', '"'));

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        if (_ownsFolder) Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>The system's clock, which can be put forward; timers keep their pace.</summary>
internal sealed class ShiftedClock : TimeProvider
{
    private TimeSpan _shift;

    public void Shift(TimeSpan by) => _shift += by;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _shift;
}

/// <summary>One request a receiver got.</summary>
internal sealed record Received(IReadOnlyDictionary<string, string> Headers, JsonElement Body)
{
    public string Id => Body.GetProperty("id").GetString()!;

    public JsonElement Entity => Body.GetProperty("data")[0];

    public string EntityId => Entity.GetProperty("id").GetString()!;

    public int Value(string attribute) => Entity.GetProperty(attribute).GetProperty("value").GetInt32();
}

/// <summary>A server that takes notifications.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Received> _all = [];

    private Receiver(WebApplication app) => _app = app;

    /// <summary>Says what to answer to the n-th request, from 1 on; null hangs.</summary>
    public Func<int, int?> Answer { get; set; } = _ => 200;

    public Uri Address { get; private set; } = null!;

    public IReadOnlyList<Received> All => [.. _all];

    public static async Task<Receiver> StartAsync(int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        receiver.Address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/notify");
        return receiver;
    }

    /// <summary>Waits until so many requests have come.</summary>
    public async Task<IReadOnlyList<Received>> WaitAsync(int count, double seconds = 20)
    {
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(seconds));
        while (_all.Count < count && !late.IsCancellationRequested) await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.True(_all.Count >= count, $"{_all.Count} of {count} notifications came.");
        return All;
    }

    /// <summary>Makes sure that nothing more comes.</summary>
    public async Task NoMoreThanAsync(int count)
    {
        await Task.Delay(500, TestContext.Current.CancellationToken);
        Assert.Equal(count, _all.Count);
    }

    private async Task TakeAsync(HttpContext http)
    {
        // As a plain receiver does, which reads what Content-Length says.
        Assert.NotNull(http.Request.ContentLength);
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        _all.Enqueue(new(http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), JsonSerializer.Deserialize<JsonElement>(body)));
        if (Answer(_all.Count) is not { } status)
        {
            await Task.Delay(Timeout.Infinite, http.RequestAborted);
            return;
        }
        http.Response.StatusCode = status;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
