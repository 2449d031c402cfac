using System.Diagnostics;

namespace Michi.IntegrationTests.Exchange;

/// <summary>The real program as a process of its own, to be waited for or killed.</summary>
internal sealed class MichiProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<string> _output;
    private readonly TaskCompletionSource _progress = new();
    private readonly Task<string> _errors;

    private MichiProcess(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _errors = ReadErrorsAsync();
    }

    public static MichiProcess Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "michi.dll"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
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
        return (_process.ExitCode, await _output, await _errors);
    }

    /// <summary>Waits until it shows progress, or ends without.</summary>
    public Task ProgressAsync() => Task.WhenAny(_progress.Task, _errors);

    /// <summary>Kills it at once (SIGKILL); false where it had ended already.</summary>
    public bool Kill()
    {
        if (_process.HasExited) return false;
        _process.Kill();
        return true;
    }

    public void Dispose() => _process.Dispose();

    private async Task<string> ReadErrorsAsync()
    {
        var (text, buffer) = (new System.Text.StringBuilder(), new char[256]);
        for (int read; (read = await _process.StandardError.ReadAsync(buffer)) > 0;)
        {
            text.Append(buffer, 0, read);
            if (text.ToString().Contains('%', StringComparison.Ordinal)) _progress.TrySetResult();
        }
        return text.ToString();
    }
}
