using System.Data.Common;
using Michi.CityOs.Backups;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage.Postgres;
using Npgsql;

namespace Michi.CityOs;

/// <summary>What a backup holds of the City OS: read from a data folder, a database or a backup, and put back into any of them.</summary>
public sealed class CityOsBackup : IDisposable
{
    /// <summary>Beginning of the names of the tables in a backup that are the City OS's.</summary>
    public const string TablePrefix = BackupFile.Prefix;

    private CityOsBackup(ICityContent content) => Content = content;

    internal ICityContent Content { get; }

    /// <summary>What the embedded databases of a data folder hold at this moment, whoever else has them open; null for nothing.</summary>
    /// <exception cref="InvalidDataException">What is there is damaged, or of another version.</exception>
    public static CityOsBackup? OfFolder(string folder) => Of(SqliteContent.Open(folder));

    /// <summary>What the database of a connection holds, in the snapshot of its transaction, in which nothing else is to be done after; null for nothing.</summary>
    /// <exception cref="InvalidDataException">What is there is of another version.</exception>
    public static CityOsBackup? OfDatabase(DbConnection connection) => Of(PostgresContent.Open((NpgsqlConnection)connection));

    /// <summary>What a backup holds, whose seal was checked before; null for nothing.</summary>
    /// <exception cref="InvalidDataException">Another version made it.</exception>
    public static CityOsBackup? OfFile(string file) => Of(BackupFile.Open(file));

    /// <summary>Adds the tables of the City OS to a SQLite file, which is made where it is not there.</summary>
    /// <returns>Rows by table.</returns>
    public SortedDictionary<string, long> WriteTo(string file, IProgress<double> progress, CancellationToken cancel) => BackupFile.Write(file, Content, progress, cancel);

    public void Dispose() => Content.Dispose();

    private static CityOsBackup? Of(ICityContent? content) => content is null ? null : new(content);
}

/// <summary>Where a backup of the City OS is put back: a data folder or a database that holds none.</summary>
public abstract class CityOsTarget : IDisposable
{
    private CityOsTarget()
    {
    }

    /// <summary>The embedded databases of a data folder. They are made beside their place before the restore of all else is committed, and put in place just before it is.</summary>
    /// <exception cref="IOException">Another program has them open.</exception>
    public static CityOsTarget Folder(string folder) => new OfFolder(folder);

    /// <summary>The schema of the City OS in a PostgreSQL database, which is made where it is not there. What is put back comes with the transaction of all else.</summary>
    public static CityOsTarget Database(string connectionString)
    {
        PostgresSchema.Open(connectionString, SourceIdentity.NewName(), out _).Dispose();
        return new OfDatabase();
    }

    /// <summary>Before the transaction of all else begins.</summary>
    /// <returns>False where data is there already.</returns>
    public abstract Task<bool> PrepareAsync(CityOsBackup? backup, TimeProvider clock, IProgress<double> progress, CancellationToken cancel);

    /// <summary>Last in the transaction of all else.</summary>
    /// <param name="connection">Of the transaction.</param>
    /// <returns>False where data is there already.</returns>
    public abstract bool Put(CityOsBackup? backup, DbConnection connection, IProgress<double> progress, CancellationToken cancel);

    /// <summary>The transaction failed.</summary>
    public abstract void Undo();

    public abstract void Dispose();

    private sealed class OfFolder(string folder) : CityOsTarget
    {
        private readonly SqliteTarget _target = new(folder);

        public override async Task<bool> PrepareAsync(CityOsBackup? backup, TimeProvider clock, IProgress<double> progress, CancellationToken cancel)
        {
            if (!_target.IsEmpty()) return false;
            if (backup is not null) await _target.StageAsync(backup.Content, clock, progress, cancel);
            return true;
        }

        public override bool Put(CityOsBackup? backup, DbConnection connection, IProgress<double> progress, CancellationToken cancel)
        {
            _target.Place();
            return true;
        }

        public override void Undo() => _target.Undo();

        public override void Dispose() => _target.Dispose();
    }

    private sealed class OfDatabase : CityOsTarget
    {
        public override Task<bool> PrepareAsync(CityOsBackup? backup, TimeProvider clock, IProgress<double> progress, CancellationToken cancel) => Task.FromResult(true);

        public override bool Put(CityOsBackup? backup, DbConnection connection, IProgress<double> progress, CancellationToken cancel)
        {
            var target = new PostgresTarget((NpgsqlConnection)connection);
            if (!target.IsEmpty()) return false;
            if (backup is not null) target.Write(backup.Content, progress, cancel);
            return true;
        }

        public override void Undo()
        {
        }

        public override void Dispose()
        {
        }
    }
}
