using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;

namespace Michi.CityOs.Subscriptions;

/// <summary>Reads the members of a subscription a client sent (clauses 5.2.12 to 5.2.15): each is checked by itself, and names come out expanded.</summary>
/// <remarks>What only the broker tells (status, timesSent and the like) is left out, as is what the standard does not know.</remarks>
internal static class SubscriptionInput
{
    private static readonly string[] Triggers = ["entityCreated", "entityUpdated", "entityDeleted", "attributeCreated", "attributeUpdated", "attributeDeleted"];

    /// <param name="isFragment">Whether it changes a subscription that is there; null then takes a member away.</param>
    /// <returns>Members in the order given; null for one to take away.</returns>
    public static List<(string Name, JsonElement? Value)> Read(JsonElement body, JsonLdContext context, bool isFragment, DateTimeOffset now)
    {
        if (body.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("Expected a Subscription, a JSON object.");
        List<(string, JsonElement?)> members = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        var hasType = false;
        foreach (var member in body.EnumerateObject())
        {
            if (!seen.Add(member.Name)) throw Fault(member.Name, "is there twice");
            var isNull = member.Value.ValueKind == JsonValueKind.Null || (member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals(EntityAttribute.Null));
            if (member.Name is "type" or "@type")
            {
                hasType = true;
                if (isNull || member.Value.ValueKind != JsonValueKind.String || !(member.Value.ValueEquals("Subscription") || member.Value.ValueEquals(CoreContext.NgsiLd + "Subscription")))
                    throw Fault("type", "is not Subscription");
                continue;
            }
            if (isNull)
            {
                if (member.Name is "id" or "@id" or "notification") throw Fault(member.Name, "cannot be taken away");
                if (isFragment) members.Add((member.Name, null));
                continue;
            }
            if (Member(member.Name, member.Value, context, now) is { } value) members.Add((member.Name, value));
        }
        if (!isFragment && !hasType) throw Fault("type", "is missing; expected Subscription");
        return members;
    }

    /// <summary>The id of a body; null where there is none.</summary>
    public static string? IdOf(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object || !(body.TryGetProperty("id", out var id) || body.TryGetProperty("@id", out id))) return null;
        return id.ValueKind == JsonValueKind.String && EntityReader.IsUri(id.GetString()!) ? id.GetString() : throw Fault("id", "is not a URI: expected for example urn:ngsi-ld:Subscription:1");
    }

    private static JsonElement? Member(string name, JsonElement value, JsonLdContext context, DateTimeOffset now) => name switch
    {
        "subscriptionName" or "description" or "q" or "csf" or "scopeQ" or "lang" => Text(value, name),
        "entities" => Entities(value, context),
        "watchedAttributes" => Names(value, name, context),
        "expandValues" => Names(value.ValueKind == JsonValueKind.String ? JsonSerializer.SerializeToElement(value.GetString()!.Split(',')) : value, name, context),
        "notificationTrigger" => Trigger(value),
        "timeInterval" or "throttling" => Positive(value, name),
        "geoQ" => Geo(value, context),
        "temporalQ" => Temporal(value),
        "isActive" or "localOnly" or "splitEntities" => Flag(value, name),
        "expiresAt" => Expiry(value, now),
        "datasetId" => Datasets(value),
        "jsonldContext" => Uri(value, name),
        "ngsildConformance" => NgsiLdVersion.Parse(Text(value, name).GetString()!) is null ? throw Fault(name, "is not a version of NGSI-LD: expected for example 1.5") : value,
        "notification" => Notification(value, context),
        _ => null,
    };

