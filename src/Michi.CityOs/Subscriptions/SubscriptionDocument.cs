using System.Buffers;
using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;

namespace Michi.CityOs.Subscriptions;

/// <summary>How a subscription reached this broker.</summary>
/// <param name="Address">The broker's own, as the request named it, without a path.</param>
/// <param name="Via">The brokers it has passed (clause 6.3.18); null for none.</param>
internal sealed record SubscriptionOrigin(string Address, string? Via);

/// <summary>A subscription as it is kept (clause 5.2.12): the members the client gave, in its order, with names expanded, and the context they came in.</summary>
/// <remarks>Query texts stay as they were given; <see cref="ContextOf"/> tells the context they are in.</remarks>
internal sealed class SubscriptionDocument
{
    /// <summary>A URI.</summary>
    public required string Id { get; init; }

    /// <summary>The @context of the request that made the subscription; notifications are told in it.</summary>
    public required JsonElement Context { get; init; }

    /// <summary>The address under which the broker serves the context; null where it has an address of its own.</summary>
    public string? Link { get; init; }

    /// <summary>What the client decides, without "id" and "type".</summary>
    public required IReadOnlyList<KeyValuePair<string, JsonElement>> Members { get; init; }

    /// <summary>The contexts of query texts that came later in another one, by member.</summary>
    public IReadOnlyDictionary<string, JsonElement> Contexts { get; init; } = new Dictionary<string, JsonElement>();

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ModifiedAt { get; init; }

    /// <summary>Sequence of the last change of an entity that is not told of, because the subscription came after it or was paused then.</summary>
    public long From { get; init; }

    /// <summary>Where it came from, so that it can be passed on; null for one that is not.</summary>
    public SubscriptionOrigin? Origin { get; init; }

    /// <summary>Id of the snapshot it is within; null for none.</summary>
    public string? Snapshot { get; init; }

    /// <summary>The subscription to entities that this one to registrations stands for (clause 5.8.1.4); null for one of a client.</summary>
    public string? For { get; init; }

    public JsonElement? this[string member]
    {
        get
        {
            foreach (var (name, value) in Members)
                if (name == member) return value;
            return null;
        }
    }

    public JsonElement ContextOf(string member) => Contexts.TryGetValue(member, out var own) ? own : Context;

    /// <summary>This with some members in place of others; null takes away.</summary>
    /// <param name="context">The @context the members came in.</param>
    public SubscriptionDocument With(IReadOnlyList<(string Name, JsonElement? Value)> changes, JsonElement context, DateTimeOffset now, long from)
    {
        List<KeyValuePair<string, JsonElement>> members = [.. Members];
        Dictionary<string, JsonElement> contexts = new(Contexts);
        foreach (var (name, value) in changes)
        {
            contexts.Remove(name);
            var at = members.FindIndex(m => m.Key == name);
            if (value is null)
            {
                if (at >= 0) members.RemoveAt(at);
                continue;
            }
            if (at >= 0) members[at] = new(name, value.Value);
            else members.Add(new(name, value.Value));
            if (name is "q" or "csf" && context.GetRawText() != Context.GetRawText()) contexts[name] = context;
        }
        return new() { Id = Id, Context = Context, Link = Link, Members = members, Contexts = contexts, CreatedAt = CreatedAt, ModifiedAt = now, From = from, Origin = Origin, Snapshot = Snapshot, For = For };
    }

