namespace Michi.Analytics.Indices;

/// <summary>The part one input plays in the variance of an output; NaN when the output does not vary.</summary>
/// <param name="Name">Name of the input.</param>
/// <param name="FirstOrder">Sᵢ = Var(E[y | xᵢ]) / Var(y): what fixing this input alone would take away on average.</param>
/// <param name="Total">STᵢ = 1 − Var(E[y | x₋ᵢ]) / Var(y): with all interactions.</param>
/// <param name="FirstOrderMargin">Half the width of the 95 % confidence interval of <paramref name="FirstOrder"/>; 0 when exact, NaN when
/// unknown.</param>
/// <param name="TotalMargin">Half the width of the 95 % confidence interval of <paramref name="Total"/>.</param>
public sealed record InputSensitivity(string Name, double FirstOrder, double Total, double FirstOrderMargin, double TotalMargin);

/// <summary>Sobol' indices of every input of a model, by variance.</summary>
/// <param name="Mean">Mean of the output.</param>
/// <param name="Variance">Variance of the output.</param>
/// <param name="Inputs">One entry an input.</param>
public sealed record SobolIndices(double Mean, double Variance, IReadOnlyList<InputSensitivity> Inputs)
{
    /// <summary>Independent scramblings of the points, from whose spread the confidence intervals come.</summary>
    private const int Replicates = 5;

    /// <summary>0.975 quantile of Student's t with <see cref="Replicates"/> − 1 degrees of freedom.</summary>
    private const double StudentT = 2.7764451051977987;

    /// <summary>The exact indices of inputs with few values each, from the output of every combination. O(combinations × inputs).</summary>
    /// <param name="y">Outputs of all combinations, the last input varying fastest.</param>
    /// <param name="names">One name an input.</param>
    /// <param name="counts">Number of values of each input, all as likely.</param>
    /// <remarks>Sobol' 1993, Math. Model. Comput. Exp. 1, 407–414; Homma &amp; Saltelli 1996, Reliab. Eng. Syst. Saf. 52, 1–17. Variance
    /// over n.</remarks>
    /// <exception cref="ArgumentException">The number of outputs is not the product of the counts.</exception>
    public static SobolIndices Exact(ReadOnlySpan<double> y, IReadOnlyList<string> names, IReadOnlyList<int> counts)
    {
        if (y.Length != counts.Aggregate(1L, (product, count) => product * count))
            throw new ArgumentException("Give one output for every combination of values.", nameof(y));
        double mean = 0, variance = 0;
        foreach (var value in y) mean += value / y.Length;
        foreach (var value in y) variance += (value - mean) * (value - mean) / y.Length;

        var inputs = new InputSensitivity[counts.Count];
        var stride = y.Length;
        for (var i = 0; i < inputs.Length; i++)
        {
            var outer = stride;
            stride /= counts[i];
            // Means given xᵢ, and the spread round the mean given all other inputs.
            var given = new double[counts[i]];
            double within = 0;
            for (var start = 0; start < y.Length; start += outer)
                for (var rest = 0; rest < stride; rest++)
                {
                    double sum = 0, squares = 0;
                    for (var v = 0; v < counts[i]; v++)
                    {
                        var d = y[start + v * stride + rest] - mean;
                        given[v] += d;
                        sum += d;
                        squares += d * d;
                    }
                    within += squares - sum * sum / counts[i];
                }
            double between = 0;
            var each = y.Length / counts[i];
            foreach (var sum in given) between += sum / each * (sum / each) / counts[i];
            inputs[i] = new(names[i], between / variance, within / y.Length / variance, 0, 0);
        }
        return new(mean, variance, inputs);
    }

    /// <summary>Indices from a pick-freeze design: Sᵢ = mean(y_B (y_ABᵢ − y_A))/V, STᵢ = mean((y_A − y_ABᵢ)²)/(2V), V the variance (n − 1)
    /// of y_A and y_B.</summary>
    /// <param name="y">Outputs of the N points A, the N points B, and for each input the N points A with that coordinate from B.</param>
    /// <param name="names">One name an input.</param>
    /// <remarks>Saltelli et al. 2010, Comput. Phys. Commun. 181, 259–270, table 2 (b) and (f, Jansen).</remarks>
    /// <exception cref="ArgumentException">The number of outputs is not a multiple of the number of inputs + 2.</exception>
    public static SobolIndices FromPickFreeze(ReadOnlySpan<double> y, IReadOnlyList<string> names)
    {
        var n = y.Length / (names.Count + 2);
        if (n == 0 || n * (names.Count + 2) != y.Length)
            throw new ArgumentException($"Give a multiple of {names.Count + 2} outputs.", nameof(y));
        ReadOnlySpan<double> a = y[..n], b = y[n..(2 * n)];
        var mean = Moments.Mean(y[..(2 * n)]);
        var deviation = Moments.StandardDeviation(y[..(2 * n)]);
        var variance = deviation * deviation;
        var inputs = new InputSensitivity[names.Count];
        for (var i = 0; i < inputs.Length; i++)
        {
            var ab = y.Slice((2 + i) * n, n);
            double first = 0, total = 0;
            for (var k = 0; k < n; k++)
            {
                first += b[k] * (ab[k] - a[k]);
                total += (a[k] - ab[k]) * (a[k] - ab[k]);
            }
            inputs[i] = new(names[i], first / n / variance, total / (2 * n) / variance, double.NaN, double.NaN);
        }
        return new(mean, variance, inputs);
    }

