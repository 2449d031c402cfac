using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;

namespace Michi.CityOs.Sources;

/// <summary>Registrations as requests bring them and as they are kept: the standard's members by their short names, all other names expanded.</summary>
internal static class RegistrationDocument
{
    private const int MostInformation = 1_000;

    /// <summary>Whether a name is one of table 5.2.9-1, not a Context Source Property.</summary>
    public static bool IsMember(string name) => name is "id" or "type" or "registrationName" or "description" or "information" or "tenant" or "observationInterval" or "managementInterval"
        or "location" or "observationSpace" or "operationSpace" or "expiresAt" or "endpoint" or "contextSourceInfo" or "scope" or "mode" or "operations" or "refreshRate" or "management"
        or "contextSourceAlias" or "localOnly" or "datasetId" or "createdAt" or "modifiedAt";

    /// <summary>Reads a registration (clause 5.2.9), or a fragment of one, whose members that are null are kept as null: they are to go.</summary>
    public static JsonObject Read(JsonElement body, JsonLdContext context, bool isFragment, DateTimeOffset now)
    {
        if (body.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("Expected a ContextSourceRegistration.");
        var document = new JsonObject();
        foreach (var member in body.EnumerateObject())
        {
            if (member.Name is "@context" or "createdAt" or "modifiedAt" or "deletedAt" or "status" or "timesSent" or "timesFailed" or "lastSuccess" or "lastFailure") continue;
            var name = member.Name switch { "@id" => "id", "@type" => "type", var other => other };
            if (document.ContainsKey(name)) throw NgsiLdException.BadRequestData($"The member {name} is there twice.");
            if (isFragment && (member.Value.ValueKind == JsonValueKind.Null || (member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals(EntityAttribute.Null))))
            {
                document[IsMember(name) ? name : context.Expand(name)] = null;
                continue;
            }
            var value = member.Value;
            switch (name)
            {
                case "id":
                    Check(value.ValueKind == JsonValueKind.String && EntityReader.IsUri(value.GetString()!), "id is not a URI: expected for example urn:ngsi-ld:ContextSourceRegistration:1.");
                    break;
                case "type":
                    Check(value.ValueKind == JsonValueKind.String && value.GetString() is "ContextSourceRegistration" or CoreContext.NgsiLd + "ContextSourceRegistration", "The type of the document is not ContextSourceRegistration.");
                    document["type"] = "ContextSourceRegistration";
                    continue;
                case "registrationName" or "description" or "contextSourceAlias":
                    Check(value.ValueKind == JsonValueKind.String && value.GetString()!.Length > 0, $"{name} is not a text.");
                    break;
                case "tenant":
                    Check(value.ValueKind == JsonValueKind.String && CityOsAccess.IsTenant(value.GetString()!), "tenant is not the name of a tenant.");
                    break;
                case "information":
                    document["information"] = Information(value, context);
                    continue;
                case "observationInterval" or "managementInterval":
                    CheckInterval(value, name);
                    break;
                case "location" or "observationSpace" or "operationSpace":
                    Geometry.Check(value.ValueKind == JsonValueKind.Object && value.TryGetProperty("value", out var geometry) ? geometry : value, name);
                    break;
                case "expiresAt":
                    Check(IsTime(value, out var expires), "expiresAt is not a time in UTC: expected 2026-01-31T09:00:00Z.");
                    Check(expires > now, "expiresAt has passed.");
                    break;
                case "endpoint":
                    Check(value.ValueKind == JsonValueKind.String && Uri.TryCreate(value.GetString(), UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.UserInfo.Length == 0, "endpoint is not the address of an API: expected for example https://broker.example.");
                    break;
                case "contextSourceInfo":
                    CheckPairs(value);
                    break;
                case "scope":
                    new EntityReader(context, InputForm.Normalized, InputNeed.Attributes).Read(JsonSerializer.SerializeToElement(new { scope = value }));
                    break;
                case "mode":
                    Check(value.ValueKind == JsonValueKind.String && value.GetString() is "inclusive" or "exclusive" or "redirect" or "auxiliary", "mode is none: expected inclusive, exclusive, redirect or auxiliary.");
                    break;
                case "operations":
                    Check(IsTexts(value), "operations is not an array of names.");
                    SourceOperations.Read(value.EnumerateArray().Select(n => n.GetString()!));
                    break;
                case "refreshRate":
                    Check(IsDuration(value), "refreshRate is not a duration: expected for example PT1H.");
                    break;
                case "datasetId":
                    Check(IsTexts(value) && value.EnumerateArray().All(d => d.ValueEquals("@none") || EntityReader.IsUri(d.GetString()!)), "datasetId is not an array of URIs or @none.");
                    break;
                case "localOnly":
                    Check(value.ValueKind is JsonValueKind.True or JsonValueKind.False, "localOnly is neither true nor false.");
                    break;
                case "management":
                    CheckManagement(value);
                    break;
                default:
                    var reader = new EntityReader(context, InputForm.Normalized, InputNeed.Attributes);
                    name = reader.NameOf(name);
                    reader.ReadAttribute(name, member.Name, value);
                    break;
            }
            document[name] = JsonNode.Parse(value.GetRawText());
        }
        return document;
    }

    /// <summary>What has to hold of a whole registration, clause 5.9.2.4.</summary>
    /// <exception cref="NgsiLdException">BadRequestData where it does not.</exception>
    public static ContextSourceRegistration Check(JsonObject document)
    {
        foreach (var needed in (string[])["id", "type", "information", "endpoint"])
            Check(document[needed] is not null, $"The registration needs {needed}.");
        var registration = ContextSourceRegistration.Read(document);
        if (registration.Mode == SourceMode.Exclusive)
        {
            Check(registration.Information.All(i => i.Attributes is not null), "An exclusive registration needs the attributes it is for: propertyNames or relationshipNames.");
            Check(registration.Information.All(i => i.Entities is not null && i.Entities.All(e => e.Ids is not null && e.IdPattern is null)), "An exclusive registration is for single entities: each needs an id and has no idPattern.");
        }
        Check(registration.Mode != SourceMode.Auxiliary || (registration.Operations & SourceOperations.Writes) == 0, "An auxiliary registration is only asked: expected operations like retrieveOps, retrieveEntity or queryEntity.");
        return registration;
    }

    private static JsonArray Information(JsonElement value, JsonLdContext context)
    {
        Check(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0, "information is not an array of at least one part.");
        Check(value.GetArrayLength() <= MostInformation, $"information has more than {MostInformation} parts.");
        var all = new JsonArray();
        foreach (var information in value.EnumerateArray())
        {
            Check(information.ValueKind == JsonValueKind.Object, "A part of information is not an object.");
            var part = new JsonObject();
            foreach (var member in information.EnumerateObject())
            {
                switch (member.Name)
                {
                    case "entities":
                        Check(member.Value.ValueKind == JsonValueKind.Array && member.Value.GetArrayLength() > 0, "information.entities is not an array of at least one part.");
                        part["entities"] = new JsonArray([.. member.Value.EnumerateArray().Select(e => EntityInfo(e, context))]);
                        break;
                    case "propertyNames" or "relationshipNames":
                        Check(IsTexts(member.Value), $"information.{member.Name} is not an array of names.");
                        var reader = new EntityReader(context, InputForm.Normalized, InputNeed.Attributes);
                        part[member.Name] = new JsonArray([.. member.Value.EnumerateArray().Select(n => (JsonNode)reader.NameOf(n.GetString()!))]);
                        break;
                    default:
                        throw NgsiLdException.BadRequestData($"A part of information has no {member.Name}: expected entities, propertyNames or relationshipNames.");
                }
            }
            Check(part.Count > 0, "A part of information needs entities, propertyNames or relationshipNames.");
            all.Add((JsonNode)part);
        }
        return all;
    }

    private static JsonObject EntityInfo(JsonElement value, JsonLdContext context)
    {
        Check(value.ValueKind == JsonValueKind.Object, "A part of information.entities is not an object.");
        var info = new JsonObject();
        foreach (var member in value.EnumerateObject())
        {
            switch (member.Name)
            {
                case "id" or "@id":
                    Check(member.Value.ValueKind == JsonValueKind.String ? EntityReader.IsUri(member.Value.GetString()!) : IsTexts(member.Value) && member.Value.EnumerateArray().All(i => EntityReader.IsUri(i.GetString()!)), "An id of information.entities is not a URI.");
                    info["id"] = JsonNode.Parse(member.Value.GetRawText());
                    break;
                case "idPattern":
                    Check(member.Value.ValueKind == JsonValueKind.String, "An idPattern of information.entities is not a text.");
                    TextPattern.Parse(member.Value.GetString()!, "idPattern");
                    info["idPattern"] = member.Value.GetString();
                    break;
                case "type" or "@type":
                    Check((member.Value.ValueKind == JsonValueKind.String && EntityReader.IsName(member.Value.GetString()!)) || (IsTexts(member.Value) && member.Value.EnumerateArray().All(t => EntityReader.IsName(t.GetString()!))), "A type of information.entities is not the name of a type.");
                    info["type"] = member.Value.ValueKind == JsonValueKind.String
                        ? context.Expand(member.Value.GetString()!)
                        : new JsonArray([.. member.Value.EnumerateArray().Select(t => (JsonNode)context.Expand(t.GetString()!))]);
                    break;
                default:
                    throw NgsiLdException.BadRequestData($"A part of information.entities has no {member.Name}: expected id, idPattern or type.");
            }
        }
        Check(info.Count > 0, "A part of information.entities needs an id, an idPattern or a type.");
        return info;
    }

    private static void CheckInterval(JsonElement value, string name)
    {
        DateTimeOffset until = default;
        var isInterval = value.ValueKind == JsonValueKind.Object && value.TryGetProperty("startAt", out var start) && IsTime(start, out var from)
            && (!value.TryGetProperty("endAt", out var end) || (IsTime(end, out until) && until >= from));
        Check(isInterval, $"{name} is not an interval: expected startAt and perhaps a later endAt, times in UTC.");
    }

    private static void CheckPairs(JsonElement value)
    {
        Check(value.ValueKind == JsonValueKind.Array, "contextSourceInfo is not an array of keys and values.");
        foreach (var pair in value.EnumerateArray())
        {
            var isPair = pair.ValueKind == JsonValueKind.Object && pair.TryGetProperty("key", out var key) && key.ValueKind == JsonValueKind.String && key.GetString()!.Length > 0
                && pair.TryGetProperty("value", out var told) && told.ValueKind == JsonValueKind.String && !key.GetString()!.Concat(told.GetString()!).Any(char.IsControl);
            Check(isPair, "contextSourceInfo has a part that is not a key and a value, both texts in one line.");
        }
    }

    private static void CheckManagement(JsonElement value)
    {
        Check(value.ValueKind == JsonValueKind.Object, "management is not an object.");
        foreach (var member in value.EnumerateObject())
        {
            switch (member.Name)
            {
                case "cacheDuration": Check(IsDuration(member.Value), "management.cacheDuration is not a duration: expected for example PT5M."); break;
                case "cooldown" or "timeout":
                    Check(member.Value.ValueKind == JsonValueKind.Number && member.Value.GetDouble() > 0, $"management.{member.Name} is not a number of milliseconds above 0.");
                    break;
                case "localOnly": Check(member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False, "management.localOnly is neither true nor false."); break;
                default: throw NgsiLdException.BadRequestData($"management has no {member.Name}: expected localOnly, cacheDuration, timeout or cooldown.");
            }
        }
    }

    private static bool IsTime(JsonElement value, out DateTimeOffset time)
    {
        var read = value.ValueKind == JsonValueKind.String ? EntityReader.Time(value.GetString()) : null;
        time = read ?? default;
        return read is not null;
    }

    private static bool IsTexts(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 && value.EnumerateArray().All(v => v.ValueKind == JsonValueKind.String);

    /// <summary>A duration of ISO 8601 that is not negative.</summary>
    private static bool IsDuration(JsonElement value) => value.ValueKind == JsonValueKind.String && value.GetString() is ['P', ..] text && EntityReader.Duration(text) is not null;

    private static void Check(bool holds, string otherwise)
    {
        if (!holds) throw NgsiLdException.BadRequestData(otherwise);
    }
}
