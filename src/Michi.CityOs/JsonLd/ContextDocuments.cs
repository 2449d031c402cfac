using System.Collections.Concurrent;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.JsonLd;

/// <summary>Where a context came from, clause 5.13.1.</summary>
internal enum ContextKind
{
    /// <summary>Sent to be kept and served.</summary>
    Hosted,

    /// <summary>Fetched from its address.</summary>
    Cached,

    /// <summary>Made by the broker from one that came inside a document.</summary>
    ImplicitlyCreated,
}

/// <summary>A context that is kept.</summary>
/// <param name="Id">The last part of its address here.</param>
/// <param name="Url">Its own address where it was fetched; null where it is served here.</param>
/// <param name="Document">With the member "@context".</param>
internal sealed record KeptContext(string Id, ContextKind Kind, string? Url, DateTimeOffset CreatedAt, JsonElement Document);

/// <summary>The documents that contexts refer to: those kept here, and those fetched from elsewhere and kept until they are fetched anew.</summary>
internal sealed class ContextDocuments : IContextSource
{
    private const int MostBytes = 2_000_000;

    /// <summary>Addresses remembered as not to be had, and those whose uses are counted: whoever names new ones again and again must not fill the memory.</summary>
    private const int MostMissing = 10_000, MostUsed = 100_000;

    private const string Path = NgsiLdApi.Root + "/jsonldContexts/";

