using Michi.Analytics.Sampling;
using Michi.Analytics.Sorting;

namespace Michi.Analytics.Profiles;

/// <summary>What is known of a score, on the scale of levels, 0 to L−1.</summary>
public readonly record struct ScoreSummary(double Mean, double Median, double Quantile05, double Quantile95);

/// <summary>How an element stands in the way of a boundary.</summary>
/// <param name="Blocks">P(the stage above the boundary is not reached, and the element is below the boundary's profile).</param>
/// <param name="Vetoes">P(the stage above the boundary is not reached, and the element vetoes it); part of <c>Blocks</c>.</param>
public readonly record struct BlockingProbability(double Blocks, double Vetoes);

/// <summary>What it would be worth to know the level of an element exactly.</summary>
/// <param name="MisclassificationReduction">
/// Expected reduction of the probability that the most probable stage is wrong, Σₗ maxₛ P(l, s) − maxₛ P(s): the expected value of perfect
/// information for a 0-1 loss (Raiffa &amp; Schlaifer 1961). ≥ 0; 0 for a known element. From the same draws, so slightly too high.
/// </param>
/// <param name="MutualInformationBits">
/// Mutual information of level and stage in bits, ≥ 0, with the bias correction of Miller (1955) and Madow: each entropy
/// + (cells seen − 1)/2N.
/// </param>
public readonly record struct InformationValue(double MisclassificationReduction, double MutualInformationBits);

/// <summary>The profile of a place with its uncertainty.</summary>
/// <param name="Elements">Exact, from the distributions given.</param>
/// <param name="Groups">Weighted means over each group's elements. Means are exact, quantiles rounded to 0.001.</param>
/// <param name="Whole">Weighted mean over the groups, likewise.</param>
/// <param name="StageProbabilities">For stages 0 … B; they sum to 1.</param>
/// <param name="MostProbableStage">The lower one where two are equal.</param>
/// <param name="Blocking">[element, boundary].</param>
/// <param name="Information">For each element.</param>
public sealed record ProfileSummary(
    IReadOnlyList<ScoreSummary> Elements, IReadOnlyList<ScoreSummary> Groups, ScoreSummary Whole,
    IReadOnlyList<double> StageProbabilities, int MostProbableStage, BlockingProbability[,] Blocking,
    IReadOnlyList<InformationValue> Information);

/// <summary>Carries the uncertainty of levels and weights through to scores and stage, by Monte Carlo.</summary>
/// <remarks>
/// Elements are taken as independent given the evidence, and of the weights. Each element's level is drawn by inversion from its own
/// numbers, weights from another stream: with the same seed and draws, raising an element's distribution (in first-order stochastic
/// dominance) lowers the stage of no draw, so no P(stage ≥ s) falls. What is said about blocking and information comes from one table of
/// counts, element × level × stage. Time O(draws·n·B), memory O(n·L·B + 1000·G·L) whatever the draws. Same numbers on every platform.
/// Standard error of a probability: at most 0.5/√draws.
/// </remarks>
public static class ProfileSimulation
{
    private const int StepsPerLevel = 1000;

    /// <param name="levels">What is believed about each element.</param>
    /// <param name="weights">The same elements in groups.</param>
    /// <param name="stages">The stage rule for the same elements and levels.</param>
    /// <param name="seed">The same seed gives the same result.</param>
    /// <param name="draws">Number of draws, at least 1.</param>
    /// <param name="cancel">Looked at every 1024 draws.</param>
    public static ProfileSummary Run(
        LevelDistributions levels, WeightHierarchy weights, LevelMrSort stages, ulong seed, int draws = 10_000,
        CancellationToken cancel = default)
    {
        int n = levels.Elements, levelCount = levels.Levels, stageCount = stages.Boundaries + 1;
        if (weights.Elements != n) throw new ArgumentException($"Expected weights of {n} elements.", nameof(weights));
        if (stages.Elements != n || stages.Levels != levelCount)
            throw new ArgumentException($"Expected a rule for {n} elements and {levelCount} levels.", nameof(stages));
        if (draws < 1) throw new ArgumentException("Expected at least 1.", nameof(draws));

        var thresholds = Thresholds(levels);
        Xoshiro256 levelRandom = new(seed), weightRandom = new(seed, stream: 1);
        var cells = new int[n];
        double[] within = new double[n], whole = new double[n], groups = new double[weights.Groups];
        var counts = new int[n * levelCount * stageCount];
        var wholeHistogram = new int[(levelCount - 1) * StepsPerLevel + 1];
        var groupHistograms = groups.Select(_ => new int[wholeHistogram.Length]).ToArray();

        for (var draw = 0; draw < draws; draw++)
        {
            if (draw % 1024 == 0) cancel.ThrowIfCancellationRequested();
            DrawLevels(thresholds, levelCount, levelRandom, cells);
            weights.Draw(weightRandom, groups, within);

            double total = 0;
            for (var g = 0; g < groups.Length; g++)
            {
                double score = 0;
                foreach (var e in weights.Members(g))
                {
                    score += within[e] * (cells[e] - e * levelCount);
                    whole[e] = groups[g] * within[e];
                }
                total += groups[g] * score;
                groupHistograms[g][(int)(score * StepsPerLevel + 0.5)]++;
            }
            wholeHistogram[(int)(total * StepsPerLevel + 0.5)]++;

            var stage = stages.StageOfCells(cells, whole);
            foreach (var cell in cells) counts[cell * stageCount + stage]++;
        }

        var means = Enumerable.Range(0, n).Select(levels.Mean).ToArray();
        var stageCounts = new int[stageCount];
        for (var level = 0; level < levelCount; level++)
            for (var s = 0; s < stageCount; s++) stageCounts[s] += counts[level * stageCount + s];

        return new(
            [.. means.Select((mean, e) =>
                new ScoreSummary(mean, levels.Quantile(e, 0.5), levels.Quantile(e, 0.05), levels.Quantile(e, 0.95)))],
            [.. groupHistograms.Select((histogram, g) => Summary(histogram, draws, GroupMean(g)))],
            Summary(wholeHistogram, draws, means.Index().Sum(m => weights.Nominal[m.Index] * m.Item)),
            Array.ConvertAll(stageCounts, c => (double)c / draws),
            Array.IndexOf(stageCounts, stageCounts.Max()),
            Blocking(counts, stages, draws),
            [.. counts.Chunk(levelCount * stageCount).Select(joint => Information(joint, stageCounts, draws))]);

        double GroupMean(int g)
        {
            double sum = 0, weight = 0;
            foreach (var e in weights.Members(g)) (sum, weight) = (sum + weights.Nominal[e] * means[e], weight + weights.Nominal[e]);
            return sum / weight;
        }
    }

