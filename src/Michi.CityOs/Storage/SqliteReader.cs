using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>One connection that reads the embedded database as it was at its last commit. Used by one at a time.</summary>
internal sealed class SqliteReader : IDisposable
{
    /// <summary>Keys gathered from an index that is not in the order of keys, at most; where there are more, another way is taken.</summary>
    private const int MostGathered = 5_000;

    /// <summary>Rows looked at for them at most.</summary>
    private const int MostSeen = 4 * MostGathered;

    /// <summary>Entities looked at between two looks at whether the request is still there.</summary>
    private const int CancelEvery = 1_000;

    private readonly SqliteNames _names;
    private readonly Statements _statements;

    public SqliteReader(string path, SqliteNames names) => (_statements, _names) = (new(SqliteSchema.Open(path, isWriter: false)), names);

    /// <summary>Reads one snapshot of the tables together with what lies over them.</summary>
    /// <param name="overlays">As they are now; asked for again where the tables have gone on in between.</param>
    public T Within<T>(Func<Overlays> overlays, Func<Overlays, T> read)
    {
        while (true)
        {
            var over = overlays();
            Prepare("BEGIN").Run();
            try
            {
                var saved = Prepare("SELECT sequence FROM progress").First(r => r.Long(0));
                if (saved < over.Active.Since) return read(over);
                if (saved == over.Active.Since) return read(over with { Frozen = null });
            }
            finally
            {
                Prepare("COMMIT").Run();
            }
        }
    }

    /// <summary>Key and body of an entity; 0 and null where there is none.</summary>
    public (long Key, byte[]? Body) Find(long tenant, string id) =>
        Prepare("SELECT key, body FROM entity WHERE tenant = ?1 AND id = ?2").Bind(1, tenant).Bind(2, id).First(r => (r.Long(0), (byte[]?)r.Bytes(1)));

    public byte[]? FindDocument(DocumentKind kind, long tenant, string id) =>
        Prepare("SELECT body FROM document WHERE kind = ?1 AND tenant = ?2 AND id = ?3").Bind(1, (long)kind).Bind(2, tenant).Bind(3, id).First(r => r.Bytes(0));

    public List<(string Id, byte[] Body)> Documents(DocumentKind kind, long tenant) =>
        Prepare("SELECT id, body FROM document WHERE kind = ?1 AND tenant = ?2 ORDER BY sequence").Bind(1, (long)kind).Bind(2, tenant).All(r => (r.Text(0), r.Bytes(1)));

    /// <summary>Which entities have something that has expired, soonest first.</summary>
    public List<(string Tenant, string Id)> Expired(Overlays overlays, DateTimeOffset now, int most)
    {
        var at = EntityCodec.Microseconds(now);
        var expired = overlays.Active.Expired(at, most);
        // What was changed since is told by the overlay that has it.
        if (overlays.Frozen is { } frozen) expired.AddRange(frozen.Expired(at, most).Where(e => overlays.Active.Find(e.Tenant, e.Id) is null));
        var due = Prepare("SELECT t.name, e.id FROM expiry e JOIN tenant t ON t.id = e.tenant WHERE e.at <= ?1 ORDER BY e.at").Bind(1, at);
        while (expired.Count < most && due.Step())
            if ((due.Text(0), due.Text(1)) is var (tenant, id) && overlays.Find(tenant, id) is null) expired.Add((tenant, id));
        due.Reset();
        return expired;
    }

    /// <summary>How many entities of each type there are, and how many of them have each attribute.</summary>
    public List<TypeCount> Counts(Overlays overlays, string tenant)
    {
        var counts = Prepare("SELECT t.iri, n.iri, c.kind, c.entities FROM type_attribute c JOIN name t ON t.id = c.type LEFT JOIN name n ON n.id = c.name WHERE c.tenant = ?1").Bind(1, _names.Tenant(tenant))
            .All(r => (Of: (Type: r.Text(0), Name: r.IsNull(1) ? null : r.Text(1), Kind: (AttributeKind)r.Long(2)), By: r.Long(3)));
        foreach (var (of, by) in overlays.All.SelectMany(o => o.Counts()))
            if (of.Tenant == tenant && of.Type.Length > 0) counts.Add(((of.Type, of.Name, of.Kind), by));
        return [.. counts.GroupBy(c => c.Of, c => c.By).Select(c => new TypeCount(c.Key.Type, c.Key.Name, c.Key.Kind, c.Sum())).Where(c => c.Entities > 0)
            .OrderBy(c => c.Type, StringComparer.Ordinal).ThenBy(c => c.Name, StringComparer.Ordinal).ThenBy(c => c.Kind)];
    }

