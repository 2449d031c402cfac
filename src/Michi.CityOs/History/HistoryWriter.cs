using System.Threading.Channels;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;
using Microsoft.Data.Sqlite;

namespace Michi.CityOs.History;

/// <summary>The one who writes to the history: takes what waits, does it in one transaction, and answers after its commit.</summary>
/// <remarks>One thread of its own. Points of a group are gathered by series and written at its end, so that a chunk is rewritten once for many points.</remarks>
internal sealed class HistoryWriter : IDisposable
{
    /// <summary>Points in one transaction at most.</summary>
    private const int MostPoints = 200_000;

    private const int MostWaiting = 1_000;

    /// <summary>Rows of a series before they are folded into its chunk.</summary>
    private const int MostRows = 64;

    /// <summary>Points at once that are worth rewriting a chunk of the current day.</summary>
    private const int ManyPoints = 16;

    private const int MostRemembered = 500_000;

    private readonly SqliteConnection _connection;
    private readonly TimeProvider _clock;
    private readonly Channel<Work> _waiting = Channel.CreateBounded<Work>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Thread _thread;
    private readonly Dictionary<string, Statement> _statements = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Tenant, string Id), long> _entities = [];
    private readonly Dictionary<(long Entity, string Name, string? DatasetId), long> _series = [];

    /// <summary>How many rows a series has.</summary>
    private readonly Dictionary<long, int> _rows = [];

    /// <summary>Points of the group under way by series.</summary>
    private readonly Dictionary<long, List<HistoryPoint>> _points = [];

    public HistoryWriter(SqliteConnection connection, TimeProvider clock)
    {
        (_connection, _clock) = (connection, clock);
        Load();
        var progress = Prepare("SELECT sequence FROM progress");
        progress.Step();
        Progress = progress.Long(0);
        progress.Reset();
        _thread = new Thread(Run) { IsBackground = true, Name = "city-history-writer" };
        _thread.Start();
    }

    /// <summary>Sequence of the last change that is in the history.</summary>
    public long Progress { get; private set; }

    /// <summary>Does something within a transaction of the writer; ends after the commit.</summary>
    /// <param name="run">May be called again where the transaction failed.</param>
    /// <param name="points">How many points it adds, to bound a transaction.</param>
    public async Task<T> RunAsync<T>(Func<HistoryWriter, T> run, int points, CancellationToken cancel)
    {
        var work = new Work<T>(run, points);
        await _waiting.Writer.WriteAsync(work, cancel);
        return await work.Done.Task;
    }

    public void Dispose()
    {
        _waiting.Writer.TryComplete();
        _thread.Join();
        foreach (var statement in _statements.Values) statement.Dispose();
        _connection.Dispose();
    }

    /// <summary>Adds to the history of an entity.</summary>
    /// <returns>Whether the entity was there.</returns>
    public bool Add(HistoryEntry entry, bool mayMake = true)
    {
        var entity = EntityOf(entry.Tenant, entry.Id);
        var isThere = entity > 0;
        if (!isThere && !mayMake) return false;
        var at = EntityCodec.Microseconds(entry.At);
        if (!isThere)
        {
            Prepare("INSERT INTO entity (tenant, id, created, modified) VALUES (?1, ?2, ?3, ?4)")
                .Bind(1, Name(entry.Tenant)).Bind(2, entry.Id).Bind(3, EntityCodec.Microseconds(entry.CreatedAt ?? entry.At)).Bind(4, at).Run();
            _entities[(entry.Tenant, entry.Id)] = entity = LastId();
        }
        else Prepare("UPDATE entity SET modified = max(modified, ?2), deleted = NULL WHERE key = ?1").Bind(1, entity).Bind(2, at).Run();
        if (entry.DeletedAt is { } deleted) Prepare("UPDATE entity SET deleted = ?2 WHERE key = ?1").Bind(1, entity).Bind(2, EntityCodec.Microseconds(deleted)).Run();
        foreach (var type in entry.Types)
        {
            Prepare("INSERT OR IGNORE INTO entity_type (tenant, type, entity) VALUES (?1, ?2, ?3)").Bind(1, Name(entry.Tenant)).Bind(2, Name(type)).Bind(3, entity).Run();
            Prepare("INSERT OR IGNORE INTO type_of (entity, type) VALUES (?1, ?2)").Bind(1, entity).Bind(2, Name(type)).Run();
        }
        foreach (var (name, dataset, point) in entry.Points)
        {
            var series = SeriesOf(entity, name, dataset, mayMake: true);
            if (!_points.TryGetValue(series, out var points)) _points[series] = points = [];
            points.Add(point);
        }
        return isThere;
    }

    /// <summary>Notes that the changes up to a sequence are in the history.</summary>
    public void Advance(long sequence) => Prepare("UPDATE progress SET sequence = max(sequence, ?1)").Bind(1, sequence).Run();

    /// <summary>Begins to count changes anew.</summary>
    public bool Restart(long sequence)
    {
        Prepare("UPDATE progress SET sequence = ?1").Bind(1, sequence).Run();
        return true;
    }

    /// <summary>Forgets an entity with all its points, clause 5.6.16.</summary>
    public bool DeleteEntity(string tenant, string id)
    {
        Flush();
        var entity = EntityOf(tenant, id);
        if (entity == 0) return false;
        foreach (var series in SeriesOf(entity)) DeleteSeries(series);
        Prepare("DELETE FROM entity_type WHERE tenant = ?1 AND entity = ?2 AND type IN (SELECT type FROM type_of WHERE entity = ?2)").Bind(1, Name(tenant)).Bind(2, entity).Run();
        Prepare("DELETE FROM type_of WHERE entity = ?1").Bind(1, entity).Run();
        Prepare("DELETE FROM entity WHERE key = ?1").Bind(1, entity).Run();
        _entities.Remove((tenant, id));
        _series.Clear();
        return true;
    }

    /// <summary>Forgets an instance of an attribute with a datasetId, or all of them, clause 5.6.13.</summary>
    public bool DeleteAttribute(string tenant, string id, string name, string? datasetId, bool isAll)
    {
        Flush();
        var entity = EntityOf(tenant, id);
        if (entity == 0) return false;
        var found = isAll ? SeriesOf(entity, name) : SeriesOf(entity, name, datasetId, mayMake: false) is > 0 and var one ? [one] : [];
        foreach (var series in found) DeleteSeries(series);
        _series.Clear();
        return found.Count > 0;
    }

    /// <summary>Notes that an attribute was deleted which only the history knows.</summary>
    public bool EndAttribute(string tenant, string id, string name, string? datasetId, bool isAll, DateTimeOffset at)
    {
        Flush();
        var entity = EntityOf(tenant, id);
        if (entity == 0) return false;
        var found = isAll ? SeriesOf(entity, name) : SeriesOf(entity, name, datasetId, mayMake: false) is > 0 and var one ? [one] : [];
        foreach (var series in found)
        {
            if (LastOf(series) is not { } last || last.Shape.IsDeleted) return false;
            Merge(series, [HistoryPoint.Deletion(last.ToInstance(name, null, ""), at)]);
        }
        return found.Count > 0;
    }

    /// <summary>Changes or, where null is given back, deletes one point, clauses 5.6.14 and 5.6.15.</summary>
    public bool ChangeInstance(string tenant, string id, string name, string instance, Func<HistoryPoint, HistoryPoint?> change)
    {
        Flush();
        var entity = EntityOf(tenant, id);
        if (entity == 0) return false;
        foreach (var series in SeriesOf(entity, name))
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

    /// <summary>Sets how long points of a type are kept.</summary>
    /// <param name="type">Expanded; null for all types of the tenant that have no lifetime of their own.</param>
    /// <param name="days">Null for ever.</param>
    public void SetLifetime(string tenant, string? type, int? days)
    {
        var (tenantName, typeName) = (Name(tenant), type is null ? 0 : Name(type));
        Prepare("DELETE FROM lifetime WHERE tenant = ?1 AND type = ?2").Bind(1, tenantName).Bind(2, typeName).Run();
        if (days is { } most) Prepare("INSERT INTO lifetime (tenant, type, days) VALUES (?1, ?2, ?3)").Bind(1, tenantName).Bind(2, typeName).Bind(3, most).Run();
    }

    /// <summary>Deletes whole days that have outlived their time, and folds rows of days gone by. Of several types of an entity the longest lifetime counts.</summary>
    public void Tidy()
    {
        Flush();
        var today = HistorySchema.DayOf(EntityCodec.Microseconds(_clock.GetUtcNow()));
        List<(long Entity, long Days)> due = [];
        var all = Prepare("""
            SELECT e.key, max(coalesce(own.days, whole.days, 1000000)) FROM entity e JOIN type_of t ON t.entity = e.key
            LEFT JOIN lifetime own ON own.tenant = e.tenant AND own.type = t.type LEFT JOIN lifetime whole ON whole.tenant = e.tenant AND whole.type = 0
            WHERE e.tenant IN (SELECT tenant FROM lifetime) GROUP BY e.key
            """);
        while (all.Step()) due.Add((all.Long(0), all.Long(1)));
        all.Reset();
        foreach (var (entity, days) in due)
        {
            if (days >= 1_000_000) continue;
            var first = (today - days) * HistorySchema.Day;
            foreach (var series in SeriesOf(entity))
            {
                Prepare("DELETE FROM chunk WHERE key >= ?1 AND key < ?2").Bind(1, HistorySchema.KeyOf(series, long.MinValue)).Bind(2, HistorySchema.KeyOf(series, first)).Run();
                Prepare("DELETE FROM recent WHERE series = ?1 AND time < ?2").Bind(1, series).Bind(2, first).Run();
            }
        }
        List<long> old = [];
        var rows = Prepare("SELECT DISTINCT series FROM recent WHERE time < ?1").Bind(1, today * HistorySchema.Day);
        while (rows.Step()) old.Add(rows.Long(0));
        rows.Reset();
        foreach (var series in old) Fold(series);
        LoadRows();
    }

    private void Run()
    {
        List<Work> group = [];
        while (_waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            group.Clear();
            var points = 0;
            while (points < MostPoints && _waiting.Reader.TryRead(out var work))
            {
                group.Add(work);
                points += work.Points;
            }
            RunGroup(group);
        }
    }

    private void RunGroup(List<Work> group)
    {
        try
        {
            Prepare("BEGIN IMMEDIATE").Run();
            foreach (var work in group) work.Run(this);
            Flush();
            var progress = Prepare("SELECT sequence FROM progress");
            progress.Step();
            var reached = progress.Long(0);
            progress.Reset();
            Prepare("COMMIT").Run();
            Progress = reached;
        }
        // Whatever it was, whoever waits must be told, and the next group must find no transaction open and nothing remembered that was not kept.
        catch (Exception fault)
        {
            try
            {
                Prepare("ROLLBACK").Run();
            }
            catch (SqliteException)
            {
                // The transaction had ended by itself.
            }
            _points.Clear();
            Load();
            if (group.Count == 1)
            {
                group[0].Fail(fault);
                return;
            }
            foreach (var work in group) RunGroup([work]);
            return;
        }
        foreach (var work in group) work.Confirm();
    }

    private void Load()
    {
        _names.Clear();
        _entities.Clear();
        _series.Clear();
        var names = Prepare("SELECT id, text FROM name");
        while (names.Step()) _names[names.Text(1)] = names.Long(0);
        names.Reset();
        LoadRows();
    }

    private void LoadRows()
    {
        _rows.Clear();
        var rows = Prepare("SELECT series, count(*) FROM recent GROUP BY series");
        while (rows.Step()) _rows[rows.Long(0)] = (int)rows.Long(1);
        rows.Reset();
    }

    /// <summary>Writes the points gathered.</summary>
    private void Flush()
    {
        foreach (var (series, points) in _points) Merge(series, points);
        _points.Clear();
        if (_entities.Count + _series.Count <= MostRemembered) return;
        _entities.Clear();
        _series.Clear();
    }

    /// <summary>Adds points to a series; of two with the same time the later one stays.</summary>
    private void Merge(long series, List<HistoryPoint> points)
    {
        var sorted = Sorted(points);
        var today = HistorySchema.DayOf(EntityCodec.Microseconds(_clock.GetUtcNow()));
        for (var from = 0; from < sorted.Count;)
        {
            var day = HistorySchema.DayOf(sorted[from].Time);
            var to = from + 1;
            while (to < sorted.Count && HistorySchema.DayOf(sorted[to].Time) == day) to++;
            var rows = _rows.GetValueOrDefault(series);
            if (day >= today && to - from < ManyPoints && rows + to - from <= MostRows)
            {
                for (var i = from; i < to; i++)
                    Prepare("INSERT OR REPLACE INTO recent (series, time, body) VALUES (?1, ?2, ?3)").Bind(1, series).Bind(2, sorted[i].Time).Bind(3, Chunk.Write([sorted[i]])).Run();
                _rows[series] = rows + to - from;
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
    private static List<HistoryPoint> Sorted(List<HistoryPoint> points)
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

    private static List<HistoryPoint> Merged(List<HistoryPoint> there, List<HistoryPoint> sorted, int from, int to)
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
        _rows.Remove(series);
    }

    /// <summary>All points of the day of a time.</summary>
    private List<HistoryPoint> ReadDay(long series, long time)
    {
        var find = Prepare("SELECT body FROM chunk WHERE key = ?1").Bind(1, HistorySchema.KeyOf(series, time));
        List<HistoryPoint> points = find.Step() ? [.. Chunk.Read(find.Bytes(0))] : [];
        find.Reset();
        if (_rows.GetValueOrDefault(series) == 0) return points;
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
        if (_rows.GetValueOrDefault(series) == 0) return;
        var start = HistorySchema.DayOf(time) * HistorySchema.Day;
        Prepare("DELETE FROM recent WHERE series = ?1 AND time >= ?2 AND time < ?3").Bind(1, series).Bind(2, start).Bind(3, start + HistorySchema.Day).Run();
        var left = Prepare("SELECT count(*) FROM recent WHERE series = ?1").Bind(1, series);
        left.Step();
        _rows[series] = (int)left.Long(0);
        left.Reset();
    }

    private List<HistoryPoint> Rows(long series, long from, long until)
    {
        List<HistoryPoint> points = [];
        var rows = Prepare("SELECT body FROM recent WHERE series = ?1 AND time >= ?2 AND time < ?3 ORDER BY time").Bind(1, series).Bind(2, from).Bind(3, until);
        while (rows.Step()) points.Add(Chunk.Read(rows.Bytes(0))[0]);
        rows.Reset();
        return points;
    }

    private HistoryPoint? LastOf(long series)
    {
        var chunk = Prepare("SELECT body FROM chunk WHERE key >= ?1 AND key <= ?2 ORDER BY key DESC LIMIT 1").Bind(1, HistorySchema.KeyOf(series, long.MinValue)).Bind(2, HistorySchema.KeyOf(series, long.MaxValue));
        HistoryPoint? last = chunk.Step() ? Chunk.Read(chunk.Bytes(0))[^1] : null;
        chunk.Reset();
        var row = Rows(series, last?.Time ?? long.MinValue, long.MaxValue);
        return row.Count > 0 ? row[^1] : last;
    }

    private long? TimeOf(long series, string instance)
    {
        // A point that was moved in time keeps its id.
        var moved = Prepare("SELECT time FROM moved WHERE instance = ?1 AND series = ?2").Bind(1, instance).Bind(2, series);
        long? found = moved.Step() ? moved.Long(0) : null;
        moved.Reset();
        return found ?? (HistoryStore.TryInstance(instance, out var told, out var time) && told == series ? time : null);
    }

    private void DeleteSeries(long series)
    {
        Prepare("DELETE FROM chunk WHERE key >= ?1 AND key <= ?2").Bind(1, HistorySchema.KeyOf(series, long.MinValue)).Bind(2, HistorySchema.KeyOf(series, long.MaxValue)).Run();
        Prepare("DELETE FROM recent WHERE series = ?1").Bind(1, series).Run();
        Prepare("DELETE FROM moved WHERE series = ?1").Bind(1, series).Run();
        Prepare("DELETE FROM series WHERE key = ?1").Bind(1, series).Run();
        _rows.Remove(series);
    }

    private long EntityOf(string tenant, string id)
    {
        if (_entities.TryGetValue((tenant, id), out var known)) return known;
        var find = Prepare("SELECT key FROM entity WHERE tenant = ?1 AND id = ?2").Bind(1, Name(tenant)).Bind(2, id);
        var key = find.Step() ? find.Long(0) : 0;
        find.Reset();
        if (key > 0) _entities[(tenant, id)] = key;
        return key;
    }

    private List<long> SeriesOf(long entity)
    {
        List<long> series = [];
        var all = Prepare("SELECT key FROM series WHERE entity = ?1").Bind(1, entity);
        while (all.Step()) series.Add(all.Long(0));
        all.Reset();
        return series;
    }

    private List<long> SeriesOf(long entity, string name)
    {
        List<long> series = [];
        var all = Prepare("SELECT key FROM series WHERE entity = ?1 AND name = ?2").Bind(1, entity).Bind(2, Name(name));
        while (all.Step()) series.Add(all.Long(0));
        all.Reset();
        return series;
    }

    /// <summary>0 where it is not there.</summary>
    private long SeriesOf(long entity, string name, string? datasetId, bool mayMake)
    {
        if (_series.TryGetValue((entity, name, datasetId), out var known)) return known;
        var dataset = datasetId is null ? 0 : Name(datasetId);
        var find = Prepare("SELECT key FROM series WHERE entity = ?1 AND name = ?2 AND dataset = ?3").Bind(1, entity).Bind(2, Name(name)).Bind(3, dataset);
        var key = find.Step() ? find.Long(0) : 0;
        find.Reset();
        if (key == 0)
        {
            if (!mayMake) return 0;
            Prepare("INSERT INTO series (entity, name, dataset) VALUES (?1, ?2, ?3)").Bind(1, entity).Bind(2, Name(name)).Bind(3, dataset).Run();
            key = LastId();
        }
        return _series[(entity, name, datasetId)] = key;
    }

    private long Name(string text)
    {
        if (_names.TryGetValue(text, out var known)) return known;
        Prepare("INSERT INTO name (text) VALUES (?1)").Bind(1, text).Run();
        return _names[text] = LastId();
    }

    private long LastId()
    {
        var last = Prepare("SELECT last_insert_rowid()");
        last.Step();
        var id = last.Long(0);
        last.Reset();
        return id;
    }

    private Statement Prepare(string sql)
    {
        if (_statements.TryGetValue(sql, out var statement)) return statement;
        return _statements[sql] = new Statement(_connection.Handle!, sql);
    }

    private abstract class Work(int points)
    {
        public int Points => points;

        public abstract void Run(HistoryWriter writer);

        public abstract void Confirm();

        public abstract void Fail(Exception fault);
    }

    private sealed class Work<T>(Func<HistoryWriter, T> run, int points) : Work(points)
    {
        private T? _result;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run(HistoryWriter writer) => _result = run(writer);

        public override void Confirm() => Done.SetResult(_result!);

        public override void Fail(Exception fault) => Done.TrySetException(fault);
    }
}
