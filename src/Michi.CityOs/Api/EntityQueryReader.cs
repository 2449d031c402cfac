using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.Queries;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Api;

/// <summary>Reads which entities a request asks for, from its parameters (clause 6.4.3.2) or from a query sent as a document (clause 5.2.23).</summary>
internal static class EntityQueryReader
{
    /// <summary>The parameters that say which entities are meant.</summary>
    public static readonly string[] Parameters = ["id", "idPattern", "type", "attrs", "q", "georel", "geometry", "coordinates", "geoproperty", "scopeQ", "datasetId", "jsonKeys", "expandValues"];

    public static EntityQuery Read(NgsiLdCall call)
    {
        var context = call.Context;
        var selector = new EntitySelector
        {
            Ids = call.Parameter("id") is { } ids ? RequestLists.Ids(ids) : null,
            IdPattern = call.Parameter("idPattern") is { } pattern ? TextPattern.Parse(pattern, "idPattern") : null,
            Types = call.Parameter("type") is { } types ? TypeSelection.Parse(types, context) : null,
        };
        if (selector is { Ids: not null, IdPattern: not null }) selector = selector with { IdPattern = null };
        var hasGeo = call.Parameter("georel") is not null || call.Parameter("geometry") is not null || call.Parameter("coordinates") is not null;
        return new EntityQuery
        {
            Selectors = selector == new EntitySelector() ? null : [selector],
            Attrs = call.Parameter("attrs") is { } attrs ? CheckAttrs(Projection.Attrs(attrs, context)) : null,
            Q = call.Parameter("q") is { } q ? QFilter.Parse(q, context, call.Parameter("expandValues")) : null,
            Geo = hasGeo ? GeoFilter.Parse(call.Parameter("georel"), call.Parameter("geometry"), call.Parameter("coordinates"), call.Parameter("geoproperty"), context) : null,
            Scope = call.Parameter("scopeQ") is { } scope ? ScopeFilter.Parse(scope) : null,
            SourceFilter = call.Parameter("csf") is { } filter ? QFilter.Parse(filter, context, parameter: "csf") : null,
        };
    }

    private static IReadOnlySet<string> CheckAttrs(Projection attrs)
    {
        if (attrs.Hops > 0) throw NgsiLdException.BadRequestData("attrs does not follow relationships; use pick.");
        return attrs.Members.FirstOrDefault(AttributeName.IsCoreMember) is { } core ? throw NgsiLdException.BadRequestData($"{core} in attrs is not the name of an attribute.") : attrs.Members;
    }

    /// <summary>Refuses a query that could mean all there is, clause 5.7.2.4.</summary>
    public static void CheckWidth(NgsiLdCall call, EntityQuery query)
    {
        var types = query.Selectors?[0].Types;
        if (call.IsLocal || (types is { IsEverything: true } && call.Parameter("local") is null)) return;
        if (types is { IsEverything: false } || query.Attrs is not null || query.Q is { IsSystemOnly: false } || query.Geo is not null) return;
        throw NgsiLdException.BadRequestData("The query is too wide: name at least one of type, attrs, q, georel, or ask with local=true.");
    }

    /// <summary>Reads a query sent as a document.</summary>
    public static EntityQuery Read(NgsiLdCall call, JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("Expected a Query.");
        if (Text(body, "type") != "Query") throw NgsiLdException.BadRequestData("The type of the document is not Query.");
        var context = call.Context;
        List<EntitySelector>? selectors = null;
        if (body.TryGetProperty("entities", out var entities))
        {
            if (entities.ValueKind != JsonValueKind.Array || entities.GetArrayLength() == 0) throw NgsiLdException.BadRequestData("entities is not an array of at least one selector.");
            selectors = [.. entities.EnumerateArray().Select(e => ReadSelector(e, context, isTyped: true))];
        }
        return new EntityQuery
        {
            Selectors = selectors,
            Attrs = Joined(body, "attrs") is { } attrs ? Projection.Attrs(attrs, context).Members : null,
            Q = Text(body, "q") is { } q ? QFilter.Parse(q, context, Joined(body, "expandValues")) : null,
            Geo = body.TryGetProperty("geoQ", out var geo) ? ReadGeo(geo, context) : null,
            Scope = Text(body, "scopeQ") is { } scope ? ScopeFilter.Parse(scope) : null,
            SourceFilter = Text(body, "csf") is { } filter ? QFilter.Parse(filter, context, parameter: "csf") : null,
        };
    }

