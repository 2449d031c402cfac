using Michi.CityOs.Entities;
using Microsoft.Data.Sqlite;

namespace Michi.CityOs.Storage;

/// <summary>The one who writes entities, documents and the log of changes to the embedded database.</summary>
internal sealed class SqliteWriter : GroupWriter
{
    /// <summary>Changes in one transaction at most.</summary>
    private const int MostChanges = 2_000;

    private const int MostWaiting = 10_000;

    private readonly SqliteNames _names;
    private readonly EntityCache _cache;
    private readonly TimeProvider _clock;
    private readonly Statement _find, _insert, _update, _delete, _addType, _dropType, _count, _dropCount, _addExpiry, _dropExpiry, _addValue, _dropValue,
        _addPlace, _linkPlace, _placesOf, _dropPlace, _unlinkPlace, _addName, _addTenant, _findDocument, _putDocument, _dropDocument,
        _addChange, _openReader, _position, _moveReader, _trim;

    /// <summary>Names and tenants of the group under way, not yet committed.</summary>
    private readonly Dictionary<string, long> _newNames = new(StringComparer.Ordinal), _newTenants = new(StringComparer.Ordinal);
    private readonly List<(long Tenant, string Id, byte[]? Body)> _written = [];
    private readonly List<object?> _values = [];
    private readonly Dictionary<(long Tenant, long Type, long Name, int Kind), long> _counts = [];
    private TaskCompletionSource _changed = NewSignal();
    private long _lastChange, _newChange;

    public SqliteWriter(SqliteConnection connection, SqliteNames names, EntityCache cache, TimeProvider clock) : base(connection, "city-os-writer", MostChanges, MostWaiting)
    {
        (_names, _cache, _clock) = (names, cache, clock);
        _find = Prepare("SELECT key, body FROM entity WHERE tenant = ?1 AND id = ?2");
        _insert = Prepare("INSERT INTO entity (tenant, id, body) VALUES (?1, ?2, ?3)");
        _update = Prepare("UPDATE entity SET body = ?2 WHERE key = ?1");
        _delete = Prepare("DELETE FROM entity WHERE key = ?1");
        _addType = Prepare("INSERT INTO entity_type (tenant, type, entity) VALUES (?1, ?2, ?3)");
        _dropType = Prepare("DELETE FROM entity_type WHERE tenant = ?1 AND type = ?2 AND entity = ?3");
        _count = Prepare("INSERT INTO type_attribute (tenant, type, name, kind, entities) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET entities = entities + excluded.entities");
        _dropCount = Prepare("DELETE FROM type_attribute WHERE tenant = ?1 AND type = ?2 AND name = ?3 AND kind = ?4 AND entities <= 0");
        _addExpiry = Prepare("INSERT OR IGNORE INTO expiry (at, tenant, id) VALUES (?1, ?2, ?3)");
        _dropExpiry = Prepare("DELETE FROM expiry WHERE at = ?1 AND tenant = ?2 AND id = ?3");
        _addValue = Prepare("INSERT OR IGNORE INTO entity_value (tenant, name, value, entity) VALUES (?1, ?2, ?3, ?4)");
        _dropValue = Prepare("DELETE FROM entity_value WHERE tenant = ?1 AND name = ?2 AND value = ?3 AND entity = ?4");
        _addPlace = Prepare("INSERT INTO place (west, east, south, north, entity, name, tenant) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)");
        _linkPlace = Prepare("INSERT INTO entity_place (entity, place) VALUES (?1, ?2)");
        _placesOf = Prepare("SELECT place FROM entity_place WHERE entity = ?1");
        _dropPlace = Prepare("DELETE FROM place WHERE id = ?1");
        _unlinkPlace = Prepare("DELETE FROM entity_place WHERE entity = ?1");
        _addName = Prepare("INSERT INTO name (iri) VALUES (?1)");
        _addTenant = Prepare("INSERT INTO tenant (name) VALUES (?1)");
        _findDocument = Prepare("SELECT body FROM document WHERE kind = ?1 AND tenant = ?2 AND id = ?3");
        _putDocument = Prepare("INSERT INTO document (kind, tenant, id, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, tenant, id) DO UPDATE SET body = excluded.body");
        _dropDocument = Prepare("DELETE FROM document WHERE kind = ?1 AND tenant = ?2 AND id = ?3");
        _addChange = Prepare("INSERT INTO change (tenant, id, at, before, after) VALUES (?1, ?2, ?3, ?4, ?5)");
        _openReader = Prepare("INSERT OR IGNORE INTO change_reader (name, position) SELECT ?1, coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'change'");
        _position = Prepare("SELECT position FROM change_reader WHERE name = ?1");
        _moveReader = Prepare("UPDATE change_reader SET position = max(position, ?2) WHERE name = ?1");
        _trim = Prepare("DELETE FROM change WHERE sequence <= (SELECT min(position) FROM change_reader)");
        LastChange = _newChange = Prepare("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'change'").First(r => r.Long(0));
        Start();
    }

