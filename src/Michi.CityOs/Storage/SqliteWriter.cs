using Microsoft.Data.Sqlite;

namespace Michi.CityOs.Storage;

/// <summary>The one who writes to the embedded database: brings the tables of entities up to date with the log, and keeps documents and how far readers of changes are.</summary>
internal sealed class SqliteWriter : TransactionWriter
{
    /// <summary>Entities or documents in one transaction at most, so that a document does not wait long.</summary>
    private const int MostInOne = 4_000;

    private const int MostWaiting = 1_000;

    private readonly SqliteNames _names;
    private readonly Statement _insert, _update, _delete, _addType, _dropType, _count, _dropCount, _addExpiry, _dropExpiry, _addValue, _dropValue,
        _addName, _addTenant, _findDocument, _putDocument, _dropDocument,
        _openReader, _position, _moveReader, _advance;

    /// <summary>Names and tenants of the transaction under way, not yet committed.</summary>
    private readonly Dictionary<string, long> _newNames = new(StringComparer.Ordinal), _newTenants = new(StringComparer.Ordinal);

    public SqliteWriter(SqliteConnection connection, SqliteNames names) : base(connection, "city-os-tables", MostInOne, MostWaiting)
    {
        _names = names;
        _insert = Prepare("INSERT INTO entity (key, tenant, id, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (key) DO UPDATE SET body = excluded.body");
        _update = Prepare("UPDATE entity SET body = ?2 WHERE key = ?1");
        _delete = Prepare("DELETE FROM entity WHERE key = ?1");
        _addType = Prepare("INSERT OR IGNORE INTO entity_type (tenant, type, entity) VALUES (?1, ?2, ?3)");
        _dropType = Prepare("DELETE FROM entity_type WHERE tenant = ?1 AND type = ?2 AND entity = ?3");
        _count = Prepare("INSERT INTO type_attribute (tenant, type, name, kind, entities) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET entities = entities + excluded.entities");
        _dropCount = Prepare("DELETE FROM type_attribute WHERE tenant = ?1 AND type = ?2 AND name = ?3 AND kind = ?4 AND entities <= 0");
        _addExpiry = Prepare("INSERT OR IGNORE INTO expiry (at, tenant, id) VALUES (?1, ?2, ?3)");
        _dropExpiry = Prepare("DELETE FROM expiry WHERE at = ?1 AND tenant = ?2 AND id = ?3");
        _addValue = Prepare("INSERT OR IGNORE INTO entity_value (tenant, name, value, entity) VALUES (?1, ?2, ?3, ?4)");
        _dropValue = Prepare("DELETE FROM entity_value WHERE tenant = ?1 AND name = ?2 AND value = ?3 AND entity = ?4");
        _addName = Prepare("INSERT INTO name (iri) VALUES (?1)");
        _addTenant = Prepare("INSERT INTO tenant (name) VALUES (?1)");
        _findDocument = Prepare("SELECT body FROM document WHERE kind = ?1 AND tenant = ?2 AND id = ?3");
        _putDocument = Prepare("INSERT INTO document (kind, tenant, id, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (kind, tenant, id) DO UPDATE SET body = excluded.body");
        _dropDocument = Prepare("DELETE FROM document WHERE kind = ?1 AND tenant = ?2 AND id = ?3");
        _openReader = Prepare("INSERT OR IGNORE INTO change_reader (name, position) VALUES (?1, ?2)");
        _position = Prepare("SELECT position FROM change_reader WHERE name = ?1");
        _moveReader = Prepare("UPDATE change_reader SET position = max(position, ?2) WHERE name = ?1");
        _advance = Prepare("UPDATE progress SET sequence = ?1");
        (Saved, LastKey) = (Prepare("SELECT sequence FROM progress").First(r => r.Long(0)), Prepare("SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'entity'").First(r => r.Long(0)));
        Done = FindDone();
        Start();
    }

    /// <summary>Sequence of the last change in the tables, when they were opened.</summary>
    public long Saved { get; }

    /// <summary>See <see cref="DoneAsync"/>, when they were opened.</summary>
    public long Done { get; }

    /// <summary>The greatest key used in the tables, when they were opened.</summary>
    public long LastKey { get; }

