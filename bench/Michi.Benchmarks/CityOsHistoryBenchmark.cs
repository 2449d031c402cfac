using System.Data.Common;
using System.Diagnostics;
using System.Globalization;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Npgsql;
using NpgsqlTypes;

namespace Michi.Benchmarks;

/// <summary>
/// The history: values of sensors, one a minute for thirty days, put in hour by hour; the last day of one sensor; the hourly means of all of them.
/// Ours alone and through the API, beside a table of PostgreSQL partitioned by days.
/// </summary>
internal static class CityOsHistoryBenchmark
{
    internal const int Days = 30;

    private const int Minutes = 24 * 60;

    private const string Type = "urn:x:Sensor", Attribute = "https://uri.etsi.org/ngsi-ld/default-context/level";

    private static readonly DateTimeOffset Start = new(2026, 10, 1, 0, 0, 0, TimeSpan.Zero);

    internal static readonly DateTimeOffset End = Start.AddDays(Days);

    /// <param name="sensors">230 make ten million values.</param>
    /// <param name="postgres">Connection string of a user who may create databases; null for none.</param>
    public static async Task RunAsync(int sensors, string? postgres)
    {
        var data = Directory.CreateTempSubdirectory("michi-bench-");
        try
        {
            Console.WriteLine($"{"",-34} {"in per s",10} {"bytes each",11} {"last day ms",12} {"month ms",9}");
            await OursAsync(data.FullName, sensors);
            await ThroughTheApiAsync(data.FullName, sensors);
            if (postgres is not null) await PostgresAsync(postgres, sensors);
        }
        finally
        {
            data.Delete(recursive: true);
        }
    }

    /// <summary>Values of one sensor and hour: they wander, with one decimal; each at some millisecond of its minute.</summary>
    internal static IEnumerable<(DateTimeOffset At, double Value)> Hour(int sensor, int hour)
    {
        var random = new Random(sensor * 1000 + hour);
        var value = 20 + 8 * Math.Sin((hour + sensor) / 24.0 * 2 * Math.PI);
        for (var minute = 0; minute < 60; minute++) yield return (Start.AddHours(hour).AddMinutes(minute).AddMilliseconds(random.Next(60_000)), Math.Round(value += random.NextDouble() - 0.5, 1));
    }

    private static string Id(int sensor) => $"urn:ngsi-ld:Sensor:{sensor}";

    private static async Task OursAsync(string folder, int sensors)
    {
        var path = Path.Combine(folder, "city-history.db");
        var shape = PointShape.Of(new EntityAttribute { Name = "", ObservedAt = DateTimeOffset.UnixEpoch }, PointForm.Number);
        var watch = new Stopwatch();
        using (var writer = new HistoryWriter(HistorySchema.Open(path, isWriter: true), TimeProvider.System))
            for (var hour = 0; hour < Days * 24; hour++)
            {
                List<HistoryEntry> entries = [.. Enumerable.Range(0, sensors).Select(s => new HistoryEntry("", Id(s), [Type], Start.AddHours(hour + 1), [.. Hour(s, hour).Select(p => new SeriesPoint(Attribute, null, new(EntityCodec.Microseconds(p.At), shape, p.Value, default, EntityCodec.Microseconds(p.At), EntityCodec.Microseconds(p.At))))]))];
                watch.Start();
                await writer.RunAsync(w => entries.TrueForAll(e => w.Add(e) || true), sensors * 60, default);
                watch.Stop();
            }
        using var reader = new HistoryReader(path);
        var (from, until) = (EntityCodec.Microseconds(End.AddDays(-1)), EntityCodec.Microseconds(End));
        var day = await MedianAsync(200, random => Task.FromResult(reader.Within(r => r.Points(r.SeriesOf(r.Find("", Id(random.Next(sensors)))!.Key)[0], from, until).Sum(p => p.Number))));
        var month = await MedianAsync(5, _ => Task.FromResult(reader.Within(r => r.Entities("", null, [Type]).Sum(e =>
        {
            var hours = new Aggregation(AggregationMethods.Avg, new(0, 3_600_000_000), EntityCodec.Microseconds(Start));
            if (!r.TryNumbers(r.SeriesOf(e.Key)[0], long.MinValue, long.MaxValue, hours.Add)) throw new InvalidOperationException("Not all are numbers.");
            return (double)hours.Buckets.Count;
        }))));
        Print("Michi, the store", sensors * (double)Days * Minutes / watch.Elapsed.TotalSeconds, new FileInfo(path).Length / (sensors * (double)Days * Minutes), day, month);
    }