    public Task<EntityOutcome[]> WriteAsync(string tenant, IReadOnlyList<EntityChange> changes, CancellationToken cancel) => RunAsync(
        () =>
        {
            var outcomes = new EntityOutcome[changes.Count];
            for (var i = 0; i < outcomes.Length; i++) outcomes[i] = Apply(tenant, changes[i]);
            return outcomes;
        },
        changes.Count,
        cancel);

    public async Task<byte[]?> WriteAsync(DocumentKind kind, string tenant, string id, Func<byte[]?, byte[]?> apply, CancellationToken cancel)
    {
        var (before, refusal) = await RunAsync(
            () =>
            {
                try
                {
                    return (Apply(kind, tenant, id, apply), (NgsiLdException?)null);
                }
                // A refusal is no fault: others of the group go their way.
                catch (NgsiLdException refusal)
                {
                    return (null, refusal);
                }
            },
            1,
            cancel);
        return refusal is null ? before : throw refusal;
    }

    /// <summary>Sequence of the last change committed.</summary>
    public long LastChange { get => Volatile.Read(ref _lastChange); private set => Volatile.Write(ref _lastChange, value); }

    public async Task WaitForChangeAsync(long after, CancellationToken cancel)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed);
            if (LastChange > after) return;
            await changed.Task.WaitAsync(cancel);
        }
    }

    public Task<long> OpenReaderAsync(string name, CancellationToken cancel) => RunAsync(
        () =>
        {
            _openReader.Bind(1, name).Run();
            return _position.Bind(1, name).First(r => r.Long(0));
        },
        1,
        cancel);

    public Task MoveReaderAsync(string name, long sequence, CancellationToken cancel) => RunAsync(
        () =>
        {
            _moveReader.Bind(1, name).Bind(2, sequence).Run();
            _trim.Run();
            return true;
        },
        1,
        cancel);

    protected override void Complete()
    {
        foreach (var ((tenant, type, name, kind), by) in _counts)
        {
            if (by == 0) continue;
            _count.Bind(1, tenant).Bind(2, type).Bind(3, name).Bind(4, kind).Bind(5, by).Run();
            if (by < 0) _dropCount.Bind(1, tenant).Bind(2, type).Bind(3, name).Bind(4, kind).Run();
        }
    }

    protected override void Committed()
    {
        foreach (var (iri, id) in _newNames) _names.AddName(iri, id);
        foreach (var (name, id) in _newTenants) _names.AddTenant(name, id);
        foreach (var (tenant, id, body) in _written) _cache.Commit(tenant, id, body);
        if (_newChange > LastChange)
        {
            LastChange = _newChange;
            Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
        }
        Forget();
    }

    protected override void RolledBack()
    {
        _newChange = LastChange;
        Forget();
    }

    private void Forget()
    {
        _written.Clear();
        _newNames.Clear();
        _newTenants.Clear();
        _counts.Clear();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EntityOutcome Apply(string tenantName, EntityChange change)
    {
        var tenant = Tenant(tenantName);
        var (key, body) = _find.Bind(1, tenant).Bind(2, change.Id).First(r => (r.Long(0), r.Bytes(1)));
        var now = _clock.GetUtcNow();
        var before = body is null ? null : EntityCodec.Read(body);
        // A clock that is set back must not make a change older than the one before.
        if (before is not null && before.ModifiedAt > now) now = before.ModifiedAt;
        var current = before is null ? null : Expiry.Live(before, now);
        Entity? after;
        try
        {
            after = change.Apply(current, now);
        }
        catch (NgsiLdException refusal)
        {
            return new(current, current, refusal);
        }
        if (ReferenceEquals(after, before)) return new(before, before, null);
        if (after is null && before is null) return new(null, null, null);
        if (current is null && before is not null && after is not null)
        {
            Drop(tenant, key, before);
            (before, key) = (null, 0);
        }
        if (after is null)
        {
            Drop(tenant, key, before!);
            _written.Add((tenant, change.Id, null));
            AddChange(tenant, change.Id, now, body, null);
            return new(before, null, null);
        }
        var bytes = EntityCodec.Write(after);
        if (before is null)
        {
            _insert.Bind(1, tenant).Bind(2, change.Id).Bind(3, bytes).Run();
            key = LastId;
            AddType(tenant, 0, key);
        }
        else _update.Bind(1, key).Bind(2, bytes).Run();
        Index(tenant, key, before, after);
        _written.Add((tenant, change.Id, bytes));
        AddChange(tenant, change.Id, now, before is null ? null : body, bytes);
        return new(before, after, null);
    }

    private void AddChange(long tenant, string id, DateTimeOffset at, byte[]? before, byte[]? after)
    {
        _addChange.Bind(1, tenant).Bind(2, id).Bind(3, EntityCodec.Microseconds(at));
        _addChange.BindOrNull(4, before).BindOrNull(5, after).Run();
        _newChange = LastId;
    }

    private void Drop(long tenant, long key, Entity before)
    {
        _delete.Bind(1, key).Run();
        DropType(tenant, 0, key);
        Index(tenant, key, before, null);
    }

    /// <summary>Counts an entity among those of its types and those with its attributes, or takes it from them. The sums of a group are written once.</summary>
    private void Count(long tenant, Entity entity, int by)
    {
        Add(0, 0, 0);
        foreach (var typeName in entity.Types)
        {
            var type = Name(typeName);
            Add(type, 0, 0);
            for (var i = 0; i < entity.Attributes.Count; i++)
            {
                var attribute = entity.Attributes[i];
                // Instances of one attribute count once: the default instance, or else the first.
                if (attribute.DatasetId is not null && entity.Attributes.FindIndex(a => a.Name == attribute.Name) != i) continue;
                Add(type, Name(attribute.Name), (int)attribute.Kind);
            }
        }

        void Add(long type, long name, int kind)
        {
            var key = (tenant, type, name, kind);
            _counts[key] = _counts.GetValueOrDefault(key) + by;
        }
    }

    /// <summary>Whether two states of an entity count alike.</summary>
    private static bool CountAlike(Entity before, Entity after)
    {
        if (!ReferenceEquals(before.Types, after.Types) || before.Attributes.Count != after.Attributes.Count) return false;
        for (var i = 0; i < before.Attributes.Count; i++)
            if (before.Attributes[i].Name != after.Attributes[i].Name || before.Attributes[i].Kind != after.Attributes[i].Kind) return false;
        return true;
    }

    /// <summary>Brings the indexes from what an entity was to what it is. Attributes that stayed are the same objects.</summary>
    private void Index(long tenant, long key, Entity? before, Entity? after)
    {
        if (before is null || after is null || !CountAlike(before, after))
        {
            if (before is not null) Count(tenant, before, -1);
            if (after is not null) Count(tenant, after, 1);
        }
        if (before is not null && Expiry.Next(before) is { } was) _dropExpiry.Bind(1, EntityCodec.Microseconds(was)).Bind(2, tenant).Bind(3, before.Id).Run();
        if (after is not null && Expiry.Next(after) is { } next) _addExpiry.Bind(1, EntityCodec.Microseconds(next)).Bind(2, tenant).Bind(3, after.Id).Run();
        if (!ReferenceEquals(before?.Types, after?.Types))
        {
            foreach (var type in before?.Types ?? [])
                if (after?.Types.Contains(type) != true) DropType(tenant, Name(type), key);
            foreach (var type in after?.Types ?? [])
                if (before?.Types.Contains(type) != true) AddType(tenant, Name(type), key);
        }
        var kept = before is null || after is null ? [] : new HashSet<EntityAttribute>(before.Attributes, ReferenceEqualityComparer.Instance);
        if (after is not null) kept.IntersectWith(after.Attributes);
        // Two instances of an attribute may share a value: what one loses the other may keep. So attributes are compared as wholes.
        Dictionary<string, (HashSet<object?> Before, HashSet<object?> After)> changed = new(StringComparer.Ordinal);
        foreach (var attribute in (before?.Attributes ?? []).Concat(after?.Attributes ?? []))
            if (!kept.Contains(attribute)) changed[attribute.Name] = ([], []);
        if (changed.Count == 0) return;
        var hadPlace = false;
        foreach (var attribute in before?.Attributes ?? [])
            if (changed.TryGetValue(attribute.Name, out var values)) Collect(attribute, values.Before);
        foreach (var attribute in after?.Attributes ?? [])
            if (changed.TryGetValue(attribute.Name, out var values)) Collect(attribute, values.After);
        foreach (var (attribute, values) in changed)
        {
            var name = Name(attribute);
            foreach (var value in values.Before)
                if (!values.After.Contains(value)) _dropValue.Bind(1, tenant).Bind(2, name).Bind(3, value).Bind(4, key).Run();
            foreach (var value in values.After)
                if (!values.Before.Contains(value)) _addValue.Bind(1, tenant).Bind(2, name).Bind(3, value).Bind(4, key).Run();
        }
        if (hadPlace) IndexPlaces(tenant, key, before is not null, after);

        void Collect(EntityAttribute attribute, HashSet<object?> to)
        {
            _values.Clear();
            IndexEntry.Values(attribute, _values);
            to.UnionWith(_values);
            hadPlace |= attribute.Kind == AttributeKind.GeoProperty;
        }
    }

    private void IndexPlaces(long tenant, long key, bool wasThere, Entity? after)
    {
        if (wasThere)
        {
            var places = _placesOf.Bind(1, key).All(r => r.Long(0));
            foreach (var place in places) _dropPlace.Bind(1, place).Run();
            if (places.Count > 0) _unlinkPlace.Bind(1, key).Run();
        }
        foreach (var attribute in after?.Attributes ?? [])
        {
            if (attribute.Kind != AttributeKind.GeoProperty || IndexEntry.Box(attribute.Value.Span) is not { } box) continue;
            _addPlace.Bind(1, box.West).Bind(2, box.East).Bind(3, box.South).Bind(4, box.North).Bind(5, key).Bind(6, Name(attribute.Name)).Bind(7, tenant).Run();
            _linkPlace.Bind(1, key).Bind(2, LastId).Run();
        }
    }

    private void AddType(long tenant, long type, long key)
    {
        _addType.Bind(1, tenant).Bind(2, type).Bind(3, key).Run();
    }

    private void DropType(long tenant, long type, long key)
    {
        _dropType.Bind(1, tenant).Bind(2, type).Bind(3, key).Run();
    }

    private byte[]? Apply(DocumentKind kind, string tenantName, string id, Func<byte[]?, byte[]?> apply)
    {
        var tenant = Tenant(tenantName);
        var before = _findDocument.Bind(1, (long)kind).Bind(2, tenant).Bind(3, id).First(r => r.Bytes(0));
        var after = apply(before);
        if (after is not null) _putDocument.Bind(1, (long)kind).Bind(2, tenant).Bind(3, id).Bind(4, after).Run();
        else if (before is not null) _dropDocument.Bind(1, (long)kind).Bind(2, tenant).Bind(3, id).Run();
        return before;
    }

    private long Name(string iri)
    {
        if (_names.Name(iri) is > 0 and var known) return known;
        if (_newNames.TryGetValue(iri, out var fresh)) return fresh;
        _addName.Bind(1, iri).Run();
        return _newNames[iri] = LastId;
    }

    private long Tenant(string name)
    {
        if (_names.Tenant(name) is > 0 and var known) return known;
        if (_newTenants.TryGetValue(name, out var fresh)) return fresh;
        _addTenant.Bind(1, name).Run();
        return _newTenants[name] = LastId;
    }
}
