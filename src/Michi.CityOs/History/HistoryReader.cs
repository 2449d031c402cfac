using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.History;

/// <summary>An entity as the history knows it; it outlives the entity itself.</summary>
/// <param name="Types">Expanded; all it ever had.</param>
internal sealed record HistoryEntity(long Key, string Id, IReadOnlyList<string> Types, DateTimeOffset CreatedAt, DateTimeOffset ModifiedAt, DateTimeOffset? DeletedAt);

/// <summary>An instance of an attribute over time.</summary>
/// <param name="Name">Expanded.</param>
internal sealed record HistorySeries(long Key, string Name, string? DatasetId);

/// <summary>Takes times and numbers of a series, block by block.</summary>
internal delegate void NumbersReader(ReadOnlySpan<long> times, ReadOnlySpan<double> numbers);

/// <summary>One connection that reads the history as it was at its last commit. Used by one at a time.</summary>
internal sealed class HistoryReader : IDisposable
{
    private readonly Statements _statements;
    private readonly Dictionary<long, string> _texts = [];
    private long[] _times = new long[1024];
    private double[] _numbers = new double[1024];

    public HistoryReader(string path) => _statements = new(HistorySchema.Open(path, isWriter: false));

    /// <summary>Does something with one snapshot for all it reads.</summary>
    public T Within<T>(Func<HistoryReader, T> read)
    {
        Prepare("BEGIN").Run();
        try
        {
            return read(this);
        }
        finally
        {
            Prepare("COMMIT").Run();
        }
    }

    public HistoryEntity? Find(string tenant, string id)
    {
        var entity = Prepare("SELECT key, id, created, modified, deleted FROM entity WHERE tenant = (SELECT id FROM name WHERE text = ?1) AND id = ?2").Bind(1, tenant).Bind(2, id)
            .First(EntityOf);
        return entity is null ? null : entity with { Types = TypesOf(entity.Key) };
    }

    /// <summary>When something of each tenant changed last. Goes through all entities: nothing for a request.</summary>
    public List<(string Tenant, DateTimeOffset At)> LastChanges() =>
        Prepare("SELECT n.text, max(e.modified) FROM entity e JOIN name n ON n.id = e.tenant GROUP BY e.tenant").All(r => (r.Text(0), EntityCodec.Time(r.Long(1))));

    /// <summary>Entities in the order in which the history came to know them.</summary>
    /// <param name="ids">One of which an entity has; null for any.</param>
    /// <param name="types">Expanded, one of which an entity has; null for any.</param>
    public IEnumerable<HistoryEntity> Entities(string tenant, IReadOnlyCollection<string>? ids, IReadOnlyCollection<string>? types)
    {
        if (ids is not null)
        {
            foreach (var entity in ids.Distinct().Select(id => Find(tenant, id)).OfType<HistoryEntity>().OrderBy(e => e.Key)) yield return entity;
            yield break;
        }
        foreach (var key in types is null
            ? Keys("SELECT key FROM entity WHERE tenant = (SELECT id FROM name WHERE text = ?1) ORDER BY key", tenant, null)
            : types.SelectMany(t => Keys("SELECT entity FROM entity_type WHERE tenant = (SELECT id FROM name WHERE text = ?1) AND type = (SELECT id FROM name WHERE text = ?2) ORDER BY entity", tenant, t)).Distinct().Order().ToList())
        {
            var entity = Prepare("SELECT key, id, created, modified, deleted FROM entity WHERE key = ?1").Bind(1, key).First(EntityOf);
            if (entity is not null) yield return entity with { Types = TypesOf(key) };
        }
    }

    public List<HistorySeries> SeriesOf(long entity)
    {
        var found = Prepare("SELECT key, name, dataset FROM series WHERE entity = ?1 ORDER BY key").Bind(1, entity)
            .All(r => (Key: r.Long(0), Name: r.Long(1), Dataset: r.Long(2)));
        return found.ConvertAll(s => new HistorySeries(s.Key, TextOf(s.Name), s.Dataset == 0 ? null : TextOf(s.Dataset)));
    }

