using Michi.CityOs.Api;

namespace Michi.CityOs.Snapshots;

/// <summary>Operations on snapshots, by method and path (ETSI GS CIM 009, 6.36 to 6.38), and the snapshot a request is about (6.3.22).</summary>
internal static class SnapshotApi
{
    /// <summary>Names the snapshot a request is about.</summary>
    public const string Header = "NGSILD-Snapshot";

    public static readonly Dictionary<string, NgsiLdApi.Operation> Operations = new(StringComparer.Ordinal)
    {
        ["POST snapshots"] = (c, _) => CreateSnapshot.HandleAsync(c),
        ["DELETE snapshots"] = (c, _) => PurgeSnapshots.HandleAsync(c),
        ["GET snapshots/*"] = (c, p) => RetrieveSnapshot.HandleAsync(c, p[0]),
        ["PATCH snapshots/*"] = (c, p) => UpdateSnapshot.HandleAsync(c, p[0]),
        ["DELETE snapshots/*"] = (c, p) => DeleteSnapshot.HandleAsync(c, p[0]),
        ["POST snapshots/*/clone"] = (c, p) => CloneSnapshot.HandleAsync(c, p[0]),
    };

    /// <summary>A call about what a request names: a snapshot of the tenant, or the tenant itself.</summary>
    /// <param name="resource">First part of the path.</param>
    public static async ValueTask<NgsiLdCall> CallAsync(Microsoft.AspNetCore.Http.HttpContext http, NgsiLdServices services, string tenant, string resource)
    {
        var id = http.Request.Headers[Header].ToString();
        if (id.Length == 0 || resource is "snapshots" or "jsonldContexts" or "info") return new(http, services, tenant);
        if (resource is not ("entities" or "entityOperations" or "entityMaps" or "temporal" or "types" or "attributes" or "subscriptions"))
            throw NgsiLdException.OperationNotSupported($"Snapshots have no {resource}: send the request without {Header}.");
        NgsiLdCall.CheckId(id);
        var snapshot = await services.Snapshots.FindAsync(tenant, id, http.RequestAborted);
        services.Snapshots.Use(tenant, snapshot);
        http.Response.Headers[Header] = id;
        return new(http, services, tenant, snapshot);
    }
}