    private readonly ConcurrentDictionary<(string Tenant, string Url), JsonElement> _documents = [];
    private readonly ConcurrentDictionary<string, (DateTimeOffset From, DateTimeOffset Until)> _missing = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Tenant, string Id), (long Hits, DateTimeOffset Last)> _uses = [];
    private readonly ICityStore _store;
    private readonly OutgoingHttp _http;
    private readonly TimeProvider _clock;
    private int _changes, _told;

    public ContextDocuments(ICityStore store, OutgoingHttp http, TimeProvider clock)
    {
        (_store, _http, _clock) = (store, http, clock);
        store.DocumentChanged += (kind, tenant, _) =>
        {
            if (kind == DocumentKind.Context) Forget(tenant);
        };
    }

    public async ValueTask<JsonElement> GetAsync(string tenant, Uri address, CancellationToken cancel)
    {
        var url = address.AbsoluteUri;
        if (_documents.TryGetValue((tenant, url), out var known)) return known;
        var id = HostedId(address) ?? IdOf(url);
        var changes = Volatile.Read(ref _changes);
        if (await FindAsync(tenant, id, cancel) is { } kept) return Remember(kept.Document);
        var now = _clock.GetUtcNow();
        if (_missing.TryGetValue(url, out var missing) && missing.From <= now && missing.Until > now) throw NotAvailable(url, "it could not be had a moment ago");
        var document = await FetchAsync(address, cancel);
        await KeepAsync(tenant, new(id, ContextKind.Cached, url, now, document), cancel);
        return Remember(document);

        JsonElement Remember(JsonElement read)
        {
            _documents[(tenant, url)] = read;
            // What was replaced meanwhile is read again.
            if (Volatile.Read(ref _changes) != changes) _documents.TryRemove((tenant, url), out _);
            return read;
        }
    }

    /// <summary>Fetches a document anew and puts it in the place of the copy there.</summary>
    public async Task ReloadAsync(string tenant, KeptContext kept, CancellationToken cancel)
    {
        var document = await FetchAsync(new Uri(kept.Url!), cancel);
        await KeepAsync(tenant, kept with { Document = document, CreatedAt = _clock.GetUtcNow() }, cancel);
        Forget(tenant);
    }

    /// <summary>Keeps a context of the broker's own making or of a client.</summary>
    /// <returns>Its id here.</returns>
    public async Task<string> AddAsync(string tenant, JsonElement context, ContextKind kind, CancellationToken cancel)
    {
        var id = Guid.NewGuid().ToString("N");
        var document = JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { ["@context"] = context });
        await KeepAsync(tenant, new(id, kind, null, _clock.GetUtcNow(), document), cancel);
        return id;
    }

    public async ValueTask<KeptContext?> FindAsync(string tenant, string id, CancellationToken cancel) =>
        await _store.FindDocumentAsync(DocumentKind.Context, tenant, id, cancel) is { } body ? Read(id, body) : null;

    public async Task<IReadOnlyList<KeptContext>> ListAsync(string tenant, CancellationToken cancel) =>
        [.. (await _store.ListDocumentsAsync(DocumentKind.Context, tenant, cancel)).Select(d => Read(d.Id, d.Body))];

    public async Task DeleteAsync(string tenant, string id, CancellationToken cancel)
    {
        await _store.WriteDocumentAsync(DocumentKind.Context, tenant, id, _ => null, cancel);
        _uses.TryRemove((tenant, id), out _);
        Forget(tenant);
    }

    /// <summary>How often a context was used since the program started, and when last.</summary>
    public (long Hits, DateTimeOffset? Last) UsesOf(string tenant, string id) => _uses.TryGetValue((tenant, id), out var uses) ? (uses.Hits, uses.Last) : (0, null);

    /// <summary>The id here of a document fetched from elsewhere.</summary>
    public static string IdOf(string url) => url;

    public bool IsChanged()
    {
        var changes = Volatile.Read(ref _changes);
        return Interlocked.Exchange(ref _told, changes) != changes;
    }

    public void Used(string tenant, string url)
    {
        var id = Uri.TryCreate(url, UriKind.Absolute, out var address) ? HostedId(address) ?? IdOf(url) : url;
        if (_uses.Count >= MostUsed && !_uses.ContainsKey((tenant, id))) return;
        var now = _clock.GetUtcNow();
        _uses.AddOrUpdate((tenant, id), (1, now), (_, uses) => (uses.Hits + 1, now));
    }

    private void Forget(string tenant)
    {
        Interlocked.Increment(ref _changes);
        foreach (var key in _documents.Keys)
            if (key.Tenant == tenant) _documents.TryRemove(key, out _);
    }

    private Task<byte[]?> KeepAsync(string tenant, KeptContext kept, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            new Dictionary<string, object?> { ["kind"] = kept.Kind.ToString(), ["url"] = kept.Url, ["createdAt"] = EntityCodec.Microseconds(kept.CreatedAt), ["document"] = kept.Document }, PlainJson.Serializer);
        return _store.WriteDocumentAsync(DocumentKind.Context, tenant, kept.Id, _ => body, cancel);
    }

    private static KeptContext Read(string id, byte[] body)
    {
        using var read = JsonDocument.Parse(body);
        var root = read.RootElement;
        return new(id, Enum.Parse<ContextKind>(root.GetProperty("kind").GetString()!), root.GetProperty("url").GetString(), EntityCodec.Time(root.GetProperty("createdAt").GetInt64()), root.GetProperty("document").Clone());
    }

    private async Task<JsonElement> FetchAsync(Uri address, CancellationToken cancel)
    {
        var began = _clock.GetUtcNow();
        try
        {
            var bytes = await _http.GetAsync(address, "application/ld+json, application/json;q=0.9", MostBytes, cancel);
            return PlainJson.Parse(bytes);
        }
        catch (JsonException fault)
        {
            throw NgsiLdException.BadRequestData($"The document at {address} {(fault.LineNumber is null ? fault.Message : "is not JSON")}.");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            // What failed at once may be tried at once; a server that lets others wait is left alone for as long.
            var now = _clock.GetUtcNow();
            if (_missing.Count >= MostMissing) _missing.Clear();
            _missing[address.AbsoluteUri] = (now, now + (now - began));
            throw NotAvailable(address.AbsoluteUri, fault.Message);
        }
    }

    /// <summary>The id of a context that is served here, by its address; null where it is elsewhere.</summary>
    private static string? HostedId(Uri address)
    {
        var at = address.AbsolutePath.IndexOf(Path, StringComparison.Ordinal);
        return at < 0 ? null : Uri.UnescapeDataString(address.AbsolutePath[(at + Path.Length)..]);
    }

    private static NgsiLdException NotAvailable(string url, string why) => NgsiLdException.LdContextNotAvailable($"{url}: {why}");
}
