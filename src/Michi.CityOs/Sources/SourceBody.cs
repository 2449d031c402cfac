using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Sources;

/// <summary>Writes the part of a body that a source is for, in the names the source wants (ETSI GS CIM 009, clause 4.3.6.6). All else stays as the request told it.</summary>
internal static class SourceBody
{
    /// <param name="names">Expanded names of the attributes to write; null for all.</param>
    /// <param name="isLd">Whether the context goes into the body.</param>
    public static void WriteEntity(Utf8JsonWriter json, JsonElement body, JsonLdContext from, JsonLdContext to, IReadOnlySet<string>? names, bool isSimplified, bool isLd)
    {
        var isSame = IsSame(from, to);
        json.WriteStartObject();
        foreach (var member in body.EnumerateObject())
        {
            if (member.Name == "@context") continue;
            if (IsOfEntity(member.Name))
            {
                json.WritePropertyName(member.Name);
                if (member.Name is "type" or "@type") WriteNames(json, member.Value, from, to);
                else member.Value.WriteTo(json);
                continue;
            }
            var iri = from.Expand(member.Name);
            if (names?.Contains(iri) == false) continue;
            json.WritePropertyName(isSame ? member.Name : to.Compact(iri));
            if (isSame || isSimplified) member.Value.WriteTo(json);
            else WriteAttribute(json, member.Value, from, to);
        }
        WriteContext(json, to, isLd);
        json.WriteEndObject();
    }

    /// <summary>Writes one instance of an attribute, the body of a request on an attribute.</summary>
    public static void WriteInstance(Utf8JsonWriter json, JsonElement body, JsonLdContext from, JsonLdContext to, bool isLd)
    {
        if (body.ValueKind != JsonValueKind.Object)
        {
            body.WriteTo(json);
            return;
        }
        json.WriteStartObject();
        WriteMembers(json, body, from, to);
        WriteContext(json, to, isLd);
        json.WriteEndObject();
    }

    public static bool IsSame(JsonLdContext from, JsonLdContext to) => ReferenceEquals(from, to) || from.Source.GetRawText() == to.Source.GetRawText();

    /// <summary>Whether a member of an entity is none of its attributes.</summary>
    public static bool IsOfEntity(string name) => name is "id" or "@id" or "type" or "@type" or "scope" or "createdAt" or "modifiedAt" or "deletedAt" or "expiresAt"
        or CoreContext.NgsiLd + "scope" or CoreContext.NgsiLd + "expiresAt";

    private static void WriteContext(Utf8JsonWriter json, JsonLdContext context, bool isLd)
    {
        if (!isLd) return;
        json.WritePropertyName("@context"u8);
        context.Source.WriteTo(json);
    }

    private static void WriteAttribute(Utf8JsonWriter json, JsonElement value, JsonLdContext from, JsonLdContext to)
    {
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.Object))
        {
            json.WriteStartArray();
            foreach (var one in value.EnumerateArray()) WriteAttribute(json, one, from, to);
            json.WriteEndArray();
        }
        else if (value.ValueKind != JsonValueKind.Object || value.TryGetProperty("coordinates", out _)) value.WriteTo(json);
        else
        {
            json.WriteStartObject();
            WriteMembers(json, value, from, to);
            json.WriteEndObject();
        }
    }

    private static void WriteMembers(Utf8JsonWriter json, JsonElement instance, JsonLdContext from, JsonLdContext to)
    {
        var isSame = IsSame(from, to);
        foreach (var member in instance.EnumerateObject())
        {
            if (member.Name == "@context") continue;
            var isKnown = member.Name is "type" or "@type" or "value" or "object" or "languageMap" or "json" or "vocab" or "valueList" or "objectList" or "observedAt" or "unitCode" or "datasetId"
                or "createdAt" or "modifiedAt" or "deletedAt" or "instanceId" or "expiresAt" or "objectType" or "valueType" or "lang" or "entity" or "entityList" or EntityAttribute.IdSealed or EntityAttribute.TypeSealed;
            json.WritePropertyName(isSame || isKnown ? member.Name : to.Compact(from.Expand(member.Name)));
            if (isSame || (isKnown && member.Name is not ("vocab" or "objectType" or "valueType" or EntityAttribute.TypeSealed))) member.Value.WriteTo(json);
            else if (isKnown) WriteNames(json, member.Value, from, to);
            else WriteAttribute(json, member.Value, from, to);
        }
    }

    private static void WriteNames(Utf8JsonWriter json, JsonElement value, JsonLdContext from, JsonLdContext to)
    {
        if (value.ValueKind == JsonValueKind.String) json.WriteStringValue(to.Compact(from.Expand(value.GetString()!)));
        else if (value.ValueKind == JsonValueKind.Array)
        {
            json.WriteStartArray();
            foreach (var one in value.EnumerateArray()) WriteNames(json, one, from, to);
            json.WriteEndArray();
        }
        else value.WriteTo(json);
    }
}
