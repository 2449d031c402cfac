using Michi.CityOs.Entities;
using Michi.CityOs.History;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.5 Delete Attribute.</summary>
internal static class DeleteAttribute
{
    public static async Task HandleAsync(NgsiLdCall call, string id, string name)
    {
        call.Accept("datasetId", "deleteAll", "local", "type", "via");
        NgsiLdCall.CheckId(id);
        await call.ReadContextAsync();
        var isScope = name == "scope";
        var iri = isScope ? ChangePoints.Scope : new EntityReader(call.Context, InputForm.Normalized, InputNeed.Parts).NameOf(name);
        var (dataset, isAll) = (EntityReader.DatasetOf(call.Parameter("datasetId")), call.Flag("deleteAll"));
        try
        {
            await call.ChangeAsync(id, (current, now) => isScope ? EntityEdits.DeleteScope(call.Gate(current, id), now) : EntityEdits.DeleteAttribute(call.Gate(current, id), iri, dataset, isAll, now));
        }
        catch (NgsiLdException refusal) when (refusal.Status == 404)
        {
            // An attribute that was only ever told as history ends there.
            if (!await call.History.WriteAsync(w => w.EndAttribute(call.Tenant, id, iri, dataset, isAll, call.Services.Clock.GetUtcNow()), call.Cancel)) throw;
        }
        await call.DoneAsync();
    }
}
