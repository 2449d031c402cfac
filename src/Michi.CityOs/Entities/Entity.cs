namespace Michi.CityOs.Entities;

/// <summary>The kinds of attributes, ETSI GS CIM 009 V1.9.1, clause 4.5.</summary>
internal enum AttributeKind
{
    Property,
    GeoProperty,
    LanguageProperty,
    JsonProperty,
    VocabProperty,
    ListProperty,
    Relationship,
    ListRelationship,
}

/// <summary>An NGSI-LD Entity with all names expanded, clause 5.2.4.</summary>
internal sealed class Entity
{
    /// <summary>A URI.</summary>
    public required string Id { get; init; }

    /// <summary>Expanded names, at least one.</summary>
    public List<string> Types { get; set; } = [];

    /// <summary>Scopes as written, each beginning with a slash; clause 4.18.</summary>
    public List<string>? Scopes { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ModifiedAt { get; set; }

    /// <summary>When the entity ceases to be; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>All instances of all attributes; no two have the same name and datasetId.</summary>
    public List<EntityAttribute> Attributes { get; set; } = [];

    /// <summary>The instance of an attribute with a datasetId, or the default instance; null where there is none.</summary>
    public EntityAttribute? Find(string name, string? datasetId)
    {
        foreach (var attribute in Attributes)
            if (attribute.Name == name && attribute.DatasetId == datasetId) return attribute;
        return null;
    }

    public bool Has(string name) => Attributes.Exists(a => a.Name == name);

    /// <summary>The same with other attributes.</summary>
    public Entity With(List<EntityAttribute> attributes)
    {
        var copy = (Entity)MemberwiseClone();
        copy.Attributes = attributes;
        return copy;
    }
}

/// <summary>One instance of an attribute of an entity, or of an attribute of an attribute.</summary>
internal sealed class EntityAttribute
{
    /// <summary>The value that takes an attribute away in an update, clause 4.5.0.</summary>
    public const string Null = "urn:ngsi-ld:null";

    /// <summary>Expanded name of the Property that holds a proof of what it belongs to, clause 4.5.2.2.</summary>
    public const string Proof = JsonLd.CoreContext.NgsiLd + "ngsildproof";

    /// <summary>Member of a proof that tells the id it was made of.</summary>
    public const string IdSealed = "entityIdSealed";

    /// <summary>Member of a proof that tells the type it was made of.</summary>
    public const string TypeSealed = "entityTypeSealed";

    /// <summary>Expanded name.</summary>
    public required string Name { get; init; }

    public AttributeKind Kind { get; set; }

    /// <summary>UTF-8 JSON of what the kind's own member holds ("value", "object", "languageMap", "json", "vocab", "valueList", "objectList"); vocabulary values expanded. Empty in a fragment that leaves it as it is.</summary>
    public ReadOnlyMemory<byte> Value { get; set; }

    /// <summary>A URI; null for the default instance.</summary>
    public string? DatasetId { get; set; }

    public DateTimeOffset? ObservedAt { get; set; }

    /// <summary>UN/CEFACT common code.</summary>
    public string? UnitCode { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ModifiedAt { get; set; }

    public DateTimeOffset? ExpiresAt { get; set; }

    /// <summary>When the instance was deleted; only in the history, clause 4.8.</summary>
    public DateTimeOffset? DeletedAt { get; set; }

    /// <summary>Expanded types that the target of a Relationship has; null where not told.</summary>
    public List<string>? ObjectTypes { get; set; }

    /// <summary>Expanded type of the value of a Property (valueType); null where not told.</summary>
    public string? ValueType { get; set; }

    /// <summary>Names one point of history, clause 4.5.5; a URI.</summary>
    public string? InstanceId { get; set; }

    /// <summary>Attributes of the attribute.</summary>
    public List<EntityAttribute>? Attributes { get; set; }

    /// <summary>The NGSI-LD Null stands in place of the value.</summary>
    public bool IsNull { get; set; }

    /// <summary>Whether a kind was told, not guessed from the value.</summary>
    public bool IsKindGiven { get; set; }

    /// <summary>Whether this is a member of a proof that stands for itself, clause 4.5.2.2.</summary>
    public bool IsSeal => Name is JsonLd.CoreContext.NgsiLd + IdSealed or JsonLd.CoreContext.NgsiLd + TypeSealed;

    /// <summary>The same with other attributes.</summary>
    public EntityAttribute With(List<EntityAttribute>? attributes)
    {
        var copy = (EntityAttribute)MemberwiseClone();
        copy.Attributes = attributes is { Count: > 0 } ? attributes : null;
        return copy;
    }

    /// <summary>The same as an entity keeps it: with times of its own, and without what only requests and the history tell.</summary>
    public EntityAttribute Kept(DateTimeOffset createdAt, DateTimeOffset modifiedAt, List<EntityAttribute>? attributes)
    {
        var copy = With(attributes);
        (copy.CreatedAt, copy.ModifiedAt) = (createdAt, modifiedAt);
        (copy.DeletedAt, copy.InstanceId, copy.IsNull, copy.IsKindGiven) = (null, null, false, false);
        return copy;
    }

    /// <summary>The member that holds the value of a kind, in normalized representation.</summary>
    public static string ValueMember(AttributeKind kind) => kind switch
    {
        AttributeKind.Relationship => "object",
        AttributeKind.LanguageProperty => "languageMap",
        AttributeKind.JsonProperty => "json",
        AttributeKind.VocabProperty => "vocab",
        AttributeKind.ListProperty => "valueList",
        AttributeKind.ListRelationship => "objectList",
        _ => "value",
    };
}
