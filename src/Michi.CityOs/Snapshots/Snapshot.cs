using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Snapshots;

/// <summary>A snapshot and its status, ETSI GS CIM 009, 5.2.41. Immutable.</summary>
/// <param name="Told">The members clients see.</param>
/// <param name="Space">The tenant that holds what is in it; no request can name it.</param>
/// <param name="Context">The names its queries are in.</param>
/// <param name="Original">The space it is a copy of; null for one that queries fill.</param>
/// <param name="IsBegun">Whether filling it was begun.</param>
internal sealed record Snapshot(JsonObject Told, string Space, JsonElement Context, string? Original, bool IsBegun = false)
{
    public const string Preparing = "preparing";

    public const int UsualPriority = 5;

    public string Id => Told["id"]!.GetValue<string>();

    public int Priority => Told["snapshotPriority"]!.GetValue<int>();

    public string Status => Told["snapshotStatus"]!.GetValue<string>();

    public DateTimeOffset ExpiresAt => EntityReader.Time(Told["expiresAt"]!.GetValue<string>())!.Value;

    public DateTimeOffset LastUsedAt => EntityReader.Time(Told["lastUsedAt"]!.GetValue<string>())!.Value;

    /// <summary>Tells it apart from all others, also from one with its id that was there before or comes after.</summary>
    public string Claim => $"{Told["createdAt"]!.GetValue<string>()} {Id}";

    public Snapshot UsedAt(DateTimeOffset at) => With(new KeyValuePair<string, JsonNode?>("lastUsedAt", EntityWriter.Text(at)));

    /// <summary>The same with some members in the place of others; null takes one away.</summary>
    public Snapshot With(params IEnumerable<KeyValuePair<string, JsonNode?>> members)
    {
        var told = (JsonObject)Told.DeepClone();
        foreach (var (name, value) in members)
        {
            if (value is null) told.Remove(name);
            else told[name] = value;
        }
        return this with { Told = told };
    }

    /// <summary>The queries that fill it.</summary>
    public IEnumerable<JsonElement> Queries(string member) => Told[member] is JsonArray queries ? queries.Select(q => JsonSerializer.SerializeToElement(q)) : [];

    /// <summary>The snapshot as an entity, so that q can be asked of its members.</summary>
    public Entity Describe() => new()
    {
        Id = Id,
        Types = [CoreContext.NgsiLd + "Snapshot"],
        CreatedAt = EntityReader.Time(Told["createdAt"]!.GetValue<string>())!.Value,
        ModifiedAt = EntityReader.Time(Told["modifiedAt"]!.GetValue<string>())!.Value,
        ExpiresAt = ExpiresAt,
        Attributes = [.. Told.Where(m => m.Key is not ("id" or "type" or "createdAt" or "modifiedAt" or "expiresAt")).Select(m => new EntityAttribute { Name = JsonLdContext.Core.Expand(m.Key), Value = Bytes(m.Value!) })],
    };

    public byte[] Write() => Bytes(new JsonObject
    {
        ["told"] = Told.DeepClone(),
        ["space"] = Space,
        ["context"] = JsonNode.Parse(Context.GetRawText()),
        ["original"] = Original,
        ["begun"] = IsBegun,
    });

    public static Snapshot Read(byte[] bytes)
    {
        var kept = JsonNode.Parse(bytes)!;
        return new((JsonObject)kept["told"]!.DeepClone(), kept["space"]!.GetValue<string>(), JsonSerializer.SerializeToElement(kept["context"]), kept["original"]?.GetValue<string>(), kept["begun"]?.GetValue<bool>() ?? false);
    }

    private static byte[] Bytes(JsonNode node) => Encoding.UTF8.GetBytes(node.ToJsonString(PlainJson.Serializer));
}
