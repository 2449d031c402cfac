using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Michi.Assessment.Exchange;

namespace Michi.Benchmarks;

/// <summary>
/// Every page of a running server that holds Siem Reap and a made-up country of 1,000 rated cities: server time and weight one by one,
/// then 50 people at once. The load comes from the same machine, so it takes its share of the processor.
/// </summary>
internal static partial class PagesBenchmark
{
    private const int Cities = 1_000, Assessors = 5, Users = 50, Warm = 10, Times = 30;

    private static readonly string[] Open =
    [
        "en", "en?q=siem", "en/sign-in", "en/method", "en/siem-reap", "en/siem-reap/evidence", "en/siem-reap/evidence/kh-siem-reap-001", "en/siem-reap/profile", "en/siem-reap/elements/T4", "en/siem-reap/find-out",
        "en/siem-reap/rounds", "en/siem-reap/report", "en/siem-reap/report/summary", "en/siem-reap/position", "en/siem-reap/programmes", "en/siem-reap/similar", "en/siem-reap/export", "en/compare?places=siem-reap,bench-1,bench-2,bench-3",
        "en/bench-land", "en/bench-land/cities", "en/bench-land/cities?sort=score&page=7", "en/bench-7", "en/bench-7/profile", "en/bench-7/similar", "api/places/siem-reap/evidence", "api/places/bench-land/cities",
    ];

    private static readonly string[] Inside =
    [
        "en/account", "en/account/second-factor", "en/admin", "en/admin/log", "en/admin/packs", "en/admin/settings", "en/places/new", "en/siem-reap/edit", "en/siem-reap/people", "en/siem-reap/log", "en/siem-reap/import",
        "en/siem-reap/report/links", "en/siem-reap/rounds/new", "en/siem-reap/evidence/new/edit", "en/bench-land/indices", "en/bench-land/indices/new/edit",
    ];

