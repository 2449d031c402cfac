using Michi.CityOs.Entities;
using Michi.CityOs.Storage.Postgres;
using Npgsql;

namespace Michi.CityOs.History.Postgres;

/// <summary>Reads the history in the shared database, in one transaction of its own. Lists are fetched in portions, as several may be under way on the connection.</summary>
internal sealed class PostgresHistoryReader(NpgsqlConnection connection, PostgresNames names) : IHistoryReader
{
    /// <summary>Entities fetched in one go.</summary>
    private const int Portion = 200;

    /// <summary>Chunks fetched in one go.</summary>
    private const int Days = 16;

    private const string EntityColumns = "SELECT h.key, h.id, h.created, h.modified, h.deleted FROM history_entity h";

    private long[] _times = new long[1024];
    private double[] _numbers = new double[1024];

    public HistoryEntity? Find(string tenant, string id) => Entities(tenant, [id], null).FirstOrDefault();

    public IEnumerable<HistoryEntity> Entities(string tenant, IReadOnlyCollection<string>? ids, IReadOnlyCollection<string>? types)
    {
        var number = names.FindTenantAsync(tenant, default).Wait();
        if (ids is not null) return WithTypes(connection.Command($"{EntityColumns} WHERE h.tenant = $1 AND h.id = ANY($2) ORDER BY h.key").With(number).With(ids.Distinct().ToArray()));
        if (types is null) return Portions(after => connection.Command($"{EntityColumns} WHERE h.tenant = $1 AND h.key > $2 ORDER BY h.key LIMIT $3").With(number).With(after).With(Portion));
        int[] wanted = [.. types.Select(t => names.FindNameAsync(t, default).Wait())];
        return Portions(after => connection.Command($"""
            {EntityColumns} JOIN (SELECT DISTINCT k.entity FROM unnest($4) AS x (type) CROSS JOIN LATERAL
                (SELECT t.entity FROM history_type t WHERE t.tenant = $1 AND t.type = x.type AND t.entity > $2 ORDER BY t.entity LIMIT $3) k ORDER BY k.entity LIMIT $3) f ON f.entity = h.key ORDER BY h.key
            """).With(number).With(after).With(Portion).With(wanted));
    }

    public List<HistorySeries> SeriesOf(long entity) =>
        connection.Command("SELECT s.key, n.iri, d.iri FROM history_series s JOIN name n ON n.id = s.name LEFT JOIN name d ON d.id = s.dataset WHERE s.entity = $1 ORDER BY s.key").With(entity)
            .All(r => new HistorySeries(entity, r.GetInt64(0), r.GetString(1), r.IsDBNull(2) ? null : r.GetString(2)));

    public IEnumerable<HistoryPoint> Points(HistorySeries series, long from, long until, bool isDescending = false) => Points(series.Key, from, until, isDescending);

    public IEnumerable<HistoryPoint> Points(long series, long from, long until, bool isDescending) =>
        HistoryReader.Points(RowsOf(series, from, until), ChunksOf(series, from, until, isDescending), from, until, isDescending);

    public bool TryNumbers(HistorySeries series, long from, long until, NumbersReader read)
    {
        var rows = RowsOf(series.Key, from, until);
        foreach (var chunk in ChunksOf(series.Key, from, until, isDescending: false))
            if (!HistoryReader.TryNumbers(chunk, rows, from, until, read, ref _times, ref _numbers)) return false;
        return HistoryReader.TryNumbers(rows, read);
    }

    public List<(string? Type, Lifetime Lifetime)> Lifetimes(string tenant) =>
        connection.Command("SELECT t.iri, l.days, l.detail, l.period FROM history_lifetime l LEFT JOIN name t ON t.id = l.type WHERE l.tenant = $1").With(names.FindTenantAsync(tenant, default).Wait())
            .All(r => (r.IsDBNull(0) ? null : r.GetString(0), Lifetime.Of(r.GetInt32(1), r.GetInt32(2), r.GetInt32(3))));

    /// <summary>The day of a time as the table has it.</summary>
    public static int DayOf(long time) => (int)HistorySchema.DayOf(time);

    private List<HistoryPoint> RowsOf(long series, long from, long until) =>
        connection.Command("SELECT body FROM history_recent WHERE series = $1 AND time >= $2 AND time < $3 ORDER BY time").With(series).With(from).With(until).All(r => Chunk.Read(r.Bytes(0))[0]);

    private IEnumerable<byte[]> ChunksOf(long series, long from, long until, bool isDescending)
    {
        var (first, last) = (DayOf(from), DayOf(until));
        while (true)
        {
            var days = connection.Command(isDescending ? "SELECT day, body FROM history_chunk WHERE series = $1 AND day >= $2 AND day <= $3 ORDER BY day DESC LIMIT $4" : "SELECT day, body FROM history_chunk WHERE series = $1 AND day >= $2 AND day <= $3 ORDER BY day LIMIT $4")
                .With(series).With(first).With(last).With(Days).All(r => (Day: r.GetInt32(0), Body: r.Bytes(1)));
            foreach (var (_, body) in days) yield return body;
            if (days.Count < Days) yield break;
            if (isDescending) last = days[^1].Day - 1;
            else first = days[^1].Day + 1;
        }
    }

    private IEnumerable<HistoryEntity> Portions(Func<long, NpgsqlCommand> next)
    {
        var after = 0L;
        while (true)
        {
            var portion = WithTypes(next(after));
            foreach (var entity in portion) yield return entity;
            if (portion.Count < Portion) yield break;
            after = portion[^1].Key;
        }
    }

    private List<HistoryEntity> WithTypes(NpgsqlCommand command)
    {
        var found = command.All(r => new HistoryEntity(r.GetInt64(0), r.GetString(1), [], EntityCodec.Time(r.GetInt64(2)), EntityCodec.Time(r.GetInt64(3)), r.IsDBNull(4) ? null : EntityCodec.Time(r.GetInt64(4))));
        if (found.Count == 0) return found;
        var types = connection.Command("SELECT t.entity, n.iri FROM history_type t JOIN name n ON n.id = t.type WHERE t.entity = ANY($1) ORDER BY t.type").With(found.Select(e => e.Key).ToArray())
            .All(r => (Entity: r.GetInt64(0), Type: r.GetString(1))).ToLookup(t => t.Entity, t => t.Type);
        return found.ConvertAll(e => e with { Types = [.. types[e.Key]] });
    }
}
