using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.Storage;

/// <summary>Takes away what has expired. Readers do not see it in any case; the sweep makes it a change that history and subscriptions learn of.</summary>
internal sealed class Sweep(ICityStore store, TimeProvider clock, ILogger<Sweep> log) : BackgroundService
{
    private const int Portion = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => store.HoldAsync("sweep", SweepAsync, stoppingToken);

    private async Task SweepAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Pause, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                while (!stop.IsCancellationRequested && await store.ExpiredAsync(Portion, stop) is { Count: > 0 } due)
                    foreach (var tenant in due.GroupBy(d => d.Tenant))
                        await store.WriteAsync(tenant.Key, [.. tenant.Select(d => new EntityChange(d.Id, (current, _) => current))], stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            // The store may be full or away for a while; what has expired is not told in any case.
            catch (Exception fault)
            {
                Log.SweepFailed(log, fault);
            }
        }
    }
}
