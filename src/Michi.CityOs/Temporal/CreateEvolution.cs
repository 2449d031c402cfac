using Michi.CityOs.Api;

namespace Michi.CityOs.Temporal;

/// <summary>ETSI GS CIM 009, 5.6.11 Create or Update Temporal Evolution of an Entity.</summary>
internal static class CreateEvolution
{
    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept("options", "local", "via");
        var body = await call.ReadBodyAsync();
        var entry = new EvolutionReader(call.Context).Read(body, call.Tenant, call.Services.Clock.GetUtcNow());
        // The tenant is made with its first entity, be it only told as history (clause 5.5.10).
        if (!await call.Store.HasTenantAsync(call.Tenant, call.Cancel)) await call.Store.MakeTenantAsync(call.Tenant, call.Cancel);
        var isThere = await call.History.WriteAsync(w => w.Add(entry), call.Cancel, entry.Points.Count);
        await (isThere ? call.DoneAsync() : call.CreatedAsync($"temporal/entities/{entry.Id}"));
    }
}
