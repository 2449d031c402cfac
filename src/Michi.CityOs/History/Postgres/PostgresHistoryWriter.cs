using System.Runtime.InteropServices;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage.Postgres;
using Npgsql;

namespace Michi.CityOs.History.Postgres;

/// <summary>Writes the history within one transaction. Points come as rows, which are folded into the chunk of their day when there are many.</summary>
/// <remarks>Whoever writes points of an entity locks it first, then its series by their keys; so a row is never folded while it is being replaced.</remarks>
internal sealed class PostgresHistoryWriter(NpgsqlConnection connection, PostgresNames names, TimeProvider clock) : IHistoryWriter
{
    /// <summary>Points at once that are worth rewriting a chunk.</summary>
    public const int ManyPoints = 16;

    public bool Add(HistoryEntry entry, bool mayMake = true)
    {
        var isThere = Lock(entry.Tenant, entry.Id) > 0;
        if (!isThere && !mayMake) return false;
        Fold([.. Add([entry]).Where(s => s.Value >= ManyPoints).Select(s => s.Key)]);
        return isThere;
    }

    /// <summary>Adds to the histories of entities, later entries after earlier ones.</summary>
    /// <returns>How many points each series was given.</returns>
    public Dictionary<long, int> Add(IReadOnlyList<HistoryEntry> entries)
    {
        names.Learn(entries.SelectMany(e => e.Types.Concat(e.Points.Select(p => p.Name)).Concat(e.Points.Select(p => p.DatasetId).OfType<string>())));
        var keys = PutEntities(entries);
        List<(long Entity, int Name, int Dataset, HistoryPoint Point)> points = [];
        List<(int Tenant, int Type, long Entity)> types = [];
        foreach (var entry in entries)
        {
            var tenant = Tenant(entry.Tenant);
            var entity = keys[(tenant, entry.Id)];
            foreach (var type in entry.Types) types.Add((tenant, names[type], entity));
            foreach (var (name, dataset, point) in entry.Points) points.Add((entity, names[name], dataset is null ? 0 : names[dataset], point));
        }
        var series = PutSeries(types.Distinct().ToList(), points.ConvertAll(p => (p.Entity, p.Name, p.Dataset)).Distinct().ToList());
        Dictionary<(long Series, long Time), byte[]> rows = [];
        foreach (var (entity, name, dataset, point) in points) rows[(series[(entity, name, dataset)], point.Time)] = Chunk.Write([point]);
        PutRows(rows);
        var tenants = entries.GroupBy(e => Tenant(e.Tenant)).OrderBy(t => t.Key).ToList();
        connection.Command("INSERT INTO history_changed AS c (tenant, at) SELECT * FROM unnest($1, $2) ON CONFLICT (tenant) DO UPDATE SET at = greatest(c.at, excluded.at)")
            .With(tenants.Column(t => t.Key)).With(tenants.Column(t => EntityCodec.Microseconds(t.Max(e => e.At)))).Run();
        return rows.Keys.GroupBy(r => r.Series).ToDictionary(s => s.Key, s => s.Count());
    }

    /// <summary>Adds what the log tells from one sequence to another, and notes that it was read so far.</summary>
    /// <returns>How many points each series was given; null where the log was read from there already.</returns>
    public Dictionary<long, int>? Follow(string reader, long from, long until, IReadOnlyList<HistoryEntry> entries)
    {
        if (connection.Command("UPDATE change_reader SET position = $3 WHERE name = $1 AND position = $2").With(reader).With(from).With(until).Run() == 0) return null;
        var added = Add(entries);
        connection.Command($"NOTIFY {PostgresSignals.History}").Run();
        return added;
    }

