using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.UnitTests.CityOs;

/// <summary>Entities from a few members as JSON with single quotes.</summary>
internal static class SampleEntity
{
    public static readonly DateTimeOffset Created = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static readonly JsonLdContext Context = new(
        new Dictionary<string, string> { ["Male"] = "http://example.org/Male", ["ex"] = "http://example.org/" },
        new HashSet<string> { "ex" }, null, JsonSerializer.SerializeToElement("http://example.org/context.jsonld"));

    /// <summary>The expanded name of one without a meaning in the context.</summary>
    public static string Name(string name) => CoreContext.Default + name;

    /// <param name="members">As after id and type, e.g. <c>'speed': 30</c>.</param>
    public static Entity Of(string members, string id = "urn:ngsi-ld:Vehicle:1", string type = "'Vehicle'")
    {
        var json = $"{{'id': '{id}', 'type': {type}{(members.Length > 0 ? ", " : "")}{members}}}".Replace('\'', '"');
        using var document = JsonDocument.Parse(json);
        var entity = new EntityReader(Context, InputForm.Normalized, InputNeed.Whole).Read(document.RootElement.Clone());
        entity.CreatedAt = Created;
        entity.ModifiedAt = Created.AddDays(1);
        foreach (var attribute in entity.Attributes) (attribute.CreatedAt, attribute.ModifiedAt) = (Created, Created.AddHours(1));
        return entity;
    }
}
