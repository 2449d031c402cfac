using System.Numerics;

namespace Michi.Analytics.Indices;

/// <summary>Combines the parts of an aggregate into its score (OECD/JRC 2008, step 6).</summary>
public abstract record Aggregation
{
    /// <summary>Least share of the parts that must be there for a unit to get a score, 0–1; below it the score is NaN.</summary>
    /// <remarks>Parts that are missing are left out and the others keep their proportions.</remarks>
    public double MinimumAvailability { get; init; }

    /// <summary>Combines columns of parts. O(units × parts), Copeland O(units² × parts).</summary>
    /// <param name="values">Units × parts; NaN is missing.</param>
    /// <param name="weights">One a part, ≥ 0; only proportions count.</param>
    /// <returns>One score a unit; NaN where nothing is available.</returns>
    /// <exception cref="ArgumentException">Lengths differ, a weight is negative, or a value is outside the domain of the
    /// method.</exception>
    public double[] Apply(double[,] values, IReadOnlyList<double> weights)
    {
        int units = values.GetLength(0), parts = values.GetLength(1);
        if (weights.Count != parts) throw new ArgumentException($"Give {parts} weights, one a part.", nameof(weights));
        var elements = weights.Select((w, p) => new IndexElement($"{p}", "", 1, "all") { Weight = w }).Append(new("all", "", 2, null));
        var definition = new IndexDefinition([.. elements]) { Aggregations = [this] };
        var columns = new double[units * parts];
        for (var p = 0; p < parts; p++)
            for (var u = 0; u < units; u++)
                columns[p * units + u] = values[u, p];
        var aggregator = new LevelAggregator(definition.Structure, units);
        aggregator.Run(definition, new NormalisedColumns(columns, parts));
        return aggregator.Scores(definition.Structure.Top).ToArray();
    }

    /// <summary>Writes the scores of one element.</summary>
    internal abstract void Combine(LevelAggregator level, ReadOnlySpan<int> parts, ReadOnlySpan<double> weights, Span<double> scores);

    /// <summary>Adds factor × x to sum.</summary>
    private protected static void AddScaled(ReadOnlySpan<double> x, double factor, Span<double> sum)
    {
        var scale = new Vector<double>(factor);
        var u = 0;
        for (; u <= x.Length - Vector<double>.Count; u += Vector<double>.Count)
            (new Vector<double>(sum[u..]) + scale * new Vector<double>(x[u..])).CopyTo(sum[u..]);
        for (; u < x.Length; u++) sum[u] += factor * x[u];
    }
}

/// <summary>A weighted mean of the form f⁻¹(Σ w f(x) / Σ w).</summary>
/// <remarks>f(x) does not depend on the weights, so that replications with other weights share it. Hardy, Littlewood &amp; Pólya 1934,
/// Inequalities, ch. III.</remarks>
public abstract record QuasiArithmetic : Aggregation
{
    /// <summary>y = f(x); x and y may be the same memory.</summary>
    internal abstract void Transform(ReadOnlySpan<double> x, Span<double> y);

    /// <summary>y = f⁻¹(y).</summary>
    private protected abstract void Invert(Span<double> y);

    internal override void Combine(LevelAggregator level, ReadOnlySpan<int> parts, ReadOnlySpan<double> weights, Span<double> scores)
    {
        scores.Clear();
        var isComplete = true;
        double total = 0;
        for (var p = 0; p < parts.Length; p++)
        {
            isComplete &= level.IsComplete(parts[p]);
            total += weights[p];
        }
        if (isComplete)
            for (var p = 0; p < parts.Length; p++) AddScaled(level.Transformed(parts[p], this), weights[p] / total, scores);
        else CombineAvailable(level, parts, weights, scores);
        Invert(scores);
    }

    private void CombineAvailable(LevelAggregator level, ReadOnlySpan<int> parts, ReadOnlySpan<double> weights, Span<double> scores)
    {
        var total = new double[scores.Length];
        var available = new int[scores.Length];
        for (var p = 0; p < parts.Length; p++)
        {
            var x = level.Transformed(parts[p], this);
            for (var u = 0; u < x.Length; u++)
            {
                if (double.IsNaN(x[u])) continue;
                scores[u] += weights[p] * x[u];
                total[u] += weights[p];
                available[u]++;
            }
        }
        for (var u = 0; u < scores.Length; u++)
            scores[u] = available[u] < MinimumAvailability * parts.Length ? double.NaN : scores[u] / total[u];
    }

    private protected static void RequirePositive(ReadOnlySpan<double> x, string mean)
    {
        if (Moments.Range(x).Min <= 0)
            throw new ArgumentException(
                $"The {mean} mean needs values above 0; normalise to a positive range first, for example MinMax(1, 100).", nameof(x));
    }
}

/// <summary>Weighted arithmetic mean: a low part is made up for by a high one, fully.</summary>
public sealed record Arithmetic : QuasiArithmetic
{
    internal override void Transform(ReadOnlySpan<double> x, Span<double> y) => x.CopyTo(y);

