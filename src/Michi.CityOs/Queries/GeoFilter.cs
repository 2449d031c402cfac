using System.Globalization;
using System.Text;
using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using NetTopologySuite.Geometries.Prepared;
using NetTopologySuite.Operation.Overlay;
using NetTopologySuite.Operation.OverlayNG;

namespace Michi.CityOs.Queries;

/// <summary>What the target geometry has to be to the reference geometry, clause 4.10.</summary>
internal enum GeoRelation
{
    NearWithin,
    NearBeyond,
    Within,
    Contains,
    Intersects,
    Equals,
    Disjoint,
    Overlaps,
}

/// <summary>A rectangle in degrees; West ≤ East, South ≤ North.</summary>
internal readonly record struct GeoBox(double West, double South, double East, double North);

/// <summary>A query on places, clause 4.10: <c>georel=near;maxDistance==2000&amp;geometry=Point&amp;coordinates=[8,40]</c>.</summary>
/// <remarks>
/// near measures great circles (haversine, clause 4.23) between nearest points, across the date line and the poles too; the other relations are those of
/// OGC 06-103r4, flat in degrees, as RFC 7946 draws edges: what crosses the date line has to come cut in two, as its section 3.1.9 asks.
/// Immutable and thread-safe.
/// </remarks>
internal sealed class GeoFilter
{
    /// <summary>Edges are taken as arcs up to this many metres aside.</summary>
    private const double Margin = 10;

    private const int MostPositions = 5_000;

    private readonly GeoShape _reference;
    private readonly IPreparedGeometry _prepared;
    private readonly GeoBox[]? _boxes;

    private GeoFilter(GeoRelation relation, double? distance, GeoShape reference, string geoproperty)
    {
        Relation = relation;
        DistanceMetres = distance;
        GeoProperty = geoproperty;
        _reference = reference;
        _prepared = PreparedGeometryFactory.Prepare(reference.Flat);
        _boxes = BoxesOf();
    }

    public GeoRelation Relation { get; }

    public double? DistanceMetres { get; }

    /// <summary>Expanded name.</summary>
    public string GeoProperty { get; }

    /// <summary>Every match meets one of these; one, or two where the date line lies between; null where nothing is known of matches.</summary>
    public IReadOnlyList<GeoBox>? Boxes => _boxes;

    /// <param name="coordinates">JSON, not percent-encoded.</param>
    public static GeoFilter Parse(string? georel, string? geometry, string? coordinates, string? geoproperty, JsonLdContext context) =>
        Create(georel, ReadReference(geometry, coordinates, "geometry", "coordinates"), geoproperty, context);

    /// <summary>Of the geoQ member of a query or subscription (clause 5.2.13), whose coordinates are an array or JSON as a text.</summary>
    public static GeoFilter Parse(string? georel, string? geometry, JsonElement coordinates, string? geoproperty, JsonLdContext context) =>
        Create(georel, coordinates.ValueKind == JsonValueKind.String ? ReadReference(geometry, coordinates.GetString(), "geometry", "coordinates") : ReadReference(geometry, coordinates, "geometry", "coordinates"), geoproperty, context);

    /// <summary>Reads and checks a reference geometry.</summary>
    public static GeoShape ReadReference(string? geometry, string? coordinates, string geometryParameter, string coordinatesParameter)
    {
        if (string.IsNullOrWhiteSpace(coordinates)) throw NgsiLdException.BadRequestData($"{coordinatesParameter} is needed: expected for example [8,40].");
        try
        {
            using var json = JsonDocument.Parse(Encoding.UTF8.GetBytes(coordinates));
            return ReadReference(geometry, json.RootElement, geometryParameter, coordinatesParameter);
        }
        catch (JsonException e)
        {
            throw NgsiLdException.BadRequestData($"{coordinatesParameter}, character {((e.BytePositionInLine ?? 0) + 1).ToString(CultureInfo.InvariantCulture)}: expected an array such as [8,40], without percent-encoding inside.");
        }
    }

