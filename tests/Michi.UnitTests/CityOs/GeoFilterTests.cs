using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using Michi.CityOs;
using Michi.CityOs.Queries;

namespace Michi.UnitTests.CityOs;

public sealed class GeoFilterTests
{
    private const string Berlin = "[[[13.1616211,52.5438124],[13.597641,52.4840224],[13.5948944,52.3402782],[13.142395,52.386428],[13.1616211,52.5438124]]]";
    private const string Holed = "[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[6,4],[6,6],[4,6],[4,4]]]";
    private const string Bow = "[[[0,0],[10,10],[10,0],[0,10],[0,0]]]";

    [Theory]
    // The suite's 019_10: three places in and around Berlin.
    [InlineData("equals", "Point", "[13.3986, 52.5547]", 1), InlineData("near;maxDistance==15000", "Point", "[13.388930, 52.534473]", 2), InlineData("near;minDistance==15000", "Point", "[13.388930, 52.534473]", 1), InlineData("within", "Polygon", Berlin, 2)]
    [InlineData("disjoint", "Polygon", Berlin, 1), InlineData("disjoint", "Point", "[13.3986, 52.5547]", 2), InlineData("contains", "Point", "[13.3986, 52.5547]", 1), InlineData("intersects", "Point", "[13.3986, 52.5547]", 1)]
    public void Matches_Points_AsTheSuiteExpects(string georel, string geometry, string coordinates, int count) =>
        Assert.Equal(count, Count(georel, geometry, coordinates, "{'type':'Point','coordinates':[13.3986,52.5547]}", "{'type':'Point','coordinates':[13.509818,52.363457]}", "{'coordinates':[13.215983,52.470441,99.5],'type':'Point'}"));

    [Theory]
    // The suite's 019_11: two polygons.
    [InlineData("equals", "Polygon", "[[[13.2865906,52.5648645],[13.2879639,52.5648645],[13.2797241,52.4988679],[13.477478,52.4712703],[13.5049438,52.5373084],[13.2865906,52.5648645]]]", 1)]
    [InlineData("intersects", "Polygon", "[[[13.3456421,52.4794848],[13.3641815,52.4428773],[13.4177399,52.4730023],[13.3459854,52.479903],[13.3456421,52.4794848]]]", 1)]
    [InlineData("contains", "Polygon", "[[[13.3844376,52.5356966],[13.3844376,52.5356966],[13.381691,52.5123012],[13.4235764,52.5100027],[13.4331894,52.5273425],[13.3844376,52.5356966]]]", 1)]
    [InlineData("contains", "Polygon", "[[[13.1369019,52.5198225],[13.1365585,52.5200314],[13.131752,52.4980907],[13.1832504,52.5026887],[13.1369019,52.5198225]]]", 0)]
    [InlineData("disjoint", "Polygon", "[[[13.1369019,52.5198225],[13.1365585,52.5200314],[13.131752,52.4980907],[13.1832504,52.5026887],[13.1369019,52.5198225]]]", 2)]
    [InlineData("within", "Polygon", "[[[13.3023834,52.4903066],[13.3027267,52.4905156],[13.2745743,52.465632],[13.3343124,52.4185447],[13.4311295,52.47107],[13.3023834,52.4903066]]]", 1)]
    [InlineData("overlaps", "Polygon", "[[[13.3456421,52.4794848],[13.3641815,52.4428773],[13.4177399,52.4730023],[13.3459854,52.479903],[13.3456421,52.4794848]]]", 1)]
    [InlineData("contains", "Point", "[13.3442688,52.4650045]", 1)]
    public void Matches_Polygons_AsTheSuiteExpects(string georel, string geometry, string coordinates, int count) => Assert.Equal(count, Count(georel, geometry, coordinates,
        "{'type':'Polygon','coordinates':[[[13.2865906,52.5648645],[13.2879639,52.5648645],[13.2797241,52.4988679],[13.477478,52.4712703],[13.5049438,52.5373084],[13.2865906,52.5648645]]]}",
        "{'type':'Polygon','coordinates':[[[13.315773,52.4757209],[13.339119,52.4443421],[13.3892441,52.4669371],[13.315773,52.4757209]]]}"));

