using Michi.Analytics.Profiles;
using Michi.Analytics.Sampling;
using Michi.Analytics.Sorting;

namespace Michi.UnitTests.Profiles;

public sealed class StageLiftTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Weights 0.4, 0.3, 0.2, 0.1, majority 0.6, all need level 2; element 3 vetoes at 0.</summary>
    private static readonly LevelMrSort Rule = new(4, new[,] { { 2, 2, 2, 2 } }, 0.6, new[,] { { -1, -1, -1, 0 } });

    [Fact]
    public void Cheapest_WorkedExample_GivesForcedAndChosenChanges()
    {
        var plans = StageLift.Cheapest(Rule, [0.4, 0.3, 0.2, 0.1], [1, 0, 1, 0], stage: 1, count: 9, cancel: Cancel);
        // Element 3 must leave level 0 (1 step). Then {0, 2} is 0.6 (2 steps), {0, 1} 0.7 (3), {1, 2, 3} 0.6 (4).
        Assert.Equal([3.0, 4, 5], plans.Select(p => p.Cost));
        Assert.Equal([new(0, 1, 2), new(2, 1, 2), new(3, 0, 1)], plans[0].Changes);
        Assert.Equal([new(0, 1, 2), new(1, 0, 2), new(3, 0, 1)], plans[1].Changes);
        Assert.Equal([new(1, 0, 2), new(2, 1, 2), new(3, 0, 2)], plans[2].Changes);
    }

    [Fact]
    public void Cheapest_StageReached_IsNoChange()
    {
        var plan = Assert.Single(StageLift.Cheapest(Rule, [0.4, 0.3, 0.2, 0.1], [2, 2, 0, 1], stage: 1, count: 3, cancel: Cancel));
        Assert.Equal(0, plan.Cost);
        Assert.Empty(plan.Changes);
    }

    [Fact]
    public void Cheapest_RequiredStepImpossible_FindsNone()
    {
        var costs = new double[4, 3];
        for (var e = 0; e < 4; e++)
            for (var l = 0; l < 3; l++) costs[e, l] = e == 3 ? double.PositiveInfinity : 1;
        Assert.Empty(StageLift.Cheapest(Rule, [0.4, 0.3, 0.2, 0.1], [1, 0, 1, 0], 1, 9, costs, Cancel));
    }

    [Fact]
    public void Cheapest_RandomInstances_MeetBruteForce()
    {
        var random = new Xoshiro256(31);
        for (var round = 0; round < 400; round++)
        {
            int n = 1 + random.NextInt32(5), boundaries = 1 + random.NextInt32(3);
            const int levelCount = 4;
            var (profiles, vetoes) = (new int[boundaries, n], new int[boundaries, n]);
            for (var b = 0; b < boundaries; b++)
                for (var e = 0; e < n; e++)
                {
                    var least = b == 0 ? 0 : profiles[b - 1, e];
                    profiles[b, e] = least + random.NextInt32(levelCount - least);
                    vetoes[b, e] = random.NextInt32(3) == 0 ? random.NextInt32(profiles[b, e] + 1) - 1 : -1;
                }
            var rule = new LevelMrSort(levelCount, profiles, (1 + random.NextInt32(20)) / 20.0, vetoes);
            var weights = Enumerable.Range(0, n).Select(_ => 1.0 + random.NextInt32(4)).ToArray();
            weights = [.. weights.Select(w => w / weights.Sum())];
            var levels = Enumerable.Range(0, n).Select(_ => random.NextInt32(levelCount)).ToArray();
            var costs = new double[n, levelCount - 1];
            for (var e = 0; e < n; e++)
                for (var l = 0; l < levelCount - 1; l++) costs[e, l] = 1 + random.NextInt32(9);
            int stage = 1 + random.NextInt32(boundaries), count = 1 + random.NextInt32(6);

            var expected = BruteForce(rule, weights, levels, stage, costs);
            var plans = StageLift.Cheapest(rule, weights, levels, stage, count, costs, Cancel);

            Assert.Equal(expected.Take(count).Select(p => p.Cost), plans.Select(p => p.Cost));
            Assert.All(plans, plan => Assert.Contains(expected, p => p.Cost == plan.Cost && p.Target.SequenceEqual(Applied(levels, plan))));
            Assert.Equal(plans.Count, plans.Select(p => string.Join(',', Applied(levels, p))).Distinct().Count());
        }
    }

    [Fact]
    public void Cheapest_TwentyOneElements_IsExactAndRepeatable()
    {
        var profiles = new int[2, 21];
        for (var e = 0; e < 21; e++) (profiles[0, e], profiles[1, e]) = (2, 3);
        var rule = new LevelMrSort(5, profiles, 0.6);
        var weights = Enumerable.Range(1, 21).Select(w => w / 231.0).ToArray();
        var plans = StageLift.Cheapest(rule, weights, new int[21], stage: 2, count: 10, cancel: Cancel);
        Assert.Equal(10, plans.Count);
        Assert.Equal(24, plans[0].Cost); // eight heaviest: 21 + … + 14 = 140 ≥ 138.6 at 3 steps each
        Assert.All(plans, p => Assert.Equal(2, rule.Stage(Applied(new int[21], p), weights)));
        var again = StageLift.Cheapest(rule, weights, new int[21], stage: 2, count: 10, cancel: Cancel);
        Assert.Equal(plans.SelectMany(p => p.Changes), again.SelectMany(p => p.Changes));
    }

    [Fact]
    public void Cheapest_IllegalInput_Throws()
    {
        double[] weights = [0.4, 0.3, 0.2, 0.1];
        int[] levels = [1, 0, 1, 0];
        Assert.Throws<ArgumentException>("stage", () => StageLift.Cheapest(Rule, weights, levels, 2, 1, null, Cancel));
        Assert.Throws<ArgumentException>("count", () => StageLift.Cheapest(Rule, weights, levels, 1, 0, null, Cancel));
        Assert.Throws<ArgumentException>("costs", () => StageLift.Cheapest(Rule, weights, levels, 1, 1, new double[4, 3], Cancel));
    }

    private static int[] Applied(int[] levels, StageLiftPlan plan)
    {
        var target = (int[])levels.Clone();
        foreach (var change in plan.Changes)
        {
            Assert.Equal(target[change.Element], change.From);
            target[change.Element] = change.To;
        }
        return target;
    }

    /// <summary>All level vectors from the present ones up that reach the stage where no raised element could stay lower.</summary>
    private static List<(double Cost, int[] Target)> BruteForce(
        LevelMrSort rule, double[] weights, int[] levels, int stage, double[,] costs)
    {
        var found = new List<(double Cost, int[] Target)>();
        var target = (int[])levels.Clone();
        Try(0, 0);
        return [.. found.OrderBy(f => f.Cost)];

        void Try(int element, double cost)
        {
            if (element < levels.Length)
            {
                for (target[element] = levels[element]; target[element] < rule.Levels; target[element]++)
                {
                    Try(element + 1, cost);
                    if (target[element] < rule.Levels - 1) cost += costs[element, target[element]];
                }
                target[element] = levels[element];
                return;
            }
            if (rule.Stage(target, weights) < stage) return;
            for (var e = 0; e < levels.Length; e++)
            {
                if (target[e] == levels[e]) continue;
                target[e]--;
                var isSpare = rule.Stage(target, weights) >= stage;
                target[e]++;
                if (isSpare) return;
            }
            found.Add((cost, (int[])target.Clone()));
        }
    }
}
