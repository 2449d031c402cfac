using FsCheck;
using FsCheck.Fluent;
using Michi.Analytics.Planning;

namespace Michi.UnitTests.Planning;

public sealed class PlanFrontTests
{
    private static PlanFront Find(PlanningProblem problem, PlanCriterion criterion, int levels) =>
        PlanFront.Find(problem, criterion, null, levels, new() { Effort = 5_000 }, stop: TestContext.Current.CancellationToken);

    /// <summary>By hand: worth 6, 5 and 3 for 6, 4 and 1 units, each a period long.</summary>
    private static PlanningProblem Knapsack => new()
    {
        Periods = 3,
        PeriodWeights = [1, 1, 1],
        Resources = [new("Money", [3], [11])],
        Options = [.. new[] { (6.0, 6.0), (5, 4), (3, 1) }.Select((o, i) => new PlanOption { Name = $"o{i}", Duration = 1, Values = [o.Item1, o.Item1, o.Item1], Uses = [new(0, [o.Item2])] })],
    };

    [Fact]
    public void Find_Spending_IsTheFrontByHand()
    {
        var front = Find(Knapsack, new PlanCriterion.Spending([0]), 11);
        Assert.Equal([(11, 14), (10, 11), (7, 9), (5, 8), (4, 5), (1, 3), (0, 0)], front.Points.Select(p => ((int)p.Measure, (int)p.Value)));
        // Above (12, −1): by steps of value from below.
        Assert.Equal(12 * 1 + 11 * 3 + 8 * 2 + 7 * 3 + 5 * 1 + 2 * 2 + 1 * 3, front.Hypervolume(12, -1), 1e-9);
    }

    [Fact]
    public void Find_Equity_RaisesTheWorstOff()
    {
        var problem = Knapsack with { Resources = [new("Money", [3], [6])] };
        var front = Find(problem, new PlanCriterion.Equity([new("West", [new(0, 1)], 0), new("East", [new(1, 1), new(2, 1)], 0)]), 4);
        Assert.Equal(0, front.Points[0].Measure);
        Assert.Equal(8, front.Points[0].Value);
        Assert.All(front.Points, p => Assert.True(PlanEvaluation.Of(problem, p.Starts).IsFeasible));
    }

    [Fact]
    public void Find_SmallProblem_HasOnlyBestPlans() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var problem = RandomPlanning.Problem(seed, 4, 4);
        foreach (var criterion in new PlanCriterion[] { new PlanCriterion.Spending([.. Enumerable.Range(0, problem.Resources.Count)]), new PlanCriterion.Completion() })
        {
            var front = Find(problem, criterion, 3);
            Assert.Equal(RandomPlanning.Optimum(problem) is null, front.Points.Count == 0);
            foreach (var (better, point) in front.Points.Zip(front.Points.Skip(1)))
                Assert.True(better.Value > point.Value && better.Measure > point.Measure, $"{seed}");
            foreach (var point in front.Points)
            {
                Assert.True(PlanEvaluation.Of(problem, point.Starts).IsFeasible, $"{seed}");
                Assert.Equal(criterion.Measure(problem, point.Starts), point.Measure, 1e-9);
                // No plan as good by the criterion is worth more.
                Assert.Equal(RandomPlanning.Optimum(criterion.Limit(problem, point.Measure))!.Value, point.Value, 1e-6);
            }
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(60));
}
