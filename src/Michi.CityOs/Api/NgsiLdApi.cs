using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.Api;

/// <summary>The NGSI-LD API, ETSI GS CIM 009 V1.9.1, clause 6: finds the operation of a request, who may ask for it, and tells refusals in the standard's words.</summary>
internal sealed class NgsiLdApi(NgsiLdServices services, CityOsAccess access, ILogger<NgsiLdApi> log)
{
    public const string Root = "/ngsi-ld/v1";

    private delegate Task Operation(NgsiLdCall call, string first, string second);

    /// <summary>Operations by method and path, "*" standing for a part that is given to them.</summary>
    private static readonly Dictionary<string, Operation> Operations = new(StringComparer.Ordinal)
    {
        ["POST entities"] = (c, _, _) => CreateEntity.HandleAsync(c),
        ["GET entities/*"] = (c, id, _) => RetrieveEntity.HandleAsync(c, id),
        ["DELETE entities/*"] = (c, id, _) => DeleteEntity.HandleAsync(c, id),
        ["PUT entities/*"] = (c, id, _) => ReplaceEntity.HandleAsync(c, id),
        ["PATCH entities/*"] = (c, id, _) => MergeEntity.HandleAsync(c, id),
        ["POST entities/*/attrs"] = (c, id, _) => AppendAttributes.HandleAsync(c, id),
        ["PATCH entities/*/attrs"] = (c, id, _) => UpdateAttributes.HandleAsync(c, id),
        ["PATCH entities/*/attrs/*"] = (c, id, name) => UpdateAttribute.HandleAsync(c, id, name),
        ["PUT entities/*/attrs/*"] = (c, id, name) => ReplaceAttribute.HandleAsync(c, id, name),
        ["DELETE entities/*/attrs/*"] = (c, id, name) => DeleteAttribute.HandleAsync(c, id, name),
        ["POST entityOperations/create"] = (c, _, _) => BatchEntities.HandleAsync(c, BatchKind.Create),
        ["POST entityOperations/upsert"] = (c, _, _) => BatchEntities.HandleAsync(c, BatchKind.Upsert),
        ["POST entityOperations/update"] = (c, _, _) => BatchEntities.HandleAsync(c, BatchKind.Update),
        ["POST entityOperations/merge"] = (c, _, _) => BatchEntities.HandleAsync(c, BatchKind.Merge),
        ["POST entityOperations/delete"] = (c, _, _) => BatchEntities.DeleteAsync(c),
    };

    /// <summary>The methods each path knows, for 405.</summary>
    private static readonly ILookup<string, string> Methods = Operations.Keys.ToLookup(k => k[(k.IndexOf(' ') + 1)..], k => k[..k.IndexOf(' ')]);

    public async Task HandleAsync(HttpContext http)
    {
        try
        {
            var method = HttpMethods.IsHead(http.Request.Method) ? HttpMethods.Get : http.Request.Method;
            if (method is "POST" or "PUT" or "PATCH" && http.Request.ContentLength is null)
                throw new NgsiLdException("LengthRequired", 411, "The request needs a Content-Length.");
            // A request too large is refused before it is read.
            var size = http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
            if (http.Request.ContentLength > size) throw new NgsiLdException("PayloadTooLarge", 413, "The body of the request is too large.", $"At most {size} bytes are taken at once.");
            var parts = PartsOf(http.Request.Path);
            var pattern = PatternOf(parts);
            if (!Methods.Contains(pattern)) throw NgsiLdException.ResourceNotFound(http.Request.Path.ToString());
            if (!Operations.TryGetValue($"{method} {pattern}", out var operation))
            {
                http.Response.Headers.Allow = string.Join(", ", Methods[pattern]);
                throw new NgsiLdException("MethodNotAllowed", 405, "The resource does not know this method.", $"Expected {string.Join(" or ", Methods[pattern])}.");
            }
            var tenant = await access.TenantAsync(http, method == "GET" || pattern.EndsWith("/query", StringComparison.Ordinal));
            if (tenant.Length > 0) http.Response.Headers["NGSILD-Tenant"] = tenant;
            await operation(new NgsiLdCall(http, services, tenant), parts.Length > 1 ? parts[1] : "", parts.Length > 3 ? parts[3] : "");
        }
        catch (NgsiLdException refusal)
        {
            await RefuseAsync(http, refusal);
        }
        catch (BadHttpRequestException fault)
        {
            await RefuseAsync(http, new NgsiLdException("InvalidRequest", fault.StatusCode, "The request could not be read.", fault.Message));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            Log.Failed(log, fault, http.Request.Method, http.Request.Path);
            await RefuseAsync(http, new NgsiLdException("InternalError", 500, "There has been an error during the operation execution.", "The error was logged."));
        }
    }

    private static string[] PartsOf(PathString path)
    {
        var text = path.Value![Root.Length..].Trim('/');
        return text.Length == 0 ? [] : [.. text.Split('/').Select(p => p.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>The shape of a path: ids, names and keys become "*". An id may have slashes only where they are escaped.</summary>
    private static string PatternOf(string[] parts) => parts switch
    {
        ["entities", _] => "entities/*",
        ["entities", _, "attrs"] => "entities/*/attrs",
        ["entities", _, "attrs", _] => "entities/*/attrs/*",
        ["entityOperations", var operation] => $"entityOperations/{operation}",
        [var one] => one,
        [var one, _] => $"{one}/*",
        _ => string.Join('/', parts),
    };

    private static async Task RefuseAsync(HttpContext http, NgsiLdException refusal)
    {
        if (http.Response.HasStarted) return;
        var buffer = new ArrayBufferWriter<byte>(256);
        await using (var json = new Utf8JsonWriter(buffer, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, refusal.Type);
            json.WriteString("title"u8, refusal.Title);
            if (refusal.Detail is { } detail) json.WriteString("detail"u8, detail);
            json.WriteNumber("status"u8, refusal.Status);
            json.WriteEndObject();
        }
        http.Response.StatusCode = refusal.Status;
        http.Response.ContentType = NgsiLdCall.Json;
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }
}

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    public static partial void Failed(ILogger log, Exception fault, string method, string path);
}
