using System.Buffers;
using Michi.CityOs.Storage;

namespace Michi.CityOs.History;

/// <summary>What one group of changes added to an entity.</summary>
/// <param name="At">When the last of them was made, in microseconds.</param>
/// <param name="First">Time of its earliest point, in microseconds.</param>
/// <param name="Body">Its points, as <see cref="RecentRow"/> has them.</param>
internal readonly record struct GatheredRow(long Entity, long At, long First, int Points, ReadOnlyMemory<byte> Body);

/// <summary>What groups of changes added lately, group after group as they came: so a group is written to few pages, whatever entities it is of.</summary>
/// <remarks>
/// A group is a run of rows in the table, each with the additions to some entities in the order of their keys; the key of a row is the group, then the first of
/// its entities or one between it and the row before. An entity is looked for in each group, in the one row where it can be. Who asks for entities in their order
/// finds most in the rows at hand.
/// </remarks>
/// <param name="prepare">Of the connection that is used.</param>
internal sealed class GatheredRows(Func<string, Statement> prepare)
{
    /// <summary>Bits of a row's key that are its first entity; the others leave groups for weeks of one a second, then all are spread and counted anew.</summary>
    private const int EntityBits = 40;

    /// <summary>Above all keys of entities.</summary>
    private const long NoEntity = 1L << EntityBits;

    /// <summary>Half of the numbers there are: one transaction may make many groups.</summary>
    public const long MostGroups = 1L << (62 - EntityBits);

    /// <summary>Bytes at which a row is full: with the head of a page they fill it.</summary>
    private const int RowBytes = 7_900;

    private readonly ArrayBufferWriter<byte> _row = new(2 * RowBytes);

    /// <summary>The rows lately looked into, by group: they have all entities from one key and before another.</summary>
    private readonly Dictionary<long, (long From, long Until, List<GatheredRow> Rows)> _atHand = [];
    private (long First, long Last)? _groups;

    /// <summary>Key of the row under way, and its last entity.</summary>
    private long _from, _last;

    /// <summary>Forgets what was looked at: another snapshot is read, or something was changed.</summary>
    public void Forget()
    {
        _atHand.Clear();
        _groups = null;
    }

    /// <summary>The first and the last group; 0 where there is none.</summary>
    public (long First, long Last) Groups =>
        _groups ??= prepare("SELECT (SELECT min(key) FROM gathered), (SELECT max(key) FROM gathered)").First(r => (r.Long(0) >> EntityBits, r.Long(1) >> EntityBits));

    /// <summary>What the groups added to an entity, in their order.</summary>
    public List<GatheredRow> Of(long entity)
    {
        List<GatheredRow> found = [];
        var (first, last) = Groups;
        for (var group = Math.Max(first, 1); group <= last; group++)
            if (Find(group, entity) is { } row) found.Add(row);
        return found;
    }

    /// <summary>Takes away what the groups added to an entity.</summary>
    public List<GatheredRow> Take(long entity)
    {
        var found = Of(entity);
        if (found.Count == 0) return found;
        foreach (var (group, (from, until, rows)) in _atHand)
            if (from <= entity && entity < until && rows.Exists(r => r.Entity == entity)) Put(group, from, rows.FindAll(r => r.Entity != entity));
        Forget();
        return found;
    }

    /// <summary>Begins a group.</summary>
    public void Begin(long group)
    {
        _from = KeyOf(group, 0);
        Restart();
    }

    /// <summary>Adds to the group begun, in the order of entities.</summary>
    public void Add(in GatheredRow row)
    {
        if (_row.WrittenCount > 0 && _row.WrittenCount + row.Body.Length > RowBytes) End();
        if (_row.WrittenCount == 0) _from = KeyOf(_from >> EntityBits, row.Entity);
        Write(_row, row, ref _last);
    }

    /// <summary>Ends the group, or a row of it.</summary>
    public void End()
    {
        if (_row.WrittenCount > 0) prepare("INSERT INTO gathered (key, body) VALUES (?1, ?2)").Bind(1, _from).Bind(2, _row.WrittenSpan).Run();
        Restart();
        Forget();
    }

    /// <summary>How many rows of the table the groups up to one have.</summary>
    public long CountTo(long group) => prepare("SELECT count(*) FROM gathered WHERE key < ?1").Bind(1, KeyOf(group + 1, 0)).First(r => r.Long(0));