    /// <summary>Estimates the indices of any model of independent inputs from a number of runs. O(runs).</summary>
    /// <param name="model">Output at a point of the unit cube, one coordinate an input.</param>
    /// <param name="names">One name an input.</param>
    /// <param name="runs">Most runs of the model; at least 20 × (2 × inputs + 2).</param>
    /// <param name="seed">The same seed gives the same result.</param>
    /// <param name="progress">Share done, 0–1.</param>
    /// <param name="cancellation">Stops between runs.</param>
    /// <remarks>
    /// Azzini, Mara &amp; Rosati 2021, Environ. Model. Softw. 144, 105167: with points A and B, and each coordinate exchanged between
    /// them, Sᵢ = 2 Σ (y_BAᵢ − y_B)(y_A − y_ABᵢ) / Σ ((y_A − y_B)² + (y_BAᵢ − y_ABᵢ)²) and
    /// STᵢ = Σ ((y_B − y_BAᵢ)² + (y_A − y_ABᵢ)²) / the same; on scrambled Sobol' points. The interval is Student's over independent
    /// scramblings
    /// (L'Ecuyer et al. 2023, Proc. Winter Simul. Conf., 445–456) with the ratio linearised.
    /// </remarks>
    /// <exception cref="ArgumentException">There are too few runs.</exception>
    public static SobolIndices Estimate(
        Func<ReadOnlySpan<double>, double> model, IReadOnlyList<string> names, int runs, ulong seed,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var d = names.Count;
        var points = runs / (Replicates * (2 * d + 2));
        if (points < 4) throw new ArgumentException($"Give at least {4 * Replicates * (2 * d + 2)} runs.", nameof(runs));

        var random = new SplitMix(seed);
        double[,] first = new double[d, Replicates], total = new double[d, Replicates], scale = new double[d, Replicates];
        Span<double> both = new double[2 * d];
        Span<double> a = both[..d], b = both[d..];
        var y = new double[2 * points * Replicates];
        for (var r = 0; r < Replicates; r++)
        {
            var sequence = new SobolSequence(random.Next());
            for (var k = 0; k < points; k++)
            {
                cancellation.ThrowIfCancellationRequested();
                sequence.Point((uint)k, both);
                double yA = model(a), yB = model(b);
                y[2 * (r * points + k)] = yA;
                y[2 * (r * points + k) + 1] = yB;
                for (var i = 0; i < d; i++)
                {
                    (a[i], b[i]) = (b[i], a[i]);
                    double yAB = model(a), yBA = model(b);
                    (a[i], b[i]) = (b[i], a[i]);
                    first[i, r] += 2 * (yBA - yB) * (yA - yAB);
                    total[i, r] += (yB - yBA) * (yB - yBA) + (yA - yAB) * (yA - yAB);
                    scale[i, r] += (yA - yB) * (yA - yB) + (yBA - yAB) * (yBA - yAB);
                }
                progress?.Report((r * points + k + 1.0) / (points * Replicates));
            }
        }

        var inputs = new InputSensitivity[d];
        for (var i = 0; i < d; i++)
        {
            var (s, sMargin) = Ratio(i, first, scale);
            var (t, tMargin) = Ratio(i, total, scale);
            inputs[i] = new(names[i], s, t, sMargin, tMargin);
        }
        var deviation = Moments.StandardDeviation(y);
        return new(Moments.Mean(y), deviation * deviation, inputs);
    }

    /// <summary>Ratio of sums over the replicates, and t times the standard error of its linearisation.</summary>
    private static (double Ratio, double Margin) Ratio(int input, double[,] numerator, double[,] denominator)
    {
        double top = 0, bottom = 0, squares = 0;
        for (var r = 0; r < Replicates; r++)
        {
            top += numerator[input, r];
            bottom += denominator[input, r];
        }
        for (var r = 0; r < Replicates; r++)
        {
            var residual = numerator[input, r] - top / bottom * denominator[input, r];
            squares += residual * residual;
        }
        return (top / bottom, StudentT * Math.Sqrt(squares * Replicates / (Replicates - 1)) / bottom);
    }
}