    [Theory]
    // The suite's 019_30.
    [InlineData("within", "Polygon", Holed, "{'type':'Point','coordinates':[5,5]}", false), InlineData("within", "Polygon", Holed, "{'type':'Point','coordinates':[2,2]}", true), InlineData("within", "Polygon", Holed, "{'type':'Point','coordinates':[0,5]}", false), InlineData("intersects", "Polygon", Holed, "{'type':'Point','coordinates':[0,5]}", true)]
    [InlineData("near;maxDistance==2000", "LineString", "[[0,60],[10,60]]", "{'type':'Point','coordinates':[10,60.009]}", true), InlineData("near;maxDistance==2000", "LineString", "[[0,61],[10,61]]", "{'type':'Point','coordinates':[10,60.009]}", false)]
    [InlineData("near;maxDistance==20000", "Point", "[0,85]", "{'type':'LineString','coordinates':[[0,85.6],[1,85]]}", true), InlineData("near;maxDistance==5000", "Point", "[0,85]", "{'type':'LineString','coordinates':[[0,85.6],[1,85]]}", false)]
    // A parallel is followed, not the great circle, which is 19 km farther north here.
    [InlineData("near;maxDistance==100", "LineString", "[[0,60],[10,60]]", "{'type':'Point','coordinates':[5,60]}", true)]
    // Across the date line and the pole.
    [InlineData("near;maxDistance==30000", "Point", "[179.9,0]", "{'type':'Point','coordinates':[-179.9,0]}", true), InlineData("near;maxDistance==20000", "Point", "[179.9,0]", "{'type':'Point','coordinates':[-179.9,0]}", false), InlineData("near;minDistance==20000", "Point", "[-179.9,0]", "{'type':'Point','coordinates':[179.9,0]}", true)]
    [InlineData("near;maxDistance==30000", "Point", "[0,89.9]", "{'type':'Point','coordinates':[180,89.9]}", true), InlineData("near;maxDistance==1", "Point", "[180,10]", "{'type':'Point','coordinates':[-180,10]}", true)]
    // Areas: within is no distance.
    [InlineData("near;maxDistance==1", "Polygon", Holed, "{'type':'Point','coordinates':[2,2]}", true), InlineData("near;maxDistance==1", "Polygon", Holed, "{'type':'Point','coordinates':[5,5]}", false), InlineData("near;minDistance==1", "Polygon", Holed, "{'type':'Point','coordinates':[5,5]}", true), InlineData("near;maxDistance==112000", "Polygon", Holed, "{'type':'Point','coordinates':[5,5]}", true)]
    [InlineData("near;maxDistance==1", "Point", "[2,3]", "{'type':'Polygon','coordinates':[[[0,0],[10,0],[10,10],[0,0]]]}", false), InlineData("near;maxDistance==1", "Point", "[2,1]", "{'type':'Polygon','coordinates':[[[0,0],[10,0],[10,10],[0,0]]]}", true), InlineData("near;maxDistance==1", "LineString", "[[-5,5],[5,-5]]", "{'type':'LineString','coordinates':[[-5,-5],[5,5]]}", true)]
    // A polygon over the date line, cut in two as RFC 7946 asks.
    [InlineData("within", "MultiPolygon", "[[[[170,-10],[180,-10],[180,10],[170,10],[170,-10]]],[[[-180,-10],[-170,-10],[-170,10],[-180,10],[-180,-10]]]]", "{'type':'Point','coordinates':[-175,0]}", true), InlineData("within", "MultiPolygon", "[[[[170,-10],[180,-10],[180,10],[170,10],[170,-10]]],[[[-180,-10],[-170,-10],[-170,10],[-180,10],[-180,-10]]]]", "{'type':'Point','coordinates':[0,0]}", false)]
    // The whole world is one polygon.
    [InlineData("within", "Polygon", "[[[-180,-90],[180,-90],[180,90],[-180,90],[-180,-90]]]", "{'type':'Point','coordinates':[0,0]}", true)]
    // A polygon that crosses itself covers both of its triangles.
    [InlineData("within", "Polygon", Bow, "{'type':'Point','coordinates':[5,9]}", false), InlineData("within", "Polygon", Bow, "{'type':'Point','coordinates':[5,1]}", false), InlineData("within", "Polygon", Bow, "{'type':'Point','coordinates':[1,5]}", true), InlineData("within", "Polygon", Bow, "{'type':'Point','coordinates':[9,5]}", true)]
    [InlineData("intersects", "Point", "[9,5]", "{'type':'Polygon','coordinates':[[[0,0],[10,10],[10,0],[0,10],[0,0]]]}", true), InlineData("overlaps", "Polygon", Bow, "{'type':'Polygon','coordinates':[[[5,0],[15,10],[15,0],[5,10],[5,0]]]}", true), InlineData("overlaps", "Polygon", Bow, "{'type':'Polygon','coordinates':[[[0,0],[10,10],[0,10],[10,0],[0,0]]]}", false)]
    [InlineData("contains", "Polygon", "[[[1,1],[1,1],[1,1],[1,1]]]", "{'type':'Polygon','coordinates':[[[0,0],[10,0],[10,10],[0,0]]]}", false)]
    // Other geometries.
    [InlineData("equals", "MultiPoint", "[[1,1],[2,2]]", "{'type':'MultiPoint','coordinates':[[2,2],[1,1]]}", true), InlineData("contains", "LineString", "[[1,1],[2,2]]", "{'type':'LineString','coordinates':[[0,0],[5,5]]}", true), InlineData("intersects", "MultiLineString", "[[[0,0],[1,1]],[[5,0],[5,9]]]", "{'type':'LineString','coordinates':[[0,5],[9,5]]}", true), InlineData("overlaps", "LineString", "[[0,0],[2,0]]", "{'type':'LineString','coordinates':[[1,0],[3,0]]}", true)]
    public void Matches_Geometry_AsClause4_10(string georel, string geometry, string coordinates, string target, bool expected) => Assert.Equal(expected ? 1 : 0, Count(georel, geometry, coordinates, target));