    /// <summary>Brings the tables up to date. What was begun and not ended is done again after a crash, with the same result.</summary>
    public async Task SaveAsync(Overlay overlay, CancellationToken cancel)
    {
        // What is gone makes room for others of its name; the rest in the order of the table.
        OverlayEntity[] entities = [.. overlay.Entities.OrderBy(e => e.Body is not null).ThenBy(e => e.Key)];
        foreach (var some in entities.Chunk(MostInOne))
            await RunAsync(
                () =>
                {
                    foreach (var entity in some) Save(entity);
                    return true;
                },
                MostInOne,
                cancel);
        await RunAsync(
            () =>
            {
                foreach (var (of, by) in overlay.Counts()) Count(Tenant(of.Tenant), of.Type.Length == 0 ? 0 : Name(of.Type), of.Name is null ? 0 : Name(of.Name), (int)of.Kind, by);
                _advance.Bind(1, overlay.Last).Run();
                return true;
            },
            1,
            cancel);
    }

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

    public Task MakeTenantAsync(string name, CancellationToken cancel) => RunAsync(() => Tenant(name), 1, cancel);

    /// <summary>How far a reader of changes is.</summary>
    /// <param name="last">Where a new one begins.</param>
    public Task<long> OpenReaderAsync(string name, long last, CancellationToken cancel) => RunAsync(
        () =>
        {
            _openReader.Bind(1, name).Bind(2, last).Run();
            return _position.Bind(1, name).First(r => r.Long(0));
        },
        1,
        cancel);

    public Task MoveReaderAsync(string name, long sequence, CancellationToken cancel) => RunAsync(
        () =>
        {
            _moveReader.Bind(1, name).Bind(2, sequence).Run();
            return true;
        },
        1,
        cancel);

    /// <summary>Sequence of the last change that neither the tables nor any reader need in the log.</summary>
    public Task<long> DoneAsync(CancellationToken cancel) => RunAsync(FindDone, 1, cancel);

    private long FindDone() => Prepare("SELECT min((SELECT sequence FROM progress), coalesce((SELECT min(position) FROM change_reader), 9223372036854775807))").First(r => r.Long(0));

    protected override void Committed()
    {
        foreach (var (iri, id) in _newNames) _names.AddName(iri, id);
        foreach (var (name, id) in _newTenants) _names.AddTenant(name, id);
        RolledBack();
    }

    protected override void RolledBack()
    {
        _newNames.Clear();
        _newTenants.Clear();
    }

    private void Save(OverlayEntity entity)
    {
        var (tenant, key) = (Tenant(entity.Tenant), entity.Key);
        if (entity.Body is not { } body) _delete.Bind(1, key).Run();
        else if (entity.IsNew) _insert.Bind(1, key).Bind(2, tenant).Bind(3, entity.Id).Bind(4, body).Run();
        else _update.Bind(1, key).Bind(2, body).Run();
        foreach (var (type, isThere) in Final(entity.Differences, d => d.Types, t => t.Type, t => t.IsThere))
            (isThere ? _addType : _dropType).Bind(1, tenant).Bind(2, type.Length == 0 ? 0 : Name(type)).Bind(3, key).Run();
        foreach (var ((name, value), isThere) in Final(entity.Differences, d => d.Values, v => (v.Name, v.Value), v => v.IsThere))
            (isThere ? _addValue : _dropValue).Bind(1, tenant).Bind(2, Name(name)).Bind(3, value).Bind(4, key).Run();
        foreach (var difference in entity.Differences)
        {
            if (difference.Expired is { } was) _dropExpiry.Bind(1, was).Bind(2, tenant).Bind(3, entity.Id).Run();
            if (difference.Expires is { } next) _addExpiry.Bind(1, next).Bind(2, tenant).Bind(3, entity.Id).Run();
        }
    }

    /// <summary>What came and went is as it was last.</summary>
    private static IEnumerable<(TKey Key, bool IsThere)> Final<T, TKey>(List<IndexDifference> differences, Func<IndexDifference, List<T>> of, Func<T, TKey> key, Func<T, bool> isThere) where TKey : notnull
    {
        if (differences.Count == 1) return of(differences[0]).Select(o => (key(o), isThere(o)));
        Dictionary<TKey, bool> final = [];
        foreach (var one in differences.SelectMany(of)) final[key(one)] = isThere(one);
        return final.Select(f => (f.Key, f.Value));
    }

    private void Count(long tenant, long type, long name, int kind, long by)
    {
        if (by == 0) return;
        _count.Bind(1, tenant).Bind(2, type).Bind(3, name).Bind(4, kind).Bind(5, by).Run();
        if (by < 0) _dropCount.Bind(1, tenant).Bind(2, type).Bind(3, name).Bind(4, kind).Run();
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
