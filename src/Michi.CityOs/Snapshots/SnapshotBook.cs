using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Snapshots;

/// <summary>All snapshots. They are in the store alone, so what is done to one through any node holds at every other at once.</summary>
/// <remarks>
/// What is in a snapshot lies in a space of its own: a tenant whose name no request can tell, used again once it is empty. A document beside the snapshot claims
/// the space for it. Who empties the claim has taken the snapshot away: so that is done once, whoever asks for it, and what a crash leaves undone is seen from the
/// claim. Thread-safe.
/// </remarks>
internal sealed class SnapshotBook(ICityStore store, TimeProvider clock)
{
    /// <summary>Snapshots of one tenant. Where there would be more, the least important one goes (clause 5.5.15).</summary>
    public const int Most = 20;

    /// <summary>What separates the tenant from the number of the space; no name of a tenant has it.</summary>
    private const char Separator = ':';

    /// <summary>With what the id of a claim begins, before the space; no id of a snapshot has a blank.</summary>
    private const string ClaimOn = "space ";

    private static readonly TimeSpan UsualLifetime = TimeSpan.FromDays(1);

    private static readonly TimeSpan LongestLifetime = TimeSpan.FromDays(30);

    /// <summary>When snapshots were used last through this node, where the store does not know it yet.</summary>
    private readonly ConcurrentDictionary<(string Tenant, string Id), DateTimeOffset> _used = [];

    /// <summary>There may be something to do for the snapshots of a tenant. Set by those who do it.</summary>
    public Action<string>? Changed { get; set; }

    /// <summary>The status of a snapshot is to be told to its endpoint. Set once.</summary>
    public Action<string, Snapshot>? Tell { get; set; }

    /// <summary>Whether a tenant is the space of a snapshot.</summary>
    public static bool IsSpace(string tenant) => tenant.Contains(Separator, StringComparison.Ordinal);

    /// <summary>The tenant that has the snapshot, where one is the space of a snapshot; otherwise the same.</summary>
    public static string TenantOf(string space) => space.IndexOf(Separator, StringComparison.Ordinal) is >= 0 and var at ? space[..at] : space;

    /// <summary>A snapshot that is there and has not expired.</summary>
    /// <exception cref="NgsiLdException">ResourceNotFound.</exception>
    public async ValueTask<Snapshot> FindAsync(string tenant, string id, CancellationToken cancel) =>
        await TryFindAsync(tenant, id, cancel) ?? throw NgsiLdException.ResourceNotFound(id);

    public async ValueTask<Snapshot?> TryFindAsync(string tenant, string id, CancellationToken cancel) =>
        await store.FindDocumentAsync(DocumentKind.Snapshot, tenant, id, cancel) is { } body && Snapshot.Read(body) is var snapshot && IsLive(snapshot) ? AsUsed(tenant, snapshot) : null;

    public async Task<List<Snapshot>> ListAsync(string tenant, CancellationToken cancel) => [.. (await ReadAsync(tenant, cancel)).Snapshots.Where(IsLive).Select(s => AsUsed(tenant, s))];

    /// <summary>All snapshots of a tenant in the order of creation, also expired ones, and the spaces of those that are gone.</summary>
    public async Task<(List<Snapshot> Snapshots, List<string> Gone)> ReadAsync(string tenant, CancellationToken cancel)
    {
        var (snapshots, gone) = (new List<Snapshot>(), new List<string>());
        foreach (var (id, body) in await store.ListDocumentsAsync(DocumentKind.Snapshot, tenant, cancel))
        {
            if (!id.StartsWith(ClaimOn, StringComparison.Ordinal)) snapshots.Add(Snapshot.Read(body));
            else if (body.Length == 0) gone.Add(id[ClaimOn.Length..]);
        }
        return (snapshots, gone);
    }

    /// <summary>Notes that a snapshot is used; other nodes learn of it with <see cref="KeepUsesAsync"/>.</summary>
    public void Use(string tenant, Snapshot snapshot)
    {
        // Nobody tells apart two uses within a second.
        if (clock.GetUtcNow() is var now && now - snapshot.LastUsedAt >= TimeSpan.FromSeconds(1)) _used[(tenant, snapshot.Id)] = now;
    }

    /// <summary>Writes to the store when snapshots were used.</summary>
    public async Task KeepUsesAsync(CancellationToken cancel)
    {
        foreach (var use in _used)
        {
            await store.WriteDocumentAsync(
                DocumentKind.Snapshot,
                use.Key.Tenant,
                use.Key.Id,
                there => there is not null && Snapshot.Read(there) is var snapshot && snapshot.LastUsedAt < use.Value ? snapshot.UsedAt(use.Value).Write() : there,
                cancel);
            _used.TryRemove(use);
        }
    }

