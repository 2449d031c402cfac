using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Entities;

/// <summary>Names come again and again: each is made into a string once for each thread.</summary>
internal static class KnownNames
{
    private const int Most = 4096;

    /// <summary>Bytes of the longest that are remembered.</summary>
    private const int Longest = 256;

    /// <summary>What most expanded names begin with; the first with nothing of these. Stored entities have the number: more come at the end.</summary>
    public static readonly string[] Beginnings =
        ["", CoreContext.Default, CoreContext.NgsiLd, "https://smartdatamodels.org/", "https://smart-data-models.github.io/", "https://schema.org/", "http://purl.org/dc/terms/", "https://uri.fiware.org/ns/", "https://saref.etsi.org/"];

    [ThreadStatic] private static Dictionary<int, (int Beginning, byte[] End, string Name)>? s_names;

    /// <summary>The number of the beginning of a name.</summary>
    public static int BeginningOf(string name)
    {
        for (var i = 1; i < Beginnings.Length; i++)
            if (name.StartsWith(Beginnings[i], StringComparison.Ordinal)) return i;
        return 0;
    }

    /// <param name="utf8">Without escapes.</param>
    public static string Of(ReadOnlySpan<byte> utf8) => Of(0, utf8);

    /// <param name="beginning">Its number.</param>
    /// <param name="end">The name without it, as UTF-8.</param>
    public static string Of(int beginning, ReadOnlySpan<byte> end)
    {
        var names = s_names ??= [];
        HashCode hash = default;
        hash.Add(beginning);
        hash.AddBytes(end);
        var key = hash.ToHashCode();
        if (names.TryGetValue(key, out var known) && known.Beginning == beginning && end.SequenceEqual(known.End)) return known.Name;
        var name = Beginnings[beginning] + Encoding.UTF8.GetString(end);
        if (names.Count < Most && end.Length <= Longest) names[key] = (beginning, end.ToArray(), name);
        return name;
    }

    /// <summary>The name of a member.</summary>
    public static string Of(JsonProperty member)
    {
        var utf8 = JsonMarshal.GetRawUtf8PropertyName(member);
        return utf8.Contains((byte)'\\') ? member.Name : Of(utf8);
    }
}