    /// <summary>Takes the rows of series into their chunks.</summary>
    public void Fold(IReadOnlyCollection<long> of)
    {
        if (of.Count == 0) return;
        var series = connection.Command("SELECT key FROM history_series WHERE key = ANY($1) ORDER BY key FOR UPDATE").With(of.ToArray()).All(r => r.GetInt64(0)).ToArray();
        var rows = connection.Command("SELECT series, time, body FROM history_recent WHERE series = ANY($1) ORDER BY series, time").With(series).All(r => (Series: r.GetInt64(0), Day: PostgresHistoryReader.DayOf(r.GetInt64(1)), Point: Chunk.Read(r.Bytes(2))[0]));
        var days = rows.GroupBy(r => (r.Series, r.Day)).ToDictionary(d => d.Key, d => d.Select(r => r.Point).ToList());
        if (days.Count == 0) return;
        var (keys, dates) = (days.Keys.Select(d => d.Series).ToArray(), days.Keys.Select(d => d.Day).ToArray());
        var there = connection.Command("SELECT c.series, c.day, c.body FROM unnest($1, $2) AS x (series, day) JOIN history_chunk c ON c.series = x.series AND c.day = x.day").With(keys).With(dates)
            .All(r => (Series: r.GetInt64(0), Day: r.GetInt32(1), Points: Chunk.Read(r.Bytes(2)))).ToDictionary(c => (c.Series, c.Day), c => c.Points);
        byte[][] bodies = [.. days.Select(d => Bytes(HistoryWriter.Merged(there.GetValueOrDefault(d.Key) ?? [], d.Value, 0, d.Value.Count)))];
        connection.Command("INSERT INTO history_chunk (series, day, body) SELECT * FROM unnest($1, $2, $3) ON CONFLICT (series, day) DO UPDATE SET body = excluded.body").With(keys).With(dates).With(bodies).Run();
        connection.Command("DELETE FROM history_recent WHERE series = ANY($1)").With(series).Run();
    }

    public bool DeleteEntity(string tenant, string id)
    {
        var entity = Lock(tenant, id);
        if (entity == 0) return false;
        DeleteSeries(SeriesOf(entity));
        connection.Command("DELETE FROM history_type WHERE entity = $1").With(entity).Run();
        connection.Command("DELETE FROM history_entity WHERE key = $1").With(entity).Run();
        return true;
    }

    public bool DeleteAttribute(string tenant, string id, string name, string? datasetId, bool isAll)
    {
        var found = SeriesOf(Lock(tenant, id), name, datasetId, isAll);
        DeleteSeries(found);
        return found.Count > 0;
    }

    public bool EndAttribute(string tenant, string id, string name, string? datasetId, bool isAll, DateTimeOffset at)
    {
        var found = SeriesOf(Lock(tenant, id), name, datasetId, isAll);
        foreach (var series in found)
        {
            var last = new PostgresHistoryReader(connection, names).Points(series, long.MinValue, long.MaxValue, isDescending: true).Select(p => (HistoryPoint?)p).FirstOrDefault();
            if (last is not { Shape.IsDeleted: false } there) return false;
            PutRow(series, HistoryPoint.Deletion(there.ToInstance(name, null, ""), at));
        }
        return found.Count > 0;
    }

    public bool ChangeInstance(string tenant, string id, string name, string instance, Func<HistoryPoint, HistoryPoint?> change)
    {
        foreach (var series in SeriesOf(Lock(tenant, id), name, null, isAll: true))
        {
            if (TimeOf(series, instance) is not { } time) continue;
            // With all of its points in chunks there is one place to look at.
            Fold([series]);
            var day = PostgresHistoryReader.DayOf(time);
            var points = connection.Command("SELECT body FROM history_chunk WHERE series = $1 AND day = $2").With(series).With(day).First(r => Chunk.Read(r.Bytes(0)).ToList()) ?? [];
            var at = points.FindIndex(p => p.Time == time && (p.Instance ?? HistoryStore.InstanceOf(series, p.Time)) == instance);
            if (at < 0) continue;
            var changed = change(points[at]);
            points.RemoveAt(at);
            if (points.Count == 0) connection.Command("DELETE FROM history_chunk WHERE series = $1 AND day = $2").With(series).With(day).Run();
            else PutChunk(series, day, Bytes(points));
            connection.Command("DELETE FROM history_moved WHERE instance = $1 AND series = $2").With(instance).With(series).Run();
            if (changed is not { } point) return true;
            if (HistoryStore.InstanceOf(series, point.Time) != instance)
            {
                point = point with { Instance = instance };
                connection.Command("INSERT INTO history_moved (instance, series, time) VALUES ($1, $2, $3)").With(instance).With(series).With(point.Time).Run();
            }
            PutRow(series, point);
            return true;
        }
        return false;
    }

