using Michi.CityOs.Api;
using Michi.CityOs.Temporal;

namespace Michi.CityOs.Snapshots;

/// <summary>ETSI GS CIM 009, 5.16.1 Create Snapshot. It is filled in the background; its status says when that is done.</summary>
internal static class CreateSnapshot
{
    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept("local", "via");
        var body = await call.ReadBodyAsync();
        var told = SnapshotInput.Read(body, hasQueries: true);
        // What is wrong with a query is told now, not when nobody waits any more.
        foreach (var member in (string[])["snapshotQueries", "snapshotTemporalQueries"])
        {
            if (!body.TryGetProperty(member, out var queries)) continue;
            foreach (var query in queries.EnumerateArray())
            {
                EntityQueryReader.Read(call, query);
                if (member == "snapshotTemporalQueries") EvolutionRequest.Read(call, query);
                else call.Told(NgsiLdCall.Json, query);
            }
        }
        var id = await call.Services.Snapshots.AddAsync(call.Tenant, told, call.Context.Source, null, call.Cancel);
        await call.CreatedAsync($"snapshots/{id}");
    }
}
