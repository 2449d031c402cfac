using Michi.CityOs.Entities;
using Michi.CityOs.Storage;
using Microsoft.Data.Sqlite;

namespace Michi.CityOs.History;

/// <summary>How long points are kept.</summary>
/// <param name="Days">Days until they are deleted; null for never.</param>
/// <param name="DetailDays">Days until only means over periods are left of numbers; null for never.</param>
/// <param name="PeriodSeconds">Length of the periods; a day is a multiple of it.</param>
internal readonly record struct Lifetime(int? Days, int? DetailDays = null, int PeriodSeconds = 3600)
{
    /// <summary>A lifetime as the tables have it.</summary>
    public static Lifetime Of(long days, long detail, long period) => new(days < HistorySchema.Forever ? (int)days : null, detail < HistorySchema.Forever ? (int)detail : null, (int)period);
}

/// <summary>The one who writes to the history.</summary>
/// <remarks>Points of a group are gathered by series and written at its end, so that a chunk is rewritten once for many points.</remarks>
internal sealed class HistoryWriter : TransactionWriter, IHistoryWriter
{
    /// <summary>Points in one transaction at most.</summary>
    private const int MostPoints = 200_000;

    private const int MostWaiting = 1_000;

    /// <summary>Rows of a series before they are folded into its chunk.</summary>
    private const int MostRows = 64;

    /// <summary>Points at once that are worth rewriting a chunk of the current day.</summary>
    private const int ManyPoints = 16;

    /// <summary>Entities, and series, that are not looked up again.</summary>
    private const int MostRemembered = 100_000;

    private readonly TimeProvider _clock;
    private readonly Dictionary<string, long> _names = new(StringComparer.Ordinal);
    private readonly Remembered<(string Tenant, string Id), KnownEntity> _entities = new(MostRemembered);

    /// <summary>How many rows a series has.</summary>
    private readonly Remembered<long, int> _rows = new(MostRemembered);

    /// <summary>Points of the group under way by series.</summary>
    private readonly Dictionary<long, List<HistoryPoint>> _points = [];

    /// <summary>When tenants changed in the group under way.</summary>
    private readonly Dictionary<string, long> _changed = new(StringComparer.Ordinal);

    private long _reached;

    public HistoryWriter(SqliteConnection connection, TimeProvider clock) : base(connection, "city-history-writer", MostPoints, MostWaiting)
    {
        _clock = clock;
        Load();
        Progress = ReadProgress();
        Start();
    }

    /// <summary>Sequence of the last change that is in the history.</summary>
    public long Progress { get; private set; }

    /// <summary>Does something within a transaction of the writer; ends after the commit.</summary>
    /// <param name="run">May be called again where the transaction failed.</param>
    /// <param name="points">How many points it adds, to bound a transaction.</param>
    public Task<T> RunAsync<T>(Func<HistoryWriter, T> run, int points, CancellationToken cancel) => RunAsync(() => run(this), points, cancel);

