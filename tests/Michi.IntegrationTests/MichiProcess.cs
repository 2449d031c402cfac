using System.Diagnostics;
using System.Text;

namespace Michi.IntegrationTests;

/// <summary>The real program as a process of its own, to be waited for or killed.</summary>
internal sealed class MichiProcess : IDisposable
{
    private readonly Process _process;
    private readonly Followed _output, _errors;

    private MichiProcess(Process process)
    {
        _process = process;
        _output = new(process.StandardOutput);
        _errors = new(process.StandardError);
    }

    public static MichiProcess Start(params string[] arguments) => Start(new Dictionary<string, string>(), arguments);

    /// <summary>The program with settings by environment variable.</summary>
    public static MichiProcess Start(Dictionary<string, string> environment, params string[] arguments) => StartWith("dotnet", [Path.Combine(AppContext.BaseDirectory, "michi.dll"), .. arguments], environment);

    /// <summary>The program by a command that ends in it.</summary>
    public static MichiProcess StartWith(string command, IEnumerable<string> arguments, Dictionary<string, string> environment)
    {
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // To watch how code is used, so as to compile it better, does not pay in seconds: a start takes a fifth less without.
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return new(Process.Start(start)!);
    }

    public static async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Start(arguments);
        return await process.EndAsync();
    }

    public async Task<(int Code, string Output, string Errors)> EndAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (_process.ExitCode, await _output.Whole, await _errors.Whole);
    }

    public int Id => _process.Id;

    public long MemoryBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Waits until it shows progress, or ends without.</summary>
    public Task ProgressAsync() => _errors.UntilAsync(text => text.Contains('%', StringComparison.Ordinal));

    /// <summary>Waits until it has printed a line with something in it, or ends without; what it has printed so far.</summary>
    public async Task<string> OutputAsync(string until)
    {
        await _output.UntilAsync(text => text.IndexOf(until, StringComparison.Ordinal) is var at and >= 0 && text.IndexOf('\n', at) >= 0);
        return _output.SoFar;
    }

    /// <summary>Kills it at once (SIGKILL); false where it had ended already.</summary>
    public bool Kill()
    {
        if (_process.HasExited) return false;
        _process.Kill();
        return true;
    }

    /// <summary>Asks it to stop (SIGTERM), as a service manager does.</summary>
    public void Stop() => Process.Start("kill", ["-TERM", $"{_process.Id}"]).WaitForExit();

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private sealed class Followed
    {
        private readonly StringBuilder _text = new();

        public Followed(StreamReader stream) => Whole = ReadAsync(stream);

        public Task<string> Whole { get; }

        public string SoFar
        {
            get
            {
                lock (_text) return _text.ToString();
            }
        }

        public async Task UntilAsync(Func<string, bool> isThere)
        {
            while (!Whole.IsCompleted && !isThere(SoFar)) await Task.WhenAny(Whole, Task.Delay(5, TestContext.Current.CancellationToken));
        }

        private async Task<string> ReadAsync(StreamReader stream)
        {
            var buffer = new char[256];
            for (int read; (read = await stream.ReadAsync(buffer)) > 0;)
                lock (_text) _text.Append(buffer, 0, read);
            return SoFar;
        }
    }
}
