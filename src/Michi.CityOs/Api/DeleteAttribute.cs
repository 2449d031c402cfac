using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.6.5 Delete Attribute.</summary>
internal static class DeleteAttribute
{
    public static async Task HandleAsync(NgsiLdCall call, string id, string name)
    {
        call.Accept("datasetId", "deleteAll", "local", "type", "via");
        NgsiLdCall.CheckId(id);
        await call.ReadContextAsync();
        if (name == "scope")
        {
            await call.ChangeAsync(id, (current, now) => EntityEdits.DeleteScope(call.Gate(current, id), now));
            await call.DoneAsync();
            return;
        }
        var iri = new EntityReader(call.Context, InputForm.Normalized, InputNeed.Parts).NameOf(name);
        var (dataset, isAll) = (EntityReader.DatasetOf(call.Parameter("datasetId")), call.Flag("deleteAll"));
        await call.ChangeAsync(id, (current, now) => EntityEdits.DeleteAttribute(call.Gate(current, id), iri, dataset, isAll, now));
        await call.DoneAsync();
    }
}
