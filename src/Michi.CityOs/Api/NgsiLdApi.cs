using System.Buffers;
using System.Text.Json;
using Michi.CityOs.Snapshots;
using Michi.CityOs.Sources;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Michi.CityOs.Api;

/// <summary>The NGSI-LD API, ETSI GS CIM 009 V1.9.1, clause 6: finds the operation of a request, who may ask for it, and tells refusals in the standard's words.</summary>
internal sealed class NgsiLdApi(NgsiLdServices services, CityOsAccess access, ILogger<NgsiLdApi> log)
{
    public const string Root = "/ngsi-ld/v1";

    private static readonly TimeSpan ReportEvery = TimeSpan.FromMinutes(1);

    private long _reportedAt;

    /// <summary>Answers a request; <paramref name="parts"/> are the parts of the path that stand for "*" in its pattern.</summary>
    internal delegate Task Operation(NgsiLdCall call, string[] parts);

    /// <summary>Operations on entities by method and path.</summary>
    private static readonly Dictionary<string, Operation> Entities = new(StringComparer.Ordinal)
    {
        ["POST entities"] = (c, _) => CreateEntity.HandleAsync(c),
        ["GET entities"] = (c, _) => QueryEntities.HandleAsync(c),
        ["DELETE entities"] = (c, _) => PurgeEntities.HandleAsync(c),
        ["POST entityOperations/query"] = (c, _) => QueryEntities.HandleDocumentAsync(c),
        ["PUT entities"] = (_, _) => throw NgsiLdException.BadRequestData("The path needs the id of an entity."),
        ["PATCH entities"] = (_, _) => throw NgsiLdException.BadRequestData("The path needs the id of an entity."),
        ["GET entities/*"] = (c, p) => RetrieveEntity.HandleAsync(c, p[0]),
        ["DELETE entities/*"] = (c, p) => DeleteEntity.HandleAsync(c, p[0]),
        ["PUT entities/*"] = (c, p) => ReplaceEntity.HandleAsync(c, p[0]),
        ["PATCH entities/*"] = (c, p) => MergeEntity.HandleAsync(c, p[0]),
        ["POST entities/*/attrs"] = (c, p) => AppendAttributes.HandleAsync(c, p[0]),
        ["PATCH entities/*/attrs"] = (c, p) => UpdateAttributes.HandleAsync(c, p[0]),
        ["PATCH entities/*/attrs/*"] = (c, p) => UpdateAttribute.HandleAsync(c, p[0], p[1]),
        ["PUT entities/*/attrs/*"] = (c, p) => ReplaceAttribute.HandleAsync(c, p[0], p[1]),
        ["DELETE entities/*/attrs/*"] = (c, p) => DeleteAttribute.HandleAsync(c, p[0], p[1]),
        ["GET types"] = (c, _) => DiscoverTypes.TypesAsync(c),
        ["GET types/*"] = (c, p) => DiscoverTypes.TypeAsync(c, p[0]),
        ["GET attributes"] = (c, _) => DiscoverTypes.AttributesAsync(c),
        ["GET attributes/*"] = (c, p) => DiscoverTypes.AttributeAsync(c, p[0]),
        ["POST entityOperations/create"] = (c, _) => BatchEntities.HandleAsync(c, BatchKind.Create),
        ["POST entityOperations/upsert"] = (c, _) => BatchEntities.HandleAsync(c, BatchKind.Upsert),
        ["POST entityOperations/update"] = (c, _) => BatchEntities.HandleAsync(c, BatchKind.Update),
        ["POST entityOperations/merge"] = (c, _) => BatchEntities.HandleAsync(c, BatchKind.Merge),
        ["POST entityOperations/delete"] = (c, _) => BatchEntities.DeleteAsync(c),
    };

    /// <summary>All operations, by the parts of their paths.</summary>
    private static readonly Node Paths = Node.Of([Entities, JsonLdContexts.Operations, SubscriptionApi.Operations, SourceApi.Operations, SnapshotApi.Operations, Temporal.TemporalApi.Operations]);

    public Task HandleAsync(HttpContext http) => AnswerAsync(http, async () =>
        {
            var method = HttpMethods.IsHead(http.Request.Method) ? HttpMethods.Get : http.Request.Method;
            if (method is "POST" or "PUT" or "PATCH" && http.Request.ContentLength is null)
            {
                http.Response.StatusCode = StatusCodes.Status411LengthRequired;
                return;
            }
            // A request too large is refused before it is read.
            var size = http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
            if (http.Request.ContentLength > size) throw new NgsiLdException("PayloadTooLarge", 413, "The body of the request is too large.", $"At most {size} bytes are taken at once.");
            CheckPath(http.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "");
            List<string> parts = [];
            var path = PartsOf(http.Request.Path);
            var node = Paths.Find(path, parts) ?? throw NgsiLdException.ResourceNotFound(http.Request.Path.ToString());
            if (!node.Operations.TryGetValue(method, out var operation))
            {
                http.Response.Headers.Allow = string.Join(", ", node.Operations.Keys);
                throw new NgsiLdException("MethodNotAllowed", 405, "The resource does not know this method.", $"Expected {string.Join(" or ", node.Operations.Keys)}.");
            }
            var tenant = await access.TenantAsync(http, method == "GET" || node.IsQuery);
            if (tenant.Length > 0) http.Response.Headers["NGSILD-Tenant"] = tenant;
            if (!node.MakesTenant(method) && tenant.Length > 0 && !await services.Store.HasTenantAsync(tenant, http.RequestAborted)) throw NgsiLdException.NonexistentTenant(tenant);
            await DistributedWrite.RunAsync(await SnapshotApi.CallAsync(http, services, tenant, path[0]), method, path, [.. parts], operation);
        });

