using System.Diagnostics;
using FsCheck;
using FsCheck.Fluent;
using Michi.Analytics.Planning;
using Michi.Analytics.Sampling;

namespace Michi.UnitTests.Planning;

public sealed class PlanSolverTests
{
    private static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();

    private static PlanSolution Solve(PlanningProblem problem, PlanSolverOptions? options = null, IProgress<PlanProgress>? progress = null) =>
        PlanSolver.Solve(problem, options ?? new() { Effort = 30_000 }, progress, TestContext.Current.CancellationToken);

    /// <summary>
    /// By hand: 10 units a year of two quarters, and each option takes 6. The street is worth more the earlier it is begun, the app needs the
    /// platform, and platform and app bring their step of the ladder only together.
    /// </summary>
    [Fact]
    public void Solve_WorkedExample_IsTheBestPlan()
    {
        PlanOption Option(string name, params double[] values) => new() { Name = name, Duration = 1, Values = values, Uses = [new(0, [6])] };
        var problem = new PlanningProblem
        {
            Periods = 6,
            PeriodWeights = [1, 1, 1, 1, 1, 1],
            Resources = [new("Budget", [2, 4, 6], [10, 10, 10])],
            Options = [Option("street", 5, 4, 3, 2, 1, 0), Option("platform", 0, 0, 0, 0, 0, 0), Option("app", 1, 1, 1, 1, 1, 1)],
            Precedences = [new(2, [1])],
            Ladders = [new("Services", [new(3, [new(1, 0.5), new(2, 0.5)])])],
        };
        // Platform in 0: 1.5 in periods 1 … 5; app in 2: 1.5 in periods 3 … 5 and 1; street in 4: 1. The street first: 5, platform in 2, app in 4.
        Assert.Equal([4, 0, 2], Solve(problem).Starts);
        Assert.Equal(1 + 1 + 1.5 * 5 + 1.5 * 3, Solve(problem).Value, 1e-12);
    }

