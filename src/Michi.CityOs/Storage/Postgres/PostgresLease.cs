using System.Diagnostics;
using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>A work that one node does at a time: a row says who and until when, by the clock of the database. Who does it says so again every second.</summary>
/// <remarks>A node that dies is followed within six seconds, one that stops within one. A node that cannot say so any more stops before its time is up, by its own clock.</remarks>
internal sealed class PostgresLease(NpgsqlDataSource source, Guid node, string name)
{
    private static readonly TimeSpan Lasts = TimeSpan.FromSeconds(5), Every = TimeSpan.FromSeconds(1);

    /// <summary>Does the work whenever no other node does, until the program ends or the work does.</summary>
    public async Task HoldAsync(Func<CancellationToken, Task> work, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var began = Stopwatch.GetTimestamp();
            if (await TakeAsync(cancel) && await DoAsync(work, began, cancel)) return;
            await Task.Delay(Every, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <returns>Whether the work came to its end; false where another node may have taken over.</returns>
    private async Task<bool> DoAsync(Func<CancellationToken, Task> work, long taken, CancellationToken cancel)
    {
        using var held = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        var working = work(held.Token);
        while (await Task.WhenAny(working, Task.Delay(Every, CancellationToken.None)) != working)
        {
            var began = Stopwatch.GetTimestamp();
            using var late = new CancellationTokenSource(Lasts - Every);
            if (await TakeAsync(late.Token)) taken = began;
            else if (Stopwatch.GetElapsedTime(taken) > Lasts - Every) break;
        }
        var isDone = working.IsCompleted;
        await held.CancelAsync();
        await working;
        if (isDone) await GiveBackAsync();
        return isDone;
    }

    /// <summary>Takes what nobody holds, or holds it for longer; false where another has it, or nobody knows.</summary>
    private async Task<bool> TakeAsync(CancellationToken cancel)
    {
        try
        {
            return await source.Command("INSERT INTO lease (name, holder, until) VALUES ($1, $2, clock_timestamp() + $3) ON CONFLICT (name) DO UPDATE SET holder = $2, until = excluded.until WHERE lease.holder = $2 OR lease.until < clock_timestamp()")
                .With(name).With(node).With(Lasts).RunAsync(cancel) == 1;
        }
        catch (Exception fault) when (Commands.IsPassing(fault) || fault is OperationCanceledException)
        {
            return false;
        }
    }

    private async Task GiveBackAsync()
    {
        try
        {
            await source.Command("DELETE FROM lease WHERE name = $1 AND holder = $2").With(name).With(node).RunAsync(CancellationToken.None);
        }
        catch (Exception fault) when (Commands.IsPassing(fault))
        {
            // It runs out by itself.
        }
    }
}
