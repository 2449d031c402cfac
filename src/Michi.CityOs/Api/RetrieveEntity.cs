using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.Sources;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.7.1 Retrieve Entity.</summary>
internal static class RetrieveEntity
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept([.. NgsiLdCall.TellParameters, "attrs", "datasetId", "local", "type", "jsonKeys", "entityMap", "entityMapLifetime", "via"]);
        NgsiLdCall.CheckId(id);
        var type = call.AcceptedType(hasGeoJson: true);
        await call.ReadContextAsync();
        var wanted = call.Told(type);
        var linked = LinkedWriter.Of(call);
        var map = await EntityMaps.OfAsync(call);
        var (found, holders) = await DistributedRead.FindAsync(call, id, wanted, map is null ? null : EntityMaps.SourcesOf(map, id));
        var entity = call.Gate(found, id);
        if (!(wanted.Tells("id") || wanted.Tells("type") || entity.Attributes.Exists(wanted.Tells) || (entity.Scopes is not null && wanted.Tells("scope")))) throw NgsiLdException.ResourceNotFound($"What the request picks of {id}");
        if (wanted.Attrs is not null && !entity.Attributes.Exists(a => wanted.Attrs.Contains(a.Name))) throw NgsiLdException.ResourceNotFound($"An attribute of {id} named in attrs");
        if (map is null && EntityMaps.IsWanted(call)) await EntityMaps.MakeAsync(call, [KeyValuePair.Create(id, holders)]);
        if (linked is not null) await linked.LoadAsync(call, [entity]);
        (var told, var status) = PreferredVersion.Amend(call, type, wanted, [entity], linked);
        entity = told[0];
        var writer = new EntityWriter(call.Context, wanted, linked);
        if (linked is { IsFlat: true, HasOthers: true })
        {
            var tail = type == NgsiLdCall.LdJson ? call.WriteContext : (Action<Utf8JsonWriter>?)null;
            await call.WriteEntitiesAsync(type, json =>
            {
                writer.Write(json, entity, tail);
                linked.WriteOthers(json, [entity], call.Context, wanted, tail);
            }, status);
            return;
        }
        await call.WriteAsync(type, json => writer.Write(json, entity, type == NgsiLdCall.LdJson || (type == NgsiLdCall.GeoJson && call.PrefersContext) ? call.WriteContext : null), status);
    }
}
