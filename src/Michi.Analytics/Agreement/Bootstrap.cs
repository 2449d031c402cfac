using Michi.Analytics.Sampling;

namespace Michi.Analytics.Agreement;

/// <summary>A percentile bootstrap interval.</summary>
/// <param name="Lower">Lower limit; NaN where no replicate is defined.</param>
/// <param name="Upper">Upper limit; NaN where no replicate is defined.</param>
/// <param name="DefinedReplicates">Replicates that gave a number; the others (for example without variation) are left out.</param>
public readonly record struct BootstrapInterval(double Lower, double Upper, int DefinedReplicates);

/// <summary>Percentile bootstrap over units (Efron &amp; Tibshirani 1993, An Introduction to the Bootstrap, section 13.3).</summary>
internal static class Bootstrap
{
    public static BootstrapInterval OverUnits(
        int units, Func<int[], double> statistic, ulong seed, int replicates, double confidence, CancellationToken cancel)
    {
        if (replicates < 1) throw new ArgumentException("Expected at least 1.", nameof(replicates));
        if (!(confidence > 0 && confidence < 1))
            throw new ArgumentException("Expected a level between 0 and 1, both excluded.", nameof(confidence));

        var random = new Xoshiro256(seed);
        var sample = new int[units];
        var values = new List<double>(replicates);
        for (var r = 0; r < replicates && units > 0; r++)
        {
            cancel.ThrowIfCancellationRequested();
            for (var i = 0; i < units; i++) sample[i] = random.NextInt32(units);
            var value = statistic(sample);
            if (!double.IsNaN(value)) values.Add(value);
        }
        values.Sort();
        return new(Quantile(values, (1 - confidence) / 2), Quantile(values, (1 + confidence) / 2), values.Count);
    }

    /// <summary>Type 7 of Hyndman &amp; Fan (1996): linear between order statistics.</summary>
    private static double Quantile(List<double> sorted, double p)
    {
        if (sorted.Count == 0) return double.NaN;
        var position = p * (sorted.Count - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
    }
}