    [Fact]
    public void Solve_SmallProblem_IsAsGoodAsEveryPlan() => Prop.ForAll(Seeds, seed =>
    {
        var problem = RandomPlanning.Problem(seed, 5, 5);
        var (solution, optimum) = (Solve(problem), RandomPlanning.Optimum(problem));
        if (optimum is not { } most)
        {
            Assert.True(solution.Status is PlanStatus.Infeasible or PlanStatus.Unknown);
            Assert.Empty(solution.Starts);
            Assert.Equal(double.NaN, solution.Value);
            return;
        }
        Assert.True(solution.Status is PlanStatus.Feasible or PlanStatus.Optimal, $"{seed}: {solution.Status}");
        Assert.Empty(PlanEvaluation.Of(problem, solution.Starts).Violations);
        Assert.True(Math.Abs(solution.Value - most) < 1e-6, $"{seed}: {solution.Value} of {most}");
        Assert.True(solution.Bound >= most - 1e-6, $"{seed}: bound {solution.Bound} below {most}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Solve_AnyProblem_IsFeasibleAndTheSameAgain() => Prop.ForAll(Seeds, seed =>
    {
        var problem = RandomPlanning.Problem(seed, 40, 20);
        var options = new PlanSolverOptions { Effort = 20_000, Seed = (ulong)seed };
        var (one, two) = (Solve(problem, options), Solve(problem, options));
        Assert.Equal(one.Starts, two.Starts);
        Assert.Equal((one.Status, one.Bound, one.Effort), (two.Status, two.Bound, two.Effort));
        if (one.Starts.Count == 0) return;
        Assert.Empty(PlanEvaluation.Of(problem, one.Starts).Violations);
        Assert.Equal(PlanEvaluation.Of(problem, one.Starts).Value, one.Value, 1e-9);
        Assert.InRange(one.Gap, 0, double.PositiveInfinity);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Solve_FromAPlan_IsNoWorseThanIt() => Prop.ForAll(Seeds, seed =>
    {
        var problem = RandomPlanning.Problem(seed, 40, 20);
        if (Solve(problem) is not { Starts.Count: > 0 } first) return;
        var again = Solve(problem, new() { Effort = 1, Seed = 7, Start = first.Starts });
        Assert.True(again.Value >= first.Value - 1e-9, $"{seed}: {again.Value} after {first.Value}");
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Solve_WithErrors_NamesThem()
    {
        var problem = RandomPlanning.Problem(1) with { PeriodWeights = [] };
        Assert.IsType<PlanningProblemError.WrongCount>(Assert.Single(Assert.Throws<PlanningProblemException>(() => Solve(problem)).Errors));
        Assert.Throws<ArgumentException>(() => Solve(RandomPlanning.Problem(1), new()));
        Assert.Throws<ArgumentException>(() => Solve(RandomPlanning.Problem(1), new() { Effort = 1, Start = [] }));
    }

    [Fact]
    public void Solve_Nothing_IsOptimalAndWorthNothing()
    {
        var solution = Solve(new() { Periods = 1, PeriodWeights = [1], Options = [] });
        Assert.Equal((PlanStatus.Optimal, 0.0, 0.0), (solution.Status, solution.Value, solution.Bound));
    }

    [Fact]
    public void Solve_StoppedAtOnce_GivesAPlan()
    {
        var problem = Large(300);
        var solution = PlanSolver.Solve(problem, new() { Time = TimeSpan.FromMinutes(5) }, stop: new(canceled: true));
        Assert.Empty(PlanEvaluation.Of(problem, solution.Starts).Violations);
    }

    [Fact]
    public void Solve_StoppedAtAnImprovement_EndsWithIt()
    {
        using var stop = new CancellationTokenSource();
        var reports = new List<PlanProgress>();
        var solution = PlanSolver.Solve(Large(100), new() { Time = TimeSpan.FromMinutes(5) }, new Progress(report =>
        {
            reports.Add(report);
            if (reports.Count == 3) stop.Cancel();
        }), stop.Token);
        Assert.Equal(reports[^1].Value, solution.Value, 1e-9);
        Assert.Equal(reports.OrderBy(r => r.Value).ThenByDescending(r => r.Bound), reports);
    }

    [Fact]
    public void Solve_TwoThousandOptions_HasAPlanWithinSeconds()
    {
        var (problem, watch) = (Large(2_000), Stopwatch.StartNew());
        var solution = Solve(problem, new() { Time = TimeSpan.FromSeconds(2) });
        Assert.Empty(PlanEvaluation.Of(problem, solution.Starts).Violations);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20); // far from a measurement: the machine may be busy
    }

    private sealed class Progress(Action<PlanProgress> report) : IProgress<PlanProgress>
    {
        public void Report(PlanProgress value) => report(value);
    }

    /// <summary>Options over 60 quarters for whom there is a third of the money, with chains, covers and ladders.</summary>
    internal static PlanningProblem Large(int count)
    {
        var random = new Xoshiro256(5);
        int[] years = [.. Enumerable.Range(1, 15).Select(y => 4 * y)];
        PlanOption[] options = [.. Enumerable.Range(0, count).Select(o =>
        {
            var (duration, worth) = (1 + random.NextInt32(12), 1 + 9 * random.NextDouble());
            return new PlanOption
            {
                Name = $"o{o}", Duration = duration, Values = [.. Enumerable.Range(0, 60).Select(s => worth * Math.Max(0, 60 - s - duration))],
                Uses = [new(0, [.. Enumerable.Repeat(1 + 9 * random.NextDouble(), duration)], 0.05), new(1, [.. Enumerable.Repeat(1.0, duration)])],
                IsMandatory = random.NextInt32(50) == 0,
            };
        })];
        return new()
        {
            Periods = 60,
            PeriodWeights = [.. Enumerable.Repeat(1.0, 60)],
            Options = options,
            Resources = [new("Budget", years, [.. years.Select(_ => count * 1.0)]), new("Staff", [.. Enumerable.Range(1, 60)], [.. Enumerable.Repeat(count / 20.0, 60)])],
            Precedences = [.. Enumerable.Range(1, count - 1).Where(o => o % 3 == 0).Select(o => new PlanPrecedence(o, [o - 1], 1))],
            Covers = [new("East", [.. Enumerable.Range(0, count / 4).Select(o => new OptionAmount(o, 1))], count / 20.0)],
            Ladders = [.. Enumerable.Range(0, 20).Select(l => new PlanLadder($"l{l}", [.. Enumerable.Range(0, 3).Select(k =>
                new LadderStep(5, [.. Enumerable.Range(0, count).Where(o => o % 20 == l && o % 3 == k).Select(o => new OptionAmount(o, 0.5))]))]))],
        };
    }
}
