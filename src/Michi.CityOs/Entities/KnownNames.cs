using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Michi.CityOs.Entities;

/// <summary>Names come again and again: each is made into a string once for each thread.</summary>
internal static class KnownNames
{
    private const int Most = 4096;

    /// <summary>Bytes of the longest that are remembered.</summary>
    private const int Longest = 256;

    [ThreadStatic] private static Dictionary<int, (byte[] Bytes, string Name)>? s_names;

    /// <param name="utf8">Without escapes.</param>
    public static string Of(ReadOnlySpan<byte> utf8)
    {
        var names = s_names ??= [];
        HashCode hash = default;
        hash.AddBytes(utf8);
        var key = hash.ToHashCode();
        if (names.TryGetValue(key, out var known) && utf8.SequenceEqual(known.Bytes)) return known.Name;
        var name = Encoding.UTF8.GetString(utf8);
        if (names.Count < Most && utf8.Length <= Longest) names[key] = (utf8.ToArray(), name);
        return name;
    }

    /// <summary>The name of a member.</summary>
    public static string Of(JsonProperty member)
    {
        var utf8 = JsonMarshal.GetRawUtf8PropertyName(member);
        return utf8.Contains((byte)'\\') ? member.Name : Of(utf8);
    }
}
