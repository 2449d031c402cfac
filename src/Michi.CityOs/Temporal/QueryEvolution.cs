using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Queries;
using Michi.CityOs.Sources;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Temporal;

/// <summary>ETSI GS CIM 009, 5.7.4 Query Temporal Evolution of Entities, by parameters (6.18.3.2) or by a document (6.24).</summary>
internal static class QueryEvolution
{
    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept([.. EntityQueryReader.Parameters, .. EvolutionRequest.Parameters, "limit", "offset", "count", "csf", "orderBy", "collation", "splitEntities"]);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var request = EvolutionRequest.Read(call);
        var query = EntityQueryReader.Read(call);
        await AnswerAsync(call, type, "temporal/entities", request, query, call.Parameter("orderBy"));
    }

    /// <summary>POST …/temporal/entityOperations/query.</summary>
    public static async Task HandleDocumentAsync(NgsiLdCall call)
    {
        call.Accept("limit", "offset", "count", "options", "format", "lang", "local", "via", "entityMap", "entityMapLifetime");
        var type = call.AcceptedType();
        var body = await call.ReadBodyAsync();
        var query = EntityQueryReader.Read(call, body);
        var request = EvolutionRequest.Read(call, body);
        var order = body.TryGetProperty("ordering", out var ordering) && ordering.ValueKind == JsonValueKind.Object && EntityQueryReader.Texts(ordering, "orderBy") is { } by ? string.Join(',', by) : null;
        await AnswerAsync(call, type, "temporal/entityOperations/query", request, query, order);
    }

    /// <summary>5.14.5 Create EntityMap for Query Temporal Evolution of Entities, by parameters.</summary>
    public static async Task MapAsync(NgsiLdCall call)
    {
        call.Accept([.. EntityQueryReader.Parameters, .. EvolutionRequest.Parameters, "limit", "csf", "splitEntities"]);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        await AnswerMapAsync(call, type, EvolutionRequest.Read(call), EntityQueryReader.Read(call));
    }

    /// <summary>5.14.5 Create EntityMap for Query Temporal Evolution of Entities, by a document.</summary>
    public static async Task MapByDocumentAsync(NgsiLdCall call)
    {
        call.Accept("options", "format", "lang", "local", "via", "entityMap", "entityMapLifetime", "limit");
        var type = call.AcceptedType();
        var body = await call.ReadBodyAsync();
        await AnswerMapAsync(call, type, EvolutionRequest.Read(call, body), EntityQueryReader.Read(call, body));
    }

    private static async Task AnswerMapAsync(NgsiLdCall call, string type, EvolutionRequest request, EntityQuery query)
    {
        Check(call, request, query);
        await EntityMaps.AnswerAsync(call, type, await MakeMapAsync(call, request, query, await DistributedEvolution.FindAsync(call, request, query, null)));
    }

    private static async Task<JsonObject> MakeMapAsync(NgsiLdCall call, EvolutionRequest request, EntityQuery query, DistributedEvolution? elsewhere) => await EntityMaps.MakeAsync(
        call,
        await call.History.ReadAsync(
            reader =>
            {
                var history = elsewhere?.With(reader) ?? reader;
                var finder = new EvolutionFinder(history, request, query, call.Services.Clock.GetUtcNow(), call.Cancel);
                return history.Entities(call.Tenant, EntitySelector.IdsOf(query.Selectors), EntitySelector.TypesOf(query.Selectors)).Where(finder.Matches).Take(EntityMaps.Most + 1)
                    .Select(e => KeyValuePair.Create(e.Id, EntityMaps.HoldersOf(reader.Find(call.Tenant, e.Id) is not null, elsewhere?.HoldersOf(e.Id) ?? []))).ToList();
            },
            call.Cancel));

    /// <summary>200, or 206 with the range of times that is told where it is not all (clause 6.3.10).</summary>
    public static int StatusOf(NgsiLdCall call, PartialRange? range, int whole = StatusCodes.Status200OK)
    {
        if (range is null) return whole;
        call.Http.Response.Headers.ContentRange = $"date-time {EntityWriter.Text(range.Start)}-{EntityWriter.Text(range.End)}/{range.Size?.ToString(CultureInfo.InvariantCulture) ?? "*"}";
        return StatusCodes.Status206PartialContent;
    }

    private static async Task AnswerAsync(NgsiLdCall call, string type, string path, EvolutionRequest request, EntityQuery query, string? orderBy)
    {
        Check(call, request, query);
        var isReversed = orderBy is not null && IsDescending(orderBy);
        var asked = new RequestedPage(call, path);
        var (map, status) = (await EntityMaps.OfAsync(call), StatusCodes.Status200OK);
        var elsewhere = await DistributedEvolution.FindAsync(call, request, query, map is null ? null : EntityMaps.SourcesOf(map));
        // Sources put entities in an order of their own, clause 4.23.
        if (orderBy is not null && elsewhere is not null) throw NgsiLdException.BadRequestData("orderBy is not possible where context sources take part; ask with local=true.");
        if (map is null && EntityMaps.IsWanted(call)) (map, status) = (await MakeMapAsync(call, request, query, elsewhere), StatusCodes.Status201Created);
        var (ids, types) = (EntitySelector.IdsOf(query.Selectors), EntitySelector.TypesOf(query.Selectors));
        if (map is not null) ids = ids is null ? [.. EntityMaps.IdsOf(map)] : [.. ids.Intersect(EntityMaps.IdsOf(map))];
        var (found, range, hasMore, count) = await call.History.ReadAsync(
            reader =>
            {
                var history = elsewhere?.With(reader) ?? reader;
                var finder = new EvolutionFinder(history, request, query, call.Services.Clock.GetUtcNow(), call.Cancel);
                var candidates = history.Entities(call.Tenant, ids, types);
                if (orderBy is not null) candidates = isReversed ? candidates.OrderByDescending(e => e.Id, StringComparer.Ordinal) : candidates.OrderBy(e => e.Id, StringComparer.Ordinal);
                List<HistoryEntity> page = [];
                var (seen, hasMore) = (0, false);
                foreach (var entity in candidates)
                {
                    if (!finder.Matches(entity)) continue;
                    seen++;
                    if (seen <= asked.Offset) continue;
                    hasMore = page.Count == asked.Limit;
                    if (!hasMore) page.Add(entity);
                    else if (!asked.HasCount) break;
                }
                var (all, range) = request.Format == EvolutionFormat.AggregatedValues ? (page.ConvertAll(finder.Aggregate), null) : finder.Collect(page, call.History.Page);
                return (all, range, hasMore, seen);
            },
            call.Cancel);
        asked.Tell(count, hasMore, type);
        var writer = new EvolutionWriter(call.Context, request);
        await call.WriteAsync(
            type,
            json =>
            {
                json.WriteStartArray();
                foreach (var one in found) writer.Write(json, one, type == NgsiLdCall.LdJson ? call.WriteContext : null);
                json.WriteEndArray();
            },
            StatusOf(call, range, status));
    }

    private static void Check(NgsiLdCall call, EvolutionRequest request, EntityQuery query)
    {
        if (request.Times is null) throw NgsiLdException.BadRequestData("timerel and timeAt are needed: the times whose history is asked for.");
        if (query.FollowsLinks) throw NgsiLdException.BadRequestData("q follows relationships, which a query of the history does not.");
        EntityQueryReader.CheckWidth(call, query);
    }

    /// <summary>The history is put in order by ids only, clause 5.7.4.4.</summary>
    private static bool IsDescending(string orderBy) => orderBy switch
    {
        "id" or "id;asc" => false,
        "id;desc" => true,
        _ => throw NgsiLdException.BadRequestData($"orderBy is {orderBy}; the history is only put in order by id, id;asc or id;desc."),
    };
}
