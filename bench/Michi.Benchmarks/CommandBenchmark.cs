using Michi.Assessment.Exchange;

namespace Michi.Benchmarks;

/// <summary>What an adviser waits for at the command line: a 5,000-row workbook in, a report out, each from a cold process.</summary>
internal static class CommandBenchmark
{
    private const int Rows = 5_000, Runs = 5;

    public static async Task RunAsync()
    {
        var folder = Directory.CreateTempSubdirectory("michi-bench-").FullName;
        try
        {
            string At(string name) => Path.Combine(folder, name);
            await File.WriteAllBytesAsync(At("survey.json"), PlaceFileJson.Write(Survey()));
            await MichiProgram.RunAsync("import", At("survey.json"), "--data", At("first"));
            await MichiProgram.RunAsync("export", "bench-town", "--data", At("first"), "--out", At("survey.xlsx"));
            Console.WriteLine($"survey.xlsx: {new FileInfo(At("survey.xlsx")).Length / 1000:#,0} kB");
            await TimeAsync($"import {Rows:#,0} rows of evidence, XLSX, into an empty data folder", i => ["import", At("survey.xlsx"), "--data", At($"xlsx-{i}")]);
            await TimeAsync($"import {Rows:#,0} rows of evidence, JSON, into an empty data folder", i => ["import", At("survey.json"), "--data", At($"json-{i}")]);
            await TimeAsync("import of the same again: nothing changes", _ => ["import", At("survey.xlsx"), "--data", At("first")]);
            var city = Path.Combine(AppContext.BaseDirectory, "..", "..", "Michi", new DirectoryInfo(AppContext.BaseDirectory).Name, "samples", "siem-reap");
            foreach (var ending in new[] { "html", "xlsx", "json", "pdf" })
                await TimeAsync($"assess Siem Reap to {ending.ToUpperInvariant()}", i => ["assess", city, "--lang", "ja", "--out", At($"report-{i}.{ending}")]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task TimeAsync(string what, Func<int, string[]> arguments)
    {
        var times = new List<double>();
        for (var i = 0; i < Runs; i++) times.Add((await MichiProgram.RunAsync(arguments(i))).TotalSeconds);
        times.Sort();
        Console.WriteLine($"{what}: median {times[Runs / 2]:0.00} s ({times[0]:0.00}–{times[^1]:0.00} s, {Runs} runs)");
    }

    private static PlaceFile Survey() => new()
    {
        Places =
        [
            new() { Slug = "bench-land", Kind = "country", Names = new() { ["en"] = "Bench land (made up)" } },
            new() { Slug = "bench-town", Kind = "city", Parent = "bench-land", Names = new() { ["en"] = "Bench town (made up)" } },
        ],
        Evidence = [.. Enumerable.Range(0, Rows).Select(i => new FileEvidence
        {
            Id = $"bench-{i}",
            Place = "bench-town",
            Kind = "document",
            Quality = "medium",
            Date = "2025",
            Elements = new() { [$"P{1 + i % 4}"] = "supports" },
            Source = $"https://example.org/{i}",
            Statement = new() { ["en"] = $"Made-up fact number {i} about the town, as long as facts usually are in a survey of this kind.", ["ja"] = $"町についての架空の事実その{i}。調査で書かれる文とおおよそ同じ長さにしてある。" },
        })],
    };
}
