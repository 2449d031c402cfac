namespace Michi.Analytics.Indices;

/// <summary>How fast an indicator changes over time; missing values are left out.</summary>
public static class Trend
{
    /// <summary>Compound growth a unit of time, from the first to the latest value: (latest/first)^(1/(t − t₀)) − 1. O(n).</summary>
    /// <param name="values">In the indicator's unit, of one sign.</param>
    /// <param name="times">When, for example in years; in any order.</param>
    /// <returns>0.1 is ten per cent a unit of time; NaN below two values.</returns>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public static double CompoundGrowth(IReadOnlyList<double> values, IReadOnlyList<double> times)
    {
        var points = Points(values, times);
        if (points.Length < 2) return double.NaN;
        var (first, last) = (points[0], points[^1]);
        return first.Value == last.Value ? 0 : Math.Pow(last.Value / first.Value, 1 / (last.Time - first.Time)) - 1;
    }

    /// <summary>Change a unit of time of the least-squares line, in per cent of its value at the first time. O(n).</summary>
    /// <inheritdoc cref="CompoundGrowth"/>
    /// <returns>10 is ten per cent a unit of time; NaN below two values.</returns>
    public static double PercentChange(IReadOnlyList<double> values, IReadOnlyList<double> times)
    {
        var points = Points(values, times);
        if (points.Length < 2) return double.NaN;
        double meanTime = points.Average(p => p.Time), meanValue = points.Average(p => p.Value);
        var slope = points.Sum(p => (p.Time - meanTime) * (p.Value - meanValue)) / points.Sum(p => Math.Pow(p.Time - meanTime, 2));
        return slope == 0 ? 0 : 100 * slope / (meanValue + slope * (points[0].Time - meanTime));
    }

    private static (double Time, double Value)[] Points(IReadOnlyList<double> values, IReadOnlyList<double> times)
    {
        if (values.Count != times.Count) throw new ArgumentException($"Give one time a value: {values.Count}.", nameof(times));
        return [.. times.Zip(values).Where(p => !double.IsNaN(p.Second)).OrderBy(p => p.First)];
    }
}
