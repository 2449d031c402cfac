using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.History;

namespace Michi.CityOs.Temporal;

/// <summary>ETSI GS CIM 009, 5.6.14 Partial Update Attribute instance in Temporal Evolution of an Entity.</summary>
internal static class UpdateInstance
{
    public static async Task HandleAsync(NgsiLdCall call, string id, string name, string instance)
    {
        call.Accept("options", "local", "via");
        // A path with an empty part is one of the attribute, which knows no PATCH.
        if (name.Length == 0) throw new NgsiLdException("MethodNotAllowed", 405, "The resource does not know this method.", "The path has no name of an attribute.");
        NgsiLdCall.CheckId(id);
        NgsiLdCall.CheckId(instance);
        var body = await call.ReadBodyAsync();
        var part = UpdateAttribute.ReadOne(call, name, body, InputNeed.Parts);
        var now = call.Services.Clock.GetUtcNow();
        if (!await call.History.WriteAsync(w => w.ChangeInstance(call.Tenant, id, part.Name, instance, p => Change(p, part, now)), call.Cancel))
            throw NgsiLdException.ResourceNotFound($"The instance {instance} of {name} of {id}");
        await call.DoneAsync();
    }

    private static HistoryPoint? Change(HistoryPoint point, EntityAttribute part, DateTimeOffset now)
    {
        if (part.IsNull) return HistoryPoint.Deletion(point.ToInstance(part.Name, null, ""), now);
        var entity = new Entity { Id = "", Attributes = [point.ToInstance(part.Name, part.DatasetId, "")] };
        var changed = HistoryPoint.Of(EntityEdits.UpdateAttribute(entity, part, now).Attributes[0]);
        // What was not observed stays where it is, though it is modified now.
        return (changed.Shape.IsObserved ? changed : changed with { Time = point.Time }) with { Created = point.Created, Instance = point.Instance };
    }
}
