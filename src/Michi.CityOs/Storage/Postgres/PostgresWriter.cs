using System.Threading.Channels;
using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>Writes what waits at this node in groups: one transaction for a group, answered after its commit.</summary>
/// <remarks>
/// The entities of a group are locked and read in one round trip, changed in memory, and written with their indexes and the log in another. All nodes lock in
/// the same order (entities by tenant and id, new entities likewise, counters, the log), so they wait for each other but never in a circle.
/// </remarks>
internal sealed class PostgresWriter : IAsyncDisposable
{
    /// <summary>Changes in one transaction at most, so that nobody waits long behind others.</summary>
    private const int MostChanges = 2_000;

    /// <summary>Works that may wait; more are told to wait at the door.</summary>
    private const int MostWaiting = 10_000;

    /// <summary>While one group is being committed another can be put together.</summary>
    private const int Writers = 2;

    private const int MostTries = 20;

    private readonly NpgsqlDataSource _source;
    private readonly PostgresNames _names;
    private readonly TimeProvider _clock;

    /// <summary>Where this node counts; two that happen to have the same wait for each other now and then.</summary>
    private readonly int _slot;
    private readonly Channel<Work> _waiting = Channel.CreateBounded<Work>(MostWaiting);
    private readonly Task[] _writing;

    public PostgresWriter(NpgsqlDataSource source, PostgresNames names, TimeProvider clock, Guid node)
    {
        (_source, _names, _clock, _slot) = (source, names, clock, node.ToByteArray()[0] % 32);
        _writing = [.. Enumerable.Range(0, Writers).Select(_ => Task.Run(() => _waiting.Reader.WorkAsync(MostChanges, w => w.Changes.Count, WriteAsync)))];
    }

    public async Task<EntityOutcome[]> WriteAsync(int tenant, IReadOnlyList<EntityChange> changes, CancellationToken cancel)
    {
        var work = new Work(tenant, changes);
        await _waiting.Writer.WriteAsync(work, cancel);
        return await work.Done.Task;
    }

    /// <summary>Writes what waits, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await Task.WhenAll(_writing);
    }

    private async Task WriteAsync(List<Work> group)
    {
        for (var tries = 1; ; tries++)
        {
            var changes = new GroupChanges(_names, _clock, _slot);
            try
            {
                var outcomes = await TryAsync(group, changes);
                for (var i = 0; i < outcomes.Length; i++) group[i].Done.SetResult(outcomes[i]);
                return;
            }
            // Another node made one of the entities first, or the database chose this transaction to give way: nothing of it is kept.
            catch (PostgresException fault) when (tries < MostTries && fault.SqlState is PostgresErrorCodes.UniqueViolation or PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
            {
            }
            // The database was away before it was told to write anything.
            catch (NpgsqlException fault) when (tries < MostTries && !changes.IsSent && (fault is not PostgresException || fault.IsTransient))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(25 * tries));
            }
            // Without an answer nobody knows whether the commit was kept: doing it again might do it twice, so each is told that it was not acknowledged.
            catch (Exception fault) when (group.Count == 1 || fault is NpgsqlException and not PostgresException { IsTransient: false })
            {
                foreach (var work in group) work.Done.TrySetException(fault);
                return;
            }
            // One may be at fault for all. Whatever it was, whoever waits must be told.
            catch (Exception)
            {
                foreach (var work in group) await WriteAsync([work]);
                return;
            }
        }
    }

    private async Task<EntityOutcome[][]> TryAsync(List<Work> group, GroupChanges changes)
    {
        await using var connection = await _source.OpenConnectionAsync();
        try
        {
            await changes.LockAsync(connection, group.SelectMany(w => w.Changes, (w, c) => (w.Tenant, c.Id)));
            EntityOutcome[][] outcomes = [.. group.Select(w => w.Changes.Select(c => changes.Apply(w.Tenant, c)).ToArray())];
            await changes.CommitAsync(connection);
            return outcomes;
        }
        catch
        {
            // The next who takes the connection must find no transaction open. A connection that is broken is thrown away by the pool.
            if (connection.FullState == System.Data.ConnectionState.Open) await connection.Command("ROLLBACK").RunAsync(CancellationToken.None);
            throw;
        }
    }

    private sealed record Work(int Tenant, IReadOnlyList<EntityChange> Changes)
    {
        public TaskCompletionSource<EntityOutcome[]> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
