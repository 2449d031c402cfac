using Microsoft.Extensions.Logging;

namespace Michi.CityOs;

/// <summary>Work that is done again and again.</summary>
internal static class Repeat
{
    /// <summary>Does something at once and then every few seconds, until the program ends or another node takes over. The store may be away for a while: a fault is logged, and the next turn tries again.</summary>
    /// <param name="what">For the log.</param>
    public static async Task RunAsync(Func<CancellationToken, Task> act, TimeSpan every, TimeProvider clock, ILogger log, string what, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await act(stop);
            }
            catch (Exception fault)
            {
                if (!stop.IsCancellationRequested) Log.WorkFailed(log, fault, what);
            }
            await Task.Delay(every, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
