namespace Michi.Analytics.Indices;

/// <summary>The part one input plays in the variance of an output.</summary>
/// <param name="Name">Name of the input.</param>
/// <param name="FirstOrder">Sᵢ = Var(E[y | xᵢ]) / Var(y): what fixing this input alone would take away on average.</param>
/// <param name="Total">STᵢ = 1 − Var(E[y | x₋ᵢ]) / Var(y): with all interactions.</param>
public sealed record InputSensitivity(string Name, double FirstOrder, double Total);

/// <summary>Sobol' indices of every input of a model, by variance.</summary>
/// <param name="Mean">Mean of the output.</param>
/// <param name="Variance">Variance of the output.</param>
/// <param name="Inputs">One entry an input.</param>
public sealed record SobolIndices(double Mean, double Variance, IReadOnlyList<InputSensitivity> Inputs)
{
    /// <summary>The exact indices of inputs with few values each, from the output of every combination. O(combinations × inputs).</summary>
    /// <param name="y">Outputs of all combinations, the last input varying fastest.</param>
    /// <param name="names">One name an input.</param>
    /// <param name="counts">Number of values of each input, all as likely.</param>
    /// <remarks>Sobol' 1993, Math. Model. Comput. Exp. 1, 407–414; Homma &amp; Saltelli 1996, Reliab. Eng. Syst. Saf. 52, 1–17. Variance over n.</remarks>
    /// <exception cref="ArgumentException">The number of outputs is not the product of the counts.</exception>
    public static SobolIndices Exact(ReadOnlySpan<double> y, IReadOnlyList<string> names, IReadOnlyList<int> counts)
    {
        if (y.Length != counts.Aggregate(1L, (product, count) => product * count)) throw new ArgumentException("Give one output for every combination of values.", nameof(y));
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
            inputs[i] = new(names[i], between / variance, within / y.Length / variance);
        }
        return new(mean, variance, inputs);
    }

    /// <summary>Indices from a pick-freeze design: Sᵢ = mean(y_B (y_ABᵢ − y_A))/V, STᵢ = mean((y_A − y_ABᵢ)²)/(2V), V the variance (n − 1) of y_A and y_B.</summary>
    /// <param name="y">Outputs of the N points A, the N points B, and for each input the N points A with that coordinate from B.</param>
    /// <param name="names">One name an input.</param>
    /// <remarks>Saltelli et al. 2010, Comput. Phys. Commun. 181, 259–270, table 2 (b) and (f, Jansen).</remarks>
    /// <exception cref="ArgumentException">The number of outputs is not a multiple of the number of inputs + 2.</exception>
    public static SobolIndices FromPickFreeze(ReadOnlySpan<double> y, IReadOnlyList<string> names)
    {
        var n = y.Length / (names.Count + 2);
        if (n == 0 || n * (names.Count + 2) != y.Length) throw new ArgumentException($"Give a multiple of {names.Count + 2} outputs.", nameof(y));
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
            inputs[i] = new(names[i], first / n / variance, total / (2 * n) / variance);
        }
        return new(mean, variance, inputs);
    }
}
