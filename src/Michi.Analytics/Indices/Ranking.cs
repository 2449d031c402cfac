namespace Michi.Analytics.Indices;

/// <summary>Ranks of values; tied values share a rank and missing values (NaN) have none.</summary>
public static class Ranking
{
    /// <summary>Rank of each value among all: 1 + the number of values strictly greater. O(n log n).</summary>
    /// <param name="values">Scores; more is better.</param>
    /// <returns>Ranks from 1 (best); 0 where the value is NaN.</returns>
    public static int[] Descending(ReadOnlySpan<double> values)
    {
        var ranks = new int[values.Length];
        Descending(values, ranks, new double[values.Length], new int[values.Length]);
        return ranks;
    }

    /// <summary>Rank of each value from the lowest: 1 + the number of values strictly less (0 where NaN). O(n log n).</summary>
    public static int[] Ascending(ReadOnlySpan<double> values)
    {
        var negated = new double[values.Length];
        for (var i = 0; i < negated.Length; i++) negated[i] = -values[i];
        return Descending(negated);
    }

    /// <summary>Ranks from the lowest where tied values share the mean of their places (NaN where NaN). O(n log n).</summary>
    public static double[] Average(ReadOnlySpan<double> values)
    {
        int[] low = Ascending(values), high = Descending(values);
        var available = 0;
        foreach (var r in low)
            if (r > 0) available++;
        var ranks = new double[values.Length];
        // From below the value stands at low … available + 1 − high.
        for (var i = 0; i < ranks.Length; i++) ranks[i] = low[i] == 0 ? double.NaN : (low[i] + available + 1 - high[i]) / 2.0;
        return ranks;
    }

    /// <summary>The same into given memory; <paramref name="keys"/> and <paramref name="order"/> are scratch of the same length.</summary>
    internal static void Descending(ReadOnlySpan<double> values, Span<int> ranks, double[] keys, int[] order)
    {
        for (var i = 0; i < values.Length; i++)
        {
            keys[i] = -values[i];
            order[i] = i;
        }
        Array.Sort(keys, order); // NaN sorts first
        var missing = 0;
        while (missing < keys.Length && double.IsNaN(keys[missing])) ranks[order[missing++]] = 0;
        var rank = 0;
        for (var i = missing; i < keys.Length; i++)
        {
            if (i == missing || keys[i] != keys[i - 1]) rank = i - missing + 1;
            ranks[order[i]] = rank;
        }
    }
}
