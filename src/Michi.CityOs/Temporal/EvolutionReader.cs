using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Temporal;

/// <summary>Reads temporal evolutions of entities (clauses 4.5.6 to 4.5.8): entities whose attributes are arrays of instances.</summary>
/// <param name="keepsTimes">Whether times of creation and change are taken as told: from a broker, not from a client.</param>
internal sealed class EvolutionReader(JsonLdContext context, bool keepsTimes = false)
{
    private static readonly byte[] Null = JsonSerializer.SerializeToUtf8Bytes(EntityAttribute.Null);

    private readonly EntityReader _reader = new(context, InputForm.Normalized, InputNeed.Attributes);

    public HistoryEntry Read(JsonElement body, string tenant, DateTimeOffset now)
    {
        if (body.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("Expected a JSON object.");
        if (body.TryGetProperty("expiresAt", out var expires) && (expires.ValueKind != JsonValueKind.String || EntityReader.Time(expires.GetString()) is null))
            throw NgsiLdException.BadRequestData("expiresAt is not a time in UTC: expected 2026-01-31T09:00:00Z.");
        var own = body.EnumerateObject().Where(m => IsOwn(m.Name)).DistinctBy(m => m.Name).ToDictionary(m => m.Name, m => m.Value);
        var head = new EntityReader(context, InputForm.Normalized, InputNeed.Whole).Read(JsonSerializer.SerializeToElement(own));
        return new(tenant, head.Id, head.Types, Told(body, "modifiedAt", now), PointsOf(body, now), keepsTimes ? Told(body, "createdAt", now) : null);
    }

    private DateTimeOffset Told(JsonElement value, string member, DateTimeOffset otherwise) =>
        keepsTimes && value.ValueKind == JsonValueKind.Object && value.TryGetProperty(member, out var time) && time.ValueKind == JsonValueKind.String ? EntityReader.Time(time.GetString()) ?? otherwise : otherwise;

    /// <summary>Reads attributes to add.</summary>
    public HistoryEntry ReadFragment(JsonElement body, string tenant, string id, DateTimeOffset now)
    {
        if (body.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("Expected a JSON object.");
        if (body.TryGetProperty("id", out var told) && !(told.ValueKind == JsonValueKind.String && told.ValueEquals(id))) throw NgsiLdException.BadRequestData("The id of the body is not that of the path.");
        var own = body.EnumerateObject().Where(m => m.Name is "type" or "@type").DistinctBy(m => m.Name).ToDictionary(m => m.Name, m => m.Value);
        var types = new EntityReader(context, InputForm.Normalized, InputNeed.Attributes).Read(JsonSerializer.SerializeToElement(own)).Types;
        return new(tenant, id, types, now, PointsOf(body, now));
    }

    private static bool IsOwn(string member) => member is "id" or "@id" or "type" or "@type" or "expiresAt";

    private List<SeriesPoint> PointsOf(JsonElement body, DateTimeOffset now)
    {
        List<SeriesPoint> points = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var member in body.EnumerateObject())
        {
            if (IsOwn(member.Name) || member.Name is "@context" or "createdAt" or "modifiedAt" or "deletedAt") continue;
            if (member.Name is "scope" or ChangePoints.Scope)
            {
                AddScopes(points, member.Value, now);
                continue;
            }
            var name = _reader.NameOf(member.Name);
            if (!seen.Add(name)) throw NgsiLdException.BadRequestData($"The attribute {member.Name} is there twice.");
            // Instances without a time of their own come one after another, as they are told.
            var later = 0;
            foreach (var one in InstancesOf(member.Value))
                foreach (var instance in _reader.ReadAttribute(name, member.Name, one))
                    points.Add(new(name, instance.DatasetId, PointOf(instance, one, now, ref later)));
        }
        return points;
    }

    private HistoryPoint PointOf(EntityAttribute instance, JsonElement told, DateTimeOffset now, ref int later)
    {
        var deleted = told.ValueKind == JsonValueKind.Object && told.TryGetProperty("deletedAt", out var time) && time.ValueKind == JsonValueKind.String ? EntityReader.Time(time.GetString()) : null;
        Stamp(instance, Told(told, "createdAt", now), Told(told, "modifiedAt", now));
        if (keepsTimes && told.ValueKind == JsonValueKind.Object && told.TryGetProperty("instanceId", out var named) && named.ValueKind == JsonValueKind.String) instance.InstanceId = named.GetString();
        if (instance.IsNull && instance.ObservedAt is null && deleted is { } at) return HistoryPoint.Deletion(instance, at) with { Modified = EntityCodec.Microseconds(now) };
        // The null of a deleted instance is legal in history, clause 5.5.4.
        if (instance.IsNull) instance.Value = instance.Kind == AttributeKind.LanguageProperty ? "{\"@none\":\"urn:ngsi-ld:null\"}"u8.ToArray() : Null;
        var point = HistoryPoint.Of(instance);
        return point.Shape.IsObserved || keepsTimes ? point : point with { Time = point.Time + later++ };
    }

    private void AddScopes(List<SeriesPoint> points, JsonElement value, DateTimeOffset now)
    {
        var later = 0;
        foreach (var one in InstancesOf(value))
        {
            var member = JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { ["scope"] = one });
            var scopes = _reader.Read(member).Scopes ?? [];
            DateTimeOffset? observed = null;
            if (one.ValueKind == JsonValueKind.Object && one.TryGetProperty("observedAt", out var time))
                observed = (time.ValueKind == JsonValueKind.String ? EntityReader.Time(time.GetString()) : null) ?? throw NgsiLdException.BadRequestData("scope.observedAt is not a time in UTC: expected 2026-01-31T09:00:00Z.");
            var (modified, deleted) = (Told(one, "modifiedAt", now), Told(one, "deletedAt", default));
            var point = deleted == default ? ChangePoints.ScopePoint(scopes, observed, modified) : new(ChangePoints.Scope, null, HistoryPoint.Deletion(new EntityAttribute { Name = ChangePoints.Scope, CreatedAt = modified }, deleted));
            points.Add(observed is null && !keepsTimes ? point with { Point = point.Point with { Time = point.Point.Time + later++ } } : point);
        }
    }

    /// <summary>The elements of an array of objects that are no geometries of their own; otherwise the value itself. A broker that cut off all instances tells an empty array.</summary>
    private List<JsonElement> InstancesOf(JsonElement value) =>
        keepsTimes && value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0 ? [] : value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Object) ? [.. value.EnumerateArray()] : [value];

    private static void Stamp(EntityAttribute attribute, DateTimeOffset createdAt, DateTimeOffset modifiedAt)
    {
        (attribute.CreatedAt, attribute.ModifiedAt) = (createdAt, modifiedAt);
        // The Null in an attribute of an attribute says that there is none.
        attribute.Attributes?.RemoveAll(a => a.IsNull);
        if (attribute.Attributes is { Count: 0 }) attribute.Attributes = null;
        foreach (var inner in attribute.Attributes ?? []) Stamp(inner, createdAt, modifiedAt);
    }
}
