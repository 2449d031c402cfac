using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Subscriptions;

namespace Michi.CityOs.Sources;

/// <summary>What of a subscription a context source is asked to notify of, ETSI GS CIM 009, 5.8.1.4: no more than it is registered for, and to this broker instead of the subscriber.</summary>
/// <param name="Names">The names it is told in.</param>
/// <param name="Members">All but "id".</param>
/// <param name="IsFiltered">Whether the source applies all conditions itself; otherwise they are applied to what it notifies of.</param>
internal sealed record SubscriptionCopy(JsonLdContext Names, JsonObject Members, bool IsFiltered)
{
    /// <param name="names">The names the source wants.</param>
    /// <param name="endpoint">Where this broker takes notifications.</param>
    public static SubscriptionCopy Of(SubscriptionDocument document, Subscription subscription, ContextSourceRegistration source, RegistrationQuery query, JsonLdContext names, string endpoint)
    {
        var isSplit = document["splitEntities"]?.ValueKind == JsonValueKind.True;
        List<SourceInformation> meant = [.. source.Information.Where(query.Meets)];
        var has = meant.Exists(i => i.Attributes is null) ? null : meant.SelectMany(i => i.Attributes!).ToHashSet();
        var members = new JsonObject { ["type"] = "Subscription" };
        var entities = Entities(document["entities"], subscription.Query.Selectors, meant, names);
        if (entities.Count > 0) members["entities"] = entities;
        var watched = subscription.Watched is null ? has : has is null ? subscription.Watched : subscription.Watched.Intersect(has).ToHashSet();
        if (watched is not null && subscription.Interval is null) members["watchedAttributes"] = Texts(watched.Select(names.Compact));
        foreach (var name in (string[])["notificationTrigger", "timeInterval", "throttling", "expiresAt", "isActive", "datasetId", "splitEntities"])
            if (document[name] is { } value) members[name] = Node(value);
        // A condition in other names would mean something else, and none on one part of a split entity holds of the whole.
        var isTold = document["q"] is null || SourceBody.IsSame(subscription.QueryNames, names);
        if (!isSplit)
        {
            foreach (var name in (string[])["q", "expandValues", "scopeQ", "lang"])
                if (document[name] is { } value && (isTold || name is "scopeQ" or "lang")) members[name] = name == "expandValues" ? string.Join(',', value.EnumerateArray().Select(n => names.Compact(n.GetString()!))) : Node(value);
            if (document["geoQ"] is { } geo)
            {
                members["geoQ"] = Node(geo);
                if (geo.TryGetProperty("geoproperty", out var property)) members["geoQ"]!["geoproperty"] = names.Compact(property.GetString()!);
            }
        }
        var isFiltered = !isSplit && isTold;
        var notification = new JsonObject { ["endpoint"] = new JsonObject { ["uri"] = endpoint, ["accept"] = NgsiLdCall.Json } };
        // What is not told cannot be asked for conditions here.
        var told = subscription.Told.Attrs ?? subscription.Told.Pick?.Where(m => !AttributeName.IsCoreMember(m)).ToHashSet();
        if (isFiltered && told is { Count: > 0 } && (has is null ? told : told.Intersect(has).ToHashSet()) is { Count: > 0 } both) notification["attributes"] = Texts(both.Select(names.Compact));
        members["notification"] = notification;
        return new(names, members, isFiltered);
    }

    /// <summary>Tells copies that differ apart.</summary>
    public string Text => new JsonObject { ["members"] = Members.DeepClone(), ["names"] = JsonNode.Parse(Names.Source.GetRawText()) }.ToJsonString(PlainJson.Serializer);

    /// <summary>The same as a change of a copy that was sent before: what is not in it any more is taken away (clause 5.5.8).</summary>
    /// <param name="before">Its <see cref="Text"/>.</param>
    public SubscriptionCopy Instead(string before)
    {
        var members = (JsonObject)Members.DeepClone();
        foreach (var (name, _) in JsonNode.Parse(before)!["members"]!.AsObject())
            if (!members.ContainsKey(name)) members[name] = EntityAttribute.Null;
        return this with { Members = members };
    }

    /// <summary>The request that brings the copy to the source.</summary>
    public SourceRequest RequestOf(HttpMethod method, string path, string? id) => new(method, path, Names, (json, isLd) =>
    {
        json.WriteStartObject();
        if (id is not null) json.WriteString("id"u8, id);
        foreach (var (name, value) in Members)
        {
            json.WritePropertyName(name);
            value!.WriteTo(json, PlainJson.Serializer);
        }
        if (isLd)
        {
            json.WritePropertyName("@context"u8);
            Names.Source.WriteTo(json);
        }
        json.WriteEndObject();
    });

    /// <summary>The entities that both are for.</summary>
    private static JsonArray Entities(JsonElement? told, IReadOnlyList<EntitySelector>? selectors, List<SourceInformation> meant, JsonLdContext names)
    {
        var all = new Dictionary<string, JsonObject>(StringComparer.Ordinal);
        var wanted = selectors is null ? [(default(JsonElement), new EntitySelector())] : told!.Value.EnumerateArray().Zip(selectors).ToList();
        foreach (var information in meant)
            foreach (var (element, selector) in wanted)
                foreach (var source in information.Entities ?? [new SourceEntities(null, null, null)])
                {
                    if (!RegistrationQuery.Meet(selector, source)) continue;
                    var one = new JsonObject();
                    var ids = selector.Ids is null ? source.Ids : source.Ids is null ? selector.Ids : selector.Ids.Intersect(source.Ids).ToHashSet();
                    if (ids is { Count: 1 }) one["id"] = ids.First();
                    else if (ids is not null) one["id"] = Texts(ids);
                    else if ((selector.IdPattern ?? source.IdPattern) is { } pattern) one["idPattern"] = pattern.Text;
                    if (selector.Types is { IsAnyOf: true, IsEverything: false } types && source.Types is not null) one["type"] = string.Join('|', types.Names.Where(source.Types.Contains).Select(names.Compact));
                    else if (selector.Types is not null) one["type"] = NameList.Rewrite(element.GetProperty("type").GetString()!, names.Compact);
                    else if (source.Types is not null) one["type"] = string.Join('|', source.Types.Select(names.Compact));
                    if (one.Count > 0) all[one.ToJsonString()] = one;
                }
        return [.. all.Values];
    }

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(t => JsonValue.Create(t))];

    private static JsonNode Node(JsonElement value) => JsonNode.Parse(value.GetRawText())!;
}
