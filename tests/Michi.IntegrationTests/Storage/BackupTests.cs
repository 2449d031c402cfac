using System.Net.Http.Json;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.IntegrationTests.Storage;

/// <summary><c>michi backup</c> and <c>michi restore</c> as processes of their own, beside a server at work.</summary>
public sealed class BackupTests : IDisposable
{
    private const int Kills = 8;
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-backup-test-").FullName;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Restore_OfABackup_GivesEveryRow()
    {
        await using var quiet = await MichiServer.EmptyAsync();
        await Demo.LoadSamplesAsync(quiet.Services, Cancel);
        await quiet.Services.DemonstrationAccountsAsync(Cancel);
        var file = Path.Combine(_folder, "michi.backup");

        var backup = await MichiProcess.RunAsync(["backup", file, .. Of(quiet)]);
        await using var target = await MichiServer.NewDatabaseAsync();
        var restore = await MichiProcess.RunAsync(["restore", file, .. Of(target)]);

        Assert.Equal((0, ""), (backup.Code, backup.Errors));
        Assert.Equal((0, ""), (restore.Code, restore.Errors));
        var (before, after) = (await ContentAsync(quiet), await ContentAsync(target));
        Assert.True(before.Values.Sum(rows => rows.Count) > 200);
        Assert.Equal(before, after);
        // What the server writes next does not collide with what was restored.
        await using var scope = target.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        db.Record(scope.ServiceProvider.GetRequiredService<Reader>(), DateTimeOffset.UnixEpoch, "test", null);
        Assert.Equal(1, await db.SaveChangesAsync(Cancel));
    }

    [Fact]
    public async Task Backup_WhilePeopleWrite_IsOfOneMoment()
    {
        await using var server = await MichiServer.EmptyAsync();
        var program = await server.ProgramAsync(await server.PersonAsync(Role.Owner));
        (await program.PostAsJsonAsync("api/places", new { kind = "country", countryCode = "TO" }, Cancel)).EnsureSuccessStatusCode();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var written = 0;
        var writing = Task.Run(async () =>
        {
            for (; !stop.IsCancellationRequested; written++)
                (await program.PostAsJsonAsync("api/places", new { slug = $"moment-{written}", kind = "city", parent = "tonga", names = new { en = "Moment" } }, Cancel)).EnsureSuccessStatusCode();
        }, Cancel);
        while (written < 3 && !writing.IsCompleted) await Task.Delay(5, Cancel);
        var before = written;
        var file = Path.Combine(_folder, "moment.backup");

        var backup = await MichiProcess.RunAsync(["backup", file, .. Of(server)]);
        await stop.CancelAsync();
        await writing;

        Assert.Equal((0, ""), (backup.Code, backup.Errors));
        Assert.True(written > before);
        await using var sqlite = new SqliteConnection($"Data Source={file};Mode=ReadOnly;Pooling=False");
        await sqlite.OpenAsync(Cancel);
        // A place and its line in the log are one transaction: in the file they are both or neither.
        Assert.Equal(
            await MigrationTests.RowsAsync(sqlite, "SELECT Slug FROM platform_places WHERE Slug LIKE 'moment-%' ORDER BY Slug"),
            await MigrationTests.RowsAsync(sqlite, "SELECT Slug FROM platform_places WHERE Id IN (SELECT PlaceId FROM platform_audit WHERE Action = 'place.add') AND Slug LIKE 'moment-%' ORDER BY Slug"));
        Assert.InRange((await MigrationTests.RowsAsync(sqlite, "SELECT Slug FROM platform_places WHERE Slug LIKE 'moment-%'")).Count, before, written);
    }

