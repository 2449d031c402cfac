namespace Michi.CityOs.Entities;

/// <summary>Entities and attributes that cease to be at a time of their own, clause 4.22.</summary>
internal static class Expiry
{
    /// <summary>An entity without what has expired; null where it has itself. The same object where nothing has.</summary>
    public static Entity? Live(Entity entity, DateTimeOffset now)
    {
        if (entity.ExpiresAt <= now) return null;
        return IsAnyDue(entity.Attributes, now) ? entity.With(Live(entity.Attributes, now)) : entity;
    }

    /// <summary>When the first of it expires; null for never.</summary>
    public static DateTimeOffset? Next(Entity entity)
    {
        var next = entity.ExpiresAt;
        foreach (var attribute in entity.Attributes)
            if (Next(attribute) is { } at && !(next <= at)) next = at;
        return next;
    }

    private static DateTimeOffset? Next(EntityAttribute attribute)
    {
        var next = attribute.ExpiresAt;
        if (attribute.Attributes is not { } attributes) return next;
        foreach (var inner in attributes)
            if (Next(inner) is { } at && !(next <= at)) next = at;
        return next;
    }

    private static bool IsAnyDue(List<EntityAttribute> attributes, DateTimeOffset now)
    {
        foreach (var attribute in attributes)
            if (attribute.ExpiresAt <= now || (attribute.Attributes is { } inner && IsAnyDue(inner, now))) return true;
        return false;
    }

    private static List<EntityAttribute> Live(List<EntityAttribute> attributes, DateTimeOffset now)
    {
        List<EntityAttribute> live = new(attributes.Count);
        foreach (var attribute in attributes)
        {
            if (attribute.ExpiresAt <= now) continue;
            live.Add(attribute.Attributes is { } inner && IsAnyDue(inner, now) ? attribute.With(Live(inner, now)) : attribute);
        }
        return live;
    }
}
