using System.Diagnostics;

namespace Michi.Benchmarks;

/// <summary>The program as a process of its own, as its users run it: <c>dotnet michi.dll …</c> from the same build, or a published one that MICHI_BENCH_PROGRAM names.</summary>
internal static class MichiProgram
{
    private static string Dll
    {
        get
        {
            if (Environment.GetEnvironmentVariable("MICHI_BENCH_PROGRAM") is { Length: > 0 } published) return published;
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(folder.Parent!.Parent!.FullName, "Michi", folder.Name, "michi.dll");
        }
    }

    /// <summary>Runs a verb to its end.</summary>
    /// <exception cref="InvalidOperationException">It fails; the message is what it says.</exception>
    public static async Task<TimeSpan> RunAsync(params string[] arguments)
    {
        var watch = Stopwatch.StartNew();
        using var process = Process.Start(new ProcessStartInfo("dotnet", [Dll, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? watch.Elapsed : throw new InvalidOperationException($"{string.Join(' ', arguments)}: {await output}{await errors}");
    }

    /// <summary>Starts a verb; who does, reads what it says and waits for its end.</summary>
    public static Process Start(params string[] arguments) => Process.Start(new ProcessStartInfo("dotnet", [Dll, .. arguments]) { RedirectStandardError = true, RedirectStandardOutput = true })!;

    /// <summary>Starts a server and reads what it prints up to a line with <paramref name="until"/> in it.</summary>
    public static async Task<(Process Process, List<string> Lines)> StartAsync(string until, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo("dotnet", [Dll, .. arguments]) { RedirectStandardOutput = true })!;
        var lines = new List<string>();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (!line.Contains(until, StringComparison.Ordinal)) continue;
            _ = process.StandardOutput.ReadToEndAsync();
            return (process, lines);
        }
        throw new InvalidOperationException(string.Join('\n', lines));
    }
}