    public Dictionary<string, long> Readers() => Prepare("SELECT name, position FROM change_reader").All(r => (r.Text(0), r.Long(1))).ToDictionary(r => r.Item1, r => r.Item2);

    public EntityPage Query(Overlays overlays, string tenant, StoreQuery query, PageRequest page, DateTimeOffset now, CancellationToken cancel)
    {
        var builder = new PageBuilder(query, page, now, page.HasCount ? CountOf(overlays, tenant, query) : null);
        var seen = 0;
        foreach (var key in Candidates(overlays, tenant, query, builder.From))
        {
            if (++seen % CancelEvery == 0) cancel.ThrowIfCancellationRequested();
            // What the tables tell of an entity that was changed since need not be so any more.
            if (builder.Skippable > 0 && overlays.Find(key) is null) builder.Skip(1);
            else if (Body(overlays, key) is { } body && !builder.Add(key, body)) break;
        }
        return builder.Page;
    }

    private byte[]? Body(Overlays overlays, long key) =>
        overlays.Find(key) is { } changed ? changed.Body : Prepare("SELECT body FROM entity WHERE key = ?1").Bind(1, key).First(r => r.Bytes(0));

    /// <summary>How many match where it is known; null where they have to be counted.</summary>
    private long? CountOf(Overlays overlays, string tenant, StoreQuery query)
    {
        if (query.CountedType is not { } type) return null;
        var inTables = Prepare("SELECT entities FROM type_attribute WHERE tenant = ?1 AND type = ?2 AND name = 0 AND kind = 0").Bind(1, _names.Tenant(tenant)).Bind(2, type.Length == 0 ? 0 : Known(type)).First(r => r.Long(0));
        return inTables + overlays.All.Sum(o => o.CountOf(tenant, type));
    }

    /// <summary>A number that is in no table where a name was never used.</summary>
    private long Known(string name) => _names.Name(name) is > 0 and var number ? number : -1;

    /// <summary>Keys in ascending order among which all matches are.</summary>
    private IEnumerable<long> Candidates(Overlays overlays, string tenantName, StoreQuery query, long after)
    {
        var tenant = _names.Tenant(tenantName);
        if (query.Ids is { } ids) return ids.Distinct().Select(id => overlays.Find(tenantName, id)?.Key ?? Find(tenant, id).Key).Where(k => k > after).Order().ToList();
        // One value of an attribute: its keys are in order, so they can be followed as far as needed.
        foreach (var range in query.Ranges)
        {
            if (range.Low is null || !range.Low.Equals(range.High)) continue;
            const string keys = "SELECT entity FROM entity_value WHERE tenant = ?1 AND name = ?2 AND value = ?4 AND entity > ?3 ORDER BY entity";
            var name = Known(range.Name);
            return With(o => Merge([o.Within(tenantName, range, after), o.WithMany(tenantName, range.Name, after)]), Keys(keys, tenant, name, after, range.Low), Keys(keys, tenant, name, after, IndexEntry.Overflow));
        }
        List<long>? fewest = null;
        Func<Overlay, IEnumerable<long>> over = o => [];
        foreach (var range in query.Ranges)
            if (Gather(tenant, range, after) is { } keys && keys.Count < (fewest?.Count ?? int.MaxValue)) (fewest, over) = (keys, o => Merge([o.Within(tenantName, range, after), o.WithMany(tenantName, range.Name, after)]));
        if (query.Boxes is { } boxes && Gather(tenant, query.GeoProperty, boxes, after) is { } near && near.Count < (fewest?.Count ?? int.MaxValue)) (fewest, over) = (near, o => o.Within(tenantName, query.GeoProperty, boxes, after));
        if (fewest is not null) return With(over, fewest);
        const string ofType = "SELECT entity FROM entity_type WHERE tenant = ?1 AND type = ?2 AND entity > ?3 ORDER BY entity";
        if (query.Types is { } types) return Merge([.. types.Select(t => Keys(ofType, tenant, Known(t), after, null)), .. overlays.All.SelectMany(o => types.Select(t => o.OfType(tenantName, t, after)))]);
        if (query.Attributes is { Count: 1 } one && Gather(Prepare("SELECT entity FROM entity_value WHERE tenant = ?1 AND name = ?2").Bind(1, tenant).Bind(2, Known(one.First())), after) is { } having)
            return With(o => o.WithAttribute(tenantName, one.First(), after), having);
        return With(o => o.OfType(tenantName, "", after), Keys(ofType, tenant, 0, after, null));

        IEnumerable<long> With(Func<Overlay, IEnumerable<long>> over, params IEnumerable<long>[] tables) => Merge([.. tables, .. overlays.All.Select(over)]);
    }

