using System.Data;
using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>Finds the entities that match, in the order of their keys. Indexes find candidates; whether one matches is decided on the entity itself.</summary>
internal sealed class PostgresQuery(NpgsqlConnection connection, PostgresNames names, int tenant, StoreQuery query, PageRequest page)
{
    /// <summary>Keys gathered from an index that is not in the order of keys, at most; where there are more, another way is taken.</summary>
    private const int MostGathered = 5_000;

    /// <summary>Rows looked at for them at most.</summary>
    private const int MostSeen = 4 * MostGathered;

    /// <summary>The rows of ranges of values. The limit within makes the database look at one range after another, also where it has no statistics yet: it would read all of the attribute.</summary>
    internal const string WithinRanges = """
        SELECT v.entity, v.value FROM unnest($3, $4) AS x (first, last) CROSS JOIN LATERAL (SELECT entity, value FROM entity_value WHERE tenant = $1 AND name = $2 AND value BETWEEN x.first AND x.last LIMIT $5) v LIMIT $5
        """;

    /// <summary>Entities fetched in one go: few at first, as most answers are short.</summary>
    private const int LeastFetched = 64, MostFetched = 2_000;

    public static async Task<EntityPage> RunAsync(NpgsqlDataSource source, PostgresNames names, int tenant, StoreQuery query, PageRequest page, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await source.OpenConnectionAsync(cancel);
        // One snapshot for all statements, so that a page is of one moment.
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        return await new PostgresQuery(connection, names, tenant, query, page).PageAsync(now, cancel);
    }

    private async Task<EntityPage> PageAsync(DateTimeOffset now, CancellationToken cancel)
    {
        var counted = page.HasCount ? await CountAsync(cancel) : null;
        if (page.Limit == 0 && counted is not null) return new([], page.After, counted > 0, counted);
        var fetch = await CandidatesAsync(cancel);
        var builder = new PageBuilder(query, page, now, counted);
        var (at, skipped) = (builder.From, builder.Skippable);
        builder.Skip(skipped);
        for (var portion = Math.Clamp(page.Limit + 1, LeastFetched, MostFetched); ; portion = Math.Min(portion * 4, MostFetched))
        {
            var rows = await fetch(at, portion, skipped, cancel);
            skipped = 0;
            foreach (var (key, body) in rows)
            {
                at = key;
                if (!builder.Add(key, body)) return builder.Page;
            }
            if (rows.Count < portion) return builder.Page;
        }
    }

    /// <summary>How many match where the tables know; null where they have to be counted.</summary>
    private async Task<long?> CountAsync(CancellationToken cancel)
    {
        if (query.CountedType is not { } name) return null;
        var type = 0;
        if (name.Length > 0 && (type = await names.FindNameAsync(name, cancel)) == 0) return 0;
        return await connection.Command("SELECT coalesce(sum(entities), 0)::bigint FROM type_attribute WHERE tenant = $1 AND type = $2 AND name = 0 AND kind = 0").With(tenant).With(type).FirstAsync(r => r.GetInt64(0), cancel);
    }

    /// <summary>Gives the next candidates after a key, in ascending order.</summary>
    private delegate Task<List<(long Key, byte[] Body)>> Fetch(long after, int most, int skipped, CancellationToken cancel);

    /// <summary>The way to candidates among which all matches are.</summary>
    private async Task<Fetch> CandidatesAsync(CancellationToken cancel)
    {
        if (query.Ids is { } ids)
            return Listed(await connection.Command("SELECT key FROM entity WHERE tenant = $1 AND id = ANY($2)").With(tenant).With(ids.Distinct().ToArray()).AllAsync(r => r.GetInt64(0), cancel));
        // One value of an attribute: its keys are in order, so they can be followed as far as needed.
        foreach (var range in query.Ranges)
            if (range.Low is not null && range.Low.Equals(range.High)) return await OfValueAsync(range, cancel);
        List<long>? fewest = null;
        foreach (var range in query.Ranges)
            if (await GatherAsync(range, cancel) is { } keys && keys.Count < (fewest?.Count ?? int.MaxValue)) fewest = keys;
        if (query.Boxes is { } boxes && await GatherAsync(boxes, cancel) is { } near && near.Count < (fewest?.Count ?? int.MaxValue)) fewest = near;
        if (fewest is not null) return Listed(fewest);
        if (query.Types is { } types) return await OfTypesAsync(types, cancel);
        if (query.Attributes is { Count: 1 } one)
        {
            var name = await names.FindNameAsync(one.First(), cancel);
            var having = await GatherAsync(connection.Command("SELECT entity FROM entity_value WHERE tenant = $1 AND name = $2 LIMIT $3").With(tenant).With(name).With(MostGathered + 1), cancel);
            if (having is not null) return Listed(having);
        }
        return (after, most, skipped, stop) => RowsAsync(
            connection.Command("SELECT key, body FROM entity WHERE tenant = $1 AND key > $2 ORDER BY key LIMIT $3 OFFSET $4").With(tenant).With(after).With(most).With(skipped), stop);
    }

