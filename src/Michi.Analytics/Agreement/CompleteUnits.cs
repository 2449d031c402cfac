namespace Michi.Analytics.Agreement;

/// <summary>The units that every rater rated, for statistics that cannot use a unit with a missing rating.</summary>
internal static class CompleteUnits
{
    /// <returns>The rows without NaN, in order.</returns>
    /// <exception cref="ArgumentException">A rating is infinite.</exception>
    public static double[][] Of(double[,] ratings)
    {
        foreach (var rating in ratings)
            if (double.IsInfinity(rating)) throw new ArgumentException("Expected finite ratings, or NaN where missing.", nameof(ratings));
        return [.. Enumerable.Range(0, ratings.GetLength(0))
            .Select(u => Enumerable.Range(0, ratings.GetLength(1)).Select(r => ratings[u, r]).ToArray())
            .Where(row => !row.Any(double.IsNaN))];
    }
}
