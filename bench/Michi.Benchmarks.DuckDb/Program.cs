using System.Diagnostics;
using System.Globalization;
using DuckDB.NET.Data;
using Michi.Benchmarks;

// The same values as bench city-os-history, after it, in a table of DuckDB: dotnet run -c Release --project bench/Michi.Benchmarks.DuckDb [sensors] ["Host=…"]
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var sensors = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 230;
await CityOsHistoryBenchmark.RunAsync(sensors, args.ElementAtOrDefault(1));

var folder = Directory.CreateTempSubdirectory("michi-bench-");
try
{
    var path = Path.Combine(folder.FullName, "history.duckdb");
    var watch = new Stopwatch();
    double day, month;
    await using (var connection = new DuckDBConnection($"Data Source={path}"))
    {
        await connection.OpenAsync();
        await CityOsHistoryBenchmark.ExecuteAsync(connection, "CREATE TABLE point (sensor INTEGER NOT NULL, time TIMESTAMP NOT NULL, value DOUBLE NOT NULL)");
        for (var hour = 0; hour < CityOsHistoryBenchmark.Days * 24; hour++)
        {
            List<(int Sensor, DateTimeOffset At, double Value)> points = [.. Enumerable.Range(0, sensors).SelectMany(s => CityOsHistoryBenchmark.Hour(s, hour).Select(p => (s, p.At, p.Value)))];
            watch.Start();
            using (var appender = connection.CreateAppender("point"))
                foreach (var (sensor, at, value) in points) appender.CreateRow().AppendValue(sensor).AppendValue(at.UtcDateTime).AppendValue(value).EndRow();
            watch.Stop();
        }
        await CityOsHistoryBenchmark.ExecuteAsync(connection, "CHECKPOINT");
        var last = $"SELECT time, value FROM point WHERE sensor = $1 AND time >= TIMESTAMP '{CityOsHistoryBenchmark.End.AddDays(-1):yyyy-MM-dd}' ORDER BY time";
        day = await CityOsHistoryBenchmark.MedianAsync(200, random => CityOsHistoryBenchmark.SumAsync(connection, last, random.Next(sensors)));
        month = await CityOsHistoryBenchmark.MedianAsync(10, _ => CityOsHistoryBenchmark.SumAsync(connection, "SELECT sensor, date_trunc('hour', time) AS hour, avg(value) FROM point GROUP BY sensor, hour", null));
    }
    var all = sensors * 60.0 * 24 * CityOsHistoryBenchmark.Days;
    CityOsHistoryBenchmark.Print("DuckDB", all / watch.Elapsed.TotalSeconds, new FileInfo(path).Length / all, day, month);
}
finally
{
    folder.Delete(recursive: true);
}
