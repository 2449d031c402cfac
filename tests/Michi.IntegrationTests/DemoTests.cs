using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Data.Sqlite;

namespace Michi.IntegrationTests;

/// <summary>The first command of the README as a process of its own.</summary>
public sealed partial class DemoTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-demo-").FullName;
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Demo_StartedTwice_ShowsSiemReapStopsAndShowsItAgain()
    {
        for (var start = 0; start < 2; start++)
        {
            var port = MichiServer.FreePort();
            using var demo = MichiProcess.Start("demo", "--data", _folder, "--port", $"{port}");
            var output = await demo.OutputAsync("Ctrl+C");
            using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() }) { BaseAddress = new($"http://localhost:{port}/") };

            Assert.Contains($"http://localhost:{port}/", output, StringComparison.Ordinal);
            Assert.Contains("シェムリアップ", await client.GetStringAsync("ja/siem-reap", Cancel), StringComparison.Ordinal);
            var owner = output.Split('\n').Single(l => l.TrimStart().StartsWith("owner", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var signIn = await MichiServer.PostAsync(client, "en/sign-in", new() { ["email"] = owner[1], ["password"] = owner[2].Trim() });
            Assert.Equal(HttpStatusCode.Redirect, signIn.StatusCode);
            if (start == 0) await demo.OutputAsync("made-up entities");
            Assert.Contains("Street light 1 (demonstration)", await client.GetStringAsync("en/siem-reap/entities?type=Streetlight", Cancel), StringComparison.Ordinal);

            demo.Stop();
            Assert.Equal((0, ""), (await demo.EndAsync()) is var end ? (end.Code, end.Errors) : default);
        }
    }

    [Fact]
    public async Task Demo_BelowABasePath_LinksOnlyBelowIt()
    {
        var port = MichiServer.FreePort();
        using var demo = MichiProcess.Start("demo", "--data", _folder, "--port", $"{port}", "--base-path", "/city/michi");
        var output = await demo.OutputAsync("Ctrl+C");
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() }) { BaseAddress = new($"http://localhost:{port}/city/michi/") };
        var owner = output.Split('\n').Single(l => l.TrimStart().StartsWith("owner", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var signIn = await MichiServer.PostAsync(client, "en/sign-in", new() { ["email"] = owner[1], ["password"] = owner[2].Trim() });

        Assert.Contains($"http://localhost:{port}/city/michi/", output, StringComparison.Ordinal);
        Assert.StartsWith("/city/michi/en", signIn.Headers.Location!.ToString(), StringComparison.Ordinal);
        foreach (var page in new[] { "en", "ja/siem-reap", "en/siem-reap/profile", "en/siem-reap/report", "en/siem-reap/rounds", "en/cambodia/cities", "en/admin", "en/account" })
        {
            var addresses = Address().Matches(await client.GetStringAsync(page, Cancel)).Select(m => m.Groups[1].Value).Distinct().ToList();
            Assert.NotEmpty(addresses);
            Assert.All(addresses, a => Assert.StartsWith("/city/michi/", a, StringComparison.Ordinal));
            foreach (var file in addresses.Where(a => a.Contains("/_content/", StringComparison.Ordinal))) Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri(file, UriKind.Relative), Cancel)).StatusCode);
        }
        Assert.Equal("/city/michi/en", (await client.GetAsync("", Cancel)).Headers.Location!.ToString());
    }

    [Fact]
    public async Task Demo_PortTaken_SaysSoAndNamesAnother()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var (code, _, errors) = await MichiProcess.RunAsync("demo", "--data", _folder, "--port", $"{port}");

        Assert.Equal(3, code);
        Assert.Equal($"Port {port} is in use by another program. Choose another with --port, for example --port {port + 1}.", errors.Trim());
    }

    [Theory]
    [InlineData("demo")]
    [InlineData("serve")]
    public async Task Start_FolderThatCannotBeWritten_SaysSoAndHowToChooseAnother(string verb)
    {
        // A folder below a file can be made by nobody, not even by root.
        var file = Path.Combine(_folder, "file");
        await File.WriteAllTextAsync(file, "", Cancel);

        var (code, _, errors) = await MichiProcess.RunAsync(verb, "--data", Path.Combine(file, "data"), "--port", $"{MichiServer.FreePort()}");

        Assert.Equal(2, code);
        Assert.Contains("cannot write to the data folder", errors, StringComparison.Ordinal);
        Assert.Contains("--data or MICHI_DATA", errors, StringComparison.Ordinal);
        Assert.Single(errors.Trim().Split('\n'));
    }

    [Fact]
    public async Task Serve_FirstStart_PrintsALinkThatMakesTheOwner()
    {
        var port = MichiServer.FreePort();
        using var serve = MichiProcess.Start("serve", "--data", _folder, "--port", $"{port}");
        var output = await serve.OutputAsync("/setup");
        var link = output.Split('\n').Single(l => l.Contains("/setup", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries).Single(w => w.StartsWith("http", StringComparison.Ordinal)).Trim();
        using var client = new HttpClient();

        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(link, Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"http://localhost:{port}/health/ready", Cancel)).StatusCode);
    }

    [GeneratedRegex("(?:href|src|action)=\"(/[^\"]*)\"")]
    private static partial Regex Address();
}
