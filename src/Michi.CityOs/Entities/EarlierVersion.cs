using System.Globalization;
using System.Text.Json;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Entities;

/// <summary>A version of the NGSI-LD specification, such as 1.5.</summary>
internal readonly record struct NgsiLdVersion(int Major, int Minor)
{
    /// <summary>The one this broker speaks.</summary>
    public static readonly NgsiLdVersion Native = new(1, 9);

    public static NgsiLdVersion? Parse(string text) =>
        text.Split('.') is [var major, var minor, ..] && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var first) && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var second)
            ? new(first, second) : null;

    public bool IsBefore(int major, int minor) => Major < major || (Major == major && Minor < minor);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Major}.{Minor}");
}

/// <summary>Entities as an earlier version of the specification knew them, ETSI GS CIM 009, 4.3.6.8: what is newer becomes what was there then, or is left out.</summary>
internal static class EarlierVersion
{
    /// <summary>An entity for a client of a version; the same object where nothing of what is told is newer.</summary>
    public static Entity Of(Entity entity, NgsiLdVersion version, Representation told, JsonLdContext context)
    {
        var attributes = All(entity.Attributes, version, told, context);
        var hasNoExpiry = entity.ExpiresAt is null || !told.HasSysAttrs || !version.IsBefore(1, 9);
        var hasNoScope = entity.Scopes is null || !version.IsBefore(1, 4);
        var hasOneType = entity.Types.Count == 1 || !version.IsBefore(1, 3);
        if (ReferenceEquals(attributes, entity.Attributes) && hasNoExpiry && hasNoScope && hasOneType) return entity;
        var earlier = entity.With(attributes);
        if (!hasNoExpiry) earlier.ExpiresAt = null;
        if (!hasNoScope) earlier.Scopes = null;
        if (!hasOneType) earlier.Types = [entity.Types[0]];
        return earlier;
    }

    private static List<EntityAttribute> All(List<EntityAttribute> attributes, NgsiLdVersion version, Representation told, JsonLdContext context)
    {
        var all = attributes;
        // One instance was all there could be: the default one, or else the first.
        if (version.IsBefore(1, 3) && attributes.Exists(a => a.DatasetId is not null))
            all = [.. attributes.GroupBy(a => a.Name).Select(g => g.FirstOrDefault(a => a.DatasetId is null) ?? g.First())];
        List<EntityAttribute>? earlier = null;
        for (var i = 0; i < all.Count; i++)
        {
            var one = Of(all[i], version, told, context);
            if (ReferenceEquals(one, all[i])) continue;
            earlier ??= [.. all];
            earlier[i] = one;
        }
        return earlier ?? all;
    }

    private static EntityAttribute Of(EntityAttribute attribute, NgsiLdVersion version, Representation told, JsonLdContext context)
    {
        var (kind, value) = ValueOf(attribute, version, context);
        var inner = attribute.Attributes is { } there ? All(there, version, told, context) : null;
        var (isBefore9, isBefore8, isBefore3) = (version.IsBefore(1, 9), version.IsBefore(1, 8), version.IsBefore(1, 3));
        var isSame = kind == attribute.Kind && ReferenceEquals(inner, attribute.Attributes)
            && !(isBefore9 && (attribute.ValueType is not null || (attribute.ExpiresAt is not null && told.HasSysAttrs)))
            && !(isBefore8 && attribute.ObjectTypes is not null)
            && !(isBefore3 && (attribute.DatasetId is not null || attribute.ObservedAt is not null || attribute.UnitCode is not null));
        if (isSame) return attribute;
        var earlier = attribute.With(inner);
        (earlier.Kind, earlier.Value) = (kind, value);
        if (isBefore9) (earlier.ValueType, earlier.ExpiresAt) = (null, null);
        if (isBefore8) earlier.ObjectTypes = null;
        if (isBefore3) (earlier.DatasetId, earlier.ObservedAt, earlier.UnitCode) = (null, null, null);
        return earlier;
    }

    private static (AttributeKind Kind, ReadOnlyMemory<byte> Value) ValueOf(EntityAttribute attribute, NgsiLdVersion version, JsonLdContext context) => attribute.Kind switch
    {
        AttributeKind.LanguageProperty when version.IsBefore(1, 4) => (AttributeKind.Property, attribute.Value),
        AttributeKind.JsonProperty or AttributeKind.ListProperty when version.IsBefore(1, 8) => (AttributeKind.Property, attribute.Value),
        AttributeKind.VocabProperty when version.IsBefore(1, 8) => (AttributeKind.Property, Texts(attribute, t => context.Compact(t.GetString()!))),
        AttributeKind.ListRelationship when version.IsBefore(1, 8) => (AttributeKind.Relationship, Texts(attribute, t => t.GetProperty("object").GetString()!)),
        _ => (attribute.Kind, attribute.Value),
    };

    /// <summary>A text, or an array where there are several.</summary>
    private static ReadOnlyMemory<byte> Texts(EntityAttribute attribute, Func<JsonElement, string> text)
    {
        if (attribute.Value.IsEmpty) return attribute.Value;
        using var value = JsonDocument.Parse(attribute.Value);
        string[] texts = [.. value.RootElement.OneOrMany().Select(text)];
        return texts.Length == 1 ? JsonSerializer.SerializeToUtf8Bytes(texts[0], PlainJson.Serializer) : JsonSerializer.SerializeToUtf8Bytes(texts, PlainJson.Serializer);
    }
}