    /// <summary>Makes a snapshot, empty and in preparation.</summary>
    /// <param name="original">What it is to be a copy of; null where queries fill it.</param>
    public async Task<string> AddAsync(string tenant, JsonObject told, JsonElement context, Snapshot? original, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var id = told["id"]?.GetValue<string>() ?? $"urn:ngsi-ld:Snapshot:{Guid.CreateVersion7():N}";
        if (await store.FindDocumentAsync(DocumentKind.Snapshot, tenant, id, cancel) is { } body)
        {
            if (Snapshot.Read(body) is var there && IsLive(there)) throw NgsiLdException.AlreadyExists(id);
            await RemoveAsync(tenant, there, isTold: true, cancel);
        }
        var made = new Snapshot(told, "", context, original?.Space).With(
            [new("id", id), new("type", "Snapshot"), new("snapshotPriority", told["snapshotPriority"]?.DeepClone() ?? Snapshot.UsualPriority), .. Times(told, now), new("snapshotStatus", Snapshot.Preparing), new("createdAt", EntityWriter.Text(now)), new("lastUsedAt", EntityWriter.Text(now))]);
        made = made with { Space = await ClaimAsync(tenant, made, cancel) };
        try
        {
            await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, id, there => there is null ? made.Write() : throw NgsiLdException.AlreadyExists(id), cancel);
        }
        catch
        {
            await RemoveAsync(tenant, made, isTold: false, CancellationToken.None);
            throw;
        }
        // From here on what is in the original is copied before it is taken away; it may have been taken away before.
        if (original is not null && !await IsClaimedAsync(tenant, original, cancel))
        {
            await RemoveAsync(tenant, made, isTold: false, CancellationToken.None);
            throw NgsiLdException.ResourceNotFound(original.Id);
        }
        Changed?.Invoke(tenant);
        var all = await ListAsync(tenant, CancellationToken.None);
        foreach (var least in all.Where(s => s.Id != id).OrderBy(s => (s.Priority, s.LastUsedAt)).Take(all.Count - Most)) await RemoveAsync(tenant, least, isTold: true, CancellationToken.None);
        return id;
    }

    /// <summary>Notes that a snapshot is being filled.</summary>
    /// <returns>Whether that was begun before.</returns>
    public async Task<bool> BeginAsync(string tenant, Snapshot snapshot, CancellationToken cancel)
    {
        var wasBegun = false;
        await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, snapshot.Id, there =>
        {
            if (there is null || Snapshot.Read(there) is var kept && kept.Claim != snapshot.Claim) return there;
            wasBegun = kept.IsBegun;
            return (kept with { IsBegun = true }).Write();
        }, cancel);
        return wasBegun;
    }

    /// <summary>Changes the status of a snapshot, and tells its endpoint.</summary>
    /// <exception cref="NgsiLdException">It is not there any more.</exception>
    public async Task<Snapshot> ChangeAsync(string tenant, string id, Func<Snapshot, Snapshot> change, CancellationToken cancel)
    {
        Snapshot? changed = null;
        await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, id, there =>
        {
            var snapshot = there is null ? null : Snapshot.Read(there);
            if (snapshot is null || !IsLive(snapshot)) throw NgsiLdException.ResourceNotFound(id);
            changed = change(snapshot).With(new KeyValuePair<string, JsonNode?>("modifiedAt", EntityWriter.Text(clock.GetUtcNow())));
            return changed.Write();
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
    /// <returns>Whether it was there, and nobody else has taken it away.</returns>
    public async Task<bool> RemoveAsync(string tenant, Snapshot snapshot, bool isTold, CancellationToken cancel)
    {
        var isOurs = false;
        await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, ClaimOn + snapshot.Space, there =>
        {
            isOurs = IsClaim(there, snapshot);
            return isOurs ? [] : there;
        }, cancel);
        if (!isOurs) return false;
        await DropAsync(tenant, snapshot, CancellationToken.None);
        Changed?.Invoke(tenant);
        // Clause 5.3.4: what expires before it is told is gone.
        if (isTold) Tell?.Invoke(tenant, IsLive(snapshot) ? snapshot.With(new KeyValuePair<string, JsonNode?>("expiresAt", EntityWriter.Text(clock.GetUtcNow()))) : snapshot);
        return true;
    }

    /// <summary>Takes away the document of a snapshot that has no space any more.</summary>
    public Task DropAsync(string tenant, Snapshot snapshot, CancellationToken cancel) =>
        store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, snapshot.Id, there => there is not null && Snapshot.Read(there).Claim == snapshot.Claim ? null : there, cancel);

    /// <summary>Whether nobody has taken a snapshot away: what is written into its space until then goes with it, what is written later would stay.</summary>
    public async Task<bool> IsClaimedAsync(string tenant, Snapshot snapshot, CancellationToken cancel) => IsClaim(await store.FindDocumentAsync(DocumentKind.Snapshot, tenant, ClaimOn + snapshot.Space, cancel), snapshot);

    /// <summary>Whether a space is still to be emptied.</summary>
    public async Task<bool> IsGoneAsync(string tenant, string space, CancellationToken cancel) => await store.FindDocumentAsync(DocumentKind.Snapshot, tenant, ClaimOn + space, cancel) is [];

    /// <summary>A space is empty and can be used again.</summary>
    public Task EmptiedAsync(string tenant, string space, CancellationToken cancel) => store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, ClaimOn + space, _ => null, cancel);

    private bool IsLive(Snapshot snapshot) => snapshot.ExpiresAt > clock.GetUtcNow();

    private Snapshot AsUsed(string tenant, Snapshot snapshot) => _used.TryGetValue((tenant, snapshot.Id), out var at) && at > snapshot.LastUsedAt ? snapshot.UsedAt(at) : snapshot;

    /// <summary>A space that no snapshot has, of whatever node: who writes the claim first has it.</summary>
    private async Task<string> ClaimAsync(string tenant, Snapshot snapshot, CancellationToken cancel)
    {
        for (var number = 1; ; number++)
        {
            var space = $"{tenant}{Separator}{number}";
            if (await store.WriteDocumentAsync(DocumentKind.Snapshot, tenant, ClaimOn + space, there => there ?? Encoding.UTF8.GetBytes(snapshot.Claim), cancel) is null) return space;
        }
    }

    private static bool IsClaim(byte[]? body, Snapshot snapshot) => body is not null && Encoding.UTF8.GetString(body) == snapshot.Claim;
}
