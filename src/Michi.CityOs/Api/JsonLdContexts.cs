using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Api;

/// <summary>ETSI GS CIM 009, 5.13: contexts that are kept and served here.</summary>
internal static class JsonLdContexts
{
    public static readonly Dictionary<string, NgsiLdApi.Operation> Operations = new(StringComparer.Ordinal)
    {
        ["POST jsonldContexts"] = (c, _) => AddAsync(c),
        ["GET jsonldContexts"] = (c, _) => ListAsync(c),
        ["GET jsonldContexts/*"] = (c, p) => ServeAsync(c, p[0]),
        ["DELETE jsonldContexts/*"] = (c, p) => DeleteAsync(c, p[0]),
    };

    /// <summary>5.13.2 Add @context.</summary>
    private static async Task AddAsync(NgsiLdCall call)
    {
        call.Accept("via");
        var body = await call.ReadPlainBodyAsync();
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("@context", out var context)) throw NgsiLdException.InvalidRequest("Expected an object with an @context.");
        await call.Services.Contexts.ReadAsync(call.Tenant, context, call.Cancel);
        var id = await call.Services.Documents.AddAsync(call.Tenant, context, ContextKind.Hosted, call.Cancel);
        await call.CreatedAsync($"jsonldContexts/{id}");
    }

    /// <summary>5.13.3 List @contexts.</summary>
    private static async Task ListAsync(NgsiLdCall call)
    {
        call.Accept("details", "kind", "via");
        ContextKind? kind = call.Parameter("kind") is not { } text ? null
            : Enum.TryParse<ContextKind>(text, ignoreCase: true, out var told) && char.IsLetter(text[0]) ? told
            : throw NgsiLdException.BadRequestData($"{text} is not a kind of context: expected Hosted, Cached or ImplicitlyCreated.");
        var isDetailed = call.Flag("details");
        var kept = (await call.Services.Documents.ListAsync(call.Tenant, call.Cancel)).Where(c => kind is null || c.Kind == kind).ToList();
        await call.WriteAsync(
            NgsiLdCall.Json,
            json =>
            {
                json.WriteStartArray();
                foreach (var context in kept)
                {
                    if (isDetailed) WriteDetails(json, call, context);
                    else json.WriteStringValue(UrlOf(call, context));
                }
                json.WriteEndArray();
            },
            hasContext: false);
    }

    /// <summary>5.13.4 Serve @context.</summary>
    private static async Task ServeAsync(NgsiLdCall call, string id)
    {
        call.Accept("details", "via");
        var isDetailed = call.Flag("details");
        if (await FindAsync(call, id) is not { } kept) throw NgsiLdException.ResourceNotFound($"The context {id}");
        if (!isDetailed && kept.Kind == ContextKind.Cached) throw NgsiLdException.OperationNotSupported($"The context {id} is a copy of {kept.Url} and is served there.");
        await call.WriteAsync(
            NgsiLdCall.Json,
            json =>
            {
                if (isDetailed) WriteDetails(json, call, kept);
                else kept.Document.WriteTo(json);
            },
            hasContext: false);
    }

    /// <summary>5.13.5 Delete and Reload @context.</summary>
    private static async Task DeleteAsync(NgsiLdCall call, string id)
    {
        call.Accept("reload", "via");
        var reloads = call.Flag("reload");
        if (CoreContext.IsCore(id) && !reloads) throw NgsiLdException.BadRequestData("The core context is built in and cannot be deleted.");
        if (await FindAsync(call, id) is not { } kept) throw reloads ? NgsiLdException.BadRequestData($"There is no context {id} to reload.") : NgsiLdException.ResourceNotFound($"The context {id}");
        if (!reloads) await call.Services.Documents.DeleteAsync(call.Tenant, kept.Id, call.Cancel);
        else if (kept.Kind != ContextKind.Cached) throw NgsiLdException.BadRequestData($"The context {id} is no copy of one elsewhere and cannot be reloaded.");
        else if (!CoreContext.IsCore(id)) await call.Services.Documents.ReloadAsync(call.Tenant, kept, call.Cancel);
        await call.DoneAsync();
    }

    private static async ValueTask<KeptContext?> FindAsync(NgsiLdCall call, string id)
    {
        if (CoreContext.IsCore(id)) return new(id, ContextKind.Cached, id, DateTimeOffset.UnixEpoch, null, CoreContext.Document);
        return await call.Services.Documents.FindAsync(call.Tenant, id, call.Cancel);
    }

    private static string UrlOf(NgsiLdCall call, KeptContext context) =>
        context.Url ?? $"{call.Request.Scheme}://{call.Request.Host}{call.Request.PathBase}{NgsiLdApi.Root}/jsonldContexts/{Uri.EscapeDataString(context.Id)}";

    private static void WriteDetails(Utf8JsonWriter json, NgsiLdCall call, KeptContext context)
    {
        var (hits, last) = call.Services.Documents.UsesOf(call.Tenant, context.Id);
        json.WriteStartObject();
        json.WriteString("URL"u8, UrlOf(call, context));
        json.WriteString("localId"u8, context.Id);
        json.WriteString("kind"u8, context.Kind.ToString());
        json.WriteString("createdAt"u8, EntityWriter.Text(context.CreatedAt));
        if (last is { } time) json.WriteString("lastUsage"u8, EntityWriter.Text(time));
        json.WriteNumber("numberOfHits"u8, hits);
        if (context.Kind != ContextKind.Cached)
        {
            json.WritePropertyName("extraInfo"u8);
            json.WriteStartObject();
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