    public static GeoShape ReadReference(string? geometry, JsonElement coordinates, string geometryParameter, string coordinatesParameter)
    {
        if (geometry is not ("Point" or "MultiPoint" or "LineString" or "MultiLineString" or "Polygon" or "MultiPolygon"))
            throw NgsiLdException.BadRequestData($"{geometryParameter} is {geometry ?? "missing"}; expected Point, MultiPoint, LineString, MultiLineString, Polygon or MultiPolygon.");
        // RFC 7946 lets a geometry have no positions, but nothing is anywhere in relation to it.
        if (coordinates.ValueKind != JsonValueKind.Array || coordinates.GetArrayLength() == 0) throw NgsiLdException.BadRequestData($"{coordinatesParameter} is not an array of something: expected for example [8,40].");
        if (Michi.CityOs.Entities.Geometry.FaultOf(geometry, coordinates) is { } fault) throw NgsiLdException.BadRequestData($"{coordinatesParameter} does not fit the {geometryParameter} {geometry}: {fault}.");
        if (Positions(coordinates) > MostPositions) throw NgsiLdException.TooComplexQuery($"{coordinatesParameter} has more than {MostPositions} positions; send a simpler geometry.");
        return GeoShape.Read(geometry, coordinates);
    }

    /// <summary>Whether an instance of the GeoProperty satisfies the relation.</summary>
    public bool Matches(Entity entity)
    {
        foreach (var attribute in entity.Attributes)
            if (attribute.Name == GeoProperty && attribute.Kind == AttributeKind.GeoProperty && !attribute.Value.IsEmpty && Matches(attribute.Value)) return true;
        return false;
    }

    /// <param name="value">UTF-8 JSON of a geometry.</param>
    public bool Matches(ReadOnlyMemory<byte> value)
    {
        var isPoint = GeoShape.TryReadPoint(value.Span, out var longitude, out var latitude);
        if (Relation == GeoRelation.NearWithin && isPoint) return MeetsBox(longitude, latitude, longitude, latitude) && _reference.DistanceTo(longitude, latitude) <= DistanceMetres;
        if (Relation == GeoRelation.NearBeyond && isPoint) return _reference.DistanceTo(longitude, latitude) > DistanceMetres;
        var target = isPoint ? GeoShape.OfPoint(longitude, latitude) : GeoShape.Read(value);
        if (target.Flat.IsEmpty) return false;
        if (Relation == GeoRelation.NearWithin)
        {
            var envelope = target.Flat.EnvelopeInternal;
            return MeetsBox(envelope.MinX, envelope.MinY, envelope.MaxX, envelope.MaxY) && _reference.DistanceTo(target, DistanceMetres!.Value) <= DistanceMetres;
        }
        if (Relation == GeoRelation.NearBeyond) return _reference.DistanceTo(target, DistanceMetres!.Value) > DistanceMetres;
        var reference = _reference.Flat;
        // A collection is judged part by part, for the relations are defined on single geometries.
        var parts = GeoShape.Parts(target.Flat);
        return Relation is GeoRelation.Within or GeoRelation.Disjoint or GeoRelation.Equals ? parts.All(p => Holds(p, reference)) : parts.Any(p => Holds(p, reference));
    }

    private bool Holds(NetTopologySuite.Geometries.Geometry part, NetTopologySuite.Geometries.Geometry reference)
    {
        try
        {
            return Relation switch
            {
                GeoRelation.Within => _prepared.Contains(part),
                GeoRelation.Contains => part.Contains(reference),
                GeoRelation.Intersects => _prepared.Intersects(part),
                GeoRelation.Disjoint => _prepared.Disjoint(part),
                GeoRelation.Equals => part.EqualsTopologically(reference),
                _ => part.Overlaps(reference),
            };
        }
        // Where edges cross at points no double can tell, relations cannot be computed: areas, which can, decide then.
        catch (NetTopologySuite.Geometries.TopologyException)
        {
            return HoldsByArea(part, reference);
        }
    }

    private bool HoldsByArea(NetTopologySuite.Geometries.Geometry part, NetTopologySuite.Geometries.Geometry reference)
    {
        const double negligible = 1e-12;
        return Relation switch
        {
            GeoRelation.Within => Covers(reference, part),
            GeoRelation.Contains => Covers(part, reference),
            GeoRelation.Equals => Covers(part, reference) && Covers(reference, part),
            GeoRelation.Disjoint => !GeoShape.Meet(part, reference),
            GeoRelation.Intersects => GeoShape.Meet(part, reference),
            _ => GeoShape.Meet(part, reference) && !Covers(part, reference) && !Covers(reference, part),
        };

        static bool Covers(NetTopologySuite.Geometries.Geometry large, NetTopologySuite.Geometries.Geometry small) => OverlayNGRobust.Overlay(small, large, SpatialFunction.Difference).Area < negligible;
    }