    /// <summary>The one address a context consists of; null where it is more than that.</summary>
    public static string? AddressOf(JsonElement context) => context.ValueKind switch
    {
        JsonValueKind.String => context.GetString(),
        JsonValueKind.Array when context.GetArrayLength() == 1 => AddressOf(context[0]),
        _ => null,
    };

    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, PlainJson.Writer);
        json.WriteStartObject();
        json.WriteString("id"u8, Id);
        json.WriteNumber("created"u8, EntityCodec.Microseconds(CreatedAt));
        json.WriteNumber("modified"u8, EntityCodec.Microseconds(ModifiedAt));
        json.WriteNumber("from"u8, From);
        json.WritePropertyName("context"u8);
        Context.WriteTo(json);
        if (Link is not null) json.WriteString("link"u8, Link);
        if (Origin is not null)
        {
            json.WriteString("address"u8, Origin.Address);
            if (Origin.Via is not null) json.WriteString("via"u8, Origin.Via);
        }
        if (Snapshot is not null) json.WriteString("snapshot"u8, Snapshot);
        if (For is not null) json.WriteString("for"u8, For);
        if (Contexts.Count > 0) Write(json, "contexts", Contexts);
        Write(json, "members", Members);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static SubscriptionDocument Read(byte[] bytes)
    {
        var root = JsonSerializer.Deserialize<JsonElement>(bytes);
        return new()
        {
            Id = root.GetProperty("id").GetString()!,
            CreatedAt = EntityCodec.Time(root.GetProperty("created").GetInt64()),
            ModifiedAt = EntityCodec.Time(root.GetProperty("modified").GetInt64()),
            From = root.GetProperty("from").GetInt64(),
            Context = root.GetProperty("context"),
            Link = root.TryGetProperty("link", out var link) ? link.GetString() : null,
            Origin = root.TryGetProperty("address", out var address) ? new(address.GetString()!, root.TryGetProperty("via", out var via) ? via.GetString() : null) : null,
            Snapshot = root.TryGetProperty("snapshot", out var snapshot) ? snapshot.GetString() : null,
            For = root.TryGetProperty("for", out var served) ? served.GetString() : null,
            Contexts = root.TryGetProperty("contexts", out var contexts) ? contexts.EnumerateObject().ToDictionary(c => c.Name, c => c.Value) : [],
            Members = [.. root.GetProperty("members").EnumerateObject().Select(m => KeyValuePair.Create(m.Name, m.Value))],
        };
    }

    /// <summary>Writes the members of the subscription as it is told, in the names of a context.</summary>
    /// <param name="record">What became of its notifications.</param>
    /// <param name="isOfEntities">Whether it is about entities, not about registrations, which have no triggers.</param>
    public void WriteTo(Utf8JsonWriter json, JsonLdContext context, DeliveryRecord record, DateTimeOffset now, bool hasSysAttrs, bool isOfEntities = true)
    {
        json.WriteString("id"u8, Id);
        json.WriteString("type"u8, "Subscription"u8);
        foreach (var (name, value) in Members)
        {
            json.WritePropertyName(name);
            switch (name)
            {
                case "entities": WriteObjects(json, value, (member, text) => member == "type" ? NameList.Rewrite(text, context.Compact) : text); break;
                case "watchedAttributes" or "expandValues": WriteNames(json, value, context); break;
                case "geoQ": WriteObject(json, value, (member, text) => member == "geoproperty" ? context.Compact(text) : text); break;
                case "notification": WriteNotification(json, value, context, record); break;
                default: value.WriteTo(json); break;
            }
        }
        // Clause 5.8.1.4: where the client names no context, it is that of the subscription.
        if (isOfEntities && this["jsonldContext"] is null && (Link ?? AddressOf(Context)) is { } address) json.WriteString("jsonldContext"u8, address);
        json.WriteString("status"u8, StateAt(now));
        if (isOfEntities && this["notificationTrigger"] is null)
        {
            json.WriteStartArray("notificationTrigger"u8);
            json.WriteStringValue("attributeCreated"u8);
            json.WriteStringValue("attributeUpdated"u8);
            json.WriteEndArray();
        }
        if (!hasSysAttrs) return;
        json.WriteString("createdAt"u8, EntityWriter.Text(CreatedAt));
        json.WriteString("modifiedAt"u8, EntityWriter.Text(ModifiedAt));
    }

    /// <summary>The status it has at a time, clause 5.2.12.</summary>
    public string StateAt(DateTimeOffset now) =>
        this["expiresAt"] is { } expiresAt && EntityReader.Time(expiresAt.GetString()) <= now ? "expired" : this["isActive"]?.ValueKind == JsonValueKind.False ? "paused" : "active";

    private static void WriteNotification(Utf8JsonWriter json, JsonElement notification, JsonLdContext context, DeliveryRecord record)
    {
        json.WriteStartObject();
        foreach (var member in notification.EnumerateObject())
        {
            json.WritePropertyName(member.Name);
            if (member.Name is "attributes" or "pick" or "omit") WriteNames(json, member.Value, context);
            else member.Value.WriteTo(json);
        }
        record.WriteTo(json);
        json.WriteEndObject();
    }

    private static void WriteNames(Utf8JsonWriter json, JsonElement names, JsonLdContext context)
    {
        json.WriteStartArray();
        foreach (var name in names.EnumerateArray()) json.WriteStringValue(NameList.Rewrite(name.GetString()!, context.Compact));
        json.WriteEndArray();
    }

    private static void WriteObjects(Utf8JsonWriter json, JsonElement array, Func<string, string, string> text)
    {
        json.WriteStartArray();
        foreach (var one in array.EnumerateArray()) WriteObject(json, one, text);
        json.WriteEndArray();
    }

    private static void WriteObject(Utf8JsonWriter json, JsonElement value, Func<string, string, string> text)
    {
        json.WriteStartObject();
        foreach (var member in value.EnumerateObject())
        {
            json.WritePropertyName(member.Name);
            if (member.Value.ValueKind == JsonValueKind.String) json.WriteStringValue(text(member.Name, member.Value.GetString()!));
            else member.Value.WriteTo(json);
        }
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string member, IEnumerable<KeyValuePair<string, JsonElement>> values)
    {
        json.WriteStartObject(member);
        foreach (var (name, value) in values)
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
        json.WriteEndObject();
    }
}

/// <summary>Names within selections of types and members: <c>(Home;Vehicle)|Motorhome</c>, <c>observation{temperature}</c>.</summary>
internal static class NameList
{
    /// <summary>The text with every name given another; what stands between them stays.</summary>
    public static string Rewrite(string text, Func<string, string> name)
    {
        var rewritten = new System.Text.StringBuilder(text.Length);
        for (var from = 0; from < text.Length;)
        {
            var to = from;
            while (to < text.Length && text[to] is not (',' or ';' or '|' or '(' or ')' or '{' or '}' or ' ')) to++;
            if (to == from)
            {
                rewritten.Append(text[from++]);
                continue;
            }
            var found = text[from..to];
            rewritten.Append(found == "*" || AttributeName.IsCoreMember(found) ? found : name(found));
            from = to;
        }
        return rewritten.ToString();
    }
}
