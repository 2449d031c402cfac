using Michi.Analytics.Distributions;

namespace Michi.Analytics.Agreement;

/// <summary>Kendall's coefficient of concordance.</summary>
/// <param name="W">In [0, 1], corrected for ties; 1 = all rank alike. NaN with fewer than 2 units or raters, or if all ratings tie.</param>
/// <param name="Units">Units that every rater rated; only these count.</param>
/// <param name="Raters">Number of raters.</param>
/// <param name="RankSumDeviation">S, the sum of squared deviations of the units' rank sums from their mean.</param>
/// <param name="ChiSquared">Friedman's statistic m(n − 1)W, about χ² with n − 1 degrees of freedom where raters rank at random.</param>
/// <param name="PValue">P(χ² &gt; <paramref name="ChiSquared"/>): small = the concordance is more than chance. Rough below 7 units.</param>
public sealed record KendallWResult(double W, int Units, int Raters, double RankSumDeviation, double ChiSquared, double PValue);

/// <summary>How much raters agree in the order in which they put units (Kendall's W).</summary>
/// <remarks>
/// Source: Kendall &amp; Gibbons (1990), Rank Correlation Methods, 5th ed., chapter 6; ties share their mean rank and
/// W = 12 S / (m²(n³ − n) − m ΣT), T = Σ(t³ − t) over each rater's ties. Time O(m·n log n). Units with a missing rating are left out.
/// </remarks>
public static class KendallW
{
    /// <param name="ratings">Units × raters, any scale of which order has a meaning; NaN = missing.</param>
    /// <exception cref="ArgumentException">A rating is infinite.</exception>
    public static KendallWResult Compute(double[,] ratings) => Compute(CompleteUnits.Of(ratings), ratings.GetLength(1));

    /// <summary>Percentile bootstrap interval of W, resampling units; a resample is ranked anew.</summary>
    /// <param name="ratings">As for <see cref="Compute(double[,])"/>.</param>
    /// <param name="seed">Seed of the resampling.</param>
    /// <param name="replicates">Number of resamples, at least 1.</param>
    /// <param name="confidence">Confidence level, 0 to 1 excluded.</param>
    /// <param name="cancel">Stops between replicates.</param>
    public static BootstrapInterval Interval(
        double[,] ratings, ulong seed, int replicates = 2000, double confidence = 0.95, CancellationToken cancel = default)
    {
        var units = CompleteUnits.Of(ratings);
        var raters = ratings.GetLength(1);
        return Bootstrap.OverUnits(
            units.Length, sample => Compute(Array.ConvertAll(sample, u => units[u]), raters).W, seed, replicates, confidence, cancel);
    }

    private static KendallWResult Compute(double[][] units, int m)
    {
        var n = units.Length;
        var rankSums = new double[n];
        double ties = 0;
        var column = new double[n];
        var order = new int[n];
        for (var rater = 0; rater < m; rater++)
        {
            for (var u = 0; u < n; u++) (column[u], order[u]) = (units[u][rater], u);
            Array.Sort(column, order);
            for (int start = 0, end; start < n; start = end)
            {
                for (end = start + 1; end < n && column[end] == column[start];) end++;
                double t = end - start;
                ties += t * t * t - t;
                for (var i = start; i < end; i++) rankSums[order[i]] += (start + end + 1) / 2.0;
            }
        }
        var s = rankSums.Sum(sum => Math.Pow(sum - m * (n + 1) / 2.0, 2));
        var w = n < 2 || m < 2 ? double.NaN : 12 * s / (m * (m * ((double)n * n * n - n) - ties));
        var chiSquared = m * (n - 1) * w;
        return new(w, n, m, s, chiSquared, ChiSquaredDistribution.Survival(chiSquared, n - 1));
    }
}
