namespace Michi.CityOs.Entities;

/// <summary>How attributes are told, clauses 4.5.2 to 4.5.4.</summary>
internal enum EntityFormat
{
    Normalized,
    Concise,
    Simplified,
}

/// <summary>What of an entity is told, and how.</summary>
internal sealed record Representation
{
    public static readonly Representation Normal = new();

    public EntityFormat Format { get; init; }

    /// <summary>Whether the times of creation and change are told.</summary>
    public bool HasSysAttrs { get; init; }

    /// <summary>Natural languages wanted, best first, clause 4.15; null for all.</summary>
    public IReadOnlyList<string>? Languages { get; init; }

    /// <summary>Members told, clause 4.21: "id", "type", "scope" or expanded names; null for all.</summary>
    public IReadOnlySet<string>? Pick { get; init; }

    /// <summary>Members not told, in the same form.</summary>
    public IReadOnlySet<string>? Omit { get; init; }

    /// <summary>Expanded names of attributes told, without a say over id, type and scope; null for all.</summary>
    public IReadOnlySet<string>? Attrs { get; init; }

    /// <summary>The instances told, "@none" standing for the default one; null for all.</summary>
    public IReadOnlySet<string>? Datasets { get; init; }

    /// <summary>Expanded name of the GeoProperty that becomes the geometry of a GeoJSON Feature; null for plain JSON.</summary>
    public string? GeometryProperty { get; init; }

    /// <summary>What instances of attributes were before, told with them in notifications; null for nothing.</summary>
    public IReadOnlyDictionary<EntityAttribute, EntityAttribute>? Before { get; init; }

    public bool Tells(string member) => Pick?.Contains(member) != false && Omit?.Contains(member) != true;

    public bool Tells(EntityAttribute attribute) =>
        Tells(attribute.Name) && Attrs?.Contains(attribute.Name) != false && Datasets?.Contains(attribute.DatasetId ?? "@none") != false;
}
