using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.7.5 to 5.7.10: which types and attributes there are.</summary>
internal static class DiscoverTypes
{
    /// <summary>5.7.5 Retrieve Available Entity Types and, with details, 5.7.6.</summary>
    public static async Task TypesAsync(NgsiLdCall call)
    {
        var (type, counts) = await BeginAsync(call, "details");
        await ListAsync(call, type, "EntityType", ("type", "attribute"), counts.GroupBy(c => c.Type), one => one.Where(c => c.Name is not null).Select(c => c.Name!).Distinct());
    }

    /// <summary>5.7.7 Retrieve Available Entity Type Information.</summary>
    public static async Task TypeAsync(NgsiLdCall call, string name)
    {
        var (type, counts) = await BeginAsync(call);
        var iri = call.Context.Expand(Name(name));
        var one = counts.Where(c => c.Type == iri).ToList();
        if (one.Count == 0) throw NgsiLdException.ResourceNotFound($"The type {name}");
        await call.WriteObjectAsync(type, json =>
        {
            json.WriteString("id"u8, iri);
            json.WriteString("type"u8, "EntityTypeInfo"u8);
            json.WriteString("typeName"u8, call.Context.Compact(iri));
            json.WriteNumber("entityCount"u8, one.Where(c => c.Name is null).Sum(c => c.Entities));
            json.WriteStartArray("attributeDetails"u8);
            foreach (var attribute in one.Where(c => c.Name is not null).GroupBy(c => c.Name!))
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
        var (type, counts) = await BeginAsync(call, "details");
        var attributes = counts.Where(c => c.Name is not null).GroupBy(c => c.Name!).OrderBy(a => a.Key, StringComparer.Ordinal);
        await ListAsync(call, type, "Attribute", ("attribute", "type"), attributes, one => one.Select(c => c.Type).Distinct());
    }

    /// <summary>5.7.10 Retrieve Available Attribute Information.</summary>
    public static async Task AttributeAsync(NgsiLdCall call, string name)
    {
        var (type, counts) = await BeginAsync(call);
        var iri = call.Context.Expand(Name(name));
        var one = counts.Where(c => c.Name == iri).ToList();
        if (one.Count == 0) throw NgsiLdException.ResourceNotFound($"The attribute {name}");
        await call.WriteObjectAsync(type, json =>
        {
            json.WriteString("id"u8, iri);
            json.WriteString("type"u8, "Attribute"u8);
            json.WriteString("attributeName"u8, call.Context.Compact(iri));
            json.WriteNumber("attributeCount"u8, one.Sum(c => c.Entities));
            WriteKinds(json, one);
            WriteNames(json, "typeNames", call, one.Select(c => c.Type).Distinct());
        });
    }

    private static async Task<(string Type, IReadOnlyList<TypeCount> Counts)> BeginAsync(NgsiLdCall call, params string[] parameters)
    {
        call.Accept([.. parameters, "local", "via"]);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        return (type, await call.Store.CountAsync(call.Tenant, call.Cancel));
    }

    private static string Name(string name) => EntityReader.IsName(name) ? name : throw NgsiLdException.BadRequestData($"{name} is not a name.");

    /// <summary>Tells names alone or, with details, each with the names of the others it goes with.</summary>
    /// <param name="words">What members are called after: that which is listed, and the others.</param>
    private static Task ListAsync(
        NgsiLdCall call, string type, string kind, (string Own, string Others) words, IEnumerable<IGrouping<string, TypeCount>> found, Func<IEnumerable<TypeCount>, IEnumerable<string>> others) => call.Flag("details")
        ? call.WriteListAsync(type, found, (json, one) =>
        {
            json.WriteString("id"u8, one.Key);
            json.WriteString("type"u8, kind);
            json.WriteString($"{words.Own}Name", call.Context.Compact(one.Key));
            WriteNames(json, $"{words.Others}Names", call, others(one));
        })
        : call.WriteObjectAsync(type, json =>
        {
            json.WriteString("id"u8, $"urn:ngsi-ld:{kind}List:{Guid.NewGuid()}");
            json.WriteString("type"u8, $"{kind}List");
            WriteNames(json, $"{words.Own}List", call, found.Select(f => f.Key));
        });

    private static void WriteNames(Utf8JsonWriter json, string member, NgsiLdCall call, IEnumerable<string> names)
    {
        json.WriteStartArray(member);
        foreach (var name in names) json.WriteStringValue(call.Context.Compact(name));
        json.WriteEndArray();
    }

    private static void WriteKinds(Utf8JsonWriter json, IEnumerable<TypeCount> counts)
    {
        json.WriteStartArray("attributeTypes"u8);
        foreach (var kind in counts.Select(c => c.Kind).Distinct()) json.WriteStringValue(kind.ToString());
        json.WriteEndArray();
    }
}
