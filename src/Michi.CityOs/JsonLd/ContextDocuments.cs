using System.Collections.Concurrent;
using System.Text.Json;
using Michi.CityOs.Storage;

namespace Michi.CityOs.JsonLd;

/// <summary>The documents that contexts refer to: those kept here, and those fetched from elsewhere and kept for a while.</summary>
internal sealed class ContextDocuments(ICityStore store, OutgoingHttp http, TimeProvider clock) : IContextSource
{
    private const int MostBytes = 2_000_000;

    /// <summary>How long a fetched document is used before it is fetched again.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromHours(6);

    /// <summary>How long a document that could not be had is not asked for again.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, (JsonElement? Document, DateTimeOffset Until)> _documents = new(StringComparer.Ordinal);
    private int _changes, _told;

    public async ValueTask<JsonElement> GetAsync(string tenant, Uri address, CancellationToken cancel)
    {
        var url = address.AbsoluteUri;
        if (await HostedAsync(tenant, address, cancel) is { } hosted) return hosted;
        var now = clock.GetUtcNow();
        if (_documents.TryGetValue(url, out var known) && known.Until > now) return known.Document ?? throw NotAvailable(url, "it could not be had a moment ago");
        try
        {
            var bytes = await http.GetAsync(address, "application/ld+json, application/json;q=0.9", MostBytes, cancel);
            using var read = JsonDocument.Parse(bytes);
            var document = read.RootElement.Clone();
            if (known.Document is not null) Interlocked.Increment(ref _changes);
            _documents[url] = (document, now + Fresh);
            return document;
        }
        catch (JsonException)
        {
            throw NgsiLdException.BadRequestData($"The document at {url} is not JSON.");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException && !cancel.IsCancellationRequested)
        {
            // An older copy is better than none.
            if (known.Document is { } old)
            {
                _documents[url] = (old, now + Fresh);
                return old;
            }
            _documents[url] = (null, now + Rest);
            throw NotAvailable(url, fault.Message);
        }
    }

    public bool IsChanged()
    {
        var changes = Volatile.Read(ref _changes);
        return Interlocked.Exchange(ref _told, changes) != changes;
    }

    /// <summary>A document was replaced or taken away: what was read from it is read anew.</summary>
    public void Forget(string? url = null)
    {
        if (url is not null) _documents.TryRemove(url, out _);
        Interlocked.Increment(ref _changes);
    }

    private async ValueTask<JsonElement?> HostedAsync(string tenant, Uri address, CancellationToken cancel)
    {
        const string contexts = Api.NgsiLdApi.Root + "/jsonldContexts/";
        var at = address.AbsolutePath.IndexOf(contexts, StringComparison.Ordinal);
        if (at < 0) return null;
        var id = Uri.UnescapeDataString(address.AbsolutePath[(at + contexts.Length)..]);
        var body = await store.FindDocumentAsync(DocumentKind.Context, tenant, id, cancel);
        if (body is null) return null;
        using var read = JsonDocument.Parse(body);
        return read.RootElement.TryGetProperty("body", out var document) ? document.Clone() : null;
    }

    private static NgsiLdException NotAvailable(string url, string why) => NgsiLdException.LdContextNotAvailable($"{url}: {why}");
}
