using Michi.Analytics.Planning;

namespace Michi.UnitTests.Planning;

public sealed class PlanUncertaintyTests
{
    private static UncertainPlanningProblem One(double capacity, PlanOptionRanges ranges, int duration = 2) => new(new()
    {
        Periods = 8,
        PeriodWeights = [1, 1, 1, 1, 1, 1, 1, 1],
        Resources = [new("Money", [8], [capacity])],
        Options = [new() { Name = "a", Duration = duration, Values = [8, 7, 6, 5, 4, 3, 2, 1], Uses = [new(0, [50, 50])] }],
    }, [ranges], new HashSet<int>());

    [Theory, InlineData(100, 0.5), InlineData(130, 0.9), InlineData(80, 0.1), InlineData(1000, 1)]
    public void Risk_CapacityAtAQuantileOfTheCost_HoldsInThatShare(double capacity, double share)
    {
        var risk = PlanRisk.Of(One(capacity, new() { Cost = new(80, 100, 130) }), [0], new() { Scenarios = 4_000 }, TestContext.Current.CancellationToken);
        Assert.Equal(share, risk.Holding, 0.03);
        Assert.InRange(risk.Holding, risk.HoldingLow, risk.HoldingHigh);
        Assert.Equal(1 - risk.Holding, risk.Breaks.Sum(b => b.First), 1e-9);
    }

    [Fact]
    public void Risk_Effect_HasTheQuantilesOfItsRange()
    {
        var risk = PlanRisk.Of(One(100, new() { Effect = new(0.5, 1, 1.2) }), [0], new() { Scenarios = 8_000 }, TestContext.Current.CancellationToken);
        Assert.Equal([4, 8, 9.6], new[] { 0.1, 0.5, 0.9 }.Select(q => Math.Round(risk.Quantile(q), 1)).ToArray(), (a, b) => Math.Abs(a - b) <= 0.25);
        Assert.True(risk.WorstMean(0.05) < risk.Quantile(0.05) && risk.Quantile(0.05) < risk.Mean);
        Assert.Equal(1, risk.Holding);
    }

    [Fact]
    public void Execute_Delay_PushesWhatWaits()
    {
        PlanOption Option(string name, int duration) => new() { Name = name, Duration = duration, Values = new double[12] };
        var actual = new PlanningProblem
        {
            Periods = 12,
            PeriodWeights = new double[12],
            Options = [Option("a", 4), Option("b", 2), Option("c", 1), Option("d", 1)],
            Precedences = [new(2, [1]), new(1, [0], 1)],
        };
        // a was to last 2 periods; b waits a period after it, c for b; d waits for nobody.
        Assert.Equal([0, 5, 7, 3], PlanExecution.Starts(actual, [0, 3, 5, 3]));
    }

    [Fact]
    public void Protected_Everything_SpreadsMoneyAndKeepsRates()
    {
        var problem = One(100, new() { Cost = new(80, 100, 130), Duration = new(1, 2, 4), People = new(1, 1, 2) });
        Assert.Equal([32.5, 32.5, 32.5, 32.5], problem.Protected(1).Options[0].Uses[0].Setup);
        Assert.Equal([100, 100, 100, 100], (problem with { Rates = new HashSet<int> { 0 } }).Protected(1).Options[0].Uses[0].Setup);
        Assert.Equal([6, 5, 4, 3, 2, 1, 0, 0], problem.Protected(1).Options[0].Values); // ends two periods later
        Assert.Equal([50, 50], problem.Protected(0).Options[0].Uses[0].Setup);
    }

    [Fact]
    public void Robust_TightBudget_HoldsAsOftenAsAskedAndCostsValue()
    {
        var cost = new PlanOptionRanges { Cost = new(0.8, 1, 1.5) };
        PlanOption Option(int o) => new() { Name = $"o{o}", Duration = 1, Values = [.. Enumerable.Repeat(10.0 + o, 4)], Uses = [new(0, [10])] };
        var problem = new UncertainPlanningProblem(
            new() { Periods = 4, PeriodWeights = [1, 1, 1, 1], Resources = [new("Money", [4], [60])], Options = [.. Enumerable.Range(0, 8).Select(Option)] },
            [.. Enumerable.Repeat(cost, 8)], new HashSet<int>());
        var search = new PlanSolverOptions { Effort = 3_000 };
        var plan = PlanSolver.Solve(problem.Problem, search, stop: TestContext.Current.CancellationToken);
        Assert.True(PlanRisk.Of(problem, plan.Starts, stop: TestContext.Current.CancellationToken).Holding < 0.6);
        var robust = RobustPlan.Find(problem, plan.Starts, 0.9, search, stop: TestContext.Current.CancellationToken)!;
        Assert.True(robust.Reaches && robust.Risk.Holding >= 0.9);
        Assert.InRange(robust.Starts.Count(s => s >= 0), 3, 5); // of the six that the budget pays for as planned
        Assert.True(robust.Value < plan.Value);
        Assert.Equal(robust.Starts, RobustPlan.Find(problem, plan.Starts, 0.9, search, stop: TestContext.Current.CancellationToken)!.Starts);
    }

    [Fact]
    public void Risk_Stopped_Throws() =>
        Assert.Throws<OperationCanceledException>(() => PlanRisk.Of(One(100, new()), [0], stop: new(canceled: true)));
}