    /// <summary>Takes away what the groups up to one added to the entities that come first, as many as are in some rows of the table; all of it where there are no more.</summary>
    /// <returns>In the order of entities, of each in that of groups.</returns>
    public List<GatheredRow> TakeFirst(long group, long rows)
    {
        var end = prepare($"SELECT key & {NoEntity - 1} AS entity FROM gathered WHERE key < ?1 ORDER BY entity LIMIT 1 OFFSET ?2").Bind(1, KeyOf(group + 1, 0)).Bind(2, rows)
            .First(r => (long?)r.Long(0)) ?? NoEntity;
        List<(long Group, GatheredRow Row)> taken = [];
        for (var (at, last) = Groups; at <= group && at <= last; at++)
        {
            var some = prepare("SELECT key, body FROM gathered WHERE key >= ?1 AND key < ?2 ORDER BY key").Bind(1, KeyOf(at, 0)).Bind(2, KeyOf(at, 0) + end).All(r => (Key: r.Long(0), Body: r.Bytes(1)));
            foreach (var (key, body) in some)
            {
                var (all, from) = (Read(body), key & (NoEntity - 1));
                taken.AddRange(all.TakeWhile(r => r.Entity < end).Select(r => (at, r)));
                // Only the last one goes on behind the end.
                Put(at, from, [.. all.SkipWhile(r => r.Entity < end)]);
            }
        }
        Forget();
        taken.Sort((a, b) => (a.Row.Entity, a.Group).CompareTo((b.Row.Entity, b.Group)));
        return taken.ConvertAll(t => t.Row);
    }

    private static long KeyOf(long group, long entity) => (group << EntityBits) | entity;

    private GatheredRow? Find(long group, long entity)
    {
        if (!_atHand.TryGetValue(group, out var rows) || entity < rows.From || entity >= rows.Until)
        {
            var (key, body) = prepare("SELECT key, body FROM gathered WHERE key >= ?1 AND key <= ?2 ORDER BY key DESC LIMIT 1").Bind(1, KeyOf(group, 0)).Bind(2, KeyOf(group, entity)).First(r => (r.Long(0), r.Bytes(1)));
            var next = prepare("SELECT key FROM gathered WHERE key > ?1 AND key < ?2 ORDER BY key LIMIT 1").Bind(1, KeyOf(group, entity)).Bind(2, KeyOf(group + 1, 0)).First(r => (long?)r.Long(0));
            _atHand[group] = rows = (body is null ? 0 : key - KeyOf(group, 0), next is { } there ? there - KeyOf(group, 0) : NoEntity, body is null ? [] : Read(body));
        }
        foreach (var row in rows.Rows)
            if (row.Entity >= entity) return row.Entity == entity ? row : null;
        return null;
    }

    /// <summary>Keeps what is left of a row of the table.</summary>
    private void Put(long group, long from, List<GatheredRow> rows)
    {
        var key = KeyOf(group, from);
        if (rows.Count == 0)
        {
            prepare("DELETE FROM gathered WHERE key = ?1").Bind(1, key).Run();
            return;
        }
        var (left, last) = (new ArrayBufferWriter<byte>(RowBytes), 0L);
        foreach (var row in rows) Write(left, row, ref last);
        prepare("UPDATE gathered SET body = ?2 WHERE key = ?1").Bind(1, key).Bind(2, left.WrittenSpan).Run();
    }

    private void Restart()
    {
        _row.ResetWrittenCount();
        _last = 0;
    }

    /// <param name="last">Entity of the row before.</param>
    private static void Write(ArrayBufferWriter<byte> to, in GatheredRow row, ref long last)
    {
        IntegerColumn.WriteNumber(to, row.Entity - last);
        IntegerColumn.WriteNumber(to, row.At);
        IntegerColumn.WriteNumber(to, row.First - row.At);
        IntegerColumn.WriteNumber(to, row.Points);
        IntegerColumn.WriteNumber(to, row.Body.Length);
        to.Write(row.Body.Span);
        last = row.Entity;
    }

    private static List<GatheredRow> Read(byte[] body)
    {
        List<GatheredRow> rows = [];
        ReadOnlySpan<byte> rest = body;
        for (var entity = 0L; !rest.IsEmpty;)
        {
            entity += IntegerColumn.ReadNumber(ref rest);
            var at = IntegerColumn.ReadNumber(ref rest);
            var first = at + IntegerColumn.ReadNumber(ref rest);
            var points = (int)IntegerColumn.ReadNumber(ref rest);
            var length = (int)IntegerColumn.ReadNumber(ref rest);
            rows.Add(new(entity, at, first, points, body.AsMemory(body.Length - rest.Length, length)));
            rest = rest[length..];
        }
        return rows;
    }
}