    public bool Add(HistoryEntry entry, bool mayMake = true)
    {
        var known = Find(entry.Tenant, entry.Id);
        var isThere = known is not null;
        if (!isThere && !mayMake) return false;
        var at = EntityCodec.Microseconds(entry.At);
        if (!isThere)
        {
            Prepare("INSERT INTO entity (tenant, id, created, modified) VALUES (?1, ?2, ?3, ?4)")
                .Bind(1, Name(entry.Tenant)).Bind(2, entry.Id).Bind(3, EntityCodec.Microseconds(entry.CreatedAt ?? entry.At)).Bind(4, at).Run();
            known = _entities.Keep((entry.Tenant, entry.Id), new(LastId) { IsWhole = true });
        }
        else Prepare("UPDATE entity SET modified = max(modified, ?2), deleted = NULL WHERE key = ?1").Bind(1, known!.Key).Bind(2, at).Run();
        if (entry.DeletedAt is { } deleted) Prepare("UPDATE entity SET deleted = ?2 WHERE key = ?1").Bind(1, known.Key).Bind(2, EntityCodec.Microseconds(deleted)).Run();
        foreach (var type in known.Types?.SequenceEqual(entry.Types) == true ? [] : entry.Types)
        {
            Prepare("INSERT OR IGNORE INTO entity_type (tenant, type, entity) VALUES (?1, ?2, ?3)").Bind(1, Name(entry.Tenant)).Bind(2, Name(type)).Bind(3, known.Key).Run();
            Prepare("INSERT OR IGNORE INTO type_of (entity, type) VALUES (?1, ?2)").Bind(1, known.Key).Bind(2, Name(type)).Run();
        }
        known.Types = entry.Types;
        _changed[entry.Tenant] = Math.Max(at, _changed.GetValueOrDefault(entry.Tenant));
        foreach (var (name, dataset, point) in entry.Points)
        {
            var series = SeriesOf(known, name, dataset, mayMake: true);
            if (!_points.TryGetValue(series, out var points)) _points[series] = points = [];
            points.Add(point);
        }
        return isThere;
    }

    /// <summary>Notes that the changes up to a sequence are in the history.</summary>
    public void Advance(long sequence) => Prepare("UPDATE progress SET sequence = max(sequence, ?1)").Bind(1, sequence).Run();

    /// <summary>Puts back an entity with its series, under the keys they had. Points come later.</summary>
    public bool Restore(string tenant, HistoryEntity entity, IReadOnlyList<HistorySeries> series)
    {
        Prepare("INSERT INTO entity (key, tenant, id, created, modified, deleted) VALUES (?1, ?2, ?3, ?4, ?5, nullif(?6, -9223372036854775808))").Bind(1, entity.Key).Bind(2, Name(tenant)).Bind(3, entity.Id)
            .Bind(4, EntityCodec.Microseconds(entity.CreatedAt)).Bind(5, EntityCodec.Microseconds(entity.ModifiedAt)).Bind(6, entity.DeletedAt is { } deleted ? EntityCodec.Microseconds(deleted) : long.MinValue).Run();
        foreach (var type in entity.Types)
        {
            Prepare("INSERT OR IGNORE INTO entity_type (tenant, type, entity) VALUES (?1, ?2, ?3)").Bind(1, Name(tenant)).Bind(2, Name(type)).Bind(3, entity.Key).Run();
            Prepare("INSERT OR IGNORE INTO type_of (entity, type) VALUES (?1, ?2)").Bind(1, entity.Key).Bind(2, Name(type)).Run();
        }
        foreach (var (key, name, dataset) in series)
            Prepare("INSERT INTO series (key, entity, name, dataset) VALUES (?1, ?2, ?3, ?4)").Bind(1, key).Bind(2, entity.Key).Bind(3, Name(name)).Bind(4, dataset is null ? 0 : Name(dataset)).Run();
        return true;
    }

    /// <summary>Puts back points of a series that was put back.</summary>
    public bool Restore(long series, IReadOnlyList<HistoryPoint> points)
    {
        foreach (var point in points)
            // One that was moved in time keeps its id.
            if (point.Instance is { } instance && HistoryStore.TryInstance(instance, out var of, out _) && of == series)
                Prepare("INSERT OR IGNORE INTO moved (instance, series, time) VALUES (?1, ?2, ?3)").Bind(1, instance).Bind(2, series).Bind(3, point.Time).Run();
        if (!_points.TryGetValue(series, out var gathered)) _points[series] = gathered = [];
        gathered.AddRange(points);
        return true;
    }

    /// <summary>Puts back when something of a tenant changed last, and gives numbers to names in their order.</summary>
    public bool Restore(IEnumerable<(string Tenant, long At)> changed, IEnumerable<string> known)
    {
        foreach (var name in known) Name(name);
        foreach (var (tenant, at) in changed) _changed[tenant] = at;
        return true;
    }

