using Michi.CityOs.Api;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Sources;

/// <summary>Which sources take part in an operation, ETSI GS CIM 009, clauses 4.3.6.4, 5.12 and 6.3.18.</summary>
internal static class SourceSelection
{
    /// <summary>Brokers a request may have passed before it is taken for one that goes round.</summary>
    private const int MostHops = 20;

    /// <summary>The sources of a request; none where it is limited to this broker, and none that it has passed already.</summary>
    /// <param name="find">Those that are for what is asked.</param>
    /// <param name="isTemporal">Whether sources that tell how things were take part too.</param>
    /// <param name="isAside">Whether what is asked for only goes with something else: that it leads here is told of then, but is no fault.</param>
    /// <exception cref="NgsiLdException">LoopDetected where all lies at one source, which led here.</exception>
    public static async ValueTask<IReadOnlyList<ContextSourceRegistration>> OfAsync(NgsiLdCall call, Func<TenantSources, IEnumerable<ContextSourceRegistration>> find, bool isTemporal = false, bool isAside = false)
    {
        var sources = await call.Services.Sources.OfAsync(call.Tenant, call.Cancel);
        if (sources.IsEmpty || call.IsLocal) return [];
        var now = call.Services.Clock.GetUtcNow();
        List<ContextSourceRegistration> found = [.. find(sources).Where(s => (isTemporal || s.IsLatest) && !(s.ExpiresAt <= now))];
        if (found.Count == 0 || call.Request.Headers.Via.Count == 0) return found;
        if (HasPassed(call))
        {
            var others = found.Where(s => s.Mode != SourceMode.Auxiliary).ToList();
            if (!isAside && others.Count == 1 && others[0].IsProxy) throw Loop(others[0]);
            // Table 6.3.17-1: a loop is no fault of what is told, but it is told.
            DistributedRead.Warn(call, $"199 {call.Services.Sources.Client.Identity.AliasOf(call.Tenant)} \"Miscellaneous Warning\"");
            return [];
        }
        var passed = Passed(call.Request);
        return [.. found.Where(s => s.Alias is null || !passed.Contains(s.Alias))];
    }

    /// <summary>Whether a request was here already, or has passed so many brokers that it may go round.</summary>
    public static bool HasPassed(NgsiLdCall call) =>
        call.Request.Headers.Via.Count > 0 && Passed(call.Request) is var passed && (passed.Contains(call.Services.Sources.Client.Identity.AliasOf(call.Tenant)) || passed.Count > MostHops);

    public static NgsiLdException Loop(ContextSourceRegistration source) => Loop($"What {source.Id} is registered for");

    public static NgsiLdException Loop(string what) => new("LoopDetected", StatusCodes.Status508LoopDetected, "The request has come round.", $"{what} leads back to this broker.");

    /// <summary>What the brokers a request has passed call themselves.</summary>
    private static HashSet<string> Passed(HttpRequest request)
    {
        HashSet<string> passed = new(StringComparer.OrdinalIgnoreCase);
        foreach (var hop in request.Headers.Via.SelectMany(v => (v ?? "").Split(',')))
        {
            var parts = hop.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length > 1) passed.Add(parts[1]);
        }
        return passed;
    }
}
