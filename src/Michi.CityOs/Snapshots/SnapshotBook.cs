using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Snapshots;

/// <summary>All snapshots: kept in the store, and in memory to be found by every request that names one.</summary>
/// <remarks>
/// What is in a snapshot lies in a space of its own: a tenant whose name no request can tell, used again once it is empty. A snapshot that is taken away leaves a
/// note of its space until that is empty, so a crash leaves nothing behind. Thread-safe.
/// </remarks>
internal sealed class SnapshotBook(ICityStore store, TimeProvider clock) : IDisposable
{
    /// <summary>Snapshots of one tenant. Where there would be more, the least important one goes (clause 5.5.15).</summary>
    public const int Most = 20;

    /// <summary>What separates the tenant from the number of the space; no name of a tenant has it.</summary>
    private const char Separator = ':';

    private static readonly TimeSpan UsualLifetime = TimeSpan.FromDays(1);

    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(30);

    private readonly SemaphoreSlim _changing = new(1);
    private readonly Dictionary<(string Tenant, string Id), Snapshot> _all = [];
    private readonly HashSet<(string Tenant, string Space)> _emptying = [];
    private bool _isLoaded;

    /// <summary>There is something to do for a snapshot: to fill it, or to empty the space of one that is gone. Set once by those who do it.</summary>
    public Action<string, Snapshot>? Fill { get; set; }

    public Action<string, string>? Empty { get; set; }

    /// <summary>The status of a snapshot is to be told to its endpoint.</summary>
    public Action<string, Snapshot>? Tell { get; set; }

    /// <summary>Whether a tenant is the space of a snapshot.</summary>
    public static bool IsSpace(string tenant) => tenant.Contains(Separator, StringComparison.Ordinal);

    /// <summary>Reads all snapshots kept, and goes on with what was to be done for them.</summary>
    public async Task LoadAsync(CancellationToken cancel)
    {
        await WithinAsync(_ => Task.CompletedTask, cancel);
        foreach (var (tenant, space) in Copy(() => _emptying.ToList())) Empty?.Invoke(tenant, space);
        foreach (var (key, snapshot) in Copy(() => _all.ToList()))
            if (snapshot.Status == Snapshot.Preparing) Fill?.Invoke(key.Tenant, snapshot);
    }

    /// <summary>A snapshot that is there and has not expired.</summary>
    public async ValueTask<Snapshot> FindAsync(string tenant, string id, CancellationToken cancel)
    {
        if (!_isLoaded) await WithinAsync(_ => Task.CompletedTask, cancel);
        return Find(tenant, id) ?? throw NgsiLdException.ResourceNotFound(id);
    }

    public Snapshot? Find(string tenant, string id)
    {
        lock (_all) return _all.TryGetValue((tenant, id), out var snapshot) && snapshot.ExpiresAt > clock.GetUtcNow() ? snapshot : null;
    }

    public async Task<IReadOnlyList<Snapshot>> ListAsync(string tenant, CancellationToken cancel)
    {
        if (!_isLoaded) await WithinAsync(_ => Task.CompletedTask, cancel);
        return Of(tenant);
    }

    /// <summary>Those that have expired.</summary>
    public List<(string Tenant, string Id)> Expired(DateTimeOffset now)
    {
        lock (_all) return [.. _all.Where(s => s.Value.ExpiresAt <= now).Select(s => s.Key)];
    }

    /// <summary>Notes that a snapshot is used; written to the store with the next change.</summary>
    public void Use(string tenant, Snapshot snapshot)
    {
        var now = clock.GetUtcNow();
        // Nobody tells apart two uses within a second.
        if (now - snapshot.LastUsedAt < TimeSpan.FromSeconds(1)) return;
        lock (_all)
            if (_all.TryGetValue((tenant, snapshot.Id), out var there)) _all[(tenant, snapshot.Id)] = there.With(new KeyValuePair<string, JsonNode?>("lastUsedAt", EntityWriter.Text(now)));
    }

    /// <summary>Makes a snapshot, empty and in preparation.</summary>
    /// <param name="original">The space it is to be a copy of; null where queries fill it.</param>
    public async Task<string> AddAsync(string tenant, JsonObject told, JsonElement context, string? original, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var id = told["id"]?.GetValue<string>() ?? $"urn:ngsi-ld:Snapshot:{Guid.CreateVersion7():N}";
        Snapshot? made = null, least = null;
        await WithinAsync(async cancel =>
        {
            if (Find(tenant, id) is not null) throw NgsiLdException.AlreadyExists(id);
            made = new Snapshot(told, await ClaimAsync(tenant, cancel), context, original).With(
                [new("id", id), new("type", "Snapshot"), new("snapshotPriority", told["snapshotPriority"]?.DeepClone() ?? Snapshot.UsualPriority), .. Times(told, now), new("snapshotStatus", Snapshot.Preparing), new("createdAt", EntityWriter.Text(now)), new("lastUsedAt", EntityWriter.Text(now))]);
            if (Of(tenant) is { Count: >= Most } all) least = all.MinBy(s => (s.Priority, s.LastUsedAt));
            await KeepAsync(tenant, made, cancel);
        }, cancel);
        Fill?.Invoke(tenant, made!);
        if (least is not null) await RemoveAsync(tenant, least.Id, isTold: true, CancellationToken.None);
        return id;
    }