    [Theory]
    [InlineData("near"), InlineData("near;maxDistance==0"), InlineData("near;maxDistance==-100"), InlineData("near;maxDistance==5;minDistance==1"), InlineData("touches"), InlineData("near;maxDistance==inf"), InlineData("near;maxDistance==1e400"), InlineData("near;maxDistance=5"), InlineData("near;maxDistance=="), InlineData("near;maxDistance==1."), InlineData(""), InlineData("invalid")]
    public void Parse_UnsoundRelation_IsRefused(string georel) => Assert.EndsWith("BadRequestData", Refusal(georel, "Point", "[8,40]").Type, StringComparison.Ordinal);

    [Theory]
    [InlineData(null, "[8,40]"), InlineData("point", "[8,40]"), InlineData("GeometryCollection", "[8,40]"), InlineData("Point", null), InlineData("Point", ""), InlineData("Point", "8,40"), InlineData("Point", "[8]"), InlineData("Point", "[8,91]"), InlineData("Point", "[[8,40]]"), InlineData("Point", "[8,"), InlineData("Polygon", "[[[0,0],[1,1],[0,0]]]"), InlineData("Polygon", "[[[0,0],[1,1],[2,0],[3,3]]]"), InlineData("LineString", "[[0,0]]"), InlineData("Point", "{}"), InlineData("Point", "[\"8\",40]"), InlineData("MultiPoint", "[]]")]
    public void Parse_UnsoundGeometry_IsRefused(string? geometry, string? coordinates) => Assert.EndsWith("BadRequestData", Refusal("within", geometry, coordinates).Type, StringComparison.Ordinal);

    [Fact]
    public void Parse_GeoProperty_IsLocationOrTheOneTold()
    {
        var entity = SampleEntity.Of("'location': {'type': 'GeoProperty', 'value': {'type': 'Point', 'coordinates': [5, 5]}}, 'observationSpace': {'type': 'GeoProperty', 'value': {'type': 'Point', 'coordinates': [8, 40]}}, 'other': 5");
        bool Matches(string georel, string? property) => GeoFilter.Parse(georel, "Point", "[8,40]", property, SampleEntity.Context).Matches(entity);
        Assert.True(Matches("near;maxDistance==2000", "observationSpace"));
        Assert.False(Matches("near;maxDistance==2000", null));
        Assert.False(Matches("disjoint", "nothing"));
        Assert.False(Matches("disjoint", "other"));
        Assert.False(Matches("near;minDistance==1", "nothing"));
    }

