using System.Data;
using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Michi.Platform.Storage;

/// <summary>Copies everything of every module from one database to another, of either kind: what backup, restore and moving to PostgreSQL rest on.</summary>
public static class DatabaseCopy
{
    private const int Batch = 500;

    /// <summary>Copies all rows in one snapshot of the source and one transaction of the target.</summary>
    /// <param name="source">The modules' contexts on the source, each with an own connection string to the same database.</param>
    /// <param name="target">The same modules on a target whose tables exist and are empty.</param>
    /// <param name="last">What else is read in the snapshot (first connection) and written in the transaction (second), after all rows.</param>
    /// <returns>Rows by table.</returns>
    /// <exception cref="InvalidOperationException">The target holds data already; the message names the table.</exception>
    public static async Task<SortedDictionary<string, long>> RunAsync(IReadOnlyList<ModuleDb> source, IReadOnlyList<ModuleDb> target, CancellationToken cancel, Action<DbConnection, DbConnection>? last = null)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(target);
        var counts = new SortedDictionary<string, long>(StringComparer.Ordinal);
        await using var reading = await ShareAsync(source, IsolationLevel.RepeatableRead, cancel);
        await using var writing = await ShareAsync(target, IsolationLevel.Serializable, cancel);
        foreach (var (from, to) in source.Zip(target))
        {
            foreach (var type in from.Model.GetEntityTypes().Where(t => !counts.ContainsKey(t.GetTableName()!)))
            {
                var copy = typeof(DatabaseCopy).GetMethod(nameof(CopyAsync), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.MakeGenericMethod(type.ClrType);
                counts[type.GetTableName()!] = await (Task<long>)copy.Invoke(null, [from, to, cancel])!;
            }
        }
        if (target[0].Database.IsNpgsql())
        {
            // The identity of the audit log goes on after the copied lines.
            await target[0].Database.ExecuteSqlRawAsync(
                "SELECT setval(pg_get_serial_sequence('platform_audit', 'Id'), COALESCE((SELECT MAX(\"Id\") FROM platform_audit), 0) + 1, false)", cancel);
        }
        last?.Invoke(source[0].Database.GetDbConnection(), target[0].Database.GetDbConnection());
        await writing.CommitAsync(cancel);
        return counts;
    }

    /// <summary>Looks whether a target holds data, before much is done for it.</summary>
    /// <exception cref="InvalidOperationException">It does; the message names the table.</exception>
    public static async Task RefuseDataAsync(IReadOnlyList<ModuleDb> target, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(target);
        foreach (var module in target)
        {
            foreach (var type in module.Model.GetEntityTypes())
            {
                var refuse = typeof(DatabaseCopy).GetMethod(nameof(RefuseAsync), System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)!.MakeGenericMethod(type.ClrType);
                await (Task)refuse.Invoke(null, [module, cancel])!;
            }
        }
    }

    private static async Task<IDbContextTransaction> ShareAsync(IReadOnlyList<ModuleDb> contexts, IsolationLevel isolation, CancellationToken cancel)
    {
        await contexts[0].Database.OpenConnectionAsync(cancel);
        var transaction = await contexts[0].Database.BeginTransactionAsync(contexts[0].Database.IsNpgsql() ? isolation : IsolationLevel.Serializable, cancel);
        foreach (var other in contexts.Skip(1))
        {
            other.Database.SetDbConnection(contexts[0].Database.GetDbConnection());
            await other.Database.UseTransactionAsync(transaction.GetDbTransaction(), cancel);
        }
        return transaction;
    }

    private static async Task RefuseAsync<T>(ModuleDb to, CancellationToken cancel) where T : class
    {
        if (await to.Set<T>().AnyAsync(cancel)) throw new InvalidOperationException(to.Model.FindEntityType(typeof(T))!.GetTableName());
    }

    private static async Task<long> CopyAsync<T>(ModuleDb from, ModuleDb to, CancellationToken cancel) where T : class
    {
        await RefuseAsync<T>(to, cancel);
        long count = 0;
        await foreach (var row in from.Set<T>().AsNoTracking().AsAsyncEnumerable().WithCancellation(cancel))
        {
            to.Add(row);
            if (++count % Batch == 0) await FlushAsync();
        }
        await FlushAsync();
        return count;

        async Task FlushAsync()
        {
            await to.SaveChangesAsync(cancel);
            to.ChangeTracker.Clear();
        }
    }
}
