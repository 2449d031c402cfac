namespace Michi.Analytics.Indices;

/// <summary>A principal component.</summary>
/// <param name="StandardDeviation">Square root of the component's variance.</param>
/// <param name="Loadings">One a column, of length 1 as a vector; the greatest in absolute value is positive.</param>
public sealed record PrincipalComponent(double StandardDeviation, IReadOnlyList<double> Loadings);

/// <summary>Whether the parts of an index speak of one thing (OECD/JRC 2008, step 4).</summary>
public static class Consistency
{
    /// <summary>Cronbach's α of the columns: k²·(mean covariance)/(sum of all covariances). O(units × columns²).</summary>
    /// <param name="table">Two columns or more; covariances are taken over the units that have both values.</param>
    /// <returns>Up to 1; negative when columns work against each other.</returns>
    /// <remarks>Cronbach 1951, Psychometrika 16, 297–334, eq. 2.</remarks>
    /// <exception cref="ArgumentException">Fewer than two columns.</exception>
    public static double CronbachAlpha(IndexTable table)
    {
        var k = table.Codes.Count;
        if (k < 2) throw new ArgumentException("Give two columns or more.", nameof(table));
        double all = 0, variances = 0;
        for (var i = 0; i < k; i++)
        {
            variances += Correlation.Covariance(table.Column(i), table.Column(i));
            for (var j = 0; j < i; j++) all += 2 * Correlation.Covariance(table.Column(i), table.Column(j));
        }
        return k / (k - 1.0) * all / (all + variances);
    }

    /// <summary>Principal components of the standardised columns, over the units without a missing value, greatest variance first. O(units
    /// × columns² + columns³).</summary>
    /// <param name="table">Columns that vary.</param>
    /// <remarks>Eigenvectors of the correlation matrix by Jacobi rotations: Golub &amp; Van Loan 2013, Matrix Computations, alg. 8.5.2
    /// (cyclic).</remarks>
    public static IReadOnlyList<PrincipalComponent> PrincipalComponents(IndexTable table)
    {
        var hasAll = new bool[table.Units.Count];
        for (var u = 0; u < hasAll.Length; u++) hasAll[u] = Enumerable.Range(0, table.Codes.Count).All(c => !double.IsNaN(table[u, c]));
        var complete = table.Keep(hasAll);
        var k = complete.Codes.Count;
        var a = new double[k, k];
        var v = new double[k, k];
        for (var i = 0; i < k; i++)
        {
            a[i, i] = v[i, i] = 1;
            for (var j = 0; j < i; j++) a[i, j] = a[j, i] = Correlation.Pearson(complete.Column(i), complete.Column(j));
        }
        Diagonalise(a, v);

        var components = new List<PrincipalComponent>();
        for (var c = 0; c < k; c++)
        {
            double[] loadings = [.. Enumerable.Range(0, k).Select(i => v[i, c])];
            if (loadings.MaxBy(Math.Abs) < 0) loadings = [.. loadings.Select(l => -l)];
            components.Add(new(Math.Sqrt(Math.Max(0, a[c, c])), loadings));
        }
        return [.. components.OrderByDescending(c => c.StandardDeviation)];
    }

    /// <summary>Turns the symmetric a into a diagonal matrix and v into its eigenvectors (columns).</summary>
    private static void Diagonalise(double[,] a, double[,] v)
    {
        var k = a.GetLength(0);
        for (var sweep = 0; sweep < 60; sweep++)
        {
            var isDiagonal = true;
            for (var p = 0; p < k; p++)
                for (var q = p + 1; q < k; q++)
                {
                    if (Math.Abs(a[p, q]) < 1e-16) continue;
                    isDiagonal = false;
                    var theta = (a[q, q] - a[p, p]) / (2 * a[p, q]);
                    var t = (theta < 0 ? -1 : 1) / (Math.Abs(theta) + Math.Sqrt(theta * theta + 1));
                    var c = 1 / Math.Sqrt(t * t + 1);
                    var s = t * c;
                    for (var i = 0; i < k; i++) (a[i, p], a[i, q]) = (c * a[i, p] - s * a[i, q], s * a[i, p] + c * a[i, q]);
                    for (var i = 0; i < k; i++) (a[p, i], a[q, i]) = (c * a[p, i] - s * a[q, i], s * a[p, i] + c * a[q, i]);
                    for (var i = 0; i < k; i++) (v[i, p], v[i, q]) = (c * v[i, p] - s * v[i, q], s * v[i, p] + c * v[i, q]);
                }
            if (isDiagonal) return;
        }
    }
}
