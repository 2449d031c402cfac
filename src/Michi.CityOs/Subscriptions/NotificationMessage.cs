using System.Buffers;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Snapshots;

namespace Michi.CityOs.Subscriptions;

/// <summary>A notification ready to be sent.</summary>
/// <param name="Headers">Beside Content-Type.</param>
internal sealed record NotificationMessage(string ContentType, IReadOnlyList<KeyValuePair<string, string>> Headers, ReadOnlyMemory<byte> Body)
{
    /// <summary>Writes a notification as its endpoint takes it, clauses 6.3.9 and 7.2.</summary>
    /// <param name="link">Address of the context, told beside what is no JSON-LD; null where it has none.</param>
    /// <param name="members">Writes the members of the notification.</param>
    /// <param name="snapshot">Id of the snapshot it is about (clause 6.3.22); null for none.</param>
    public static NotificationMessage Write(NotificationEndpoint endpoint, string contentType, string tenant, string? link, Action<Utf8JsonWriter> members, string? snapshot = null)
    {
        List<KeyValuePair<string, string>> headers = [];
        if (contentType != NgsiLdCall.LdJson && link is not null) headers.Add(new("Link", NgsiLdCall.ContextLink(link)));
        if (tenant.Length > 0) headers.Add(new("NGSILD-Tenant", tenant));
        if (snapshot is not null) headers.Add(new(SnapshotApi.Header, snapshot));
        headers.AddRange(endpoint.ReceiverInfo);
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer))
        {
            if (endpoint.IsMqtt)
            {
                // What HTTP has in its header stands beside the notification.
                json.WriteStartObject();
                json.WriteStartObject("metadata"u8);
                json.WriteString("Content-Type"u8, contentType);
                foreach (var (key, value) in headers) json.WriteString(key, value);
                json.WriteEndObject();
                json.WritePropertyName("body"u8);
            }
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
            if (endpoint.IsMqtt) json.WriteEndObject();
        }
        return new(contentType, headers, buffer.WrittenMemory);
    }
}
