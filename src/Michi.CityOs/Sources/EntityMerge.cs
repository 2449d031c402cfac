using Michi.CityOs.Entities;

namespace Michi.CityOs.Sources;

/// <summary>One entity from what several sources hold of it, ETSI GS CIM 009, clauses 4.3.6.2 and 4.5.5. What is given is not changed.</summary>
internal static class EntityMerge
{
    /// <summary>Attributes of both; of the same instance the newer one, by the time of observation where both tell it, otherwise by that of change. In doubt the first stays.</summary>
    public static Entity Merge(Entity first, Entity second)
    {
        List<EntityAttribute> attributes = [.. first.Attributes];
        foreach (var attribute in second.Attributes)
        {
            var at = attributes.FindIndex(a => a.Name == attribute.Name && a.DatasetId == attribute.DatasetId);
            if (at < 0) attributes.Add(attribute);
            else if (IsNewer(attribute, attributes[at])) attributes[at] = attribute;
        }
        return With(first, second, attributes);
    }

    /// <summary>What the first has, and the attributes it does not have at all.</summary>
    public static Entity FillUp(Entity first, Entity second) => With(first, second, [.. first.Attributes, .. second.Attributes.Where(a => !first.Has(a.Name))]);

    /// <summary>The entity with some attributes alone.</summary>
    public static Entity Only(Entity entity, Predicate<EntityAttribute> isKept) => entity.Attributes.TrueForAll(isKept) ? entity : entity.With(entity.Attributes.FindAll(isKept));

    /// <summary>Puts a time in the place of times that a source did not tell.</summary>
    public static void FillTimes(Entity entity, DateTimeOffset now)
    {
        if (entity.ModifiedAt == default) entity.ModifiedAt = now;
        if (entity.CreatedAt == default) entity.CreatedAt = entity.ModifiedAt;
        FillTimes(entity.Attributes, entity.ModifiedAt);
    }

    private static void FillTimes(List<EntityAttribute> attributes, DateTimeOffset time)
    {
        foreach (var attribute in attributes)
        {
            if (attribute.ModifiedAt == default) attribute.ModifiedAt = time;
            if (attribute.CreatedAt == default) attribute.CreatedAt = attribute.ModifiedAt;
            if (attribute.Attributes is { } inner) FillTimes(inner, attribute.ModifiedAt);
        }
    }

    private static bool IsNewer(EntityAttribute one, EntityAttribute other) =>
        one.ObservedAt is { } observed && other.ObservedAt is { } before && observed != before ? observed > before : one.ModifiedAt > other.ModifiedAt;

    private static Entity With(Entity first, Entity second, List<EntityAttribute> attributes) => new()
    {
        Id = first.Id,
        Types = [.. first.Types.Union(second.Types)],
        Scopes = first.Scopes is null ? second.Scopes : second.Scopes is null ? first.Scopes : [.. first.Scopes.Union(second.Scopes)],
        CreatedAt = first.CreatedAt == default || (second.CreatedAt != default && second.CreatedAt < first.CreatedAt) ? second.CreatedAt : first.CreatedAt,
        ModifiedAt = second.ModifiedAt > first.ModifiedAt ? second.ModifiedAt : first.ModifiedAt,
        ExpiresAt = first.ExpiresAt ?? second.ExpiresAt,
        Attributes = attributes,
    };
}
