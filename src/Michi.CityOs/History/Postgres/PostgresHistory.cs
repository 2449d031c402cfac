using System.Data;
using Michi.CityOs.Storage.Postgres;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Michi.CityOs.History.Postgres;

/// <summary>The history in the shared database. One node at a time fills it from the log of changes; all nodes read it, and write what is told of the past.</summary>
/// <remarks>How far the log was read is noted in the transaction that writes what was read: each change comes into the history once, whatever happens to the node.</remarks>
internal sealed class PostgresHistory : IHistory
{
    /// <summary>Name of the reader of changes, and of the lease of who reads.</summary>
    private const string Reader = "history";

    /// <summary>Changes taken at once.</summary>
    private const int MostChanges = 2_000;

    /// <summary>Rows of a series before they are folded into its chunk.</summary>
    private const int MostRows = 64;

    /// <summary>Series folded in one transaction.</summary>
    private const int Portion = 500;

    private const int MostTries = 10;

    private static readonly TimeSpan TrimEvery = TimeSpan.FromSeconds(5), RetryAfter = TimeSpan.FromSeconds(1), TidyEvery = TimeSpan.FromHours(1);

    /// <summary>How long a reader waits for the history to go on, before it is told that it does not.</summary>
    private static readonly TimeSpan MostBehind = TimeSpan.FromSeconds(30);

    private readonly PostgresStore _store;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _working;

    /// <param name="page">Instances told in one answer.</param>
    public PostgresHistory(PostgresStore store, TimeProvider clock, ILogger log, int page = CityOsOptions.UsualHistoryPage)
    {
        (_store, _clock, _log, Page) = (store, clock, log, page);
        // From here on no change is lost: before the first request, so it is waited for.
        store.OpenReaderAsync(Reader, CancellationToken.None).GetAwaiter().GetResult();
        _working = Task.Run(() => store.HoldAsync(Reader, stop => Task.WhenAll(RepeatAsync(FollowAsync, stop), RepeatAsync(TidyAsync, stop)), _stop.Token));
    }

    public int Page { get; }

