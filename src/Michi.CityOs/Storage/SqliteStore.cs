using System.Collections.Concurrent;
using Michi.CityOs.Entities;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.CityOs.Storage;

/// <summary>The embedded store: one SQLite database in the data folder, write-ahead log, every commit synchronous; one writer, many readers.</summary>
internal sealed class SqliteStore : ICityStore
{
    /// <summary>Memory for the bodies of entities, in bytes.</summary>
    private const long CacheBytes = 96L << 20;

    /// <summary>Size of what is in the log and not yet in the tables, in bytes, at which it is written into them.</summary>
    public const long UsualUnsaved = 4L << 20;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <summary>How long nothing is changed before all that was is written into the tables.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly SqliteNames _names;
    private readonly EntityCache _cache = new(CacheBytes);
    private readonly ChangeLog _log;
    private readonly ChangeWriter _writer;
    private readonly SqliteWriter _tables;
    private readonly TimeProvider _clock;
    private readonly ILogger _report;
    private readonly FileStream _lock;
    private readonly ConcurrentBag<SqliteReader> _readers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _saving, _idling;

    /// <param name="path">File of the database; made where it is not there. The log is in a folder beside it.</param>
    /// <param name="clock">Gives the times of creation and change.</param>
    /// <param name="mostUnsaved">See <see cref="UsualUnsaved"/>.</param>
    /// <param name="report">Told of what goes wrong behind the answers; null for nobody.</param>
    /// <exception cref="IOException">Another program holds the database, or it cannot be written.</exception>
    /// <exception cref="InvalidDataException">The log is damaged.</exception>
    public SqliteStore(string path, TimeProvider clock, long mostUnsaved = UsualUnsaved, ILogger? report = null)
    {
        (_path, _clock, _report) = (path, clock, report ?? NullLogger.Instance);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        _lock = Lock(path);
        var connection = SqliteSchema.Open(path, isWriter: true);
        _names = new SqliteNames(connection);
        _tables = new SqliteWriter(connection, _names);
        _log = new ChangeLog(Path.ChangeExtension(path, "log"));
        if (_log.CutBytes > 0) Log.LogCutOff(_report, _log.CutBytes, _log.Last);
        if (_log.WasThere && _log.Last < _tables.Saved && _tables.Done < _tables.Saved)
            throw new InvalidDataException($"The log of changes beside {path} ends with {_log.Last}, the tables with {_tables.Saved}, and what follows them has come to {_tables.Done}: the end of the log is lost. Restore the data folder from a backup.");
        _writer = new ChangeWriter(_log, new SqliteReader(path, _names), _names, _cache, clock, _tables.Saved, _tables.LastKey, mostUnsaved);
        _saving = Task.Run(SaveAsync);
        _idling = Task.Run(SaveWhenIdleAsync);
    }

    public ValueTask<IReadOnlyCollection<string>> TenantsAsync(CancellationToken cancel) => ValueTask.FromResult(_names.Tenants);

    public Task MakeTenantAsync(string name, CancellationToken cancel) => _tables.MakeTenantAsync(name, cancel);

    public ValueTask<bool> HasTenantAsync(string name, CancellationToken cancel) => ValueTask.FromResult(_names.HasTenant(name));

    public ValueTask<Entity?> FindAsync(string tenant, string id, CancellationToken cancel)
    {
        byte[]? body;
        // What was changed lately is asked for first, as queries do: so no answer is older than one before.
        if (_writer.Overlays.Find(tenant, id) is { } changed) body = changed.Body;
        else if (!_cache.TryGet(tenant, id, out var key, out body, out var stamp))
        {
            if (!_names.HasTenant(tenant)) return ValueTask.FromResult<Entity?>(null);
            (key, body) = Read(r => r.Find(_names.Tenant(tenant), id));
            _cache.Offer(tenant, id, key, body, stamp);
        }
        return ValueTask.FromResult(body is null ? null : Expiry.Live(EntityCodec.Read(body), _clock.GetUtcNow()));
    }

