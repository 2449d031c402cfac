using Michi.CityOs.Entities;
using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>The entities that one transaction is about: locked and read, changed in memory, written back.</summary>
internal sealed class GroupChanges(PostgresNames names, TimeProvider clock, int slot)
{
    private readonly Dictionary<(int Tenant, string Id), State> _states = [];
    private readonly List<LogRow> _log = [];

    /// <summary>Whether the database was told to write: from then on only its answer says what became of it.</summary>
    public bool IsSent { get; private set; }

    /// <summary>Begins the transaction: from here on no other node changes these entities.</summary>
    public async Task LockAsync(NpgsqlConnection connection, IEnumerable<(int Tenant, string Id)> ids)
    {
        foreach (var (tenant, id) in ids) _states.TryAdd((tenant, id), new(tenant, id));
        await using var batch = new NpgsqlBatch(connection);
        batch.Add("BEGIN");
        batch.Add("SELECT e.tenant, e.id, e.key, e.body FROM unnest($1, $2) AS x (tenant, id) JOIN entity e ON e.tenant = x.tenant AND e.id = x.id ORDER BY e.tenant, e.id FOR UPDATE OF e")
            .With(_states.Values.Column(s => s.Tenant)).With(_states.Values.Column(s => s.Id));
        await using var rows = await batch.ExecuteReaderAsync();
        while (await rows.ReadAsync()) _states[(rows.GetInt32(0), rows.GetString(1))].Found(rows.GetInt64(2), rows.Bytes(3));
    }

    public EntityOutcome Apply(int tenant, EntityChange change)
    {
        var state = _states[(tenant, change.Id)];
        var before = state.Now;
        var (now, current, after, refusal) = change.Run(before, clock.GetUtcNow());
        if (refusal is not null) return new(current, current, refusal);
        if (ReferenceEquals(after, before)) return new(before, before, null);
        // One that has expired is not changed: another takes its place.
        var isAnother = current is null && after is not null;
        if (isAnother && before is not null) _log.Add(new(tenant, change.Id, EntityCodec.Microseconds(now), state.Body, null));
        var (was, bytes) = (isAnother ? null : state.Body, after is null ? null : EntityCodec.Write(after));
        state.Become(after, bytes, isAnother);
        _log.Add(new(tenant, change.Id, EntityCodec.Microseconds(now), was, bytes));
        return new(isAnother ? null : before, after, null);
    }

    /// <summary>Writes all that changed and ends the transaction; what was only looked at is let go.</summary>
    public async Task CommitAsync(NpgsqlConnection connection)
    {
        List<State> changed = [.. _states.Values.Where(s => s.IsChanged).OrderBy(s => s.Tenant).ThenBy(s => s.Id, StringComparer.Ordinal)];
        await names.LearnAsync(changed.SelectMany(s => s.Names()), CancellationToken.None);
        List<State> made = changed.FindAll(s => s.IsMade);
        await TakeKeysAsync(connection, made);
        await using var batch = new NpgsqlBatch(connection);
        if (_log.Count > 0)
        {
            var index = new IndexChanges(name => names[name], slot);
            foreach (var state in changed) index.Add(state);
            WriteEntities(batch, changed, made);
            index.Write(batch);
            WriteLog(batch);
        }
        batch.Add("COMMIT");
        IsSent = true;
        await batch.ExecuteNonQueryAsync();
    }

    /// <summary>Keys in the order in which the entities were made.</summary>
    private static async Task TakeKeysAsync(NpgsqlConnection connection, List<State> made)
    {
        if (made.Count == 0) return;
        var keys = await connection.Command("SELECT nextval('entity_key') FROM generate_series(1, $1)").With(made.Count).AllAsync(r => r.GetInt64(0), CancellationToken.None);
        foreach (var (state, key) in made.OrderBy(s => s.Order).Zip(keys)) state.NewKey = key;
    }

