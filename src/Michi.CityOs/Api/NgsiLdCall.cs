using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Snapshots;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Michi.CityOs.Api;

/// <summary>One request of the NGSI-LD API: what it asks, in whose names, and how it is answered (ETSI GS CIM 009, clause 6.3).</summary>
/// <param name="tenant">Name of the tenant addressed; empty for the default one.</param>
/// <param name="snapshot">The snapshot of the tenant that is addressed; null for the tenant itself.</param>
internal sealed class NgsiLdCall(HttpContext http, NgsiLdServices services, string tenant, Snapshot? snapshot = null)
{
    public const string LdJson = "application/ld+json";
    public const string GeoJson = "application/geo+json";
    public const string Json = "application/json";

    /// <summary>JSON-LD 1.1, section 6.1.</summary>
    private const string ContextRelation = "http://www.w3.org/ns/json-ld#context";

    private JsonLdContext? _context;

    /// <summary>Something the broker does by itself, in the names of a context.</summary>
    public static NgsiLdCall OwnOf(NgsiLdServices services, string tenant, JsonLdContext context, CancellationToken cancel) => new(new DefaultHttpContext { RequestAborted = cancel }, services, tenant) { _context = context };

    public HttpContext Http => http;

    public HttpRequest Request => http.Request;

    public CancellationToken Cancel => http.RequestAborted;

    /// <summary>The tenant whose entities are meant: that of the request, or the space of its snapshot.</summary>
    public string Tenant => snapshot?.Space ?? tenant;

    /// <summary>The tenant of the request, also where its snapshot is meant: contexts are those of the tenant.</summary>
    public string Owner => tenant;

    /// <summary>The snapshot addressed; null for none.</summary>
    public Snapshot? Snapshot => snapshot;

    /// <summary>Whether the request stays at this broker: it says so, or it is about a snapshot (clauses 5.5.13 and 5.5.15).</summary>
    public bool IsLocal => snapshot is not null || Flag("local");

    public ICityStore Store => services.Store;

    public IHistory History => services.History;

    public NgsiLdServices Services => services;

    /// <summary>The names of the request. Known after the body or the context was read.</summary>
    public JsonLdContext Context => _context ?? throw new InvalidOperationException("The context was not read yet.");

    /// <summary>Refuses parameters the operation does not know, clause 6.3.2.</summary>
    public void Accept(params ReadOnlySpan<string> parameters)
    {
        foreach (var (name, _) in Request.Query)
            if (!parameters.Contains(name)) throw NgsiLdException.InvalidRequest($"The operation has no parameter {name}.");
    }

    /// <summary>A parameter that is there once and not empty; null where it is not there.</summary>
    public string? Parameter(string name)
    {
        var values = Request.Query[name];
        if (values.Count == 0) return null;
        if (values.Count > 1) throw NgsiLdException.InvalidRequest($"The parameter {name} is there {values.Count} times.");
        return values[0] is { Length: > 0 } text ? text : throw NgsiLdException.BadRequestData($"The parameter {name} is empty.");
    }

    public bool Flag(string name) => Parameter(name) switch
    {
        null => false,
        { } text when bool.TryParse(text, out var value) => value,
        _ => throw NgsiLdException.BadRequestData($"The parameter {name} is neither true nor false."),
    };

