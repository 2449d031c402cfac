using Michi.Platform.Places;

namespace Michi.UnitTests.Places;

public sealed class BoundaryTests
{
    [Fact]
    public void Read_MultiPolygonWithHolesAndHeights_KeepsLongitudeAndLatitude()
    {
        var (geometry, fault) = Boundary.Read("""{ "type": "MultiPolygon", "bbox": [0], "coordinates": [ [ [[0,0,9],[4,0,9],[4,4,9],[0,0,9]], [[1,1],[2,1],[2,2],[1,1]] ], [ [[-180,-90],[180,-90],[0,90],[-180,-90]] ] ] }""");

        Assert.Null(fault);
        Assert.Equal("""{"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,0]],[[1,1],[2,1],[2,2],[1,1]]],[[[-180,-90],[180,-90],[0,90],[-180,-90]]]]}""", geometry);
        Assert.Equal(geometry, Boundary.Read(geometry!).Geometry);
    }

    [Theory]
    [InlineData("", "boundary")]
    [InlineData("null", "boundary")]
    [InlineData("""{"type":["Polygon"]}""", "boundary")]
    [InlineData("""{"type":"Polygon","coordinates":[[[0,"0"],[1,1],[1,0],[0,"0"]]]}""", "boundary")]
    [InlineData("""{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,0.1]]]}""", "boundary-ring")]
    [InlineData("""{"type":"Polygon","coordinates":[[[0,0],[1,1],[1e999,0],[0,0]]]}""", "boundary-range")]
    [InlineData("""{"type":"FeatureCollection","features":[]}""", "boundary-features")]
    [InlineData("""{"type":"Feature","geometry":{"type":"Feature","geometry":null}}""", "boundary")]
    public void Read_NoBoundary_SaysWhy(string text, string fault) => Assert.Equal((null, fault), Boundary.Read(text));

    [Fact]
    public void Read_TooLong_SaysSo() => Assert.Equal("boundary-size", Boundary.Read(new string(' ', Boundary.MaxLength + 1)).Fault);

    [Fact]
    public void Outline_OfASquareAtTheEquator_IsASquare() =>
        Assert.Equal(("-1 -1 102 102", "M0,100L100,100L100,0L0,0L0,100Z"), Boundary.Outline("""{"type":"Polygon","coordinates":[[[0,-1],[2,-1],[2,1],[0,1],[0,-1]]]}"""));

    [Fact]
    public void Outline_OfASinglePoint_IsFinite() => Assert.DoesNotContain("NaN", Boundary.Outline("""{"type":"Polygon","coordinates":[[[5,90],[5,90],[5,90],[5,90]]]}""").ToString(), StringComparison.Ordinal);
}
