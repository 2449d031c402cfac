using System.Globalization;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Michi.Platform.Charts;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.UnitTests.Charts;

public sealed partial class DotMapTests
{
    [Theory]
    [InlineData("103.85,13.36")]
    [InlineData("103.85,13.36 103.86,13.38 103.9,13.33")]
    [InlineData("-179.9,-16 179.9,-17")]
    [InlineData("0,90 10,-90")]
    [InlineData("5,5 5,5 5,5")]
    public async Task Draw_PointsAnywhere_ShowsEachSpotOnceInsideThePicture(string places)
    {
        var points = places.Split(' ').Select(p => p.Split(',')).Select(p => (double.Parse(p[0], CultureInfo.InvariantCulture), double.Parse(p[1], CultureInfo.InvariantCulture))).ToList();
        var map = await DrawAsync(points);
        var dots = Move().Matches((string)map.Descendants("path").Single(p => (string?)p.Attribute("class") == "dots").Attribute("d")!);
        Assert.Equal(points.Distinct().Count(), dots.Count);
        foreach (Match dot in dots)
        {
            Assert.InRange(double.Parse(dot.Groups[1].Value, CultureInfo.InvariantCulture), 0, 640);
            Assert.InRange(double.Parse(dot.Groups[2].Value, CultureInfo.InvariantCulture), 0, 560);
        }
    }

    [Fact]
    public async Task Draw_OnTheEquator_TheBarIsAsLongAsItSays()
    {
        // A degree is 111.195 km on a sphere of 6,371 km.
        var map = await DrawAsync([(0, -0.5), (0, 0.5)]);
        var dots = Move().Matches((string)map.Descendants("path").Single(p => (string?)p.Attribute("class") == "dots").Attribute("d")!);
        var perKilometre = Math.Abs(Number(dots[0].Groups[2]) - Number(dots[1].Groups[2])) / 111.195;
        var bar = Regex.Match((string)map.Descendants("path").Single(p => (string?)p.Attribute("class") == "scale-bar").Attribute("d")!, "h-([0-9.]+)");
        var said = map.Descendants("text").Single(t => t.Value.EndsWith(" km", StringComparison.Ordinal)).Value[..^3];
        Assert.Equal(double.Parse(said, CultureInfo.InvariantCulture), Number(bar.Groups[1]) / perKilometre, 0.5);
    }

    private static double Number(Group text) => double.Parse(text.Value, CultureInfo.InvariantCulture);

    private static async Task<XElement> DrawAsync(IReadOnlyList<(double Longitude, double Latitude)> points)
    {
        await using var renderer = new HtmlRenderer(new Nothing(), NullLoggerFactory.Instance);
        using var writer = new StringWriter();
        (await renderer.RenderAsync<DotMap>((nameof(DotMap.Title), "A title"), (nameof(DotMap.Points), points), (nameof(DotMap.Culture), CultureInfo.InvariantCulture))).WriteTo(writer, System.Text.Encodings.Web.HtmlEncoder.Default);
        return XElement.Parse($"<root>{writer}</root>");
    }

    [GeneratedRegex("M([0-9.-]+) ([0-9.-]+)h0")]
    private static partial Regex Move();

    private sealed class Nothing : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
