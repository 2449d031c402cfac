using Michi.CityOs.Entities;
using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>The shared store: one PostgreSQL database, as many nodes as wanted. Nothing is remembered here that another node may change, but the numbers of names.</summary>
internal sealed class PostgresStore : ICityStore
{
    /// <summary>Changes all readers have passed that are taken away in one go.</summary>
    private const int MostTrimmed = 100_000;

    private readonly Guid _node = Guid.NewGuid();
    private readonly TimeProvider _clock;
    private readonly PostgresNames _names;
    private readonly PostgresSignals _signals;
    private readonly PostgresDocuments _documents;
    private readonly PostgresReader _reader;
    private readonly PostgresWriter _writer;
    private int _isDisposed;

    /// <param name="connectionString">Of a database the user may make a schema in.</param>
    /// <param name="clock">Gives the times of creation and change.</param>
    /// <param name="broker">Name of the broker among brokers, where the database has none yet.</param>
    public PostgresStore(string connectionString, TimeProvider clock, string broker = "michi")
    {
        _clock = clock;
        Source = PostgresSchema.Open(connectionString, broker, out var name);
        BrokerName = name;
        _names = new(Source);
        _signals = new(Source);
        _documents = new(Source, _names, _signals, _node);
        _reader = new(Source);
        _writer = new(Source, _names, clock, _node);
    }

    public event Action<DocumentKind, string, string>? DocumentChanged
    {
        add => _documents.Changed += value;
        remove => _documents.Changed -= value;
    }

    /// <summary>What all nodes together are called among brokers.</summary>
    public string BrokerName { get; }

    public NpgsqlDataSource Source { get; }

    public PostgresSignals Signals => _signals;

    public PostgresNames Names => _names;

    public async ValueTask<IReadOnlyCollection<string>> TenantsAsync(CancellationToken cancel) => await Source.Command("SELECT name FROM tenant WHERE name <> ''").AllAsync(r => r.GetString(0), cancel);

    public async Task MakeTenantAsync(string name, CancellationToken cancel) => await _names.TenantAsync(name, cancel);

    public async ValueTask<bool> HasTenantAsync(string name, CancellationToken cancel) => await _names.FindTenantAsync(name, cancel) > 0;

    public async ValueTask<Entity?> FindAsync(string tenant, string id, CancellationToken cancel)
    {
        var number = await _names.FindTenantAsync(tenant, cancel);
        if (number == 0) return null;
        var body = await _reader.FindAsync(number, id, cancel);
        return body is null ? null : Expiry.Live(EntityCodec.Read(body), _clock.GetUtcNow());
    }

    public async Task<EntityOutcome[]> WriteAsync(string tenant, IReadOnlyList<EntityChange> changes, CancellationToken cancel) => await _writer.WriteAsync(await _names.TenantAsync(tenant, cancel), changes, cancel);

    public async Task<EntityPage> QueryAsync(string tenant, StoreQuery query, PageRequest page, CancellationToken cancel)
    {
        var number = await _names.FindTenantAsync(tenant, cancel);
        return number == 0 ? new EntityPage([], page.After, false, page.HasCount ? 0 : null) : await PostgresQuery.RunAsync(Source, _names, number, query, page, _clock.GetUtcNow(), cancel);
    }

    public async Task<IReadOnlyList<TypeCount>> CountAsync(string tenant, CancellationToken cancel) =>
        await Source.Command("""
            SELECT t.iri, n.iri, c.kind, sum(c.entities)::bigint FROM type_attribute c JOIN name t ON t.id = c.type LEFT JOIN name n ON n.id = c.name
            WHERE c.tenant = $1 GROUP BY t.iri, n.iri, c.kind HAVING sum(c.entities) > 0 ORDER BY t.iri, n.iri NULLS FIRST, c.kind
            """).With(await _names.FindTenantAsync(tenant, cancel)).AllAsync(r => new TypeCount(r.GetString(0), r.IsDBNull(1) ? null : r.GetString(1), (AttributeKind)r.GetInt32(2), r.GetInt64(3)), cancel);

    public async Task<IReadOnlyList<(string Tenant, string Id)>> ExpiredAsync(int most, CancellationToken cancel) =>
        await Source.Command("SELECT t.name, e.id FROM entity e JOIN tenant t ON t.id = e.tenant WHERE e.expires <= $1 ORDER BY e.expires LIMIT $2").With(EntityCodec.Microseconds(_clock.GetUtcNow())).With(most)
            .AllAsync(r => (r.GetString(0), r.GetString(1)), cancel);

