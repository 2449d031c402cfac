using Michi.CityOs.Api;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Temporal;

/// <summary>ETSI GS CIM 009, 5.6.13 Delete Attribute from Temporal Evolution of an Entity.</summary>
internal static class DeleteAttributeEvolution
{
    public static async Task HandleAsync(NgsiLdCall call, string id, string name)
    {
        call.Accept("datasetId", "deleteAll", "local", "via");
        NgsiLdCall.CheckId(id);
        await call.ReadContextAsync();
        var iri = new EntityReader(call.Context, InputForm.Normalized, InputNeed.Parts).NameOf(name);
        var (dataset, isAll) = (EntityReader.DatasetOf(call.Parameter("datasetId")), call.Flag("deleteAll"));
        if (!await call.History.WriteAsync(w => w.DeleteAttribute(call.Tenant, id, iri, dataset, isAll), call.Cancel)) throw NgsiLdException.ResourceNotFound($"The attribute {name} of {id}");
        await call.DoneAsync();
    }
}
