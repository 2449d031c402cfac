namespace Michi;

/// <summary>Shows how far a verb has come, on the error output, so that the result alone stands on the output.</summary>
internal sealed class ConsoleProgress : IProgress<double>
{
    private int _percent = -1;

    public void Report(double value)
    {
        var percent = (int)(value * 100);
        if (percent == _percent) return;
        _percent = percent;
        Console.Error.Write(percent == 100 ? "\r100 %\n" : $"\r{percent} %");
    }
}
