using Michi.CityOs.Api;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;

namespace Michi.CityOs.Snapshots;

/// <summary>ETSI GS CIM 009, 5.16.7 Purge Snapshots: takes away those whose members answer a query.</summary>
internal static class PurgeSnapshots
{
    /// <summary>Members of tables 5.2.41-1 and 5.2.41-2 that a query can ask for.</summary>
    private static readonly HashSet<string> Members =
    [
        .. ((string[])["id", "type", "snapshotQueries", "snapshotTemporalQueries", "snapshotPriority", "snapshotLifetime", "endpoint", "receiverInfo", "snapshotStatus", "snapshotQueriesDetails", "snapshotTemporalQueriesDetails", "createdAt", "modifiedAt", "expiresAt", "lastUsedAt"])
            .Select(JsonLdContext.Core.Expand),
    ];

    public static async Task HandleAsync(NgsiLdCall call)
    {
        call.Accept("q", "local", "via");
        await call.ReadContextAsync();
        var query = QFilter.Parse(call.Parameter("q") ?? throw NgsiLdException.BadRequestData("The parameter q is needed: it says which snapshots go."), JsonLdContext.Core);
        if (query.Hops > 0 || query.Names.FirstOrDefault(n => !Members.Contains(n)) is not null) throw NgsiLdException.BadRequestData("q can only ask for members of snapshots, such as snapshotPriority<5.");
        var snapshots = call.Services.Snapshots;
        var found = (await snapshots.ListAsync(call.Tenant, call.Cancel)).Where(s => query.Matches(s.Describe())).ToList();
        if (found.Count == 0) throw NgsiLdException.ResourceNotFound("A snapshot that answers q");
        foreach (var snapshot in found) await snapshots.RemoveAsync(call.Tenant, snapshot, isTold: false, call.Cancel);
        await call.DoneAsync();
    }
}
