using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>One connection that reads the embedded database as it was at its last commit. Used by one at a time.</summary>
internal sealed class SqliteReader : IDisposable
{
    /// <summary>Keys gathered from an index that is not in the order of keys, at most; where there are more, another way is taken.</summary>
    private const int MostGathered = 5_000;

    /// <summary>Entities looked at between two looks at whether the request is still there.</summary>
    private const int CancelEvery = 1_000;

    private readonly SqliteNames _names;
    private readonly Statements _statements;

    public SqliteReader(string path, SqliteNames names) => (_statements, _names) = (new(SqliteSchema.Open(path, isWriter: false)), names);

    public byte[]? Find(long tenant, string id) =>
        Prepare("SELECT body FROM entity WHERE tenant = ?1 AND id = ?2").Bind(1, tenant).Bind(2, id).First(r => r.Bytes(0));

    public byte[]? FindDocument(DocumentKind kind, long tenant, string id) =>
        Prepare("SELECT body FROM document WHERE kind = ?1 AND tenant = ?2 AND id = ?3").Bind(1, (long)kind).Bind(2, tenant).Bind(3, id).First(r => r.Bytes(0));

    public List<(string Id, byte[] Body)> Documents(DocumentKind kind, long tenant) =>
        Prepare("SELECT id, body FROM document WHERE kind = ?1 AND tenant = ?2 ORDER BY sequence").Bind(1, (long)kind).Bind(2, tenant).All(r => (r.Text(0), r.Bytes(1)));

    /// <summary>Which entities have something that has expired, soonest first.</summary>
    public List<(string Tenant, string Id)> Expired(DateTimeOffset now, int most) =>
        Prepare("SELECT t.name, e.id FROM expiry e JOIN tenant t ON t.id = e.tenant WHERE e.at <= ?1 ORDER BY e.at LIMIT ?2").Bind(1, EntityCodec.Microseconds(now)).Bind(2, most)
            .All(r => (r.Text(0), r.Text(1)));

    /// <summary>How many entities of each type there are, and how many of them have each attribute.</summary>
    public List<TypeCount> Counts(long tenant) =>
        Prepare("SELECT t.iri, n.iri, c.kind, c.entities FROM type_attribute c JOIN name t ON t.id = c.type LEFT JOIN name n ON n.id = c.name WHERE c.tenant = ?1 AND c.entities > 0 ORDER BY t.iri, n.iri, c.kind").Bind(1, tenant)
            .All(r => new TypeCount(r.Text(0), r.IsNull(1) ? null : r.Text(1), (AttributeKind)r.Long(2), r.Long(3)));

    public List<StoredChange> Changes(long after, int most) =>
        Prepare("SELECT c.sequence, t.name, c.id, c.at, c.before, c.after FROM change c JOIN tenant t ON t.id = c.tenant WHERE c.sequence > ?1 ORDER BY c.sequence LIMIT ?2").Bind(1, after).Bind(2, most)
            .All(r => new StoredChange(r.Long(0), r.Text(1), r.Text(2), EntityCodec.Time(r.Long(3)), r.IsNull(4) ? null : EntityCodec.Read(r.Bytes(4)), r.IsNull(5) ? null : EntityCodec.Read(r.Bytes(5))));

    public Dictionary<string, long> Readers() => Prepare("SELECT name, position FROM change_reader").All(r => (r.Text(0), r.Long(1))).ToDictionary(r => r.Item1, r => r.Item2);

