using System.Collections.Concurrent;
using System.Globalization;
using Michi.CityOs.Storage;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.History;

/// <summary>The history of all entities: one SQLite database in the data folder, filled from the changes of the store; one writer, many readers.</summary>
internal sealed class HistoryStore : IAsyncDisposable
{
    /// <summary>Name of the reader of changes.</summary>
    private const string Reader = "history";

    private const string InstancePrefix = "urn:ngsi-ld:instance:";

    /// <summary>Changes taken at once.</summary>
    private const int MostChanges = 2_000;

    /// <summary>How far the store's own note of what was read may lie behind: the history keeps the true one.</summary>
    private const int MostUntold = 10_000;

    private static readonly TimeSpan TellEvery = TimeSpan.FromSeconds(5), RetryAfter = TimeSpan.FromSeconds(1), TidyEvery = TimeSpan.FromHours(1);

    /// <summary>How long a reader waits for the history to go on, before it is told that it does not.</summary>
    private static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(30);

    private readonly string _path;
    private readonly ICityStore _store;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly HistoryWriter _writer;
    private readonly ConcurrentBag<HistoryReader> _readers = [];
    private readonly ConcurrentDictionary<string, DateTimeOffset> _changed = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _following, _tidying;
    private TaskCompletionSource _moved = NewSignal();
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

    /// <summary>Instances of attributes told in one answer at most, clause 6.3.10.</summary>
    public int Page { get; }

    /// <summary>What the history takes on disk.</summary>
    public long Bytes => SqliteSchema.BytesOf(_path);

    /// <summary>When something of a tenant changed last; null for never.</summary>
    public DateTimeOffset? ChangedAt(string tenant) => _changed.TryGetValue(tenant, out var at) ? at : null;

    /// <summary>The id of a point that has none of its own.</summary>
    public static string InstanceOf(long series, long time) => string.Create(CultureInfo.InvariantCulture, $"{InstancePrefix}{series:x}-{time:x}");

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
    public async Task CatchUpAsync(CancellationToken cancel)
    {
        var last = _store.LastChange;
        while (true)
        {
            var moved = Volatile.Read(ref _moved);
            if (Volatile.Read(ref _reached) >= last) return;
            await moved.Task.WaitAsync(MostBehind, cancel);
        }
    }

    /// <summary>Reads with one snapshot, which has all that was committed before.</summary>
    public async Task<T> ReadAsync<T>(Func<HistoryReader, T> read, CancellationToken cancel)
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

    /// <summary>Does something in a transaction of the writer, after all changes committed before; ends when it is durable.</summary>
    public async Task<T> WriteAsync<T>(Func<HistoryWriter, T> write, CancellationToken cancel, int points = 1)
    {
        await CatchUpAsync(cancel);
        return await _writer.RunAsync(write, points, cancel);
    }

    /// <summary>Deletes or rolls up what has outlived its time, and folds rows of days gone by: entity by entity, so that others who write come in between.</summary>
    public async Task TidyNowAsync(CancellationToken cancel)
    {
        foreach (var (entity, lifetime) in await _writer.RunAsync(w => w.Mortal(), 1, cancel)) await _writer.RunAsync(w => w.Age(entity, lifetime), 1, cancel);
        foreach (var series in await _writer.RunAsync(w => w.Late(), 1, cancel)) await _writer.RunAsync(w => w.FoldRows(series), 1, cancel);
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
                if (_writer.Progress > _store.LastChange) await _writer.RunAsync(w => w.Restart(told), 1, cancel);
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
                await Task.Delay(RetryAfter, cancel).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            }
        }
    }

    private async Task FollowAsync(long reached, long told, CancellationToken cancel)
    {
        Reach(reached);
        var toldAt = _clock.GetTimestamp();
        while (true)
        {
            var waiting = _store.WaitForChangeAsync(reached, cancel);
            if (told < reached && !waiting.IsCompleted) await Task.WhenAny(waiting, Task.Delay(TellEvery, cancel));
            if (told < reached && (reached - told >= MostUntold || _clock.GetElapsedTime(toldAt) >= TellEvery || !waiting.IsCompleted))
            {
                await _store.MoveReaderAsync(Reader, reached, cancel);
                (told, toldAt) = (reached, _clock.GetTimestamp());
            }
            await waiting;
            var changes = await _store.ReadChangesAsync(reached, MostChanges, cancel);
            if (changes.Count == 0)
            {
                // The sequence was used by a change that is gone.
                Reach(reached = _store.LastChange);
                continue;
            }
            var last = changes[^1].Sequence;
            List<HistoryEntry> entries = [.. changes.Select(ChangePoints.Of)];
            await _writer.RunAsync(
                w =>
                {
                    // What is there already came with a transaction whose end nobody saw.
                    if (w.Progress >= last) return false;
                    foreach (var entry in entries) w.Add(entry);
                    w.Advance(last);
                    return true;
                },
                entries.Sum(e => e.Points.Count),
                cancel);
            foreach (var change in changes) Changed(change.Tenant, change.At);
            Reach(reached = last);
        }
    }

    private void Changed(string tenant, DateTimeOffset at) => _changed.AddOrUpdate(tenant, at, (_, known) => known > at ? known : at);

    private void Reach(long sequence)
    {
        Volatile.Write(ref _reached, sequence);
        Interlocked.Exchange(ref _moved, NewSignal()).SetResult();
    }

    private async Task TidyAsync()
    {
        using var timer = new PeriodicTimer(TidyEvery, _clock);
        try
        {
            using (var reader = new HistoryReader(_path))
                foreach (var (tenant, at) in reader.LastChanges()) Changed(tenant, at);
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
