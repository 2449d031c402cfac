using System.Text.Json;
using Michi.CityOs.Api;

namespace Michi.CityOs.Subscriptions;

/// <summary>Where notifications go (clause 5.2.15).</summary>
internal sealed record NotificationEndpoint(Uri Uri, string Accept, TimeSpan Timeout, TimeSpan? Cooldown, IReadOnlyList<KeyValuePair<string, string>> ReceiverInfo, IReadOnlyList<KeyValuePair<string, string>> NotifierInfo)
{
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(10);

    public bool IsMqtt => Uri.Scheme is "mqtt" or "mqtts";

    /// <summary>The value of a key of notifierInfo; null where it is not there.</summary>
    public string? Notifier(string key) => NotifierInfo.FirstOrDefault(p => string.Equals(p.Key, key, StringComparison.OrdinalIgnoreCase)).Value;

    public static NotificationEndpoint Read(JsonElement endpoint) => new(
        new Uri(endpoint.GetProperty("uri").GetString()!),
        endpoint.TryGetProperty("accept", out var accept) ? accept.GetString()! : NgsiLdCall.Json,
        endpoint.TryGetProperty("timeout", out var timeout) && Milliseconds(timeout) is var told && told < LongestTimeout ? told : UsualTimeout,
        endpoint.TryGetProperty("cooldown", out var cooldown) ? Milliseconds(cooldown) : null,
        Pairs(endpoint, "receiverInfo"),
        Pairs(endpoint, "notifierInfo"));

    /// <summary>Refuses what no notification can be sent to.</summary>
    public static void CheckUri(string text, string told)
    {
        if (!System.Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.Scheme is not ("http" or "https" or "mqtt" or "mqtts"))
            throw NgsiLdException.BadRequestData($"{told} is not an address notifications can be sent to: expected http, https, mqtt or mqtts.");
        // MQTT 5.0, section 4.7.1: a topic published to has no wildcards.
        if (uri.Scheme.StartsWith("mqtt", StringComparison.Ordinal) && (uri.AbsolutePath.Length < 2 || System.Uri.UnescapeDataString(uri.AbsolutePath).AsSpan().IndexOfAny("+#\0") >= 0 || uri.Fragment.Length > 0))
            throw NgsiLdException.BadRequestData($"{told} names no topic of MQTT: expected for example mqtt://host/city/notifications.");
    }

    /// <summary>Clause 7.2: what MQTT can be told.</summary>
    public static void CheckNotifier(JsonElement info, string told)
    {
        foreach (var pair in info.EnumerateArray())
        {
            var (key, value) = (pair.GetProperty("key").GetString(), pair.GetProperty("value").GetString());
            if (key is "MQTT-QoS" && value is not ("0" or "1" or "2")) throw NgsiLdException.BadRequestData($"{told}: MQTT-QoS is {value}; expected 0, 1 or 2.");
            if (key is "MQTT-Version" && value is not ("mqtt3.1.1" or "mqtt5.0")) throw NgsiLdException.BadRequestData($"{told}: MQTT-Version is {value}; expected mqtt3.1.1 or mqtt5.0.");
        }
    }

    private static TimeSpan Milliseconds(JsonElement value) => TimeSpan.FromMilliseconds(Math.Min(value.GetDouble(), TimeSpan.FromDays(3650).TotalMilliseconds));

    private static List<KeyValuePair<string, string>> Pairs(JsonElement endpoint, string member) =>
        endpoint.TryGetProperty(member, out var pairs) ? [.. pairs.EnumerateArray().Select(p => KeyValuePair.Create(p.GetProperty("key").GetString()!, p.GetProperty("value").GetString()!))] : [];
}