    public EntityPage Query(long tenant, StoreQuery query, PageRequest page, DateTimeOffset now, CancellationToken cancel)
    {
        List<Entity> entities = [];
        // One snapshot for all statements, so that a page is of one moment.
        Prepare("BEGIN").Run();
        try
        {
            long last = page.After, count = 0;
            int left = page.Offset, seen = 0;
            var hasMore = false;
            var counts = page.HasCount ? CountOf(tenant, query) : null;
            foreach (var key in Candidates(tenant, query, counts is null && page.HasCount ? 0 : page.After))
            {
                if (++seen % CancelEvery == 0) cancel.ThrowIfCancellationRequested();
                var isBefore = key <= page.After;
                // Where nothing is left to be checked, what is passed over need not be read.
                if (query.Matches is null && left > 0 && !isBefore && !page.HasCount)
                {
                    left--;
                    continue;
                }
                if (Body(key) is not { } body) continue;
                if (Expiry.Live(EntityCodec.Read(body), now) is not { } entity || query.Matches?.Invoke(entity) == false) continue;
                count++;
                if (isBefore) continue;
                if (left > 0)
                {
                    left--;
                    continue;
                }
                if (entities.Count == page.Limit)
                {
                    hasMore = true;
                    if (!page.HasCount || counts is not null) break;
                    continue;
                }
                entities.Add(entity);
                last = key;
            }
            return new(entities, last, hasMore, page.HasCount ? counts ?? count : null);
        }
        finally
        {
            Prepare("COMMIT").Run();
        }
    }

    private byte[]? Body(long key) =>
        Prepare("SELECT body FROM entity WHERE key = ?1").Bind(1, key).First(r => r.Bytes(0));

    /// <summary>How many match where the tables know; null where they have to be counted.</summary>
    private long? CountOf(long tenant, StoreQuery query)
    {
        if (query.Matches is not null || query.Ids is not null || query.Attributes is not null || query.Ranges.Count > 0 || query.Boxes is not null || query.Types is { Count: > 1 }) return null;
        var type = query.Types is null ? 0 : _names.Name(query.Types.First());
        return Prepare("SELECT entities FROM type_attribute WHERE tenant = ?1 AND type = ?2 AND name = 0 AND kind = 0").Bind(1, tenant).Bind(2, type).First(r => r.Long(0));
    }

    /// <summary>Keys in ascending order among which all matches are.</summary>
    private IEnumerable<long> Candidates(long tenant, StoreQuery query, long after)
    {
        if (query.Ids is { } ids) return ids.Distinct().Select(id => KeyOf(tenant, id)).Where(k => k > after).Order().ToList();
        // One value of an attribute: its keys are in order, so they can be followed as far as needed.
        foreach (var range in query.Ranges)
        {
            if (range.Low is null || !range.Low.Equals(range.High)) continue;
            if (_names.Name(range.Name) is not (> 0 and var name)) return [];
            const string keys = "SELECT entity FROM entity_value WHERE tenant = ?1 AND name = ?2 AND value = ?4 AND entity > ?3 ORDER BY entity";
            return Merge([Keys(keys, tenant, name, after, range.Low), Keys(keys, tenant, name, after, IndexEntry.Overflow)]);
        }
        List<long>? fewest = null;
        foreach (var range in query.Ranges)
            if (Gather(tenant, range, after) is { } keys && keys.Count < (fewest?.Count ?? int.MaxValue)) fewest = keys;
        if (query.Boxes is { } boxes && Gather(tenant, query.GeoProperty, boxes, after) is { } near && near.Count < (fewest?.Count ?? int.MaxValue)) fewest = near;
        if (fewest is not null) return fewest;
        if (query.Types is { } types) return Merge([.. types.Select(t => _names.Name(t)).Where(t => t > 0).Select(t => Keys("SELECT entity FROM entity_type WHERE tenant = ?1 AND type = ?2 AND entity > ?3 ORDER BY entity", tenant, t, after, null))]);
        if (query.Attributes is { Count: 1 } one && _names.Name(one.First()) is var attribute && Gather("SELECT entity FROM entity_value WHERE tenant = ?1 AND name = ?2", tenant, attribute, after, null, null) is { } having) return having;
        return Keys("SELECT entity FROM entity_type WHERE tenant = ?1 AND type = ?2 AND entity > ?3 ORDER BY entity", tenant, 0, after, null);
    }

