using System.Globalization;
using System.Xml.Linq;
using Michi.Platform.Charts;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Michi.UnitTests.Charts;

public sealed class TimePlotTests
{
    private static readonly DateTimeOffset Until = new(2026, 11, 27, 15, 40, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1, "18:00 | 27 Nov | 06:00 | 12:00")]
    [InlineData(7, "21 Nov | 23 Nov | 25 Nov | 27 Nov")]
    [InlineData(30, "1 Nov | 6 Nov | 11 Nov | 16 Nov | 21 Nov | 26 Nov")]
    [InlineData(365, "Jan 2026 | Apr 2026 | Jul 2026 | Oct 2026")]
    [InlineData(3652, "2018 | 2020 | 2022 | 2024 | 2026")]
    public async Task Draw_PeriodOfAnyLength_HasRoundTimesThatKeepApart(int days, string expected)
    {
        var plot = await DrawAsync([(Until.AddHours(-1), 1), (Until, 2)], days);
        var times = plot.Descendants("text").Where(t => (string?)t.Attribute("text-anchor") == "middle").Select(t => t.Value);
        Assert.Equal(expected, string.Join(" | ", times));
    }

    [Theory, InlineData(5.0, 5.0), InlineData(0.0, 0.0), InlineData(-3e-7, 4e12), InlineData(1e300, 1.1e300)]
    public async Task Draw_AnyNumbers_StaysInsideThePicture(double first, double last)
    {
        var plot = await DrawAsync([(Until.AddHours(-20), first), (Until.AddHours(-2), last)], 1);
        foreach (var dot in plot.Descendants("circle")) Assert.InRange(double.Parse((string)dot.Attribute("cy")!, CultureInfo.InvariantCulture), 0, 288);
        Assert.InRange(plot.Descendants("text").Count(), 4, 20);
    }

    private static async Task<XElement> DrawAsync((DateTimeOffset At, double Value)[] points, int days)
    {
        await using var renderer = new HtmlRenderer(new Nothing(), NullLoggerFactory.Instance);
        using var writer = new StringWriter();
        (await renderer.RenderAsync<TimePlot>(
            (nameof(TimePlot.Title), "A title"), (nameof(TimePlot.Points), points.Select(p => new TimePlotPoint(p.At, p.Value, p.Value, p.Value)).ToList()),
            (nameof(TimePlot.From), Until.AddDays(-days)), (nameof(TimePlot.Until), Until), (nameof(TimePlot.Culture), CultureInfo.InvariantCulture))).WriteTo(writer, System.Text.Encodings.Web.HtmlEncoder.Default);
        return XElement.Parse($"<root>{writer}</root>");
    }

    private sealed class Nothing : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
