using System.Text.Json;

namespace Michi.CityOs.Entities;

/// <summary>GeoJSON geometries, RFC 7946, as values of GeoProperties (clause 4.7, which leaves out GeometryCollection).</summary>
internal static class Geometry
{
    /// <summary>Checks a geometry and gives its bytes.</summary>
    /// <exception cref="NgsiLdException">Where it is not one of RFC 7946.</exception>
    public static byte[] Check(JsonElement value, string told)
    {
        if (FaultOf(value) is { } fault) throw NgsiLdException.BadRequestData($"{told} is not a GeoJSON geometry: {fault}.");
        return EntityReader.Raw(value);
    }

    private static string? FaultOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String) return "expected an object with a type";
        if (!value.TryGetProperty("coordinates", out var coordinates)) return "expected coordinates";
        return FaultOf(type.GetString()!, coordinates);
    }

    /// <summary>What is wrong with the coordinates of a geometry; null where they are sound.</summary>
    public static string? FaultOf(string type, JsonElement coordinates) => type switch
    {
        "Point" => IsPosition(coordinates) ? null : "expected a position [longitude, latitude] in degrees",
        "MultiPoint" => IsArray(coordinates, IsPosition, 0) ? null : "expected an array of positions [longitude, latitude]",
        "LineString" => IsArray(coordinates, IsPosition, 2) ? null : "expected an array of two positions or more",
        "MultiLineString" => IsArray(coordinates, l => IsArray(l, IsPosition, 2), 0) ? null : "expected arrays of two positions or more",
        "Polygon" => IsArray(coordinates, IsRing, 1) ? null : "expected rings of four positions or more whose last is the first",
        "MultiPolygon" => IsArray(coordinates, p => IsArray(p, IsRing, 1), 0) ? null : "expected arrays of rings of four positions or more whose last is the first",
        _ => $"{type} is no type of geometry",
    };

    private static bool IsArray(JsonElement value, Func<JsonElement, bool> isPart, int least) =>
        value.ValueKind == JsonValueKind.Array && value.GetArrayLength() >= least && value.EnumerateArray().All(isPart);

    private static bool IsRing(JsonElement value)
    {
        if (!IsArray(value, IsPosition, 4)) return false;
        JsonElement first = value[0], last = value[value.GetArrayLength() - 1];
        return first[0].GetDouble() == last[0].GetDouble() && first[1].GetDouble() == last[1].GetDouble();
    }

    private static bool IsPosition(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() is < 2 or > 3) return false;
        foreach (var number in value.EnumerateArray())
            if (number.ValueKind != JsonValueKind.Number || !number.TryGetDouble(out var n) || !double.IsFinite(n)) return false;
        return Math.Abs(value[0].GetDouble()) <= 180 && Math.Abs(value[1].GetDouble()) <= 90;
    }
}
