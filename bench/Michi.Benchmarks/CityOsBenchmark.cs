using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;

namespace Michi.Benchmarks;

/// <summary>The City OS as a process of its own under load of 64 connections, beside what the same machine does at least: static bytes from Kestrel, rows in SQLite.</summary>
internal static class CityOsBenchmark
{
    internal const int Connections = 64;

    /// <summary>Connections that send batches.</summary>
    private const int Loaders = 4;

    private const int Starts = 5;

    internal static readonly TimeSpan Time = TimeSpan.FromSeconds(10);

    /// <summary>How long each work is done before it is measured, so that its code is compiled as it is on a server that has run for a while.</summary>
    internal static readonly TimeSpan Warmth = TimeSpan.FromSeconds(3);

    /// <summary>The same for changes: what is done for many at once, behind the answers, is under way by then.</summary>
    private static readonly TimeSpan LongWarmth = TimeSpan.FromSeconds(25);

    /// <summary>Entities of one station, which a query finds together.</summary>
    internal const int Stations = 20;

    /// <param name="entities">How many there are.</param>
    /// <param name="only">Beginnings of the works to measure; none for all.</param>
    public static async Task RunAsync(int entities, params string[] only)
    {
        var data = Directory.CreateTempSubdirectory("michi-bench-");
        Environment.SetEnvironmentVariable("MICHI_CITYOS_ACCESS", "open");
        try
        {
            Console.WriteLine($"{"work",-44} {"per s",9} {"p50 ms",8} {"p99 ms",8} {"CPU µs",8}  server's memory MB");
            await PrintAsync("static bytes from Kestrel", StaticAsync);
            await PrintAsync("raw upsert into SQLite, in groups", () => RawAsync(data.FullName, entities));

            var (server, port) = await StartAsync(data.FullName);
            await LoadAsync(port, 0, entities / 2);
            var (before, watch) = (await RestAsync(server), Stopwatch.StartNew());
            await LoadAsync(port, entities / 2, entities);
            var loaded = watch.Elapsed;
            var used = (await RestAsync(server) - before).TotalMicroseconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{"batch upsert of 1,000, the second half",-44} {entities / 2 / loaded.TotalSeconds,9:0} {"",8} {"",8} {used / (entities / 2),8:0.0}  {server.WorkingSet64 >> 20}"));
            await PrintAsync("GET by id", () => MeasureAsync(server, port, r => Get($"entities/{Id(r.Next(entities))}")));
            await PrintAsync("type and q on one attribute, 20 results", () => MeasureAsync(server, port, r => Get($"entities?type=AirQualityObserved&q=station==%22S{r.Next(entities / Stations)}%22&limit=20")));
            await PrintAsync("near 500 m", () => MeasureAsync(server, port, r => Get($"entities?type=AirQualityObserved&georel=near;maxDistance==500&geometry=Point&coordinates=[{Longitude(r.Next(entities))},{Latitude(r.Next(entities))}]&limit=20")));
            await PrintAsync("listing, first page of 20", () => MeasureAsync(server, port, _ => Get("entities?type=AirQualityObserved&limit=20")));
            var deepest = Math.Min(99_980, entities - 20);
            await PrintAsync("listing, page 5,000 after those before", async () =>
            {
                await WalkAsync(port, deepest);
                return await MeasureAsync(server, port, _ => Get($"entities?type=AirQualityObserved&limit=20&offset={deepest}"));
            });
            await PrintAsync("listing, a page in the second half at once", () => MeasureAsync(server, port, r => Get($"entities?type=AirQualityObserved&limit=20&offset={deepest / 2 + r.Next(deepest / 2)}")));
            await PrintAsync("PATCH of an attribute", () => MeasureAsync(server, port, r => Send("PATCH", $"entities/{Id(r.Next(entities))}/attrs/no2", $$"""{"type":"Property","value":{{r.Next(1000)}},"observedAt":"2026-11-27T12:00:00Z"}"""), LongWarmth));
            var next = entities;
            await PrintAsync("POST of an entity", () => MeasureAsync(server, port, _ => Send("POST", "entities", Entity(Interlocked.Increment(ref next)))));
            server.Refresh();
            Console.WriteLine($"memory of the server at the end: {server.WorkingSet64 >> 20} MB; database {new DirectoryInfo(data.FullName).EnumerateFiles("city-os.db*").Sum(f => f.Length) >> 20} MB");
            List<double> starts = [];
            for (var i = 0; IsWanted("start after a kill") && i < Starts; i++)
            {
                // What was written last is in the log and not yet in the tables.
                await LoadAsync(port, 0, Math.Min(entities, 50_000));
                server.Kill();
                await server.WaitForExitAsync();
                watch.Restart();
                (server, port) = await StartAsync(data.FullName);
                await OnceAsync(port, Get($"entities/{Id(1)}"));
                starts.Add(watch.Elapsed.TotalSeconds);
            }
            if (starts.Count > 0) Console.WriteLine($"killed under load and started again: first answer after {starts.Order().ElementAt(Starts / 2):0.0} s (median of {Starts})");
            server.Kill();
            await server.WaitForExitAsync();
        }
        finally
        {
            data.Delete(recursive: true);
        }

        bool IsWanted(string work) => only.Length == 0 || only.Any(o => work.StartsWith(o, StringComparison.OrdinalIgnoreCase));

        async Task PrintAsync(string work, Func<Task<Load>> measure)
        {
            if (IsWanted(work)) Print(work, await measure());
        }
    }

