using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;

namespace Michi.CityOs.Subscriptions;

/// <summary>How the sending of a notification ended.</summary>
internal enum SendResult
{
    Delivered,

    /// <summary>The receiver answered that it does not want it.</summary>
    Refused,

    /// <summary>The receiver answered that it cannot take it now, or not at all.</summary>
    Unanswered,

    /// <summary>Nobody is there.</summary>
    Unreachable,
}

/// <summary>Sends notifications, by HTTP (clause 6.3.9) or MQTT (clause 7.2).</summary>
internal sealed class NotificationSender(OutgoingHttp http, TimeProvider clock)
{
    /// <returns>Why it failed, for the log; null where it did not.</returns>
    public async Task<(SendResult Result, string? Why)> SendAsync(NotificationEndpoint endpoint, NotificationMessage message, CancellationToken cancel)
    {
        using var timeout = new CancellationTokenSource(endpoint.Timeout, clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        try
        {
            return endpoint.IsMqtt ? await PublishAsync(endpoint, message, both.Token) : await PostAsync(endpoint, message, both.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (SendResult.Unanswered, "it did not answer in time");
        }
        catch (HttpRequestException fault)
        {
            return (fault.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError ? SendResult.Unreachable : SendResult.Unanswered, fault.InnerException?.Message ?? fault.Message);
        }
        catch (Exception fault) when (fault is IOException or UriFormatException or System.Net.Sockets.SocketException or System.Security.Authentication.AuthenticationException)
        {
            return (endpoint.IsMqtt && fault is not EndOfStreamException ? SendResult.Unreachable : SendResult.Unanswered, fault.Message);
        }
    }

    private async Task<(SendResult, string?)> PostAsync(NotificationEndpoint endpoint, NotificationMessage message, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Uri);
        // Content of a known length is not sent in chunks.
        request.Content = new ReadOnlyMemoryContent(message.Body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(message.ContentType);
        foreach (var (name, value) in message.Headers)
            if (!IsOwn(name)) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await http.SendAsync(request, cancel);
        if (response.IsSuccessStatusCode) return (SendResult.Delivered, null);
        var isPassing = (int)response.StatusCode >= 500 || response.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout;
        return (isPassing ? SendResult.Unanswered : SendResult.Refused, $"it answered {(int)response.StatusCode}");
    }

    /// <summary>Headers that belong to the transport and are not a subscriber's to set.</summary>
    private static bool IsOwn(string header) =>
        header.ToUpperInvariant() is "HOST" or "CONTENT-LENGTH" or "TRANSFER-ENCODING" or "CONNECTION" or "UPGRADE" or "TE" or "TRAILER" or "EXPECT" or "KEEP-ALIVE" or "PROXY-CONNECTION";

    private async Task<(SendResult, string?)> PublishAsync(NotificationEndpoint endpoint, NotificationMessage message, CancellationToken cancel)
    {
        var isSecure = endpoint.Uri.Scheme == "mqtts";
        var user = endpoint.Uri.UserInfo.Split(':', 2);
        var published = new MqttMessage(
            IsVersion5: endpoint.Notifier("MQTT-Version") != "mqtt3.1.1",
            ClientId: "michi" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)),
            User: user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : null,
            Password: user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
            Topic: Uri.UnescapeDataString(endpoint.Uri.AbsolutePath[1..]),
            Quality: endpoint.Notifier("MQTT-QoS") switch { "1" => 1, "2" => 2, _ => 0 },
            message.Body);
        var port = endpoint.Uri.Port > 0 ? endpoint.Uri.Port : isSecure ? 8883 : 1883;
        await using var connection = await http.ConnectAsync(new DnsEndPoint(endpoint.Uri.DnsSafeHost, port), cancel);
        if (!isSecure)
        {
            await MqttPublisher.PublishAsync(connection, published, cancel);
            return (SendResult.Delivered, null);
        }
        await using var secure = new SslStream(connection);
        await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = endpoint.Uri.DnsSafeHost }, cancel);
        await MqttPublisher.PublishAsync(secure, published, cancel);
        return (SendResult.Delivered, null);
    }
}