    private static void WriteEntities(NpgsqlBatch batch, List<State> changed, List<State> made)
    {
        List<State> gone = changed.FindAll(s => s.IsGone), kept = changed.FindAll(s => s.IsKept);
        if (gone.Count > 0)
            batch.Add("DELETE FROM entity e USING unnest($1, $2) AS x (tenant, key) WHERE e.tenant = x.tenant AND e.key = x.key").With(gone.Column(s => s.Tenant)).With(gone.Column(s => s.Key));
        if (kept.Count > 0)
            batch.Add("UPDATE entity e SET body = x.body, expires = x.expires FROM unnest($1, $2, $3, $4) AS x (tenant, key, body, expires) WHERE e.tenant = x.tenant AND e.key = x.key")
                .With(kept.Column(s => s.Tenant)).With(kept.Column(s => s.Key)).With(kept.Column(s => s.Body!)).With(kept.Column(s => s.Expires));
        if (made.Count > 0)
            batch.Add("INSERT INTO entity (tenant, id, key, body, expires) SELECT * FROM unnest($1, $2, $3, $4, $5)")
                .With(made.Column(s => s.Tenant)).With(made.Column(s => s.Id)).With(made.Column(s => s.NewKey)).With(made.Column(s => s.Body!)).With(made.Column(s => s.Expires));
    }

    /// <summary>Last in the transaction, as all nodes wait here for each other: what is numbered first is seen first.</summary>
    private void WriteLog(NpgsqlBatch batch)
    {
        batch.Add($"SELECT pg_advisory_xact_lock({AdvisoryLocks.Space}, {AdvisoryLocks.Changes})");
        batch.Add("INSERT INTO change (tenant, id, at, before, after) SELECT tenant, id, at, before, after FROM unnest($1, $2, $3, $4, $5) WITH ORDINALITY AS x (tenant, id, at, before, after, number) ORDER BY number")
            .With(_log.Column(c => c.Tenant)).With(_log.Column(c => c.Id)).With(_log.Column(c => c.At)).With(_log.Column(c => c.Before)).With(_log.Column(c => c.After));
        batch.Add($"NOTIFY {PostgresSignals.Changes}");
    }

    private readonly record struct LogRow(int Tenant, string Id, long At, byte[]? Before, byte[]? After);

    /// <summary>One entity: as it was found, and as it is to be.</summary>
    internal sealed class State(int tenant, string id)
    {
        private static long s_order;

        public int Tenant => tenant;

        public string Id => id;

        /// <summary>0 where it was not there.</summary>
        public long Key { get; private set; }

        public long NewKey { get; set; }

        public Entity? Before { get; private set; }

        public Entity? Now { get; private set; }

        /// <summary>Of <see cref="Now"/>.</summary>
        public byte[]? Body { get; private set; }

        /// <summary>Grows with creation.</summary>
        public long Order { get; private set; }

        public bool IsChanged { get; private set; }

        /// <summary>Whether what is there is another entity than what was found.</summary>
        private bool IsAnother { get; set; }

        public bool IsGone => Before is not null && (Now is null || IsAnother);

        public bool IsMade => Now is not null && (Before is null || IsAnother);

        public bool IsKept => Before is not null && Now is not null && !IsAnother;

        public long? Expires => Expiry.Next(Now!) is { } next ? EntityCodec.Microseconds(next) : null;

        public void Found(long key, byte[] body)
        {
            (Key, Body) = (key, body);
            Before = Now = EntityCodec.Read(body);
        }

        public void Become(Entity? after, byte[]? body, bool isAnother)
        {
            if (isAnother || Now is null) Order = Interlocked.Increment(ref s_order);
            IsAnother |= isAnother || after is null;
            (Now, Body, IsChanged) = (after, body, true);
        }

        /// <summary>Expanded names of types and attributes before and after.</summary>
        public IEnumerable<string> Names() =>
            ((Entity?[])[Before, Now]).OfType<Entity>().SelectMany(e => e.Types.Concat(e.Attributes.Select(a => a.Name)));
    }
}