    private static JsonElement Entities(JsonElement value, JsonLdContext context)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) throw Fault("entities", "is not an array of at least one selector");
        var all = new JsonArray();
        var at = 0;
        foreach (var selector in value.EnumerateArray())
        {
            var told = $"entities[{at++}]";
            if (selector.ValueKind != JsonValueKind.Object) throw Fault(told, "is not an object");
            var kept = new JsonObject();
            foreach (var member in selector.EnumerateObject())
            {
                var name = $"{told}.{member.Name}";
                switch (member.Name)
                {
                    case "id":
                        if (member.Value.ValueKind == JsonValueKind.Array)
                        {
                            if (member.Value.GetArrayLength() == 0) throw Fault(name, "is empty");
                            foreach (var one in member.Value.EnumerateArray()) Uri(one, name);
                        }
                        else Uri(member.Value, name);
                        kept[member.Name] = Node(member.Value);
                        break;
                    case "idPattern":
                        TextPattern.Parse(Text(member.Value, name).GetString()!, name);
                        kept[member.Name] = Node(member.Value);
                        break;
                    case "type" or "@type":
                        var types = Text(member.Value, name).GetString()!;
                        TypeSelection.Parse(types, context);
                        kept["type"] = NameList.Rewrite(types, context.Expand);
                        break;
                    default:
                        throw Fault(name, "is not known: expected id, idPattern or type");
                }
            }
            if (kept.Count == 0) throw Fault(told, "selects nothing: expected id, idPattern or type");
            all.Add(kept);
        }
        return Element(all);
    }

    private static JsonElement Names(JsonElement value, string told, JsonLdContext context)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) throw Fault(told, "is not an array of at least one name");
        var names = new JsonArray();
        foreach (var name in value.EnumerateArray())
        {
            var text = Text(name, told).GetString()!;
            if (!EntityReader.IsName(text)) throw Fault(told, $"has {text}, which is not the name of an attribute");
            names.Add(context.Expand(text));
        }
        return Element(names);
    }

    private static JsonElement Trigger(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0 || !value.EnumerateArray().All(t => t.ValueKind == JsonValueKind.String && Triggers.Contains(t.GetString())))
            throw Fault("notificationTrigger", $"is not an array of triggers: expected {string.Join(", ", Triggers)}");
        return value;
    }

    private static JsonElement Geo(JsonElement value, JsonLdContext context)
    {
        EntityQueryReader.ReadGeo(value, context);
        var kept = (JsonObject)Node(value)!;
        if (value.TryGetProperty("geoproperty", out var property)) kept["geoproperty"] = context.Expand(property.GetString()!);
        return Element(kept);
    }

    private static JsonElement Temporal(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Fault("temporalQ", "is not an object");
        TemporalFilter.Parse(EntityQueryReader.Text(value, "timerel"), EntityQueryReader.Text(value, "timeAt"), EntityQueryReader.Text(value, "endTimeAt"), EntityQueryReader.Text(value, "timeproperty"));
        return value;
    }

    private static JsonElement Expiry(JsonElement value, DateTimeOffset now)
    {
        var time = (value.ValueKind == JsonValueKind.String ? EntityReader.Time(value.GetString()) : null) ?? throw Fault("expiresAt", "is not a time in UTC: expected 2026-01-31T09:00:00Z");
        return time > now ? value : throw Fault("expiresAt", "has passed already");
    }

    private static JsonElement Datasets(JsonElement value)
    {
        foreach (var one in value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0 ? [.. value.EnumerateArray()] : (JsonElement[])[value])
            if (one.ValueKind != JsonValueKind.String || !(one.ValueEquals("@none") || EntityReader.IsUri(one.GetString()!))) throw Fault("datasetId", "is not an array of URIs or @none");
        return value;
    }

    private static JsonElement Notification(JsonElement value, JsonLdContext context)
    {
        if (value.ValueKind != JsonValueKind.Object) throw Fault("notification", "is not an object");
        var kept = new JsonObject();
        Projection? pick = null, omit = null, attributes = null;
        var (isSimplified, showsChanges) = (false, false);
        foreach (var member in value.EnumerateObject())
        {
            var told = $"notification.{member.Name}";
            switch (member.Name)
            {
                case "attributes" or "pick" or "omit":
                    var names = List(member.Value, told);
                    var read = member.Name switch
                    {
                        "pick" => pick = Projection.Pick(names, context),
                        "omit" => omit = Projection.Omit(names, context),
                        _ => attributes = Projection.Attrs(names, context, told),
                    };
                    if (read == attributes && read.Hops > 0) throw Fault(told, "cannot select members of linked entities; use pick");
                    kept[member.Name] = new JsonArray([.. member.Value.EnumerateArray().Select(n => (JsonNode)NameList.Rewrite(n.GetString()!, context.Expand))]);
                    break;
                case "sysAttrs" or "showChanges":
                    showsChanges |= Flag(member.Value, told).GetBoolean() && member.Name == "showChanges";
                    kept[member.Name] = Node(member.Value);
                    break;
                case "format":
                    isSimplified = Text(member.Value, told).GetString() switch
                    {
                        "keyValues" or "simplified" => true,
                        "normalized" or "concise" => false,
                        var other => throw Fault(told, $"is {other}: expected normalized, concise, simplified or keyValues"),
                    };
                    kept[member.Name] = Node(member.Value);
                    break;
                case "join":
                    if (Text(member.Value, told).GetString() is not ("flat" or "inline" or "@none")) throw Fault(told, "is not a way to join: expected flat, inline or @none");
                    kept[member.Name] = Node(member.Value);
                    break;
                case "joinLevel":
                    if (member.Value.ValueKind != JsonValueKind.Number || !member.Value.TryGetInt32(out var level) || level < 1) throw Fault(told, "is not a whole number from 1 on");
                    kept[member.Name] = Node(member.Value);
                    break;
                case "endpoint":
                    kept[member.Name] = Endpoint(member.Value);
                    break;
                case var _ when member.Value.ValueKind == JsonValueKind.Null:
                    throw Fault(told, "is null");
            }
        }
        if (!kept.ContainsKey("endpoint")) throw Fault("notification.endpoint", "is missing");
        if (isSimplified && showsChanges) throw Fault("notification.showChanges", "cannot be true with the simplified format, which has no place for what was before");
        Projection.CheckTogether(pick, omit, attributes);
        return Element(kept);
    }

    private static JsonObject Endpoint(JsonElement value)
    {
        const string told = "notification.endpoint";
        if (value.ValueKind != JsonValueKind.Object) throw Fault(told, "is not an object");
        var kept = new JsonObject();
        foreach (var member in value.EnumerateObject())
        {
            var name = $"{told}.{member.Name}";
            switch (member.Name)
            {
                case "uri":
                    NotificationEndpoint.CheckUri(Text(member.Value, name).GetString()!, name);
                    break;
                case "accept":
                    if (Text(member.Value, name).GetString() is not (NgsiLdCall.Json or NgsiLdCall.LdJson or NgsiLdCall.GeoJson)) throw Fault(name, $"is not a media type of notifications: expected {NgsiLdCall.Json}, {NgsiLdCall.LdJson} or {NgsiLdCall.GeoJson}");
                    break;
                case "timeout" or "cooldown":
                    Positive(member.Value, name);
                    break;
                case "receiverInfo" or "notifierInfo":
                    Pairs(member.Value, name);
                    break;
                default:
                    continue;
            }
            kept[member.Name] = Node(member.Value);
        }
        if (!kept.ContainsKey("uri")) throw Fault($"{told}.uri", "is missing");
        if (value.TryGetProperty("notifierInfo", out var info)) NotificationEndpoint.CheckNotifier(info, $"{told}.notifierInfo");
        return kept;
    }

    /// <summary>Checks pairs that become headers, clause 5.2.22.</summary>
    public static void Pairs(JsonElement value, string told)
    {
        if (value.ValueKind != JsonValueKind.Array) throw Fault(told, "is not an array of pairs of a key and a value");
        foreach (var pair in value.EnumerateArray())
        {
            if (pair.ValueKind != JsonValueKind.Object || !pair.TryGetProperty("key", out var key) || key.ValueKind != JsonValueKind.String || key.GetString() is not { Length: > 0 } text
                || !pair.TryGetProperty("value", out var content) || content.ValueKind != JsonValueKind.String)
                throw Fault(told, "has a pair whose key or value is not a text");
            // RFC 9110, sections 5.1 and 5.5: a header must not bring another with it.
            if (!text.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal)) || content.GetString()!.Any(char.IsControl))
                throw Fault(told, $"has {text}, which cannot be the name of a header, or a value with control characters");
        }
    }

    private static string List(JsonElement value, string told)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0) throw Fault(told, "is not an array of at least one name");
        var list = new StringBuilder();
        foreach (var name in value.EnumerateArray()) list.Append(list.Length == 0 ? "" : ",").Append(Text(name, told).GetString());
        return list.ToString();
    }

    private static JsonElement Text(JsonElement value, string told) =>
        value.ValueKind == JsonValueKind.String && value.GetString()!.Length > 0 ? value : throw Fault(told, "is not a text of at least one character");

    private static JsonElement Uri(JsonElement value, string told) =>
        value.ValueKind == JsonValueKind.String && EntityReader.IsUri(value.GetString()!) ? value : throw Fault(told, "is not a URI");

    private static JsonElement Flag(JsonElement value, string told) => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value : throw Fault(told, "is neither true nor false");

    private static JsonElement Positive(JsonElement value, string told) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > 0 && number < TimeSpan.MaxValue.TotalSeconds / 2 ? value : throw Fault(told, "is not a number above 0");

    private static JsonNode? Node(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => JsonObject.Create(value.Clone()),
        JsonValueKind.Array => JsonArray.Create(value.Clone()),
        _ => JsonValue.Create(value.Clone()),
    };

    private static JsonElement Element(JsonNode node) => JsonSerializer.SerializeToElement(node, PlainJson.Serializer);

    private static NgsiLdException Fault(string member, string what) => NgsiLdException.BadRequestData(string.Create(CultureInfo.InvariantCulture, $"{member} {what}."));
}
