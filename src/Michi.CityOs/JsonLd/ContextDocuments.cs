using System.Collections.Concurrent;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;
using Microsoft.Extensions.Logging;

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
/// <param name="FreshUntil">When a copy is to be fetched anew; null for never.</param>
/// <param name="Document">With the member "@context".</param>
internal sealed record KeptContext(string Id, ContextKind Kind, string? Url, DateTimeOffset CreatedAt, DateTimeOffset? FreshUntil, JsonElement Document);

/// <summary>The documents that contexts refer to: those kept here, and copies of those elsewhere.</summary>
/// <remarks>
/// A copy that is older than its host allows is fetched anew when it is used next. Nobody waits for that: the old one serves until the new one is there, and for good where the host fails or
/// sends no context. Entities are kept with expanded names, so only later requests see what changed.
/// </remarks>
internal sealed class ContextDocuments : IContextSource
{
    private const int MostBytes = 2_000_000;

    /// <summary>Addresses remembered as not to be had, and those whose uses are counted: whoever names new ones again and again must not fill the memory.</summary>
    private const int MostMissing = 10_000, MostUsed = 100_000;

    /// <summary>How long a copy is used where its host does not say, and the bounds where it does; a host that failed is asked again after the least.</summary>
    private static readonly TimeSpan Usual = TimeSpan.FromDays(1), Least = TimeSpan.FromMinutes(10), Most = TimeSpan.FromDays(7);

    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private const string Path = NgsiLdApi.Root + "/jsonldContexts/";

