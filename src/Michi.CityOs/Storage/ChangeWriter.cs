using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>The one who decides on changes of entities: each group goes into the log, is seen from then on, and is written into the tables later.</summary>
internal sealed class ChangeWriter : GroupWriter
{
    /// <summary>Changes in one group at most.</summary>
    private const int MostChanges = 2_000;

    private const int MostWaiting = 10_000;

    /// <summary>Changes lately made that are at hand for readers without a look into the log; a power of two.</summary>
    private const int MostAtHand = 4_096;

    /// <summary>Bytes of an entity above which its changes are not kept at hand.</summary>
    private const int LargestAtHand = 16 << 10;

    private readonly ChangeLog _log;
    private readonly SqliteReader _tables;
    private readonly SqliteNames _names;
    private readonly EntityCache _cache;
    private readonly TimeProvider _clock;
    private readonly long _mostUnsaved;

    /// <summary>The group under way.</summary>
    private readonly List<(LoggedChange Change, StoredChange Stored)> _group = [];
    private readonly Dictionary<(string Tenant, string Id), (long Key, byte[]? Body)> _pending = [];

    private readonly StoredChange?[] _atHand = new StoredChange?[MostAtHand];
    private readonly SemaphoreSlim _frozen = new(0), _thawed = new(0);
    private TaskCompletionSource _changed = NewSignal();
    private Overlays _overlays;
    private volatile Exception? _fault;
    private volatile bool _isClosed;
    private long _lastChange, _newChange, _lastKey, _newKey;

    /// <param name="tables">Of its own, for what neither the overlays nor the cache know.</param>
    /// <param name="saved">Sequence of the last change that the tables have.</param>
    /// <param name="lastKey">The greatest key ever used in the tables.</param>
    /// <param name="mostUnsaved">Size of an overlay, in bytes, at which it is written into the tables.</param>
    /// <exception cref="InvalidDataException">The log does not go on from where the tables are.</exception>
    public ChangeWriter(ChangeLog log, SqliteReader tables, SqliteNames names, EntityCache cache, TimeProvider clock, long saved, long lastKey, long mostUnsaved)
        : base("city-os-writer", MostChanges, MostWaiting)
    {
        (_log, _tables, _names, _cache, _clock, _mostUnsaved, _lastKey) = (log, tables, names, cache, clock, mostUnsaved, lastKey);
        _overlays = new(new(saved), null);
        foreach (var change in log.Read(saved, log.Last))
        {
            if (change.Sequence != _overlays.Active.Last + 1) throw new InvalidDataException($"The log of changes goes on with {change.Sequence}, the tables end with {_overlays.Active.Last}: the two are not of one time.");
            Show(change, change.Read());
        }
        (LastChange, _newChange, _newKey) = (_overlays.Active.Last, _overlays.Active.Last, _lastKey);
        Start();
    }

    public Overlays Overlays => Volatile.Read(ref _overlays);

    /// <summary>Sequence of the last change that is durable.</summary>
    public long LastChange { get => Volatile.Read(ref _lastChange); private set => Volatile.Write(ref _lastChange, value); }

    /// <summary>Changes entities, each for itself.</summary>
    public Task<EntityOutcome[]> WriteAsync(string tenant, IReadOnlyList<EntityChange> changes, CancellationToken cancel) => RunAsync(
        () =>
        {
            var outcomes = new EntityOutcome[changes.Count];
            for (var i = 0; i < outcomes.Length; i++) outcomes[i] = Apply(tenant, changes[i]);
            return outcomes;
        },
        changes.Count,
        cancel);

    public async Task WaitForChangeAsync(long after, CancellationToken cancel)
    {
        while (true)
        {
            var changed = Volatile.Read(ref _changed);
            if (LastChange > after) return;
            await changed.Task.WaitAsync(cancel);
        }
    }

    /// <summary>Changes after a sequence, in order.</summary>
    public List<StoredChange> Read(long after, int most)
    {
        List<StoredChange> changes = [];
        var last = Math.Min(LastChange, after + most);
        while (after < last && Volatile.Read(ref _atHand[(after + 1) % MostAtHand]) is { } change && change.Sequence == after + 1)
        {
            changes.Add(change);
            after++;
        }
        if (after < last) changes.AddRange(_log.Read(after, last).Select(c => c.Read()));
        return changes;
    }

    /// <summary>Lets what was changed up to now be written into the tables, if nothing is.</summary>
    public Task FreezeAsync() => RunAsync(
        () =>
        {
            if (Overlays.Frozen is null) Freeze();
            return true;
        },
        1,
        CancellationToken.None);

