using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Subscriptions;

namespace Michi.CityOs.Snapshots;

/// <summary>Reads the members of a snapshot a client sent, ETSI GS CIM 009, 5.2.41. What only the broker tells is left out.</summary>
internal static class SnapshotInput
{
    private const int MostQueries = 100;

    /// <param name="hasQueries">Whether it says what is to be in it: only where a snapshot is made, not where one is cloned or changed.</param>
    /// <param name="isFragment">Whether it changes a snapshot that is there; null then takes a member away.</param>
    public static JsonObject Read(JsonElement body, bool hasQueries, bool isFragment = false)
    {
        if (body.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("Expected a Snapshot, a JSON object.");
        var told = new JsonObject();
        foreach (var member in body.EnumerateObject())
        {
            var (name, value) = (member.Name switch { "@id" => "id", "@type" => "type", var other => other }, member.Value);
            if (told.ContainsKey(name)) throw Fault(name, "is there twice");
            if (isFragment && name is "snapshotPriority" or "snapshotLifetime" or "endpoint" or "receiverInfo" && (value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.String && value.ValueEquals(EntityAttribute.Null))))
            {
                told[name] = null;
                continue;
            }
            switch (name)
            {
                case "id":
                    if (value.ValueKind != JsonValueKind.String || !EntityReader.IsUri(value.GetString()!)) throw Fault(name, "is not a URI: expected for example urn:ngsi-ld:Snapshot:1");
                    break;
                case "type":
                    if (value.ValueKind != JsonValueKind.String || value.GetString() is not ("Snapshot" or CoreContext.NgsiLd + "Snapshot")) throw Fault(name, "is not Snapshot");
                    told[name] = "Snapshot";
                    continue;
                case "snapshotQueries" or "snapshotTemporalQueries":
                    if (!hasQueries) throw Fault(name, "is only told when a snapshot is made");
                    if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is 0 or > MostQueries) throw Fault(name, $"is not an array of 1 to {MostQueries} queries");
                    foreach (var query in value.EnumerateArray())
                        if (query.ValueKind != JsonValueKind.Object || query.TryGetProperty("temporalQ", out _) != (name == "snapshotTemporalQueries"))
                            throw Fault(name, name == "snapshotQueries" ? "has a query that is no object or has a temporalQ, which belongs into snapshotTemporalQueries" : "has a query without a temporalQ");
                    break;
                case "snapshotPriority":
                    if (value.ValueKind != JsonValueKind.Number || !value.TryGetInt32(out var priority) || priority is < 1 or > 10) throw Fault(name, "is not a whole number from 1 to 10");
                    break;
                case "snapshotLifetime":
                    if (!(value.ValueKind == JsonValueKind.String && EntityReader.Duration(value.GetString()!) > TimeSpan.Zero)) throw Fault(name, "is not a duration: expected for example P1D");
                    break;
                case "endpoint":
                    if (value.ValueKind != JsonValueKind.String) throw Fault(name, "is not a URI");
                    NotificationEndpoint.CheckUri(value.GetString()!, name);
                    break;
                case "receiverInfo":
                    SubscriptionInput.Pairs(value, name);
                    break;
                default:
                    continue;
            }
            told[name] = JsonNode.Parse(value.GetRawText());
        }
        if (isFragment) return told;
        if (!told.ContainsKey("type")) throw Fault("type", "is missing: expected Snapshot");
        if (hasQueries && !told.ContainsKey("snapshotQueries") && !told.ContainsKey("snapshotTemporalQueries")) throw Fault("snapshotQueries", "and snapshotTemporalQueries are both missing");
        return told;
    }

    private static NgsiLdException Fault(string member, string what) => NgsiLdException.BadRequestData($"{member} {what}.");
}
