using System.Buffers;
using System.Runtime.InteropServices;
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
/// <remarks>
/// What a group adds is written at its end as it came, to few pages. When some groups are there they are spread over the rows of their entities, in the order of
/// these and portion by portion, so that a page is written once for many groups. When many points of an entity wait in its rows, or come at once, they go into the
/// chunks of their series and days, so that a chunk is rewritten once for many points. What changes or deletes points works on chunks alone.
/// </remarks>
internal sealed class HistoryWriter : TransactionWriter, IHistoryWriter
{
    /// <summary>Points in one transaction at most.</summary>
    private const int MostPoints = 200_000;

    private const int MostWaiting = 1_000;

    /// <summary>Changes in the rows of an entity, and points, for each of its series: so many are worth rewriting chunks, and not too many to be read one by one.</summary>
    private const int ChangesOfSeries = 32, PointsOfSeries = 512;

    /// <summary>Changes in the rows of an entity, and points, however many series it has.</summary>
    private const int MostInRows = 4_096, MostPointsInRows = 16_384;

    /// <summary>Bytes of a row to which more is added: longer ones would take pages of their own.</summary>
    private const int RowBytes = 1_500;

    /// <summary>So many groups are spread together, in so many portions of so many rows of their table at least.</summary>
    private const int MostGroups = 16, Portions = 8, PortionRows = 4 * MostGroups;

    /// <summary>Entities that are not looked up again.</summary>
    private const int MostRemembered = 100_000;

    private readonly TimeProvider _clock;
    private readonly Dictionary<string, long> _names = new(StringComparer.Ordinal);
    private readonly Remembered<(string Tenant, string Id), KnownEntity> _entities = new(MostRemembered);

    /// <summary>Entities with something to be written at the end of the group under way.</summary>
    private readonly Dictionary<(string Tenant, string Id), KnownEntity> _touched = [];

    /// <summary>When tenants changed in the group under way.</summary>
    private readonly Dictionary<string, long> _changed = new(StringComparer.Ordinal);

    private readonly ArrayBufferWriter<byte> _row = new(4096);
    private readonly GatheredRows _gathered;

    /// <summary>The last keys given: none is given twice.</summary>
    private long _lastEntity, _lastSeries, _lastGroup;

    /// <summary>The last of the groups that are being spread, 0 for none, and the portion in which they are.</summary>
    private long _spreading, _portion;

    private long _reached;

    public HistoryWriter(SqliteConnection connection, TimeProvider clock) : base(connection, "city-history-writer", MostPoints, MostWaiting)
    {
        _clock = clock;
        _gathered = new(Prepare);
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
        var key = (entry.Tenant, entry.Id);
        var at = EntityCodec.Microseconds(entry.At);
        var known = Find(key);
        var isThere = known is not null;
        if (known is null)
        {
            if (!mayMake) return false;
            // Most are made and not changed for a while: they are remembered when they are.
            known = new(++_lastEntity, new([])) { Created = EntityCodec.Microseconds(entry.CreatedAt ?? entry.At) };
        }
        _touched.TryAdd(key, known);
        known.Modified = Math.Max(known.Modified, at);
        var deleted = entry.DeletedAt is { } time ? EntityCodec.Microseconds(time) : (long?)null;
        known.IsChanged |= known.Deleted != deleted;
        known.Deleted = deleted;
        foreach (var type in entry.Types)
        {
            var name = Name(type);
            if (known.Series.Types.Contains(name)) continue;
            known.Series.Types.Add(name);
            known.NewTypes = [.. known.NewTypes, name];
            known.IsChanged = true;
        }
        _changed[entry.Tenant] = Math.Max(at, _changed.GetValueOrDefault(entry.Tenant));
        foreach (var (name, dataset, point) in entry.Points)
        {
            var (nameId, datasetId) = (Name(name), dataset is null ? 0 : Name(dataset));
            var series = known.Series.Find(nameId, datasetId);
            if (series == 0)
            {
                known.Series.Add(nameId, datasetId, series = ++_lastSeries);
                known.IsChanged = true;
            }
            (known.Points ??= new(entry.Points.Count)).Add((series, point));
        }
        return isThere;
    }

