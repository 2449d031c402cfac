namespace Michi;

/// <summary>Shows how far a verb has come, on the error output, so that the result alone stands on the output.</summary>
/// <param name="after">How long nothing is shown after the first report: what ends before needs no progress.</param>
internal sealed class ConsoleProgress(TimeSpan after = default) : IProgress<double>
{
    private long? _began;
    private int _percent = -1;

    public void Report(double value)
    {
        var percent = (int)(value * 100);
        _began ??= TimeProvider.System.GetTimestamp();
        if (percent == _percent || (_percent < 0 && after > TimeSpan.Zero && (percent == 100 || TimeProvider.System.GetElapsedTime(_began.Value) < after))) return;
        _percent = percent;
        Console.Error.Write(percent == 100 ? "\r100 %\n" : $"\r{percent} %");
    }

    /// <summary>Ends the line where something is shown on it.</summary>
    public void End()
    {
        if (_percent is >= 0 and < 100) Console.Error.WriteLine();
        _percent = 100;
    }
}
