using System.CommandLine;
using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Michi.CityOs;
using Michi.Platform;
using Michi.Platform.Storage;
using Microsoft.Data.Sqlite;

namespace Michi;

/// <summary><c>michi backup</c> and <c>michi restore</c>: everything in a single file, consistent while serving, checked on restore.</summary>
/// <remarks>The file is a SQLite database with the same tables whatever the source is, so it also moves an installation from SQLite to PostgreSQL and back.</remarks>
internal static class Backup
{
    private const string Seal = "backup-seal";

    /// <summary>How long it may take before it shows how far it has come.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

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
        var isEmbedded = options.Database.Length == 0;
        if (isEmbedded && !File.Exists(Path.Combine(options.Data, "michi.db"))) throw new UsageException($"There is no Michi database in {Path.GetFullPath(options.Data)}.");
        var folder = Directory.CreateTempSubdirectory("michi-backup-").FullName;
        // The name appears only with the whole file behind it.
        var partial = $"{Path.GetFullPath(file)}.partial";
        var progress = new ConsoleProgress(Quiet);
        try
        {
            File.Delete(partial);
            var madeAt = DateTimeOffset.FromUnixTimeSeconds(TimeProvider.System.GetUtcNow().ToUnixTimeSeconds());
            // Both are taken hold of before anything is read, so that each has all that was acknowledged until now.
            using var embedded = isEmbedded ? CityOsBackup.OfFolder(options.Data) : null;
            SortedDictionary<string, long> rows, city = [];
            await using (var source = Host.BuildServices(options))
            await using (var copy = Host.BuildServices(new PlatformOptions { Data = folder, Content = options.Content, Pack = options.Pack }))
            {
                await Host.CreateTablesAsync(copy.Services, cancel);
                rows = await CopyAsync(source.Services, copy.Services, (from, _) =>
                {
                    if (isEmbedded) return;
                    using var shared = CityOsBackup.OfDatabase(from);
                    city = shared?.WriteTo(partial, new Part(progress, 0, 0.8), cancel) ?? city;
                }, cancel);
            }
            city = embedded?.WriteTo(partial, new Part(progress, 0, 0.8), cancel) ?? city;
            SqliteConnection.ClearAllPools();
            await CopyTablesAsync(Path.Combine(folder, "michi.db"), partial, cancel);
            foreach (var (table, count) in city) rows[table] = count;
            var manifest = new Manifest("michi-backup/1", madeAt, rows);
            await using (var sqlite = new SqliteConnection($"Data Source={partial};Pooling=False"))
            {
                await sqlite.OpenAsync(cancel);
                manifest = manifest with { Hash = await HashAsync(sqlite, rows.Values.Sum(), new Part(progress, 0.8, 0.2), cancel) };
                await using var command = sqlite.CreateCommand();
                command.CommandText = $"CREATE TABLE \"{Seal}\" (manifest TEXT NOT NULL); INSERT INTO \"{Seal}\" VALUES ($manifest);";
                command.Parameters.AddWithValue("$manifest", JsonSerializer.Serialize(manifest));
                await command.ExecuteNonQueryAsync(cancel);
            }
            await using (var written = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite)) written.Flush(flushToDisk: true);
            File.Move(partial, Path.GetFullPath(file), overwrite: true);
            return manifest;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_CANTOPEN })
        {
            throw new UsageException($"The backup could not be written to {file}: {fault.Message}");
        }
        catch (InvalidDataException fault)
        {
            throw new UsageException(fault.Message, 3);
        }
        finally
        {
            progress.End();
            File.Delete(partial);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<Manifest> ReadAsync(PlatformOptions options, string file, CancellationToken cancel)
    {
        if (!File.Exists(file)) throw new UsageException($"There is no file {file}.");
        var folder = Directory.CreateTempSubdirectory("michi-restore-").FullName;
        var progress = new ConsoleProgress(Quiet);
        try
        {
            var manifest = await CheckAsync(file, new Part(progress, 0, 0.2), cancel);
            using var city = CityOsBackup.OfFile(file);
            await CopyTablesAsync(file, Path.Combine(folder, "michi.db"), cancel);
            await using var source = Host.BuildServices(new PlatformOptions { Data = folder, Content = options.Content, Pack = options.Pack });
            await Host.CreateTablesAsync(source.Services, cancel);
            await using var target = Host.BuildServices(options);
            await Host.CreateTablesAsync(target.Services, cancel);
            await using (var looked = target.Services.CreateAsyncScope()) await DatabaseCopy.RefuseDataAsync([.. looked.ServiceProvider.GetServices<ModuleDb>()], cancel);
            using var cityTarget = options.Database.Length == 0 ? CityOsTarget.Folder(options.Data) : CityOsTarget.Database(target.Services.GetRequiredService<Database>().ConnectionString);
            try
            {
                var loading = new Part(progress, 0.2, 0.8);
                if (!await cityTarget.PrepareAsync(city, TimeProvider.System, loading, cancel)) throw Taken();
                var rows = await CopyAsync(source.Services, target.Services, (_, to) =>
                {
                    if (!cityTarget.Put(city, to, loading, cancel)) throw Taken();
                }, cancel);
                if (!rows.Where(r => manifest.Rows.ContainsKey(r.Key)).SequenceEqual(manifest.Rows.Where(r => !IsOfCity(r.Key)))) throw new UsageException($"{file} does not hold what it says it holds. Use another backup.");
                return manifest;
            }
            catch
            {
                cityTarget.Undo();
                throw;
            }
        }
        catch (InvalidOperationException fault) when (fault.Message.Contains("platform_", StringComparison.Ordinal) || fault.Message.Contains("assessment_", StringComparison.Ordinal) || fault.Message.Contains("roadmap_", StringComparison.Ordinal))
        {
            throw Taken();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UsageException(fault.Message);
        }
        finally
        {
            progress.End();
            SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }

        static UsageException Taken() => new("There is data here already. Restore into an empty data folder (--data) or database (--database).");
    }

    private static bool IsOfCity(string table) => table.StartsWith(CityOsBackup.TablePrefix, StringComparison.Ordinal);

    /// <summary>Copies all tables but those of the City OS, which can be large, from one SQLite file to another.</summary>
    private static async Task CopyTablesAsync(string from, string to, CancellationToken cancel)
    {
        await using var sqlite = new SqliteConnection($"Data Source={to};Pooling=False");
        await sqlite.OpenAsync(cancel);
        await using var command = sqlite.CreateCommand();
        command.CommandText = "ATTACH $from AS other";
        command.Parameters.AddWithValue("$from", from);
        await command.ExecuteNonQueryAsync(cancel);
        List<(string Type, string Name, string Table, string Sql)> all = [];
        command.CommandText = "SELECT type, name, tbl_name, sql FROM other.sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY type <> 'table', rowid";
        await using (var rows = await command.ExecuteReaderAsync(cancel))
            while (await rows.ReadAsync(cancel)) all.Add((rows.GetString(0), rows.GetString(1), rows.GetString(2), rows.GetString(3)));
        command.CommandText = "BEGIN";
        await command.ExecuteNonQueryAsync(cancel);
        foreach (var (type, name, table, sql) in all)
        {
            if (IsOfCity(table) || table == Seal) continue;
            var quoted = name.Replace("\"", "\"\"", StringComparison.Ordinal);
            command.CommandText = type == "table" ? $"{sql}; INSERT INTO main.\"{quoted}\" SELECT * FROM other.\"{quoted}\" ORDER BY rowid" : sql;
            await command.ExecuteNonQueryAsync(cancel);
        }
        command.CommandText = "COMMIT";
        await command.ExecuteNonQueryAsync(cancel);
    }

    private static async Task<Manifest> CheckAsync(string name, IProgress<double> progress, CancellationToken cancel)
    {
        try
        {
            await using var sqlite = new SqliteConnection($"Data Source={name};Mode=ReadOnly;Pooling=False");
            await sqlite.OpenAsync(cancel);
            await using var command = sqlite.CreateCommand();
            command.CommandText = "PRAGMA integrity_check";
            if (await command.ExecuteScalarAsync(cancel) as string != "ok") throw new UsageException($"{name} is damaged. Use another backup.");
            command.CommandText = $"SELECT manifest FROM \"{Seal}\"";
            var manifest = JsonSerializer.Deserialize<Manifest>((string)(await command.ExecuteScalarAsync(cancel))!)!;
            // SQLite's own check does not see a letter changed in a row.
            return manifest.Hash is null || manifest.Hash == await HashAsync(sqlite, manifest.Rows.Values.Sum(), progress, cancel) ? manifest : throw new UsageException($"{name} is damaged. Use another backup.");
        }
        catch (Exception fault) when (fault is SqliteException or JsonException)
        {
            throw new UsageException($"{name} is not a backup of Michi, or it is damaged.");
        }
    }

    /// <summary>SHA-256 of everything but the seal: each table's definition, then its rows as SQLite stores them.</summary>
    /// <param name="rows">How many there are, about.</param>
    private static async Task<string> HashAsync(SqliteConnection sqlite, long rows, IProgress<double> progress, CancellationToken cancel)
    {
        var done = 0L;
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
        progress.Report(1);
        return Convert.ToHexString(hash.GetHashAndReset());

        async Task AddAsync(Action<SqliteDataReader> also)
        {
            await using var all = await command.ExecuteReaderAsync(cancel);
            while (await all.ReadAsync(cancel))
            {
                also(all);
                if (++done % 1_000 == 0) progress.Report(Math.Min(0.99, done / (double)Math.Max(1, rows)));
                for (var i = 0; i < all.FieldCount; i++)
                {
                    // Kind and length before each value, so that no two contents read alike.
                    var (kind, bytes) = all.GetValue(i) switch
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

    private static async Task<SortedDictionary<string, long>> CopyAsync(IServiceProvider from, IServiceProvider to, Action<DbConnection, DbConnection> last, CancellationToken cancel)
    {
        await using var source = from.CreateAsyncScope();
        await using var target = to.CreateAsyncScope();
        return await DatabaseCopy.RunAsync([.. source.ServiceProvider.GetServices<ModuleDb>()], [.. target.ServiceProvider.GetServices<ModuleDb>()], cancel, last);
    }

    /// <summary>A part of a whole.</summary>
    private sealed class Part(IProgress<double> whole, double from, double share) : IProgress<double>
    {
        public void Report(double value) => whole.Report(from + share * value);
    }
}