    public static async Task RunAsync(string? database, int seconds)
    {
        var folder = Directory.CreateTempSubdirectory("michi-bench-").FullName;
        Process? server = null;
        try
        {
            string[] at = database is null ? ["--data", Path.Combine(folder, "data")] : ["--data", Path.Combine(folder, "data"), "--database", database];
            foreach (var (file, i) in Country().Select((f, i) => (f, i)))
            {
                var path = Path.Combine(folder, $"{i}.json");
                await File.WriteAllBytesAsync(path, PlaceFileJson.Write(file));
                await MichiProgram.RunAsync(["import", path, "--public", .. at]);
            }
            var port = FreePort();
            (server, var lines) = await MichiProgram.StartAsync("Ctrl+C", ["demo", "--port", $"{port}", .. at]);
            var address = new Uri($"http://127.0.0.1:{port}/");
            await ProfiledAsync(address);
            var owner = await SignedInAsync(address, lines.First(l => l.TrimStart().StartsWith("owner", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries));

            Console.WriteLine($"| page | ms | kB | kB sent |{Environment.NewLine}|---|---:|---:|---:|");
            using var anonymous = Client(address);
            foreach (var page in Open) await MeasureAsync(anonymous, page);
            foreach (var page in Inside) await MeasureAsync(owner, page);
            foreach (var asset in Asset().Matches(await anonymous.GetStringAsync("en/siem-reap")).Select(m => m.Groups[1].Value).Distinct()) await MeasureAsync(anonymous, asset.TrimStart('/'));
            await LoadAsync(address, seconds);
        }
        finally
        {
            server?.Kill();
            server?.WaitForExit();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task MeasureAsync(HttpClient client, string page)
    {
        for (var i = 0; i < Warm; i++) await SentAsync(client, page);
        var times = new List<double>();
        for (var i = 0; i < Times; i++)
        {
            var watch = Stopwatch.StartNew();
            await SentAsync(client, page);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }
        times.Sort();
        Console.WriteLine($"| `{page}` | {times[Times / 2]:0.0} | {(await client.GetByteArrayAsync(page)).Length / 1000.0:0.0} | {await SentAsync(client, page) / 1000.0:0.0} |");
    }

    /// <summary>Bytes that go over the wire, compressed as for a browser.</summary>
    private static async Task<int> SentAsync(HttpClient client, string page)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, page) { Headers = { { "Accept-Encoding", "br" } } };
        using var answer = (await client.SendAsync(request)).EnsureSuccessStatusCode();
        return (await answer.Content.ReadAsByteArrayAsync()).Length;
    }

    private static async Task LoadAsync(Uri address, int seconds)
    {
        var times = new ConcurrentBag<(string Page, double Milliseconds)>();
        var errors = new ConcurrentBag<string>();
        var until = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
        await Task.WhenAll(Enumerable.Range(0, Users).Select(user => Task.Run(async () =>
        {
            using var client = Client(address);
            client.DefaultRequestHeaders.Add("Accept-Encoding", "br");
            var random = new Random(user);
            while (TimeProvider.System.GetUtcNow() < until)
            {
                var page = Open[random.Next(Open.Length)];
                var watch = Stopwatch.StartNew();
                using var answer = await client.GetAsync(page);
                await answer.Content.ReadAsByteArrayAsync();
                times.Add((page, watch.Elapsed.TotalMilliseconds));
                if (answer.StatusCode != HttpStatusCode.OK) errors.Add($"{page} {answer.StatusCode}");
            }
        })));
        Console.WriteLine($"{Users} people at once without a pause for {seconds} s, all pages mixed: {times.Count / (double)seconds:0} pages a second, {errors.Count} errors {string.Join(", ", errors.Distinct().Take(5))}");
        Console.WriteLine($"| page | p50 ms | p99 ms |{Environment.NewLine}|---|---:|---:|");
        foreach (var group in times.GroupBy(t => t.Page).Append(times.GroupBy(_ => "all").Single()).OrderBy(g => Array.IndexOf(Open, g.Key)))
        {
            var sorted = group.Select(t => t.Milliseconds).Order().ToList();
            Console.WriteLine($"| `{group.Key}` | {sorted[sorted.Count / 2]:0} | {sorted[(int)(sorted.Count * 0.99)]:0} |");
        }
    }

    /// <summary>Waits until every city has its profile.</summary>
    private static async Task ProfiledAsync(Uri address)
    {
        using var client = Client(address);
        client.Timeout = TimeSpan.FromMinutes(5);
        for (; ; await Task.Delay(1000))
        {
            var cities = (await client.GetFromJsonAsync<JsonElement>("api/places/bench-land/cities")).EnumerateArray().ToList();
            if (cities.Count == Cities && cities.All(c => c.GetProperty("stage").ValueKind == JsonValueKind.String)) return;
        }
    }

    private static async Task<HttpClient> SignedInAsync(Uri address, string[] account)
    {
        var client = Client(address);
        var token = FormToken().Match(await client.GetStringAsync("en/sign-in")).Groups[1].Value;
        using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["email"] = account[1], ["password"] = account[2], ["__RequestVerificationToken"] = token });
        (await client.PostAsync("en/sign-in", form)).EnsureSuccessStatusCode();
        return client;
    }

    private static HttpClient Client(Uri address) => new(new SocketsHttpHandler { CookieContainer = new() }) { BaseAddress = address };

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>A country with cities that five assessors have rated on every element, in files small enough to import.</summary>
    private static IEnumerable<PlaceFile> Country()
    {
        string[] elements = [.. new[] { ("P", 6), ("O", 3), ("S", 4), ("T", 5), ("M", 3) }.SelectMany(d => Enumerable.Range(1, d.Item2).Select(i => $"{d.Item1}{i}"))];
        var random = new Random(1);
        var country = new FilePlace { Slug = "bench-land", Kind = "country", Names = new() { ["en"] = "Bench land (made up)" } };
        for (var from = 0; from < Cities; from += 50)
        {
            var cities = Enumerable.Range(from, 50).ToList();
            yield return new()
            {
                Places = [country, .. cities.Select(c => new FilePlace { Slug = $"bench-{c}", Kind = "city", Parent = "bench-land", Names = new() { ["en"] = $"Bench city {c}", ["ja"] = $"架空市{c}" } })],
                Assessments = [.. cities.Select(c =>
                {
                    var city = random.NextDouble() * 3;
                    return new FileAssessment
                    {
                        Place = $"bench-{c}",
                        Title = "Made up",
                        Rounds = [new() { Number = 1, Ratings = [.. from assessor in Enumerable.Range(1, Assessors) from element in elements
                            select new FileRating { Assessor = assessor, Element = element, Level = Math.Clamp((int)(city + random.NextDouble() * 2), 0, 4), Confidence = "medium", Reason = "Made up." }] }],
                    };
                })],
            };
        }
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    [GeneratedRegex("(?:href|src)=\"(/[^\"]+\\.(?:css|js|svg)[^\"]*)\"")]
    private static partial Regex Asset();
}