    private async Task<Fetch> OfValueAsync(ValueRange range, CancellationToken cancel)
    {
        var name = await names.FindNameAsync(range.Name, cancel);
        byte[][] values = [IndexKey.Of(range.Low), IndexKey.Overflow];
        return (after, most, skipped, stop) => RowsAsync(
            connection.Command("""
                SELECT e.key, e.body FROM (
                    SELECT DISTINCT k.entity FROM unnest($2) AS x (value) CROSS JOIN LATERAL (SELECT v.entity FROM entity_value v WHERE v.tenant = $1 AND v.name = $6 AND v.value = x.value AND v.entity > $3 ORDER BY v.entity LIMIT $4 + $5) k
                    ORDER BY k.entity LIMIT $4 OFFSET $5) f JOIN entity e ON e.tenant = $1 AND e.key = f.entity ORDER BY e.key
                """).With(tenant).With(values).With(after).With((long)most).With((long)skipped).With(name), stop);
    }

    private async Task<Fetch> OfTypesAsync(IReadOnlyCollection<string> types, CancellationToken cancel)
    {
        List<int> numbers = [];
        foreach (var type in types) numbers.Add(await names.FindNameAsync(type, cancel));
        return (after, most, skipped, stop) => RowsAsync(
            connection.Command("""
                SELECT e.key, e.body FROM (
                    SELECT DISTINCT k.entity FROM unnest($2) AS x (type) CROSS JOIN LATERAL (SELECT t.entity FROM entity_type t WHERE t.tenant = $1 AND t.type = x.type AND t.entity > $3 ORDER BY t.entity LIMIT $4 + $5) k
                    ORDER BY k.entity LIMIT $4 OFFSET $5) f JOIN entity e ON e.tenant = $1 AND e.key = f.entity ORDER BY e.key
                """).With(tenant).With(numbers.ToArray()).With(after).With((long)most).With((long)skipped), stop);
    }

    private Fetch Listed(List<long> keys)
    {
        keys.Sort();
        long[] all = [.. keys.Distinct()];
        return (after, most, skipped, stop) =>
        {
            var from = Array.BinarySearch(all, after + 1);
            long[] some = [.. all.Skip((from < 0 ? ~from : from) + skipped).Take(most)];
            return some.Length == 0 ? Task.FromResult<List<(long, byte[])>>([]) : RowsAsync(connection.Command("SELECT key, body FROM entity WHERE tenant = $1 AND key = ANY($2) ORDER BY key").With(tenant).With(some), stop);
        };
    }

    private static Task<List<(long Key, byte[] Body)>> RowsAsync(NpgsqlCommand command, CancellationToken cancel) => command.AllAsync(r => (r.GetInt64(0), r.Bytes(1)), cancel);

    private async Task<List<long>?> GatherAsync(ValueRange range, CancellationToken cancel)
    {
        var (from, until) = IndexKey.Of(range);
        return await GatherAsync(
            connection.Command("""
                SELECT entity FROM (SELECT entity FROM entity_value WHERE tenant = $1 AND name = $2 AND value >= $3 AND value < $4
                UNION ALL SELECT entity FROM entity_value WHERE tenant = $1 AND name = $2 AND value = $5) x LIMIT $6
                """).With(tenant).With(await names.FindNameAsync(range.Name, cancel)).With(from).With(until).With(IndexKey.Overflow).With(MostGathered + 1), cancel);
    }

    private async Task<List<long>?> GatherAsync(IReadOnlyList<CellBox> boxes, CancellationToken cancel)
    {
        List<long> all = [];
        var name = await names.FindNameAsync(query.GeoProperty, cancel);
        // Only levels that there are: mostly all places are positions, which are of one.
        for (var from = PlaceCell.FirstOf(0); from is { } start;)
        {
            var next = await connection.Command("SELECT value FROM entity_value WHERE tenant = $1 AND name = $2 AND value >= $3 ORDER BY value LIMIT 1").With(tenant).With(name).With(IndexKey.Of(start)).FirstAsync(r => r.Bytes(0), cancel);
            if (next is not { } key || !IndexKey.IsOfPlace(key)) return all;
            var level = IndexKey.CellOf(key).Level;
            var ranges = boxes.SelectMany(b => PlaceCell.Ranges(b, level)).Select(IndexKey.Of).ToList();
            var found = await connection.Command(WithinRanges).With(tenant).With(name).With(ranges.Column(r => r.From)).With(ranges.Column(r => r.To)).With(MostSeen + 1).AllAsync(r => (Key: r.GetInt64(0), Cell: IndexKey.CellOf(r.Bytes(1))), cancel);
            all.AddRange(found.Where(f => boxes.Any(f.Cell.Touches)).Select(f => f.Key));
            if (found.Count > MostSeen || all.Count > MostGathered) return null;
            from = PlaceCell.FirstOf(level + 1);
        }
        return all;
    }

    /// <summary>The keys an index tells; null where there are too many to be worth it.</summary>
    private static async Task<List<long>?> GatherAsync(NpgsqlCommand command, CancellationToken cancel) =>
        await command.AllAsync(r => r.GetInt64(0), cancel) is { Count: <= MostGathered } keys ? keys : null;
}
