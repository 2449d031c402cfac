using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Sources;

/// <summary>What a source did with a request.</summary>
internal enum SourceFault
{
    None,

    /// <summary>It answered with an error.</summary>
    Refused,

    /// <summary>It did not answer in time, or is being left alone after it had not.</summary>
    Late,

    /// <summary>It cannot be reached or broke off.</summary>
    Unreachable,

    /// <summary>It answered too much or what cannot be read.</summary>
    Invalid,
}

/// <param name="Status">HTTP status; 0 where there was no answer.</param>
/// <param name="Detail">Why there was none.</param>
internal sealed record SourceAnswer(SourceFault Fault, int Status, ReadOnlyMemory<byte> Body, JsonLdContext Context, string? Detail = null)
{
    /// <summary>What the source had to say of those it asked in turn (table 6.3.17-1).</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Whether there is a page after this one (clause 6.3.10).</summary>
    public bool HasNext { get; init; }

    /// <summary>Up to when the source told instances where it did not tell all, in the order of the answer (clause 6.3.10); null where it does not say.</summary>
    public DateTimeOffset? RangeEnd { get; init; }

    /// <summary>Not to have what was asked for is no fault, clause 6.3.17.</summary>
    public bool IsNotFound => Status == (int)HttpStatusCode.NotFound;
}

/// <summary>A request to a source; the path is that below <c>/ngsi-ld/v1/</c>, with its query.</summary>
/// <param name="Context">The names of path and body.</param>
internal sealed record SourceRequest(HttpMethod Method, string Path, JsonLdContext Context, Action<Utf8JsonWriter, bool>? WriteBody = null)
{
    /// <summary>Whether it only asks (clause 5.7).</summary>
    public bool IsRead => Method == HttpMethod.Get || Path.StartsWith("entityOperations/query", StringComparison.Ordinal);

    /// <summary>Whether to do it twice comes to the same: all but to create and to append.</summary>
    public bool IsRepeatable => Method != HttpMethod.Post || (Path.StartsWith("entityOperations/", StringComparison.Ordinal) && !Path.StartsWith("entityOperations/create", StringComparison.Ordinal));
}

/// <summary>Sends requests on to context sources, ETSI GS CIM 009, clauses 4.3.6.5 to 4.3.6.7 and 6.3.18.</summary>
internal sealed class SourceClient(OutgoingHttp http, SourceIdentity identity, ContextReader contexts)
{
    public const int MostBytes = 16 << 20;

    /// <summary>How long a source may take where its registration does not say.</summary>
    private static readonly TimeSpan UsualTimeout = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan LongestTimeout = TimeSpan.FromSeconds(30);

    /// <summary>The value that stands for that of the header of the same name in the request that is sent on.</summary>
    private const string FromRequest = "urn:ngsi-ld:request";

    private static readonly HashSet<string> Reserved = new(StringComparer.OrdinalIgnoreCase)
    {
        "NGSILD-Tenant", "Via", "Host", "Content-Length", "Content-Type", "Accept", "Link", "Connection", "Keep-Alive", "Transfer-Encoding", "TE", "Trailer", "Upgrade", "Expect", "Proxy-Authorization",
        "Proxy-Connection", "contentType", "jsonldContext",
    };

    private readonly SourceCache _cache = new();

    public SourceIdentity Identity => identity;

    /// <summary>The names to use with a source: those its registration asks for, otherwise those of the request.</summary>
    public async ValueTask<JsonLdContext> ContextForAsync(NgsiLdCall call, ContextSourceRegistration source)
    {
        if (source.InfoOf("jsonldContext") is { } url) return await contexts.ReadAsync(call.Tenant, JsonSerializer.SerializeToElement(url), call.Cancel);
        return call.Context;
    }

