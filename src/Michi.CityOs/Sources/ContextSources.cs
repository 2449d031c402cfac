using System.Collections.Concurrent;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Sources;

/// <summary>The registered context sources of all tenants, in memory: read when first asked for, and again after one changed.</summary>
internal sealed class ContextSources : IDisposable
{
    private readonly ConcurrentDictionary<string, TenantSources> _tenants = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(string Tenant, string Id), SourceState> _states = [];
    private readonly SemaphoreSlim _reading = new(1);
    private readonly ICityStore _store;
    private readonly TimeProvider _clock;

    /// <summary>How often another program changed registrations: what was read meanwhile is not remembered.</summary>
    private int _changes;

    public ContextSources(ICityStore store, SourceClient client, RegistrationNotifier notifier, TimeProvider clock)
    {
        (_store, Client, Notifier, _clock) = (store, client, notifier, clock);
        notifier.SourcesOf = tenant => OfAsync(tenant, CancellationToken.None);
        store.DocumentChanged += (kind, tenant, _) =>
        {
            if (kind != DocumentKind.Registration) return;
            Interlocked.Increment(ref _changes);
            _tenants.TryRemove(tenant, out var _);
        };
    }

    public SourceClient Client { get; }

    /// <summary>Tells of changes.</summary>
    public RegistrationNotifier Notifier { get; }

    /// <summary>Told of each registration that was made, changed or taken away through this program; set once.</summary>
    public Action<string, string>? Changed { get; set; }

    /// <summary>The sources of a tenant.</summary>
    public ValueTask<TenantSources> OfAsync(string tenant, CancellationToken cancel) =>
        _tenants.TryGetValue(tenant, out var known) ? ValueTask.FromResult(known) : ReadAsync(tenant, cancel);

    /// <summary>Changes one registration; what is given back is kept.</summary>
    public async Task<byte[]?> WriteAsync(string tenant, string id, Func<byte[]?, byte[]?> apply, CancellationToken cancel)
    {
        byte[]? before, after = null;
        await _reading.WaitAsync(cancel);
        try
        {
            before = await _store.WriteDocumentAsync(DocumentKind.Registration, tenant, id, there => after = apply(there), cancel);
        }
        finally
        {
            _tenants.TryRemove(tenant, out _);
            _reading.Release();
        }
        Changed?.Invoke(tenant, id);
        await Notifier.ChangedAsync(tenant, before is null ? null : ContextSourceRegistration.Read(before), after is null ? null : ContextSourceRegistration.Read(after), cancel);
        return before;
    }

    public SourceState StateOf(string tenant, string id) => _states.GetOrAdd((tenant, id), _ => new());

    public SourceState? FindState(string tenant, string id) => _states.GetValueOrDefault((tenant, id));

    public void Dispose() => _reading.Dispose();

    private async ValueTask<TenantSources> ReadAsync(string tenant, CancellationToken cancel)
    {
        await _reading.WaitAsync(cancel);
        try
        {
            if (_tenants.TryGetValue(tenant, out var known)) return known;
            var changes = Volatile.Read(ref _changes);
            var now = _clock.GetUtcNow();
            List<ContextSourceRegistration> registrations = [];
            foreach (var (id, body) in await _store.ListDocumentsAsync(DocumentKind.Registration, tenant, cancel))
            {
                var registration = ContextSourceRegistration.Read(body);
                if (registration.ExpiresAt <= now) await _store.WriteDocumentAsync(DocumentKind.Registration, tenant, id, _ => null, cancel);
                else registrations.Add(registration);
            }
            var read = registrations.Count == 0 ? TenantSources.None : new TenantSources(registrations);
            // Names of tenants nobody knows are not remembered: anyone may make them up.
            if (tenant.Length == 0 || registrations.Count > 0 || await _store.HasTenantAsync(tenant, cancel)) _tenants[tenant] = read;
            if (Volatile.Read(ref _changes) != changes) _tenants.TryRemove(tenant, out _);
            return read;
        }
        finally
        {
            _reading.Release();
        }
    }
}

/// <summary>The registered context sources of one tenant, by the entities they are for. Immutable.</summary>
internal sealed class TenantSources
{
    public static readonly TenantSources None = new([]);

    private readonly Dictionary<string, List<ContextSourceRegistration>> _byId = new(StringComparer.Ordinal), _byType = new(StringComparer.Ordinal);
    private readonly List<ContextSourceRegistration> _others = [];

    public TenantSources(IReadOnlyList<ContextSourceRegistration> all)
    {
        All = all;
        foreach (var registration in all)
            foreach (var information in registration.Information)
            {
                if (information.Entities is null) Add(_others, registration);
                foreach (var entities in information.Entities ?? [])
                {
                    if (entities.Ids is not null)
                        foreach (var id in entities.Ids) Add(_byId, id, registration);
                    else if (entities.Types is not null)
                        foreach (var type in entities.Types) Add(_byType, type, registration);
                    else Add(_others, registration);
                }
            }
    }

    /// <summary>In the order of creation, expired ones among them.</summary>
    public IReadOnlyList<ContextSourceRegistration> All { get; }

    public bool IsEmpty => All.Count == 0;

    /// <summary>Those that may be for an entity.</summary>
    /// <param name="types">Of the entity; null where not known.</param>
    public IEnumerable<ContextSourceRegistration> For(string id, IReadOnlyCollection<string>? types)
    {
        if (IsEmpty) return [];
        HashSet<ContextSourceRegistration> found = [.. _others];
        if (_byId.TryGetValue(id, out var named)) found.UnionWith(named);
        if (types is null)
            foreach (var typed in _byType.Values) found.UnionWith(typed);
        else
            foreach (var type in types)
                if (_byType.TryGetValue(type, out var typed)) found.UnionWith(typed);
        return found;
    }

    private static void Add(Dictionary<string, List<ContextSourceRegistration>> to, string key, ContextSourceRegistration registration)
    {
        if (!to.TryGetValue(key, out var list)) to[key] = list = [];
        Add(list, registration);
    }

    private static void Add(List<ContextSourceRegistration> to, ContextSourceRegistration registration)
    {
        if (to.Count == 0 || !ReferenceEquals(to[^1], registration)) to.Add(registration);
    }
}