    private protected override void Invert(Span<double> y)
    {
    }
}

/// <summary>Weighted geometric mean exp(Σ w ln x / Σ w): a low part is made up for in part only. Values must be above 0.</summary>
public sealed record Geometric : QuasiArithmetic
{
    internal override void Transform(ReadOnlySpan<double> x, Span<double> y)
    {
        RequirePositive(x, "geometric");
        for (var u = 0; u < x.Length; u++) y[u] = Math.Log(x[u]);
    }

    private protected override void Invert(Span<double> y)
    {
        for (var u = 0; u < y.Length; u++) y[u] = Math.Exp(y[u]);
    }
}

/// <summary>Weighted harmonic mean Σ w / Σ (w/x): a low part weighs most. Values must be above 0.</summary>
public sealed record Harmonic : QuasiArithmetic
{
    internal override void Transform(ReadOnlySpan<double> x, Span<double> y)
    {
        RequirePositive(x, "harmonic");
        Invert(x, y);
    }

    private protected override void Invert(Span<double> y) => Invert(y, y);

    private static void Invert(ReadOnlySpan<double> x, Span<double> y)
    {
        for (var u = 0; u < x.Length; u++) y[u] = 1 / x[u];
    }
}

/// <summary>Weighted power mean (Σ w xᵖ / Σ w)^(1/p): 1 is the arithmetic, −1 the harmonic mean. Values ≥ 0, for p &lt; 0 above
/// 0.</summary>
public sealed record GeneralisedMean : QuasiArithmetic
{
    /// <param name="power">Exponent p, not 0: that limit is <see cref="Geometric"/>.</param>
    public GeneralisedMean(double power)
    {
        if (power == 0 || !double.IsFinite(power))
            throw new ArgumentException("The power must be finite and not 0; in the limit of 0 use the geometric mean.", nameof(power));
        Power = power;
    }

    /// <summary>Exponent p.</summary>
    public double Power { get; }

    internal override void Transform(ReadOnlySpan<double> x, Span<double> y)
    {
        if (Power < 0) RequirePositive(x, "generalised");
        else if (Moments.Range(x).Min < 0) throw new ArgumentException("The generalised mean needs values ≥ 0.", nameof(x));
        for (var u = 0; u < x.Length; u++) y[u] = Math.Pow(x[u], Power);
    }

    private protected override void Invert(Span<double> y)
    {
        for (var u = 0; u < y.Length; u++) y[u] = Math.Pow(y[u], 1 / Power);
    }
}

/// <summary>Copeland score: the number of units a unit beats less the number it loses to, in pairwise votes of the parts by
/// weight.</summary>
/// <remarks>Non-compensatory; OECD/JRC (2008), step 6 (multi-criteria approach). A part that one of the two units lacks does not
/// vote.</remarks>
public sealed record Copeland : Aggregation
{
    /// <summary>Share of the weight by which each unit outranks each other, half of it for ties; 0 on the diagonal. O(units² ×
    /// parts).</summary>
    /// <param name="values">Units × parts, without missing values.</param>
    /// <param name="weights">One a part, ≥ 0.</param>
    /// <returns>Units × units, in [0, 1]; entry (i, j) + entry (j, i) = 1.</returns>
    public static double[,] OutrankingMatrix(double[,] values, IReadOnlyList<double> weights)
    {
        int units = values.GetLength(0), parts = values.GetLength(1);
        if (weights.Count != parts) throw new ArgumentException($"Give {parts} weights, one a part.", nameof(weights));
        var total = weights.Sum();
        var matrix = new double[units, units];
        for (var i = 0; i < units; i++)
            for (var j = i + 1; j < units; j++)
            {
                double share = 0;
                for (var p = 0; p < parts; p++)
                    share += values[i, p] > values[j, p] ? weights[p] / total : values[i, p] == values[j, p] ? weights[p] / total / 2 : 0;
                matrix[i, j] = share;
                matrix[j, i] = 1 - share;
            }
        return matrix;
    }

    internal override void Combine(LevelAggregator level, ReadOnlySpan<int> parts, ReadOnlySpan<double> weights, Span<double> scores)
    {
        scores.Clear();
        var lead = new double[scores.Length];
        for (var i = 0; i < scores.Length; i++)
        {
            lead.AsSpan().Clear();
            var available = 0;
            for (var p = 0; p < parts.Length; p++)
            {
                var x = level.Column(parts[p]);
                if (!double.IsNaN(x[i])) available++;
                for (var j = i + 1; j < x.Length; j++)
                    lead[j] += x[i] > x[j] ? weights[p] : x[i] < x[j] ? -weights[p] : 0;
            }
            for (var j = i + 1; j < scores.Length; j++)
            {
                scores[i] += Math.Sign(lead[j]);
                scores[j] -= Math.Sign(lead[j]);
            }
            if (available == 0 || available < MinimumAvailability * parts.Length) scores[i] = double.NaN;
        }
    }
}
