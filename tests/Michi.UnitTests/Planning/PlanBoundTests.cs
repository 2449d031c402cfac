using FsCheck;
using FsCheck.Fluent;
using Michi.Analytics.Planning;
using Michi.Analytics.Sampling;

namespace Michi.UnitTests.Planning;

public sealed class PlanBoundTests
{
    private static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();

    /// <summary>
    /// By hand: 10 units for options that take 6 each and are worth 6 and 5. The relaxation takes one and two thirds of the other, 6 + 5 · 2/3 = 9 1/3 at a
    /// price of 5/6 a unit; no two fit, so the best plan is worth 6, which a cut shows.
    /// </summary>
    [Fact]
    public void Step_TwoThatDoNotFitTogether_ClosesAtTheBetter()
    {
        var problem = Knapsack(10, (6, 6), (6, 5));
        var relaxation = Relaxation(problem, out _);
        relaxation.Run(4_000);
        Assert.Equal(28.0 / 3, relaxation.Bound, 1e-5);
        Assert.Equal(5.0 / 6 * 6, relaxation.BestPrices[0], 1e-4); // rows are divided by their largest entry

        var bound = Closed(problem);
        Assert.Equal(6, bound.Bound, 1e-5);
        Assert.True(bound.Bound >= 6);
        Assert.Equal([0, -1], bound.Plan!);
        Assert.True(bound.Nodes <= 3);
    }

    [Fact]
    public void Prices_TightBudget_AreWhatAnotherUnitIsWorth()
    {
        var bound = Closed(Knapsack(9, (6, 6), (6, 5)));
        Assert.Equal(5.0 / 6, bound.Prices()[0][0], 1e-3);
    }