    public async Task<T> ReadAsync<T>(Func<IHistoryReader, T> read, CancellationToken cancel)
    {
        await CatchUpAsync(cancel);
        await using var connection = await _store.Source.OpenConnectionAsync(cancel);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancel);
        return read(new PostgresHistoryReader(connection, _store.Names));
    }

    public async Task<T> WriteAsync<T>(Func<IHistoryWriter, T> write, CancellationToken cancel, int points = 1)
    {
        await CatchUpAsync(cancel);
        return await RunAsync(write, cancel);
    }

    public async Task<DateTimeOffset?> ChangedAtAsync(string tenant, CancellationToken cancel)
    {
        await CatchUpAsync(cancel);
        return await _store.Source.Command("SELECT at FROM history_changed WHERE tenant = $1").With(await _store.Names.FindTenantAsync(tenant, cancel)).FirstAsync(r => (DateTimeOffset?)Entities.EntityCodec.Time(r.GetInt64(0)), cancel);
    }

    public async Task<long> BytesAsync(CancellationToken cancel) => await PostgresSchema.BytesAsync(_store.Source, ofHistory: true, cancel);

    public async Task TidyNowAsync(CancellationToken cancel)
    {
        await FoldAsync([.. await LateAsync(cancel)], cancel);
        foreach (var (entity, lifetime) in await MortalAsync(cancel))
            await RunAsync(w =>
            {
                w.Age(entity, lifetime);
                return true;
            }, cancel);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _working;
        _stop.Dispose();
    }

    /// <summary>Ends when the history has all changes of entities that were committed when this was called.</summary>
    private async Task CatchUpAsync(CancellationToken cancel)
    {
        var last = await _store.LastChangeAsync(cancel);
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var next = _store.Signals.Next(PostgresSignals.History);
            if (await _store.Source.Command("SELECT position FROM change_reader WHERE name = $1").With(Reader).FirstAsync(r => r.GetInt64(0), cancel) >= last) return;
            if (TimeProvider.System.GetElapsedTime(began) > MostBehind) throw new TimeoutException("The history lies behind.");
            await next(cancel);
        }
    }

    private async Task<T> RunAsync<T>(Func<PostgresHistoryWriter, T> write, CancellationToken cancel)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await using var connection = await _store.Source.OpenConnectionAsync(cancel);
                await using var transaction = await connection.BeginTransactionAsync(cancel);
                var result = write(new PostgresHistoryWriter(connection, _store.Names, _clock));
                await transaction.CommitAsync(CancellationToken.None);
                return result;
            }
            // Somebody else writes to the same series: the database chose this transaction to give way.
            catch (PostgresException fault) when (tries < MostTries && fault.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
            {
            }
        }
    }

    /// <summary>Does something until the node is to end it, whatever faults there are.</summary>
    private async Task RepeatAsync(Func<CancellationToken, Task> act, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await act(stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            // The database may be full or away for a while: the history goes on from where it is.
            catch (Exception fault)
            {
                Log.HistoryFailed(_log, fault);
                await Task.Delay(RetryAfter, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task FollowAsync(CancellationToken cancel)
    {
        var reached = await _store.OpenReaderAsync(Reader, cancel);
        Dictionary<long, int> rows = [];
        var trimmedAt = TimeProvider.System.GetTimestamp();
        while (true)
        {
            await _store.WaitForChangeAsync(reached, cancel);
            var changes = await _store.ReadChangesAsync(reached, MostChanges, cancel);
            if (changes.Count == 0) continue;
            var (from, until) = (reached, changes[^1].Sequence);
            List<HistoryEntry> entries = [.. changes.Select(ChangePoints.Of)];
            var added = await RunAsync(w => w.Follow(Reader, from, until, entries), cancel);
            // Another node has gone on from there: what it has reached is where to go on.
            if (added is null) return;
            reached = until;
            foreach (var (series, count) in added) rows[series] = rows.GetValueOrDefault(series) + count;
            List<long> full = [.. added.Where(s => s.Value >= PostgresHistoryWriter.ManyPoints || rows[s.Key] > MostRows).Select(s => s.Key)];
            await FoldAsync(full, cancel);
            foreach (var series in full) rows.Remove(series);
            if (TimeProvider.System.GetElapsedTime(trimmedAt) < TrimEvery) continue;
            await _store.MoveReaderAsync(Reader, reached, cancel);
            trimmedAt = TimeProvider.System.GetTimestamp();
        }
    }

    private async Task TidyAsync(CancellationToken cancel)
    {
        await Task.Delay(TidyEvery, _clock, cancel);
        await TidyNowAsync(cancel);
    }

    private async Task FoldAsync(List<long> series, CancellationToken cancel)
    {
        foreach (var portion in series.Chunk(Portion))
            await RunAsync(w =>
            {
                w.Fold(portion);
                return true;
            }, cancel);
    }

    /// <summary>Series with rows of days gone by.</summary>
    private Task<List<long>> LateAsync(CancellationToken cancel) =>
        _store.Source.Command("SELECT DISTINCT series FROM history_recent WHERE time < $1").With(HistorySchema.DayOf(Entities.EntityCodec.Microseconds(_clock.GetUtcNow())) * HistorySchema.Day).AllAsync(r => r.GetInt64(0), cancel);

    /// <summary>Entities with a lifetime. Of several types of an entity the longest counts.</summary>
    private Task<List<(long Entity, Lifetime Lifetime)>> MortalAsync(CancellationToken cancel) =>
        _store.Source.Command("""
            SELECT e.key, max(coalesce(own.days, whole.days, 1000000)), max(coalesce(own.detail, whole.detail, 1000000)), min(coalesce(own.period, whole.period, 3600))
            FROM history_entity e JOIN history_type t ON t.entity = e.key
            LEFT JOIN history_lifetime own ON own.tenant = e.tenant AND own.type = t.type LEFT JOIN history_lifetime whole ON whole.tenant = e.tenant AND whole.type = 0
            WHERE e.tenant IN (SELECT tenant FROM history_lifetime) GROUP BY e.key
            """).AllAsync(r => (r.GetInt64(0), new Lifetime(r.GetInt32(1), r.GetInt32(2), r.GetInt32(3))), cancel);
}
