namespace Michi.Analytics.Indices;

/// <summary>Moments, quantiles and ranks of a column; missing values (NaN) are left out.</summary>
internal static class Moments
{
    /// <summary>The values that are not NaN, in order.</summary>
    public static double[] Available(ReadOnlySpan<double> x)
    {
        var kept = new double[x.Length];
        var n = 0;
        foreach (var v in x)
            if (!double.IsNaN(v)) kept[n++] = v;
        return n == x.Length ? kept : kept[..n];
    }

    public static bool HasMissing(ReadOnlySpan<double> x)
    {
        // Sums of NaN are NaN, and x − x is NaN for infinity too: one pass without branches.
        double sum = 0;
        foreach (var v in x) sum += v - v;
        return double.IsNaN(sum);
    }

    public static (double Min, double Max) Range(ReadOnlySpan<double> x)
    {
        double min = double.PositiveInfinity, max = double.NegativeInfinity;
        foreach (var v in x)
        {
            if (v < min) min = v;
            if (v > max) max = v;
        }
        return min > max ? (double.NaN, double.NaN) : (min, max);
    }

    public static double Mean(ReadOnlySpan<double> x)
    {
        double sum = 0;
        var n = 0;
        foreach (var v in x)
        {
            if (double.IsNaN(v)) continue;
            sum += v;
            n++;
        }
        return sum / n;
    }

    /// <summary>Sample standard deviation (n − 1).</summary>
    public static double StandardDeviation(ReadOnlySpan<double> x)
    {
        var (n, second, _, _) = Central(x);
        return Math.Sqrt(second / (n - 1));
    }

    /// <summary>Skewness and excess kurtosis of type 2 (Joanes &amp; Gill 1998, The Statistician 47, 183–189: G1 and G2); NaN below 3 or 4
    /// values.</summary>
    public static (double Skewness, double Kurtosis) Shape(ReadOnlySpan<double> x)
    {
        var (count, second, third, fourth) = Central(x);
        double n = count;
        var skewness = n < 3 ? double.NaN : Math.Sqrt(n) * third / (second * Math.Sqrt(second)) * Math.Sqrt(n * (n - 1)) / (n - 2);
        var kurtosis = n < 4 ? double.NaN : ((n + 1) * (n * fourth / (second * second) - 3) + 6) * (n - 1) / ((n - 2) * (n - 3));
        return (skewness, kurtosis);
    }

    /// <summary>Quantile of sorted values, linear between the points (k − 1)/(n − 1): Hyndman &amp; Fan 1996 (Am. Stat. 50, 361–365), type
    /// 7.</summary>
    public static double Quantile(ReadOnlySpan<double> sorted, double p)
    {
        if (sorted.Length == 0) return double.NaN;
        var h = (sorted.Length - 1) * p;
        var low = (int)h;
        return low + 1 >= sorted.Length ? sorted[^1] : sorted[low] + (h - low) * (sorted[low + 1] - sorted[low]);
    }

    public static double Median(ReadOnlySpan<double> x)
    {
        var sorted = Available(x);
        Array.Sort(sorted);
        var n = sorted.Length;
        return n == 0 ? double.NaN : n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
    }

    /// <summary>Sums of the second to fourth powers of the deviations from the mean.</summary>
    private static (int Count, double Second, double Third, double Fourth) Central(ReadOnlySpan<double> x)
    {
        var mean = Mean(x);
        double second = 0, third = 0, fourth = 0;
        var n = 0;
        foreach (var v in x)
        {
            if (double.IsNaN(v)) continue;
            var d = v - mean;
            var d2 = d * d;
            second += d2;
            third += d2 * d;
            fourth += d2 * d2;
            n++;
        }
        return (n, second, third, fourth);
    }
}