    /// <summary>The address of a context that a Link header can name; null where there is none.</summary>
    public static string? AddressOf(JsonLdContext context)
    {
        var source = context.Source;
        if (source.ValueKind == JsonValueKind.Array)
        {
            // The core context need not be told: it comes last in any case.
            var parts = source.EnumerateArray().Where(p => p.ValueKind != JsonValueKind.String || !CoreContext.IsCore(p.GetString()!)).ToList();
            if (parts.Count != 1) return null;
            source = parts[0];
        }
        return source.ValueKind == JsonValueKind.String ? source.GetString() : null;
    }

    /// <summary>Tells nothing again of what a source answered before.</summary>
    public void Forget(ContextSourceRegistration source) => _cache.Forget(source);

    /// <summary>Sends a request, unless it only asks what was answered so shortly ago that the registration wants that told again.</summary>
    public async Task<SourceAnswer> SendAsync(NgsiLdCall call, ContextSourceRegistration source, SourceRequest request)
    {
        if (!request.IsRead)
        {
            // What is asked while it is being written counts for what was before.
            _cache.Forget(source);
            try
            {
                return await SendAnewAsync(call, source, request);
            }
            finally
            {
                _cache.Forget(source);
            }
        }
        if (source.CacheDuration is not { } duration) return await SendAnewAsync(call, source, request);
        using var message = MessageOf(call, source, request);
        var key = await _cache.KeyOfAsync(call.Tenant, source, message, call.Cancel);
        if (_cache.Find(key, call.Services.Clock.GetUtcNow()) is { } known) return known;
        var answer = await SendAnewAsync(call, source, request);
        // What is told with a warning is not all there is.
        if (answer is { Fault: SourceFault.None, Warnings: [] }) _cache.Keep(key, answer, duration, call.Services.Clock.GetUtcNow());
        return answer;
    }

    private async Task<SourceAnswer> SendAnewAsync(NgsiLdCall call, ContextSourceRegistration source, SourceRequest request)
    {
        var (context, clock) = (request.Context, call.Services.Clock);
        var state = call.Services.Sources.StateOf(call.Tenant, source.Id);
        if (state.IsCooling(source.Cooldown, clock.GetUtcNow())) return new(SourceFault.Late, 0, default, context, "The source failed a moment ago and is left alone for a while.");
        var timeout = source.Timeout ?? UsualTimeout;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(call.Cancel);
        patience.CancelAfter(timeout < LongestTimeout ? timeout : LongestTimeout);
        SourceAnswer answer;
        try
        {
            using var response = await SendTwiceAsync(() => MessageOf(call, source, request), request.IsRepeatable, patience.Token);
            var status = (int)response.StatusCode;
            var body = status == (int)HttpStatusCode.NoContent ? [] : await OutgoingHttp.ReadAsync(response, MostBytes, patience.Token);
            answer = new(status is >= 200 and < 300 ? SourceFault.None : SourceFault.Refused, status, body, context)
            {
                Warnings = response.Headers.TryGetValues("NGSILD-Warning", out var warnings) ? [.. warnings] : [],
                HasNext = response.Headers.TryGetValues("Link", out var links) && links.Any(l => l.Contains("rel=\"next\"", StringComparison.Ordinal)),
                RangeEnd = response.Content.Headers.TryGetValues("Content-Range", out var ranges) ? EndOf(ranges.First()) : null,
            };
        }
        catch (OperationCanceledException) when (!call.Cancel.IsCancellationRequested)
        {
            answer = new(SourceFault.Late, 0, default, context, "The source did not answer in time.");
        }
        catch (HttpRequestException fault) when (fault.HttpRequestError == HttpRequestError.Unknown && fault.InnerException is null)
        {
            answer = new(SourceFault.Invalid, 0, default, context, $"The answer of the source cannot be taken: {fault.Message}.");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or System.Net.Sockets.SocketException)
        {
            answer = new(SourceFault.Unreachable, 0, default, context, $"The source cannot be reached{(fault is HttpRequestException { HttpRequestError: var why } ? $" ({why})" : "")}.");
        }
        if (answer.Fault == SourceFault.None || answer.IsNotFound) state.Succeeded(clock.GetUtcNow());
        else state.Failed(clock.GetUtcNow());
        return answer;
    }

