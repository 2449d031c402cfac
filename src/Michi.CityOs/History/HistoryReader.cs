using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.History;

/// <summary>An entity as the history knows it; it outlives the entity itself.</summary>
/// <param name="Types">Expanded; all it ever had.</param>
internal sealed record HistoryEntity(long Key, string Id, IReadOnlyList<string> Types, DateTimeOffset CreatedAt, DateTimeOffset ModifiedAt, DateTimeOffset? DeletedAt);

/// <summary>An instance of an attribute over time.</summary>
/// <param name="Entity">Key of the entity.</param>
/// <param name="Name">Expanded.</param>
internal sealed record HistorySeries(long Entity, long Key, string Name, string? DatasetId);

/// <summary>Takes times and numbers of a series, block by block.</summary>
internal delegate void NumbersReader(ReadOnlySpan<long> times, ReadOnlySpan<double> numbers);

/// <summary>One connection that reads the history as it was at its last commit. Used by one at a time.</summary>
internal sealed class HistoryReader : IHistoryReader, IDisposable
{
    /// <summary>The row of an entity may be older than those in which its points wait; so may both be than what was gathered.</summary>
    private const string EntityColumns = "SELECT key, id, created, max(modified, coalesce((SELECT max(at) FROM recent WHERE entity = entity.key), 0)), deleted, series FROM entity";

    private readonly Statements _statements;
    private readonly Dictionary<long, string> _texts = [];

    private readonly GatheredRows _gathered;

    /// <summary>What waits of the entity lately asked for, by series: all of them are asked for one after another.</summary>
    private (long Entity, ILookup<long, ReadOnlyMemory<byte>> Points)? _waiting;
    private long[] _times = new long[1024];
    private double[] _numbers = new double[1024];

    public HistoryReader(string path) => (_statements, _gathered) = (new(HistorySchema.Open(path, isWriter: false)), new(Prepare));

    /// <summary>Does something with one snapshot for all it reads.</summary>
    public T Within<T>(Func<HistoryReader, T> read)
    {
        Prepare("BEGIN").Run();
        _waiting = null;
        _gathered.Forget();
        try
        {
            return read(this);
        }
        finally
        {
            Prepare("COMMIT").Run();
        }
    }

    /// <summary>Keeps one snapshot until the end, to read all of it once: pages are not mapped into memory.</summary>
    /// <returns>Sequence of the last change that is in it.</returns>
    public long Hold()
    {
        Prepare("PRAGMA mmap_size = 0").Run();
        Prepare("BEGIN").Run();
        return Prepare("SELECT sequence FROM progress").First(r => r.Long(0));
    }

    /// <summary>All names, in the order in which the types of an entity are told.</summary>
    public List<string> Names() => Prepare("SELECT text FROM name ORDER BY id").All(r => r.Text(0));

    public List<(string? Type, Lifetime Lifetime)> Lifetimes(string tenant) =>
        Prepare("SELECT t.text, l.days, l.detail, l.period FROM lifetime l LEFT JOIN name t ON t.id = l.type WHERE l.tenant = (SELECT id FROM name WHERE text = ?1)").Bind(1, tenant)
            .All(r => (r.IsNull(0) ? null : r.Text(0), Lifetime.Of(r.Long(1), r.Long(2), r.Long(3))));

    public HistoryEntity? Find(string tenant, string id) => Find($"{EntityColumns} WHERE tenant = (SELECT id FROM name WHERE text = ?1) AND id = ?2", s => s.Bind(1, tenant).Bind(2, id));

