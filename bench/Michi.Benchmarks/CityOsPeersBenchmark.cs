using System.Diagnostics;
using System.Globalization;
using Npgsql;
using NpgsqlTypes;

namespace Michi.Benchmarks;

/// <summary>
/// The work of <see cref="CityOsBenchmark"/> done by PostgreSQL with PostGIS itself: one table with the indexes each question needs, asked from C# over 64 connections, without a broker in between.
/// Processor time is that of the whole machine, so of both sides.
/// </summary>
internal static class CityOsPeersBenchmark
{
    /// <param name="server">Connection string of a user who may create databases and the extension postgis, with 70 connections to spare.</param>
    public static async Task RunAsync(string server, int entities)
    {
        var name = $"michi_bench_{Guid.NewGuid():N}";
        await CityOsNodesBenchmark.AdministerAsync(server, $"CREATE DATABASE {name}");
        try
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = CityOsBenchmark.Connections + 2, CommandTimeout = 600, MaxAutoPrepare = 10 }.ToString());
            await using var connection = await source.OpenConnectionAsync();
            await CityOsHistoryBenchmark.ExecuteAsync(connection, """
                CREATE EXTENSION postgis;
                CREATE TABLE entity (key bigint GENERATED ALWAYS AS IDENTITY, id text PRIMARY KEY, type text NOT NULL, station text NOT NULL, place geography(Point) NOT NULL, body jsonb NOT NULL);
                CREATE INDEX ON entity (type, key);
                CREATE INDEX ON entity (type, station, key);
                CREATE INDEX ON entity USING gist (place);
                """);
            Console.WriteLine($"PostgreSQL {await CityOsNodesBenchmark.AdministerAsync(server, "SHOW server_version")}, fsync {await CityOsNodesBenchmark.AdministerAsync(server, "SHOW fsync")}");
            Console.WriteLine($"{"work",-44} {"per s",9} {"p50 ms",8} {"p99 ms",8} {"CPU µs",8}");

            var (watch, before) = (Stopwatch.StartNew(), MachineTime());
            for (var from = 0; from < entities; from += 1000) await PutAsync(connection, [.. Enumerable.Range(from, Math.Min(1000, entities - from))]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"batch upsert of 1,000",-44} {entities / watch.Elapsed.TotalSeconds,9:0} {"",8} {"",8} {(MachineTime() - before).TotalMicroseconds / entities,8:0.0}"));
            await CityOsHistoryBenchmark.ExecuteAsync(connection, "VACUUM ANALYZE entity");

            const string Bodies = "SELECT body::text FROM entity WHERE";
            await MeasureAsync("get by id", $"{Bodies} id = $1", r => [CityOsBenchmark.Id(r.Next(entities))]);
            await MeasureAsync("type and one attribute, 20 results", $"{Bodies} type = 'AirQualityObserved' AND station = $1 ORDER BY key LIMIT 20", r => [$"S{r.Next(entities / CityOsBenchmark.Stations)}"]);
            await MeasureAsync("near 500 m", $"{Bodies} type = 'AirQualityObserved' AND ST_DWithin(place, ST_MakePoint($1, $2)::geography, 500) ORDER BY key LIMIT 20", r => [Longitude(r.Next(entities)), Latitude(r.Next(entities))]);
            await MeasureAsync("listing, first page of 20", $"{Bodies} type = 'AirQualityObserved' ORDER BY key LIMIT 20", _ => []);
            await MeasureAsync("listing, page 5,000 by OFFSET", $"{Bodies} type = 'AirQualityObserved' ORDER BY key LIMIT 20 OFFSET {Math.Min(99_980, entities - 20)}", _ => []);
            await MeasureAsync("update of an attribute", "UPDATE entity SET body = jsonb_set(body, '{no2,value}', to_jsonb($2::int)) WHERE id = $1", r => [CityOsBenchmark.Id(r.Next(entities)), r.Next(1000)]);
            var next = entities;
            await PrintAsync("insert of an entity", async (_, own) => await PutAsync(own, [Interlocked.Increment(ref next)]));

            Task MeasureAsync(string work, string sql, Func<Random, object[]> parameters) => PrintAsync(work, async (random, own) =>
            {
#pragma warning disable CA2100 // told above
                await using var command = new NpgsqlCommand(sql, own);
#pragma warning restore CA2100
                foreach (var value in parameters(random)) command.Parameters.Add(new() { Value = value });
                await using var rows = await command.ExecuteReaderAsync();
                while (await rows.ReadAsync()) rows.GetString(0);
            });

            async Task PrintAsync(string work, Func<Random, NpgsqlConnection, Task> run)
            {
                Task<List<double>[]> ForAsync(TimeSpan time) => CityOsBenchmark.RunAsync(async _ => await source.OpenConnectionAsync(), run, time);
                await ForAsync(CityOsBenchmark.Warmth);
                var began = MachineTime();
                var load = CityOsBenchmark.Sum(await ForAsync(CityOsBenchmark.Time), MachineTime() - began, 0);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work,-44} {load.PerSecond,9:0} {load.Median,8:0.00} {load.Percentile99,8:0.00} {load.CpuMicroseconds,8:0.0}"));
            }
        }
        finally
        {
            await CityOsNodesBenchmark.AdministerAsync(server, $"DROP DATABASE {name} WITH (FORCE)");
        }
    }

    private static async Task PutAsync(NpgsqlConnection connection, int[] numbers)
    {
        await using var command = new NpgsqlCommand("""
            INSERT INTO entity (id, type, station, place, body)
            SELECT body->>'id', body->>'type', body->'station'->>'value', ST_SetSRID(ST_MakePoint((body->'location'->'value'->'coordinates'->>0)::float8, (body->'location'->'value'->'coordinates'->>1)::float8), 4326)::geography, body
            FROM unnest($1) AS one (body) ON CONFLICT (id) DO UPDATE SET type = excluded.type, station = excluded.station, place = excluded.place, body = excluded.body
            """, connection);
        command.Parameters.Add(new() { Value = numbers.Select(CityOsBenchmark.Entity).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb });
        await command.ExecuteNonQueryAsync();
    }

    private static double Longitude(int number) => double.Parse(CityOsBenchmark.Longitude(number), CultureInfo.InvariantCulture);

    private static double Latitude(int number) => double.Parse(CityOsBenchmark.Latitude(number), CultureInfo.InvariantCulture);

    /// <summary>Processor time the whole machine has used, whoever did. Linux only.</summary>
    private static TimeSpan MachineTime()
    {
        // user nice system idle iowait irq softirq steal, in hundredths of a second: proc(5)
        long[] spent = [.. File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries).Skip(1).Take(7).Select(f => long.Parse(f, CultureInfo.InvariantCulture))];
        return TimeSpan.FromMilliseconds(10 * (spent.Sum() - spent[3] - spent[4]));
    }
}