    [Theory]
    [InlineData("within", "Polygon", Holed, "0,0,10,10"), InlineData("disjoint", "Polygon", Holed, null), InlineData("near;minDistance==5", "Point", "[0,0]", null), InlineData("near;maxDistance==111195", "Point", "[0,89.5]", "-180,88.4999,180,90")]
    [InlineData("near;maxDistance==111195", "Point", "[10,0]", "8.9999,-1.0001,11.0001,1.0001"), InlineData("near;maxDistance==111195", "Point", "[179.5,0]", "178.4999,-1.0001,180,1.0001 -180,-1.0001,-179.4999,1.0001"), InlineData("near;maxDistance==111195", "Point", "[-179.5,0]", "179.4999,-1.0001,180,1.0001 -180,-1.0001,-178.4999,1.0001")]
    public void Boxes_Relation_EncloseAllMatches(string georel, string geometry, string coordinates, string? boxes)
    {
        var found = GeoFilter.Parse(georel, geometry, coordinates, null, SampleEntity.Context).Boxes;
        if (boxes is null)
        {
            Assert.Null(found);
            return;
        }
        var expected = boxes.Split(' ').Select(b => b.Split(',').Select(n => double.Parse(n, CultureInfo.InvariantCulture)).ToArray()).ToArray();
        Assert.Equal(expected.Length, found!.Count);
        for (var i = 0; i < expected.Length; i++)
        {
            Assert.Equal(expected[i][0], found[i].West, 3e-4);
            Assert.Equal(expected[i][1], found[i].South, 3e-4);
            Assert.Equal(expected[i][2], found[i].East, 3e-4);
            Assert.Equal(expected[i][3], found[i].North, 3e-4);
        }
    }

    /// <summary>Paris to London, the haversine by hand: 343.6 km.</summary>
    [Fact]
    public void DistanceTo_TwoCities_IsTheGreatCircle() => Assert.Equal(343_556, GeoShape.OfPoint(2.3522, 48.8566).DistanceTo(GeoShape.OfPoint(-0.1276, 51.5072)), 600.0);

    /// <summary>near agrees with the haversine formula on random points, and what it finds lies in its boxes.</summary>
    [Fact]
    public void Matches_RandomPoints_AgreeWithHaversineAndBoxes()
    {
        var points = from longitude in Gen.Choose(-1_800_000, 1_800_000)
                     from latitude in Gen.OneOf(Gen.Choose(-900_000, 900_000), Gen.Choose(890_000, 900_000))
                     select (X: longitude / 1e4, Y: latitude / 1e4);
        Prop.ForAll(points.ToArbitrary(), points.ToArbitrary(), Gen.Elements(10, 1_000, 100_000, 3_000_000, 15_000_000).ToArbitrary(), (a, b, metres) =>
        {
            b = metres < 100_000 ? (Math.Clamp(a.X + b.X / 1e5, -180, 180), Math.Clamp(a.Y + b.Y / 1e5, -90, 90)) : b;
            double dY = double.DegreesToRadians(b.Y - a.Y), dX = double.DegreesToRadians(b.X - a.X);
            var h = Math.Pow(Math.Sin(dY / 2), 2) + Math.Cos(double.DegreesToRadians(a.Y)) * Math.Cos(double.DegreesToRadians(b.Y)) * Math.Pow(Math.Sin(dX / 2), 2);
            var haversine = 2 * GeoShape.Radius * Math.Asin(Math.Min(1, Math.Sqrt(h)));
            Assert.Equal(haversine, GeoShape.OfPoint(a.X, a.Y).DistanceTo(GeoShape.OfPoint(b.X, b.Y)), Math.Max(1e-3, haversine * 1e-6));
            if (Math.Abs(haversine - metres) < 1) return;
            var filter = GeoFilter.Parse($"near;maxDistance=={metres}", "Point", FormattableString.Invariant($"[{a.X},{a.Y}]"), null, SampleEntity.Context);
            var isFound = filter.Matches(System.Text.Encoding.UTF8.GetBytes(FormattableString.Invariant($"{{\"type\":\"Point\",\"coordinates\":[{b.X},{b.Y}]}}")));
            Assert.Equal(haversine < metres, isFound);
            if (isFound) Assert.Contains(filter.Boxes!, box => box.West <= b.X && b.X <= box.East && box.South <= b.Y && b.Y <= box.North);
        }).QuickCheckThrowOnFailure();
    }

