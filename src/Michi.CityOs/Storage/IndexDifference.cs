using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>What a change of an entity changes in the indexes. Attributes that stayed are best the same objects: they are passed over.</summary>
internal sealed class IndexDifference
{
    /// <summary>Types that came or went. The empty name stands for all entities of a tenant.</summary>
    public List<(string Type, bool IsThere)> Types { get; } = [];

    /// <summary>Values of attributes that came or went, as <see cref="IndexEntry.Values"/> tells them; one that instances share may be told twice.</summary>
    public List<(string Name, object? Value, bool IsThere)> Values { get; } = [];

    /// <summary>By how much counts change: how many entities of a type there are (no name), and how many of them have an attribute of a kind.</summary>
    public List<(string Type, string? Name, AttributeKind Kind, int By)> Counts { get; } = [];

    /// <summary>When something of it would have expired, in microseconds; null for never.</summary>
    public long? Expired { get; }

    /// <summary>When something of it expires, in microseconds; null for never.</summary>
    public long? Expires { get; }

    /// <param name="before">Null where the entity was made.</param>
    /// <param name="after">Null where it was taken away.</param>
    public IndexDifference(Entity? before, Entity? after)
    {
        if (before is null) Types.Add(("", true));
        if (after is null) Types.Add(("", false));
        if (!ReferenceEquals(before?.Types, after?.Types))
        {
            foreach (var type in before?.Types ?? [])
                if (after?.Types.Contains(type) != true) Types.Add((type, false));
            foreach (var type in after?.Types ?? [])
                if (before?.Types.Contains(type) != true) Types.Add((type, true));
        }
        if (before is null || after is null || !CountAlike(before, after))
        {
            if (before is not null) Count(before, -1);
            if (after is not null) Count(after, 1);
        }
        if (before is not null && Expiry.Next(before) is { } was) Expired = EntityCodec.Microseconds(was);
        if (after is not null && Expiry.Next(after) is { } next) Expires = EntityCodec.Microseconds(next);
        CompareAttributes(before?.Attributes ?? [], after?.Attributes ?? []);
    }

    private void CompareAttributes(List<EntityAttribute> before, List<EntityAttribute> after)
    {
        if (before.Count == 0 || after.Count == 0) Compare(before, after);
        // Usually one instance took the place of another, and all else stayed where it was.
        else if (OnlyChange(before, after) is { } at) Compare([before[at]], [after[at]]);
        else
        {
            HashSet<EntityAttribute> kept = new(before, ReferenceEqualityComparer.Instance);
            kept.IntersectWith(after);
            // Two instances of an attribute may share a value: what one loses the other may keep. So attributes are compared as wholes.
            Dictionary<string, (List<EntityAttribute> Before, List<EntityAttribute> After)> changed = new(StringComparer.Ordinal);
            foreach (var attribute in before.Concat(after))
                if (!kept.Contains(attribute)) changed[attribute.Name] = ([], []);
            foreach (var attribute in before)
                if (changed.TryGetValue(attribute.Name, out var of)) of.Before.Add(attribute);
            foreach (var attribute in after)
                if (changed.TryGetValue(attribute.Name, out var of)) of.After.Add(attribute);
            foreach (var (was, now) in changed.Values) Compare(was, now);
        }
    }

    /// <summary>Where the one instance is that differs; null where more than one does, or others of its name are there.</summary>
    private static int? OnlyChange(List<EntityAttribute> before, List<EntityAttribute> after)
    {
        if (before.Count != after.Count) return null;
        var at = -1;
        for (var i = 0; i < before.Count; i++)
        {
            if (ReferenceEquals(before[i], after[i])) continue;
            if (at >= 0 || before[i].Name != after[i].Name) return null;
            at = i;
        }
        for (var i = 0; i < before.Count; i++)
            if (at >= 0 && i != at && before[i].Name == before[at].Name) return null;
        return at >= 0 ? at : null;
    }

    private void Compare(List<EntityAttribute> before, List<EntityAttribute> after)
    {
        if (before.Count == 0 || after.Count == 0)
        {
            Values.EnsureCapacity(before.Count + after.Count);
            foreach (var (name, value) in ValuesOf(before)) Values.Add((name, value, false));
            foreach (var (name, value) in ValuesOf(after)) Values.Add((name, value, true));
            return;
        }
        HashSet<(string, object?)> was = [.. ValuesOf(before)], now = [.. ValuesOf(after)];
        foreach (var (name, value) in was)
            if (!now.Contains((name, value))) Values.Add((name, value, false));
        foreach (var (name, value) in now)
            if (!was.Contains((name, value))) Values.Add((name, value, true));
    }

    private static IEnumerable<(string Name, object? Value)> ValuesOf(List<EntityAttribute> attributes)
    {
        List<object?> values = new(1);
        foreach (var attribute in attributes)
        {
            values.Clear();
            IndexEntry.Values(attribute, values);
            foreach (var value in values) yield return (attribute.Name, value);
        }
    }

    private void Count(Entity entity, int by)
    {
        Counts.EnsureCapacity(Counts.Count + 1 + entity.Types.Count * (1 + entity.Attributes.Count));
        Counts.Add(("", null, default, by));
        foreach (var type in entity.Types) Counts.Add((type, null, default, by));
        // Instances of one attribute count once: the default instance, or else the first.
        var counted = entity.Attributes.Exists(a => a.DatasetId is not null) ? entity.Attributes.OrderBy(a => a.DatasetId is not null).DistinctBy(a => a.Name) : entity.Attributes;
        foreach (var attribute in counted)
            foreach (var type in entity.Types) Counts.Add((type, attribute.Name, attribute.Kind, by));
    }

    /// <summary>Whether two states of an entity count alike.</summary>
    private static bool CountAlike(Entity before, Entity after)
    {
        if (!ReferenceEquals(before.Types, after.Types) || before.Attributes.Count != after.Attributes.Count) return false;
        for (var i = 0; i < before.Attributes.Count; i++)
            if (before.Attributes[i].Name != after.Attributes[i].Name || before.Attributes[i].Kind != after.Attributes[i].Kind) return false;
        return true;
    }
}