    [Fact]
    public void Step_SmallProblem_NeverFallsBelowTheOptimumAndClosesThere() => Prop.ForAll(Seeds, seed =>
    {
        var problem = RandomPlanning.Problem(seed, 5, 5);
        var optimum = RandomPlanning.Optimum(problem);
        var model = new IndexedProblem(problem);
        if (model.Conflict is not null)
        {
            Assert.Null(optimum);
            return;
        }
        // Without a plan to begin with, with a bad one and with the best.
        foreach (var value in new[] { double.NaN, optimum - 3 ?? double.NaN, optimum ?? double.NaN })
        {
            var bound = new PlanBound(model);
            for (var k = 0; !bound.IsDone; k++)
            {
                bound.Step(value);
                Assert.True(k < 20_000, $"{seed}: not closed");
                if (optimum is { } most) Assert.True(bound.Bound >= most, $"{seed}: bound {bound.Bound} below {most}");
            }
            if (optimum is not { } best) Assert.Equal(double.NegativeInfinity, bound.Bound);
            else Assert.True(bound.Bound - best <= 1e-6 * Math.Max(1, Math.Abs(best)), $"{seed}: bound {bound.Bound} of {best}");
            if (bound.Plan is { } plan)
            {
                Assert.True(PlanEvaluation.Of(problem, plan).IsFeasible);
                Assert.Equal(bound.PlanValue, PlanEvaluation.Of(problem, plan).Value, 1e-12);
            }
            else if (optimum is { } there) Assert.Equal(there, value);
        }
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void IsForbidden_StartsOfBetterPlans_AreNot() => Prop.ForAll(Seeds, seed =>
    {
        var problem = RandomPlanning.Problem(seed, 4, 5);
        var model = new IndexedProblem(problem);
        if (RandomPlanning.Optimum(problem) is not { } optimum || model.Conflict is not null) return;
        var bound = new PlanBound(model);
        while (!bound.IsDone) bound.Step(optimum - 0.5);
        Assert.NotNull(bound.Plan);
        foreach (var (o, s) in bound.Plan.Index())
            if (s >= 0) Assert.False(bound.IsForbidden(o, s), $"{seed}: {o} in {s}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    /// <summary>Weak duality, counted again from the rows in decimal numbers: prices times limits and what each chain alone can earn.</summary>
    [Fact]
    public void Bound_AnyPrices_IsNotBelowTheirDualValue() => Prop.ForAll(Seeds, seed =>
    {
        var problem = RandomPlanning.Problem(seed, 12, 12);
        if (new IndexedProblem(problem).Conflict is not null) return;
        var relaxation = Relaxation(problem, out var rows);
        relaxation.Run(20 * (1 + seed % 30));
        if (double.IsInfinity(relaxation.Bound)) return;
        var (start, columns, entries) = rows.Matrix();
        var costs = rows.Costs.Select(c => (decimal)c).ToArray();
        var dual = 0m;
        for (var r = 0; r < rows.Rows; r++)
        {
            var price = (decimal)relaxation.BestPrices[r];
            Assert.True(price >= 0 || rows.IsEquality[r]);
            dual += price * (decimal)rows.Limits[r];
            for (var e = start[r]; e < start[r + 1]; e++) costs[columns[e]] -= price * (decimal)entries[e];
        }
        for (var c = 0; c + 1 < rows.ChainStart.Length; c++)
        {
            var chain = costs[rows.ChainStart[c]..rows.ChainStart[c + 1]];
            if (c < problem.Options.Count) Array.Reverse(chain);
            var (sum, most) = (0m, c < problem.Options.Count && new IndexedProblem(problem).IsMandatory[c] ? decimal.MinValue : 0m);
            foreach (var cost in chain) most = Math.Max(most, sum += cost);
            dual += most;
        }
        Assert.True((decimal)relaxation.Bound >= dual, $"{seed}");
        Assert.True((decimal)relaxation.Bound - dual < 1e-6m * (1 + Math.Abs(dual)), $"{seed}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    /// <summary>The highest open part has no plan and all others are worth less than the best one: then nothing is open any more.</summary>
    [Theory]
    [InlineData(1166546179)]
    [InlineData(1879116639)]
    public void Step_LastPartEmptyAndOthersWorse_ClosesAtTheBest(int seed)
    {
        var bound = Closed(RandomPlanning.Problem(seed, 8, 8));
        Assert.Equal(bound.PlanValue, bound.Bound, 1e-6 * bound.PlanValue);
    }

    [Fact]
    public void Step_OptionsInAnotherOrder_ClosesAtTheSame() => Prop.ForAll(Seeds, seed =>
    {
        var problem = RandomPlanning.Problem(seed, 8, 8);
        var random = new Xoshiro256((ulong)seed);
        int[] order = [.. Enumerable.Range(0, problem.Options.Count).OrderBy(_ => random.NextUInt64())];
        int At(int option) => Array.IndexOf(order, option);
        IReadOnlyList<OptionAmount> Moved(IReadOnlyList<OptionAmount> amounts) => [.. amounts.Select(a => a with { Option = At(a.Option) })];
        var other = problem with
        {
            Options = [.. order.Select(o => problem.Options[o])],
            Precedences = [.. problem.Precedences.Select(p => p with { After = At(p.After), AnyOf = [.. p.AnyOf.Select(At)] })],
            Exclusions = [.. problem.Exclusions.Select(e => (IReadOnlyList<int>)[.. e.Select(At)])],
            Joint = [.. problem.Joint.Select(e => (IReadOnlyList<int>)[.. e.Select(At)])],
            Covers = [.. problem.Covers.Select(c => c with { Amounts = Moved(c.Amounts) })],
            Ladders = [.. problem.Ladders.Select(l => l with { Steps = [.. l.Steps.Select(s => s with { Shares = Moved(s.Shares) })] })],
        };
        if (new IndexedProblem(problem).Conflict is not null) return;
        var (one, two) = (Closed(problem).Bound, Closed(other).Bound);
        Assert.True(one == two || Math.Abs(one - two) <= 1e-6 * Math.Max(1, Math.Abs(one)), $"{seed}: {one} and {two}");
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(100));

    private static PlanningProblem Knapsack(double capacity, params (double Use, double Value)[] options) => new()
    {
        Periods = 1,
        PeriodWeights = [1],
        Resources = [new("Budget", [1], [capacity])],
        Options = [.. options.Select((o, i) => new PlanOption { Name = $"{i}", Duration = 1, Values = [o.Value], Uses = [new(0, [o.Use])] })],
    };

    private static PlanRelaxation Relaxation(PlanningProblem problem, out PlanBoundRows rows)
    {
        var model = new IndexedProblem(problem);
        rows = new PlanBoundRows(model);
        return new(rows, model.Count, rows.Domain(model));
    }

    private static PlanBound Closed(PlanningProblem problem)
    {
        var bound = new PlanBound(new IndexedProblem(problem));
        for (var k = 0; k < 20_000 && !bound.IsDone; k++) bound.Step(double.NaN);
        Assert.True(bound.IsDone);
        return bound;
    }
}