    public async ValueTask<byte[]?> FindDocumentAsync(DocumentKind kind, string tenant, string id, CancellationToken cancel)
    {
        var number = await _names.FindTenantAsync(tenant, cancel);
        return number == 0 ? null : await _documents.FindAsync(kind, number, id, cancel);
    }

    public async Task<IReadOnlyList<(string Id, byte[] Body)>> ListDocumentsAsync(DocumentKind kind, string tenant, CancellationToken cancel)
    {
        var number = await _names.FindTenantAsync(tenant, cancel);
        return number == 0 ? [] : await _documents.ListAsync(kind, number, cancel);
    }

    public Task<byte[]?> WriteDocumentAsync(DocumentKind kind, string tenant, string id, Func<byte[]?, byte[]?> apply, CancellationToken cancel) => _documents.WriteAsync(kind, tenant, id, apply, cancel);

    public ValueTask FollowDocumentsAsync(CancellationToken cancel) => _documents.FollowAsync(cancel);

    /// <remarks>The last change is never taken out of the log, so that it tells the last sequence.</remarks>
    public async ValueTask<long> LastChangeAsync(CancellationToken cancel) => await Source.Command("SELECT coalesce(max(sequence), 0) FROM change").FirstAsync(r => r.GetInt64(0), cancel);

    public async Task WaitForChangeAsync(long after, CancellationToken cancel)
    {
        while (true)
        {
            var next = _signals.Next(PostgresSignals.Changes);
            if (await LastChangeAsync(cancel) > after) return;
            await next(cancel);
        }
    }

    public async Task<IReadOnlyList<StoredChange>> ReadChangesAsync(long after, int most, CancellationToken cancel) =>
        await Source.Command("SELECT c.sequence, t.name, c.id, c.at, c.before, c.after FROM change c JOIN tenant t ON t.id = c.tenant WHERE c.sequence > $1 ORDER BY c.sequence LIMIT $2").With(after).With(most)
            .AllAsync(r => new StoredChange(r.GetInt64(0), r.GetString(1), r.GetString(2), EntityCodec.Time(r.GetInt64(3)), Entity(r.BytesOrNull(4)), Entity(r.BytesOrNull(5))), cancel);

    public async Task<long> OpenReaderAsync(string name, CancellationToken cancel)
    {
        await Source.Command("INSERT INTO change_reader (name, position) SELECT $1, coalesce(max(sequence), 0) FROM change ON CONFLICT DO NOTHING").With(name).RunAsync(cancel);
        return await Source.Command("SELECT position FROM change_reader WHERE name = $1").With(name).FirstAsync(r => r.GetInt64(0), cancel);
    }

    public async Task MoveReaderAsync(string name, long sequence, CancellationToken cancel)
    {
        await Source.Command("UPDATE change_reader SET position = $2 WHERE name = $1 AND position < $2").With(name).With(sequence).RunAsync(cancel);
        while (await Source.Command("""
            DELETE FROM change WHERE sequence IN (SELECT sequence FROM change WHERE sequence <= (SELECT min(position) FROM change_reader) AND sequence < (SELECT max(sequence) FROM change) ORDER BY sequence LIMIT $1 FOR UPDATE SKIP LOCKED)
            """).With(MostTrimmed).RunAsync(cancel) == MostTrimmed)
        {
            // More is left.
        }
    }

    public async Task<StoreFigures> MeasureAsync(CancellationToken cancel) => new(
        await PostgresSchema.BytesAsync(Source, ofHistory: false, cancel),
        await LastChangeAsync(cancel),
        (await Source.Command("SELECT name, position FROM change_reader").AllAsync(r => (r.GetString(0), r.GetInt64(1)), cancel)).ToDictionary(r => r.Item1, r => r.Item2));

    public Task HoldAsync(string name, Func<CancellationToken, Task> work, CancellationToken cancel) => new PostgresLease(Source, _node, name).HoldAsync(work, cancel);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1) return;
        await _writer.DisposeAsync();
        await _reader.DisposeAsync();
        await _documents.DisposeAsync();
        await _signals.DisposeAsync();
        await Source.DisposeAsync();
    }

    private static Entity? Entity(byte[]? body) => body is null ? null : EntityCodec.Read(body);
}
