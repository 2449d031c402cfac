using Michi.Platform.Charts;

namespace Michi.UnitTests.Charts;

public sealed class PlotScaleTests
{
    [Theory]
    [InlineData(new[] { 0.0, 990 }, 0, 1000, 500)]
    [InlineData(new[] { 193.4, 391.5 }, 150, 400, 50)]
    [InlineData(new[] { 7.0, 7 }, 0, 8, 2)]
    [InlineData(new[] { -3.0, 4 }, -4, 4, 2)]
    [InlineData(new[] { 0.001, 0.0042 }, 0.001, 0.005, 0.001)]
    public void Of_Values_IsRoundAndEnclosesThem(double[] values, double start, double end, double step)
    {
        var scale = PlotScale.Of(values);

        Assert.Equal((start, end), (scale.Start, scale.End));
        Assert.Equal(step, scale.Ticks[1] - scale.Ticks[0], 1e-12);
        Assert.All(values, v => Assert.InRange(v, scale.Start, scale.End));
    }

    [Fact]
    public void Of_Nothing_IsAScaleStill() => Assert.Equal((0.0, 1.0), (PlotScale.Of([]).Start, PlotScale.Of([]).End));
}