    /// <summary>When something of a tenant changed last; null for never.</summary>
    public DateTimeOffset? ChangedAt(string tenant) =>
        Prepare("SELECT c.at FROM changed c JOIN name n ON n.id = c.tenant WHERE n.text = ?1").Bind(1, tenant).First(r => (DateTimeOffset?)EntityCodec.Time(r.Long(0)));

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
            if (Find($"{EntityColumns} WHERE key = ?1", s => s.Bind(1, key)) is { } entity) yield return entity;
        }
    }

    public List<HistorySeries> SeriesOf(long entity)
    {
        var found = Prepare("SELECT series FROM entity WHERE key = ?1").Bind(1, entity).First(r => EntitySeries.Read(r.Blob(0)));
        return [.. (found?.All ?? []).Select(s => new HistorySeries(entity, s.Key, TextOf(s.Name), s.Dataset == 0 ? null : TextOf(s.Dataset)))];
    }

    public IEnumerable<HistoryPoint> Points(HistorySeries series, long from, long until, bool isDescending = false) =>
        Points(RowsOf(series, from, until), ChunksOf(series.Key, from, until, isDescending), from, until, isDescending);

    /// <summary>Points of rows and of chunks in the order of time. Chunks are read one after another, as far as points are asked for.</summary>
    internal static IEnumerable<HistoryPoint> Points(List<HistoryPoint> rows, IEnumerable<byte[]> chunks, long from, long until, bool isDescending)
    {
        var at = isDescending ? rows.Count - 1 : 0;
        foreach (var chunk in chunks)
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

    public bool TryNumbers(HistorySeries series, long from, long until, NumbersReader read)
    {
        var rows = RowsOf(series, from, until);
        var days = Prepare("SELECT body FROM chunk WHERE key >= ?1 AND key <= ?2 ORDER BY key").Bind(1, HistorySchema.KeyOf(series.Key, from)).Bind(2, HistorySchema.KeyOf(series.Key, until));
        try
        {
            while (days.Step())
            {
                if (!TryNumbers(days.Blob(0), rows, from, until, read, ref _times, ref _numbers)) return false;
            }
        }
        finally
        {
            days.Reset();
        }
        return TryNumbers(rows, read);
    }

    /// <summary>Times and numbers of a chunk; false where they cannot be told without the rest of it or the rows.</summary>
    internal static bool TryNumbers(ReadOnlySpan<byte> chunk, List<HistoryPoint> rows, long from, long until, NumbersReader read, ref long[] allTimes, ref double[] allNumbers)
    {
        var count = Chunk.ReadNumbers(chunk, ref allTimes, ref allNumbers);
        if (count < 0) return false;
        var times = allTimes.AsSpan(0, count);
        var first = times[0] >= from ? 0 : Lower(times, from);
        var last = times[^1] < until ? count : Lower(times, until);
        if (rows.Count > 0 && last > first && rows[0].Time <= times[last - 1]) return false;
        if (last > first) read(times[first..last], allNumbers.AsSpan(first, last - first));
        return true;
    }

    /// <summary>Times and numbers of rows, which come after all chunks.</summary>
    internal static bool TryNumbers(List<HistoryPoint> rows, NumbersReader read)
    {
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

    private List<HistoryPoint> RowsOf(HistorySeries series, long from, long until)
    {
        if (_waiting is not { } waiting || waiting.Entity != series.Entity)
        {
            var rows = Prepare("SELECT body FROM recent WHERE entity = ?1 ORDER BY number").Bind(1, series.Entity).All(r => (ReadOnlyMemory<byte>)r.Bytes(0));
            rows.AddRange(_gathered.Of(series.Entity).Select(r => r.Body));
            _waiting = waiting = (series.Entity, rows.SelectMany(RecentRow.Read).ToLookup(r => r.Series, r => r.Points));
        }
        return HistoryWriter.Sorted([.. waiting.Points[series.Key].SelectMany(Chunk.Read).Where(p => p.Time >= from && p.Time < until)]);
    }

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

    private HistoryEntity? Find(string sql, Func<Statement, Statement> bind)
    {
        var (entity, types) = bind(Prepare(sql)).First(r => (
            new HistoryEntity(r.Long(0), r.Text(1), [], EntityCodec.Time(r.Long(2)), EntityCodec.Time(r.Long(3)), r.IsNull(4) ? null : EntityCodec.Time(r.Long(4))), EntitySeries.Read(r.Blob(5)).Types));
        if (entity is null) return null;
        var modified = _gathered.Of(entity.Key).Select(r => EntityCodec.Time(r.At)).Append(entity.ModifiedAt).Max();
        return entity with { Types = types.ConvertAll(TextOf), ModifiedAt = modified };
    }

    private string TextOf(long name)
    {
        if (_texts.TryGetValue(name, out var known)) return known;
        return _texts[name] = Prepare("SELECT text FROM name WHERE id = ?1").Bind(1, name).First(r => r.Text(0))!;
    }

    private Statement Prepare(string sql) => _statements.Prepare(sql);

    public void Dispose() => _statements.Dispose();
}