    /// <summary>A server of static bytes as large as an answer, in a process of its own.</summary>
    public static async Task ServeAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var app = builder.Build();
        var body = Encoding.UTF8.GetBytes(Entity(1));
        app.Run(http =>
        {
            http.Response.ContentType = "application/json";
            http.Response.ContentLength = body.Length;
            return http.Response.Body.WriteAsync(body).AsTask();
        });
        await app.RunAsync($"http://127.0.0.1:{port}");
    }

    internal sealed record Load(double PerSecond, double Median, double Percentile99, double CpuMicroseconds, long Megabytes);

    private static void Print(string work, Load load) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work,-44} {load.PerSecond,9:0} {load.Median,8:0.00} {load.Percentile99,8:0.00} {load.CpuMicroseconds,8:0.0}  {load.Megabytes}"));

    private static async Task<Load> StaticAsync()
    {
        var port = FreePort();
        using var server = Process.Start(new ProcessStartInfo("dotnet", [typeof(CityOsBenchmark).Assembly.Location, "static", $"{port}"]) { RedirectStandardOutput = true })!;
        _ = server.StandardOutput.ReadToEndAsync();
        await ReadyAsync(port);
        var load = await MeasureAsync(server, port, r => Get($"entities/{Id(r.Next(1000))}"));
        server.Kill();
        return load;
    }

    /// <summary>Whole rows put in place by 64 writers, one transaction for all that wait, every commit synchronous: what an acknowledged write costs at least.</summary>
    private static async Task<Load> RawAsync(string folder, int entities)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "raw.db")};Pooling=False");
        await connection.OpenAsync();
        using (var make = connection.CreateCommand())
        {
            make.CommandText = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE entity (id TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID;";
            make.ExecuteNonQuery();
        }
        var waiting = System.Threading.Channels.Channel.CreateUnbounded<(string Id, byte[] Body, TaskCompletionSource Done)>();
        var writer = Task.Run(async () =>
        {
            using var put = connection.CreateCommand();
            put.CommandText = "INSERT INTO entity (id, body) VALUES ($id, $body) ON CONFLICT (id) DO UPDATE SET body = excluded.body";
            var (id, body) = (put.Parameters.Add("$id", SqliteType.Text), put.Parameters.Add("$body", SqliteType.Blob));
            List<TaskCompletionSource> group = [];
            while (await waiting.Reader.WaitToReadAsync())
            {
                group.Clear();
                using var transaction = connection.BeginTransaction();
                put.Transaction = transaction;
                while (waiting.Reader.TryRead(out var one))
                {
                    (id.Value, body.Value) = (one.Id, one.Body);
                    put.ExecuteNonQuery();
                    group.Add(one.Done);
                }
                transaction.Commit();
                foreach (var done in group) done.SetResult();
            }
        });
        Task<List<double>[]> ForAsync(TimeSpan time) => RunAsync(
            async (random, _) =>
            {
                var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                waiting.Writer.TryWrite((Id(random.Next(entities)), Encoding.UTF8.GetBytes(Entity(random.Next(entities))), done));
                await done.Task;
            },
            time);
        await ForAsync(Warmth);
        var cpu = Environment.CpuUsage.TotalTime;
        var times = await ForAsync(Time);
        var used = Environment.CpuUsage.TotalTime - cpu;
        waiting.Writer.Complete();
        await writer;
        return Sum(times, used, Environment.WorkingSet >> 20);
    }

    private static async Task<Load> MeasureAsync(Process server, int port, Func<Random, byte[]> request, TimeSpan? warmth = null)
    {
        Task<List<double>[]> ForAsync(TimeSpan time) => RunAsync((random, connection) => connection.SendAsync(request(random)), time, port);
        await ForAsync(warmth ?? Warmth);
        var cpu = await RestAsync(server);
        var times = await ForAsync(Time);
        return Sum(times, await RestAsync(server) - cpu, server.WorkingSet64 >> 20);
    }

    /// <summary>Waits until a server has done what it does behind its answers, so that it counts for the work that caused it.</summary>
    /// <returns>What processor time it has used up to then.</returns>
    internal static async Task<TimeSpan> RestAsync(Process server)
    {
        while (true)
        {
            server.Refresh();
            var before = server.TotalProcessorTime;
            await Task.Delay(500);
            server.Refresh();
            if (server.TotalProcessorTime - before < TimeSpan.FromMilliseconds(15)) return server.TotalProcessorTime;
        }
    }

    internal static Task<List<double>[]> RunAsync(Func<Random, Connection, Task> work, params int[] ports) => RunAsync(work, Time, ports);

    internal static Task<List<double>[]> RunAsync(Func<Random, Connection, Task> work, TimeSpan time, params int[] ports) =>
        RunAsync(i => Task.FromResult(ports.Length == 0 ? null! : new Connection(ports[i % ports.Length])), work, time);

    /// <summary>Does a work again and again on each of 64 connections.</summary>
    /// <returns>How long each took, in milliseconds, by connection.</returns>
    internal static async Task<List<double>[]> RunAsync<T>(Func<int, Task<T>> open, Func<Random, T, Task> work, TimeSpan time) where T : class, IDisposable
    {
        var watch = Stopwatch.StartNew();
        return await Task.WhenAll(Enumerable.Range(0, Connections).Select(i => Task.Run(async () =>
        {
            using var connection = await open(i);
            List<double> times = [];
            var random = new Random(i);
            while (watch.Elapsed < time)
            {
                var began = watch.Elapsed;
                await work(random, connection);
                times.Add((watch.Elapsed - began).TotalMilliseconds);
            }
            return times;
        })));
    }

    internal static Load Sum(List<double>[] times, TimeSpan cpu, long megabytes)
    {
        double[] all = [.. times.SelectMany(t => t).Order()];
        return new(all.Length / Time.TotalSeconds, all[all.Length / 2], all[(int)(all.Length * 0.99)], cpu.TotalMicroseconds / all.Length, megabytes);
    }

    private static async Task<(Process Server, int Port)> StartAsync(string data)
    {
        var port = FreePort();
        var (server, _) = await MichiProgram.StartAsync("listens", "serve", "--port", $"{port}", "--data", data);
        return (server, port);
    }

    /// <summary>Batches of 1,000, one after another on each of a few connections.</summary>
    internal static Task LoadAsync(int port, int first, int end)
    {
        var next = first - 1000;
        return Task.WhenAll(Enumerable.Range(0, Loaders).Select(_ => Task.Run(async () =>
        {
            using var connection = new Connection(port);
            while (Interlocked.Add(ref next, 1000) is var from && from < end)
                await connection.SendAsync(Send("POST", "entityOperations/upsert", $"[{string.Join(',', Enumerable.Range(from, Math.Min(1000, end - from)).Select(Entity))}]"));
        })));
    }

    /// <summary>Asks for page after page of a listing, as a client that follows the links does.</summary>
    private static async Task WalkAsync(int port, int last)
    {
        using var connection = new Connection(port);
        for (var offset = 0; offset <= last; offset += 20) await connection.SendAsync(Get($"entities?type=AirQualityObserved&limit=20&offset={offset}"));
    }

    private static async Task OnceAsync(int port, byte[] request)
    {
        using var connection = new Connection(port);
        await connection.SendAsync(request);
    }

    internal static string Id(int number) => $"urn:ngsi-ld:AirQualityObserved:{number}";

    internal static string Longitude(int number) => (103.5 + number * 7919L % 100_003 / 100_003.0).ToString("0.000000", CultureInfo.InvariantCulture);

    internal static string Latitude(int number) => (13.0 + number * 104_729L % 100_019 / 100_019.0).ToString("0.000000", CultureInfo.InvariantCulture);

    /// <summary>An entity of about 590 bytes.</summary>
    internal static string Entity(int number) => $$$"""
        {"id":"{{{Id(number)}}}","type":"AirQualityObserved","station":{"type":"Property","value":"S{{{number / Stations}}}"},"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[{{{Longitude(number)}}},{{{Latitude(number)}}}]}},"no2":{"type":"Property","value":{{{number % 200}}},"unitCode":"GQ","observedAt":"2026-11-27T11:00:00Z"},"temperature":{"type":"Property","value":{{{20 + number % 15}}}.5,"unitCode":"CEL","observedAt":"2026-11-27T11:00:00Z"},"refDevice":{"type":"Relationship","object":"urn:ngsi-ld:Device:{{{number}}}"},"description":{"type":"Property","value":"made up for a benchmark, nothing measured"}}
        """;

    internal static byte[] Get(string path) => Encoding.ASCII.GetBytes($"GET /ngsi-ld/v1/{path} HTTP/1.1\r\nHost: localhost\r\n\r\n");

    internal static byte[] Send(string method, string path, string body) =>
        Encoding.UTF8.GetBytes($"{method} /ngsi-ld/v1/{path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

    internal static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task ReadyAsync(int port)
    {
        for (var tries = 0; tries < 200; tries++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50);
            }
        }
        throw new TimeoutException("The server did not start.");
    }

    /// <summary>One kept connection that sends prepared bytes and reads answers with a Content-Length, with as little work as can be.</summary>
    internal sealed class Connection : IDisposable
    {
        private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        private byte[] _buffer = new byte[65_536];

        public Connection(int port) => _socket.Connect(IPAddress.Loopback, port);

        public async Task SendAsync(byte[] request)
        {
            for (var sent = 0; sent < request.Length;) sent += await _socket.SendAsync(request.AsMemory(sent));
            var (have, need) = (0, int.MaxValue);
            while (have < need)
            {
                if (have == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
                var read = await _socket.ReceiveAsync(_buffer.AsMemory(have));
                if (read == 0) throw new IOException("The server closed the connection.");
                have += read;
                if (need == int.MaxValue) need = Length(_buffer.AsSpan(0, have));
            }
        }

        private static int Length(ReadOnlySpan<byte> answer)
        {
            var end = answer.IndexOf("\r\n\r\n"u8);
            if (end < 0) return int.MaxValue;
            if (answer["HTTP/1.1 ".Length] != (byte)'2') throw new IOException(Encoding.UTF8.GetString(answer));
            var at = answer.IndexOf("Content-Length: "u8);
            if (at < 0 || at > end) return end + 4;
            var digits = answer[(at + "Content-Length: ".Length)..];
            return end + 4 + int.Parse(digits[..digits.IndexOf((byte)'\r')], CultureInfo.InvariantCulture);
        }

        public void Dispose() => _socket.Dispose();
    }
}
