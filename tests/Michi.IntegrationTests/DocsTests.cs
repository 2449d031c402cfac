using System.Diagnostics;
using System.Text.RegularExpressions;
using Michi.CityOs;
using Michi.Platform.Accounts;

namespace Michi.IntegrationTests;

/// <summary>The commands in README and docs run as they stand there, and print what stands there.</summary>
public sealed partial class DocsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("michi-docs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Files => [.. Directory.EnumerateFiles(Path.Combine(Project, "docs"), "*.md").Select(f => Path.GetRelativePath(Project, f)).Append("README.md").Where(f => Blocks(f, "sh").Count > 0)];

    [Theory, MemberData(nameof(Files))]
    public async Task Commands_OfAPage_RunAsTheyStand(string file)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var server = await MichiServer.EmptyAsync();
        await Demo.LoadSamplesAsync(server.Services, cancel);
        await server.Services.LoadDemonstrationCityAsync("siem-reap", cancel);
        Directory.CreateSymbolicLink(Path.Combine(_folder, "samples"), Path.Combine(Project, "samples"));
        // Servers and the tests themselves do not end; DemoTests start the former.
        var lines = Blocks(file, "sh").SelectMany(b => b.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')).Where(l => l.Length > 0 && !Endless().IsMatch(l)).ToList();
        var script = $$"""
            set -e
            michi() { dotnet "{{Path.Combine(AppContext.BaseDirectory, "michi.dll")}}" "$@"; }
            curl() { command curl --silent --show-error --fail --output /dev/null "$@"; }
            {{string.Join('\n', lines).Replace("http://localhost:5080/", server.Address.ToString(), StringComparison.Ordinal)}}
            """;
        var person = await server.PersonAsync(Role.Owner);
        var start = new ProcessStartInfo("bash", ["-c", script]) { WorkingDirectory = _folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MICHI_DATA"] = Path.Combine(_folder, "data");
        start.Environment["TOKEN"] = (await server.ProgramAsync(person)).DefaultRequestHeaders.Authorization!.Parameter;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancel), process.StandardError.ReadToEndAsync(cancel));
        await process.WaitForExitAsync(cancel);

        Assert.True(process.ExitCode == 0, $"{file}: {await errors}");
        foreach (var printed in Blocks(file, "text")) Assert.Contains(printed.Trim(), await output, StringComparison.Ordinal);
    }

    [Fact]
    public void Links_BetweenPages_LeadSomewhere()
    {
        var broken = Directory.EnumerateFiles(Project, "*.md").Concat(Directory.EnumerateFiles(Path.Combine(Project, "docs"), "*.md", SearchOption.AllDirectories))
            .SelectMany(f => Link().Matches(File.ReadAllText(f)).Select(m => (From: f, To: m.Groups[1].Value)))
            .Where(l => !l.To.StartsWith("http", StringComparison.Ordinal) && !Path.Exists(Path.Combine(Path.GetDirectoryName(l.From)!, l.To))).ToList();

        Assert.Empty(broken);
    }

    private static string Project
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Michi.slnx"))) folder = folder.Parent!;
            return folder.FullName;
        }
    }

    private static List<string> Blocks(string file, string language) => [.. Block().Matches(File.ReadAllText(Path.Combine(Project, file))).Where(m => m.Groups[1].Value == language).Select(m => m.Groups[2].Value)];

    [GeneratedRegex("^```(\\w+)\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"\b(demo|serve)\b|test\.sh|^dotnet .*Benchmarks")]
    private static partial Regex Endless();

    [GeneratedRegex(@"\]\(([^)#\s]+)")]
    private static partial Regex Link();
}
