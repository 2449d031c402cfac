using System.Collections.Concurrent;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>The embedded store: one SQLite database in the data folder, write-ahead log, every commit synchronous; one writer, many readers.</summary>
internal sealed class SqliteStore : ICityStore
{
    /// <summary>Memory for the bodies of entities, in bytes.</summary>
    private const long CacheBytes = 128L << 20;

    private readonly string _path;
    private readonly SqliteNames _names;
    private readonly EntityCache _cache = new(CacheBytes);
    private readonly SqliteWriter _writer;
    private readonly TimeProvider _clock;
    private readonly FileStream _lock;
    private readonly ConcurrentBag<SqliteReader> _readers = [];

    /// <param name="path">File of the database; made where it is not there.</param>
    /// <param name="clock">Gives the times of creation and change.</param>
    /// <exception cref="IOException">Another program holds the database, or it cannot be written.</exception>
    public SqliteStore(string path, TimeProvider clock)
    {
        (_path, _clock) = (path, clock);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _lock = Lock(path);
        var connection = SqliteSchema.Open(path, isWriter: true);
        _names = new SqliteNames(connection);
        _writer = new SqliteWriter(connection, _names, _cache, clock);
    }

    public IReadOnlyCollection<string> Tenants => _names.Tenants;

    public bool HasTenant(string name) => _names.Tenant(name) > 0;

    public ValueTask<Entity?> FindAsync(string tenant, string id, CancellationToken cancel)
    {
        var number = _names.Tenant(tenant);
        if (number == 0) return ValueTask.FromResult<Entity?>(null);
        if (!_cache.TryGet(number, id, out var body, out var stamp))
        {
            body = Read(r => r.Find(number, id));
            _cache.Offer(number, id, body, stamp);
        }
        return ValueTask.FromResult(body is null ? null : Expiry.Live(EntityCodec.Read(body), _clock.GetUtcNow()));
    }

    public Task<EntityOutcome[]> WriteAsync(string tenant, IReadOnlyList<EntityChange> changes, CancellationToken cancel) => _writer.WriteAsync(tenant, changes, cancel);

    public Task<EntityPage> QueryAsync(string tenant, StoreQuery query, PageRequest page, CancellationToken cancel)
    {
        var number = _names.Tenant(tenant);
        return Task.FromResult(number == 0 ? new EntityPage([], page.After, false, page.HasCount ? 0 : null) : Read(r => r.Query(number, query, page, _clock.GetUtcNow(), cancel)));
    }

    public ValueTask<byte[]?> FindDocumentAsync(DocumentKind kind, string tenant, string id, CancellationToken cancel)
    {
        var number = _names.Tenant(tenant);
        return ValueTask.FromResult(number == 0 ? null : Read(r => r.FindDocument(kind, number, id)));
    }

    public Task<IReadOnlyList<(string Id, byte[] Body)>> ListDocumentsAsync(DocumentKind kind, string tenant, CancellationToken cancel)
    {
        var number = _names.Tenant(tenant);
        return Task.FromResult<IReadOnlyList<(string, byte[])>>(number == 0 ? [] : Read(r => r.Documents(kind, number)));
    }

    public Task<byte[]?> WriteDocumentAsync(DocumentKind kind, string tenant, string id, Func<byte[]?, byte[]?> apply, CancellationToken cancel) =>
        _writer.WriteAsync(kind, tenant, id, apply, cancel);

    public Task<IReadOnlyList<TypeCount>> CountAsync(string tenant, CancellationToken cancel)
    {
        var number = _names.Tenant(tenant);
        return Task.FromResult<IReadOnlyList<TypeCount>>(number == 0 ? [] : Read(r => r.Counts(number)));
    }

    public Task<IReadOnlyList<(string Tenant, string Id)>> ExpiredAsync(int most, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<(string, string)>>(Read(r => r.Expired(_clock.GetUtcNow(), most)));

    public long LastChange => _writer.LastChange;

    public Task WaitForChangeAsync(long after, CancellationToken cancel) => _writer.WaitForChangeAsync(after, cancel);

    public Task<IReadOnlyList<StoredChange>> ReadChangesAsync(long after, int most, CancellationToken cancel) => Task.FromResult<IReadOnlyList<StoredChange>>(Read(r => r.Changes(after, most)));

    public Task<long> OpenReaderAsync(string name, CancellationToken cancel) => _writer.OpenReaderAsync(name, cancel);

    public Task MoveReaderAsync(string name, long sequence, CancellationToken cancel) => _writer.MoveReaderAsync(name, sequence, cancel);

    public Task<StoreFigures> MeasureAsync(CancellationToken cancel) => Task.FromResult(new StoreFigures(SqliteSchema.BytesOf(_path), Read(r => r.Readers())));

    /// <summary>What is remembered of entities is right only where nobody else writes them.</summary>
    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException fault)
        {
            throw new IOException($"{path} is in use by another Michi: {fault.Message}", fault);
        }
    }

    private T Read<T>(Func<SqliteReader, T> read)
    {
        if (!_readers.TryTake(out var reader)) reader = new SqliteReader(_path, _names);
        try
        {
            return read(reader);
        }
        finally
        {
            _readers.Add(reader);
        }
    }

    public ValueTask DisposeAsync()
    {
        _writer.Dispose();
        foreach (var reader in _readers) reader.Dispose();
        _lock.Dispose();
        return ValueTask.CompletedTask;
    }
}
