using FsCheck;
using FsCheck.Fluent;
using Michi.Analytics.Planning;
using Michi.Analytics.Sampling;

namespace Michi.UnitTests.Planning;

public sealed class PlanEvaluationTests
{
    private static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();

    /// <summary>By hand: the second step counts only as far as the first is climbed, and two options that bring the same step count once.</summary>
    [Fact]
    public void Of_WorkedExample_CountsEveryPart()
    {
        PlanOption Option(string name, int duration, bool isMandatory = false) =>
            new() { Name = name, Duration = duration, Values = [4, 3, 2, 1], Uses = [new(0, [2], 1)], IsMandatory = isMandatory };
        var problem = new PlanningProblem
        {
            Periods = 4,
            PeriodWeights = [1, 1, 0.5, 0.5],
            Options = [Option("a", 1), Option("b", 2), Option("c", 1, isMandatory: true)],
            Resources = [new("Money", [2, 4], [4, 3], CarriesOver: true), new("Staff", [4], [0])],
            Precedences = [new(1, [0, 2], 1)],
            Exclusions = [[0, 1]],
            Joint = [[1, 2]],
            Covers = [new("East", [new(0, 1), new(1, 5)], 3, By: 2)],
            Ladders = [new("Data", [new(10, [new(0, 0.75), new(1, 0.75)]), new(20, [new(1, 1)])])],
        };
        var found = PlanEvaluation.Of(problem, [0, 1, -1]);
        Assert.Equal(4 + 3, found.OwnValue);
        Assert.Equal([[0, 0.75, 0.75, 1], [0, 0, 0, 1]], found.Levels[0]);
        Assert.Equal([10 * (0.75 + 0.375 + 0.5) + 20 * 0.5], found.LadderValues);
        Assert.Equal(7 + 16.25 + 10, found.Value);
        Assert.Equal([[5, 3], [0]], found.Uses); // a: 2, 1 | 1, 1; b: 2 in period 1, 1 in period 3
        Assert.Equal(
            [
                "NotChosen { Option = 2 }", "TooEarly { Precedence = 0, Option = 1, Earliest = 2 }",
                "Overused { Resource = 0, Bucket = 0, Use = 5, Capacity = 4 }", "Overused { Resource = 0, Bucket = 1, Use = 8, Capacity = 7 }",
                "Excluded", "Parted", "NotCovered { Cover = 0, Reached = 1, Minimum = 3 }",
            ],
            found.Violations.Select(v => v is PlanViolation.Excluded or PlanViolation.Parted ? v.GetType().Name : $"{v}"));
    }

    [Fact]
    public void Of_StartsOutsideAnyWindow_AreViolations()
    {
        var problem = new PlanningProblem
        {
            Periods = 3,
            PeriodWeights = [1, 1, 1],
            Options = [new() { Name = "a", Duration = 2, Values = [1, 1, 1], FixedStart = 0 }, new() { Name = "b", Duration = 1, Values = [1, 1, 1], IsForbidden = true }],
        };
        Assert.Equal([new PlanViolation.OutsideWindow(0, 2), new PlanViolation.Forbidden(1), new PlanViolation.OutsideWindow(1, int.MaxValue)],
            PlanEvaluation.Of(problem, [2, int.MaxValue]).Violations);
        Assert.Equal([new PlanViolation.OutsideWindow(0, 1)], PlanEvaluation.Of(problem, [1, -1]).Violations);
        Assert.Throws<ArgumentException>(() => PlanEvaluation.Of(problem, [1]));
    }

