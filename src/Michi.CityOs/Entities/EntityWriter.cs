using System.Globalization;
using System.Text;
using System.Text.Json;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Entities;

/// <summary>Writes entities as JSON in the names of a context.</summary>
/// <param name="linked">Tells the entities that relationships lead to; null where they are not wanted.</param>
/// <param name="path">Ids of the entities this one is told within.</param>
internal sealed class EntityWriter(JsonLdContext context, Representation wanted, Api.LinkedWriter? linked = null, IReadOnlyList<string>? path = null)
{
    /// <summary>Bytes of a time, with one decimal more than is told.</summary>
    private const int LongestTime = 28;

    private IReadOnlyList<string> _path = [];

    /// <summary>Writes one entity as an object; with <paramref name="tail"/> to add members at its end.</summary>
    public void Write(Utf8JsonWriter json, Entity entity, Action<Utf8JsonWriter>? tail = null)
    {
        _path = path ?? (linked is null ? [] : [entity.Id]);
        if (wanted.GeometryProperty is not null)
        {
            WriteFeature(json, entity, tail);
            return;
        }
        json.WriteStartObject();
        if (wanted.Tells("id")) json.WriteString("id"u8, entity.Id);
        if (wanted.Tells("type")) WriteTypes(json, "type", entity.Types);
        WriteMembers(json, entity);
        tail?.Invoke(json);
        json.WriteEndObject();
    }

