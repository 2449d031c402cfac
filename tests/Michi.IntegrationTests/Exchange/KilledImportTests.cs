using System.Diagnostics;
using Michi.Assessment.Exchange;
using Microsoft.Data.Sqlite;

namespace Michi.IntegrationTests.Exchange;

/// <summary>An import that is killed leaves everything or nothing.</summary>
public sealed class KilledImportTests : IDisposable
{
    private const int Rows = 1_000, Kills = 20;
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-kill-").FullName;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Import_KilledAtAnyMoment_LeavesAllOrNothing()
    {
        var survey = Path.Combine(_folder, "survey.xlsx");
        await File.WriteAllBytesAsync(survey, ExchangeScene.Workbook(Survey()), TestContext.Current.CancellationToken);
        var nothing = Path.Combine(_folder, "nothing.json");
        await File.WriteAllBytesAsync(nothing, PlaceFileJson.Write(new()), TestContext.Current.CancellationToken);
        var empty = Path.Combine(_folder, "empty");
        Assert.Equal(0, (await MichiProcess.RunAsync("import", nothing, "--data", empty)).Code);

        // How long an import takes from its first sign to its end, to spread the kills over it.
        TimeSpan whole;
        using (var process = Start("whole"))
        {
            await process.ProgressAsync();
            var watch = Stopwatch.StartNew();
            Assert.Equal(0, (await process.EndAsync()).Code);
            whole = watch.Elapsed;
        }
        Assert.Equal((2, Rows, Rows), Counts("whole"));

        var (random, killed) = (new Random(20261122), 0);
        for (var i = 0; i < Kills; i++)
        {
            var data = $"killed-{i}";
            using var process = Start(data);
            await process.ProgressAsync();
            await Task.Delay(whole * random.NextDouble(), TestContext.Current.CancellationToken);
            if (process.Kill()) killed++;
            var output = (await process.EndAsync()).Output;
            var counts = Counts(data);
            Assert.True(counts == (2, Rows, Rows) || (counts == (0, 0, 0) && !output.Contains("Imported", StringComparison.Ordinal)), $"{counts} {output}");
        }
        Assert.InRange(killed, Kills / 2, Kills);

        // The last one goes on as if nothing had happened.
        var again = await MichiProcess.RunAsync("import", survey, "--data", Path.Combine(_folder, $"killed-{Kills - 1}"));
        Assert.Equal((0, (2, Rows, Rows)), (again.Code, Counts($"killed-{Kills - 1}")));

        MichiProcess Start(string data)
        {
            var to = Directory.CreateDirectory(Path.Combine(_folder, data)).FullName;
            foreach (var file in Directory.GetFiles(empty)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            return MichiProcess.Start("import", survey, "--data", to);
        }
    }

    private static PlaceFile Survey() => new()
    {
        Places = [new() { Slug = "kill-land", Kind = "country", Names = new() { ["en"] = "Land" } }, new() { Slug = "kill-town", Kind = "city", Parent = "kill-land", Names = new() { ["en"] = "Town" } }],
        Evidence = [.. Enumerable.Range(0, Rows).Select(i => new FileEvidence
        {
            Id = $"kill-{i}", Place = "kill-town", Kind = "document", Quality = "medium", Elements = new() { ["P1"] = "supports" }, Source = $"https://example.org/{i}", Statement = new() { ["en"] = $"Fact {i}" },
        })],
    };

    private (long Places, long Evidence, long History) Counts(string data)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(_folder, data, "michi.db")};Pooling=False");
        connection.Open();
        long Count(string table)
        {
            using var command = connection.CreateCommand();
            command.CommandText = $"SELECT COUNT(*) FROM {table}";
            return (long)command.ExecuteScalar()!;
        }
        return (Count("platform_places"), Count("assessment_evidence"), Count("assessment_history"));
    }
}
