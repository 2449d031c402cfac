namespace Michi.Analytics.Indices;

/// <summary>Correlation and covariance of two columns, over the units that have both values.</summary>
public static class Correlation
{
    /// <summary>Product-moment correlation. O(n).</summary>
    /// <returns>In [−1, 1]; NaN without spread or below two common values.</returns>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static double Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (_, xx, xy, yy) = Common(x, y);
        return xy / Math.Sqrt(xx * yy);
    }

    /// <summary>Sample covariance (n − 1). O(n).</summary>
    public static double Covariance(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        var (n, _, xy, _) = Common(x, y);
        return xy / (n - 1);
    }

    /// <summary>Rank correlation: <see cref="Pearson"/> of ranks with ties at their mean (Spearman 1904). O(n log n).</summary>
    public static double Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x, y);
        double[] a = x.ToArray(), b = y.ToArray();
        for (var i = 0; i < a.Length; i++)
            if (double.IsNaN(a[i]) || double.IsNaN(b[i])) a[i] = b[i] = double.NaN;
        return Pearson(Ranking.Average(a), Ranking.Average(b));
    }

    /// <summary>Kendall's τ-b, which allows for ties (Kendall 1945, Biometrika 33, 239–251). O(n²).</summary>
    public static double Kendall(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x, y);
        long score = 0, untiedX = 0, untiedY = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (double.IsNaN(x[i]) || double.IsNaN(y[i])) continue;
            for (var j = 0; j < i; j++)
            {
                if (double.IsNaN(x[j]) || double.IsNaN(y[j])) continue;
                int a = x[i].CompareTo(x[j]), b = y[i].CompareTo(y[j]);
                score += a * b;
                untiedX += a * a;
                untiedY += b * b;
            }
        }
        return score / Math.Sqrt((double)untiedX * untiedY);
    }

    private static (int Count, double XX, double XY, double YY) Common(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        RequireSameLength(x, y);
        double meanX = 0, meanY = 0;
        var n = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (double.IsNaN(x[i]) || double.IsNaN(y[i])) continue;
            meanX += x[i];
            meanY += y[i];
            n++;
        }
        meanX /= n;
        meanY /= n;
        double xx = 0, xy = 0, yy = 0;
        for (var i = 0; i < x.Length; i++)
        {
            if (double.IsNaN(x[i]) || double.IsNaN(y[i])) continue;
            double dx = x[i] - meanX, dy = y[i] - meanY;
            xx += dx * dx;
            xy += dx * dy;
            yy += dy * dy;
        }
        return (n, xx, xy, yy);
    }

    private static void RequireSameLength(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"The columns must be of one length; they have {x.Length} and {y.Length} values.", nameof(y));
    }
}
