using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Storage;
using Michi.CityOs.Storage.Postgres;
using Npgsql;

namespace Michi.CityOs.Backups;

/// <summary>What the shared database holds, in the snapshot of a transaction that is under way: exactly what every other table in it holds at that moment.</summary>
internal sealed class PostgresContent : ICityContent
{
    /// <summary>Rows fetched in one go: of entities and points, and of what is small.</summary>
    private const int Rows = 500, ManyRows = 5_000;

    private readonly NpgsqlConnection _connection;
    private int _cursors;

    private PostgresContent(NpgsqlConnection connection)
    {
        _connection = connection;
        connection.Command($"SET LOCAL search_path = {PostgresSchema.Schema}").Run();
        Broker = connection.Command("SELECT name FROM broker").First(r => r.GetString(0))!;
        // A sequence tells of transactions that came later too; nothing is amiss where the next number is a little greater.
        LastChange = connection.Command("SELECT greatest(coalesce((SELECT max(sequence) FROM change), 0), coalesce(pg_sequence_last_value(pg_get_serial_sequence('change', 'sequence')::regclass), 0))").First(r => r.GetInt64(0));
        EntityCount = connection.Command("SELECT coalesce(sum(entities), 0)::bigint FROM type_attribute WHERE type = 0 AND name = 0 AND kind = 0").First(r => r.GetInt64(0));
        Tenants = connection.Command("SELECT name FROM tenant WHERE name <> ''").All(r => r.GetString(0));
    }

    public string Broker { get; }

    public long LastChange { get; }

    public long EntityCount { get; }

    public IReadOnlyCollection<string> Tenants { get; }

    /// <summary>Null where the database holds nothing of the City OS.</summary>
    /// <param name="connection">In a transaction with one snapshot for all it reads; whose schemas are looked up in another order from here to its end.</param>
    /// <exception cref="InvalidDataException">The tables are those of another version.</exception>
    public static PostgresContent? Open(NpgsqlConnection connection)
    {
        if (connection.Command($"SELECT to_regclass('{PostgresSchema.Schema}.broker') IS NOT NULL").First(r => r.GetBoolean(0)) is false) return null;
        if (connection.Command($"SELECT version FROM {PostgresSchema.Schema}.broker").First(r => r.GetInt32(0)) is not PostgresSchema.Version and var version)
            throw new InvalidDataException($"The database was written by another version of Michi (tables {version}, here {PostgresSchema.Version}).");
        return new(connection);
    }

    public IEnumerable<string> Names() => Follow("SELECT iri FROM name ORDER BY id", ManyRows, r => r.GetString(0));

    public IEnumerable<KeptDocument> Documents() =>
        Follow("SELECT d.kind, t.name, d.id, d.body FROM document d JOIN tenant t ON t.id = d.tenant ORDER BY d.sequence", Rows, r => new KeptDocument((DocumentKind)r.GetInt32(0), r.GetString(1), r.GetString(2), r.Bytes(3)));

    public IEnumerable<KeptEntity> Entities() =>
        ByTenant((tenant, number) => Follow($"SELECT key, id, body FROM entity WHERE tenant = {number} ORDER BY key", Rows, r => new KeptEntity(r.GetInt64(0), tenant, r.GetString(1), r.Bytes(2))));

    public IEnumerable<KeptHistory> Histories()
    {
        foreach (var (tenant, number) in Numbers())
        {
            var entities = Follow($"SELECT key, id, created, modified, deleted FROM history_entity WHERE tenant = {number} ORDER BY key", ManyRows, r => new HistoryEntity(
                r.GetInt64(0), r.GetString(1), [], EntityCodec.Time(r.GetInt64(2)), EntityCodec.Time(r.GetInt64(3)), r.IsDBNull(4) ? null : EntityCodec.Time(r.GetInt64(4))));
            foreach (var some in entities.Chunk(ManyRows))
            {
                var keys = some.Column(e => e.Key);
                var types = _connection.Command("SELECT t.entity, n.iri FROM history_type t JOIN name n ON n.id = t.type WHERE t.entity = ANY($1) ORDER BY t.type").With(keys)
                    .All(r => (Entity: r.GetInt64(0), Type: r.GetString(1))).ToLookup(t => t.Entity, t => t.Type);
                var series = _connection.Command("SELECT s.entity, s.key, n.iri, d.iri FROM history_series s JOIN name n ON n.id = s.name LEFT JOIN name d ON d.id = s.dataset WHERE s.entity = ANY($1) ORDER BY s.key").With(keys)
                    .All(r => (Entity: r.GetInt64(0), Series: new HistorySeries(r.GetInt64(0), r.GetInt64(1), r.GetString(2), r.IsDBNull(3) ? null : r.GetString(3)))).ToLookup(s => s.Entity, s => s.Series);
                foreach (var entity in some) yield return new(tenant, entity with { Types = [.. types[entity.Key]] }, [.. series[entity.Key]]);
            }
        }
    }

