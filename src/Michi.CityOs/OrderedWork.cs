using Microsoft.Extensions.Logging;

namespace Michi.CityOs;

/// <summary>Does things in the background: those for one key in order, a few for different keys at the same time.</summary>
/// <param name="hands">Keys worked on at the same time.</param>
/// <param name="log">Told of faults: what fails for one key holds up nothing else.</param>
internal sealed class OrderedWork(int hands, ILogger log) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Task> _last = [];
    private readonly SemaphoreSlim _hands = new(hands);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Cancelled when nothing more is to be done.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Does something for a key after all that was to be done for it before.</summary>
    /// <param name="isPart">Whether it is part of something under way.</param>
    public Task Do(string key, Func<Task> work, bool isPart = false)
    {
        lock (_lock)
        {
            var task = RunAsync(_last.GetValueOrDefault(key, Task.CompletedTask));
            _last[key] = task;
            task.ContinueWith(
                done =>
                {
                    lock (_lock)
                        if (_last.GetValueOrDefault(key) == done) _last.Remove(key);
                },
                CancellationToken.None,
                TaskContinuationOptions.None,
                TaskScheduler.Default);
            return task;
        }

        async Task RunAsync(Task before)
        {
            // Never within the lock, nor on the request that asked for it.
            await Task.Yield();
            await before;
            try
            {
                if (!isPart) await _hands.WaitAsync(Stop);
                try
                {
                    await work();
                }
                finally
                {
                    if (!isPart) _hands.Release();
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // The program ends.
            }
            catch (Exception fault)
            {
                Log.WorkFailed(log, fault, key);
            }
        }
    }

    /// <summary>Breaks off what is under way; ends when it has ended.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        Task[] rest;
        lock (_lock) rest = [.. _last.Values];
        await Task.WhenAll(rest);
    }

    /// <summary>Breaks off what is under way, without waiting for it.</summary>
    // What ends later still uses both; neither holds anything of the system.
    public void Dispose() => _stop.Cancel();
}