    /// <summary>Follows an index in the order of keys. The statement is one of its own, as several may be under way.</summary>
    private IEnumerable<long> Keys(string sql, long tenant, long name, long after, object? value)
    {
        using var keys = _statements.Own(sql);
        keys.Bind(1, tenant).Bind(2, name).Bind(3, after);
        if (value is not null) keys.Bind(4, value is string text ? IndexEntry.Cut(text) : value);
        while (keys.Step()) yield return keys.Long(0);
    }

    /// <summary>Ascending streams as one, each key once.</summary>
    private static IEnumerable<long> Merge(List<IEnumerable<long>> streams)
    {
        // Each is ended whatever happens: a statement left under way would hold its connection to an old snapshot.
        List<IEnumerator<long>> all = [.. streams.Select(s => s.GetEnumerator())];
        try
        {
            var queue = new PriorityQueue<IEnumerator<long>, long>();
            foreach (var keys in all)
                if (keys.MoveNext()) queue.Enqueue(keys, keys.Current);
            var last = 0L;
            while (queue.TryDequeue(out var keys, out var key))
            {
                if (key > last) yield return last = key;
                if (keys.MoveNext()) queue.Enqueue(keys, keys.Current);
            }
        }
        finally
        {
            foreach (var keys in all) keys.Dispose();
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
        return Gather(Prepare(sql).Bind(1, tenant).Bind(2, Known(range.Name)).Bind(4, low ?? (isText ? "" : double.NegativeInfinity)).Bind(5, high ?? (isText ? (object)false : "")), after);
    }

    /// <summary>The keys of places that touch boxes, in ascending order; null where there are too many to be worth it.</summary>
    private List<long>? Gather(long tenant, string property, IReadOnlyList<CellBox> boxes, long after)
    {
        var (name, all, seen) = (Known(property), new List<long>(), 0);
        var next = Prepare("SELECT value FROM entity_value WHERE tenant = ?1 AND name = ?2 AND value >= ?3 ORDER BY value LIMIT 1").Bind(1, tenant).Bind(2, name);
        var found = Prepare("SELECT entity, value FROM entity_value WHERE tenant = ?1 AND name = ?2 AND value BETWEEN ?3 AND ?4").Bind(1, tenant).Bind(2, name);
        // Only levels that there are: mostly all places are positions, which are of one.
        for (PlaceCell? from = PlaceCell.FirstOf(0); from is { } start && next.Bind(3, start).First(r => (PlaceCell?)r.Cell(0)) is { Level: var level }; from = PlaceCell.FirstOf(level + 1))
            foreach (var box in boxes)
                foreach (var (first, last) in PlaceCell.Ranges(box, level))
                {
                    found.Bind(3, first).Bind(4, last);
                    try
                    {
                        while (found.Step())
                        {
                            if (++seen > MostSeen) return null;
                            if (found.Long(0) is var key && key > after && found.Cell(1).Touches(box)) all.Add(key);
                        }
                    }
                    finally
                    {
                        found.Reset();
                    }
                    if (all.Count > MostGathered) return null;
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