    private readonly ConcurrentDictionary<(string Tenant, string Url), (JsonElement Document, DateTimeOffset Until)> _documents = [];
    private readonly ConcurrentDictionary<(string Tenant, string Url), DateTimeOffset> _tryAgain = [];
    private readonly ConcurrentDictionary<string, (DateTimeOffset From, DateTimeOffset Until)> _missing = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Tenant, string Id), (long Hits, DateTimeOffset Last)> _uses = [];
    private readonly ICityStore _store;
    private readonly OutgoingHttp _http;
    private readonly TimeProvider _clock;
    private readonly ILogger<ContextDocuments>? _report;
    private int _changes, _told;
    private long _lookedAt;

    public ContextDocuments(ICityStore store, OutgoingHttp http, TimeProvider clock, ILogger<ContextDocuments>? report = null)
    {
        (_store, _http, _clock, _report) = (store, http, clock, report);
        store.DocumentChanged += (kind, tenant, _) =>
        {
            if (kind == DocumentKind.Context) Forget(tenant);
        };
    }

    public async ValueTask<JsonElement> GetAsync(string tenant, Uri address, CancellationToken cancel)
    {
        var url = address.AbsoluteUri;
        if (_documents.TryGetValue((tenant, url), out var known)) return known.Document;
        var id = HostedId(address) ?? IdOf(url);
        var changes = Volatile.Read(ref _changes);
        var now = _clock.GetUtcNow();
        if (await FindAsync(tenant, id, cancel) is { } kept)
        {
            var until = kept.FreshUntil ?? DateTimeOffset.MaxValue;
            if (until <= now)
            {
                until = now + Least;
                if (MayTry((tenant, url), now, until)) _ = RenewAsync(tenant, kept);
            }
            return Remember(kept.Document, until);
        }
        if (_missing.TryGetValue(url, out var missing) && missing.From <= now && missing.Until > now) throw NotAvailable(url, "it could not be had a moment ago");
        var (document, freshUntil) = await FetchAsync(address, cancel);
        await KeepAsync(tenant, new(id, ContextKind.Cached, url, now, freshUntil, document), cancel);
        return Remember(document, freshUntil);

        JsonElement Remember(JsonElement read, DateTimeOffset until)
        {
            _documents[(tenant, url)] = (read, until);
            // What was replaced meanwhile is read again.
            if (Volatile.Read(ref _changes) != changes) _documents.TryRemove((tenant, url), out _);
            return read;
        }
    }

    /// <summary>Fetches a document anew and puts it in the place of the copy there.</summary>
    /// <exception cref="NgsiLdException">It is not to be had, or is no context.</exception>
    public async Task ReloadAsync(string tenant, KeptContext kept, CancellationToken cancel)
    {
        var address = new Uri(kept.Url!);
        var (document, freshUntil) = await FetchAsync(address, cancel);
        await ContextReader.CheckAsync(this, tenant, document, address, cancel);
        var body = BodyOf(kept with { Document = document, CreatedAt = _clock.GetUtcNow(), FreshUntil = freshUntil });
        // One that was deleted meanwhile does not come back.
        await _store.WriteDocumentAsync(DocumentKind.Context, tenant, kept.Id, there => there is null ? null : body, cancel);
        Forget(tenant);
    }

    /// <summary>Whether a copy may be fetched anew: one request of many tries, and not again before a time.</summary>
    private bool MayTry((string Tenant, string Url) copy, DateTimeOffset now, DateTimeOffset again)
    {
        if (_tryAgain.Count >= MostMissing) _tryAgain.Clear();
        return _tryAgain.TryGetValue(copy, out var next) ? next <= now && _tryAgain.TryUpdate(copy, again, next) : _tryAgain.TryAdd(copy, again);
    }

    private async Task RenewAsync(string tenant, KeptContext kept)
    {
        try
        {
            await ReloadAsync(tenant, kept, CancellationToken.None);
        }
        catch (Exception fault)
        {
            if (_report is not null) Log.ContextNotRenewed(_report, kept.Url!, kept.CreatedAt, (fault as NgsiLdException)?.Detail ?? fault.Message);
        }
    }

    /// <summary>Keeps a context of the broker's own making or of a client.</summary>
    /// <returns>Its id here.</returns>
    public async Task<string> AddAsync(string tenant, JsonElement context, ContextKind kind, CancellationToken cancel)
    {
        var id = Guid.NewGuid().ToString("N");
        var document = JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { ["@context"] = context });
        await KeepAsync(tenant, new(id, kind, null, _clock.GetUtcNow(), null, document), cancel);
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
        var (now, looked) = (_clock.GetUtcNow(), Interlocked.Read(ref _lookedAt));
        if (Math.Abs(now.UtcTicks - looked) >= LookEvery.Ticks && Interlocked.CompareExchange(ref _lookedAt, now.UtcTicks, looked) == looked)
        {
            // What was read with a copy that is too old now is read again.
            foreach (var (copy, (_, until)) in _documents)
                if (until <= now && _documents.TryRemove(copy, out _)) Interlocked.Increment(ref _changes);
        }
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
        var body = BodyOf(kept);
        return _store.WriteDocumentAsync(DocumentKind.Context, tenant, kept.Id, _ => body, cancel);
    }

    private static byte[] BodyOf(KeptContext kept) => JsonSerializer.SerializeToUtf8Bytes(
        new Dictionary<string, object?>
        {
            ["kind"] = kept.Kind.ToString(),
            ["url"] = kept.Url,
            ["createdAt"] = EntityCodec.Microseconds(kept.CreatedAt),
            ["freshUntil"] = kept.FreshUntil is { } until ? EntityCodec.Microseconds(until) : null,
            ["document"] = kept.Document,
        },
        PlainJson.Serializer);

    private static KeptContext Read(string id, byte[] body)
    {
        using var read = JsonDocument.Parse(body);
        var root = read.RootElement;
        var (kind, createdAt) = (Enum.Parse<ContextKind>(root.GetProperty("kind").GetString()!), EntityCodec.Time(root.GetProperty("createdAt").GetInt64()));
        // Copies of earlier builds do not tell until when they are good.
        var freshUntil = kind != ContextKind.Cached ? (DateTimeOffset?)null : root.TryGetProperty("freshUntil", out var until) ? EntityCodec.Time(until.GetInt64()) : createdAt + Usual;
        return new(id, kind, root.GetProperty("url").GetString(), createdAt, freshUntil, root.GetProperty("document").Clone());
    }

    private async Task<(JsonElement Document, DateTimeOffset FreshUntil)> FetchAsync(Uri address, CancellationToken cancel)
    {
        var began = _clock.GetUtcNow();
        try
        {
            var (bytes, freshFor) = await _http.GetAsync(address, "application/ld+json, application/json;q=0.9", MostBytes, cancel);
            var lifetime = freshFor ?? Usual;
            return (PlainJson.Parse(bytes), began + (lifetime < Least ? Least : lifetime > Most ? Most : lifetime));
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