    private static async Task ThroughTheApiAsync(string folder, int sensors)
    {
        Environment.SetEnvironmentVariable("MICHI_CITYOS_ACCESS", "open");
        var port = CityOsBenchmark.FreePort();
        var (server, _) = await MichiProgram.StartAsync("listens", "serve", "--port", $"{port}", "--data", folder);
        try
        {
            using var http = new HttpClient();
            long bytes = 0;
            // A server that has been asked before: its code is compiled.
            var day = await MedianAsync(3000, random => GetAsync($"/{Id(random.Next(sensors))}?attrs=level&options=temporalValues&timerel=after&timeAt={End.AddDays(-1).AddSeconds(-1):yyyy-MM-ddTHH:mm:ssZ}"));
            var dayBytes = bytes;
            var month = await MedianAsync(5, _ => GetAsync($"?type={Uri.EscapeDataString(Type)}&attrs=level&limit=1000&options=aggregatedValues&aggrMethods=avg&aggrPeriodDuration=PT1H&timerel=between&timeAt={Start:yyyy-MM-ddTHH:mm:ssZ}&endTimeAt={End:yyyy-MM-ddTHH:mm:ssZ}"));
            Print("Michi, through the API", null, null, day, month);
            Console.WriteLine($"{"",-34} {"",10} {"",11} {dayBytes,9:n0} B {bytes,9:n0} B");

            async Task<double> GetAsync(string path)
            {
                using var answer = await http.GetAsync($"http://127.0.0.1:{port}/ngsi-ld/v1/temporal/entities{path}", HttpCompletionOption.ResponseHeadersRead);
                if (answer.StatusCode != System.Net.HttpStatusCode.OK) throw new InvalidOperationException($"{answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
                return bytes = (await answer.Content.ReadAsByteArrayAsync()).Length;
            }
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
        }
    }

    private static async Task PostgresAsync(string server, int sensors)
    {
        var name = $"michi_bench_{Guid.NewGuid():N}";
        await CityOsNodesBenchmark.AdministerAsync(server, $"CREATE DATABASE {name}");
        try
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Database = name, Pooling = false, CommandTimeout = 600 }.ToString());
            await using var connection = await source.OpenConnectionAsync();
            await ExecuteAsync(connection, "CREATE TABLE point (sensor int NOT NULL, at timestamptz NOT NULL, value double precision NOT NULL, PRIMARY KEY (sensor, at)) PARTITION BY RANGE (at)");
            for (var day = 0; day < Days; day++) await ExecuteAsync(connection, $"CREATE TABLE point_{day} PARTITION OF point FOR VALUES FROM ('{Start.AddDays(day):O}') TO ('{Start.AddDays(day + 1):O}')");
            var watch = new Stopwatch();
            for (var hour = 0; hour < Days * 24; hour++)
            {
                List<(int Sensor, DateTimeOffset At, double Value)> points = [.. Enumerable.Range(0, sensors).SelectMany(s => Hour(s, hour).Select(p => (s, p.At, p.Value)))];
                watch.Start();
                await using (var import = await connection.BeginBinaryImportAsync("COPY point FROM STDIN BINARY"))
                {
                    foreach (var (sensor, at, value) in points)
                    {
                        await import.StartRowAsync();
                        await import.WriteAsync(sensor, NpgsqlDbType.Integer);
                        await import.WriteAsync(at.UtcDateTime, NpgsqlDbType.TimestampTz);
                        await import.WriteAsync(value, NpgsqlDbType.Double);
                    }
                    await import.CompleteAsync();
                }
                watch.Stop();
            }
            await ExecuteAsync(connection, "VACUUM ANALYZE point");
            var last = $"SELECT at, value FROM point WHERE sensor = $1 AND at >= '{End.AddDays(-1):O}' ORDER BY at";
            var month = await MedianAsync(5, _ => SumAsync(connection, "SELECT sensor, date_trunc('hour', at) AS hour, avg(value) FROM point GROUP BY sensor, hour", null));
            var day1 = await MedianAsync(200, random => SumAsync(connection, last, random.Next(sensors)));
            var bytes = Convert.ToDouble(await CityOsNodesBenchmark.AdministerAsync(server, $"SELECT pg_database_size('{name}')"), CultureInfo.InvariantCulture);
            Print("PostgreSQL, partitioned by days", sensors * (double)Days * Minutes / watch.Elapsed.TotalSeconds, bytes / (sensors * (double)Days * Minutes), day1, month);
        }
        finally
        {
            await CityOsNodesBenchmark.AdministerAsync(server, $"DROP DATABASE {name} WITH (FORCE)");
        }
    }

    internal static async Task ExecuteAsync(DbConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // made here
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Reads all rows and sums up their last column.</summary>
    /// <param name="sensor">The only parameter; null for none.</param>
    internal static async Task<double> SumAsync(DbConnection connection, string sql, int? sensor)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // made here
        command.CommandText = sql;
#pragma warning restore CA2100
        if (sensor is { } of)
        {
            var parameter = command.CreateParameter();
            parameter.Value = of;
            command.Parameters.Add(parameter);
        }
        await using var rows = await command.ExecuteReaderAsync();
        var sum = 0.0;
        while (await rows.ReadAsync()) sum += rows.GetDouble(rows.FieldCount - 1);
        return sum;
    }

    /// <summary>Median time in milliseconds of the later half, after one run that does not count.</summary>
    internal static async Task<double> MedianAsync(int times, Func<Random, Task<double>> run)
    {
        var random = new Random(1);
        List<double> all = [];
        for (var i = 0; i <= times; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await run(random);
            if (i > 0) all.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        List<double> later = [.. all.Skip(all.Count / 2).Order()];
        return later[later.Count / 2];
    }

    internal static void Print(string what, double? perSecond, double? bytes, double day, double month) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-34} {perSecond,10:0} {bytes,11:0.0} {day,12:0.00} {month,9:0}"));
}
