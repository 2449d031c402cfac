using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Michi.Platform;
using Michi.Platform.Storage;
using Microsoft.Data.Sqlite;

namespace Michi;

/// <summary><c>michi backup</c> and <c>michi restore</c>: everything in a single file, consistent while serving, checked on restore.</summary>
/// <remarks>The file is a SQLite database with the same tables whatever the source is, so it also moves an installation from SQLite to PostgreSQL and back.</remarks>
internal static class Backup
{
    private const string Seal = "backup-seal";

    /// <summary>What a backup says of itself: checked before anything is restored.</summary>
    /// <param name="Hash">SHA-256 of all tables and rows; null in backups made before it was written.</param>
    private sealed record Manifest(string Format, DateTimeOffset MadeAt, SortedDictionary<string, long> Rows, string? Hash = null);

    public static Command BackupCommand()
    {
        var settings = new Settings();
        var file = new Argument<string>("file") { Description = "File to write." };
        var command = new Command("backup", "Write everything to a single file. Works while the server runs.") { file };
        settings.AddTo(command);
        command.SetAction((parsed, cancel) => Host.RunAsync(async () =>
        {
            var options = settings.Read(parsed, "michi-data");
            var manifest = await WriteAsync(options, parsed.GetValue(file)!, cancel);
            Console.WriteLine($"{manifest.Rows.Values.Sum()} rows of {manifest.Rows.Count} tables are in {Path.GetFullPath(parsed.GetValue(file)!)}.");
            return 0;
        }));
        return command;
    }

    public static Command RestoreCommand()
    {
        var settings = new Settings();
        var file = new Argument<string>("file") { Description = "File a backup was written to." };
        var command = new Command("restore", "Read a backup into an empty data folder or database.") { file };
        settings.AddTo(command);
        command.SetAction((parsed, cancel) => Host.RunAsync(async () =>
        {
            var options = settings.Read(parsed, "michi-data");
            var manifest = await ReadAsync(options, parsed.GetValue(file)!, cancel);
            Console.WriteLine($"{manifest.Rows.Values.Sum()} rows of {manifest.Rows.Count} tables, saved at {manifest.MadeAt:u}, are restored.");
            return 0;
        }));
        return command;
    }