    /// <summary>The nearest of many points is found whichever run of arcs it is in.</summary>
    [Fact]
    public void DistanceTo_LongLines_IsThatOfTheNearestPoints() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new System.Random(seed);
        (double X, double Y)[] Points(int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextDouble() * 360 - 180, random.NextDouble() * 180 - 90))];
        GeoShape Shape((double X, double Y)[] points) => GeoFilter.ReadReference("MultiPoint", "[" + string.Join(",", points.Select(p => FormattableString.Invariant($"[{p.X:R},{p.Y:R}]"))) + "]", "geometry", "coordinates");
        var (a, b) = (Points(100), Points(70));
        var nearest = a.Min(p => b.Min(q => GeoShape.OfPoint(p.X, p.Y).DistanceTo(q.X, q.Y)));
        Assert.Equal(nearest, Shape(a).DistanceTo(Shape(b)), 1e-3);
        Assert.Equal(a.Min(p => GeoShape.OfPoint(p.X, p.Y).DistanceTo(b[0].X, b[0].Y)), Shape(a).DistanceTo(b[0].X, b[0].Y), 1e-3);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(20));

    [Fact]
    public void Matches_ManyPositions_TakesNotLong()
    {
        string Ring(double radius, double centre, int count) => "[[" + string.Join(",", Enumerable.Range(0, count).Append(0).Select(i => FormattableString.Invariant($"[{centre + radius * Math.Cos(2 * Math.PI * i / count):F9},{radius * Math.Sin(2 * Math.PI * i / count):F9}]"))) + "]]";
        var reference = Ring(1, 0, 4_999);
        var target = System.Text.Encoding.UTF8.GetBytes($"{{\"type\":\"Polygon\",\"coordinates\":{Ring(1, 2.01, 5_000)}}}");
        var watch = ProcessorTime.Start();
        Assert.False(GeoFilter.Parse("near;maxDistance==1100", "Polygon", reference, null, SampleEntity.Context).Matches(target));
        Assert.True(GeoFilter.Parse("near;maxDistance==1125", "Polygon", reference, null, SampleEntity.Context).Matches(target));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{watch.Elapsed}");
        Assert.EndsWith("TooComplexQuery", Refusal("within", "Polygon", Ring(1, 0, 5_000)).Type, StringComparison.Ordinal);
    }

    /// <summary>Any rings, however crossed, are answered without a fault; disjoint is the contrary of intersects.</summary>
    [Fact]
    public void Matches_RandomPolygons_NeverThrow()
    {
        var rings = Gen.Choose(0, 4).Two().ArrayOf(5).Select(ps => "[[" + string.Join(",", ps.Append(ps[0]).Select(p => $"[{p.Item1},{p.Item2}]")) + "]]");
        Prop.ForAll(rings.ToArbitrary(), rings.ToArbitrary(), (a, b) =>
        {
            var target = $"{{'type':'Polygon','coordinates':{b}}}";
            var found = new[] { "intersects", "disjoint", "within", "contains", "equals", "overlaps", "near;maxDistance==1", "near;minDistance==1" }.Select(r => Count(r, "Polygon", a, target)).ToArray();
            if (found[0] + found[1] > 0) Assert.Equal(1, found[0] + found[1]);
            if (found[0] == 1) Assert.Equal(1, found[6]);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    /// <summary>Found by the test above: mended, these rings cross at points that no double can tell.</summary>
    [Fact]
    public void Matches_RingsWhoseRelationCannotBeComputed_AreJudgedByArea()
    {
        const string target = "{'type':'Polygon','coordinates':[[[0,1],[0,4],[0,3],[4,0],[4,4],[0,1]]]}";
        int[] found = [.. new[] { "contains", "within", "equals", "overlaps", "intersects", "disjoint" }.Select(r => Count(r, "Polygon", "[[[3,3],[4,0],[0,3],[2,0],[1,3],[3,3]]]", target))];
        Assert.Equal([0, 0, 0, 1, 1, 0], found);
    }

    /// <summary>Found by the test above too.</summary>
    [Fact]
    public void Matches_NearAPolygonWhoseRelationCannotBeComputed_IsJudgedByWhatTheyShare()
    {
        const string target = "{'type':'Polygon','coordinates':[[[4,0],[3,2],[3,0],[4,4],[2,4],[4,0]]]}";
        int[] found = [.. new[] { "near;maxDistance==1", "near;minDistance==1", "intersects", "disjoint" }.Select(r => Count(r, "Polygon", "[[[4,1],[0,4],[0,3],[4,1],[4,2],[4,1]]]", target))];
        Assert.Equal([1, 0, 1, 0], found);
    }

    private static NgsiLdException Refusal(string? georel, string? geometry, string? coordinates) => Assert.Throws<NgsiLdException>(() => GeoFilter.Parse(georel, geometry, coordinates, null, SampleEntity.Context));

    private static int Count(string georel, string geometry, string coordinates, params string[] targets)
    {
        var filter = GeoFilter.Parse(georel, geometry, coordinates, null, SampleEntity.Context);
        return targets.Count(t =>
        {
            var entity = SampleEntity.Of($"'location': {{'type': 'GeoProperty', 'value': {t}}}");
            return filter.Matches(entity);
        });
    }
}
