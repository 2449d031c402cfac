using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Api;

/// <summary>The entities that relationships lead to, told with those that were asked for, clause 4.5.23.</summary>
internal sealed class LinkedWriter
{
    private const int MostLevels = 10;

    private const int MostEntities = 10_000;

    private readonly Dictionary<string, Entity> _found;
    private readonly HashSet<string> _contained;
    private readonly int _levels;
    private readonly Projection? _pick, _omit;

    private LinkedWriter(bool isFlat, int levels, HashSet<string> contained, Dictionary<string, Entity> found, Projection? pick, Projection? omit) =>
        (IsFlat, _levels, _contained, _found, _pick, _omit) = (isFlat, levels, contained, found, pick, omit);

    /// <summary>Whether linked entities stand beside the others, instead of within.</summary>
    public bool IsFlat { get; }

    /// <summary>From the parameters join, joinLevel and containedBy; null where no linked entities are wanted.</summary>
    public static LinkedWriter? Of(NgsiLdCall call, EntityQuery? query = null) => Of(
        query, call.Parameter("join"), call.Number("joinLevel", 1, 1, int.MaxValue), call.Parameter("containedBy")?.Split(',') ?? [],
        call.Parameter("pick") is { } pick ? Projection.Pick(pick, call.Context) : null, call.Parameter("omit") is { } omit ? Projection.Omit(omit, call.Context) : null);

    public static LinkedWriter? Of(NgsiLdCall call, JsonElement body, EntityQuery query) => Of(
        query, EntityQueryReader.Text(body, "join"),
        !body.TryGetProperty("joinLevel", out var level) ? 1 : level.ValueKind == JsonValueKind.Number && level.TryGetInt32(out var told) && told > 0 ? told : throw NgsiLdException.BadRequestData("joinLevel is not a whole number from 1 on."), EntityQueryReader.Texts(body, "containedBy") ?? [],
        EntityQueryReader.Joined(body, "pick") is { } pick ? Projection.Pick(pick, call.Context) : null,
        EntityQueryReader.Joined(body, "omit") is { } omit ? Projection.Omit(omit, call.Context) : null);

    /// <param name="join">"flat" or "inline"; null or "@none" where no linked entities are wanted.</param>
    public static LinkedWriter? Of(EntityQuery? query, string? join, int levels, IEnumerable<string> contained, Projection? pick, Projection? omit)
    {
        if (join is not (null or "@none" or "inline" or "flat")) throw NgsiLdException.BadRequestData($"{join} is not a way to join: expected inline, flat or @none.");
        var reach = join is null or "@none" ? 0 : Math.Min(levels, MostLevels);
        var hops = Math.Max(query?.Q?.Hops ?? 0, Math.Max(pick?.Hops ?? 0, omit?.Hops ?? 0));
        if (hops > reach) throw NgsiLdException.BadRequestData(reach == 0 ? "A request that follows relationships needs join." : $"The request follows {hops} relationships in a row, more than joinLevel allows ({reach}).");
        return reach == 0 ? null : new(join == "flat", reach, [.. contained], new(StringComparer.Ordinal), pick, omit);
    }

    /// <summary>Finds what the relationships of some entities lead to, level by level, here and at context sources.</summary>
    public Task LoadAsync(NgsiLdCall call, IReadOnlyList<Entity> from)
    {
        HashSet<string> failed = [];
        return LoadAsync(from, ids => DistributedRead.FindAsync(call, ids, failed));
    }

    /// <summary>Finds what the relationships of some entities lead to, level by level, here alone.</summary>
    public Task LoadAsync(ICityStore store, string tenant, IReadOnlyList<Entity> from, CancellationToken cancel) => LoadAsync(from, async ids =>
    {
        Dictionary<string, Entity> found = new(StringComparer.Ordinal);
        foreach (var id in ids.Keys)
            if (await store.FindAsync(tenant, id, cancel) is { } entity) found[id] = entity;
        return found;
    });

    /// <param name="find">Finds the entities of one level, by their ids with the types the relationships tell.</param>
    private async Task LoadAsync(IReadOnlyList<Entity> from, Func<IReadOnlyDictionary<string, IReadOnlyCollection<string>?>, Task<IReadOnlyDictionary<string, Entity>>> find)
    {
        IEnumerable<Entity> level = from;
        var seen = from.Select(e => e.Id).ToHashSet();
        HashSet<string> sought = new(_contained, StringComparer.Ordinal);
        for (var depth = 0; depth < _levels; depth++)
        {
            Dictionary<string, IReadOnlyCollection<string>?> ids = new(StringComparer.Ordinal);
            foreach (var attribute in level.SelectMany(e => e.Attributes).Where(a => depth > 0 || IsTold(a.Name, _pick, _omit)))
                foreach (var id in Targets(attribute))
                {
                    if (sought.Add(id)) ids[id] = attribute.ObjectTypes;
                    // Of several relationships to one entity all have to tell its types.
                    else if (ids.TryGetValue(id, out var types)) ids[id] = types is null || attribute.ObjectTypes is null ? null : [.. types.Union(attribute.ObjectTypes)];
                }
            if (ids.Count == 0) break;
            if (sought.Count - _contained.Count > MostEntities) throw NgsiLdException.TooManyResults($"The entities lead to more than {MostEntities} others.");
            List<Entity> next = [];
            foreach (var (id, entity) in await find(ids))
            {
                _found[id] = entity;
                if (seen.Add(id)) next.Add(entity);
            }
            level = next;
        }
    }

