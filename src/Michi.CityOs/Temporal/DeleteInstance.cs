using Michi.CityOs.Api;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Temporal;

/// <summary>ETSI GS CIM 009, 5.6.15 Delete Attribute instance from Temporal Evolution of an Entity.</summary>
internal static class DeleteInstance
{
    public static async Task HandleAsync(NgsiLdCall call, string id, string name, string instance)
    {
        call.Accept("local", "via");
        NgsiLdCall.CheckId(id);
        NgsiLdCall.CheckId(instance);
        await call.ReadContextAsync();
        var iri = new EntityReader(call.Context, InputForm.Normalized, InputNeed.Parts).NameOf(name);
        if (!await call.History.WriteAsync(w => w.ChangeInstance(call.Tenant, id, iri, instance, _ => null), call.Cancel)) throw NgsiLdException.ResourceNotFound($"The instance {instance} of {name} of {id}");
        await call.DoneAsync();
    }
}