    /// <summary>One EntityInfo, clause 5.2.8.</summary>
    public static EntitySelector ReadSelector(JsonElement selector, JsonLd.JsonLdContext context, bool isTyped = false)
    {
        if (selector.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("A selector of entities is not an object.");
        if (isTyped && !selector.TryGetProperty("type", out _)) throw NgsiLdException.BadRequestData("A selector of entities needs a type.");
        return new EntitySelector
        {
            Ids = Joined(selector, "id") is { } ids ? RequestLists.Ids(ids) : null,
            IdPattern = !selector.TryGetProperty("id", out _) && Text(selector, "idPattern") is { } pattern ? TextPattern.Parse(pattern, "idPattern") : null,
            Types = Text(selector, "type") is { } types ? TypeSelection.Parse(types, context) : null,
        };
    }

    public static GeoFilter ReadGeo(JsonElement geo, JsonLd.JsonLdContext context)
    {
        if (geo.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("geoQ is not an object.");
        return geo.TryGetProperty("coordinates", out var coordinates) && coordinates.ValueKind == JsonValueKind.Array
            ? GeoFilter.Parse(Text(geo, "georel"), Text(geo, "geometry"), coordinates, Text(geo, "geoproperty"), context)
            : GeoFilter.Parse(Text(geo, "georel"), Text(geo, "geometry"), Text(geo, "coordinates"), Text(geo, "geoproperty"), context);
    }

    /// <summary>A member that is a text; null where it is not there.</summary>
    public static string? Text(JsonElement body, string member) =>
        !body.TryGetProperty(member, out var value) ? null : value.ValueKind == JsonValueKind.String ? value.GetString() : throw NgsiLdException.BadRequestData($"{member} is not a text.");

    /// <summary>A member that is a text or an array of texts; null where it is not there.</summary>
    public static IReadOnlyList<string>? Texts(JsonElement body, string member)
    {
        if (!body.TryGetProperty(member, out var value)) return null;
        if (value.ValueKind == JsonValueKind.String) return [value.GetString()!];
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() == 0 || value.EnumerateArray().Any(v => v.ValueKind != JsonValueKind.String))
            throw NgsiLdException.BadRequestData($"{member} is not an array of texts.");
        return [.. value.EnumerateArray().Select(v => v.GetString()!)];
    }

    /// <summary>The same as one text, as a parameter would tell it.</summary>
    public static string? Joined(JsonElement body, string member) => Texts(body, member) is { } texts ? string.Join(',', texts) : null;

    /// <summary>Where the store can find the matches for a request, with links followed in its tenant.</summary>
    public static StoreQuery ForStore(NgsiLdCall call, EntityQuery query) => ForStore(query, id => call.Store.FindAsync(call.Tenant, id, call.Cancel).AsTask().GetAwaiter().GetResult());

    /// <summary>Where the store can find the matches, and how it tells them from others.</summary>
    /// <param name="resolve">Finds linked entities for conditions on them.</param>
    public static StoreQuery ForStore(EntityQuery query, Func<string, Entity?> resolve)
    {
        var selectors = query.Selectors;
        var isPlain = query with { Selectors = null, SourceFilter = null } == EntityQuery.Everything
            && (selectors is null || selectors.All(s => s.IdPattern is null && (s.Types is null or { IsEverything: true } || (s.Types.IsAnyOf && s.Ids is null))));
        return new StoreQuery
        {
            Ids = EntitySelector.IdsOf(selectors)?.ToList(),
            Types = EntitySelector.TypesOf(selectors)?.ToList(),
            Attributes = query.Attrs?.ToList() ?? (query.Q is { RequiredAttributes.Count: > 0 } q ? [q.RequiredAttributes[0]] : null),
            Ranges = query.Q is null ? [] : [.. query.Q.Conditions.Select(RangeOf).OfType<ValueRange>()],
            Boxes = query.Geo?.Boxes?.Select(b => CellBox.Of(b.West, b.South, b.East, b.North)).ToList(),
            GeoProperty = query.Geo?.GeoProperty ?? "",
            Matches = isPlain ? null : entity => query.Matches(entity, resolve),
        };
    }

    private static ValueRange? RangeOf(QCondition condition)
    {
        if (condition.AnyOf is { Count: 1 } one) return new(condition.Attribute, IndexEntry.Of(one[0]), IndexEntry.Of(one[0]));
        if (condition.AnyOf is not null || (condition.Low is null && condition.High is null)) return null;
        return new(condition.Attribute, condition.Low is { } low ? IndexEntry.Of(low) : null, condition.High is { } high ? IndexEntry.Of(high) : null);
    }
}