    private bool MeetsBox(double west, double south, double east, double north)
    {
        if (_boxes is null) return true;
        foreach (var box in _boxes)
            if (box.West <= east && west <= box.East && box.South <= north && south <= box.North) return true;
        return false;
    }

    private static GeoFilter Create(string? georel, GeoShape reference, string? geoproperty, JsonLdContext context)
    {
        var (relation, distance) = ReadRelation(georel);
        var name = string.IsNullOrEmpty(geoproperty) ? "location" : geoproperty;
        if (!EntityReader.IsName(name)) throw NgsiLdException.BadRequestData($"geoproperty is {name}, which is not the name of an attribute.");
        return new(relation, distance, reference, context.Expand(name));
    }

    private static (GeoRelation Relation, double? Distance) ReadRelation(string? georel)
    {
        switch (georel)
        {
            case null or "": throw NgsiLdException.BadRequestData("georel is needed: near;maxDistance==…, near;minDistance==…, within, contains, intersects, equals, disjoint or overlaps.");
            case "within": return (GeoRelation.Within, null);
            case "contains": return (GeoRelation.Contains, null);
            case "intersects": return (GeoRelation.Intersects, null);
            case "equals": return (GeoRelation.Equals, null);
            case "disjoint": return (GeoRelation.Disjoint, null);
            case "overlaps": return (GeoRelation.Overlaps, null);
        }
        const string Farthest = "near;maxDistance==", Nearest = "near;minDistance==";
        var relation = georel.StartsWith(Farthest, StringComparison.Ordinal) ? GeoRelation.NearWithin : GeoRelation.NearBeyond;
        if (relation == GeoRelation.NearBeyond && !georel.StartsWith(Nearest, StringComparison.Ordinal))
        {
            throw NgsiLdException.BadRequestData(georel.StartsWith("near", StringComparison.Ordinal)
                ? "georel, character 5: expected ;maxDistance== or ;minDistance== and metres, such as near;maxDistance==2000."
                : $"georel is {Short(georel)}; expected near;maxDistance==…, near;minDistance==…, within, contains, intersects, equals, disjoint or overlaps.");
        }
        var metres = georel[Farthest.Length..];
        return QValue.TryNumber(metres, out var distance) && distance > 0
            ? (relation, distance)
            : throw NgsiLdException.BadRequestData($"georel, character {(Farthest.Length + 1).ToString(CultureInfo.InvariantCulture)}: {Short(metres)} is not a positive number of metres.");
    }

    private static string Short(string text) => text.Length <= 50 ? text : text[..50] + "…";

    private static int Positions(JsonElement value) => value.EnumerateArray().FirstOrDefault().ValueKind == JsonValueKind.Number ? 1 : value.EnumerateArray().Sum(Positions);

    private GeoBox[]? BoxesOf()
    {
        if (Relation is GeoRelation.Disjoint or GeoRelation.NearBeyond || _reference.Flat.IsEmpty) return null;
        var envelope = _reference.Flat.EnvelopeInternal;
        if (Relation != GeoRelation.NearWithin) return [new(envelope.MinX, envelope.MinY, envelope.MaxX, envelope.MaxY)];
        var angle = (DistanceMetres!.Value + Margin) / GeoShape.Radius;
        var degrees = double.RadiansToDegrees(angle);
        double south = envelope.MinY - degrees, north = envelope.MaxY + degrees;
        if (south <= -90 || north >= 90) return [new(-180, Math.Max(south, -90), 180, Math.Min(north, 90))];
        // How far a circle around a point reaches east and west grows with the latitude.
        var farthest = double.DegreesToRadians(Math.Max(Math.Abs(envelope.MinY), Math.Abs(envelope.MaxY)));
        var aside = double.RadiansToDegrees(Math.Asin(Math.Min(1, Math.Sin(angle) / Math.Cos(farthest))));
        double west = envelope.MinX - aside, east = envelope.MaxX + aside;
        if (east - west >= 360) return [new(-180, south, 180, north)];
        if (west < -180) return [new(west + 360, south, 180, north), new(-180, south, east, north)];
        if (east > 180) return [new(west, south, 180, north), new(-180, south, east - 360, north)];
        return [new(west, south, east, north)];
    }
}
