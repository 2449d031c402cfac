using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Api;

/// <summary>The version of NGSI-LD a client prefers to be answered in, clause 6.3.6: <c>Prefer: ngsi-ld=1.5</c>.</summary>
internal static class PreferredVersion
{
    /// <summary>RFC 7240, section 2: names are case-insensitive, values may be quoted, parameters may follow; null where no version is preferred.</summary>
    public static string? Of(HttpRequest request)
    {
        foreach (var header in request.Headers["Prefer"])
            foreach (var preference in (header ?? "").Split(','))
            {
                var parts = preference.Split(';')[0].Split('=', 2, StringSplitOptions.TrimEntries);
                if (parts.Length == 2 && parts[0].Equals("ngsi-ld", StringComparison.OrdinalIgnoreCase) && parts[1].Trim('"') is { Length: > 0 } version && version.All(c => char.IsAsciiDigit(c) || c == '.'))
                    return version;
            }
        return null;
    }
}
