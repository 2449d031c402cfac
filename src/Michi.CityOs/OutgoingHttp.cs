using System.Net;
using System.Net.Sockets;

namespace Michi.CityOs;

/// <summary>Requests to addresses that others chose: contexts, notification endpoints, context sources. None reaches into the own network unless the operator allows the host.</summary>
/// <remarks>The address is checked after the name is resolved, on the connection itself, so a name that changes its mind is no way in; redirects are not followed.</remarks>
internal sealed class OutgoingHttp : IDisposable
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;
    private readonly HashSet<string> _hosts;
    private readonly bool _isLoopbackAllowed;

    public OutgoingHttp(CityOsOptions options)
    {
        _hosts = [.. options.Hosts.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        _isLoopbackAllowed = options.IsOpen;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            ConnectCallback = async (context, cancel) =>
            {
                var stream = await ConnectAsync(context.DnsEndPoint, cancel);
                return stream;
            },
        })
        { Timeout = Longest };
    }

    /// <summary>A connection to a host, where it may be reached.</summary>
    /// <exception cref="IOException">It may not, or cannot.</exception>
    public async Task<NetworkStream> ConnectAsync(DnsEndPoint endpoint, CancellationToken cancel)
    {
        var addresses = IPAddress.TryParse(endpoint.Host, out var literal) ? [literal] : await Dns.GetHostAddressesAsync(endpoint.Host, cancel);
        IPAddress[] allowed = [.. addresses.Where(a => MayReach(endpoint.Host, a))];
        if (allowed.Length == 0) throw new IOException($"{endpoint.Host} lies inside the own network; the operator can allow it by MICHI_CITYOS_HOSTS.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, endpoint.Port, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends a request; the caller disposes of the answer.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        try
        {
            return await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        }
        // Some names of hosts are only found to be none when they are to be resolved.
        catch (UriFormatException fault)
        {
            throw new HttpRequestException(HttpRequestError.NameResolutionError, fault.Message, fault);
        }
    }

    /// <summary>The body at an address, and how long its host says it may be used (RFC 9111, section 4.2.1); null where it does not say.</summary>
    /// <exception cref="HttpRequestException">Not there, or larger than allowed.</exception>
    public async Task<(byte[] Body, TimeSpan? FreshFor)> GetAsync(Uri address, string accept, int mostBytes, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        // The time of the client ends with the headers; a body can come one byte a minute.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(Longest);
        using var response = await SendAsync(request, patience.Token);
        if (!response.IsSuccessStatusCode) throw new HttpRequestException($"it answered {(int)response.StatusCode}");
        var (headers, control) = (response.Headers, response.Headers.CacheControl);
        var freshFor = control is { NoStore: true } or { NoCache: true } ? TimeSpan.Zero : control?.MaxAge ?? (response.Content.Headers.Expires - headers.Date);
        return (await ReadAsync(response, mostBytes, patience.Token), freshFor - (headers.Age ?? TimeSpan.Zero));
    }

    /// <summary>The body of an answer, bounded.</summary>
    public static async Task<byte[]> ReadAsync(HttpResponseMessage response, int mostBytes, CancellationToken cancel)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancel);
        using var all = new MemoryStream();
        var part = new byte[16_384];
        int read;
        while ((read = await stream.ReadAsync(part, cancel)) > 0)
        {
            if (all.Length + read > mostBytes) throw new HttpRequestException($"it is larger than {mostBytes} bytes");
            all.Write(part, 0, read);
        }
        return all.ToArray();
    }

    private bool MayReach(string host, IPAddress address)
    {
        if (_hosts.Contains(host)) return true;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (IPAddress.IsLoopback(address)) return _isLoopbackAllowed;
        var bytes = address.GetAddressBytes();
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            return !(address.IsIPv6LinkLocal || address.IsIPv6SiteLocal || address.IsIPv6UniqueLocal || address.IsIPv6Multicast || address.Equals(IPAddress.IPv6Any) || address.IsIPv6Teredo || bytes is [0x20, 0x02, ..] or [0, 0x64, 0xff, 0x9b, ..]);
        // RFC 6890: this network, private use, carrier-grade NAT, link-local, benchmarking, multicast, reserved.
        return bytes is not ([0 or 10 or 127, ..] or [100, >= 64 and < 128, ..] or [169, 254, ..] or [172, >= 16 and < 32, ..] or [192, 168, ..] or [192, 0, 0, _] or [198, 18 or 19, ..] or [>= 224, ..]);
    }

    public void Dispose() => _client.Dispose();
}
