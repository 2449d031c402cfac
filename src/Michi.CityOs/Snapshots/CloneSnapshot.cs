using Michi.CityOs.Api;

namespace Michi.CityOs.Snapshots;

/// <summary>ETSI GS CIM 009, 5.16.2 Clone Snapshot.</summary>
internal static class CloneSnapshot
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("local", "via");
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        var told = SnapshotInput.Read(body, hasQueries: false);
        var original = await call.Services.Snapshots.FindAsync(call.Tenant, id, call.Cancel);
        foreach (var member in (string[])["snapshotQueries", "snapshotTemporalQueries"])
            if (original.Told[member] is { } queries) told[member] = queries.DeepClone();
        var clone = await call.Services.Snapshots.AddAsync(call.Tenant, told, original.Context, original, call.Cancel);
        await call.CreatedAsync($"snapshots/{clone}");
    }
}
