using Microsoft.Data.Sqlite;

namespace Michi.CityOs.Storage;

/// <summary>The one who writes to a database: a group is a transaction.</summary>
internal abstract class TransactionWriter(SqliteConnection connection, string name, int mostSize, int mostWaiting) : GroupWriter(name, mostSize, mostWaiting)
{
    private readonly Statements _statements = new(connection);

    protected Statement Prepare(string sql) => _statements.Prepare(sql);

    protected long LastId => _statements.LastId;

    /// <summary>Last in a transaction.</summary>
    protected virtual void Complete()
    {
    }

    /// <summary>A transaction was undone: nothing of it must be remembered.</summary>
    protected abstract void RolledBack();

    protected override void Begin() => Prepare("BEGIN IMMEDIATE").Run();

    protected override void Commit()
    {
        Complete();
        Prepare("COMMIT").Run();
    }

    protected override void RollBack()
    {
        try
        {
            Prepare("ROLLBACK").Run();
        }
        catch (SqliteException)
        {
            // The transaction had ended by itself.
        }
        RolledBack();
    }

    public override void Dispose()
    {
        base.Dispose();
        _statements.Dispose();
    }
}