    /// <summary>The search's own sums, kept up move by move, against counting the whole plan.</summary>
    [Fact]
    public void State_AfterAnyMoves_AgreesWithCountingAnew() => Prop.ForAll(Seeds, seed =>
    {
        var problem = RandomPlanning.Problem(seed, 12, 12);
        var (model, random) = (new IndexedProblem(problem), new Xoshiro256((ulong)seed, 1));
        var (state, gains) = (new PlanState(model), new double[problem.Periods]);
        for (var move = 0; move < 60; move++)
        {
            var option = random.NextInt32(model.Count);
            if (state.IsChosen(option))
            {
                state.Remove(option);
                continue;
            }
            var starts = Enumerable.Range(0, problem.Periods).Where(t => model.IsAllowed[option * problem.Periods + t]).ToList();
            if (starts.Count == 0) continue;
            var start = starts[random.NextInt32(starts.Count)];
            var (value, lack) = (state.Value, state.Lack);
            state.Gains(option, gains, 100);
            var fits = state.Fits(option, start);
            state.Insert(option, start);
            Assert.Equal(state.Value - 100 * state.Lack, value - 100 * lack + gains[start], 1e-6);
            var found = PlanEvaluation.Of(problem, state.Starts);
            Assert.Equal(found.Value, state.Value, 1e-9);
            Assert.Equal(found.Violations.Any(v => v is PlanViolation.Excluded), Enumerable.Range(0, model.Count).Any(o => state.IsChosen(o) && state.IsExcluded(o)));
            if (!fits) Assert.Contains(found.Violations, v => v is PlanViolation.Overused);
            if (state.Lack == 0) Assert.DoesNotContain(found.Violations, v => v is PlanViolation.NotChosen or PlanViolation.NotCovered);
            foreach (var early in found.Violations.OfType<PlanViolation.TooEarly>())
                Assert.True(state.EarliestStart(early.Option) > state.Starts[early.Option]);
        }
    }).QuickCheckThrowOnFailure();

    /// <summary>Where nothing contradicts, no plan that is feasible has an option outside its window or is without what is implied.</summary>
    [Fact]
    public void Propagation_SmallProblem_KeepsEveryPlan() => Prop.ForAll(Seeds, seed =>
    {
        var problem = RandomPlanning.Problem(seed, 4, 4);
        var (found, optimum) = (PlanPropagation.Of(problem), RandomPlanning.Optimum(problem));
        if (found.Conflict is not null)
        {
            Assert.Null(optimum);
            return;
        }
        for (var o = 0; o < problem.Options.Count; o++)
        {
            var window = found.Windows[o];
            PlanningProblem With(Func<PlanOption, PlanOption> change) => problem with { Options = [.. problem.Options.Select((option, i) => i == o ? change(option) : option)] };
            if (window.IsImplied) Assert.Null(RandomPlanning.Optimum(With(option => option with { IsMandatory = false, IsForbidden = true })) is { } m && !problem.Options[o].IsMandatory ? m : null);
            for (var t = 0; t + problem.Options[o].Duration <= problem.Periods; t++)
                if ((t < window.Earliest || t > window.Latest) && (problem.Options[o].FixedStart ?? t) == t)
                    Assert.Null(RandomPlanning.Optimum(With(option => option with { IsMandatory = true, FixedStart = t })));
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Propagation_Contradictions_AreNamed()
    {
        PlanOption Option(string name, bool isMandatory = false, int? start = null, bool isForbidden = false) => new()
        {
            Name = name,
            Duration = 2,
            Values = [0, 0, 0, 0],
            IsMandatory = isMandatory,
            FixedStart = start,
            IsForbidden = isForbidden,
            Uses = [new(0, [1])],
        };
        PlanConflict? Conflict(PlanningProblem problem) => PlanPropagation.Of(problem with { PeriodWeights = [1, 1, 1, 1], Resources = [new("Money", [4], [1])] }).Conflict;
        PlanningProblem Problem(params PlanOption[] options) => new() { Periods = 4, PeriodWeights = [], Options = options };

        Assert.Equal(new PlanConflict.NoStart(0), Conflict(Problem(Option("a", isMandatory: true, isForbidden: true))));
        Assert.Equal(new PlanConflict.Overused(0, 0, 2, 1), Conflict(Problem(Option("a", true), Option("b", true))));
        Assert.Equal(new PlanConflict.NoPredecessor(0, 1), Conflict(Problem(Option("a"), Option("b", true, start: 1)) with { Precedences = [new(1, [0])] }));
        Assert.Equal(new PlanConflict.Excluded(0, 0, 1), Conflict(Problem(Option("a", true), Option("b", true)) with { Exclusions = [[0, 1]] }));
        Assert.Equal(new PlanConflict.NotCovered(0, 2, 3), Conflict(Problem(Option("a"), Option("b")) with { Covers = [new("c", [new(0, 1), new(1, 1)], 3)] }));
        Assert.Null(Conflict(Problem(Option("a"), Option("b"))));
    }
}
