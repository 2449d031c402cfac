using static Michi.Analytics.Distributions.IncompleteFunctions;

namespace Michi.Analytics.Distributions;

/// <summary>The χ² distribution with real degrees of freedom &gt; 0.</summary>
/// <remarks>Source: Abramowitz &amp; Stegun (1964), 26.4.19: P(χ² &gt; x) = Q(df/2, x/2).</remarks>
public static class ChiSquaredDistribution
{
    /// <summary>P(χ² &gt; x), accurate also where it is tiny. A negative x gives 1; NaN gives NaN.</summary>
    public static double Survival(double x, double df) => double.IsNaN(x) ? x : RegularizedGammaQ(df / 2, x / 2);

    /// <summary>The x with P(χ² ≤ x) = p, for 0 &lt; p &lt; 1.</summary>
    public static double Quantile(double p, double df) => PositiveQuantile.Of(p, x => 1 - Survival(x, df), x => Survival(x, df));
}