    /// <summary>Notes that the changes up to a sequence are in the history.</summary>
    public void Advance(long sequence) => Prepare("UPDATE progress SET sequence = max(sequence, ?1)").Bind(1, sequence).Run();

    /// <summary>Puts back an entity with its series, under the keys they had. Points come later.</summary>
    public bool Restore(string tenant, HistoryEntity entity, IReadOnlyList<HistorySeries> series)
    {
        List<long> types = [.. entity.Types.Select(Name)];
        var kept = new EntitySeries(types);
        foreach (var one in series) kept.Add(Name(one.Name), one.DatasetId is null ? 0 : Name(one.DatasetId), one.Key);
        _touched[(tenant, entity.Id)] = new(entity.Key, kept)
        {
            Created = EntityCodec.Microseconds(entity.CreatedAt),
            Modified = EntityCodec.Microseconds(entity.ModifiedAt),
            Deleted = entity.DeletedAt is { } deleted ? EntityCodec.Microseconds(deleted) : null,
            NewTypes = [.. types],
        };
        (_lastEntity, _lastSeries) = (Math.Max(_lastEntity, entity.Key), series.Select(s => s.Key).Append(_lastSeries).Max());
        return true;
    }

    /// <summary>Puts back points of a series that was put back.</summary>
    public bool Restore(long series, IReadOnlyList<HistoryPoint> points)
    {
        foreach (var point in points)
            if (HistoryStore.IsMoved(series, point))
                Prepare("INSERT OR IGNORE INTO moved (instance, series, time) VALUES (?1, ?2, ?3)").Bind(1, point.Instance!).Bind(2, series).Bind(3, point.Time).Run();
        Merge(series, [.. points]);
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
        if (Find((tenant, id)) is not { } entity) return false;
        _gathered.Take(entity.Key);
        Prepare("DELETE FROM recent WHERE entity = ?1").Bind(1, entity.Key).Run();
        foreach (var series in entity.Series.Keys) DeleteSeries(series);
        foreach (var type in entity.Series.Types) Prepare("DELETE FROM entity_type WHERE tenant = ?1 AND type = ?2 AND entity = ?3").Bind(1, Name(tenant)).Bind(2, type).Bind(3, entity.Key).Run();
        Prepare("DELETE FROM entity WHERE key = ?1").Bind(1, entity.Key).Run();
        _entities.Forget((tenant, id));
        return true;
    }

    public bool DeleteAttribute(string tenant, string id, string name, string? datasetId, bool isAll)
    {
        var (entity, found) = FindFolded(tenant, id, name, datasetId, isAll);
        if (found.Count == 0) return false;
        foreach (var series in found) DeleteSeries(series);
        entity!.Series.Remove(found);
        Prepare("UPDATE entity SET series = ?2 WHERE key = ?1").Bind(1, entity.Key).Bind(2, entity.Series.ToBytes()).Run();
        return true;
    }

    public bool EndAttribute(string tenant, string id, string name, string? datasetId, bool isAll, DateTimeOffset at)
    {
        var (_, found) = FindFolded(tenant, id, name, datasetId, isAll);
        foreach (var series in found)
        {
            if (LastOf(series) is not { } last || last.Shape.IsDeleted) return false;
            Merge(series, [HistoryPoint.Deletion(last.ToInstance(name, null, ""), at)]);
        }
        return found.Count > 0;
    }