    /// <summary>Changes the status of a snapshot, and tells its endpoint.</summary>
    /// <exception cref="NgsiLdException">It is not there any more.</exception>
    public async Task<Snapshot> ChangeAsync(string tenant, string id, Func<Snapshot, Snapshot> change, CancellationToken cancel)
    {
        Snapshot? changed = null;
        await WithinAsync(cancel =>
        {
            changed = change(Find(tenant, id) ?? throw NgsiLdException.ResourceNotFound(id));
            changed = changed.With(new KeyValuePair<string, JsonNode?>("modifiedAt", EntityWriter.Text(clock.GetUtcNow())));
            return KeepAsync(tenant, changed, cancel);
        }, cancel);
        Tell?.Invoke(tenant, changed!);
        return changed!;
    }

    /// <summary>The members that follow from when a snapshot was changed and how long it is wanted.</summary>
    public static IEnumerable<KeyValuePair<string, JsonNode?>> Times(JsonObject told, DateTimeOffset now)
    {
        var lifetime = told["snapshotLifetime"] is { } wanted ? EntityReader.Duration(wanted.GetValue<string>())!.Value : UsualLifetime;
        return [new("expiresAt", EntityWriter.Text(now + (lifetime < LongestLifetime ? lifetime : LongestLifetime))), new("modifiedAt", EntityWriter.Text(now))];
    }

    /// <summary>Takes a snapshot away; what is in it is taken away in the background.</summary>
    /// <param name="isTold">Whether its endpoint learns of it: where nobody asked for it.</param>
    /// <returns>Whether it was there.</returns>
    public async Task<bool> RemoveAsync(string tenant, string id, bool isTold, CancellationToken cancel)
    {
        Snapshot? gone = null;
        await WithinAsync(async cancel =>
        {
            lock (_all)
                if (!_all.TryGetValue((tenant, id), out gone)) return;
            await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, NoteOf(gone.Space), _ => [], cancel);
            await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, id, _ => null, CancellationToken.None);
            lock (_all)
            {
                _all.Remove((tenant, id));
                _emptying.Add((tenant, gone.Space));
            }
        }, cancel);
        if (gone is null) return false;
        Empty?.Invoke(tenant, gone.Space);
        // Clause 5.3.4: what expires before it is told is gone.
        if (isTold) Tell?.Invoke(tenant, gone.With(new KeyValuePair<string, JsonNode?>("expiresAt", EntityWriter.Text(gone.ExpiresAt < clock.GetUtcNow() ? gone.ExpiresAt : clock.GetUtcNow()))));
        return true;
    }

    /// <summary>A space is empty and can be used again.</summary>
    public Task EmptiedAsync(string tenant, string space, CancellationToken cancel) => WithinAsync(async cancel =>
    {
        await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, NoteOf(space), _ => null, cancel);
        await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, ClaimOf(space), _ => null, cancel);
        lock (_all) _emptying.Remove((tenant, space));
    }, cancel);

    public void Dispose() => _changing.Dispose();

    /// <summary>The document that says of a space that it is to be emptied; no id of a snapshot is like it.</summary>
    private static string NoteOf(string space) => $"empty {space}";

    /// <summary>The document that says of a space that a snapshot has it.</summary>
    private static string ClaimOf(string space) => $"space {space}";

    /// <summary>A space that no snapshot has, of whatever node: who writes the claim first has it.</summary>
    private async Task<string> ClaimAsync(string tenant, CancellationToken cancel)
    {
        for (var number = 1; ; number++)
        {
            var space = $"{tenant}{Separator}{number}";
            if (await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, ClaimOf(space), there => there ?? [], cancel) is null) return space;
        }
    }

    private List<Snapshot> Of(string tenant)
    {
        var now = clock.GetUtcNow();
        lock (_all) return [.. _all.Where(s => s.Key.Tenant == tenant && s.Value.ExpiresAt > now).Select(s => s.Value)];
    }

    private T Copy<T>(Func<T> copy)
    {
        lock (_all) return copy();
    }

    private async Task KeepAsync(string tenant, Snapshot snapshot, CancellationToken cancel)
    {
        await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, snapshot.Id, _ => snapshot.Write(), cancel);
        lock (_all) _all[(tenant, snapshot.Id)] = snapshot;
    }

    /// <summary>Does something alone, after all that is kept was read.</summary>
    private async Task WithinAsync(Func<CancellationToken, Task> act, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel);
        try
        {
            if (!_isLoaded) await ReadAsync(cancel);
            await act(cancel);
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task ReadAsync(CancellationToken cancel)
    {
        foreach (var tenant in (await store.TenantsAsync(cancel)).Where(t => !IsSpace(t)).Append(""))
        {
            var documents = await store.ListDocumentsAsync(DocumentKind.Snapshot, tenant, cancel);
            HashSet<string> notes = [.. documents.Where(d => d.Body.Length == 0).Select(d => d.Id)];
            foreach (var (id, body) in documents)
            {
                if (id.StartsWith(ClaimOf(""), StringComparison.Ordinal)) continue;
                if (body.Length == 0) lock (_all) _emptying.Add((tenant, id[NoteOf("").Length..]));
                // The program ended between the two steps of taking it away.
                else if (Snapshot.Read(body) is var snapshot && notes.Contains(NoteOf(snapshot.Space))) await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, id, _ => null, cancel);
                else lock (_all) _all[(tenant, id)] = snapshot;
            }
        }
        _isLoaded = true;
    }
}