    /// <summary>Begins to count changes anew.</summary>
    public bool Restart(long sequence)
    {
        Prepare("UPDATE progress SET sequence = ?1").Bind(1, sequence).Run();
        return true;
    }

    public bool DeleteEntity(string tenant, string id)
    {
        Flush();
        if (Find(tenant, id)?.Key is not { } entity) return false;
        foreach (var series in SeriesOf(entity)) DeleteSeries(series);
        Prepare("DELETE FROM entity_type WHERE tenant = ?1 AND entity = ?2 AND type IN (SELECT type FROM type_of WHERE entity = ?2)").Bind(1, Name(tenant)).Bind(2, entity).Run();
        Prepare("DELETE FROM type_of WHERE entity = ?1").Bind(1, entity).Run();
        Prepare("DELETE FROM entity WHERE key = ?1").Bind(1, entity).Run();
        _entities.Forget((tenant, id));
        return true;
    }

    public bool DeleteAttribute(string tenant, string id, string name, string? datasetId, bool isAll)
    {
        Flush();
        if (Find(tenant, id) is not { } entity) return false;
        var found = isAll ? SeriesOf(entity.Key, name) : SeriesOf(entity, name, datasetId, mayMake: false) is > 0 and var one ? [one] : [];
        foreach (var series in found) DeleteSeries(series);
        _entities.Forget((tenant, id));
        return found.Count > 0;
    }

    public bool EndAttribute(string tenant, string id, string name, string? datasetId, bool isAll, DateTimeOffset at)
    {
        Flush();
        if (Find(tenant, id) is not { } entity) return false;
        var found = isAll ? SeriesOf(entity.Key, name) : SeriesOf(entity, name, datasetId, mayMake: false) is > 0 and var one ? [one] : [];
        foreach (var series in found)
        {
            if (LastOf(series) is not { } last || last.Shape.IsDeleted) return false;
            Merge(series, [HistoryPoint.Deletion(last.ToInstance(name, null, ""), at)]);
        }
        return found.Count > 0;
    }

    public bool ChangeInstance(string tenant, string id, string name, string instance, Func<HistoryPoint, HistoryPoint?> change)
    {
        Flush();
        if (Find(tenant, id) is not { } entity) return false;
        foreach (var series in SeriesOf(entity.Key, name))
        {
            if (TimeOf(series, instance) is not { } time) continue;
            var chunk = ReadDay(series, time);
            var at = chunk.FindIndex(p => p.Time == time && (p.Instance ?? HistoryStore.InstanceOf(series, p.Time)) == instance);
            if (at < 0) continue;
            var changed = change(chunk[at]);
            chunk.RemoveAt(at);
            WriteDay(series, time, chunk);
            Prepare("DELETE FROM moved WHERE instance = ?1 AND series = ?2").Bind(1, instance).Bind(2, series).Run();
            if (changed is not { } point) return true;
            if (HistoryStore.InstanceOf(series, point.Time) != instance)
            {
                point = point with { Instance = instance };
                Prepare("INSERT INTO moved (instance, series, time) VALUES (?1, ?2, ?3)").Bind(1, instance).Bind(2, series).Bind(3, point.Time).Run();
            }
            Merge(series, [point]);
            return true;
        }
        return false;
    }

    public bool SetLifetime(string tenant, string? type, Lifetime? lifetime)
    {
        var (tenantName, typeName) = (Name(tenant), type is null ? 0 : Name(type));
        Prepare("DELETE FROM lifetime WHERE tenant = ?1 AND type = ?2").Bind(1, tenantName).Bind(2, typeName).Run();
        if (lifetime is { } kept)
            Prepare("INSERT INTO lifetime (tenant, type, days, detail, period) VALUES (?1, ?2, ?3, ?4, ?5)").Bind(1, tenantName).Bind(2, typeName)
                .Bind(3, kept.Days ?? HistorySchema.Forever).Bind(4, kept.DetailDays ?? HistorySchema.Forever).Bind(5, kept.PeriodSeconds).Run();
        return true;
    }