    public bool SetLifetime(string tenant, string? type, Lifetime? lifetime)
    {
        if (type is not null) names.Learn([type]);
        var (tenantName, typeName) = (Tenant(tenant), type is null ? 0 : names[type]);
        connection.Command("DELETE FROM history_lifetime WHERE tenant = $1 AND type = $2").With(tenantName).With(typeName).Run();
        if (lifetime is { } kept)
            connection.Command("INSERT INTO history_lifetime (tenant, type, days, detail, period) VALUES ($1, $2, $3, $4, $5)").With(tenantName).With(typeName)
                .With(kept.Days ?? HistorySchema.Forever).With(kept.DetailDays ?? HistorySchema.Forever).With(kept.PeriodSeconds).Run();
        return true;
    }

    /// <summary>Deletes the days of an entity that have outlived their time, and rolls up those whose details have.</summary>
    public void Age(long entity, Lifetime lifetime)
    {
        var today = PostgresHistoryReader.DayOf(EntityCodec.Microseconds(clock.GetUtcNow()));
        foreach (var series in SeriesOf(entity))
        {
            Fold([series]);
            if (lifetime.Days is { } days and < HistorySchema.Forever) connection.Command("DELETE FROM history_chunk WHERE series = $1 AND day < $2").With(series).With(today - days).Run();
            if (lifetime.DetailDays is { } detail and < HistorySchema.Forever) RollUp(series, today - detail, lifetime.PeriodSeconds);
        }
    }

    private void RollUp(long series, int day, int periodSeconds)
    {
        var from = connection.Command("SELECT rolled FROM history_series WHERE key = $1").With(series).First(r => r.GetInt32(0));
        if (from >= day) return;
        foreach (var (at, body) in connection.Command("SELECT day, body FROM history_chunk WHERE series = $1 AND day >= $2 AND day < $3").With(series).With(from).With(day).All(r => (r.GetInt32(0), r.Bytes(1))))
            if (HistoryWriter.Means(body, periodSeconds) is { } means) PutChunk(series, at, means);
        connection.Command("UPDATE history_series SET rolled = $2 WHERE key = $1").With(series).With(day).Run();
    }

    /// <summary>Makes entities, or notes that something of them changed; locks them.</summary>
    private Dictionary<(int Tenant, string Id), long> PutEntities(IReadOnlyList<HistoryEntry> entries)
    {
        var entities = entries.GroupBy(e => (Tenant: Tenant(e.Tenant), e.Id)).OrderBy(e => e.Key.Tenant).ThenBy(e => e.Key.Id, StringComparer.Ordinal).ToList();
        return connection.Command("""
            INSERT INTO history_entity AS h (tenant, id, created, modified, deleted) SELECT * FROM unnest($1, $2, $3, $4, $5)
            ON CONFLICT (tenant, id) DO UPDATE SET modified = greatest(h.modified, excluded.modified), deleted = excluded.deleted RETURNING tenant, id, key
            """)
            .With(entities.Column(e => e.Key.Tenant)).With(entities.Column(e => e.Key.Id))
            .With(entities.Column(e => EntityCodec.Microseconds(e.First().CreatedAt ?? e.First().At))).With(entities.Column(e => EntityCodec.Microseconds(e.Max(x => x.At))))
            .With(entities.Column(e => e.Last().DeletedAt is { } deleted ? EntityCodec.Microseconds(deleted) : (long?)null))
            .All(r => (Tenant: r.GetInt32(0), Id: r.GetString(1), Key: r.GetInt64(2))).ToDictionary(e => (e.Tenant, e.Id), e => e.Key);
    }

