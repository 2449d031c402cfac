using static Michi.Analytics.Distributions.IncompleteFunctions;

namespace Michi.Analytics.Distributions;

/// <summary>Fisher's F distribution with real degrees of freedom d1, d2 &gt; 0.</summary>
/// <remarks>Source: Abramowitz &amp; Stegun (1964), 26.6.2: P(F &gt; f) = I_x(d2/2, d1/2), x = d2/(d2 + d1·f).</remarks>
public static class FDistribution
{
    /// <summary>P(F &gt; f), accurate also where it is tiny. A negative f gives 1; NaN gives NaN.</summary>
    public static double Survival(double f, double d1, double d2) => Beta(d2, d1, d2, d1 * f);

    /// <summary>The f with P(F ≤ f) = p.</summary>
    /// <param name="p">Probability, 0 &lt; p &lt; 1.</param>
    /// <param name="d1">Degrees of freedom of the numerator.</param>
    /// <param name="d2">Degrees of freedom of the denominator.</param>
    public static double Quantile(double p, double d1, double d2) =>
        PositiveQuantile.Of(p, f => Beta(d1, d2, d1 * f, d2), f => Survival(f, d1, d2));

    private static double Beta(double a, double b, double x, double y) =>
        double.IsNaN(x + y) ? double.NaN
        : double.IsInfinity(x) ? 1 : double.IsInfinity(y) ? 0
        : RegularizedBeta(a / 2, b / 2, x / (x + y), y / (x + y));
}
