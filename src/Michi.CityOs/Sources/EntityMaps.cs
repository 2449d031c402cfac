using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.Queries;
using Michi.CityOs.Storage;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Sources;

/// <summary>Lists of the entities that matched a query and of who has them, to page through in a fixed order; ETSI GS CIM 009, clauses 5.2.39, 5.5.14 and 5.14.</summary>
internal static class EntityMaps
{
    public const string Header = "NGSILD-EntityMap";

    /// <summary>Entities in one map.</summary>
    public const int Most = 10_000;

    private static readonly IReadOnlyList<string> Here = ["@none"];

    /// <summary>Entities looked at in one go.</summary>
    private const int Portion = 500;

    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    /// <summary>5.14.4 Create EntityMap for Query Entities, by parameters.</summary>
    public static async Task CreateAsync(NgsiLdCall call)
    {
        call.Accept([.. EntityQueryReader.Parameters, .. NgsiLdCall.TellParameters, "csf", "local", "entityMap", "entityMapLifetime", "splitEntities", "limit", "via"]);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var query = EntityQueryReader.Read(call);
        EntityQueryReader.CheckWidth(call, query);
        await AnswerAsync(call, type, await MakeAsync(call, await DistributedRead.OfAsync(call, query, call.Told(type), null), EntityQueryReader.ForStore(call, query)));
    }

    /// <summary>5.14.4 Create EntityMap for Query Entities, by a document.</summary>
    public static async Task CreateByDocumentAsync(NgsiLdCall call)
    {
        call.Accept("options", "format", "lang", "local", "entityMap", "entityMapLifetime", "limit", "via");
        var type = call.AcceptedType();
        var body = await call.ReadBodyAsync();
        var query = EntityQueryReader.Read(call, body);
        await AnswerAsync(call, type, await MakeAsync(call, await DistributedRead.OfAsync(call, query, call.Told(type, body), body), EntityQueryReader.ForStore(call, query)));
    }

    /// <summary>201 with a map that was made.</summary>
    public static Task AnswerAsync(NgsiLdCall call, string type, JsonObject map) => call.WriteAsync(type, json => Write(json, map, type == NgsiLdCall.LdJson ? call.WriteContext : null), StatusCodes.Status201Created);

    /// <summary>5.14.1 Retrieve EntityMap.</summary>
    public static async Task RetrieveAsync(NgsiLdCall call, string id)
    {
        call.Accept();
        NgsiLdCall.CheckId(id);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var map = await FindAsync(call, id);
        await call.WriteAsync(type, json => Write(json, map, type == NgsiLdCall.LdJson ? call.WriteContext : null));
    }

