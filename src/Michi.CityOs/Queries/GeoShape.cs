using System.Text.Json;
using NetTopologySuite.Geometries;
using NetTopologySuite.Geometries.Utilities;
using NetTopologySuite.Operation.Overlay;
using NetTopologySuite.Operation.OverlayNG;

namespace Michi.CityOs.Queries;

/// <summary>A geometry of RFC 7946 in the two views queries need: flat in degrees for the relations, and on the sphere for distances.</summary>
/// <remarks>
/// Edges are straight in longitude and latitude (RFC 7946, section 3.1.1), and none crosses the date line: what does is to be cut in two there
/// (section 3.1.9). Polygons that cross themselves are mended by NetTopologySuite's GeometryFixer, so they cover what their rings enclose.
/// </remarks>
internal sealed class GeoShape
{
    /// <summary>Mean radius of the earth in metres (IUGG R1).</summary>
    public const double Radius = 6_371_008.8;

    /// <summary>Degrees of an edge taken as one great-circle arc: less than 8 m off the straight edge.</summary>
    private const double ArcDegrees = 0.25;

    private const int MostArcs = 20_000;

    private static readonly GeometryFactory Factory = new(new PrecisionModel(), 4326);

    /// <summary>Arcs one after another within one circle, which tells soon that they are too far.</summary>
    private const int ArcsOfRun = 32;

    private Run[]? _runs;

    private GeoShape(NetTopologySuite.Geometries.Geometry flat) => Flat = flat;

    /// <summary>Longitude as X and latitude as Y, in degrees; valid.</summary>
    public NetTopologySuite.Geometries.Geometry Flat { get; }

    private Run[] Runs => _runs ??= [.. ArcsOf(Flat).Chunk(ArcsOfRun).Select(a => new Run(a, Cap.Around(a)))];

    public static GeoShape OfPoint(double longitude, double latitude) => new(Factory.CreatePoint(new Coordinate(longitude, latitude)));

    /// <summary>Reads checked coordinates.</summary>
    public static GeoShape Read(string type, JsonElement coordinates) => new(Valid(Flatten(type, coordinates)));

    /// <summary>Reads the value of a GeoProperty.</summary>
    /// <param name="value">UTF-8 JSON, checked when it was stored.</param>
    public static GeoShape Read(ReadOnlyMemory<byte> value)
    {
        using var json = JsonDocument.Parse(value);
        return new(Valid(Flatten(json.RootElement)));
    }

