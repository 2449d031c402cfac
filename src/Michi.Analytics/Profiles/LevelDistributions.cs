namespace Michi.Analytics.Profiles;

/// <summary>What is believed about the level of each element: a probability for each level 0 … L−1. Immutable.</summary>
public sealed class LevelDistributions
{
    private readonly double[] _probabilities;

    /// <param name="probabilities">n × L, ≥ 0, each row summing to 1 (± 1e-9); L at least 2.</param>
    public LevelDistributions(double[,] probabilities)
    {
        (Elements, Levels) = (probabilities.GetLength(0), probabilities.GetLength(1));
        if (Levels < 2) throw new ArgumentException("Expected at least 2 levels.", nameof(probabilities));
        _probabilities = [.. probabilities.Cast<double>()];
        for (var e = 0; e < Elements; e++)
        {
            var row = _probabilities.AsSpan(e * Levels, Levels);
            double sum = 0;
            foreach (var p in row) sum += p >= 0 ? p : double.NaN;
            if (!(Math.Abs(sum - 1) <= 1e-9))
                throw new ArgumentException($"Expected probabilities of at least 0 that sum to 1, at element {e}.", nameof(probabilities));
            foreach (ref var p in row) p /= sum;
        }
    }

    /// <summary>n.</summary>
    public int Elements { get; }

    /// <summary>L.</summary>
    public int Levels { get; }

    /// <summary>The probabilities of an element's levels; sum 1.</summary>
    public ReadOnlySpan<double> this[int element] => _probabilities.AsSpan(element * Levels, Levels);

    /// <summary>The expected level, 0 to L−1.</summary>
    public double Mean(int element)
    {
        double mean = 0;
        for (var level = 1; level < Levels; level++) mean += level * this[element][level];
        return mean;
    }

    /// <summary>The smallest level with P(level or lower) ≥ p.</summary>
    public int Quantile(int element, double p)
    {
        var level = 0;
        for (var below = this[element][0]; below < p - 1e-12 && level < Levels - 1;) below += this[element][++level];
        return level;
    }
}