    public IEnumerable<SeriesPoints> Points()
    {
        using var chunks = Follow("SELECT series, body FROM history_chunk ORDER BY series, day", Rows, r => (Series: r.GetInt64(0), Body: r.Bytes(1))).GetEnumerator();
        using var rows = Follow("SELECT series, body FROM history_recent ORDER BY series, time", ManyRows, r => (Series: r.GetInt64(0), Point: Chunk.Read(r.Bytes(1))[0])).GetEnumerator();
        var (hasChunk, hasRow) = (chunks.MoveNext(), rows.MoveNext());
        while (hasChunk || hasRow)
        {
            var series = Math.Min(hasChunk ? chunks.Current.Series : long.MaxValue, hasRow ? rows.Current.Series : long.MaxValue);
            List<HistoryPoint> recent = [];
            for (; hasRow && rows.Current.Series == series; hasRow = rows.MoveNext()) recent.Add(rows.Current.Point);
            foreach (var portion in SeriesPoints.Of(series, HistoryReader.Points(recent, ChunksOf(series), long.MinValue, long.MaxValue, isDescending: false))) yield return portion;
        }

        IEnumerable<byte[]> ChunksOf(long series)
        {
            for (; hasChunk && chunks.Current.Series == series; hasChunk = chunks.MoveNext()) yield return chunks.Current.Body;
        }
    }

    public IEnumerable<KeptLifetime> Lifetimes() =>
        _connection.Command("SELECT t.name, n.iri, l.days, l.detail, l.period FROM history_lifetime l JOIN tenant t ON t.id = l.tenant LEFT JOIN name n ON n.id = l.type")
            .All(r => new KeptLifetime(r.GetString(0), r.IsDBNull(1) ? null : r.GetString(1), Lifetime.Of(r.GetInt32(2), r.GetInt32(3), r.GetInt32(4))));

    public IEnumerable<(string Tenant, long At)> ChangedAt() =>
        _connection.Command("SELECT t.name, c.at FROM history_changed c JOIN tenant t ON t.id = c.tenant").All(r => (r.GetString(0), r.GetInt64(1)));

    public IEnumerable<LoggedChange> Untold() =>
        Follow("SELECT c.sequence, t.name, c.id, c.at, c.before, c.after FROM change c JOIN tenant t ON t.id = c.tenant WHERE c.sequence > (SELECT position FROM change_reader WHERE name = 'history') ORDER BY c.sequence", Rows, r =>
            new LoggedChange(r.GetInt64(0), 0, r.GetString(1), r.GetString(2), EntityCodec.Time(r.GetInt64(3)), r.BytesOrNull(4), r.BytesOrNull(5)));

    /// <summary>The connection is that of the caller.</summary>
    public void Dispose()
    {
    }

    private List<(string Tenant, int Number)> Numbers() => _connection.Command("SELECT name, id FROM tenant ORDER BY id").All(r => (r.GetString(0), r.GetInt32(1)));

    private IEnumerable<T> ByTenant<T>(Func<string, int, IEnumerable<T>> read) => Numbers().SelectMany(t => read(t.Tenant, t.Number));

    /// <summary>Follows rows by a cursor, portion by portion, so that other questions can come in between.</summary>
    private IEnumerable<T> Follow<T>(string sql, int most, Func<NpgsqlDataReader, T> read)
    {
        var cursor = $"backup_{++_cursors}";
        _connection.Command($"DECLARE {cursor} NO SCROLL CURSOR FOR {sql}").Run();
        while (true)
        {
            var rows = _connection.Command($"FETCH {most} FROM {cursor}").All(read);
            foreach (var row in rows) yield return row;
            if (rows.Count < most) break;
        }
        _connection.Command($"CLOSE {cursor}").Run();
    }
}