    /// <summary>Entities with a lifetime. Of several types of an entity the longest counts.</summary>
    public List<(long Entity, Lifetime Lifetime)> Mortal()
    {
        return Prepare("""
            SELECT e.key, max(coalesce(own.days, whole.days, 1000000)), max(coalesce(own.detail, whole.detail, 1000000)), min(coalesce(own.period, whole.period, 3600))
            FROM entity e JOIN type_of t ON t.entity = e.key
            LEFT JOIN lifetime own ON own.tenant = e.tenant AND own.type = t.type LEFT JOIN lifetime whole ON whole.tenant = e.tenant AND whole.type = 0
            WHERE e.tenant IN (SELECT tenant FROM lifetime) GROUP BY e.key
            """).All(r => (r.Long(0), new Lifetime((int)r.Long(1), (int)r.Long(2), (int)r.Long(3))));
    }

    /// <summary>Deletes the days of an entity that have outlived their time, and rolls up those whose details have.</summary>
    public bool Age(long entity, Lifetime lifetime)
    {
        Flush();
        var today = Today();
        foreach (var series in SeriesOf(entity))
        {
            if (lifetime.Days is { } days and < HistorySchema.Forever)
            {
                var first = (today - days) * HistorySchema.Day;
                Prepare("DELETE FROM chunk WHERE key >= ?1 AND key < ?2").Bind(1, HistorySchema.KeyOf(series, long.MinValue)).Bind(2, HistorySchema.KeyOf(series, first)).Run();
                Prepare("DELETE FROM recent WHERE series = ?1 AND time < ?2").Bind(1, series).Bind(2, first).Run();
                CountRows(series);
            }
            if (lifetime.DetailDays is { } detail and < HistorySchema.Forever) RollUp(series, today - detail, lifetime.PeriodSeconds);
        }
        return true;
    }

    /// <summary>Series with rows of days gone by.</summary>
    public List<long> Late() =>
        Prepare("SELECT DISTINCT series FROM recent WHERE time < ?1").Bind(1, Today() * HistorySchema.Day).All(r => r.Long(0));

    /// <summary>Takes the rows of a series into its chunks.</summary>
    public bool FoldRows(long series)
    {
        Flush();
        Fold(series);
        return true;
    }

    /// <summary>Puts the numbers of days before another in place by their means over periods, each at the beginning of its period; all else stays.</summary>
    private void RollUp(long series, long day, int periodSeconds)
    {
        var from = Prepare("SELECT rolled FROM series WHERE key = ?1").Bind(1, series).First(r => r.Long(0));
        if (from >= day) return;
        var chunks = Prepare("SELECT key, body FROM chunk WHERE key >= ?1 AND key < ?2").Bind(1, HistorySchema.KeyOf(series, from * HistorySchema.Day)).Bind(2, HistorySchema.KeyOf(series, day * HistorySchema.Day))
            .All(r => (r.Long(0), r.Bytes(1)));
        foreach (var (key, body) in chunks)
            if (Means(body, periodSeconds) is { } means) Prepare("INSERT OR REPLACE INTO chunk (key, body) VALUES (?1, ?2)").Bind(1, key).Bind(2, means).Run();
        Prepare("UPDATE series SET rolled = ?2 WHERE key = ?1").Bind(1, series).Bind(2, day).Run();
    }

