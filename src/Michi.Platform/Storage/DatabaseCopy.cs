using System.Data;
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
    /// <returns>Rows by table.</returns>
    /// <exception cref="InvalidOperationException">The target holds data already; the message names the table.</exception>
    public static async Task<SortedDictionary<string, long>> RunAsync(IReadOnlyList<ModuleDb> source, IReadOnlyList<ModuleDb> target, CancellationToken cancel)
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
        await writing.CommitAsync(cancel);
        return counts;
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

    private static async Task<long> CopyAsync<T>(ModuleDb from, ModuleDb to, CancellationToken cancel) where T : class
    {
        if (await to.Set<T>().AnyAsync(cancel)) throw new InvalidOperationException(to.Model.FindEntityType(typeof(T))!.GetTableName());
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
