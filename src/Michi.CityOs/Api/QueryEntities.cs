using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.Queries;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.7.2 Query Entities, by parameters (6.4.3.2) or by a document (6.23).</summary>
internal static class QueryEntities
{
    /// <summary>Entities that are put in another order than that of their creation, at most.</summary>
    private const int MostSorted = 50_000;

    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept([.. EntityQueryReader.Parameters, .. NgsiLdCall.TellParameters, "limit", "offset", "count", "csf", "local", "orderBy", "collation", "orderFrom", "orderGeometry", "entityMap", "entityMapLifetime", "splitEntities", "via"]);
        var type = call.AcceptedType(hasGeoJson: true);
        await call.ReadContextAsync();
        var query = EntityQueryReader.Read(call);
        EntityQueryReader.CheckWidth(call, query);
        var ordering = call.Parameter("orderBy") is { } by ? Ordering.Parse(by, call.Context, call.Parameter("collation"), call.Parameter("orderFrom"), call.Parameter("orderGeometry")) : null;
        var told = call.Told(type);
        await AnswerAsync(call, type, "entities", Picked(query, told), ordering, told, LinkedWriter.Of(call, query));
    }

    /// <summary>POST …/entityOperations/query.</summary>
    public static async Task HandleDocumentAsync(NgsiLdCall call)
    {
        call.Accept("limit", "offset", "count", "options", "format", "lang", "local", "geometryProperty", "entityMap", "via");
        var type = call.AcceptedType(hasGeoJson: true);
        var body = await call.ReadBodyAsync();
        var query = EntityQueryReader.Read(call, body);
        if (body.TryGetProperty("temporalQ", out _)) throw NgsiLdException.BadRequestData("temporalQ is only for temporal queries.");
        var told = call.Told(type, body);
        Ordering? ordering = null;
        if (body.TryGetProperty("ordering", out var order) && order.ValueKind == JsonValueKind.Object && EntityQueryReader.Texts(order, "orderBy") is { } by)
        {
            var (collation, geometry) = (EntityQueryReader.Text(order, "collation"), EntityQueryReader.Text(order, "geometry") ?? "Point");
            ordering = order.TryGetProperty("coordinates", out var from)
                ? Ordering.Parse(string.Join(',', by), call.Context, collation, GeoFilter.ReadReference(geometry, from, "geometry", "coordinates"))
                : Ordering.Parse(string.Join(',', by), call.Context, collation);
        }
        await AnswerAsync(call, type, "entityOperations/query", Picked(query, told), ordering, told, LinkedWriter.Of(call, body, query), body);
    }

    /// <summary>To pick attributes is to ask for entities that have one of them, clause 4.21.</summary>
    private static EntityQuery Picked(EntityQuery query, Representation told) =>
        told.Pick is null || query.Attrs is not null || told.Pick.Any(AttributeName.IsCoreMember) ? query : query with { Attrs = told.Pick };

    private static async Task AnswerAsync(NgsiLdCall call, string type, string path, EntityQuery query, Ordering? ordering, Representation told, LinkedWriter? linked, JsonElement? body = null)
    {
        var asked = new RequestedPage(call, path);
        var (limit, offset, hasCount) = (asked.Limit, asked.Offset, asked.HasCount);
        var found = EntityQueryReader.ForStore(call, query);
        EntityPage page;
        var status = StatusCodes.Status200OK;
        var distributed = await DistributedRead.OfAsync(call, query, told, body);
        // Sources put entities in an order of their own, clause 4.23.
        if (ordering is not null) distributed = distributed is not { AsksSources: true } ? null : throw NgsiLdException.BadRequestData("orderBy is not possible where context sources take part; ask with local=true.");
        var map = await EntityMaps.OfAsync(call);
        if (map is null && EntityMaps.IsWanted(call)) (map, status) = (await EntityMaps.MakeAsync(call, distributed, found), StatusCodes.Status201Created);
        if (map is not null) page = await EntityMaps.PageAsync(call, map, distributed, found, ordering, limit, offset, hasCount);
        else if (distributed is not null) page = await distributed.PageAsync(found, q => EntityQueryReader.ForStore(q, _ => null), limit, offset, hasCount);
        else if (ordering is null)
        {
            var after = asked.After;
            page = await call.Store.QueryAsync(call.Tenant, found, new(limit, after > 0 ? 0 : offset, after, hasCount), call.Cancel);
        }
        else
        {
            page = await call.Store.QueryAsync(call.Tenant, found, new(MostSorted), call.Cancel);
            if (page.HasMore) throw NgsiLdException.TooComplexQuery($"More than {MostSorted} entities match; orderBy puts at most these in order.");
            List<Entity> all = [.. page.Entities];
            ordering.Sort(all);
            page = new([.. asked.Of(all)], 0, offset + limit < all.Count, all.Count);
        }
        asked.Tell(page.Count, page.HasMore, type, ordering is null ? page.Last : 0);
        if (linked is not null) await linked.LoadAsync(call, page.Entities);
        (var entities, status) = PreferredVersion.Amend(call, type, told, page.Entities, linked, status);
        var writer = new EntityWriter(call.Context, told, linked);
        var tail = type == NgsiLdCall.LdJson ? call.WriteContext : (Action<Utf8JsonWriter>?)null;
        await call.WriteEntitiesAsync(type, json =>
        {
            foreach (var entity in entities) writer.Write(json, entity, tail);
            if (linked is { IsFlat: true }) linked.WriteOthers(json, entities, call.Context, told, tail);
        }, status);
    }
}