    private static async Task<Manifest> WriteAsync(PlatformOptions options, string file, CancellationToken cancel)
    {
        if (options.Database.Length == 0 && !File.Exists(Path.Combine(options.Data, "michi.db"))) throw new UsageException($"There is no Michi database in {Path.GetFullPath(options.Data)}.");
        var folder = Directory.CreateTempSubdirectory("michi-backup-").FullName;
        try
        {
            Manifest manifest;
            await using (var source = Host.Build(options))
            await using (var copy = Host.Build(new PlatformOptions { Data = folder, Content = options.Content, Pack = options.Pack }))
            {
                await Host.CreateTablesAsync(copy.Services, cancel);
                manifest = new("michi-backup/1", DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds()), await CopyAsync(source.Services, copy.Services, cancel));
            }
            SqliteConnection.ClearAllPools();
            var written = Path.Combine(folder, "michi.db");
            await using (var sqlite = new SqliteConnection($"Data Source={written};Pooling=False"))
            {
                await sqlite.OpenAsync(cancel);
                manifest = manifest with { Hash = await HashAsync(sqlite, cancel) };
                await using var command = sqlite.CreateCommand();
                command.CommandText = $"CREATE TABLE \"{Seal}\" (manifest TEXT NOT NULL); INSERT INTO \"{Seal}\" VALUES ($manifest); PRAGMA journal_mode=DELETE;";
                command.Parameters.AddWithValue("$manifest", JsonSerializer.Serialize(manifest));
                await command.ExecuteNonQueryAsync(cancel);
            }
            // The name appears only with the whole file behind it.
            var partial = $"{Path.GetFullPath(file)}.partial";
            File.Copy(written, partial, overwrite: true);
            File.Move(partial, Path.GetFullPath(file), overwrite: true);
            return manifest;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"The backup could not be written to {file}: {fault.Message}");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Manifest> ReadAsync(PlatformOptions options, string file, CancellationToken cancel)
    {
        if (!File.Exists(file)) throw new UsageException($"There is no file {file}.");
        var folder = Directory.CreateTempSubdirectory("michi-restore-").FullName;
        try
        {
            var unpacked = Path.Combine(folder, "michi.db");
            File.Copy(file, unpacked);
            var manifest = await CheckAsync(unpacked, file, cancel);
            await using var source = Host.Build(new PlatformOptions { Data = folder, Content = options.Content, Pack = options.Pack });
            await Host.CreateTablesAsync(source.Services, cancel);
            await using var target = Host.Build(options);
            await Host.CreateTablesAsync(target.Services, cancel);
            var rows = await CopyAsync(source.Services, target.Services, cancel);
            if (!rows.Where(r => manifest.Rows.ContainsKey(r.Key)).SequenceEqual(manifest.Rows)) throw new UsageException($"{file} does not hold what it says it holds. Use another backup.");
            return manifest;
        }
        catch (InvalidOperationException fault) when (fault.Message.Contains("platform_", StringComparison.Ordinal) || fault.Message.Contains("assessment_", StringComparison.Ordinal) || fault.Message.Contains("roadmap_", StringComparison.Ordinal))
        {
            throw new UsageException("There is data here already. Restore into an empty data folder (--data) or database (--database).");
        }
        finally
        {
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Manifest> CheckAsync(string database, string name, CancellationToken cancel)
    {
        try
        {
            await using var sqlite = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
            await sqlite.OpenAsync(cancel);
            await using var command = sqlite.CreateCommand();
            command.CommandText = "PRAGMA integrity_check";
            if (await command.ExecuteScalarAsync(cancel) as string != "ok") throw new UsageException($"{name} is damaged. Use another backup.");
            command.CommandText = $"SELECT manifest FROM \"{Seal}\"";
            var manifest = JsonSerializer.Deserialize<Manifest>((string)(await command.ExecuteScalarAsync(cancel))!)!;
            // SQLite's own check does not see a letter changed in a row.
            return manifest.Hash is null || manifest.Hash == await HashAsync(sqlite, cancel) ? manifest : throw new UsageException($"{name} is damaged. Use another backup.");
        }
        catch (Exception fault) when (fault is SqliteException or JsonException)
        {
            throw new UsageException($"{name} is not a backup of Michi, or it is damaged.");
        }
    }

    /// <summary>SHA-256 of everything but the seal: each table's definition, then its rows as SQLite stores them.</summary>
    private static async Task<string> HashAsync(SqliteConnection sqlite, CancellationToken cancel)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var command = sqlite.CreateCommand();
        command.CommandText = $"SELECT type, name, sql FROM sqlite_schema WHERE name <> '{Seal}' ORDER BY type, name";
        var tables = new List<string>();
        await AddAsync(row =>
        {
            if (row.GetString(0) == "table") tables.Add(row.GetString(1));
        });
        foreach (var table in tables)
        {
            command.CommandText = $"SELECT * FROM \"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\" ORDER BY rowid";
            await AddAsync(_ => { });
        }
        return Convert.ToHexString(hash.GetHashAndReset());

        async Task AddAsync(Action<SqliteDataReader> also)
        {
            await using var rows = await command.ExecuteReaderAsync(cancel);
            while (await rows.ReadAsync(cancel))
            {
                also(rows);
                for (var i = 0; i < rows.FieldCount; i++)
                {
                    // Kind and length before each value, so that no two contents read alike.
                    var (kind, bytes) = rows.GetValue(i) switch
                    {
                        long number => ('i', BitConverter.GetBytes(number)),
                        double number => ('r', BitConverter.GetBytes(number)),
                        string text => ('t', Encoding.UTF8.GetBytes(text)),
                        byte[] blob => ('b', blob),
                        _ => ('n', []),
                    };
                    hash.AppendData([(byte)kind, .. BitConverter.GetBytes(bytes.Length)]);
                    hash.AppendData(bytes);
                }
            }
        }
    }

    private static async Task<SortedDictionary<string, long>> CopyAsync(IServiceProvider from, IServiceProvider to, CancellationToken cancel)
    {
        await using var source = from.CreateAsyncScope();
        await using var target = to.CreateAsyncScope();
        return await DatabaseCopy.RunAsync([.. source.ServiceProvider.GetServices<ModuleDb>()], [.. target.ServiceProvider.GetServices<ModuleDb>()], cancel);
    }
}
