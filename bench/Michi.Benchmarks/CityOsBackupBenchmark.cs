using System.Diagnostics;
using System.Globalization;

namespace Michi.Benchmarks;

/// <summary><c>michi backup</c> and <c>michi restore</c> of a City OS, each a process of its own: time, processor time, file, and the most memory it took.</summary>
internal static class CityOsBackupBenchmark
{
    /// <param name="database">A PostgreSQL database without tables to restore to as well and to back up from; null for none.</param>
    public static async Task RunAsync(int entities, string? database)
    {
        var data = Directory.CreateTempSubdirectory("michi-bench-");
        Environment.SetEnvironmentVariable("MICHI_CITYOS_ACCESS", "open");
        try
        {
            var port = CityOsBenchmark.FreePort();
            string[] source = ["--data", Path.Combine(data.FullName, "source")];
            var (server, _) = await MichiProgram.StartAsync("listens", ["serve", "--port", $"{port}", .. source]);
            await CityOsBenchmark.LoadAsync(port, 0, entities);
            // Some of them as sensors tell it: a day of values, one each minute.
            await LoadHistoryAsync(port, Math.Max(1, entities / 1_000));
            await Task.Delay(TimeSpan.FromSeconds(10));
            Console.WriteLine($"{entities} entities; on disk {Megabytes(source[1], "city-*")} MB");
            Console.WriteLine($"{"work",-36} {"s",7} {"CPU s",7} {"memory MB",10} {"file MB",8}");
            var file = Path.Combine(data.FullName, "one.backup");
            await MeasureAsync("backup from SQLite", file, ["backup", file, .. source]);
            server.Kill();
            await server.WaitForExitAsync();
            await MeasureAsync("restore to SQLite", file, ["restore", file, "--data", Path.Combine(data.FullName, "target")]);
            if (database is null) return;
            string[] shared = ["--data", Path.Combine(data.FullName, "node"), "--database", database];
            await MeasureAsync("restore to PostgreSQL", file, ["restore", file, .. shared]);
            await MeasureAsync("backup from PostgreSQL", file, ["backup", file, .. shared]);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    private static async Task LoadHistoryAsync(int port, int sensors)
    {
        using var connection = new CityOsBenchmark.Connection(port);
        for (var sensor = 0; sensor < sensors; sensor++)
        {
            var day = new DateTime(2026, 11, 20, 0, 0, 0, DateTimeKind.Utc);
            var values = Enumerable.Range(0, 1_440).Select(i => string.Create(CultureInfo.InvariantCulture, $$"""{"type":"Property","value":{{(i * 7 + sensor) % 200}},"unitCode":"GQ","observedAt":"{{day.AddMinutes(i):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}"""));
            await connection.SendAsync(CityOsBenchmark.Send("POST", $"temporal/entities/{CityOsBenchmark.Id(sensor)}/attrs", $$"""{"no2":[{{string.Join(',', values)}}]}"""));
        }
    }

    private static async Task MeasureAsync(string work, string file, string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        using var process = MichiProgram.Start(arguments);
        var (most, cpu) = (0L, TimeSpan.Zero);
        while (!process.WaitForExit(50))
        {
            try
            {
                process.Refresh();
                (most, cpu) = (Math.Max(most, process.PeakWorkingSet64), process.TotalProcessorTime);
            }
            catch (InvalidOperationException)
            {
                // It has just ended.
            }
        }
        var seconds = watch.Elapsed.TotalSeconds;
        if (process.ExitCode != 0) throw new InvalidOperationException(await process.StandardError.ReadToEndAsync());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work,-36} {seconds,7:0.0} {cpu.TotalSeconds,7:0.0} {most >> 20,10} {new FileInfo(file).Length >> 20,8}"));
    }

    private static long Megabytes(string folder, string pattern) => new DirectoryInfo(folder).EnumerateFiles(pattern).Sum(f => f.Length) >> 20;
}
