using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Michi.Benchmarks;

/// <summary>The City OS with many subscriptions under updates at a steady rate: is every match notified, once, and how soon.</summary>
internal static class CityOsSubscriptionsBenchmark
{
    private const int Entities = 100_000;

    /// <summary>One update in so many matches the subscriptions of its station.</summary>
    private const int Matching = 10;

    private static readonly TimeSpan Time = TimeSpan.FromSeconds(30);

    /// <param name="subscriptions">
    /// How many. For stations, each asks for one station and values from 1,000,000 on; for ranges, for ten values from 1,000,000 on; for places, for the surroundings of
    /// an entity and such values.
    /// </param>
    /// <param name="perSecond">Updates wanted.</param>
    /// <param name="kind">stations, ranges or places.</param>
    public static async Task RunAsync(int subscriptions, int perSecond, string kind = "stations")
    {
        var data = Directory.CreateTempSubdirectory("michi-bench-");
        Environment.SetEnvironmentVariable("MICHI_CITYOS_ACCESS", "open");
        Environment.SetEnvironmentVariable("MICHI_CITYOS_HOSTS", "127.0.0.1");
        var (port, receiverPort) = (CityOsBenchmark.FreePort(), CityOsBenchmark.FreePort());
        ConcurrentDictionary<int, ConcurrentQueue<long>> received = [];
        await using var receiver = await ReceiveAsync(receiverPort, received);
        var (server, _) = await MichiProgram.StartAsync("listens", "serve", "--port", $"{port}", "--data", data.FullName);
        try
        {
            await CityOsBenchmark.LoadAsync(port, 0, Entities);
            var stations = Entities / CityOsBenchmark.Stations;
            Func<int, string> condition = kind switch
            {
                "stations" => i => $""" "q":"station==\"S{i % stations}\";no2>=1000000" """,
                "ranges" => i => $""" "q":"no2=={1_000_000 + 10 * i}..{1_000_009 + 10 * i}" """,
                "places" => i => $$""" "q":"no2>=1000000","geoQ":{"georel":"near;maxDistance==1","geometry":"Point","coordinates":[{{CityOsBenchmark.Longitude(i)}},{{CityOsBenchmark.Latitude(i)}}]} """,
                _ => throw new ArgumentException($"{kind} is none of stations, ranges and places.", nameof(kind)),
            };
            // How many subscriptions an update that matches is told to.
            var each = kind == "stations" ? subscriptions / stations : 1;
            var changing = kind == "places" ? subscriptions : Entities;
            using (var connection = new CityOsBenchmark.Connection(port))
                for (var i = 0; i < subscriptions; i++)
                    await connection.SendAsync(CityOsBenchmark.Send("POST", "subscriptions", $$$$"""
                        {"type":"Subscription","entities":[{"type":"AirQualityObserved"}],"watchedAttributes":["no2"],{{{{condition(i)}}}},"notification":{"attributes":["no2"],"endpoint":{"uri":"http://127.0.0.1:{{{{receiverPort}}}}/{{{{i}}}}","accept":"application/json"}}}
                        """));
            var cpu = await CityOsBenchmark.RestAsync(server);

            ConcurrentDictionary<int, long> sent = [];
            var (next, due) = (1_000_000, 0L);
            var watch = Stopwatch.StartNew();
            var times = await CityOsBenchmark.RunAsync(
                async (random, connection) =>
                {
                    var at = TimeSpan.FromSeconds((double)Interlocked.Increment(ref due) / perSecond);
                    if (at - watch.Elapsed is var wait && wait > TimeSpan.FromMilliseconds(1)) await Task.Delay(wait);
                    var value = random.Next(Matching) == 0 ? Interlocked.Increment(ref next) : random.Next(1000);
                    if (value >= 1_000_000) sent[value] = Stopwatch.GetTimestamp();
                    await connection.SendAsync(CityOsBenchmark.Send("PATCH", $"entities/{CityOsBenchmark.Id(random.Next(changing))}/attrs/no2", $$"""{"type":"Property","value":{{value}},"observedAt":"2026-11-27T12:00:00Z"}"""));
                },
                Time,
                port);
            if (server.HasExited) throw new InvalidOperationException($"The server ended with {server.ExitCode}.");
            var used = await CityOsBenchmark.RestAsync(server) - cpu;

            double[] late = [.. received.SelectMany(r => r.Value.Select(at => Stopwatch.GetElapsedTime(sent[r.Key], at).TotalMilliseconds)).Order()];
            var (updates, missing) = (times.Sum(t => t.Count), sent.Keys.Count(v => !received.TryGetValue(v, out var at) || at.Count < each));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"""
                {subscriptions} subscriptions to {kind}, {updates / Time.TotalSeconds:0} updates/s of {perSecond} wanted, {late.Length / Time.TotalSeconds:0} notifications/s
                expected {sent.Count * each}, received {late.Length}: {missing} missing, {received.Count(r => r.Value.Count > each)} more than once
                from sending the update to receiving the notification: p50 {late[late.Length / 2]:0.0} ms, p99 {late[(int)(late.Length * 0.99)]:0.0} ms, longest {late[^1]:0} ms
                CPU of the server: {used.TotalMicroseconds / updates:0} µs an update with its notifications; memory {server.WorkingSet64 >> 20} MB
                """));
        }
        finally
        {
            server.Kill();
            await server.WaitForExitAsync();
            data.Delete(recursive: true);
        }
    }

    /// <summary>Takes notifications and notes when each value came.</summary>
    private static async Task<WebApplication> ReceiveAsync(int port, ConcurrentDictionary<int, ConcurrentQueue<long>> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var at = Stopwatch.GetTimestamp();
            var text = Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
            for (var from = text.IndexOf("\"value\":1", StringComparison.Ordinal); from >= 0; from = text.IndexOf("\"value\":1", from + 1, StringComparison.Ordinal))
            {
                var digits = text.AsSpan(from + "\"value\":".Length, 7);
                if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value)) received.GetOrAdd(value, _ => []).Enqueue(at);
            }
        });
        await app.StartAsync();
        return app;
    }
}
