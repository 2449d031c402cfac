using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Api;

/// <summary>The page of a list that a request asks for, and the links to those before and after it, ETSI GS CIM 009, clause 6.3.10.</summary>
internal sealed class RequestedPage
{
    /// <summary>Of what is told in one page where the request does not say.</summary>
    private const int UsualLimit = 20;

    public const int MostLimit = 1_000;

    private readonly NgsiLdCall _call;
    private readonly string _path;

    /// <param name="path">That of the list, without the root of the API.</param>
    public RequestedPage(NgsiLdCall call, string path)
    {
        (_call, _path) = (call, path);
        Limit = call.Number("limit", UsualLimit, 0, MostLimit);
        Offset = call.Number("offset", 0, 0, int.MaxValue);
        HasCount = call.Flag("count");
        if (Limit == 0 && !HasCount) throw NgsiLdException.BadRequestData("A limit of 0 is only for counting: add count=true.");
    }

    public int Limit { get; }

    public int Offset { get; }

    /// <summary>Whether the length of the whole list is to be told.</summary>
    public bool HasCount { get; }

    /// <summary>Whether the links have the parameters in the order of the request, with those of the page last; otherwise in that of the alphabet.</summary>
    public bool KeepsOrder { get; init; }

    /// <summary>The position the page before told, so that this one goes on from there whatever was written in between; 0 where there was none.</summary>
    public long After => Offset == 0 ? 0 : _call.Services.Positions.Find(PositionKey(Offset));

    public IEnumerable<T> Of<T>(IEnumerable<T> all) => all.Skip(Offset).Take(Limit);

    /// <summary>Tells of a list that is all there.</summary>
    public void Tell(int count, string type) => Tell(count, count - Offset > Limit, type);

    /// <summary>Tells how long the list is, if that is wanted, and where the pages before and after are.</summary>
    /// <param name="last">Position of the last of this page; 0 where it has none.</param>
    public void Tell(long? count, bool hasMore, string type, long last = 0)
    {
        if (HasCount) _call.Http.Response.Headers["NGSILD-Results-Count"] = count!.Value.ToString(CultureInfo.InvariantCulture);
        if (Limit == 0) return;
        if (Offset > 0) Link("prev", Math.Max(0, Offset - Limit));
        if (!hasMore) return;
        if (last > 0) _call.Services.Positions.Keep(PositionKey(Offset + Limit), last);
        Link("next", Offset + Limit);

        void Link(string relation, int to) =>
            _call.Http.Response.Headers.Append("Link", $"<{_call.Request.PathBase}{NgsiLdApi.Root}/{_path}?{Query(Limit, to)}>;rel=\"{relation}\";type=\"{type}\"");
    }

    private string PositionKey(int offset) => $"{_call.Tenant} {_call.Snapshot?.Id} {_path}?{Query(0, offset)} {_call.Request.Headers.Link}";

    /// <summary>The parameters of the request with another limit and offset.</summary>
    private string Query(int limit, int offset)
    {
        var parameters = _call.Request.Query.Where(p => p.Key is not ("limit" or "offset")).SelectMany(p => p.Value.Select(v => (p.Key, Value: Escape(v ?? ""))))
            .Append(("limit", limit.ToString(CultureInfo.InvariantCulture))).Append(("offset", offset.ToString(CultureInfo.InvariantCulture)));
        return string.Join('&', (KeepsOrder ? parameters : parameters.OrderBy(p => p.Item1, StringComparer.Ordinal)).Select(p => $"{p.Item1}={p.Item2}"));
    }

    /// <summary>Escapes what a query cannot have, RFC 3986 section 3.4, and no more.</summary>
    private static string Escape(string value) => Uri.EscapeDataString(value).Replace("%3A", ":", StringComparison.Ordinal).Replace("%2A", "*", StringComparison.Ordinal)
        .Replace("%2F", "/", StringComparison.Ordinal).Replace("%2C", ",", StringComparison.Ordinal).Replace("%40", "@", StringComparison.Ordinal);
}
