using Microsoft.Extensions.Hosting;

namespace Michi.CityOs.Storage;

/// <summary>Takes away what has expired. Readers do not see it in any case; the sweep makes it a change that history and subscriptions learn of.</summary>
internal sealed class Sweep(ICityStore store, TimeProvider clock) : BackgroundService
{
    private const int Portion = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                while (await store.ExpiredAsync(Portion, stoppingToken) is { Count: > 0 } due)
                    foreach (var tenant in due.GroupBy(d => d.Tenant))
                        await store.WriteAsync(tenant.Key, [.. tenant.Select(d => new EntityChange(d.Id, (current, _) => current))], stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The program ends.
        }
    }
}