    /// <summary>Writes what was found beside the entities themselves, each with what is wanted of it where a relationship leads to it.</summary>
    public void WriteOthers(Utf8JsonWriter json, IReadOnlyList<Entity> than, JsonLdContext context, Representation told, Action<Utf8JsonWriter>? tail)
    {
        HashSet<string> written = [.. than.Select(e => e.Id)];
        List<(Entity Entity, Projection? Pick, Projection? Omit)> level = [.. than.Select(e => (e, _pick, _omit))];
        for (var depth = 0; depth < _levels && level.Count > 0; depth++)
        {
            List<(Entity, Projection?, Projection?)> next = [];
            foreach (var (entity, pick, omit) in level)
                foreach (var attribute in entity.Attributes.Where(a => IsTold(a.Name, pick, omit)))
                    foreach (var target in Targets(attribute))
                    {
                        if (!_found.TryGetValue(target, out var found) || !written.Add(target)) continue;
                        var (inner, outer) = (pick?.Linked.GetValueOrDefault(attribute.Name), omit?.Linked.GetValueOrDefault(attribute.Name));
                        new EntityWriter(context, told with { Pick = inner?.Members, Omit = outer?.Members, Attrs = null }).Write(json, found, tail);
                        next.Add((found, inner, outer));
                    }
            level = next;
        }
    }

    private static bool IsTold(string name, Projection? pick, Projection? omit) => pick?.Members.Contains(name) != false && omit?.Members.Contains(name) != true;

    /// <summary>Whether anything was found.</summary>
    public bool HasOthers => _found.Count > 0;

    /// <summary>Puts others in the place of what was found.</summary>
    public void Replace(Func<Entity, Entity> by)
    {
        foreach (var (id, entity) in _found.ToList()) _found[id] = by(entity);
    }

    /// <summary>Targets of a relationship, in order.</summary>
    public static IReadOnlyList<string> Targets(EntityAttribute attribute)
    {
        if (attribute.IsNull || attribute.Kind is not (AttributeKind.Relationship or AttributeKind.ListRelationship)) return [];
        using var value = JsonDocument.Parse(attribute.Value);
        return value.RootElement.ValueKind == JsonValueKind.String ? [value.RootElement.GetString()!]
            : [.. value.RootElement.EnumerateArray().Select(t => (t.ValueKind == JsonValueKind.Object ? t.GetProperty("object") : t).GetString()!)];
    }

    /// <summary>Writes the entities a relationship leads to, as the member "entity" or "entityList", or alone in simplified form.</summary>
    /// <returns>False where there is none to write.</returns>
    public bool Write(Utf8JsonWriter json, EntityAttribute attribute, JsonLdContext context, Representation told, bool isMember, IReadOnlyList<string> path)
    {
        if (IsFlat || path.Count > _levels) return false;
        List<Entity> entities = [.. Targets(attribute).Where(t => !path.Contains(t)).Select(t => _found.GetValueOrDefault(t)).OfType<Entity>()];
        if (entities.Count == 0) return false;
        var pick = _pick?.Linked.GetValueOrDefault(attribute.Name);
        var omit = _omit?.Linked.GetValueOrDefault(attribute.Name);
        var nested = told with { Pick = pick?.Members, Omit = omit?.Members, Attrs = null, GeometryProperty = null };
        var within = new LinkedWriter(false, _levels, _contained, _found, pick, omit);
        if (isMember) json.WritePropertyName(attribute.Kind == AttributeKind.Relationship && entities.Count == 1 ? "entity"u8 : "entityList"u8);
        if (attribute.Kind == AttributeKind.Relationship && entities.Count == 1) new EntityWriter(context, nested, within, [.. path, entities[0].Id]).Write(json, entities[0]);
        else
        {
            json.WriteStartArray();
            foreach (var entity in entities) new EntityWriter(context, nested, within, [.. path, entity.Id]).Write(json, entity);
            json.WriteEndArray();
        }
        return true;
    }
}