    public bool ChangeInstance(string tenant, string id, string name, string instance, Func<HistoryPoint, HistoryPoint?> change)
    {
        foreach (var series in FindFolded(tenant, id, name, null, isAll: true).Series)
        {
            if (TimeOf(series, instance) is not { } time) continue;
            var chunk = ReadDay(series, time).ToList();
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

    /// <summary>Some entities after another in tenants with lifetimes, each with its own: of several types of an entity the longest counts.</summary>
    public List<(long Key, string Tenant, string Id, Lifetime Lifetime)> Mortal(long after, int most)
    {
        var lifetimes = Prepare("SELECT tenant, type, days, detail, period FROM lifetime")
            .All(r => (Of: (r.Long(0), r.Long(1)), Lifetime: Lifetime.Of(r.Long(2), r.Long(3), r.Long(4)))).ToDictionary(l => l.Of, l => l.Lifetime);
        return Prepare("""
            SELECT e.key, n.text, e.id, e.tenant, e.series FROM entity e JOIN name n ON n.id = e.tenant
            WHERE e.key > ?1 AND e.tenant IN (SELECT tenant FROM lifetime) ORDER BY e.key LIMIT ?2
            """).Bind(1, after).Bind(2, most).All(r => (r.Long(0), r.Text(1), r.Text(2), LongestOf(r.Long(3), EntitySeries.Read(r.Blob(4)).Types)));

        Lifetime LongestOf(long tenant, List<long> types)
        {
            var all = types.DefaultIfEmpty().Select(t => lifetimes.TryGetValue((tenant, t), out var own) || lifetimes.TryGetValue((tenant, 0), out own) ? own : new Lifetime(null)).ToList();
            return new(Longest(all.ConvertAll(l => l.Days)), Longest(all.ConvertAll(l => l.DetailDays)), all.Min(l => l.PeriodSeconds));
        }

        static int? Longest(List<int?> days) => days.Contains(null) ? null : days.Max();
    }

    /// <summary>Deletes the days of an entity that have outlived their time, and rolls up those whose details have.</summary>
    public bool Age(string tenant, string id, Lifetime lifetime)
    {
        Flush();
        if (Find((tenant, id)) is not { } entity) return false;
        var today = HistorySchema.DayOf(EntityCodec.Microseconds(_clock.GetUtcNow()));
        var (first, detailed) = (today - lifetime.Days, today - lifetime.DetailDays);
        var oldest = _gathered.Of(entity.Key).Select(r => r.First).Append(Prepare("SELECT min(first) FROM recent WHERE entity = ?1").Bind(1, entity.Key).First(r => r.IsNull(0) ? long.MaxValue : r.Long(0))).Min();
        if (oldest < first * HistorySchema.Day || oldest < detailed * HistorySchema.Day) Fold(entity.Key, _gathered.Take(entity.Key), []);
        foreach (var series in entity.Series.Keys)
        {
            if (first is { } day) Prepare("DELETE FROM chunk WHERE key >= ?1 AND key < ?2").Bind(1, HistorySchema.KeyOf(series, long.MinValue)).Bind(2, HistorySchema.KeyOf(series, day * HistorySchema.Day)).Run();
            if (detailed is { } before) RollUp(series, before, lifetime.PeriodSeconds);
        }
        return true;
    }

    /// <summary>Puts the numbers of days before another in place by their means over periods, each at the beginning of its period; all else stays.</summary>
    private void RollUp(long series, long day, int periodSeconds)
    {
        var from = Prepare("SELECT day FROM rolled WHERE series = ?1").Bind(1, series).First(r => (long?)r.Long(0)) ?? -HistorySchema.Forever;
        if (from >= day) return;
        var chunks = Prepare("SELECT key, body FROM chunk WHERE key >= ?1 AND key < ?2").Bind(1, HistorySchema.KeyOf(series, from * HistorySchema.Day)).Bind(2, HistorySchema.KeyOf(series, day * HistorySchema.Day))
            .All(r => (r.Long(0), r.Bytes(1)));
        foreach (var (key, body) in chunks)
            if (Means(body, periodSeconds) is { } means) Prepare("INSERT OR REPLACE INTO chunk (key, body) VALUES (?1, ?2)").Bind(1, key).Bind(2, means).Run();
        Prepare("INSERT OR REPLACE INTO rolled (series, day) VALUES (?1, ?2)").Bind(1, series).Bind(2, day).Run();
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
        return means.Count == points.Length ? null : Chunk.Write(CollectionsMarshal.AsSpan(Sorted(means)));

        static bool IsNumber(HistoryPoint point) => point.Shape is { Form: PointForm.Number, IsObserved: true };
    }

    protected override void Complete()
    {
        Flush();
        Spread();
        Prepare("UPDATE progress SET entities = ?1, series = ?2").Bind(1, _lastEntity).Bind(2, _lastSeries).Run();
        _reached = ReadProgress();
    }

    protected override void Committed() => Progress = _reached;

    protected override void RolledBack()
    {
        _touched.Clear();
        _changed.Clear();
        Load();
    }

    private long ReadProgress() => Prepare("SELECT sequence FROM progress").First(r => r.Long(0));

    private void Load()
    {
        _names.Clear();
        _entities.Clear();
        _gathered.Forget();
        (_lastGroup, _spreading) = (_gathered.Groups.Last, 0);
        (_lastEntity, _lastSeries) = Prepare("SELECT entities, series FROM progress").First(r => (r.Long(0), r.Long(1)));
        foreach (var (id, text) in Prepare("SELECT id, text FROM name").All(r => (r.Long(0), r.Text(1)))) _names[text] = id;
    }

    /// <summary>Writes what was added, as a group of its own.</summary>
    private void Flush()
    {
        if (_touched.Count > 0) _gathered.Begin(++_lastGroup);
        foreach (var ((tenant, id), entity) in _touched.OrderBy(t => t.Value.Key)) Save(Name(tenant), id, entity);
        _gathered.End();
        foreach (var (tenant, at) in _changed) Prepare("INSERT INTO changed (tenant, at) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)").Bind(1, Name(tenant)).Bind(2, at).Run();
        _touched.Clear();
        _changed.Clear();
    }

    private void Save(long tenant, string id, KnownEntity entity)
    {
        var isNew = entity.Created is not null;
        var isMuch = entity.Points?.Count > Math.Min(entity.Series.Count * PointsOfSeries, MostPointsInRows);
        if (isNew)
            Prepare("INSERT INTO entity (key, tenant, id, created, modified, deleted, series) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                .Bind(1, entity.Key).Bind(2, tenant).Bind(3, id).Bind(4, entity.Created).Bind(5, entity.Modified).Bind(6, entity.Deleted).Bind(7, entity.Series.ToBytes()).Run();
        // Otherwise what waits tells when it was modified.
        else if (entity.IsChanged || entity.Points is null || isMuch)
            Prepare("UPDATE entity SET modified = max(modified, ?2), deleted = ?3, series = ?4 WHERE key = ?1").Bind(1, entity.Key).Bind(2, entity.Modified).Bind(3, entity.Deleted).Bind(4, entity.Series.ToBytes()).Run();
        foreach (var type in entity.NewTypes) Prepare("INSERT OR IGNORE INTO entity_type (tenant, type, entity) VALUES (?1, ?2, ?3)").Bind(1, tenant).Bind(2, type).Bind(3, entity.Key).Run();
        if (isMuch) Fold(entity.Key, _gathered.Take(entity.Key), entity.Points!);
        else if (entity.Points is { } points)
        {
            _row.ResetWrittenCount();
            RecentRow.Write(_row, points);
            GatheredRow row = new(entity.Key, entity.Modified, points.Min(p => p.Point.Time), points.Count, _row.WrittenMemory);
            // The first row of new ones comes at the end of the table, where they lie side by side anyway.
            if (isNew) AddRow(row, number: 1);
            else _gathered.Add(row);
        }
        entity.Settle();
    }

    private void AddRow(in GatheredRow row, long number) =>
        Prepare("INSERT INTO recent (entity, number, at, first, points, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
            .Bind(1, row.Entity).Bind(2, number).Bind(3, row.At).Bind(4, row.First).Bind(5, row.Points).Bind(6, row.Body.Span).Run();

    /// <summary>Spreads a portion of the groups over the rows of their entities, where there are enough of them.</summary>
    private void Spread()
    {
        var (first, last) = _gathered.Groups;
        // Before the numbers of groups end, all of it.
        if (last >= GatheredRows.MostGroups) (_spreading, _portion) = (last, int.MaxValue);
        else if (_spreading == 0 && last - first >= MostGroups) (_spreading, _portion) = (last, Math.Max(_gathered.CountTo(last) / Portions, PortionRows));
        if (_spreading == 0) return;
        var rows = CollectionsMarshal.AsSpan(_gathered.TakeFirst(_spreading, _portion));
        for (var from = 0; from < rows.Length;)
        {
            var to = from + 1;
            while (to < rows.Length && rows[to].Entity == rows[from].Entity) to++;
            Spread(rows[from].Entity, rows[from..to].ToArray());
            from = to;
        }
        first = _gathered.Groups.First;
        if (first == 0) _lastGroup = 0;
        if (first == 0 || first > _spreading) _spreading = 0;
    }

    private void Spread(long entity, GatheredRow[] rows)
    {
        var (changes, points) = Prepare("SELECT coalesce(max(number), 0), coalesce(sum(points), 0) FROM recent WHERE entity = ?1").Bind(1, entity).First(r => (r.Long(0), r.Long(1)));
        if (!MayWait(entity, changes + rows.Length, points + rows.Sum(r => r.Points)))
        {
            Fold(entity, rows, []);
            return;
        }
        for (var from = 0; from < rows.Length;)
        {
            _row.ResetWrittenCount();
            var to = from;
            while (to < rows.Length && (to == from || _row.WrittenCount + rows[to].Body.Length <= RowBytes)) _row.Write(rows[to++].Body.Span);
            var some = rows[from..to];
            AddRow(new(entity, some.Max(r => r.At), some.Min(r => r.First), some.Sum(r => r.Points), _row.WrittenMemory), changes += some.Length);
            from = to;
        }
    }

    private bool MayWait(long entity, long changes, long points)
    {
        if (changes <= 2 * ChangesOfSeries && points <= PointsOfSeries) return true;
        var series = Prepare("SELECT series FROM entity WHERE key = ?1").Bind(1, entity).First(r => EntitySeries.Read(r.Blob(0)).Count);
        return changes <= Math.Min(Math.Max(2, series) * ChangesOfSeries, MostInRows) && points <= Math.Min(series * PointsOfSeries, MostPointsInRows);
    }

    /// <summary>Takes the rows of an entity, what was gathered after them, and more points after these, into the chunks of its series.</summary>
    private void Fold(long entity, IReadOnlyList<GatheredRow> gathered, List<(long Series, HistoryPoint Point)> more)
    {
        var rows = Prepare("SELECT at, body FROM recent WHERE entity = ?1 ORDER BY number").Bind(1, entity).All(r => (At: r.Long(0), Body: (ReadOnlyMemory<byte>)r.Bytes(1)));
        if (rows.Count > 0) Prepare("DELETE FROM recent WHERE entity = ?1").Bind(1, entity).Run();
        rows.AddRange(gathered.Select(g => (g.At, g.Body)));
        if (rows.Count + more.Count == 0) return;
        Dictionary<long, List<HistoryPoint>> points = [];
        List<HistoryPoint> Of(long series) => CollectionsMarshal.GetValueRefOrAddDefault(points, series, out _) ??= [];
        foreach (var (series, some) in rows.SelectMany(r => RecentRow.Read(r.Body))) Of(series).AddRange(Chunk.Read(some));
        foreach (var (series, point) in more) Of(series).Add(point);
        if (rows.Count > 0) Prepare("UPDATE entity SET modified = max(modified, ?2) WHERE key = ?1").Bind(1, entity).Bind(2, rows.Max(r => r.At)).Run();
        foreach (var (series, some) in points) Merge(series, some);
    }

    /// <summary>Adds points to the chunks of a series; of two with the same time the later one stays.</summary>
    private void Merge(long series, List<HistoryPoint> points)
    {
        var sorted = Sorted(points);
        for (var from = 0; from < sorted.Count;)
        {
            var day = HistorySchema.DayOf(sorted[from].Time);
            var to = from + 1;
            while (to < sorted.Count && HistorySchema.DayOf(sorted[to].Time) == day) to++;
            WriteDay(series, sorted[from].Time, Merged(ReadDay(series, sorted[from].Time), sorted, from, to));
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
    internal static List<HistoryPoint> Merged(HistoryPoint[] there, List<HistoryPoint> sorted, int from, int to)
    {
        List<HistoryPoint> merged = new(there.Length + to - from);
        // Mostly what comes is later than all that is there.
        var at = Array.FindIndex(there, p => p.Time >= sorted[from].Time) is >= 0 and var found ? found : there.Length;
        merged.AddRange(there.AsSpan(0, at));
        for (var i = from; i < to; i++)
        {
            while (at < there.Length && there[at].Time < sorted[i].Time) merged.Add(there[at++]);
            if (at < there.Length && there[at].Time == sorted[i].Time) at++;
            merged.Add(sorted[i]);
        }
        merged.AddRange(there.AsSpan(at));
        return merged;
    }

    /// <summary>The points of the chunk in which a time lies.</summary>
    private HistoryPoint[] ReadDay(long series, long time) => Prepare("SELECT body FROM chunk WHERE key = ?1").Bind(1, HistorySchema.KeyOf(series, time)).First(r => Chunk.Read(r.Bytes(0))) ?? [];

    /// <summary>Keeps points as the chunk of their day.</summary>
    private void WriteDay(long series, long time, List<HistoryPoint> points)
    {
        var key = HistorySchema.KeyOf(series, time);
        if (points.Count == 0) Prepare("DELETE FROM chunk WHERE key = ?1").Bind(1, key).Run();
        else Prepare("INSERT OR REPLACE INTO chunk (key, body) VALUES (?1, ?2)").Bind(1, key).Bind(2, Chunk.Fill(CollectionsMarshal.AsSpan(points))).Run();
    }

    private HistoryPoint? LastOf(long series) =>
        Prepare("SELECT body FROM chunk WHERE key >= ?1 AND key <= ?2 ORDER BY key DESC LIMIT 1").Bind(1, HistorySchema.KeyOf(series, long.MinValue)).Bind(2, HistorySchema.KeyOf(series, long.MaxValue))
            .First(r => (HistoryPoint?)Chunk.Read(r.Bytes(0))[^1]);

    private long? TimeOf(long series, string instance)
    {
        // A point that was moved in time keeps its id.
        var found = Prepare("SELECT time FROM moved WHERE instance = ?1 AND series = ?2").Bind(1, instance).Bind(2, series).First(r => (long?)r.Long(0));
        return found ?? (HistoryStore.TryInstance(instance, out var told, out var time) && told == series ? time : null);
    }

    private void DeleteSeries(long series)
    {
        Prepare("DELETE FROM chunk WHERE key >= ?1 AND key <= ?2").Bind(1, HistorySchema.KeyOf(series, long.MinValue)).Bind(2, HistorySchema.KeyOf(series, long.MaxValue)).Run();
        Prepare("DELETE FROM moved WHERE series = ?1").Bind(1, series).Run();
        Prepare("DELETE FROM rolled WHERE series = ?1").Bind(1, series).Run();
    }

    private KnownEntity? Find((string Tenant, string Id) key)
    {
        if (_entities.TryFind(key, out var known) || _touched.TryGetValue(key, out known)) return known;
        known = Prepare("SELECT key, deleted, series FROM entity WHERE tenant = ?1 AND id = ?2").Bind(1, Name(key.Tenant)).Bind(2, key.Id)
            .First(r => new KnownEntity(r.Long(0), EntitySeries.Read(r.Blob(2))) { Deleted = r.IsNull(1) ? null : r.Long(1) });
        return known is null ? null : _entities.Keep(key, known);
    }

    /// <summary>Series of an attribute with all their points in chunks: of one instance, or of all.</summary>
    private (KnownEntity? Entity, List<long> Series) FindFolded(string tenant, string id, string name, string? datasetId, bool isAll)
    {
        Flush();
        if (Find((tenant, id)) is not { } entity) return (null, []);
        var found = isAll ? entity.Series.Find(Name(name)) : entity.Series.Find(Name(name), datasetId is null ? 0 : Name(datasetId)) is > 0 and var one ? [one] : [];
        if (found.Count > 0) Fold(entity.Key, _gathered.Take(entity.Key), []);
        return (entity, found);
    }

    private long Name(string text)
    {
        if (_names.TryGetValue(text, out var known)) return known;
        Prepare("INSERT INTO name (text) VALUES (?1)").Bind(1, text).Run();
        return _names[text] = LastId;
    }

    /// <summary>An entity in the tables, and what the group under way adds to it.</summary>
    private sealed class KnownEntity(long key, EntitySeries series)
    {
        public long Key => key;

        public EntitySeries Series => series;

        /// <summary>When it was deleted; null where it was not.</summary>
        public long? Deleted { get; set; }

        /// <summary>When it was created; null where it is in the tables.</summary>
        public long? Created { get; set; }

        public long Modified { get; set; }

        /// <summary>Whether something other than its points changed.</summary>
        public bool IsChanged { get; set; }

        public IReadOnlyList<long> NewTypes { get; set; } = [];

        public List<(long Series, HistoryPoint Point)>? Points { get; set; }

        /// <summary>All is in the tables.</summary>
        public void Settle() => (Created, Modified, IsChanged, NewTypes, Points) = (null, 0, false, [], null);
    }
}
