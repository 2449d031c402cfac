using System.Runtime.InteropServices;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.History.Postgres;
using Michi.CityOs.Storage.Postgres;
using Npgsql;
using NpgsqlTypes;

namespace Michi.CityOs.Backups;

/// <summary>Puts contents back into the shared database, within a transaction that is under way: all of it is there with its commit, or nothing.</summary>
internal sealed class PostgresTarget
{
    /// <summary>Entities put back at once, points of the history, and what is small.</summary>
    private const int Portion = 1_000, ChunkPortion = 5_000, ManyRows = 10_000;

    private readonly NpgsqlConnection _connection;
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal), _tenants = new(StringComparer.Ordinal);

    /// <param name="connection">In a transaction; whose schemas are looked up in another order from here to its end.</param>
    public PostgresTarget(NpgsqlConnection connection)
    {
        _connection = connection;
        connection.Command($"SET LOCAL search_path = {PostgresSchema.Schema}").Run();
        // Who writes waits until the end, and then finds the keys that are taken.
        connection.Command("LOCK TABLE entity, document, change, history_entity IN EXCLUSIVE MODE").Run();
    }

    /// <summary>Whether the tables hold nothing anybody would miss.</summary>
    public bool IsEmpty() => _connection.Command("SELECT NOT (EXISTS (SELECT FROM entity) OR EXISTS (SELECT FROM document) OR EXISTS (SELECT FROM history_entity))").First(r => r.GetBoolean(0));

    public void Write(ICityContent content, IProgress<double> progress, CancellationToken cancel)
    {
        foreach (var leftover in (string[])["change", "change_reader", "document_change", "type_attribute", "history_lifetime", "history_changed"]) Command($"DELETE FROM {leftover}").Run();
        Command("UPDATE broker SET name = $1").With(content.Broker).Run();
        foreach (var (id, name) in Command("SELECT id, name FROM tenant").All(r => (r.GetInt32(0), r.GetString(1)))) _tenants[name] = id;
        foreach (var (id, iri) in Command("SELECT id, iri FROM name").All(r => (r.GetInt32(0), r.GetString(1)))) _names[iri] = id;
        Number(_tenants, content.Tenants, "INSERT INTO tenant (name) SELECT text FROM unnest($1) WITH ORDINALITY AS x (text, number) ORDER BY number RETURNING name, id");
        foreach (var some in content.Names().Chunk(ManyRows)) Learn(some);
        var shown = new Shares(progress, content.EntityCount);
        foreach (var some in content.Documents().Chunk(Portion))
            Command("INSERT INTO document (kind, tenant, id, body) SELECT kind, tenant, id, body FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS x (kind, tenant, id, body, number) ORDER BY number")
                .With(some.Column(d => (int)d.Kind)).With(some.Column(d => _tenants[d.Tenant])).With(some.Column(d => d.Id)).With(some.Column(d => d.Body)).Run();
        foreach (var some in content.Entities().Chunk(Portion))
        {
            cancel.ThrowIfCancellationRequested();
            Put(some);
            foreach (var _ in some) shown.Entity();
        }
        foreach (var some in content.Histories().Chunk(ManyRows))
        {
            cancel.ThrowIfCancellationRequested();
            Put(some);
            foreach (var history in some) shown.History(history.Series.Count);
        }
        Put(content.Points(), shown, cancel);
        foreach (var (tenant, type, lifetime) in content.Lifetimes())
            Command("INSERT INTO history_lifetime (tenant, type, days, detail, period) VALUES ($1, $2, $3, $4, $5)").With(_tenants[tenant]).With(type is null ? 0 : _names[type])
                .With(lifetime.Days ?? HistorySchema.Forever).With(lifetime.DetailDays ?? HistorySchema.Forever).With(lifetime.PeriodSeconds).Run();
        foreach (var (tenant, at) in content.ChangedAt()) Command("INSERT INTO history_changed (tenant, at) VALUES ($1, $2)").With(_tenants[tenant]).With(at).Run();
        // What is made from here on has keys and sequences of its own.
        GoOnAfter("entity_key", "SELECT max(key) FROM entity");
        GoOnAfter("history_entity_key_seq", "SELECT max(key) FROM history_entity");
        GoOnAfter("history_series_key_seq", "SELECT max(key) FROM history_series");
        GoOnAfter("change_sequence_seq", $"SELECT {content.LastChange}::bigint");
        Tell(content);
        progress.Report(1);
    }

    private void Put(KeptEntity[] some)
    {
        var entities = Array.ConvertAll(some, e => EntityCodec.Read(e.Body));
        Learn(entities.SelectMany(e => e.Types.Concat(e.Attributes.Select(a => a.Name))));
        using (var copy = _connection.BeginBinaryImport("COPY entity (tenant, id, key, body, expires) FROM STDIN BINARY"))
        {
            for (var i = 0; i < some.Length; i++)
            {
                copy.StartRow();
                copy.Write(_tenants[some[i].Tenant], NpgsqlDbType.Integer);
                copy.Write(some[i].Id, NpgsqlDbType.Text);
                copy.Write(some[i].Key, NpgsqlDbType.Bigint);
                copy.Write(some[i].Body, NpgsqlDbType.Bytea);
                Write(copy, Expiry.Next(entities[i]));
            }
            copy.Complete();
        }
        var index = new IndexChanges(n => _names[n], slot: 0);
        for (var i = 0; i < some.Length; i++) index.Add(_tenants[some[i].Tenant], some[i].Key, null, entities[i]);
        using var batch = new NpgsqlBatch(_connection);
        index.Write(batch);
        batch.ExecuteNonQuery();
    }

    private void Put(KeptHistory[] some)
    {
        Learn(some.SelectMany(h => h.Entity.Types.Concat(h.Series.SelectMany(s => s.DatasetId is { } dataset ? (string[])[s.Name, dataset] : [s.Name]))));
        using (var copy = _connection.BeginBinaryImport("COPY history_entity (key, tenant, id, created, modified, deleted) FROM STDIN BINARY"))
        {
            foreach (var (tenant, entity, _) in some)
            {
                copy.StartRow();
                copy.Write(entity.Key, NpgsqlDbType.Bigint);
                copy.Write(_tenants[tenant], NpgsqlDbType.Integer);
                copy.Write(entity.Id, NpgsqlDbType.Text);
                copy.Write(EntityCodec.Microseconds(entity.CreatedAt), NpgsqlDbType.Bigint);
                copy.Write(EntityCodec.Microseconds(entity.ModifiedAt), NpgsqlDbType.Bigint);
                Write(copy, entity.DeletedAt);
            }
            copy.Complete();
        }
        using (var copy = _connection.BeginBinaryImport("COPY history_type (tenant, type, entity) FROM STDIN BINARY"))
        {
            foreach (var (tenant, entity, _) in some)
                foreach (var type in entity.Types)
                {
                    copy.StartRow();
                    copy.Write(_tenants[tenant], NpgsqlDbType.Integer);
                    copy.Write(_names[type], NpgsqlDbType.Integer);
                    copy.Write(entity.Key, NpgsqlDbType.Bigint);
                }
            copy.Complete();
        }
        using (var copy = _connection.BeginBinaryImport("COPY history_series (key, entity, name, dataset) FROM STDIN BINARY"))
        {
            foreach (var (_, entity, all) in some)
                foreach (var series in all)
                {
                    copy.StartRow();
                    copy.Write(series.Key, NpgsqlDbType.Bigint);
                    copy.Write(entity.Key, NpgsqlDbType.Bigint);
                    copy.Write(_names[series.Name], NpgsqlDbType.Integer);
                    copy.Write(series.DatasetId is null ? 0 : _names[series.DatasetId], NpgsqlDbType.Integer);
                }
            copy.Complete();
        }
    }

    /// <summary>Points come a series after the other in the order of time, so that each day is one chunk.</summary>
    private void Put(IEnumerable<SeriesPoints> all, Shares shown, CancellationToken cancel)
    {
        List<(long Series, int Day, byte[] Body)> chunks = [];
        List<(string Instance, long Series, long Time)> moved = [];
        List<HistoryPoint> points = [];
        var (last, day) = (0L, 0);
        foreach (var (series, portion) in all)
        {
            if (series != last)
            {
                EndDay();
                shown.Series();
                last = series;
            }
            foreach (var point in portion)
            {
                if (PostgresHistoryReader.DayOf(point.Time) is var on && on != day) EndDay();
                day = on;
                points.Add(point);
                if (HistoryStore.IsMoved(series, point)) moved.Add((point.Instance!, series, point.Time));
            }
        }
        EndDay();
        Flush();

        void EndDay()
        {
            if (points.Count > 0) chunks.Add((last, day, Chunk.Write(CollectionsMarshal.AsSpan(points))));
            points.Clear();
            if (chunks.Count >= ChunkPortion) Flush();
        }

        void Flush()
        {
            cancel.ThrowIfCancellationRequested();
            using (var copy = _connection.BeginBinaryImport("COPY history_chunk (series, day, body) FROM STDIN BINARY"))
            {
                foreach (var (series, on, body) in chunks)
                {
                    copy.StartRow();
                    copy.Write(series, NpgsqlDbType.Bigint);
                    copy.Write(on, NpgsqlDbType.Integer);
                    copy.Write(body, NpgsqlDbType.Bytea);
                }
                copy.Complete();
            }
            if (moved.Count > 0)
                Command("INSERT INTO history_moved (instance, series, time) SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING").With(moved.Column(m => m.Instance)).With(moved.Column(m => m.Series)).With(moved.Column(m => m.Time)).Run();
            chunks.Clear();
            moved.Clear();
        }
    }

    /// <summary>Leaves in the log what the history does not have yet: whoever fills it goes on from there, and all others begin behind it.</summary>
    private void Tell(ICityContent content)
    {
        long? first = null;
        foreach (var some in content.Untold().Chunk(Portion))
        {
            first ??= some[0].Sequence;
            Command("INSERT INTO change (sequence, tenant, id, at, before, after) OVERRIDING SYSTEM VALUE SELECT * FROM unnest($1, $2, $3, $4, $5, $6)")
                .With(some.Column(c => c.Sequence)).With(some.Column(c => _tenants[c.Tenant])).With(some.Column(c => c.Id)).With(some.Column(c => EntityCodec.Microseconds(c.At)))
                .With(some.Column(c => c.Before)).With(some.Column(c => c.After)).Run();
        }
        Command("INSERT INTO change_reader (name, position) VALUES ('history', $1), ('subscriptions', $2)").With(first is { } at ? at - 1 : content.LastChange).With(content.LastChange).Run();
    }

    private void GoOnAfter(string sequence, string last) => Command($"SELECT setval('{sequence}', greatest(coalesce(({last}), 0), (SELECT last_value FROM {sequence})))").First(r => r.GetInt64(0));

    private void Learn(IEnumerable<string> names) => Number(_names, names, "INSERT INTO name (iri) SELECT text FROM unnest($1) WITH ORDINALITY AS x (text, number) ORDER BY number RETURNING iri, id");

    private void Number(Dictionary<string, int> known, IEnumerable<string> texts, string insert)
    {
        string[] fresh = [.. texts.Where(t => !known.ContainsKey(t)).Distinct()];
        if (fresh.Length == 0) return;
        foreach (var (text, id) in Command(insert).With(fresh).All(r => (r.GetString(0), r.GetInt32(1)))) known[text] = id;
    }

    private NpgsqlCommand Command(string sql) => _connection.Command(sql);

    private static void Write(NpgsqlBinaryImporter copy, DateTimeOffset? time)
    {
        if (time is { } at) copy.Write(EntityCodec.Microseconds(at), NpgsqlDbType.Bigint);
        else copy.WriteNull();
    }
}
