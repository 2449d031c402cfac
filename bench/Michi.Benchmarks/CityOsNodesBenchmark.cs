using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Michi.Benchmarks;

/// <summary>Several nodes of the City OS, each a process of its own, on one PostgreSQL on this machine: the work of <see cref="CityOsBenchmark"/>, its 64 connections spread over the nodes.</summary>
internal static class CityOsNodesBenchmark
{
    /// <param name="server">Connection string of a user who may create databases and see the server's settings.</param>
    public static async Task RunAsync(int nodes, string server, int entities)
    {
        var data = Directory.CreateTempSubdirectory("michi-bench-");
        var name = $"michi_bench_{Guid.NewGuid():N}";
        Environment.SetEnvironmentVariable("MICHI_CITYOS_ACCESS", "open");
        Environment.SetEnvironmentVariable("MICHI_DATABASE", new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString());
        await AdministerAsync(server, $"CREATE DATABASE {name}");
        List<Process> processes = [];
        try
        {
            int[] ports = [.. Enumerable.Range(0, nodes).Select(_ => CityOsBenchmark.FreePort())];
            foreach (var port in ports)
            {
                // One after another: the first makes the tables.
                var (process, _) = await MichiProgram.StartAsync("listens", "serve", "--port", $"{port}", "--data", Path.Combine(data.FullName, $"{port}"));
                processes.Add(process);
            }
            var postmaster = await PostmasterAsync(server);
            Console.WriteLine($"{nodes} nodes, fsync {await AdministerAsync(server, "SHOW fsync")}");
            Console.WriteLine($"{"work",-44} {"per s",9} {"p50 ms",8} {"p99 ms",8} {"nodes µs",9} {"database µs",12}");

            var watch = Stopwatch.StartNew();
            var (before, database) = (CpuOf(processes), CpuOf(postmaster));
            await CityOsBenchmark.LoadAsync(ports[0], 0, entities);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"batch upsert of 1,000, through one node",-44} {entities / watch.Elapsed.TotalSeconds,9:0} {"",8} {"",8} {(CpuOf(processes) - before).TotalMicroseconds / entities,9:0.0} {(CpuOf(postmaster) - database).TotalMicroseconds / entities,12:0.0}"));
            await MeasureAsync("GET by id", r => CityOsBenchmark.Get($"entities/{CityOsBenchmark.Id(r.Next(entities))}"));
            await MeasureAsync("type and q on one attribute, 20 results", r => CityOsBenchmark.Get($"entities?type=AirQualityObserved&q=station==%22S{r.Next(entities / CityOsBenchmark.Stations)}%22&limit=20"));
            await MeasureAsync("near 500 m", r => CityOsBenchmark.Get($"entities?type=AirQualityObserved&georel=near;maxDistance==500&geometry=Point&coordinates=[{CityOsBenchmark.Longitude(r.Next(entities))},{CityOsBenchmark.Latitude(r.Next(entities))}]&limit=20"));
            await MeasureAsync("listing, first page of 20", _ => CityOsBenchmark.Get("entities?type=AirQualityObserved&limit=20"));
            await MeasureAsync("PATCH of an attribute", r => CityOsBenchmark.Send("PATCH", $"entities/{CityOsBenchmark.Id(r.Next(entities))}/attrs/no2", $$"""{"type":"Property","value":{{r.Next(1000)}},"observedAt":"2026-11-27T12:00:00Z"}"""));
            var next = entities;
            await MeasureAsync("POST of an entity", _ => CityOsBenchmark.Send("POST", "entities", CityOsBenchmark.Entity(Interlocked.Increment(ref next))));
            Console.WriteLine($"memory of the nodes at the end: {string.Join(" + ", processes.Select(p => { p.Refresh(); return p.WorkingSet64 >> 20; }))} MB; database {await AdministerAsync(server, $"SELECT pg_database_size('{name}') >> 20")} MB");

            async Task MeasureAsync(string work, Func<Random, byte[]> request)
            {
                var (nodesBefore, databaseBefore) = (CpuOf(processes), CpuOf(postmaster));
                var load = CityOsBenchmark.Sum(await CityOsBenchmark.RunAsync(async (random, connection) => await connection.SendAsync(request(random)), ports), CpuOf(processes) - nodesBefore, 0);
                var count = load.PerSecond * CityOsBenchmark.Time.TotalSeconds;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work,-44} {load.PerSecond,9:0} {load.Median,8:0.00} {load.Percentile99,8:0.00} {load.CpuMicroseconds,9:0.0} {(CpuOf(postmaster) - databaseBefore).TotalMicroseconds / count,12:0.0}"));
            }
        }
        finally
        {
            foreach (var process in processes)
            {
                process.Kill();
                await process.WaitForExitAsync();
            }
            await AdministerAsync(server, $"DROP DATABASE {name} WITH (FORCE)");
            data.Delete(recursive: true);
        }
    }

    private static TimeSpan CpuOf(List<Process> processes)
    {
        foreach (var process in processes) process.Refresh();
        return processes.Aggregate(TimeSpan.Zero, (sum, p) => sum + p.TotalProcessorTime);
    }

    /// <summary>What the database server has used, those of its processes that have ended among them. Linux only.</summary>
    private static TimeSpan CpuOf(int postmaster)
    {
        var ticks = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var id)) continue;
            try
            {
                var text = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                if (id == postmaster) ticks += fields[11..15].Sum(long.Parse);
                else if (fields[1] == $"{postmaster}") ticks += fields[11..13].Sum(long.Parse);
            }
            catch (IOException)
            {
                // It has ended.
            }
        }
        return TimeSpan.FromMilliseconds(ticks * 10);
    }

    private static async Task<int> PostmasterAsync(string server)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
        var text = await File.ReadAllTextAsync($"/proc/{connection.ProcessID}/stat");
        return int.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    internal static async Task<object?> AdministerAsync(string server, string sql)
    {
        await using var connection = new NpgsqlConnection(server);
        await connection.OpenAsync();
#pragma warning disable CA2100 // names are made here
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync();
    }
}
