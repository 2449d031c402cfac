using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Michi.Platform.Places;

/// <summary>A boundary as people bring it: GeoJSON (RFC 7946), a Polygon or MultiPolygon, bare or as the one feature of a file.</summary>
public static class Boundary
{
    /// <summary>Largest accepted text in characters.</summary>
    public const int MaxLength = 500_000;

    /// <summary>Reads a boundary.</summary>
    /// <returns>The geometry alone, longitude and latitude only; or why not, as a code of the input problems.</returns>
    public static (string? Geometry, string? Fault) Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length > MaxLength) return (null, "boundary-size");
        try
        {
            using var document = JsonDocument.Parse(text, new() { MaxDepth = 16 });
            return Read(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // The second tells of half a surrogate pair in a text.
            return (null, "boundary");
        }
    }

    private static (string? Geometry, string? Fault) Read(JsonElement from)
    {
        switch (Member(from, "type") is { ValueKind: JsonValueKind.String } type ? type.GetString() : null)
        {
            case "FeatureCollection" when Member(from, "features") is { ValueKind: JsonValueKind.Array } features:
                return features.GetArrayLength() == 1 ? Read(features[0]) : (null, "boundary-features");
            case "Feature" when Member(from, "geometry") is { } geometry:
                return Read(geometry);
            case ("Polygon" or "MultiPolygon") and { } kind when Member(from, "coordinates") is { } coordinates:
                var written = new StringBuilder($"{{\"type\":\"{kind}\",\"coordinates\":");
                var fault = Write(coordinates, kind == "Polygon" ? 2 : 3, written);
                return fault is null ? (written.Append('}').ToString(), null) : (null, fault);
            default:
                return (null, "boundary");
        }
    }

    /// <summary>A boundary as it was stored, to be drawn: an SVG view box 100 wide and the path in it, longitudes narrowed to true shape at the middle latitude.</summary>
    public static (string ViewBox, string Path) Outline(string geometry)
    {
        using var document = JsonDocument.Parse(geometry);
        var rings = new List<List<(double X, double Y)>>();
        Collect(document.RootElement.GetProperty("coordinates"));
        var points = rings.SelectMany(r => r).ToList();
        var (west, east, south, north) = (points.Min(p => p.X), points.Max(p => p.X), points.Min(p => p.Y), points.Max(p => p.Y));
        var narrow = Math.Max(0.01, Math.Cos((south + north) / 2 * Math.PI / 180));
        var scale = 100 / Math.Max((east - west) * narrow, 1e-9);
        var path = string.Concat(rings.Select(r => $"M{string.Join('L', r.Select(p => string.Create(CultureInfo.InvariantCulture, $"{(p.X - west) * narrow * scale:0.##},{(north - p.Y) * scale:0.##}")))}Z"));
        return (string.Create(CultureInfo.InvariantCulture, $"-1 -1 102 {Math.Min(1000, (north - south) * scale) + 2:0.##}"), path);

        void Collect(JsonElement list)
        {
            if (list[0][0].ValueKind == JsonValueKind.Number) rings.Add([.. list.EnumerateArray().Select(p => (p[0].GetDouble(), p[1].GetDouble()))]);
            else foreach (var inner in list.EnumerateArray()) Collect(inner);
        }
    }

    private static JsonElement? Member(JsonElement of, string name) => of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out var value) ? value : null;

    /// <param name="depth">Arrays between here and the positions: a ring has 1.</param>
    private static string? Write(JsonElement list, int depth, StringBuilder to)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0) return "boundary";
        if (depth == 1 && (list.GetArrayLength() < 4 || !JsonElement.DeepEquals(list[0], list[list.GetArrayLength() - 1]))) return "boundary-ring";
        to.Append('[');
        foreach (var item in list.EnumerateArray())
        {
            if (to[^1] != '[') to.Append(',');
            if ((depth == 1 ? WritePosition(item, to) : Write(item, depth - 1, to)) is { } fault) return fault;
        }
        to.Append(']');
        return null;
    }

    private static string? WritePosition(JsonElement position, StringBuilder to)
    {
        if (position.ValueKind != JsonValueKind.Array || position.GetArrayLength() is < 2 or > 4 || !position.EnumerateArray().All(n => n.ValueKind == JsonValueKind.Number)) return "boundary";
        var (longitude, latitude) = (position[0].GetDouble(), position[1].GetDouble());
        if (longitude is not (>= -180 and <= 180) || latitude is not (>= -90 and <= 90)) return "boundary-range";
        to.Append(CultureInfo.InvariantCulture, $"[{longitude},{latitude}]");
        return null;
    }
}
