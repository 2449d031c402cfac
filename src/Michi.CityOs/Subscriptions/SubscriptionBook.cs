using System.Text.Json;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.Subscriptions;

/// <summary>All subscriptions: kept in the store and, where this program is the one that notifies, in memory ready to be matched.</summary>
internal sealed class SubscriptionBook(ICityStore store, ContextReader contexts, TimeProvider clock, ILogger<SubscriptionBook> log) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _refreshing = new(1), _catchingUp = new(1);
    private readonly Dictionary<(string Tenant, string Id), Subscription> _all = [];
    private readonly SubscriptionIndex _index = new();

    /// <summary>Those whose context could not be had when they were read; tried again.</summary>
    private readonly HashSet<(string Tenant, string Id)> _unread = [];

    /// <summary>Those that another program changed since they were read.</summary>
    private readonly HashSet<(string Tenant, string Id)> _stale = [];
    private bool _isLoaded;

    /// <summary>Told of each subscription that was made, changed or taken away; set once.</summary>
    public Action<string, string>? Changed { get; set; }

    /// <summary>Reads all subscriptions kept, and follows what becomes of them from here on.</summary>
    public async Task LoadAsync(CancellationToken cancel)
    {
        if (!_isLoaded) store.DocumentChanged += Note;
        _isLoaded = true;
        foreach (var tenant in (await store.TenantsAsync(cancel)).Append(""))
        {
            // Whoever changes one meanwhile waits, so that what is read here does not come after it.
            await _refreshing.WaitAsync(cancel);
            try
            {
                var records = (await store.ListDocumentsAsync(DocumentKind.SubscriptionRecord, tenant, cancel)).ToDictionary(r => r.Id, r => r.Body, StringComparer.Ordinal);
                foreach (var (id, body) in await store.ListDocumentsAsync(DocumentKind.Subscription, tenant, cancel)) await PutAsync(tenant, id, body, records.GetValueOrDefault(id), cancel);
            }
            finally
            {
                _refreshing.Release();
            }
        }
    }

    /// <summary>Knows no subscription any more: another program notifies.</summary>
    public void Forget()
    {
        store.DocumentChanged -= Note;
        lock (_lock)
        {
            _isLoaded = false;
            foreach (var subscription in _all.Values) _index.Remove(subscription);
            _all.Clear();
            _unread.Clear();
            _stale.Clear();
        }
    }

    /// <summary>Brings in what other programs changed until now.</summary>
    public async Task FollowAsync(CancellationToken cancel)
    {
        await store.FollowDocumentsAsync(cancel);
        await RefreshStaleAsync(cancel);
    }

    /// <summary>Reads those anew that are known to have been changed by another program.</summary>
    public async Task RefreshStaleAsync(CancellationToken cancel)
    {
        // Whoever comes while one is being read waits for it: a change must not be matched without it.
        await _catchingUp.WaitAsync(cancel);
        try
        {
            (string Tenant, string Id)[] stale;
            lock (_lock) stale = [.. _stale];
            foreach (var (tenant, id) in stale)
            {
                lock (_lock) _stale.Remove((tenant, id));
                try
                {
                    await RefreshAsync(tenant, id, cancel);
                }
                catch
                {
                    lock (_lock) _stale.Add((tenant, id));
                    throw;
                }
            }
        }
        finally
        {
            _catchingUp.Release();
        }
    }

    private void Note(DocumentKind kind, string tenant, string id)
    {
        if (kind != DocumentKind.Subscription) return;
        lock (_lock) _stale.Add((tenant, id));
    }

    /// <summary>Tries again to read what could not be read.</summary>
    public async Task RetryAsync(CancellationToken cancel)
    {
        (string, string)[] unread;
        lock (_lock) unread = [.. _unread];
        foreach (var (tenant, id) in unread) await RefreshAsync(tenant, id, cancel);
    }

    public Subscription? Find(string tenant, string id)
    {
        lock (_lock) return _all.GetValueOrDefault((tenant, id));
    }

    /// <summary>A subscription as the store has it, whichever program notifies; null where there is none.</summary>
    /// <exception cref="NgsiLdException">Its contexts cannot be had.</exception>
    public async Task<Subscription?> ReadAsync(string tenant, string id, CancellationToken cancel) =>
        await store.FindDocumentAsync(DocumentKind.Subscription, tenant, id, cancel) is { } body ? await Subscription.ReadAsync(tenant, SubscriptionDocument.Read(body), new(), contexts, cancel) : null;

    /// <summary>Those a change may concern.</summary>
    public void Find(EntityDifference change, HashSet<Subscription> to)
    {
        lock (_lock) _index.Find(change, to);
    }

    public bool IsEmpty
    {
        get { lock (_lock) return _all.Count == 0; }
    }

    /// <summary>Those that pass a test.</summary>
    public List<Subscription> Where(Func<Subscription, bool> test)
    {
        lock (_lock) return [.. _all.Values.Where(test)];
    }

    /// <summary>Clause 5.8.1.</summary>
    /// <param name="link">Where the broker serves the context; null where it has an address of its own.</param>
    /// <param name="origin">Null for one that is not passed on to context sources.</param>
    /// <param name="snapshot">Id of the snapshot whose space the tenant is; null for none.</param>
    public async Task CreateAsync(string tenant, string id, IReadOnlyList<(string Name, JsonElement? Value)> members, JsonElement context, string? link, CancellationToken cancel, SubscriptionOrigin? origin = null, string? snapshot = null)
    {
        var now = clock.GetUtcNow();
        var document = new SubscriptionDocument { Id = id, Context = context, Link = link, Members = [], CreatedAt = now, Origin = origin, Snapshot = snapshot }.With(members, context, now, await store.LastChangeAsync(cancel));
        await Subscription.ReadAsync(tenant, document, new(), contexts, cancel);
        await store.WriteDocumentAsync(DocumentKind.Subscription, tenant, id, before => before is null ? document.Write() : throw NgsiLdException.AlreadyExists(id), cancel);
        await RefreshAsync(tenant, id, CancellationToken.None);
        Changed?.Invoke(tenant, id);
    }

    /// <summary>Clause 5.8.2.</summary>
    public async Task UpdateAsync(string tenant, string id, IReadOnlyList<(string Name, JsonElement? Value)> changes, JsonElement context, CancellationToken cancel)
    {
        while (true)
        {
            var bytes = await store.FindDocumentAsync(DocumentKind.Subscription, tenant, id, cancel) ?? throw NgsiLdException.ResourceNotFound(id);
            var current = SubscriptionDocument.Read(bytes);
            var now = clock.GetUtcNow();
            // What happens while a subscription rests is not made up for when it goes on.
            var wasActive = await IsActiveAsync(tenant, current, now, cancel);
            var document = current.With(changes, context, now, wasActive ? current.From : await store.LastChangeAsync(cancel));
            await Subscription.ReadAsync(tenant, document, new(), contexts, cancel);
            var written = document.Write();
            var isOurs = false;
            await store.WriteDocumentAsync(DocumentKind.Subscription, tenant, id, before =>
            {
                isOurs = before is not null && before.AsSpan().SequenceEqual(bytes);
                return isOurs ? written : before;
            }, cancel);
            // Somebody else changed it in between.
            if (!isOurs) continue;
            await RefreshAsync(tenant, id, CancellationToken.None);
            Changed?.Invoke(tenant, id);
            return;
        }
    }

    /// <summary>Clause 5.8.5.</summary>
    public async Task DeleteAsync(string tenant, string id, CancellationToken cancel)
    {
        if (!await TryDeleteAsync(tenant, id, cancel)) throw NgsiLdException.ResourceNotFound(id);
    }

    /// <summary>Takes away all subscriptions within a snapshot, and what is kept of them.</summary>
    /// <param name="space">Of the snapshot.</param>
    public async Task DeleteAllAsync(string space, CancellationToken cancel)
    {
        foreach (var (id, _) in await store.ListDocumentsAsync(DocumentKind.Subscription, space, cancel)) await TryDeleteAsync(space, id, cancel);
        // Of those whose deletion was broken off.
        foreach (var (id, _) in await store.ListDocumentsAsync(DocumentKind.SubscriptionRecord, space, cancel)) await store.WriteDocumentAsync(DocumentKind.SubscriptionRecord, space, id, _ => null, cancel);
    }

    private async Task<bool> TryDeleteAsync(string tenant, string id, CancellationToken cancel)
    {
        if (await store.WriteDocumentAsync(DocumentKind.Subscription, tenant, id, _ => null, cancel) is null) return false;
        await RefreshAsync(tenant, id, CancellationToken.None);
        await store.WriteDocumentAsync(DocumentKind.SubscriptionRecord, tenant, id, _ => null, CancellationToken.None);
        Changed?.Invoke(tenant, id);
        return true;
    }

    /// <summary>What became of the notifications of a subscription.</summary>
    public async ValueTask<DeliveryRecord> RecordAsync(string tenant, string id, CancellationToken cancel) =>
        Find(tenant, id)?.Record ?? DeliveryRecord.Read(await store.FindDocumentAsync(DocumentKind.SubscriptionRecord, tenant, id, cancel));

    /// <summary>Writes to the store what became of notifications since it was written last.</summary>
    public async Task KeepRecordsAsync(CancellationToken cancel)
    {
        // Written side by side, so that the store commits many at once.
        foreach (var portion in Where(s => s.Record.IsChanged).Chunk(500)) await Task.WhenAll(portion.Select(KeepAsync));

        async Task KeepAsync(Subscription subscription)
        {
            var bytes = subscription.Record.Take();
            try
            {
                await store.WriteDocumentAsync(DocumentKind.SubscriptionRecord, subscription.Tenant, subscription.Id, _ => Find(subscription.Tenant, subscription.Id) is null ? null : bytes, cancel);
            }
            catch
            {
                subscription.Record.Untake();
                throw;
            }
        }
    }

    public void Dispose()
    {
        _refreshing.Dispose();
        _catchingUp.Dispose();
    }

    private async ValueTask<bool> IsActiveAsync(string tenant, SubscriptionDocument document, DateTimeOffset now, CancellationToken cancel)
    {
        try
        {
            return (await Subscription.ReadAsync(tenant, document, new(), contexts, cancel)).Notifies(now);
        }
        catch (NgsiLdException)
        {
            // One that cannot be read does not notify.
            return false;
        }
    }

    /// <summary>Brings what is in memory to what the store has.</summary>
    private async Task RefreshAsync(string tenant, string id, CancellationToken cancel)
    {
        if (!_isLoaded) return;
        await _refreshing.WaitAsync(cancel);
        try
        {
            var bytes = await store.FindDocumentAsync(DocumentKind.Subscription, tenant, id, cancel);
            var record = bytes is null || Find(tenant, id) is not null ? null : await store.FindDocumentAsync(DocumentKind.SubscriptionRecord, tenant, id, cancel);
            await PutAsync(tenant, id, bytes, record, cancel);
        }
        finally
        {
            _refreshing.Release();
        }
        // Whoever took the subscription away took its record along; what was written of it since goes too.
        if (Find(tenant, id) is null && await store.FindDocumentAsync(DocumentKind.Subscription, tenant, id, cancel) is null)
            await store.WriteDocumentAsync(DocumentKind.SubscriptionRecord, tenant, id, _ => null, cancel);
    }

    /// <summary>Puts a subscription in the place of what is in memory of it.</summary>
    /// <param name="bytes">Its document; null where it is no more.</param>
    /// <param name="record">What became of its notifications, where that is not in memory; null for nothing.</param>
    private async Task PutAsync(string tenant, string id, byte[]? bytes, byte[]? record, CancellationToken cancel)
    {
        Subscription? read = null;
        var isUnread = false;
        try
        {
            if (bytes is not null) read = await Subscription.ReadAsync(tenant, SubscriptionDocument.Read(bytes), Find(tenant, id)?.Record ?? DeliveryRecord.Read(record), contexts, cancel);
        }
        catch (NgsiLdException fault)
        {
            isUnread = true;
            Log.SubscriptionUnread(log, id, tenant, fault.Detail ?? fault.Title);
        }
        lock (_lock)
        {
            if (!_isLoaded) return;
            if (_all.Remove((tenant, id), out var old)) _index.Remove(old);
            if (isUnread) _unread.Add((tenant, id));
            else _unread.Remove((tenant, id));
            if (read is null) return;
            _all[(tenant, id)] = read;
            _index.Add(read);
        }
    }
}
