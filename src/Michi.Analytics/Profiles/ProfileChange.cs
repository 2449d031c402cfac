namespace Michi.Analytics.Profiles;

/// <summary>How the level of one element changed between two assessments.</summary>
/// <param name="Higher">P(after &gt; before).</param>
/// <param name="Same">P(after = before).</param>
/// <param name="Lower">P(after &lt; before); the three sum to 1.</param>
/// <param name="ExpectedChange">In levels.</param>
public readonly record struct LevelShift(double Higher, double Same, double Lower, double ExpectedChange);

/// <summary>Compares two profiles element by element.</summary>
public static class ProfileChange
{
    /// <summary>The change of each element. What is believed before and after is taken as independent. Time O(n·L).</summary>
    /// <param name="before">Beliefs at the earlier time.</param>
    /// <param name="after">Beliefs at the later time, for the same elements and levels.</param>
    public static IReadOnlyList<LevelShift> Between(LevelDistributions before, LevelDistributions after)
    {
        ProfileDistance.CheckComparable(before, after);
        var shifts = new LevelShift[before.Elements];
        for (var e = 0; e < shifts.Length; e++)
        {
            double higher = 0, same = 0, lower = 0, beforeBelow = 0, afterBelow = 0;
            for (var level = 0; level < before.Levels; level++)
            {
                double p = before[e][level], q = after[e][level];
                higher += q * beforeBelow;
                lower += p * afterBelow;
                same += p * q;
                (beforeBelow, afterBelow) = (beforeBelow + p, afterBelow + q);
            }
            shifts[e] = new(higher, same, lower, after.Mean(e) - before.Mean(e));
        }
        return shifts;
    }
}

/// <summary>How far apart two profiles are, to find places that resemble one another. Both are metrics, in levels, 0 to L−1.</summary>
public static class ProfileDistance
{
    /// <summary>Root mean square over the elements of the difference of expected levels. It does not see uncertainty.</summary>
    /// <param name="a">One profile.</param>
    /// <param name="b">Another, for the same elements and levels.</param>
    public static double RootMeanSquare(LevelDistributions a, LevelDistributions b)
    {
        CheckComparable(a, b);
        double sum = 0;
        for (var e = 0; e < a.Elements; e++) sum += (a.Mean(e) - b.Mean(e)) * (a.Mean(e) - b.Mean(e));
        return Math.Sqrt(sum / a.Elements);
    }

    /// <summary>
    /// Mean over the elements of the Wasserstein-1 distance of their distributions, Σ|F − G| (Vallender 1974, Theory Probab. Appl. 18:784):
    /// how many levels of probability would have to move. It does see uncertainty.
    /// </summary>
    /// <param name="a">One profile.</param>
    /// <param name="b">Another, for the same elements and levels.</param>
    public static double Wasserstein(LevelDistributions a, LevelDistributions b)
    {
        CheckComparable(a, b);
        double sum = 0;
        for (var e = 0; e < a.Elements; e++)
        {
            double difference = 0;
            for (var level = 0; level < a.Levels - 1; level++) sum += Math.Abs(difference += a[e][level] - b[e][level]);
        }
        return sum / a.Elements;
    }

    internal static void CheckComparable(LevelDistributions a, LevelDistributions b)
    {
        if (a.Elements != b.Elements || a.Levels != b.Levels)
            throw new ArgumentException($"Expected {a.Elements} elements with {a.Levels} levels, as in the other profile.", nameof(b));
    }
}