    /// <summary>An entity as a GeoJSON Feature, clause 4.5.16.</summary>
    private void WriteFeature(Utf8JsonWriter json, Entity entity, Action<Utf8JsonWriter>? tail)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, entity.Id);
        json.WriteString("type"u8, "Feature"u8);
        json.WritePropertyName("geometry"u8);
        var geometry = entity.Attributes.Find(a => a.Name == wanted.GeometryProperty && a.Kind == AttributeKind.GeoProperty && !a.IsNull && (wanted.Datasets?.Contains(a.DatasetId ?? "@none") ?? a.DatasetId is null));
        if (geometry is null) json.WriteNullValue();
        else json.WriteRawValue(geometry.Value.Span, skipInputValidation: true);
        json.WriteStartObject("properties"u8);
        if (wanted.Tells("type")) WriteTypes(json, "type", entity.Types);
        WriteMembers(json, entity);
        json.WriteEndObject();
        tail?.Invoke(json);
        json.WriteEndObject();
    }

    private void WriteMembers(Utf8JsonWriter json, Entity entity)
    {
        if (entity.Scopes is { Count: > 0 } scopes && wanted.Tells("scope")) WriteTexts(json, "scope", scopes);
        if (wanted.HasSysAttrs)
        {
            WriteTime(json, "createdAt", entity.CreatedAt);
            WriteTime(json, "modifiedAt", entity.ModifiedAt);
        }
        if (entity.ExpiresAt is { } expires && wanted.HasSysAttrs) WriteTime(json, "expiresAt", expires);
        WriteAttributes(json, entity.Attributes, isInner: false);
    }

    /// <summary>Writes attributes as members, the instances of one together.</summary>
    public void WriteAttributes(Utf8JsonWriter json, List<EntityAttribute> attributes, bool isInner)
    {
        if (attributes.TrueForAll(a => a.DatasetId is null))
        {
            foreach (var attribute in attributes)
                if (isInner || wanted.Tells(attribute)) WriteMember(json, attribute, null);
            return;
        }
        foreach (var instances in attributes.Where(a => isInner || wanted.Tells(a)).GroupBy(a => a.Name).Select(g => g.ToList()))
            WriteMember(json, instances[0], instances.Count > 1 ? instances : null);
    }

    private void WriteMember(Utf8JsonWriter json, EntityAttribute attribute, List<EntityAttribute>? all)
    {
        if (attribute.IsSeal)
        {
            json.WritePropertyName(attribute.Name[CoreContext.NgsiLd.Length..]);
            WriteVocabulary(json, attribute.Value);
            return;
        }
        json.WritePropertyName(context.Compact(attribute.Name));
        if (wanted.Format == EntityFormat.Simplified) WriteValues(json, attribute, all);
        else if (all is null) WriteInstance(json, attribute);
        else
        {
            json.WriteStartArray();
            foreach (var one in all) WriteInstance(json, one);
            json.WriteEndArray();
        }
    }

    private void WriteValues(Utf8JsonWriter json, EntityAttribute attribute, List<EntityAttribute>? all)
    {
        if (all is null)
        {
            WriteValue(json, attribute, isWrapped: true);
            return;
        }
        json.WriteStartObject();
        json.WriteStartObject("dataset"u8);
        foreach (var one in all)
        {
            json.WritePropertyName(one.DatasetId ?? "@none");
            WriteValue(json, one, isWrapped: true);
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Writes one instance as an object, or as its value alone where the concise form allows it.</summary>
    public void WriteInstance(Utf8JsonWriter json, EntityAttribute attribute)
    {
        var isTranslated = attribute.Kind == AttributeKind.LanguageProperty && wanted.Languages is not null && !attribute.IsNull;
        var before = wanted.Before?.GetValueOrDefault(attribute);
        var isBare = attribute is { DatasetId: null, ObservedAt: null, UnitCode: null, ObjectTypes: null, ValueType: null, ExpiresAt: null, InstanceId: null, Attributes: null or { Count: 0 } } && !wanted.HasSysAttrs && before is null;
        if (wanted.Format == EntityFormat.Concise && isBare && !isTranslated
            && (attribute.Kind == AttributeKind.GeoProperty || (attribute.Kind == AttributeKind.Property && attribute.Value.Span is not [(byte)'{', ..])))
        {
            WriteValue(json, attribute, isWrapped: false);
            return;
        }
        json.WriteStartObject();
        if (wanted.Format == EntityFormat.Normalized) json.WriteString("type"u8, isTranslated ? "Property" : KindName(attribute.Kind));
        if (isTranslated) WriteTranslated(json, attribute);
        else
        {
            json.WritePropertyName(EntityAttribute.ValueMember(attribute.Kind));
            WriteValue(json, attribute, isWrapped: false);
        }
        linked?.Write(json, attribute, context, wanted, isMember: true, _path);
        if (attribute.UnitCode is { } unit) json.WriteString("unitCode"u8, unit);
        if (attribute.ObservedAt is { } observed) WriteTime(json, "observedAt", observed);
        if (attribute.DatasetId is { } dataset) json.WriteString("datasetId"u8, dataset);
        if (attribute.InstanceId is { } instance) json.WriteString("instanceId"u8, instance);
        if (attribute.ObjectTypes is { } types) WriteTypes(json, "objectType", types);
        if (attribute.ValueType is { } type) json.WriteString("valueType"u8, context.Compact(type));
        if (attribute.ExpiresAt is { } expires && wanted.HasSysAttrs) WriteTime(json, "expiresAt", expires);
        if (attribute.DeletedAt is { } deleted) WriteTime(json, "deletedAt", deleted);
        if (wanted.HasSysAttrs)
        {
            WriteTime(json, "createdAt", attribute.CreatedAt);
            WriteTime(json, "modifiedAt", attribute.ModifiedAt);
        }
        if (before is not null)
        {
            var member = EntityAttribute.ValueMember(before.Kind);
            json.WritePropertyName($"previous{char.ToUpperInvariant(member[0])}{member[1..]}");
            WriteValue(json, before, isWrapped: false);
        }
        if (attribute.Attributes is { Count: > 0 } inner) WriteAttributes(json, inner, isInner: true);
        json.WriteEndObject();
    }

    private static string KindName(AttributeKind kind) => kind switch
    {
        AttributeKind.GeoProperty => nameof(AttributeKind.GeoProperty),
        AttributeKind.LanguageProperty => nameof(AttributeKind.LanguageProperty),
        AttributeKind.JsonProperty => nameof(AttributeKind.JsonProperty),
        AttributeKind.VocabProperty => nameof(AttributeKind.VocabProperty),
        AttributeKind.ListProperty => nameof(AttributeKind.ListProperty),
        AttributeKind.Relationship => nameof(AttributeKind.Relationship),
        AttributeKind.ListRelationship => nameof(AttributeKind.ListRelationship),
        _ => nameof(AttributeKind.Property),
    };

    /// <summary>Writes a value as it is, or within the member that names its kind where simplified form asks for that.</summary>
    public void WriteValue(Utf8JsonWriter json, EntityAttribute attribute, bool isWrapped)
    {
        if (attribute.IsNull)
        {
            WriteNull(json, isMap: attribute.Kind == AttributeKind.LanguageProperty && !isWrapped);
            return;
        }
        if (isWrapped && linked?.Write(json, attribute, context, wanted, isMember: false, _path) == true) return;
        var isObject = isWrapped && (attribute.Kind is AttributeKind.VocabProperty or AttributeKind.JsonProperty || (attribute.Kind == AttributeKind.LanguageProperty && wanted.Languages is null));
        if (isObject)
        {
            json.WriteStartObject();
            json.WritePropertyName(EntityAttribute.ValueMember(attribute.Kind));
        }
        if (attribute.Kind == AttributeKind.LanguageProperty && isWrapped && wanted.Languages is not null)
        {
            if (Translation(attribute) is { } found) found.Value.WriteTo(json);
            else json.WriteNullValue();
        }
        else if (attribute.Kind == AttributeKind.VocabProperty) WriteVocabulary(json, attribute.Value);
        else if (attribute.Kind == AttributeKind.ListRelationship && isWrapped) WriteTargets(json, attribute.Value);
        else json.WriteRawValue(attribute.Value.Span, skipInputValidation: true);
        if (isObject) json.WriteEndObject();
    }

    /// <summary>The NGSI-LD Null in place of a value, clause 4.5.0; of a language map, for no language.</summary>
    private static void WriteNull(Utf8JsonWriter json, bool isMap)
    {
        if (isMap)
        {
            json.WriteStartObject();
            json.WriteString("@none"u8, EntityAttribute.Null);
            json.WriteEndObject();
        }
        else json.WriteStringValue(EntityAttribute.Null);
    }

    private void WriteVocabulary(Utf8JsonWriter json, ReadOnlyMemory<byte> value)
    {
        using var read = JsonDocument.Parse(value);
        if (read.RootElement.ValueKind == JsonValueKind.String)
        {
            json.WriteStringValue(context.Compact(read.RootElement.GetString()!));
            return;
        }
        json.WriteStartArray();
        foreach (var one in read.RootElement.EnumerateArray()) json.WriteStringValue(context.Compact(one.GetString()!));
        json.WriteEndArray();
    }

    private static void WriteTargets(Utf8JsonWriter json, ReadOnlyMemory<byte> value)
    {
        using var read = JsonDocument.Parse(value);
        json.WriteStartArray();
        foreach (var one in read.RootElement.EnumerateArray())
            (one.ValueKind == JsonValueKind.Object && one.TryGetProperty("object", out var target) ? target : one).WriteTo(json);
        json.WriteEndArray();
    }

    /// <summary>A LanguageProperty in one language becomes a Property that tells the language, clause 4.5.18.</summary>
    private void WriteTranslated(Utf8JsonWriter json, EntityAttribute attribute)
    {
        json.WritePropertyName("value"u8);
        var found = Translation(attribute);
        if (found is null) json.WriteNullValue();
        else found.Value.Value.WriteTo(json);
        json.WriteString("lang"u8, found?.Language ?? "@none");
    }

    private (string Language, JsonElement Value)? Translation(EntityAttribute attribute)
    {
        var map = JsonSerializer.Deserialize<JsonElement>(attribute.Value.Span);
        foreach (var language in wanted.Languages!)
        {
            foreach (var one in map.EnumerateObject())
                if (language == "*" || string.Equals(one.Name, language, StringComparison.OrdinalIgnoreCase)) return (one.Name, one.Value);
            foreach (var one in map.EnumerateObject())
                if (one.Name.StartsWith(language + '-', StringComparison.OrdinalIgnoreCase)) return (one.Name, one.Value);
            var dash = language.IndexOf('-');
            if (dash < 0) continue;
            foreach (var one in map.EnumerateObject())
                if (string.Equals(one.Name, language[..dash], StringComparison.OrdinalIgnoreCase)) return (one.Name, one.Value);
        }
        foreach (var one in map.EnumerateObject())
            if (one.Name is "@none") return (one.Name, one.Value);
        foreach (var one in map.EnumerateObject()) return (one.Name, one.Value);
        return null;
    }

    private void WriteTypes(Utf8JsonWriter json, string member, List<string> types)
    {
        if (types.Count == 1)
        {
            json.WriteString(member, context.Compact(types[0]));
            return;
        }
        json.WriteStartArray(member);
        foreach (var type in types) json.WriteStringValue(context.Compact(type));
        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string member, List<string> texts)
    {
        if (texts.Count == 1)
        {
            json.WriteString(member, texts[0]);
            return;
        }
        json.WriteStartArray(member);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static void WriteTime(Utf8JsonWriter json, string member, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[LongestTime];
        json.WriteString(member, text[..Format(time, text)]);
    }

    /// <summary>Writes the <see cref="Text"/> of a time as a value.</summary>
    public static void WriteTime(Utf8JsonWriter json, DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[LongestTime];
        json.WriteStringValue(text[..Format(time, text)]);
    }

    /// <summary>A time as answers tell it, clause 4.6.3: in UTC, with as many decimals as it has, six at most.</summary>
    public static string Text(DateTimeOffset time)
    {
        Span<byte> text = stackalloc byte[LongestTime];
        return Encoding.ASCII.GetString(text[..Format(time, text)]);
    }

    /// <summary>The format with seven decimals is made much faster than one spelled out; what is too much is cut off.</summary>
    private static int Format(DateTimeOffset time, Span<byte> to)
    {
        time.UtcDateTime.TryFormat(to, out var length, "O", CultureInfo.InvariantCulture);
        length -= "0Z".Length;
        while (to[length - 1] == '0') length--;
        if (to[length - 1] == '.') length--;
        to[length++] = (byte)'Z';
        return length;
    }
}
