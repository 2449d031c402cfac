namespace Michi.Analytics.Indices;

/// <summary>Brings in outliers of an indicator whose distribution is too skewed and too peaked.</summary>
/// <param name="WinsorisationLimit">Most points to bring in before the transformation is tried instead; 0 tries it at once.</param>
/// <param name="SkewnessLimit">The distribution passes when |skewness| is below this …</param>
/// <param name="KurtosisLimit">… or the excess kurtosis is below this.</param>
/// <remarks>
/// Both moments are of type 2 (Joanes &amp; Gill 1998). The two-step rule, its limits 2 and 3.5 and the shifted logarithm are those of the
/// JRC: Becker et al. (2022), COINr, J. Open Source Software 7(78), 4567; OECD/JRC (2008), step 3.
/// </remarks>
public sealed record OutlierTreatment(int WinsorisationLimit = 5, double SkewnessLimit = 2, double KurtosisLimit = 3.5)
{
    /// <summary>Applied to the original values when winsorisation does not suffice; null keeps the winsorised values.</summary>
    public Transformation? Transformation { get; init; } = new ShiftedLog();

    /// <summary>Whether a distribution passes, with its moments. O(n).</summary>
    public DistributionCheck Check(ReadOnlySpan<double> values)
    {
        var (skewness, kurtosis) = Moments.Shape(values);
        return new(Math.Abs(skewness) < SkewnessLimit || kurtosis < KurtosisLimit, skewness, kurtosis);
    }

    /// <summary>Treats a column: winsorise, and where that fails transform the original. O(n × limit).</summary>
    /// <param name="values">One value a unit; NaN is missing and stays so.</param>
    /// <returns>The treated column and what was done. A column without spread, or that would lose it, comes back as it was.</returns>
    public TreatedColumn Apply(ReadOnlySpan<double> values)
    {
        var before = Check(values);
        if (before.Passes || double.IsNaN(before.Skewness)) return new(values.ToArray(), before, [], null, null, null);

        var (winsorised, points) = Winsorise(values);
        var after = Check(winsorised);
        if (double.IsNaN(after.Skewness)) return new(values.ToArray(), before, [], null, null, null);
        if (after.Passes || Transformation is null) return new(winsorised, before, points, after, null, null);

        var transformed = Transformation.Apply(values);
        return new(transformed, before, points, after, Transformation, Check(transformed));
    }

    /// <summary>Moves the extreme point, again and again, to the next value towards the middle until the check passes or the limit is
    /// reached.</summary>
    /// <remarks>High points when the skewness is ≥ 0, low points otherwise. All points tied at the extreme move together and count each, so
    /// the limit may be passed by ties.</remarks>
    internal (double[] Values, IReadOnlyList<WinsorisedPoint> Points) Winsorise(ReadOnlySpan<double> values)
    {
        var x = values.ToArray();
        int[] high = [], low = [];
        while (high.Length + low.Length < WinsorisationLimit)
        {
            var check = Check(x);
            if (check.Passes || double.IsNaN(check.Skewness)) break;
            var sign = check.Skewness >= 0 ? 1 : -1;
            var (extreme, next) = Extremes(x, sign);
            var moved = new List<int>();
            for (var u = 0; u < x.Length; u++)
            {
                if (x[u] != extreme) continue;
                x[u] = next;
                moved.Add(u);
            }
            if (sign > 0) high = [.. moved];
            else low = [.. moved];
        }
        return (x, [.. high.Select(u => new WinsorisedPoint(u, true)), .. low.Select(u => new WinsorisedPoint(u, false))]);
    }

    private static (double Extreme, double Next) Extremes(double[] x, int sign)
    {
        double extreme = double.NegativeInfinity, next = double.NegativeInfinity;
        foreach (var v in x)
        {
            var signed = sign * v;
            if (signed > extreme) (extreme, next) = (signed, extreme);
            else if (signed < extreme && signed > next) next = signed;
        }
        return (sign * extreme, sign * next);
    }
}

/// <summary>Whether a distribution is acceptable, with the moments that decide.</summary>
/// <param name="Passes">True when it needs no treatment.</param>
/// <param name="Skewness">Type 2; NaN below three values or without spread.</param>
/// <param name="Kurtosis">Excess, type 2; NaN below four values or without spread.</param>
public readonly record struct DistributionCheck(bool Passes, double Skewness, double Kurtosis);

/// <summary>A point brought in by winsorisation.</summary>
/// <param name="Unit">Position of the unit in the table.</param>
/// <param name="IsHigh">True when it was a high extreme, false when a low one.</param>
public readonly record struct WinsorisedPoint(int Unit, bool IsHigh);

/// <summary>A treated column and what was done to it.</summary>
/// <param name="Values">The column after treatment.</param>
/// <param name="Before">The check of the original.</param>
/// <param name="Winsorised">Points brought in, high ones first; empty when none were.</param>
/// <param name="AfterWinsorisation">The check after winsorisation; null when the original passed or could not be treated.</param>
/// <param name="Transformation">What was applied to the original instead; null when winsorisation sufficed.</param>
/// <param name="AfterTransformation">The check after it.</param>
public sealed record TreatedColumn(
    double[] Values, DistributionCheck Before, IReadOnlyList<WinsorisedPoint> Winsorised, DistributionCheck? AfterWinsorisation,
    Transformation? Transformation, DistributionCheck? AfterTransformation);