    public Task<EntityOutcome[]> WriteAsync(string tenant, IReadOnlyList<EntityChange> changes, CancellationToken cancel) => _writer.WriteAsync(tenant, changes, cancel);

    public Task<EntityPage> QueryAsync(string tenant, StoreQuery query, PageRequest page, CancellationToken cancel) =>
        Task.FromResult(_names.HasTenant(tenant) ? Read((r, over) => r.Query(over, tenant, query, page, _clock.GetUtcNow(), cancel)) : new EntityPage([], page.After, false, page.HasCount ? 0 : null));

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
        _tables.WriteAsync(kind, tenant, id, apply, cancel);

    public Task<IReadOnlyList<TypeCount>> CountAsync(string tenant, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<TypeCount>>(_names.HasTenant(tenant) ? Read((r, over) => r.Counts(over, tenant)) : []);

    public Task<IReadOnlyList<(string Tenant, string Id)>> ExpiredAsync(int most, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<(string, string)>>(Read((r, over) => r.Expired(over, _clock.GetUtcNow(), most)));

    public ValueTask<long> LastChangeAsync(CancellationToken cancel) => ValueTask.FromResult(_writer.LastChange);

    public Task WaitForChangeAsync(long after, CancellationToken cancel) => _writer.WaitForChangeAsync(after, cancel);

    public Task<IReadOnlyList<StoredChange>> ReadChangesAsync(long after, int most, CancellationToken cancel) => Task.FromResult<IReadOnlyList<StoredChange>>(_writer.Read(after, most));

    public Task<long> OpenReaderAsync(string name, CancellationToken cancel) => _tables.OpenReaderAsync(name, _writer.LastChange, cancel);

    public async Task MoveReaderAsync(string name, long sequence, CancellationToken cancel)
    {
        await _tables.MoveReaderAsync(name, sequence, cancel);
        await TrimAsync(cancel);
    }

    public Task<StoreFigures> MeasureAsync(CancellationToken cancel) => Task.FromResult(new StoreFigures(SqliteSchema.BytesOf(_path) + _log.Size(), _writer.LastChange, Read(r => r.Readers())));

    /// <summary>Writes into the tables what is in the log, portion by portion, until the store is closed.</summary>
    private async Task SaveAsync()
    {
        while (await _writer.NextFrozenAsync() is { } overlay)
        {
            try
            {
                await _tables.SaveAsync(overlay, CancellationToken.None);
                _writer.Thaw();
                await TrimAsync(CancellationToken.None);
            }
            // The disk may be full for a while: what is in the log stays there and is tried again, whatever the fault.
            catch (Exception fault)
            {
                Log.SavingFailed(_report, fault);
                _writer.Fail(fault);
                await Task.Delay(RetryAfter, _stop.Token).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    /// <summary>In quiet times the tables are kept whole: questions have one place to look at, and a start has nothing to read.</summary>
    private async Task SaveWhenIdleAsync()
    {
        for (var last = 0L; !_stop.IsCancellationRequested; last = _writer.LastChange)
        {
            await Task.Delay(Idle, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stop.IsCancellationRequested || _writer.LastChange != last || _writer.Overlays is not { Frozen: null } over || over.Active.Last == over.Active.Since) continue;
            try
            {
                await _writer.FreezeAsync();
            }
            catch (NgsiLdException)
            {
                // What is in the log stays there; whoever writes is told.
            }
        }
    }

    private async Task TrimAsync(CancellationToken cancel) => _log.Trim(await _tables.DoneAsync(cancel));

    /// <summary>What is remembered of entities is right only where nobody else writes them.</summary>
    public static FileStream Lock(string path)
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

    private T Read<T>(Func<SqliteReader, Overlays, T> read) => Read(r => r.Within(() => _writer.Overlays, over => read(r, over)));

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

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _idling;
        _writer.Dispose();
        await _saving;
        _tables.Dispose();
        _log.Dispose();
        foreach (var reader in _readers) reader.Dispose();
        _stop.Dispose();
        _lock.Dispose();
    }
}