    /// <summary>Makes series where they are not there, in the order of the attributes; locks them.</summary>
    private Dictionary<(long Entity, int Name, int Dataset), long> PutSeries(List<(int Tenant, int Type, long Entity)> types, List<(long Entity, int Name, int Dataset)> series)
    {
        using var batch = new NpgsqlBatch(connection);
        batch.Add("INSERT INTO history_type (tenant, type, entity) SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING")
            .With(types.Column(t => t.Tenant)).With(types.Column(t => t.Type)).With(types.Column(t => t.Entity));
        batch.Add("INSERT INTO history_series (entity, name, dataset) SELECT entity, name, dataset FROM unnest($1, $2, $3) WITH ORDINALITY AS x (entity, name, dataset, number) ORDER BY number ON CONFLICT DO NOTHING")
            .With(series.Column(s => s.Entity)).With(series.Column(s => s.Name)).With(series.Column(s => s.Dataset));
        batch.Add("SELECT s.entity, s.name, s.dataset, s.key FROM unnest($1, $2, $3) AS x (entity, name, dataset) JOIN history_series s ON s.entity = x.entity AND s.name = x.name AND s.dataset = x.dataset ORDER BY s.key FOR UPDATE OF s")
            .With(series.Column(s => s.Entity)).With(series.Column(s => s.Name)).With(series.Column(s => s.Dataset));
        using var rows = batch.ExecuteReader();
        Dictionary<(long, int, int), long> keys = [];
        while (rows.Read()) keys[(rows.GetInt64(0), rows.GetInt32(1), rows.GetInt32(2))] = rows.GetInt64(3);
        return keys;
    }

    private void PutRow(long series, HistoryPoint point) => PutRows(new() { [(series, point.Time)] = Chunk.Write([point]) });

    private void PutRows(Dictionary<(long Series, long Time), byte[]> rows)
    {
        if (rows.Count == 0) return;
        connection.Command("INSERT INTO history_recent (series, time, body) SELECT * FROM unnest($1, $2, $3) ON CONFLICT (series, time) DO UPDATE SET body = excluded.body")
            .With(rows.Keys.Column(r => r.Series)).With(rows.Keys.Column(r => r.Time)).With(rows.Values.Column(r => r)).Run();
    }

    private void PutChunk(long series, int day, byte[] body) => connection.Command("UPDATE history_chunk SET body = $3 WHERE series = $1 AND day = $2").With(series).With(day).With(body).Run();

    private void DeleteSeries(List<long> of)
    {
        var series = of.ToArray();
        connection.Command("DELETE FROM history_chunk WHERE series = ANY($1)").With(series).Run();
        connection.Command("DELETE FROM history_recent WHERE series = ANY($1)").With(series).Run();
        connection.Command("DELETE FROM history_moved WHERE series = ANY($1)").With(series).Run();
        connection.Command("DELETE FROM history_series WHERE key = ANY($1)").With(series).Run();
    }

    private long? TimeOf(long series, string instance)
    {
        // A point that was moved in time keeps its id.
        var found = connection.Command("SELECT time FROM history_moved WHERE instance = $1 AND series = $2").With(instance).With(series).First(r => (long?)r.GetInt64(0));
        return found ?? (HistoryStore.TryInstance(instance, out var told, out var time) && told == series ? time : null);
    }

    /// <summary>The key of an entity, which nobody else changes until the end of the transaction; 0 where it is not there.</summary>
    private long Lock(string tenant, string id) =>
        connection.Command("SELECT key FROM history_entity WHERE tenant = $1 AND id = $2 FOR UPDATE").With(Tenant(tenant)).With(id).First(r => r.GetInt64(0));

    private List<long> SeriesOf(long entity) => connection.Command("SELECT key FROM history_series WHERE entity = $1 ORDER BY key FOR UPDATE").With(entity).All(r => r.GetInt64(0));

    private List<long> SeriesOf(long entity, string name, string? datasetId, bool isAll) =>
        connection.Command("SELECT key FROM history_series WHERE entity = $1 AND name = $2 AND ($3 OR dataset = $4) ORDER BY key FOR UPDATE").With(entity).With(names.FindNameAsync(name, default).Wait()).With(isAll)
            .With(datasetId is null ? 0 : names.FindNameAsync(datasetId, default).Wait() is > 0 and var dataset ? dataset : -1).All(r => r.GetInt64(0));

    private int Tenant(string name) => names.TenantAsync(name, default).Wait();

    private static byte[] Bytes(List<HistoryPoint> points) => Chunk.Write(CollectionsMarshal.AsSpan(points));
}