    [Theory]
    [InlineData("flipped")]
    [InlineData("cut")]
    [InlineData("other")]
    [InlineData("missing")]
    public async Task Restore_OfSomethingElse_IsRefusedInWords(string fault)
    {
        var (source, file) = (Path.Combine(_folder, "source"), Path.Combine(_folder, "michi.backup"));
        await NewAsync(source);
        Assert.Equal(0, (await MichiProcess.RunAsync("backup", file, "--data", source)).Code);
        var bytes = await File.ReadAllBytesAsync(file, Cancel);
        // SQLite's own check would not see a letter changed in a row.
        if (fault == "flipped") bytes[bytes.AsSpan().IndexOf("Angkor"u8)] = (byte)'B';
        if (fault == "missing") File.Delete(file);
        else await File.WriteAllBytesAsync(file, fault switch { "cut" => bytes[..(bytes.Length / 2)], "other" => "Not a backup"u8.ToArray(), _ => bytes }, Cancel);
        var target = Path.Combine(_folder, "target");

        var restore = await MichiProcess.RunAsync("restore", file, "--data", target);

        Assert.Equal(2, restore.Code);
        Assert.Contains("michi.backup", restore.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", restore.Errors, StringComparison.Ordinal);
        Assert.Empty(await PlacesAsync(target));
    }

    [Fact]
    public async Task Restore_OverData_IsRefused()
    {
        var (source, file) = (Path.Combine(_folder, "source"), Path.Combine(_folder, "michi.backup"));
        await NewAsync(source);
        Assert.Equal(0, (await MichiProcess.RunAsync("backup", file, "--data", source)).Code);

        var restore = await MichiProcess.RunAsync("restore", file, "--data", source);

        Assert.Equal(2, restore.Code);
        Assert.Contains("--data", restore.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_KilledAtAnyMoment_LeavesTheEarlierOneOrTheWhole()
    {
        var (source, file) = (Path.Combine(_folder, "source"), Path.Combine(_folder, "michi.backup"));
        await NewAsync(source);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(0, (await MichiProcess.RunAsync("backup", file, "--data", source)).Code);
        var (whole, places, random, killed) = (watch.Elapsed, await PlacesAsync(source), new Random(20261122), 0);

        for (var i = 0; i < Kills; i++)
        {
            using var process = MichiProcess.Start("backup", file, "--data", source);
            await Task.Delay(whole * (0.3 + 0.7 * random.NextDouble()), Cancel);
            if (process.Kill()) killed++;
            await process.EndAsync();
            Assert.Equal(places, await PlacesAsync(source));
            var target = Path.Combine(_folder, $"target-{i}");
            if (i % 3 == 0)
            {
                Assert.Equal(0, (await MichiProcess.RunAsync("restore", file, "--data", target)).Code);
                Assert.Equal(places, await PlacesAsync(target));
            }
        }
        Assert.InRange(killed, 1, Kills);
    }

    private static string[] Of(MichiServer server) => server.Options.Database.Length > 0 ? ["--database", server.Options.Database] : ["--data", server.Options.Data];

    /// <summary>A data folder with the sample cities.</summary>
    private static async Task NewAsync(string folder)
    {
        await using var app = Host.Build(new PlatformOptions { Data = folder, Port = MichiServer.FreePort() });
        await Host.MigrateAsync(app.Services, Cancel);
        await Demo.LoadSamplesAsync(app.Services, Cancel);
    }

    private static async Task<List<string>> PlacesAsync(string folder)
    {
        if (!File.Exists(Path.Combine(folder, "michi.db"))) return [];
        await using var sqlite = new SqliteConnection($"Data Source={Path.Combine(folder, "michi.db")};Pooling=False");
        await sqlite.OpenAsync(Cancel);
        if ((await MigrationTests.RowsAsync(sqlite, "SELECT name FROM sqlite_master WHERE name = 'platform_places'")).Count == 0) return [];
        return await MigrationTests.RowsAsync(sqlite, "SELECT Slug, Names FROM platform_places ORDER BY Slug");
    }

    /// <summary>Every row of every table, as text.</summary>
    private static async Task<SortedDictionary<string, List<string>>> ContentAsync(MichiServer server)
    {
        await using var scope = server.Services.CreateAsyncScope();
        var content = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var module in scope.ServiceProvider.GetServices<ModuleDb>())
        {
            await module.Database.OpenConnectionAsync(Cancel);
            foreach (var table in module.Model.GetEntityTypes().Select(t => t.GetTableName()!).Distinct())
                content[table] = [.. (await MigrationTests.RowsAsync(module.Database.GetDbConnection(), $"SELECT * FROM \"{table}\"")).Order(StringComparer.Ordinal)];
        }
        return content;
    }
}
