using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Michi.Platform.Storage;

/// <summary>Where the management modules keep their data: one SQLite file (default) or PostgreSQL. The same code serves both.</summary>
public sealed class Database
{
    private Database(bool isPostgres, string connectionString, string? file)
    {
        IsPostgres = isPostgres;
        ConnectionString = connectionString;
        File = file;
    }

    public bool IsPostgres { get; }

    public string ConnectionString { get; }

    /// <summary>The SQLite file; null for PostgreSQL.</summary>
    public string? File { get; }

    /// <summary>The embedded database in a data folder, which is created where missing.</summary>
    /// <exception cref="IOException">The folder cannot be created or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be created or written.</exception>
    public static Database Embedded(string dataFolder)
    {
        Directory.CreateDirectory(dataFolder);
        var file = Path.Combine(Path.GetFullPath(dataFolder), "michi.db");
        var probe = Path.Combine(Path.GetFullPath(dataFolder), $".write-{Environment.ProcessId}");
        System.IO.File.WriteAllText(probe, "");
        System.IO.File.Delete(probe);
        return new(false, new SqliteConnectionStringBuilder { DataSource = file, ForeignKeys = true, DefaultTimeout = 30 }.ToString(), file);
    }

    /// <summary>PostgreSQL by connection string or <c>postgres://user:password@host:port/database</c>.</summary>
    /// <exception cref="ArgumentException">The text is not a connection string.</exception>
    public static Database Postgres(string connection)
    {
        if (Uri.TryCreate(connection, UriKind.Absolute, out var uri) && uri.Scheme is "postgres" or "postgresql")
        {
            var user = uri!.UserInfo.Split(':', 2);
            connection = new NpgsqlConnectionStringBuilder
            {
                Host = uri.Host,
                Port = uri.Port > 0 ? uri.Port : 5432,
                Database = uri.AbsolutePath.Trim('/'),
                Username = Uri.UnescapeDataString(user[0]),
                Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            }.ToString();
        }
        return new(true, new NpgsqlConnectionStringBuilder(connection).ToString(), null);
    }

    /// <summary>The database an installation is set to use.</summary>
    public static Database From(PlatformOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return options.Database.Length > 0 ? Postgres(options.Database) : Embedded(options.Data);
    }

    /// <summary>Waits for the turn to make or change what all nodes on this database have in common, so that those that start at once do it one after another.</summary>
    /// <returns>To be disposed of when done; null where no other node can be there.</returns>
    public async Task<IAsyncDisposable?> TakeTurnAsync(CancellationToken cancel)
    {
        if (!IsPostgres) return null;
        // The lock is that of the session, and ends with it whatever happens.
        var session = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString) { Pooling = false }.ToString());
        try
        {
            await session.OpenAsync(cancel);
            await using var take = new NpgsqlCommand("SELECT pg_advisory_lock(1836213352, 0)", session) { CommandTimeout = 0 };
            await take.ExecuteNonQueryAsync(cancel);
            return session;
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Points a module's context at this database; each module keeps its own migration history.</summary>
    public void Configure(DbContextOptionsBuilder options, string module)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (IsPostgres) options.UseNpgsql(ConnectionString, o => o.MigrationsHistoryTable($"{module}_migrations"));
        else options.UseSqlite(ConnectionString, o => o.MigrationsHistoryTable($"{module}_migrations")).AddInterceptors(DurableSqlite.Instance);
        // Migrations are written by hand and serve both databases; a test compares them with the model instead of a snapshot.
        options.ConfigureWarnings(w => w.Ignore(RelationalEventId.PendingModelChangesWarning));
    }

    private sealed class DurableSqlite : DbConnectionInterceptor
    {
        public static readonly DurableSqlite Instance = new();

        // FULL: what was answered survives a power cut, not only a killed process. Read-only connections cannot set the mode.
        private static string Pragmas(DbConnection connection) =>
            connection.ConnectionString.Contains("Mode=ReadOnly", StringComparison.Ordinal) ? "PRAGMA query_only=1;" : "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";

        public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
        {
            using var command = connection.CreateCommand();
            command.CommandText = Pragmas(connection);
            command.ExecuteNonQuery();
        }

        public override async Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
        {
            await using var command = connection.CreateCommand();
            command.CommandText = Pragmas(connection);
            await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
