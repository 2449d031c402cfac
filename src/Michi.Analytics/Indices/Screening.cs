namespace Michi.Analytics.Indices;

/// <summary>Which units have enough data to be ranked.</summary>
/// <param name="MinimumAvailable">Least share of the indicators a unit must have a value for, 0–1.</param>
/// <param name="MinimumNonZero">Least share of a unit's available values that must differ from zero, 0–1.</param>
/// <remarks>Applied to the denominated data before imputation, so that filled values do not count as data.</remarks>
public sealed record Screening(double MinimumAvailable = 2.0 / 3, double MinimumNonZero = 0)
{
    /// <summary>Whether a unit stays.</summary>
    public bool Keeps(DataAvailability unit) => unit.Available >= MinimumAvailable && !(unit.NonZero < MinimumNonZero);
}

/// <summary>How much data a unit has.</summary>
/// <param name="Unit">Unit code.</param>
/// <param name="Missing">Number of missing values.</param>
/// <param name="Zero">Number of zeros.</param>
/// <param name="Available">Share of the indicators with a value, 0–1.</param>
/// <param name="NonZero">Share of the available values that differ from zero, 0–1; NaN when nothing is available.</param>
public sealed record DataAvailability(string Unit, int Missing, int Zero, double Available, double NonZero)
{
    /// <summary>Data availability of every unit of a table. O(units × columns).</summary>
    public static IReadOnlyList<DataAvailability> Of(IndexTable table)
    {
        int columns = table.Codes.Count;
        int[] missing = new int[table.Units.Count], zero = new int[table.Units.Count];
        for (var c = 0; c < columns; c++)
        {
            var x = table.Column(c);
            for (var u = 0; u < x.Length; u++)
            {
                if (double.IsNaN(x[u])) missing[u]++;
                else if (x[u] == 0) zero[u]++;
            }
        }
        var result = new DataAvailability[missing.Length];
        for (var u = 0; u < result.Length; u++)
        {
            double available = 1 - (double)missing[u] / columns, nonZero = 1 - (double)zero[u] / (columns - missing[u]);
            result[u] = new(table.Units[u], missing[u], zero[u], available, nonZero);
        }
        return result;
    }
}
