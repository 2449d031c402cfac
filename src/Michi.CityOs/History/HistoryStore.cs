using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Michi.CityOs.Storage;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.History;

/// <summary>The history of all entities: one SQLite database in the data folder, filled from the changes of the store; one writer, many readers.</summary>
internal sealed class HistoryStore : IHistory
{
    /// <summary>Name of the reader of changes.</summary>
    private const string Reader = "history";

    private const string InstancePrefix = "urn:ngsi-ld:instance:";

    /// <summary>Changes taken at once.</summary>
    private const int MostChanges = 2_000;

    /// <summary>How far the store's own note of what was read may lie behind: the history keeps the true one.</summary>
    private const int MostUntold = 10_000;

    /// <summary>Points that are added together where nobody waits for them: written for many, a page costs what it costs for one.</summary>
    private const int ManyPoints = 20_000;

    /// <summary>Entities looked at together for what has outlived its time.</summary>
    private const int ManyEntities = 1_000;

    /// <summary>How long they are gathered at most, and how often more are looked for.</summary>
    private static readonly TimeSpan GatherFor = TimeSpan.FromSeconds(2), LookEvery = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(5), RetryAfter = TimeSpan.FromSeconds(1), TidyEvery = TimeSpan.FromHours(1);

    /// <summary>How long a reader waits for the history to go on, before it is told that it does not.</summary>
    private static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly ICityStore _store;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly HistoryWriter _writer;
    private readonly ConcurrentBag<HistoryReader> _readers = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following, _tidying;
    private TaskCompletionSource _moved = NewSignal(), _wanted = NewSignal();
    private long _reached;

    /// <param name="path">File of the database; made where it is not there.</param>
    /// <param name="page">Instances told in one answer.</param>
    public HistoryStore(string path, ICityStore store, TimeProvider clock, ILogger log, int page = CityOsOptions.UsualHistoryPage)
    {
        Page = page;
        (_path, _store, _clock, _log) = (path, store, clock, log);
        _writer = new HistoryWriter(HistorySchema.Open(path, isWriter: true), clock);
        // From here on no change is lost: before the first request, so it is waited for.
        store.OpenReaderAsync(Reader, CancellationToken.None).GetAwaiter().GetResult();
        _following = Task.Run(FollowAsync);
        _tidying = Task.Run(TidyAsync);
    }

    public int Page { get; }

    public Task<long> BytesAsync(CancellationToken cancel) => Task.FromResult(SqliteSchema.BytesOf(_path));

    /// <summary>The id of a point that has none of its own.</summary>
    public static string InstanceOf(long series, long time) => string.Create(CultureInfo.InvariantCulture, $"{InstancePrefix}{series:x}-{time:x}");

    /// <summary>Whether a point was moved in time: its id names another one.</summary>
    public static bool IsMoved(long series, in HistoryPoint point) => point.Instance is { } instance && TryInstance(instance, out var of, out _) && of == series;

