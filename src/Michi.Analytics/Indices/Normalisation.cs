namespace Michi.Analytics.Indices;

/// <summary>Brings indicators of different units to a common, dimensionless scale on which more is better.</summary>
/// <remarks>
/// OECD/JRC (2008), step 5, and Becker et al. (2022), COINr, JOSS 7(78), 4567. The direction is multiplied in first; parameters that are
/// values
/// of the indicator (target, goalposts, bounds) are given in its own unit and direction. A column without spread gives NaN.
/// </remarks>
public abstract record Normalisation
{
    /// <summary>Normalises a column. O(n), rank forms O(n log n).</summary>
    /// <param name="values">One value a unit, in the indicator's unit; NaN stays NaN.</param>
    /// <param name="direction">Whether more or less is better.</param>
    /// <param name="target">Target of the indicator, for <see cref="DistanceToTarget"/>.</param>
    /// <exception cref="ArgumentException">The method needs a target and there is none, or its reference unit is not in the
    /// column.</exception>
    public double[] Apply(ReadOnlySpan<double> values, Direction direction = Direction.MoreIsBetter, double? target = null)
    {
        var result = new double[values.Length];
        Apply(values, direction, target, result);
        return result;
    }

    internal void Apply(ReadOnlySpan<double> values, Direction direction, double? target, Span<double> result)
    {
        var sign = (int)direction;
        for (var i = 0; i < values.Length; i++) result[i] = sign * values[i];
        Apply(result, sign, target);
    }

    /// <summary>Normalises directed values in place.</summary>
    private protected abstract void Apply(Span<double> x, int sign, double? target);

    /// <summary>(x − origin)/range × factor + offset in place.</summary>
    private protected static void Scale(
        Span<double> x, double origin, double range, double factor = 1, double offset = 0, bool isCapped = false)
    {
        for (var i = 0; i < x.Length; i++)
        {
            var y = (x[i] - origin) / range;
            if (isCapped && y > 1) y = 1;
            x[i] = y * factor + offset;
        }
    }
}

/// <summary>(x − min)/(max − min), stretched to [Lower, Upper].</summary>
public sealed record MinMax(double Lower, double Upper) : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target)
    {
        var (min, max) = Moments.Range(x);
        Scale(x, min, max - min, Upper - Lower, Lower);
    }
}

/// <summary>(x − mean)/standard deviation (n − 1), moved to the given mean and standard deviation.</summary>
public sealed record ZScore(double Mean, double StandardDeviation) : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target) =>
        Scale(x, Moments.Mean(x), Moments.StandardDeviation(x), StandardDeviation, Mean);
}

/// <summary>(x − Lower)/(Upper − Lower) × Factor with fixed bounds in the indicator's unit, not cut off at them.</summary>
public sealed record Scaled(double Lower, double Upper, double Factor = 100) : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target) =>
        Scale(x, sign > 0 ? Lower : -Upper, Upper - Lower, Factor);
}

/// <summary>(x − Lower)/(Upper − Lower) cut off at 0 and 1, × Factor: goalposts in the indicator's unit, as in the Human Development
/// Index.</summary>
public sealed record Goalposts(double Lower, double Upper, double Factor = 100) : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target)
    {
        Scale(x, sign > 0 ? Lower : -Upper, Upper - Lower);
        for (var i = 0; i < x.Length; i++) x[i] = Math.Clamp(x[i], 0, 1) * Factor;
    }
}

/// <summary>1 − (max − x)/(max − min): 1 is the best unit.</summary>
public sealed record DistanceToMax : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target)
    {
        var (min, max) = Moments.Range(x);
        Scale(x, min, max - min);
    }
}

/// <summary>1 − (ref − x)/(ref − min): 1 is the reference unit, more than 1 is better than it unless capped.</summary>
/// <param name="Unit">Position of the reference unit.</param>
/// <param name="IsCapped">Whether values above 1 become 1.</param>
public sealed record DistanceToReference(int Unit, bool IsCapped = false) : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target)
    {
        if (Unit < 0 || Unit >= x.Length)
            throw new ArgumentException($"The reference unit must be a position from 0 to {x.Length - 1}; it is {Unit}.", nameof(x));
        var min = Moments.Range(x).Min;
        Scale(x, min, x[Unit] - min, isCapped: IsCapped);
    }
}

/// <summary>(x − min)/(target − min): 1 is on target.</summary>
/// <param name="IsCapped">Whether values above 1 (beyond the target) become 1.</param>
public sealed record DistanceToTarget(bool IsCapped = false) : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target)
    {
        var aim = sign * (target ?? throw new ArgumentException("Distance to target needs a target for the indicator.", nameof(target)));
        var min = Moments.Range(x).Min;
        Scale(x, min, aim - min, isCapped: IsCapped);
    }
}

/// <summary>x/max, for indicators on a ratio scale of which more is better.</summary>
public sealed record FractionOfMax : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target) => Scale(x, 0, Moments.Range(x).Max);
}

/// <summary>Rank from the lowest, 1 … n; ties share the lowest rank.</summary>
public sealed record Rank : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target) => FromRanks(x, 0, 1);

    /// <summary>(rank − first)/range in place.</summary>
    internal static void FromRanks(Span<double> x, int first, double range)
    {
        var ranks = Ranking.Ascending(x);
        for (var i = 0; i < x.Length; i++) x[i] = ranks[i] == 0 ? double.NaN : (ranks[i] - first) / range;
    }
}

/// <summary>Borda score: the number of units strictly below.</summary>
public sealed record Borda : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target) => Rank.FromRanks(x, 1, 1);
}

/// <summary>Share of the other units strictly below, 0 … 1.</summary>
public sealed record PercentileRank : Normalisation
{
    private protected override void Apply(Span<double> x, int sign, double? target) =>
        Rank.FromRanks(x, 1, Moments.Available(x).Length - 1);
}