    public int Number(string name, int usual, int least, int most)
    {
        if (Parameter(name) is not { } text) return usual;
        if (!int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var number) || number < least) throw NgsiLdException.BadRequestData($"The parameter {name} is not a whole number from {least} on.");
        return number <= most ? number : throw NgsiLdException.TooManyResults($"The parameter {name} is {number}; at most {most} are given at once.");
    }

    /// <summary>The words of the parameter "options".</summary>
    public IReadOnlyList<string> Options => Parameter("options")?.Split(',') ?? [];

    /// <summary>Clause 6.3.7 and 6.3.11: format and system attributes, asked for by "options" or "format".</summary>
    public Representation Representation()
    {
        var format = EntityFormat.Normalized;
        var hasSysAttrs = false;
        foreach (var option in Options)
        {
            switch (option)
            {
                case "sysAttrs": hasSysAttrs = true; break;
                case "keyValues" or "simplified": format = EntityFormat.Simplified; break;
                case "concise": format = EntityFormat.Concise; break;
                case "normalized": format = EntityFormat.Normalized; break;
                default: throw NgsiLdException.InvalidRequest($"The option {option} is not known here.");
            }
        }
        format = Parameter("format") switch
        {
            null => format,
            "normalized" => EntityFormat.Normalized,
            "concise" => EntityFormat.Concise,
            "simplified" or "keyValues" => EntityFormat.Simplified,
            var other => throw NgsiLdException.InvalidRequest($"The format {other} is not known: expected normalized, concise or simplified."),
        };
        return new() { Format = format, HasSysAttrs = hasSysAttrs };
    }

    /// <summary>How attributes come in: simplified where the request says so.</summary>
    public InputForm InputForm() =>
        Parameter("format") is "simplified" or "keyValues" || Options.Any(o => o is "keyValues" or "simplified") ? Entities.InputForm.Simplified : Entities.InputForm.Normalized;

    /// <summary>The parameters that say what of entities is told, and how.</summary>
    public static readonly string[] TellParameters = ["pick", "omit", "options", "format", "lang", "geometryProperty", "join", "joinLevel", "containedBy"];

    /// <summary>What of entities is told and how: format, attributes, languages, instances, geometry (clauses 4.5, 4.15, 4.21).</summary>
    public Representation Told(string type) => Told(
        type, Parameter("attrs"), Parameter("pick"), Parameter("omit"), Parameter("lang"), Parameter("datasetId") is { } datasets ? RequestLists.DatasetIds(datasets) : null);

    /// <summary>The same, as far as a query sent as a document says it.</summary>
    public Representation Told(string type, JsonElement body) => Told(
        type, EntityQueryReader.Joined(body, "attrs"), EntityQueryReader.Joined(body, "pick"), EntityQueryReader.Joined(body, "omit"), EntityQueryReader.Text(body, "lang") ?? Parameter("lang"), EntityQueryReader.Texts(body, "datasetId")?.ToHashSet());

    private Representation Told(string type, string? attrs, string? pick, string? omit, string? languages, IReadOnlySet<string>? datasets)
    {
        var (attributes, picked, omitted) = (
            attrs is null ? null : Projection.Attrs(attrs, Context), pick is null ? null : Projection.Pick(pick, Context), omit is null ? null : Projection.Omit(omit, Context));
        Projection.CheckTogether(picked, omitted, attributes);
        return Representation() with
        {
            Attrs = attributes?.Members,
            Pick = picked?.Members,
            Omit = omitted?.Members,
            Languages = languages is null ? null : RequestLists.Languages(languages),
            Datasets = datasets,
            GeometryProperty = type == GeoJson ? Context.Expand(Parameter("geometryProperty") ?? "location")
                : Parameter("geometryProperty") is null ? null : throw NgsiLdException.BadRequestData($"geometryProperty is only for answers in {GeoJson}."),
        };
    }

    public static void CheckId(string id)
    {
        if (!EntityReader.IsUri(id)) throw NgsiLdException.BadRequestData($"{id} is not a URI: expected for example urn:ngsi-ld:Building:1.");
    }

    /// <summary>An entity that is there and of the type the request names, if it names one; else it counts as not there.</summary>
    public Entity Gate(Entity? entity, string id)
    {
        if (entity is null || (Parameter("type") is { } types && !TypeSelection.Parse(types, Context).Matches(entity.Types))) throw NgsiLdException.ResourceNotFound(id);
        return entity;
    }

    /// <summary>Changes one entity; a refusal is thrown.</summary>
    public async Task ChangeAsync(string id, Func<Entity?, DateTimeOffset, Entity?> apply)
    {
        var outcomes = await Store.WriteAsync(Tenant, [new(id, apply)], Cancel);
        if (outcomes[0].Refusal is { } refusal) throw refusal;
    }

    /// <summary>Answers an update: nothing to say where all was done, 207 with what was not otherwise.</summary>
    public Task UpdatedAsync(UpdateResult result) => result.NotUpdated.Count == 0 ? DoneAsync() : UpdatedInPartAsync(result);

    /// <summary>207 with what was updated and what was not, ETSI GS CIM 009, 5.2.18 UpdateResult.</summary>
    public Task UpdatedInPartAsync(UpdateResult result) => WriteAsync(
        Json,
        json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("updated"u8);
            foreach (var name in result.Updated) json.WriteStringValue(name);
            json.WriteEndArray();
            json.WriteStartArray("notUpdated"u8);
            foreach (var (name, reason, registration) in result.NotUpdated)
            {
                json.WriteStartObject();
                json.WriteString("attributeName"u8, name);
                json.WriteString("reason"u8, reason);
                if (registration is not null) json.WriteString("registrationId"u8, registration);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        },
        StatusCodes.Status207MultiStatus,
        hasContext: false);

    /// <summary>Reads the body and the names it is in: from itself where it is JSON-LD, otherwise from the Link header (clause 6.3.5).</summary>
    public async ValueTask<JsonElement> ReadBodyAsync()
    {
        var body = await ReadPlainBodyAsync();
        if (_context is null) await ReadContextAsync(MediaType(Request.ContentType) == LdJson, body);
        return body;
    }

    /// <summary>Reads the body without regard to the names it is in.</summary>
    public async ValueTask<JsonElement> ReadPlainBodyAsync()
    {
        var type = string.IsNullOrEmpty(Request.ContentType) ? Json : MediaType(Request.ContentType);
        if (type is not (Json or LdJson) && !(type == "application/merge-patch+json" && HttpMethods.IsPatch(Request.Method)))
            throw new NgsiLdException("UnsupportedMediaType", 415, "The media type of the request is not supported.", $"Expected {Json} or {LdJson}.");
        var body = new byte[Request.ContentLength ?? 0];
        await Request.Body.ReadExactlyAsync(body, Cancel);
        try
        {
            return PlainJson.Parse(body);
        }
        catch (JsonException fault)
        {
            throw NgsiLdException.InvalidRequest(fault.LineNumber is null ? $"The body {fault.Message}." : $"The body is not JSON: line {fault.LineNumber + 1}, byte {fault.BytePositionInLine + 1}.");
        }
    }

    /// <summary>Reads the names of a request without a body.</summary>
    public async ValueTask ReadContextAsync() => _context ??= await LinkedContextAsync();

    private async ValueTask ReadContextAsync(bool isLd, JsonElement body)
    {
        var inner = body.ValueKind == JsonValueKind.Object && body.TryGetProperty("@context", out var found) ? found : (JsonElement?)null;
        if (isLd)
        {
            if (LinkOfContext() is not null) throw NgsiLdException.BadRequestData("A body in JSON-LD brings its @context itself; a Link header must not give another.");
            if (body.ValueKind == JsonValueKind.Object && inner is null) throw NgsiLdException.BadRequestData("A body in JSON-LD needs an @context.");
            _context = inner is { } given ? await services.Contexts.ReadAsync(tenant, given, Cancel) : JsonLdContext.Core;
            return;
        }
        if (inner is not null) throw NgsiLdException.BadRequestData($"A body in plain JSON must not have an @context: send it as {LdJson} or name the context in a Link header.");
        _context = await LinkedContextAsync();
    }

    /// <summary>The names of one part of a batch, which may bring its own.</summary>
    public async ValueTask<JsonLdContext> ContextOfAsync(JsonElement part)
    {
        if (part.ValueKind != JsonValueKind.Object) return Context;
        var isLd = MediaType(Request.ContentType) == LdJson;
        if (!part.TryGetProperty("@context", out var inner)) return isLd ? throw NgsiLdException.BadRequestData("An entity in JSON-LD needs an @context.") : Context;
        return isLd ? await services.Contexts.ReadAsync(tenant, inner, Cancel) : throw NgsiLdException.BadRequestData("An entity in plain JSON must not have an @context.");
    }

    private async ValueTask<JsonLdContext> LinkedContextAsync() =>
        LinkOfContext() is { } url ? await services.Contexts.ReadAsync(tenant, JsonSerializer.SerializeToElement(url), Cancel) : JsonLdContext.Core;

    /// <summary>The Link header that names a context, clause 6.3.5.</summary>
    public static string ContextLink(string address) => $"<{address}>; rel=\"{ContextRelation}\"; type=\"{LdJson}\"";

    /// <summary>The address of the context in a Link header; null where there is none.</summary>
    private string? LinkOfContext()
    {
        string? found = null;
        foreach (var header in Request.Headers.Link)
            foreach (var link in (header ?? "").Split(','))
            {
                if (!link.Contains(ContextRelation, StringComparison.Ordinal)) continue;
                var (from, to) = (link.IndexOf('<'), link.IndexOf('>'));
                if (from < 0 || to < from) throw NgsiLdException.BadRequestData("The Link header has no address between < and >.");
                if (found is not null) throw NgsiLdException.BadRequestData("The Link headers name more than one context.");
                found = link[(from + 1)..to];
            }
        return found;
    }

    /// <summary>The media type of the answer, clause 6.3.4.</summary>
    public string AcceptedType(bool hasGeoJson = false)
    {
        var header = Request.Headers.Accept;
        if (StringValues.IsNullOrEmpty(header)) return Json;
        var ranges = string.Join(',', header.ToArray()).Split(',').Select(range =>
        {
            var parts = range.Split(';');
            var quality = 1.0;
            foreach (var part in parts.Skip(1))
                if (part.Trim() is ['q', '=', .. var q] && double.TryParse(q, CultureInfo.InvariantCulture, out var told)) quality = told;
            return (Type: parts[0].Trim(), Quality: quality);
        }).ToList();
        // Of those wanted alike the first of the standard's list; what is named counts before what a wildcard allows (RFC 9110, section 12.5.1).
        string? best = null;
        var most = 0.0;
        foreach (var type in hasGeoJson ? (string[])[Json, LdJson, GeoJson] : [Json, LdJson])
        {
            var quality = ranges.Where(r => r.Type == type).Select(r => (double?)r.Quality).FirstOrDefault()
                ?? ranges.Where(r => r.Type is "application/*").Select(r => (double?)r.Quality).FirstOrDefault()
                ?? ranges.Where(r => r.Type is "*/*").Select(r => (double?)r.Quality).FirstOrDefault() ?? 0;
            if (quality > most) (best, most) = (type, quality);
        }
        return best ?? throw new NgsiLdException("NotAcceptable", 406, "None of the media types asked for can be given.", $"Expected {Json} or {LdJson}{(hasGeoJson ? $" or {GeoJson}" : "")}.");
    }

    public static string MediaType(string? header)
    {
        var type = header ?? "";
        var end = type.IndexOf(';');
        return (end < 0 ? type : type[..end]).Trim().ToLowerInvariant();
    }

    /// <summary>Answers without a body.</summary>
    public Task DoneAsync(int status = StatusCodes.Status204NoContent)
    {
        http.Response.StatusCode = status;
        if (status == StatusCodes.Status201Created) http.Response.ContentLength = 0;
        return Task.CompletedTask;
    }

    /// <summary>Answers that something was made, and where; the path without the root of the API.</summary>
    public Task CreatedAsync(string path)
    {
        http.Response.Headers.Location = $"{Request.PathBase}{NgsiLdApi.Root}/{Escaped(path)}";
        return DoneAsync(StatusCodes.Status201Created);
    }

    /// <summary>A path as a header can carry it: only what is not ASCII is escaped, ids are told as they are.</summary>
    private static string Escaped(string path) => Ascii.IsValid(path) ? path : string.Concat(path.EnumerateRunes().Select(r => r.IsAscii ? r.ToString() : Uri.EscapeDataString(r.ToString())));

    /// <summary>The member that carries the context in an answer in JSON-LD.</summary>
    public void WriteContext(Utf8JsonWriter json)
    {
        json.WritePropertyName("@context"u8);
        Context.Source.WriteTo(json);
    }

    /// <summary>Whether an answer in GeoJSON carries its context in the body: unless the request prefers it in the Link header, clause 6.3.6.</summary>
    public bool PrefersContext => Request.Headers["Prefer"].ToString() is var prefer && (!prefer.Contains("body=json", StringComparison.Ordinal) || prefer.Contains("body=ld+json", StringComparison.Ordinal));

    /// <summary>Answers with JSON; in plain JSON the context goes into the Link header, clause 6.3.6.</summary>
    public async Task WriteAsync(string type, Action<Utf8JsonWriter> write, int status = StatusCodes.Status200OK, bool hasContext = true)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        await using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer)) write(json);
        if (hasContext && type != LdJson && _context?.Source is { ValueKind: JsonValueKind.String } address)
            http.Response.Headers.Append("Link", ContextLink(address.GetString()!));
        http.Response.StatusCode = status;
        http.Response.ContentType = type;
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.Body.WriteAsync(buffer.WrittenMemory, Cancel);
    }

    /// <summary>Answers with entities: an array, or a FeatureCollection (clause 4.5.17), which has the context in its body unless the request prefers it in the Link header.</summary>
    public Task WriteEntitiesAsync(string type, Action<Utf8JsonWriter> entities, int status = StatusCodes.Status200OK) => WriteAsync(
        type,
        json =>
        {
            if (type == GeoJson)
            {
                json.WriteStartObject();
                json.WriteString("type"u8, "FeatureCollection"u8);
                json.WritePropertyName("features"u8);
            }
            json.WriteStartArray();
            entities(json);
            json.WriteEndArray();
            if (type != GeoJson) return;
            if (PrefersContext) WriteContext(json);
            json.WriteEndObject();
        },
        status);

    /// <summary>Answers with an object: members of its own and, in JSON-LD, the context.</summary>
    public Task WriteObjectAsync(string type, Action<Utf8JsonWriter> members, int status = StatusCodes.Status200OK) => WriteAsync(type, json => WriteObject(json, type, members), status);

    /// <summary>Answers with an array of such objects.</summary>
    public Task WriteListAsync<T>(string type, IEnumerable<T> list, Action<Utf8JsonWriter, T> members) => WriteAsync(type, json =>
    {
        json.WriteStartArray();
        foreach (var one in list) WriteObject(json, type, json => members(json, one));
        json.WriteEndArray();
    });

    private void WriteObject(Utf8JsonWriter json, string type, Action<Utf8JsonWriter> members)
    {
        json.WriteStartObject();
        members(json);
        if (type == LdJson) WriteContext(json);
        json.WriteEndObject();
    }
}

/// <summary>What all operations work with.</summary>
internal sealed record NgsiLdServices(
    ICityStore Store, IHistory History, ContextReader Contexts, ContextDocuments Documents, PagePositions Positions, Subscriptions.SubscriptionBook Subscriptions, ContextSources Sources, SnapshotBook Snapshots, TimeProvider Clock);
