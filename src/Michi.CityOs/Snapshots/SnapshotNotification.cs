using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.Subscriptions;

namespace Michi.CityOs.Snapshots;

/// <summary>Tells the endpoint of a snapshot how it stands, ETSI GS CIM 009, 5.3.4 and 5.16.6. Tried once: the status can be asked for at any time.</summary>
internal static class SnapshotNotification
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public static async Task SendAsync(NotificationSender sender, string tenant, Snapshot snapshot, DateTimeOffset now, CancellationToken cancel)
    {
        if (snapshot.Told["endpoint"]?.GetValue<string>() is not { } address) return;
        List<KeyValuePair<string, string>> info = [.. snapshot.Told["receiverInfo"]?.AsArray().Select(p => KeyValuePair.Create(p!["key"]!.GetValue<string>(), p["value"]!.GetValue<string>())) ?? []];
        var endpoint = new NotificationEndpoint(new Uri(address), NgsiLdCall.Json, Timeout, null, info, []);
        var message = NotificationMessage.Write(endpoint, NgsiLdCall.Json, tenant, null, json =>
        {
            json.WriteString("id"u8, $"urn:ngsi-ld:SnapshotNotification:{Guid.NewGuid()}");
            json.WriteString("type"u8, "SnapshotNotification"u8);
            json.WriteString("snapshotId"u8, snapshot.Id);
            json.WriteString("notifiedAt"u8, EntityWriter.Text(now));
            // The table of notifications calls one of them otherwise than that of snapshots.
            foreach (var (member, name) in ((string, string)[])[("snapshotStatus", "snapshotStatus"), ("snapshotPriority", "snapshotPriority"), ("expiresAt", "expiresAt"), ("snapshotQueriesDetails", "snapshotQueriesDetails"), ("snapshotTemporalQueriesDetails", "temporalSnapshotQueriesDetails")])
            {
                if (snapshot.Told[member] is not { } value) continue;
                json.WritePropertyName(name);
                value.WriteTo(json, PlainJson.Serializer);
            }
        });
        await sender.SendAsync(endpoint, message, cancel);
    }
}
