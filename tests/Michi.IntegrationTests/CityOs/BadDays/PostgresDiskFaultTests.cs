using System.Diagnostics;
using System.Net;

namespace Michi.IntegrationTests.CityOs.BadDays;

/// <summary>The disk under PostgreSQL is full for a while, at which PostgreSQL gives up: nothing acknowledged is lost, and the program goes on when the database does.</summary>
public sealed class PostgresDiskFaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Write_DiskOfPostgresFull_IsRefusedUntilThereIsRoom()
    {
        using var disk = FaultyDisk.Create();
        using var postgres = FaultyPostgres.Make(disk);
        postgres.Start();
        var data = Directory.CreateTempSubdirectory("michi-test-").FullName;
        var port = MichiServer.FreePort();
        using var server = MichiProcess.Start(new Dictionary<string, string> { ["MICHI_CITYOS_ACCESS"] = "open", ["MICHI_DATABASE"] = postgres.ConnectionString }, "serve", "--port", $"{port}", "--data", data);
        await server.OutputAsync("listens");
        using var client = BadDay.Client(port);
        await using var receiver = await ValueReceiver.StartAsync();
        await client.SubscribeAsync("urn:ngsi-ld:Subscription:1", "Test", receiver.Address, Cancel);
        List<string> there = [];
        var refused = 0;
        while (there.Count < 20) Assert.Equal(HttpStatusCode.Created, await PutAsync());

        disk.Writing = FaultyDisk.NoSpace;
        while (refused < 3)
        {
            Assert.True(there.Count < 1_000);
            Assert.Contains(await PutAsync(), new[] { HttpStatusCode.Created, HttpStatusCode.InsufficientStorage, HttpStatusCode.ServiceUnavailable });
        }
        using (var answer = await client.PostAsync(new Uri("entities", UriKind.Relative), BadDay.Json("""{ "id": "urn:ngsi-ld:Test:none", "type": "Test" }"""), Cancel))
        {
            var text = await answer.Content.ReadAsStringAsync(Cancel);
            Assert.Contains("https://uri.etsi.org/ngsi-ld/errors/InternalError", text, StringComparison.Ordinal);
            Assert.DoesNotContain("127.0.0.1", text, StringComparison.Ordinal);
        }

        disk.Writing = 0;
        postgres.Start();
        var began = Stopwatch.GetTimestamp();
        while (there.Count < 100)
        {
            await PutAsync();
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(60), "Nothing is taken although there is room.");
        }
        foreach (var id in there) Assert.Equal(HttpStatusCode.OK, await client.SendAsync("GET", $"entities/{id}", null, Cancel));
        await receiver.UntilAsync(told => there.TrueForAll(told.ContainsKey));
        foreach (var id in (string[])[there[0], there[^1]]) Assert.Single(await client.HistoryAsync(id, Cancel));
        server.Kill();
        await server.EndAsync();
        Directory.Delete(data, recursive: true);

        async Task<HttpStatusCode> PutAsync()
        {
            var id = $"urn:ngsi-ld:Test:{there.Count + refused}";
            var status = await client.SendAsync("POST", "entities", $$"""{ "id": "{{id}}", "type": "Test", "value": 0, "text": "{{new string('x', 500)}}" }""", Cancel);
            if (status == HttpStatusCode.Created) there.Add(id);
            else
            {
                refused++;
                await Task.Delay(100, Cancel);
            }
            return status;
        }
    }

    /// <summary>A PostgreSQL of the test's own, whose files lie on a disk that goes wrong.</summary>
    private sealed class FaultyPostgres : IDisposable
    {
        private static readonly string? s_programs = Directory.Exists("/usr/lib/postgresql") ? Directory.GetDirectories("/usr/lib/postgresql").Select(d => Path.Combine(d, "bin")).Where(b => File.Exists(Path.Combine(b, "initdb"))).Order().LastOrDefault() : null;

        private readonly FaultyDisk _disk;
        private readonly string _folder;
        private readonly int _port = MichiServer.FreePort();

        private FaultyPostgres(FaultyDisk disk)
        {
            _disk = disk;
            _folder = Path.Combine(disk.Data, "postgres");
            // It refuses to run as root.
            if (Environment.UserName == "root") Run("chown", "postgres", disk.Data);
            RunAsPostgres(false, "initdb", "-D", _folder, "-U", "michi", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync");
        }

        public string ConnectionString => $"Host=127.0.0.1;Port={_port};Username=michi;Database=postgres";

        /// <summary>Skips the test where there is no PostgreSQL; on CI it fails.</summary>
        public static FaultyPostgres Make(FaultyDisk disk)
        {
            Assert.SkipWhen(s_programs is null && Environment.GetEnvironmentVariable("CI") is null, "No PostgreSQL on this machine. test.sh installs one.");
            return new(disk);
        }

        /// <summary>Starts it, again where it is giving up or has.</summary>
        public void Start() =>
            RunAsPostgres(true, "pg_ctl", "-D", _folder, "-l", Path.Combine(_disk.Data, "log"), "-w", "-m", "immediate", "-o", $"-p {_port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={_disk.Data}", "restart");

        private void RunAsPostgres(bool isFaulty, string program, params string[] arguments)
        {
            string[] preload = isFaulty ? [.. _disk.Settings.Where(s => s.Key is "LD_PRELOAD" or "FAULTS_FOLDER" or "FAULTS_CONTROL").Select(s => $"{s.Key}={s.Value}")] : [];
            string[] all = ["env", .. preload, Path.Combine(s_programs!, program), .. arguments];
            if (Environment.UserName == "root") Run("runuser", ["-u", "postgres", "--", .. all]);
            else Run(all[0], all[1..]);
        }

        private static void Run(string program, params string[] arguments)
        {
            // What it starts writes to where it does, so nobody may wait for the end of that.
            using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec \"$@\" > /dev/null", "sh", program, .. arguments]))!;
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        }

        public void Dispose()
        {
            _disk.Writing = 0;
            if (File.Exists(Path.Combine(_folder, "postmaster.pid"))) RunAsPostgres(false, "pg_ctl", "-D", _folder, "-m", "immediate", "stop");
        }
    }
}
