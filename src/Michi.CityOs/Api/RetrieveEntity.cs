using Michi.CityOs.Entities;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.7.1 Retrieve Entity.</summary>
internal static class RetrieveEntity
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept("attrs", "pick", "omit", "options", "format", "lang", "geometryProperty", "datasetId", "join", "joinLevel", "containedBy", "local", "type", "jsonKeys", "via");
        NgsiLdCall.CheckId(id);
        var type = call.AcceptedType(hasGeoJson: true);
        await call.ReadContextAsync();
        var wanted = call.Told(type);
        var entity = await call.Store.FindAsync(call.Tenant, id, call.Cancel) ?? throw NgsiLdException.ResourceNotFound(id);
        if (wanted.Attrs is not null && !entity.Attributes.Exists(a => wanted.Attrs.Contains(a.Name))) throw NgsiLdException.ResourceNotFound($"An attribute of {id} named in attrs");
        var writer = new EntityWriter(call.Context, wanted);
        await call.WriteAsync(type, json => writer.Write(json, entity, type == NgsiLdCall.LdJson ? call.WriteContext : null));
    }
}
