using Michi.CityOs.Api;

namespace Michi.CityOs.Temporal;

/// <summary>ETSI GS CIM 009, 5.6.16 Delete Temporal Evolution of an Entity.</summary>
internal static class DeleteEvolution
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("local", "via");
        NgsiLdCall.CheckId(id);
        if (!await call.History.WriteAsync(w => w.DeleteEntity(call.Tenant, id), call.Cancel)) throw NgsiLdException.ResourceNotFound(id);
        await call.DoneAsync();
    }
}