    /// <summary>Does what a request asks, and tells in the standard's words why it was not done.</summary>
    public async Task AnswerAsync(HttpContext http, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (NgsiLdException refusal)
        {
            if (refusal.InnerException is { } cause) ReportStorage(cause, http.Request);
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
        catch (Exception fault) when (!http.Response.HasStarted && fault is not IOException && StorageFault.Of(fault) is { } refusal)
        {
            ReportStorage(fault, http.Request);
            await RefuseAsync(http, refusal);
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            Log.RequestFailed(log, fault, http.Request.Method, http.Request.Path);
            await RefuseAsync(http, new NgsiLdException("InternalError", 500, "There has been an error during the operation execution.", "The error was logged."));
        }
    }

    /// <summary>A full disk is told once a minute, not with every write it makes fail.</summary>
    private void ReportStorage(Exception fault, HttpRequest request)
    {
        var (now, last) = (services.Clock.GetTimestamp(), Interlocked.Read(ref _reportedAt));
        if (last != 0 && services.Clock.GetElapsedTime(last, now) < ReportEvery) return;
        if (Interlocked.CompareExchange(ref _reportedAt, now, last) == last) Log.StorageFailed(log, fault, request.Method, request.Path);
    }

    /// <summary>A part "." or ".." is no name (clause 4.6.2), and the server leaves it out of the path: the request would mean something else than it says.</summary>
    private static void CheckPath(string target)
    {
        if (!target.Contains("/.", StringComparison.Ordinal) && !target.Contains("/%2e", StringComparison.OrdinalIgnoreCase)) return;
        var end = target.IndexOf('?', StringComparison.Ordinal);
        foreach (var part in (end < 0 ? target : target[..end]).Split('/'))
            if (part.Length is > 0 and <= 6 && part.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..") throw NgsiLdException.BadRequestData($"{part} in the path is no name.");
    }

    private static string[] PartsOf(PathString path)
    {
        var text = path.Value![Root.Length..].Trim('/');
        return text.Length == 0 ? [] : [.. text.Split('/').Select(p => p.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase))];
    }

    /// <summary>One part of the paths, and what can follow it.</summary>
    private sealed class Node
    {
        private readonly Dictionary<string, Node> _next = new(StringComparer.Ordinal);

        public Dictionary<string, Operation> Operations { get; } = new(StringComparer.Ordinal);

        /// <summary>Whether a POST here only reads.</summary>
        public bool IsQuery { get; private init; }

        private bool IsCreation { get; init; }

        public static Node Of(IEnumerable<Dictionary<string, Operation>> tables)
        {
            var root = new Node();
            foreach (var (path, operation) in tables.SelectMany(t => t))
            {
                var (method, node) = (path[..path.IndexOf(' ')], root);
                foreach (var part in path[(path.IndexOf(' ') + 1)..].Split('/'))
                {
                    if (!node._next.TryGetValue(part, out var next)) node._next[part] = next = new Node { IsQuery = part is "query" or "entityMaps", IsCreation = part is "create" or "upsert", IsOfAll = node.IsOfAll || part is "jsonldContexts" or "info" };
                    node = next;
                }
                node.Operations.Add(method, operation);
            }
            return root;
        }

        /// <summary>Whether a request that makes something makes its tenant too, clause 5.5.10, or asks for what every tenant has.</summary>
        public bool MakesTenant(string method) => (method == "POST" && !IsQuery && (_next.ContainsKey("*") || IsCreation)) || IsOfAll;

        /// <summary>Contexts and the identity of the broker are there before anything else is.</summary>
        private bool IsOfAll { get; init; }

        /// <summary>The end of a path, with the parts that stand for "*"; null where there is none.</summary>
        public Node? Find(string[] path, List<string> parts)
        {
            var node = this;
            foreach (var part in path)
            {
                // A part that is itself an asterisk is a name like any other.
                if (part != "*" && node._next.TryGetValue(part, out var next)) node = next;
                else if (node._next.TryGetValue("*", out next))
                {
                    parts.Add(part);
                    node = next;
                }
                else return null;
            }
            return node.Operations.Count > 0 ? node : null;
        }
    }

    private static async Task RefuseAsync(HttpContext http, NgsiLdException refusal)
    {
        if (http.Response.HasStarted) return;
        var buffer = new ArrayBufferWriter<byte>(256);
        await using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer)) refusal.WriteTo(json);
        http.Response.StatusCode = refusal.Status;
        http.Response.ContentType = NgsiLdCall.Json;
        http.Response.ContentLength = buffer.WrittenCount;
        await http.Response.Body.WriteAsync(buffer.WrittenMemory, http.RequestAborted);
    }
}
