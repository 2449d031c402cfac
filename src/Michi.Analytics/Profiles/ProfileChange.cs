using Michi.Analytics.Sampling;
using Michi.Analytics.Sorting;

namespace Michi.Analytics.Profiles;

/// <summary>How the level of one element changed between two assessments.</summary>
/// <param name="Higher">P(after &gt; before).</param>
/// <param name="Same">P(after = before).</param>
/// <param name="Lower">P(after &lt; before); the three sum to 1.</param>
/// <param name="ExpectedChange">In levels.</param>
public readonly record struct LevelShift(double Higher, double Same, double Lower, double ExpectedChange);

/// <summary>How a score changed between two assessments.</summary>
/// <param name="Higher">P(after &gt; before).</param>
/// <param name="Same">P(after = before).</param>
/// <param name="Lower">P(after &lt; before); the three sum to 1.</param>
/// <param name="ExpectedChange">In levels; exact at the nominal weights.</param>
/// <param name="Quantile05">5 % quantile of the change.</param>
/// <param name="Quantile95">95 % quantile of the change.</param>
public readonly record struct ScoreShift(double Higher, double Same, double Lower, double ExpectedChange, double Quantile05, double Quantile95);

/// <summary>How a whole profile changed between two assessments.</summary>
/// <param name="Groups">Score of each group.</param>
/// <param name="Whole">Score of the whole.</param>
/// <param name="StageHigher">P(stage after &gt; stage before).</param>
/// <param name="StageSame">P(stage after = stage before).</param>
/// <param name="StageLower">P(stage after &lt; stage before).</param>
public sealed record ProfileShift(IReadOnlyList<ScoreShift> Groups, ScoreShift Whole, double StageHigher, double StageSame, double StageLower);

/// <summary>Compares two profiles of one place.</summary>
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

    /// <summary>The change of scores and stage, by Monte Carlo. Time O(draws·n·B).</summary>
    /// <remarks>
    /// The weights of a draw are the same before and after: they are one thing that is known roughly, so their uncertainty must not pass for
    /// change. The levels before and after are drawn independently. Standard error of a probability: at most 0.5/√draws.
    /// </remarks>
    /// <param name="before">Beliefs at the earlier time.</param>
    /// <param name="after">Beliefs at the later time, for the same elements and levels.</param>
    /// <param name="weights">The same elements in groups.</param>
    /// <param name="stages">The stage rule for the same elements and levels.</param>
    /// <param name="seed">The same seed gives the same result.</param>
    /// <param name="draws">Number of draws, at least 1.</param>
    /// <param name="cancel">Looked at every 1024 draws.</param>
    public static ProfileShift Simulate(
        LevelDistributions before, LevelDistributions after, WeightHierarchy weights, LevelMrSort stages, ulong seed, int draws = 10_000,
        CancellationToken cancel = default)
    {
        ProfileDistance.CheckComparable(before, after);
        int n = before.Elements, levels = before.Levels, groups = weights.Groups;
        if (weights.Elements != n) throw new ArgumentException($"Expected weights of {n} elements.", nameof(weights));
        if (stages.Elements != n || stages.Levels != levels)
            throw new ArgumentException($"Expected a rule for {n} elements and {levels} levels.", nameof(stages));
        if (draws < 1) throw new ArgumentException("Expected at least 1.", nameof(draws));

        ulong[] thresholdsBefore = ProfileSimulation.Thresholds(before), thresholdsAfter = ProfileSimulation.Thresholds(after);
        Xoshiro256 beforeRandom = new(seed), weightRandom = new(seed, stream: 1), afterRandom = new(seed, stream: 2);
        int[] cellsBefore = new int[n], cellsAfter = new int[n];
        double[] within = new double[n], whole = new double[n], shares = new double[groups];
        // The last one is the whole.
        var changes = Enumerable.Range(0, groups + 1).Select(_ => new double[draws]).ToArray();
        int higher = 0, lower = 0;

        for (var draw = 0; draw < draws; draw++)
        {
            if (draw % 1024 == 0) cancel.ThrowIfCancellationRequested();
            ProfileSimulation.DrawLevels(thresholdsBefore, levels, beforeRandom, cellsBefore);
            ProfileSimulation.DrawLevels(thresholdsAfter, levels, afterRandom, cellsAfter);
            weights.Draw(weightRandom, shares, within);
            double total = 0;
            for (var g = 0; g < groups; g++)
            {
                double change = 0;
                foreach (var e in weights.Members(g))
                {
                    change += within[e] * (cellsAfter[e] - cellsBefore[e]);
                    whole[e] = shares[g] * within[e];
                }
                changes[g][draw] = change;
                total += shares[g] * change;
            }
            changes[groups][draw] = total;
            var step = stages.StageOfCells(cellsAfter, whole) - stages.StageOfCells(cellsBefore, whole);
            if (step > 0) higher++;
            if (step < 0) lower++;
        }

        var expected = new double[groups + 1];
        for (var g = 0; g < groups; g++)
        {
            double sum = 0, weight = 0;
            foreach (var e in weights.Members(g))
                (sum, weight) = (sum + weights.Nominal[e] * (after.Mean(e) - before.Mean(e)), weight + weights.Nominal[e]);
            (expected[g], expected[groups]) = (sum / weight, expected[groups] + sum);
        }
        var shifts = changes.Zip(expected, ShiftOf).ToList();
        return new(shifts[..groups], shifts[groups], (double)higher / draws, (double)(draws - higher - lower) / draws, (double)lower / draws);
    }

    private static ScoreShift ShiftOf(double[] changes, double expected)
    {
        Array.Sort(changes);
        // Sums of weighted levels that are equal on paper may differ in the last digits.
        int lower = changes.Count(c => c < -Rounding), higher = changes.Count(c => c > Rounding), draws = changes.Length;
        return new((double)higher / draws, (double)(draws - higher - lower) / draws, (double)lower / draws, expected, Quantile(0.05), Quantile(0.95));

        double Quantile(double p) => changes[Math.Max(0, (int)Math.Ceiling(p * draws - 1e-9) - 1)];
    }

    private const double Rounding = 1e-9;
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