    /// <summary>The overlay that is to be written into the tables, as soon as there is one; null after the end.</summary>
    public async Task<Overlay?> NextFrozenAsync()
    {
        while (Overlays.Frozen is null && !_isClosed) await _frozen.WaitAsync();
        return _isClosed && _fault is not null ? null : Overlays.Frozen;
    }

    /// <summary>The frozen overlay is in the tables.</summary>
    public void Thaw()
    {
        _fault = null;
        Volatile.Write(ref _overlays, Overlays with { Frozen = null });
        _thawed.Release();
    }

    /// <summary>The tables cannot be written for now.</summary>
    public void Fail(Exception fault)
    {
        _fault = fault;
        _thawed.Release();
    }

    protected override void Begin()
    {
        if (Overlays.Active.Size < _mostUnsaved) return;
        // With one overlay being written, the other may grow to double size; then who writes waits for the tables, so that memory stays bounded.
        while (Overlays is { Frozen: not null } overlays && overlays.Active.Size >= 2 * _mostUnsaved) WaitForTables();
        if (Overlays.Frozen is null) Freeze();
    }

    protected override void Commit()
    {
        try
        {
            foreach (var (change, _) in _group) _log.Add(change);
            _log.Keep();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw StorageFault.Of(fault)!;
        }
    }

    protected override void Committed()
    {
        foreach (var (change, stored) in _group)
        {
            Show(change, stored);
            _cache.Commit(change.Tenant, change.Id, change.Key, change.After);
        }
        if (_newChange > LastChange)
        {
            LastChange = _newChange;
            Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
        }
        Forget();
    }

    protected override void RollBack()
    {
        _log.Undo();
        (_newChange, _newKey) = (LastChange, _lastKey);
        Forget();
    }

    private void Freeze()
    {
        var active = Overlays.Active;
        if (active.Last == active.Since) return;
        Volatile.Write(ref _overlays, new(new(active.Last), active));
        _frozen.Release();
    }

    private void WaitForTables()
    {
        if (_fault is null) _thawed.Wait();
        if (_fault is { } fault) throw StorageFault.Of(fault) ?? NgsiLdException.CannotStore(isFull: false, fault);
    }

    private void Show(in LoggedChange change, StoredChange stored)
    {
        _names.AddTenant(change.Tenant);
        _overlays.Active.Add(change, new(stored.Before, stored.After));
        _lastKey = Math.Max(_lastKey, change.Key);
        if ((change.Before?.Length ?? 0) + (change.After?.Length ?? 0) <= LargestAtHand) Volatile.Write(ref _atHand[change.Sequence % MostAtHand], stored);
    }

    private void Forget()
    {
        _group.Clear();
        _pending.Clear();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private EntityOutcome Apply(string tenant, EntityChange change)
    {
        var (key, body) = Find(tenant, change.Id);
        var before = body is null ? null : EntityCodec.Read(body);
        var (now, current, after, refusal) = change.Run(before, _clock.GetUtcNow());
        if (refusal is not null) return new(current, current, refusal);
        if (ReferenceEquals(after, before)) return new(before, before, null);
        if (current is null && before is not null)
        {
            // What has expired ceases to be before something new takes its name.
            Add(key, tenant, change.Id, now, before, null, body, null);
            if (after is null) return new(before, null, null);
            (before, body) = (null, null);
        }
        if (before is null) key = ++_newKey;
        var bytes = after is null ? null : EntityCodec.Write(after);
        Add(key, tenant, change.Id, now, before, after, body, bytes);
        return new(before, after, null);
    }

    private void Add(long key, string tenant, string id, DateTimeOffset at, Entity? before, Entity? after, byte[]? beforeBytes, byte[]? afterBytes)
    {
        _newChange++;
        _group.Add((new(_newChange, key, tenant, id, at, beforeBytes, afterBytes), new(_newChange, tenant, id, at, before, after)));
        _pending[(tenant, id)] = (key, afterBytes);
    }

    private (long Key, byte[]? Body) Find(string tenant, string id)
    {
        if (_pending.TryGetValue((tenant, id), out var pending)) return pending;
        if (_cache.TryGet(tenant, id, out var key, out var body, out _)) return (key, body);
        return Overlays.Find(tenant, id) is { } changed ? (changed.Key, changed.Body) : _tables.Find(_names.Tenant(tenant), id);
    }

    /// <summary>Ends, and leaves what is not yet in the tables to <see cref="NextFrozenAsync"/>, as far as it can be written.</summary>
    public override void Dispose()
    {
        base.Dispose();
        while (Overlays.Frozen is not null && _fault is null) _thawed.Wait();
        if (_fault is null) Freeze();
        _isClosed = true;
        _frozen.Release();
        _tables.Dispose();
    }
}
