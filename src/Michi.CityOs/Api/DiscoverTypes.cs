using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.Sources;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.7.5 to 5.7.10: which types and attributes there are, here and at context sources. Counts are of what each has: an entity that two have counts twice.</summary>
internal static class DiscoverTypes
{
    /// <summary>5.7.5 Retrieve Available Entity Types and, with details, 5.7.6.</summary>
    public static async Task TypesAsync(NgsiLdCall call)
    {
        var (type, known, _) = await FindAsync(call, "types", call.Flag("details") ? SourceOperation.RetrieveEntityTypeDetails : SourceOperation.RetrieveEntityTypes);
        await ListAsync(call, type, "EntityType", ("type", "attribute"), known.ToLookup(k => k.Type, k => k.Name));
    }

    /// <summary>5.7.7 Retrieve Available Entity Type Information.</summary>
    public static async Task TypeAsync(NgsiLdCall call, string name)
    {
        var (type, known, iri) = await FindAsync(call, "types", SourceOperation.RetrieveEntityTypeInfo, name);
        var one = known.Where(k => k.Type == iri).ToList();
        if (one.Count == 0) throw NgsiLdException.ResourceNotFound($"The type {name}");
        await call.WriteObjectAsync(type, json =>
        {
            json.WriteString("id"u8, iri);
            json.WriteString("type"u8, "EntityTypeInfo"u8);
            json.WriteString("typeName"u8, call.Context.Compact(iri));
            json.WriteNumber("entityCount"u8, one.Where(k => k.Name is null).Sum(k => k.Entities));
            json.WriteStartArray("attributeDetails"u8);
            foreach (var attribute in one.Where(k => k.Name is not null).GroupBy(k => k.Name!).OrderBy(a => a.Key, StringComparer.Ordinal))
            {
                json.WriteStartObject();
                json.WriteString("id"u8, attribute.Key);
                json.WriteString("type"u8, "Attribute"u8);
                json.WriteString("attributeName"u8, call.Context.Compact(attribute.Key));
                WriteKinds(json, attribute);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    /// <summary>5.7.8 Retrieve Available Attributes and, with details, 5.7.9.</summary>
    public static async Task AttributesAsync(NgsiLdCall call)
    {
        var (type, known, _) = await FindAsync(call, "attributes", call.Flag("details") ? SourceOperation.RetrieveAttrTypeDetails : SourceOperation.RetrieveAttrTypes);
        await ListAsync(call, type, "Attribute", ("attribute", "type"), known.ToLookup(k => k.Name, k => k.Type));
    }

    /// <summary>5.7.10 Retrieve Available Attribute Information.</summary>
    public static async Task AttributeAsync(NgsiLdCall call, string name)
    {
        var (type, known, iri) = await FindAsync(call, "attributes", SourceOperation.RetrieveAttrTypeInfo, name);
        var one = known.Where(k => k.Name == iri).ToList();
        if (one.Count == 0) throw NgsiLdException.ResourceNotFound($"The attribute {name}");
        await call.WriteObjectAsync(type, json =>
        {
            json.WriteString("id"u8, iri);
            json.WriteString("type"u8, "Attribute"u8);
            json.WriteString("attributeName"u8, call.Context.Compact(iri));
            json.WriteNumber("attributeCount"u8, one.Sum(k => k.Entities));
            WriteKinds(json, one);
            WriteNames(json, "typeNames", call, one.Select(k => k.Type));
        });
    }

    /// <param name="name">Of the type or the attribute asked for; null for all.</param>
    private static async Task<(string Type, IReadOnlyList<KnownAttribute> Known, string Iri)> FindAsync(NgsiLdCall call, string path, SourceOperation operation, string? name = null)
    {
        call.Accept(name is null ? ["details", "local", "via"] : ["local", "via"]);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        if (name is not null && !EntityReader.IsName(name)) throw NgsiLdException.BadRequestData($"{name} is not a name.");
        var iri = name is null ? null : call.Context.Expand(name);
        var elsewhere = await DistributedDiscovery.FindAsync(call, operation, path, path == "types" ? new(iri, null, null, 0) : new(null, iri, null, 0));
        return (type, [.. (await call.Store.CountAsync(call.Tenant, call.Cancel)).Select(c => new KnownAttribute(c.Type, c.Name, c.Kind, c.Entities)), .. elsewhere], iri ?? "");
    }

    /// <summary>Tells names alone or, with details, each with the names of the others it goes with.</summary>
    /// <param name="words">What members are called after: that which is listed, and the others.</param>
    /// <param name="found">The others by that which is listed; null stands for none.</param>
    private static Task ListAsync(NgsiLdCall call, string type, string kind, (string Own, string Others) words, ILookup<string?, string?> found)
    {
        var listed = found.Where(f => f.Key is not null).OrderBy(f => f.Key, StringComparer.Ordinal);
        return call.Flag("details")
            ? call.WriteListAsync(type, listed, (json, one) =>
            {
                json.WriteString("id"u8, one.Key);
                json.WriteString("type"u8, kind);
                json.WriteString($"{words.Own}Name", call.Context.Compact(one.Key!));
                WriteNames(json, $"{words.Others}Names", call, one);
            })
            : call.WriteObjectAsync(type, json =>
            {
                json.WriteString("id"u8, $"urn:ngsi-ld:{kind}List:{Guid.NewGuid()}");
                json.WriteString("type"u8, $"{kind}List");
                WriteNames(json, $"{words.Own}List", call, listed.Select(f => f.Key));
            });
    }

    private static void WriteNames(Utf8JsonWriter json, string member, NgsiLdCall call, IEnumerable<string?> names)
    {
        json.WriteStartArray(member);
        foreach (var name in names.Distinct().Order(StringComparer.Ordinal))
            if (name is not null) json.WriteStringValue(call.Context.Compact(name));
        json.WriteEndArray();
    }

    private static void WriteKinds(Utf8JsonWriter json, IEnumerable<KnownAttribute> known)
    {
        json.WriteStartArray("attributeTypes"u8);
        foreach (var kind in known.Select(k => k.Kind).Distinct())
            if (kind is not null) json.WriteStringValue(kind.ToString());
        json.WriteEndArray();
    }
}
