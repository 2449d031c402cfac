namespace Michi.Platform.Charts;

/// <summary>A point of <see cref="FrontPlot"/>.</summary>
/// <param name="Label">A short number or letter beside it.</param>
/// <param name="Description">The point in words.</param>
public sealed record PlotPoint(double X, double Y, string Label, string Description);

/// <summary>A round scale round some values: ends and steps of 1, 2 or 5 times a power of ten.</summary>
/// <param name="Ticks">Ascending; the first and the last are the ends.</param>
public sealed record PlotScale(IReadOnlyList<double> Ticks)
{
    public double Start => Ticks[0];

    public double End => Ticks[^1];

    /// <param name="values">Finite; none gives 0 to 1.</param>
    /// <param name="steps">About so many steps, ≥ 1.</param>
    public static PlotScale Of(IEnumerable<double> values, int steps = 4)
    {
        var all = values.DefaultIfEmpty(0).ToList();
        var (low, high) = (all.Min(), all.Max());
        if (high - low < 1e-9 * Math.Max(1, Math.Abs(high))) (low, high) = low > 0 ? (0, high) : (low, low + 1);
        var raw = (high - low) / steps;
        var power = Math.Pow(10, Math.Floor(Math.Log10(raw)));
        var step = new[] { 1.0, 2, 5, 10 }.First(s => s * power >= raw * 0.999) * power;
        var (first, last) = (Math.Floor(low / step + 1e-9), Math.Ceiling(high / step - 1e-9));
        return new([.. Enumerable.Range(0, (int)(last - first) + 1).Select(i => Math.Round((first + i) * step, 12))]);
    }
}