    /// <summary>5.14.2 Update EntityMap: only how long it lives.</summary>
    public static async Task UpdateAsync(NgsiLdCall call, string id)
    {
        call.Accept();
        NgsiLdCall.CheckId(id);
        var body = await call.ReadBodyAsync();
        if (body.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData("Expected an EntityMap.");
        var expires = !body.TryGetProperty("expiresAt", out var told) ? (DateTimeOffset?)null
            : (told.ValueKind == JsonValueKind.String ? EntityReader.Time(told.GetString()) : null) ?? throw NgsiLdException.BadRequestData("expiresAt is not a time in UTC: expected 2026-01-31T09:00:00Z.");
        var map = await FindAsync(call, id);
        var latest = call.Services.Clock.GetUtcNow() + Longest;
        if (expires is not null) map["expiresAt"] = EntityWriter.Text(expires < latest ? expires.Value : latest);
        await KeepAsync(call, map);
        await call.DoneAsync();
    }

    /// <summary>5.14.3 Delete EntityMap.</summary>
    public static async Task DeleteAsync(NgsiLdCall call, string id)
    {
        call.Accept();
        NgsiLdCall.CheckId(id);
        await call.Store.WriteDocumentAsync(DocumentKind.EntityMap, call.Tenant, id, there => there is null ? throw NgsiLdException.ResourceNotFound(id) : null, call.Cancel);
        await call.DoneAsync();
    }

    /// <summary>Makes a map of all entities that match, and names it in the answer.</summary>
    /// <param name="distributed">Null where no sources take part.</param>
    public static async Task<JsonObject> MakeAsync(NgsiLdCall call, DistributedRead? distributed, StoreQuery found)
    {
        if (distributed is not null) return await MakeAsync(call, await distributed.MapAsync(found, q => EntityQueryReader.ForStore(q, _ => null), Most));
        var page = await call.Store.QueryAsync(call.Tenant, found, new(Most), call.Cancel);
        if (page.HasMore) throw TooMany();
        return await MakeAsync(call, page.Entities.Select(e => KeyValuePair.Create(e.Id, Here)));
    }

    /// <summary>Those who have an entity, as a map tells them.</summary>
    /// <param name="isHere">Whether this broker has it.</param>
    /// <param name="registrations">Of the sources that have it.</param>
    public static IReadOnlyList<string> HoldersOf(bool isHere, IEnumerable<string> registrations) => isHere ? [.. Here, .. registrations] : [.. registrations];

    /// <summary>Makes a map of entities and of the registrations of those who have them.</summary>
    public static async Task<JsonObject> MakeAsync(NgsiLdCall call, IEnumerable<KeyValuePair<string, IReadOnlyList<string>>> found)
    {
        var lifetime = Usual;
        if (call.Parameter("entityMapLifetime") is { } text)
        {
            lifetime = EntityReader.Duration(text) ?? throw NgsiLdException.BadRequestData("entityMapLifetime is not a duration: expected for example PT10M.");
            if (lifetime <= TimeSpan.Zero) throw NgsiLdException.BadRequestData("entityMapLifetime is not longer than nothing.");
        }
        var now = call.Services.Clock.GetUtcNow();
        await ForgetExpiredAsync(call, now);
        var entities = new JsonObject();
        foreach (var (id, sources) in found) entities[id] = new JsonArray([.. sources.Select(s => (JsonNode)s)]);
        if (entities.Count > Most) throw TooMany();
        var map = new JsonObject
        {
            ["id"] = $"urn:ngsi-ld:EntityMap:{Guid.CreateVersion7():N}",
            ["type"] = "EntityMap",
            ["expiresAt"] = EntityWriter.Text(now + (lifetime < Longest ? lifetime : Longest)),
            ["entityMap"] = entities,
        };
        await KeepAsync(call, map);
        Tell(call, map);
        return map;
    }

    /// <summary>Whether a request wants a map: it asks for one, or refers to one.</summary>
    public static bool IsWanted(NgsiLdCall call) => call.Flag("entityMap") || call.Request.Headers[Header].Count > 0;

    /// <summary>The map a request refers to, named in the answer; null where it refers to none, or to one that is not there any more (clause 5.5.14: a new one is made then).</summary>
    public static async ValueTask<JsonObject?> OfAsync(NgsiLdCall call)
    {
        var told = call.Request.Headers[Header].ToString();
        if (told.Length == 0 || await LookAsync(call, Uri.UnescapeDataString(told[(told.LastIndexOf('/') + 1)..])) is not { } map) return null;
        Tell(call, map);
        return map;
    }

    /// <summary>The ids of the entities of a map.</summary>
    public static IEnumerable<string> IdsOf(JsonObject map) => map["entityMap"]!.AsObject().Select(e => e.Key);

    /// <summary>The registrations of those who have an entity by a map, "@none" standing for this broker.</summary>
    public static HashSet<string> SourcesOf(JsonObject map, string id) => [.. map["entityMap"]![id]?.AsArray().Select(s => s!.GetValue<string>()) ?? []];

    /// <summary>A page of the entities of a map that still match; those that do not are taken out of it (clause 5.5.9.3).</summary>
    public static async Task<EntityPage> PageAsync(NgsiLdCall call, JsonObject map, DistributedRead? distributed, StoreQuery found, Ordering? ordering, int limit, int offset, bool hasCount)
    {
        List<Entity> all = [];
        List<string> gone = [];
        foreach (var portion in IdsOf(map).Where(id => found.Ids?.Contains(id) != false).ToList().Chunk(Portion))
        {
            var wanted = found with { Ids = portion };
            var page = distributed is null ? await call.Store.QueryAsync(call.Tenant, wanted, new(Portion), call.Cancel)
                : await distributed.WithIds(portion).PageAsync(wanted, q => EntityQueryReader.ForStore(q, _ => null) with { Ids = portion }, Portion, 0, false);
            var known = page.Entities.Where(e => distributed is null || portion.Contains(e.Id)).ToDictionary(e => e.Id);
            foreach (var id in portion)
            {
                if (known.TryGetValue(id, out var entity)) all.Add(entity);
                else gone.Add(id);
            }
            if (!hasCount && ordering is null && all.Count > offset + limit) break;
        }
        ordering?.Sort(all);
        // Where a source failed, nobody knows what it still has.
        if (gone.Count > 0 && call.Http.Response.Headers["NGSILD-Warning"].Count == 0)
        {
            foreach (var id in gone) map["entityMap"]!.AsObject().Remove(id);
            await KeepAsync(call, map);
        }
        return new([.. all.Skip(offset).Take(limit)], 0, all.Count > offset + limit, hasCount ? all.Count : null);
    }

    /// <summary>The registrations of all who have something of a map.</summary>
    public static HashSet<string> SourcesOf(JsonObject map) => [.. IdsOf(map).SelectMany(id => SourcesOf(map, id))];

    private static void Tell(NgsiLdCall call, JsonObject map) => call.Http.Response.Headers[Header] = $"{call.Request.PathBase}{NgsiLdApi.Root}/entityMaps/{map["id"]!.GetValue<string>()}";

    private static Task<byte[]?> KeepAsync(NgsiLdCall call, JsonObject map) =>
        call.Store.WriteDocumentAsync(DocumentKind.EntityMap, call.Tenant, map["id"]!.GetValue<string>(), _ => CreateRegistration.Bytes(map), call.Cancel);

    private static async Task<JsonObject> FindAsync(NgsiLdCall call, string id) => await LookAsync(call, id) ?? throw NgsiLdException.ResourceNotFound(id);

    /// <summary>A map that is there and has not expired.</summary>
    private static async ValueTask<JsonObject?> LookAsync(NgsiLdCall call, string id)
    {
        if (await call.Store.FindDocumentAsync(DocumentKind.EntityMap, call.Tenant, id, call.Cancel) is not { } body) return null;
        var map = JsonNode.Parse(body)!.AsObject();
        return EntityReader.Time(map["expiresAt"]!.GetValue<string>()) > call.Services.Clock.GetUtcNow() ? map : null;
    }

    private static NgsiLdException TooMany() => NgsiLdException.TooManyResults($"More than {Most} entities match; a map holds at most these.");

    private static async Task ForgetExpiredAsync(NgsiLdCall call, DateTimeOffset now)
    {
        foreach (var (id, body) in await call.Store.ListDocumentsAsync(DocumentKind.EntityMap, call.Tenant, call.Cancel))
            if (!(EntityReader.Time(JsonNode.Parse(body)!["expiresAt"]!.GetValue<string>()) > now)) await call.Store.WriteDocumentAsync(DocumentKind.EntityMap, call.Tenant, id, _ => null, call.Cancel);
    }

    private static void Write(Utf8JsonWriter json, JsonObject map, Action<Utf8JsonWriter>? tail)
    {
        json.WriteStartObject();
        foreach (var (name, value) in map)
        {
            json.WritePropertyName(name);
            value!.WriteTo(json);
        }
        tail?.Invoke(json);
        json.WriteEndObject();
    }
}
