using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Sources;

/// <summary>Reads the entities a source answers with. What a source tells is checked like what any client sends.</summary>
internal static class SourceEntitiesReader
{
    /// <exception cref="NgsiLdException">They are none.</exception>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static ValueTask<List<Entity>> ReadAsync(NgsiLdCall call, SourceAnswer answer) => ReadAsync(call, PlainJson.Parse(answer.Body.Span), answer.Context);

    /// <summary>Reads one entity, or several.</summary>
    /// <param name="names">Those of entities that bring no context.</param>
    /// <exception cref="NgsiLdException">They are none.</exception>
    public static async ValueTask<List<Entity>> ReadAsync(NgsiLdCall call, JsonElement told, JsonLdContext names)
    {
        List<Entity> entities = [];
        foreach (var one in told.OneOrMany())
        {
            var context = one.ValueKind == JsonValueKind.Object && one.TryGetProperty("@context", out var own) ? await call.Services.Contexts.ReadAsync(call.Tenant, own, call.Cancel) : names;
            var reader = new EntityReader(context, InputForm.Normalized, InputNeed.Attributes);
            var entity = reader.Read(one);
            if (entity.Id.Length == 0) throw NgsiLdException.BadRequestData("An entity of the answer has no id.");
            entity.CreatedAt = Time(one, "createdAt");
            entity.ModifiedAt = Time(one, "modifiedAt");
            entity.Attributes.RemoveAll(a => a.IsNull);
            foreach (var member in one.EnumerateObject())
            {
                if (member.Name is "@context" || member.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)) continue;
                var name = context.Expand(member.Name);
                foreach (var instance in member.Value.OneOrMany())
                {
                    if (instance.ValueKind != JsonValueKind.Object) continue;
                    var dataset = instance.TryGetProperty("datasetId", out var named) && named.ValueKind == JsonValueKind.String ? EntityReader.DatasetOf(named.GetString()) : null;
                    if (entity.Find(name, dataset) is not { } attribute) continue;
                    attribute.CreatedAt = Time(instance, "createdAt");
                    attribute.ModifiedAt = Time(instance, "modifiedAt");
                }
            }
            entities.Add(entity);
        }
        return entities;
    }

    private static DateTimeOffset Time(JsonElement value, string member) =>
        value.TryGetProperty(member, out var told) && told.ValueKind == JsonValueKind.String ? EntityReader.Time(told.GetString()) ?? default : default;
}