    /// <summary>Reads the position of a Point without more ado.</summary>
    public static bool TryReadPoint(ReadOnlySpan<byte> value, out double longitude, out double latitude)
    {
        longitude = latitude = 0;
        var json = new Utf8JsonReader(value);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) return false;
        bool isPoint = false, hasPosition = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (json.ValueTextEquals("type"u8))
            {
                json.Read();
                isPoint = json.ValueTextEquals("Point"u8);
                if (!isPoint) return false;
            }
            else if (json.ValueTextEquals("coordinates"u8))
            {
                json.Read();
                if (json.TokenType != JsonTokenType.StartArray || !json.Read() || json.TokenType != JsonTokenType.Number) return false;
                longitude = json.GetDouble();
                json.Read();
                latitude = json.GetDouble();
                hasPosition = true;
                while (json.Read() && json.TokenType != JsonTokenType.EndArray) json.Skip();
            }
            else
            {
                json.Read();
                json.Skip();
            }
        }
        return isPoint && hasPosition;
    }

    /// <summary>Great-circle distance between the nearest points, in metres; 0 where they meet.</summary>
    /// <param name="enough">Stops at the first distance not above it.</param>
    public double DistanceTo(GeoShape other, double enough = 0)
    {
        if ((Flat.Dimension == Dimension.Surface || other.Flat.Dimension == Dimension.Surface) && Parts(Flat).Any(a => Parts(other.Flat).Any(b => Meet(a, b)))) return 0;
        var nearest = double.PositiveInfinity;
        foreach (var mine in Runs)
        {
            foreach (var its in other.Runs)
            {
                if (mine.Cap.AngleTo(its.Cap) >= nearest) continue;
                foreach (var arc in mine.Arcs)
                {
                    foreach (var another in its.Arcs) nearest = Math.Min(nearest, arc.AngleTo(another));
                    if (nearest * Radius <= enough) return nearest * Radius;
                }
            }
        }
        return nearest * Radius;
    }

    /// <summary>Great-circle distance from a point to the nearest one of this shape, in metres.</summary>
    public double DistanceTo(double longitude, double latitude)
    {
        if (Flat.Dimension == Dimension.Surface)
        {
            var flat = Factory.CreatePoint(new Coordinate(longitude, latitude));
            if (Parts(Flat).Any(p => Meet(p, flat))) return 0;
        }
        var point = Vector.Of(longitude, latitude);
        var nearest = double.PositiveInfinity;
        foreach (var run in Runs)
        {
            if (run.Cap.AngleTo(new Cap(point, 0)) >= nearest) continue;
            foreach (var arc in run.Arcs) nearest = Math.Min(nearest, arc.AngleTo(point));
        }
        return nearest * Radius;
    }

    /// <summary>Whether two geometries, neither a collection, have a point in common. Where edges cross at points no double can tell, what they share decides.</summary>
    public static bool Meet(NetTopologySuite.Geometries.Geometry one, NetTopologySuite.Geometries.Geometry other)
    {
        try
        {
            return one.Intersects(other);
        }
        catch (TopologyException)
        {
            return !OverlayNGRobust.Overlay(one, other, SpatialFunction.Intersection).IsEmpty;
        }
    }

    /// <summary>The parts that are no collections, on which the relations are defined.</summary>
    public static IEnumerable<NetTopologySuite.Geometries.Geometry> Parts(NetTopologySuite.Geometries.Geometry geometry) =>
        geometry.OgcGeometryType == OgcGeometryType.GeometryCollection ? ((GeometryCollection)geometry).Geometries.SelectMany(Parts) : [geometry];

    private static NetTopologySuite.Geometries.Geometry Valid(NetTopologySuite.Geometries.Geometry geometry) =>
        geometry.Dimension != Dimension.Surface || geometry.IsValid ? geometry : GeometryFixer.Fix(geometry);

    private static NetTopologySuite.Geometries.Geometry Flatten(JsonElement value)
    {
        var type = value.GetProperty("type").GetString()!;
        return type == "GeometryCollection"
            ? Factory.CreateGeometryCollection([.. value.GetProperty("geometries").EnumerateArray().Select(Flatten)])
            : Flatten(type, value.GetProperty("coordinates"));
    }

    private static NetTopologySuite.Geometries.Geometry Flatten(string type, JsonElement coordinates) => type switch
    {
        "Point" => Factory.CreatePoint(Position(coordinates)),
        "MultiPoint" => Factory.CreateMultiPointFromCoords(Positions(coordinates)),
        "LineString" => Factory.CreateLineString(Positions(coordinates)),
        "MultiLineString" => Factory.CreateMultiLineString([.. coordinates.EnumerateArray().Select(l => Factory.CreateLineString(Positions(l)))]),
        "Polygon" => Polygon(coordinates),
        _ => Factory.CreateMultiPolygon([.. coordinates.EnumerateArray().Select(Polygon)]),
    };

    private static Polygon Polygon(JsonElement rings)
    {
        LinearRing[] read = [.. rings.EnumerateArray().Select(r => Factory.CreateLinearRing(Positions(r)))];
        return Factory.CreatePolygon(read[0], read[1..]);
    }

    private static Coordinate[] Positions(JsonElement value) => [.. value.EnumerateArray().Select(Position)];

    private static Coordinate Position(JsonElement value) => new(value[0].GetDouble(), value[1].GetDouble());

    private static List<Arc> ArcsOf(NetTopologySuite.Geometries.Geometry geometry)
    {
        List<Coordinate[]> lines = [];
        foreach (var part in Parts(geometry))
        {
            for (var i = 0; i < part.NumGeometries; i++)
            {
                switch (part.GetGeometryN(i))
                {
                    case Polygon polygon:
                        if (polygon.IsEmpty) break;
                        lines.Add(polygon.Shell.Coordinates);
                        lines.AddRange(polygon.Holes.Select(h => h.Coordinates));
                        break;
                    case { } other when !other.IsEmpty:
                        lines.Add(other.Coordinates);
                        break;
                }
            }
        }
        var degrees = lines.Sum(l => l.Zip(l.Skip(1)).Sum(e => Span(e.First, e.Second)));
        var piece = Math.Max(ArcDegrees, degrees / MostArcs);
        List<Arc> arcs = [];
        foreach (var line in lines)
        {
            if (line.Length == 1) arcs.Add(new(Vector.Of(line[0].X, line[0].Y), Vector.Of(line[0].X, line[0].Y)));
            for (var i = 1; i < line.Length; i++)
            {
                Coordinate from = line[i - 1], to = line[i];
                var pieces = Math.Max(1, (int)Math.Ceiling(Span(from, to) / piece));
                var last = Vector.Of(from.X, from.Y);
                for (var k = 1; k <= pieces; k++)
                {
                    var part = (double)k / pieces;
                    var next = Vector.Of(from.X + (to.X - from.X) * part, from.Y + (to.Y - from.Y) * part);
                    arcs.Add(new(last, next));
                    last = next;
                }
            }
        }
        return arcs;

        static double Span(Coordinate a, Coordinate b) => Math.Max(Math.Abs(a.X - b.X), Math.Abs(a.Y - b.Y));
    }

    private readonly record struct Vector(double X, double Y, double Z)
    {
        public static Vector Of(double longitude, double latitude)
        {
            var (sinLongitude, cosLongitude) = Math.SinCos(double.DegreesToRadians(longitude));
            var (sinLatitude, cosLatitude) = Math.SinCos(double.DegreesToRadians(latitude));
            return new(cosLatitude * cosLongitude, cosLatitude * sinLongitude, sinLatitude);
        }

        public double Dot(Vector other) => X * other.X + Y * other.Y + Z * other.Z;

        public Vector Cross(Vector other) => new(Y * other.Z - Z * other.Y, Z * other.X - X * other.Z, X * other.Y - Y * other.X);

        public double Length => Math.Sqrt(Dot(this));

        public double AngleTo(Vector other) => Math.Atan2(Cross(other).Length, Dot(other));
    }

    private sealed record Run(Arc[] Arcs, Cap Cap);

    /// <summary>A circle on the sphere.</summary>
    private readonly record struct Cap(Vector Centre, double Angle)
    {
        public static Cap Around(Arc[] arcs)
        {
            double x = 0, y = 0, z = 0;
            foreach (var arc in arcs) (x, y, z) = (x + arc.From.X + arc.To.X, y + arc.From.Y + arc.To.Y, z + arc.From.Z + arc.To.Z);
            var sum = new Vector(x, y, z);
            // Points all around the earth have no middle; then any centre reaches them all.
            var centre = sum.Length > 1e-6 ? new Vector(x / sum.Length, y / sum.Length, z / sum.Length) : arcs[0].From;
            var angle = 0.0;
            foreach (var arc in arcs) angle = Math.Max(angle, Math.Max(centre.AngleTo(arc.From), centre.AngleTo(arc.To)) + arc.From.AngleTo(arc.To));
            return new(centre, angle);
        }

        /// <summary>Not more than the angle between any two points of the circles.</summary>
        public double AngleTo(Cap other) => Math.Max(0, Centre.AngleTo(other.Centre) - Angle - other.Angle);
    }

    /// <summary>The way from one point to another on the sphere, as unit vectors; a point where both are one.</summary>
    private readonly struct Arc
    {
        private readonly Vector _normal;
        private readonly double _length;

        public Arc(Vector from, Vector to)
        {
            From = from;
            To = to;
            _normal = from.Cross(to);
            _length = _normal.Length;
        }

        public Vector From { get; }

        public Vector To { get; }

        /// <summary>Whether it is but a point, to the accuracy of doubles (0.01 mm).</summary>
        private bool IsPoint => _length < 1e-12;

        public double AngleTo(Arc other)
        {
            if (other.IsPoint) return AngleTo(other.From);
            if (IsPoint) return other.AngleTo(From);
            if (Meets(other)) return 0;
            return Math.Min(Math.Min(AngleTo(other.From), AngleTo(other.To)), Math.Min(other.AngleTo(From), other.AngleTo(To)));
        }

        public double AngleTo(Vector point)
        {
            if (IsPoint) return From.AngleTo(point);
            // The foot of the perpendicular is on the arc where the point lies between the planes through its ends.
            if (_normal.Cross(From).Dot(point) >= 0 && To.Cross(_normal).Dot(point) >= 0)
                return Math.Abs(Math.Asin(Math.Clamp(_normal.Dot(point) / _length, -1, 1)));
            return Math.Min(From.AngleTo(point), To.AngleTo(point));
        }

        /// <summary>Whether the ends of each lie on both sides of the other; arcs are short, so no antipodes come in.</summary>
        private bool Meets(Arc other) =>
            _normal.Dot(other.From) * _normal.Dot(other.To) <= 0 && other._normal.Dot(From) * other._normal.Dot(To) <= 0 && From.Dot(other.From) > 0;
    }
}
