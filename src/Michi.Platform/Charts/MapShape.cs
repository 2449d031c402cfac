using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Michi.Platform.Charts;

/// <summary>One place of a <see cref="ChoroplethMap"/>.</summary>
/// <param name="Label">Name of the place.</param>
/// <param name="Boundary">GeoJSON Polygon or MultiPolygon, WGS 84; what cannot be read is left out.</param>
/// <param name="Class">Which of five classes it is in, 0 (least) to 4; null when nothing is known.</param>
/// <param name="Number">A short number written on the place, so that colour does not tell alone.</param>
/// <param name="Value">What the place's tooltip says after its name.</param>
/// <param name="IsMarked">Whether it is drawn with a thick line.</param>
public sealed record MapShape(string Label, string Boundary, int? Class, string Number, string Value, bool IsMarked = false);

/// <summary>A place as it is drawn.</summary>
/// <param name="Path">SVG path data; empty for a place too small to see, which is drawn as a dot.</param>
/// <param name="X">Where its number stands.</param>
/// <param name="HasRoom">Whether the number fits into the place.</param>
internal sealed record DrawnShape(string Path, double X, double Y, bool HasRoom);

/// <summary>Draws boundaries on a plane: equirectangular, longitudes shortened by the cosine of the middle latitude.</summary>
/// <remarks>Good for a country; lengths are off by 1 − cos φ / cos φ₀ in the east-west direction at latitude φ.</remarks>
internal sealed class MapPlane
{
    public const double Width = 640, MaxHeight = 560;
    private const double Margin = 12, Finest = 0.6, Smallest = 5;

    private readonly double _west, _north, _narrowing, _scale;
    private readonly bool _isAcrossDateLine;

    /// <param name="boundaries">What must fit on the plane, as rings of longitude and latitude in degrees.</param>
    public MapPlane(IReadOnlyList<IReadOnlyList<(double Lon, double Lat)[]>> boundaries)
    {
        var points = boundaries.SelectMany(b => b).SelectMany(r => r).ToList();
        if (points.Count == 0) return;
        var east = points.Max(p => p.Lon);
        _west = points.Min(p => p.Lon);
        // Fiji, for one, lies on both sides of 180°.
        if (east - _west > 180)
        {
            _isAcrossDateLine = true;
            (_west, east) = (points.Min(Longitude), points.Max(Longitude));
        }
        _north = points.Max(p => p.Lat);
        var south = points.Min(p => p.Lat);
        _narrowing = Math.Max(0.05, Math.Cos((_north + south) / 2 * Math.PI / 180));
        var (across, down) = (Math.Max(1e-6, (east - _west) * _narrowing), Math.Max(1e-6, _north - south));
        _scale = Math.Min((Width - 2 * Margin) / across, (MaxHeight - 2 * Margin) / down);
        Height = down * _scale + 2 * Margin;
        DrawnWidth = across * _scale + 2 * Margin;
    }

    public double Height { get; }
    public double DrawnWidth { get; }

    /// <summary>The rings of a GeoJSON geometry; none where the text is not a Polygon or MultiPolygon.</summary>
    public static IReadOnlyList<(double Lon, double Lat)[]> Rings(string? geometry)
    {
        var rings = new List<(double Lon, double Lat)[]>();
        if (geometry is null) return rings;
        try
        {
            using var json = JsonDocument.Parse(geometry);
            var (type, coordinates) = (json.RootElement.GetProperty("type").GetString(), json.RootElement.GetProperty("coordinates"));
            var polygons = type switch { "Polygon" => [coordinates], "MultiPolygon" => coordinates.EnumerateArray().ToArray(), _ => Array.Empty<JsonElement>() };
            foreach (var ring in polygons.SelectMany(p => p.EnumerateArray()))
                rings.Add([.. ring.EnumerateArray().Select(p => (p[0].GetDouble(), p[1].GetDouble()))]);
            return rings.All(r => r.Length > 2 && r.All(p => Math.Abs(p.Lon) <= 180 && Math.Abs(p.Lat) <= 90)) ? rings : [];
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            return [];
        }
    }

    public DrawnShape Draw(IReadOnlyList<(double Lon, double Lat)[]> rings)
    {
        var path = new StringBuilder();
        double west = double.MaxValue, east = double.MinValue, north = double.MaxValue, south = double.MinValue, largest = -1, x = 0, y = 0;
        foreach (var ring in rings)
        {
            var points = Thinned(ring);
            foreach (var (px, py) in points)
                (west, east, north, south) = (Math.Min(west, px), Math.Max(east, px), Math.Min(north, py), Math.Max(south, py));
            var (area, cx, cy) = Centre(points);
            if (area > largest) (largest, x, y) = (area, cx, cy);
            if (points.Count < 3) continue;
            for (var i = 0; i < points.Count; i++) path.Append(i == 0 ? 'M' : 'L').Append(Number(points[i].X)).Append(' ').Append(Number(points[i].Y));
            path.Append('Z');
        }
        var isSmall = Math.Max(east - west, south - north) < Smallest;
        return new(isSmall ? "" : path.ToString(), x, y, Math.Min(east - west, south - north) >= 16);
    }

    private double Longitude((double Lon, double Lat) point) => _isAcrossDateLine && point.Lon < 0 ? point.Lon + 360 : point.Lon;

    // Without the points that could not be told apart on a screen.
    private List<(double X, double Y)> Thinned((double Lon, double Lat)[] ring)
    {
        var points = new List<(double X, double Y)>();
        foreach (var point in ring)
        {
            var (x, y) = ((Longitude(point) - _west) * _narrowing * _scale + Margin, (_north - point.Lat) * _scale + Margin);
            if (points.Count == 0 || Math.Abs(x - points[^1].X) + Math.Abs(y - points[^1].Y) >= Finest) points.Add((x, y));
        }
        return points;
    }

    private static (double Area, double X, double Y) Centre(List<(double X, double Y)> points)
    {
        double area = 0, x = 0, y = 0;
        for (var i = 0; i < points.Count; i++)
        {
            var (a, b) = (points[i], points[(i + 1) % points.Count]);
            var cross = a.X * b.Y - b.X * a.Y;
            (area, x, y) = (area + cross, x + (a.X + b.X) * cross, y + (a.Y + b.Y) * cross);
        }
        return Math.Abs(area) < 1e-9 ? (0, points.Average(p => p.X), points.Average(p => p.Y)) : (Math.Abs(area), x / (3 * area), y / (3 * area));
    }

    private static string Number(double value) => value.ToString("0.#", CultureInfo.InvariantCulture);
}