    public static bool TryInstance(string instance, out long series, out long time)
    {
        (series, time) = (0, 0);
        if (!instance.StartsWith(InstancePrefix, StringComparison.Ordinal)) return false;
        var rest = instance.AsSpan(InstancePrefix.Length);
        var dash = rest.IndexOf('-');
        return dash > 0 && long.TryParse(rest[..dash], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out series)
            && long.TryParse(rest[(dash + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out time);
    }

    /// <summary>Ends when the history has all changes of entities that were committed when this was called.</summary>
    /// <exception cref="NgsiLdException">They cannot be written for now.</exception>
    public async Task CatchUpAsync(CancellationToken cancel)
    {
        var last = await _store.LastChangeAsync(cancel);
        while (true)
        {
            var moved = Volatile.Read(ref _moved);
            if (Volatile.Read(ref _reached) >= last) return;
            Volatile.Read(ref _wanted).TrySetResult();
            await moved.Task.WaitAsync(MostBehind, cancel);
        }
    }

    public Task<T> ReadAsync<T>(Func<IHistoryReader, T> read, CancellationToken cancel) => WithinAsync<T>(read, cancel);

    public Task<DateTimeOffset?> ChangedAtAsync(string tenant, CancellationToken cancel) => WithinAsync(r => r.ChangedAt(tenant), cancel);

    private async Task<T> WithinAsync<T>(Func<HistoryReader, T> read, CancellationToken cancel)
    {
        await CatchUpAsync(cancel);
        if (!_readers.TryTake(out var reader)) reader = new HistoryReader(_path);
        try
        {
            return reader.Within(read);
        }
        finally
        {
            _readers.Add(reader);
        }
    }

    public async Task<T> WriteAsync<T>(Func<IHistoryWriter, T> write, CancellationToken cancel, int points = 1)
    {
        await CatchUpAsync(cancel);
        return await _writer.RunAsync(write, points, cancel);
    }

    /// <summary>Deletes or rolls up what has outlived its time: entity by entity, so that others who write come in between.</summary>
    public async Task TidyNowAsync(CancellationToken cancel)
    {
        var after = 0L;
        while (await _writer.RunAsync(w => w.Mortal(after, ManyEntities), 1, cancel) is { Count: > 0 } some)
        {
            foreach (var (key, tenant, id, lifetime) in some)
            {
                await _writer.RunAsync(w => w.Age(tenant, id, lifetime), 1, cancel);
                after = key;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_following, _tidying);
        _writer.Dispose();
        foreach (var reader in _readers) reader.Dispose();
        _stop.Dispose();
    }

    private async Task FollowAsync()
    {
        var cancel = _stop.Token;
        while (!cancel.IsCancellationRequested)
        {
            try
            {
                var told = await _store.OpenReaderAsync(Reader, cancel);
                // A store younger than the history is another one, whose changes are counted anew.
                if (_writer.Progress > await _store.LastChangeAsync(cancel)) await _writer.RunAsync(w => w.Restart(told), 1, cancel);
                // After a crash between the two databases the history may be further than it could tell.
                await FollowAsync(Math.Max(told, _writer.Progress), told, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            // A full disk may be emptied: the history goes on from where it is.
            catch (Exception fault)
            {
                Log.HistoryFailed(_log, fault);
                Refuse(StorageFault.Of(fault) ?? NgsiLdException.CannotStore(isFull: false, fault));
                await Task.Delay(RetryAfter, cancel).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private async Task FollowAsync(long reached, long told, CancellationToken cancel)
    {
        Reach(reached);
        var (read, writing, toldAt) = (reached, Task.CompletedTask, _clock.GetTimestamp());
        try
        {
            while (true)
            {
                var waiting = _store.WaitForChangeAsync(read, cancel);
                if (!waiting.IsCompleted)
                {
                    await writing;
                    reached = read;
                    if (told < reached) await Task.WhenAny(waiting, Task.Delay(TellEvery, cancel));
                }
                if (told < reached && (reached - told >= MostUntold || _clock.GetElapsedTime(toldAt) >= TellEvery || !waiting.IsCompleted))
                {
                    await _store.MoveReaderAsync(Reader, reached, cancel);
                    (told, toldAt) = (reached, _clock.GetTimestamp());
                }
                await waiting;
                // While some are written the next ones are gathered, as long as the store has them at hand.
                var (entries, points, last) = await GatherAsync(read, cancel);
                await writing;
                (reached, read, writing) = (read, last, WriteAsync(entries, points, last, cancel));
            }
        }
        finally
        {
            // What is being written must not be read again beside it.
            await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The changes after a sequence: those of some time, unless someone waits for them.</summary>
    /// <returns>With how many points they have, and the sequence of the last.</returns>
    private async Task<(List<HistoryEntry> Entries, int Points, long Last)> GatherAsync(long read, CancellationToken cancel)
    {
        List<HistoryEntry> entries = [];
        var (points, began) = (0, Stopwatch.GetTimestamp());
        while (true)
        {
            var isDue = points >= ManyPoints || Stopwatch.GetElapsedTime(began) >= GatherFor || _wanted.Task.IsCompleted;
            // Whoever asks from here on asks for what is not read yet.
            if (isDue) Volatile.Write(ref _wanted, NewSignal());
            var last = await _store.LastChangeAsync(cancel);
            var changes = await _store.ReadChangesAsync(read, MostChanges, cancel);
            foreach (var change in changes)
            {
                entries.Add(ChangePoints.Of(change));
                points += entries[^1].Points.Count;
                read = change.Sequence;
            }
            // The sequence was used by a change that is gone.
            if (isDue) return (entries, points, entries.Count == 0 ? last : read);
            if (changes.Count < MostChanges) await Task.WhenAny(_wanted.Task, Task.Delay(LookEvery, cancel));
        }
    }

    private async Task WriteAsync(List<HistoryEntry> entries, int points, long last, CancellationToken cancel)
    {
        if (entries.Count > 0)
            await _writer.RunAsync(
                w =>
                {
                    // What is there already came with a transaction whose end nobody saw.
                    if (w.Progress >= last) return false;
                    foreach (var entry in entries) w.Add(entry);
                    w.Advance(last);
                    return true;
                },
                points,
                cancel);
        Reach(last);
    }

    private void Reach(long sequence)
    {
        Volatile.Write(ref _reached, sequence);
        Interlocked.Exchange(ref _moved, NewSignal()).SetResult();
    }

    /// <summary>Tells those who wait why they wait in vain.</summary>
    private void Refuse(NgsiLdException refusal)
    {
        var moved = Interlocked.Exchange(ref _moved, NewSignal());
        moved.SetException(refusal);
        // Often nobody waits.
        _ = moved.Task.Exception;
    }

    private async Task TidyAsync()
    {
        using var timer = new PeriodicTimer(TidyEvery, _clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                try
                {
                    await TidyNowAsync(_stop.Token);
                }
                catch (Microsoft.Data.Sqlite.SqliteException fault)
                {
                    Log.HistoryFailed(_log, fault);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