    private long KeyOf(long tenant, string id) =>
        Prepare("SELECT key FROM entity WHERE tenant = ?1 AND id = ?2").Bind(1, tenant).Bind(2, id).First(r => r.Long(0));

    /// <summary>Follows an index in the order of keys. The statement is one of its own, as several may be under way.</summary>
    private IEnumerable<long> Keys(string sql, long tenant, long name, long after, object? value)
    {
        using var keys = _statements.Own(sql);
        keys.Bind(1, tenant).Bind(2, name).Bind(3, after);
        if (value is not null) keys.Bind(4, value is string text ? IndexEntry.Cut(text) : value);
        while (keys.Step()) yield return keys.Long(0);
    }

    private static IEnumerable<long> Merge(List<IEnumerable<long>> streams)
    {
        if (streams.Count == 1)
        {
            foreach (var key in streams[0]) yield return key;
            yield break;
        }
        var queue = new PriorityQueue<IEnumerator<long>, long>();
        foreach (var stream in streams)
        {
            var keys = stream.GetEnumerator();
            if (keys.MoveNext()) queue.Enqueue(keys, keys.Current);
        }
        var last = 0L;
        while (queue.TryDequeue(out var keys, out var key))
        {
            if (key > last) yield return last = key;
            if (keys.MoveNext()) queue.Enqueue(keys, keys.Current);
            else keys.Dispose();
        }
    }

    /// <summary>The keys of a range of values in ascending order; null where there are too many to be worth it.</summary>
    private List<long>? Gather(long tenant, ValueRange range, long after)
    {
        // Values of another type than the bounds lie outside the range by SQLite's order of types.
        var low = range.Low is string from ? IndexEntry.Cut(from) : range.Low;
        var high = range.High is string to ? IndexEntry.Cut(to) : range.High;
        var isText = (range.Low ?? range.High) is string;
        var sql = "SELECT entity FROM entity_value WHERE tenant = ?1 AND name = ?2 AND value >= ?4 AND value " + (high is not null ? (isText ? "<= ?5 || char(1114111)" : "<= ?5") : "< ?5")
            + " UNION ALL SELECT entity FROM entity_value WHERE tenant = ?1 AND name = ?2 AND value = x'ff'";
        return Gather(sql, tenant, _names.Name(range.Name), after, low ?? (isText ? "" : double.NegativeInfinity), high ?? (isText ? (object)false : ""));
    }

    private List<long>? Gather(string sql, long tenant, long name, long after, object? low, object? high)
    {
        if (name == 0) return [];
        var found = Prepare(sql).Bind(1, tenant).Bind(2, name);
        if (low is not null) found.Bind(4, low).Bind(5, high);
        return Gather(found, after);
    }

    private List<long>? Gather(long tenant, string property, IReadOnlyList<(double West, double South, double East, double North)> boxes, long after)
    {
        List<long> all = [];
        var name = _names.Name(property);
        foreach (var (west, south, east, north) in boxes)
        {
            var found = Prepare("SELECT entity FROM place WHERE west <= ?3 AND east >= ?1 AND south <= ?4 AND north >= ?2 AND name = ?5 AND tenant = ?6")
                .Bind(1, west).Bind(2, south).Bind(3, east).Bind(4, north).Bind(5, name).Bind(6, tenant);
            if (Gather(found, after) is not { } keys) return null;
            all.AddRange(keys);
        }
        all.Sort();
        return [.. all.Distinct()];
    }

    private static List<long>? Gather(Statement found, long after)
    {
        List<long> keys = [];
        var isTooMany = false;
        while (found.Step())
        {
            var key = found.Long(0);
            if (key <= after) continue;
            keys.Add(key);
            if (isTooMany = keys.Count > MostGathered) break;
        }
        found.Reset();
        if (isTooMany) return null;
        keys.Sort();
        return [.. keys.Distinct()];
    }

    private Statement Prepare(string sql) => _statements.Prepare(sql);

    public void Dispose() => _statements.Dispose();
}