    /// <summary>[element · (L−1) + k]: for u uniform on 32 bits, the level is above k where u ≥ the threshold; certain is exact.</summary>
    internal static ulong[] Thresholds(LevelDistributions levels)
    {
        var thresholds = new ulong[levels.Elements * (levels.Levels - 1)];
        for (var e = 0; e < levels.Elements; e++)
        {
            double above = 0;
            for (var k = levels.Levels - 2; k >= 0; k--)
            {
                above += levels[e][k + 1];
                thresholds[e * (levels.Levels - 1) + k] = (1UL << 32) - (ulong)Math.Round(Math.Min(above, 1) * (1UL << 32));
            }
        }
        return thresholds;
    }

    /// <summary>Draws a level for each element; its cell is element · L + level.</summary>
    internal static void DrawLevels(ulong[] thresholds, int levelCount, Xoshiro256 random, int[] cells)
    {
        ulong bits = 0; // one number of 64 bits serves two elements
        var next = 0;
        for (var e = 0; e < cells.Length; e++)
        {
            bits = e % 2 == 0 ? random.NextUInt64() : bits >> 32;
            var u = bits & uint.MaxValue;
            var cell = e * levelCount;
            for (var k = 1; k < levelCount; k++) cell += u >= thresholds[next++] ? 1 : 0;
            cells[e] = cell;
        }
    }

    private static ScoreSummary Summary(int[] histogram, int draws, double mean)
    {
        return new(mean, Quantile(0.5), Quantile(0.05), Quantile(0.95));

        double Quantile(double p)
        {
            var step = 0;
            for (long seen = histogram[0]; seen < p * draws;) seen += histogram[++step];
            return (double)step / StepsPerLevel;
        }
    }

    private static BlockingProbability[,] Blocking(int[] counts, LevelMrSort stages, int draws)
    {
        var blocking = new BlockingProbability[stages.Elements, stages.Boundaries];
        for (var e = 0; e < stages.Elements; e++)
            for (var b = 0; b < stages.Boundaries; b++)
            {
                int below = 0, vetoed = 0;
                for (var level = 0; level < stages.Profile(b, e); level++)
                    for (var s = 0; s <= b; s++)
                    {
                        var count = counts[(e * stages.Levels + level) * (stages.Boundaries + 1) + s];
                        below += count;
                        if (level <= stages.Veto(b, e)) vetoed += count;
                    }
                blocking[e, b] = new((double)below / draws, (double)vetoed / draws);
            }
        return blocking;
    }

    /// <param name="joint">Level × stage counts of one element.</param>
    /// <param name="stageCounts">Counts of the stages alone.</param>
    /// <param name="draws">The sum of either.</param>
    private static InformationValue Information(ReadOnlySpan<int> joint, int[] stageCounts, int draws)
    {
        var levelCounts = new int[joint.Length / stageCounts.Length];
        var right = 0;
        for (var level = 0; level < levelCounts.Length; level++)
        {
            var most = 0;
            foreach (var count in joint.Slice(level * stageCounts.Length, stageCounts.Length))
            {
                levelCounts[level] += count;
                most = Math.Max(most, count);
            }
            right += most;
        }
        var bits = EntropyBits(levelCounts, draws) + EntropyBits(stageCounts, draws) - EntropyBits(joint, draws);
        return new((double)(right - stageCounts.Max()) / draws, Math.Max(bits, 0));
    }

    private static double EntropyBits(ReadOnlySpan<int> counts, int draws)
    {
        double nats = -0.5 / draws;
        foreach (var count in counts)
        {
            if (count == 0) continue;
            var p = (double)count / draws;
            nats += 0.5 / draws - p * PortableMath.Log(p);
        }
        return nats / 0.6931471805599453;
    }
}
