using Michi.CityOs.Api;

namespace Michi.CityOs.Snapshots;

/// <summary>ETSI GS CIM 009, 5.16.5 Delete Snapshot.</summary>
internal static class DeleteSnapshot
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("local", "via");
        NgsiLdCall.CheckId(id);
        var snapshot = await call.Services.Snapshots.FindAsync(call.Tenant, id, call.Cancel);
        if (!await call.Services.Snapshots.RemoveAsync(call.Tenant, snapshot, isTold: false, call.Cancel)) throw NgsiLdException.ResourceNotFound(id);
        await call.DoneAsync();
    }
}
