using Michi.CityOs.Entities;
using Microsoft.AspNetCore.Http;

namespace Michi.CityOs.Api;

/// <summary>The version of NGSI-LD a client prefers to be answered in, ETSI GS CIM 009, 4.3.6.8 and 6.3.6: <c>Prefer: ngsi-ld=1.5</c>.</summary>
internal static class PreferredVersion
{
    /// <summary>RFC 7240, section 2: names are case-insensitive, values may be quoted, parameters may follow; null where no version is preferred.</summary>
    public static NgsiLdVersion? Of(HttpRequest request)
    {
        foreach (var header in request.Headers["Prefer"])
            foreach (var preference in (header ?? "").Split(','))
            {
                var parts = preference.Split(';')[0].Split('=', 2, StringSplitOptions.TrimEntries);
                if (parts.Length == 2 && parts[0].Equals("ngsi-ld", StringComparison.OrdinalIgnoreCase) && NgsiLdVersion.Parse(parts[1].Trim('"')) is { } version) return version;
            }
        return null;
    }

    /// <summary>Tells which version the answer conforms to: the one preferred, as far as this broker knows it.</summary>
    public static void Tell(NgsiLdCall call, NgsiLdVersion version) =>
        call.Http.Response.Headers["Preference-Applied"] = $"ngsi-ld={(version.IsBefore(NgsiLdVersion.Native.Major, NgsiLdVersion.Native.Minor) ? version : NgsiLdVersion.Native)}";

    /// <summary>Entities as the preferred version knows them, with 203 in place of 200 where that alters one of them.</summary>
    public static (IReadOnlyList<Entity> Entities, int Status) Amend(NgsiLdCall call, string type, Representation told, IReadOnlyList<Entity> entities, LinkedWriter? linked, int status = StatusCodes.Status200OK)
    {
        if (type == NgsiLdCall.GeoJson || Of(call.Request) is not { } version) return (entities, status);
        var isAltered = false;
        List<Entity> amended = [.. entities.Select(Earlier)];
        linked?.Replace(Earlier);
        Tell(call, version);
        return (amended, isAltered && status == StatusCodes.Status200OK ? StatusCodes.Status203NonAuthoritative : status);

        Entity Earlier(Entity entity)
        {
            var earlier = EarlierVersion.Of(entity, version, told, call.Context);
            isAltered |= !ReferenceEquals(earlier, entity);
            return earlier;
        }
    }
}
