using System.Threading.Channels;
using Michi.Platform.Places;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Michi.Assessment.Profiles;

/// <summary>Computes profiles in the background after evidence, facts or ratings have changed, so that pages over many places only read.</summary>
/// <remarks>Nothing is lost with the queue: at every start each place is looked at once, and a place's own page always computes afresh.</remarks>
internal sealed partial class ProfileQueue(IServiceScopeFactory scopes, ILogger<ProfileQueue> logger) : BackgroundService
{
    private readonly Channel<Guid> _places = Channel.CreateUnbounded<Guid>();

    /// <summary>Asks for the profile of a place and of those below it, which inherit its evidence.</summary>
    public void Enqueue(Guid place) => _places.Writer.TryWrite(place);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await WorkAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The program stops.
        }
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        await using (var scope = scopes.CreateAsyncScope())
            foreach (var place in await scope.ServiceProvider.GetRequiredService<PlaceDirectory>().ChildrenAsync(null, stoppingToken)) Enqueue(place.Id);
        await foreach (var id in _places.Reader.ReadAllAsync(stoppingToken))
        {
            stoppingToken.ThrowIfCancellationRequested();
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var directory = scope.ServiceProvider.GetRequiredService<PlaceDirectory>();
                if (await directory.FindAsync(id, stoppingToken) is not { } place) continue;
                await scope.ServiceProvider.GetRequiredService<PlaceDiagnosis>().OfAsync(place, stoppingToken);
                foreach (var below in await directory.ItemsBelowAsync(id, stoppingToken)) Enqueue(below.Id);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // One place that cannot be computed must not stop the others.
                ProfileFailed(logger, id, fault);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The profile of place {Place} could not be computed.")]
    private static partial void ProfileFailed(ILogger logger, Guid place, Exception fault);
}