    /// <summary>Points from a time on, until before another, day by day as far as they are asked for.</summary>
    public IEnumerable<HistoryPoint> Points(long series, long from, long until, bool isDescending = false)
    {
        var rows = RowsOf(series, from, until);
        var at = isDescending ? rows.Count - 1 : 0;
        foreach (var chunk in ChunksOf(series, from, until, isDescending))
        {
            var points = Chunk.Read(chunk);
            for (var i = 0; i < points.Length; i++)
            {
                var point = points[isDescending ? points.Length - 1 - i : i];
                if (point.Time < from || point.Time >= until) continue;
                // Rows are newer than chunks: of the same time they stand in place of the point there.
                while (at >= 0 && at < rows.Count && (isDescending ? rows[at].Time > point.Time : rows[at].Time < point.Time))
                {
                    yield return rows[at];
                    at += isDescending ? -1 : 1;
                }
                if (at >= 0 && at < rows.Count && rows[at].Time == point.Time) continue;
                yield return point;
            }
        }
        for (; at >= 0 && at < rows.Count; at += isDescending ? -1 : 1) yield return rows[at];
    }

    /// <summary>Times and numbers of a series, where all its values are numbers that were observed and do not expire.</summary>
    /// <returns>False where some are not: what was told until then does not count.</returns>
    public bool TryNumbers(long series, long from, long until, NumbersReader read)
    {
        var rows = RowsOf(series, from, until);
        var days = Prepare("SELECT body FROM chunk WHERE key >= ?1 AND key <= ?2 ORDER BY key").Bind(1, HistorySchema.KeyOf(series, from)).Bind(2, HistorySchema.KeyOf(series, until));
        try
        {
            while (days.Step())
            {
                var count = Chunk.ReadNumbers(days.Blob(0), ref _times, ref _numbers);
                if (count < 0) return false;
                var times = _times.AsSpan(0, count);
                var first = times[0] >= from ? 0 : Lower(times, from);
                var last = times[^1] < until ? count : Lower(times, until);
                if (rows.Count > 0 && last > first && rows[0].Time <= times[last - 1]) return false;
                if (last > first) read(times[first..last], _numbers.AsSpan(first, last - first));
            }
        }
        finally
        {
            days.Reset();
        }
        if (rows.Count == 0) return true;
        if (rows.Exists(r => r.Shape is not { Form: PointForm.Number, IsObserved: true, ExpiresAt: null })) return false;
        read(rows.ConvertAll(r => r.Time).ToArray(), rows.ConvertAll(r => r.Number).ToArray());
        return true;
    }

    private static int Lower(ReadOnlySpan<long> times, long time)
    {
        var at = times.BinarySearch(time);
        return at < 0 ? ~at : at;
    }

    private List<HistoryPoint> RowsOf(long series, long from, long until) =>
        Prepare("SELECT body FROM recent WHERE series = ?1 AND time >= ?2 AND time < ?3 ORDER BY time").Bind(1, series).Bind(2, from).Bind(3, until)
            .All(r => Chunk.Read(r.Bytes(0))[0]);

    private IEnumerable<byte[]> ChunksOf(long series, long from, long until, bool isDescending)
    {
        // A statement of its own: several series may be under way.
        using var days = _statements.Own($"SELECT body FROM chunk WHERE key >= ?1 AND key <= ?2 ORDER BY key {(isDescending ? "DESC" : "")}");
        days.Bind(1, HistorySchema.KeyOf(series, from)).Bind(2, HistorySchema.KeyOf(series, until));
        while (days.Step()) yield return days.Bytes(0);
    }

    private List<long> Keys(string sql, string tenant, string? type)
    {
        var all = Prepare(sql).Bind(1, tenant);
        if (type is not null) all.Bind(2, type);
        return all.All(r => r.Long(0));
    }

    private static HistoryEntity EntityOf(Statement row) =>
        new(row.Long(0), row.Text(1), [], EntityCodec.Time(row.Long(2)), EntityCodec.Time(row.Long(3)), row.IsNull(4) ? null : EntityCodec.Time(row.Long(4)));

    private List<string> TypesOf(long entity)
    {
        var found = Prepare("SELECT type FROM type_of WHERE entity = ?1").Bind(1, entity).All(r => r.Long(0));
        return found.ConvertAll(TextOf);
    }

    private string TextOf(long name)
    {
        if (_texts.TryGetValue(name, out var known)) return known;
        return _texts[name] = Prepare("SELECT text FROM name WHERE id = ?1").Bind(1, name).First(r => r.Text(0))!;
    }

    private Statement Prepare(string sql) => _statements.Prepare(sql);

    public void Dispose() => _statements.Dispose();
}
