namespace Michi.Analytics.Indices;

/// <summary>What the distribution of one column looks like; missing values are left out.</summary>
/// <param name="Code">Column code.</param>
/// <param name="Min">Least value, in the column's unit; NaN when nothing is available.</param>
/// <param name="Max">Greatest value.</param>
/// <param name="Mean">Arithmetic mean.</param>
/// <param name="Median">Median.</param>
/// <param name="StandardDeviation">Sample standard deviation (n − 1).</param>
/// <param name="Skewness">Type 2 (Joanes &amp; Gill 1998).</param>
/// <param name="Kurtosis">Excess, type 2.</param>
/// <param name="Available">Number of values.</param>
/// <param name="NonZero">Number of values that are not zero.</param>
/// <param name="Unique">Number of different values.</param>
/// <param name="Same">Number of units that share the most frequent value.</param>
public sealed record ColumnStatistics(
    string Code, double Min, double Max, double Mean, double Median, double StandardDeviation, double Skewness, double Kurtosis,
    int Available, int NonZero, int Unique, int Same)
{
    /// <summary>Describes every column. O(columns × units log units).</summary>
    public static IReadOnlyList<ColumnStatistics> Of(IndexTable table)
    {
        var result = new ColumnStatistics[table.Codes.Count];
        for (var c = 0; c < result.Length; c++)
        {
            var x = Moments.Available(table.Column(c));
            Array.Sort(x);
            int nonZero = 0, unique = 0, same = 0, run = 0;
            for (var i = 0; i < x.Length; i++)
            {
                if (x[i] != 0) nonZero++;
                run = i > 0 && x[i] == x[i - 1] ? run + 1 : 1;
                if (run == 1) unique++;
                same = Math.Max(same, run);
            }
            var (min, max) = Moments.Range(x);
            var (skewness, kurtosis) = Moments.Shape(x);
            result[c] = new(
                table.Codes[c], min, max, Moments.Mean(x), Moments.Median(x), Moments.StandardDeviation(x), skewness, kurtosis,
                x.Length, nonZero, unique, same);
        }
        return result;
    }
}