    /// <summary>A chunk with the means of its numbers over periods in place of the numbers; null where it is none the shorter.</summary>
    internal static byte[]? Means(byte[] chunk, int periodSeconds)
    {
        var period = periodSeconds * 1_000_000L;
        var points = Chunk.Read(chunk);
        List<HistoryPoint> means = [.. points.Where(p => !IsNumber(p))];
        foreach (var group in points.Where(IsNumber).GroupBy(p => p.Time - ((p.Time % period) + period) % period))
        {
            var last = group.Last();
            means.Add(last with { Time = group.Key, Number = group.Average(p => p.Number), Instance = null });
        }
        return means.Count == points.Length ? null : Chunk.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(Sorted(means)));

        static bool IsNumber(HistoryPoint point) => point.Shape is { Form: PointForm.Number, IsObserved: true };
    }

    private long Today() => HistorySchema.DayOf(EntityCodec.Microseconds(_clock.GetUtcNow()));

    protected override void Complete()
    {
        Flush();
        _reached = ReadProgress();
    }

    protected override void Committed() => Progress = _reached;

    protected override void RolledBack()
    {
        _points.Clear();
        _changed.Clear();
        Load();
    }

    private long ReadProgress() => Prepare("SELECT sequence FROM progress").First(r => r.Long(0));

    private void Load()
    {
        _names.Clear();
        _entities.Clear();
        _rows.Clear();
        foreach (var (id, text) in Prepare("SELECT id, text FROM name").All(r => (r.Long(0), r.Text(1)))) _names[text] = id;
    }

    /// <summary>Writes the points gathered.</summary>
    private void Flush()
    {
        foreach (var (series, points) in _points) Merge(series, points);
        foreach (var (tenant, at) in _changed) Prepare("INSERT INTO changed (tenant, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)").Bind(1, Name(tenant)).Bind(2, at).Run();
        _points.Clear();
        _changed.Clear();
    }

    /// <summary>Adds points to a series; of two with the same time the later one stays.</summary>
    private void Merge(long series, List<HistoryPoint> points)
    {
        var sorted = Sorted(points);
        var today = Today();
        for (var from = 0; from < sorted.Count;)
        {
            var day = HistorySchema.DayOf(sorted[from].Time);
            var to = from + 1;
            while (to < sorted.Count && HistorySchema.DayOf(sorted[to].Time) == day) to++;
            var rows = RowsOf(series);
            if (day >= today && to - from < ManyPoints && rows + to - from <= MostRows)
            {
                for (var i = from; i < to; i++)
                    Prepare("INSERT OR REPLACE INTO recent (series, time, body) VALUES (?1, ?2, ?3)").Bind(1, series).Bind(2, sorted[i].Time).Bind(3, Chunk.Write([sorted[i]])).Run();
                _rows.Keep(series, rows + to - from);
            }
            else
            {
                if (day >= today && rows > 0) Fold(series);
                var there = ReadDay(series, sorted[from].Time);
                WriteDay(series, sorted[from].Time, Merged(there, sorted, from, to));
            }
            from = to;
        }
    }

    /// <summary>In the order of time, each time once.</summary>
    internal static List<HistoryPoint> Sorted(List<HistoryPoint> points)
    {
        var isSorted = true;
        for (var i = 1; i < points.Count && isSorted; i++) isSorted = points[i - 1].Time < points[i].Time;
        if (isSorted) return points;
        Dictionary<long, HistoryPoint> last = new(points.Count);
        foreach (var point in points) last[point.Time] = point;
        List<HistoryPoint> sorted = [.. last.Values];
        sorted.Sort((a, b) => a.Time.CompareTo(b.Time));
        return sorted;
    }

    /// <summary>Points that are there, with some of sorted ones added; of two with the same time the added one stays.</summary>
    internal static List<HistoryPoint> Merged(List<HistoryPoint> there, List<HistoryPoint> sorted, int from, int to)
    {
        if (there.Count == 0) return sorted.GetRange(from, to - from);
        List<HistoryPoint> merged = new(there.Count + to - from);
        var at = 0;
        for (var i = from; i < to; i++)
        {
            while (at < there.Count && there[at].Time < sorted[i].Time) merged.Add(there[at++]);
            if (at < there.Count && there[at].Time == sorted[i].Time) at++;
            merged.Add(sorted[i]);
        }
        while (at < there.Count) merged.Add(there[at++]);
        return merged;
    }

    /// <summary>Takes the rows of a series into its chunks.</summary>
    private void Fold(long series)
    {
        var points = Rows(series, long.MinValue, long.MaxValue);
        for (var from = 0; from < points.Count;)
        {
            var day = HistorySchema.DayOf(points[from].Time);
            var to = from + 1;
            while (to < points.Count && HistorySchema.DayOf(points[to].Time) == day) to++;
            // Reading the day takes its rows along.
            WriteDay(series, points[from].Time, ReadDay(series, points[from].Time));
            from = to;
        }
        _rows.Keep(series, 0);
    }

    /// <summary>All points of the day of a time.</summary>
    private List<HistoryPoint> ReadDay(long series, long time)
    {
        var points = Prepare("SELECT body FROM chunk WHERE key = ?1").Bind(1, HistorySchema.KeyOf(series, time)).First(r => Chunk.Read(r.Bytes(0)).ToList()) ?? [];
        if (RowsOf(series) == 0) return points;
        var start = HistorySchema.DayOf(time) * HistorySchema.Day;
        var rows = Rows(series, start, start + HistorySchema.Day);
        return rows.Count == 0 ? points : Merged(points, rows, 0, rows.Count);
    }

    /// <summary>Keeps points as the chunk of their day, in place of its rows.</summary>
    private void WriteDay(long series, long time, List<HistoryPoint> points)
    {
        var key = HistorySchema.KeyOf(series, time);
        if (points.Count == 0) Prepare("DELETE FROM chunk WHERE key = ?1").Bind(1, key).Run();
        else Prepare("INSERT OR REPLACE INTO chunk (key, body) VALUES (?1, ?2)").Bind(1, key).Bind(2, Chunk.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(points))).Run();
        if (RowsOf(series) == 0) return;
        var start = HistorySchema.DayOf(time) * HistorySchema.Day;
        Prepare("DELETE FROM recent WHERE series = ?1 AND time >= ?2 AND time < ?3").Bind(1, series).Bind(2, start).Bind(3, start + HistorySchema.Day).Run();
        CountRows(series);
    }

    private int RowsOf(long series) => _rows.TryFind(series, out var rows) ? rows : CountRows(series);

    private int CountRows(long series) => _rows.Keep(series, (int)Prepare("SELECT count(*) FROM recent WHERE series = ?1").Bind(1, series).First(r => r.Long(0)));

    private List<HistoryPoint> Rows(long series, long from, long until) =>
        Prepare("SELECT body FROM recent WHERE series = ?1 AND time >= ?2 AND time < ?3 ORDER BY time").Bind(1, series).Bind(2, from).Bind(3, until)
            .All(r => Chunk.Read(r.Bytes(0))[0]);

    private HistoryPoint? LastOf(long series)
    {
        HistoryPoint? last = Prepare("SELECT body FROM chunk WHERE key >= ?1 AND key <= ?2 ORDER BY key DESC LIMIT 1").Bind(1, HistorySchema.KeyOf(series, long.MinValue)).Bind(2, HistorySchema.KeyOf(series, long.MaxValue))
            .First(r => (HistoryPoint?)Chunk.Read(r.Bytes(0))[^1]);
        var row = Rows(series, last?.Time ?? long.MinValue, long.MaxValue);
        return row.Count > 0 ? row[^1] : last;
    }

    private long? TimeOf(long series, string instance)
    {
        // A point that was moved in time keeps its id.
        var found = Prepare("SELECT time FROM moved WHERE instance = ?1 AND series = ?2").Bind(1, instance).Bind(2, series).First(r => (long?)r.Long(0));
        return found ?? (HistoryStore.TryInstance(instance, out var told, out var time) && told == series ? time : null);
    }

    private void DeleteSeries(long series)
    {
        Prepare("DELETE FROM chunk WHERE key >= ?1 AND key <= ?2").Bind(1, HistorySchema.KeyOf(series, long.MinValue)).Bind(2, HistorySchema.KeyOf(series, long.MaxValue)).Run();
        Prepare("DELETE FROM recent WHERE series = ?1").Bind(1, series).Run();
        Prepare("DELETE FROM moved WHERE series = ?1").Bind(1, series).Run();
        Prepare("DELETE FROM series WHERE key = ?1").Bind(1, series).Run();
        _rows.Forget(series);
    }

    private KnownEntity? Find(string tenant, string id)
    {
        if (_entities.TryFind((tenant, id), out var known)) return known;
        var key = Prepare("SELECT key FROM entity WHERE tenant = ?1 AND id = ?2").Bind(1, Name(tenant)).Bind(2, id).First(r => r.Long(0));
        return key > 0 ? _entities.Keep((tenant, id), new(key)) : null;
    }

    private List<long> SeriesOf(long entity) =>
        Prepare("SELECT key FROM series WHERE entity = ?1").Bind(1, entity).All(r => r.Long(0));

    private List<long> SeriesOf(long entity, string name) =>
        Prepare("SELECT key FROM series WHERE entity = ?1 AND name = ?2").Bind(1, entity).Bind(2, Name(name)).All(r => r.Long(0));

    /// <summary>0 where it is not there.</summary>
    private long SeriesOf(KnownEntity entity, string name, string? datasetId, bool mayMake)
    {
        if (entity.Find(name, datasetId) is > 0 and var known) return known;
        var dataset = datasetId is null ? 0 : Name(datasetId);
        var key = entity.IsWhole ? 0 : Prepare("SELECT key FROM series WHERE entity = ?1 AND name = ?2 AND dataset = ?3").Bind(1, entity.Key).Bind(2, Name(name)).Bind(3, dataset)
            .First(r => r.Long(0));
        if (key == 0)
        {
            if (!mayMake) return 0;
            Prepare("INSERT INTO series (entity, name, dataset) VALUES (?1, ?2, ?3)").Bind(1, entity.Key).Bind(2, Name(name)).Bind(3, dataset).Run();
            key = LastId;
            _rows.Keep(key, 0);
        }
        return entity.Keep(name, datasetId, key);
    }

    private long Name(string text)
    {
        if (_names.TryGetValue(text, out var known)) return known;
        Prepare("INSERT INTO name (text) VALUES (?1)").Bind(1, text).Run();
        return _names[text] = LastId;
    }

    /// <summary>An entity in the tables, as far as it was looked up.</summary>
    private sealed class KnownEntity(long key)
    {
        private const int Few = 16;

        public long Key => key;

        /// <summary>Those lately told; null where none were.</summary>
        public IReadOnlyList<string>? Types { get; set; }

        /// <summary>Whether all its series are here: it was made since it was looked up.</summary>
        public bool IsWhole { get; init; }

        /// <summary>Series, in the smallest form for the few most entities have, and in one to look up in for more.</summary>
        private (string Name, string? DatasetId, long Key)[] _few = [];
        private Dictionary<(string Name, string? DatasetId), long>? _many;

        /// <summary>The key of a series; 0 where it is not known.</summary>
        public long Find(string name, string? datasetId)
        {
            if (_many is not null) return _many.GetValueOrDefault((name, datasetId));
            foreach (var series in _few)
                if (series.Name == name && series.DatasetId == datasetId) return series.Key;
            return 0;
        }

        public long Keep(string name, string? datasetId, long series)
        {
            if (_few.Length < Few) _few = [.. _few, (name, datasetId, series)];
            else (_many ??= _few.ToDictionary(s => (s.Name, s.DatasetId), s => s.Key))[(name, datasetId)] = series;
            return series;
        }
    }
}
