using Michi.CityOs.Api;

namespace Michi.CityOs.Temporal;

/// <summary>ETSI GS CIM 009, 5.6.12 Add Attributes to Temporal Evolution of an Entity.</summary>
internal static class AddInstances
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("options", "local", "via");
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        var entry = new EvolutionReader(call.Context).ReadFragment(body, call.Tenant, id, call.Services.Clock.GetUtcNow());
        if (!await call.History.WriteAsync(w => w.Add(entry, mayMake: false), call.Cancel, entry.Points.Count)) throw NgsiLdException.ResourceNotFound(id);
        await call.DoneAsync();
    }
}