    /// <summary>The second time of a range such as <c>date-time 2026-01-01T00:00:00Z-2026-01-31T00:00:00Z/*</c>.</summary>
    private static DateTimeOffset? EndOf(string range)
    {
        var (from, to) = (range.IndexOf("Z-", StringComparison.Ordinal), range.IndexOf('/', StringComparison.Ordinal));
        return from > 0 && to > from + 2 ? EntityReader.Time(range[(from + 2)..to]) : null;
    }

    /// <summary>Sends a request, and again where the source took no connection, or closed it without an answer and may be asked twice (RFC 9110, section 9.2.2).</summary>
    private async Task<HttpResponseMessage> SendTwiceAsync(Func<HttpRequestMessage> write, bool isRepeatable, CancellationToken cancel)
    {
        using var first = write();
        try
        {
            return await http.SendAsync(first, cancel);
        }
        catch (HttpRequestException fault) when (fault.HttpRequestError == HttpRequestError.ConnectionError || (isRepeatable && fault.HttpRequestError == HttpRequestError.ResponseEnded))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), cancel);
        }
        using var second = write();
        return await http.SendAsync(second, cancel);
    }

    private HttpRequestMessage MessageOf(NgsiLdCall call, ContextSourceRegistration source, SourceRequest request)
    {
        var start = source.Endpoint.TrimEnd('/');
        if (!start.EndsWith(NgsiLdApi.Root, StringComparison.Ordinal)) start += NgsiLdApi.Root;
        var message = new HttpRequestMessage(request.Method, $"{start}/{request.Path}");
        var headers = message.Headers;
        var via = string.Join(", ", call.Request.Headers.Via.Where(v => !string.IsNullOrEmpty(v)));
        headers.TryAddWithoutValidation("Via", $"{via}{(via.Length > 0 ? ", " : "")}1.1 {identity.AliasOf(call.Tenant)}");
        headers.TryAddWithoutValidation("Accept", source.InfoOf("accept") ?? NgsiLdCall.Json);
        if (source.Tenant.Length > 0) headers.TryAddWithoutValidation("NGSILD-Tenant", source.Tenant);
        foreach (var (key, value) in source.Info)
        {
            if (Reserved.Contains(key)) continue;
            if (value != FromRequest) headers.TryAddWithoutValidation(key, value);
            // The token of whoever asks is for this program alone: whoever registers a source must not get hold of it.
            else if (!key.Equals("Authorization", StringComparison.OrdinalIgnoreCase) && !key.Equals("Cookie", StringComparison.OrdinalIgnoreCase) && call.Request.Headers.TryGetValue(key, out var told))
                headers.TryAddWithoutValidation(key, told.ToString());
        }
        // What the registration asks for is always told, clause 6.3.19.
        var address = source.InfoOf("jsonldContext") ?? AddressOf(request.Context);
        var isLd = request.WriteBody is not null && (source.InfoOf("contentType") == NgsiLdCall.LdJson || address is null) && source.InfoOf("jsonldContext") is null;
        if (!isLd && address is not null && (!CoreContext.IsCore(address) || source.InfoOf("jsonldContext") is not null))
            headers.TryAddWithoutValidation("Link", NgsiLdCall.ContextLink(address));
        if (request.WriteBody is not null)
        {
            using var buffer = new MemoryStream();
            using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer)) request.WriteBody(json, isLd);
            message.Content = new ByteArrayContent(buffer.ToArray());
            message.Content.Headers.ContentType = new MediaTypeHeaderValue(isLd ? NgsiLdCall.LdJson : NgsiLdCall.Json);
        }
        return message;
    }
}
