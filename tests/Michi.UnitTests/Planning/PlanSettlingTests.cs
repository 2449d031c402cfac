using Michi.Analytics.Planning;

namespace Michi.UnitTests.Planning;

public sealed class PlanSettlingTests
{
    [Fact]
    public void Settle_MoveThatBringsNothing_IsTakenBack()
    {
        // One and two are worth the same in every period; three is worth more the earlier it starts, and only one fits at a time.
        var problem = Problem(Option("one", 5), Option("two", 5), Option("three", 9, 8, 7));

        Assert.Equal([2, 1, 0], PlanSettling.Settle(problem, [1, 2, 0], [2, 1, 1]));
    }

    [Fact]
    public void Settle_OneThatTookAnothersPlaceForTheSameWorth_GoesBackWithIt()
    {
        var problem = Problem(Option("one", 5), Option("two", 5)) with { Exclusions = [[0, 1]] };

        Assert.Equal([0, -1], PlanSettling.Settle(problem, [-1, 0], [0, -1]));
    }

    [Fact]
    public void Settle_PlanBeforeThatTheProblemForbids_KeepsWhatMustBe()
    {
        var problem = Problem(Option("one", 5) with { IsForbidden = true }, Option("two", 5));

        Assert.Equal([-1, 1], PlanSettling.Settle(problem, [-1, 0], [0, 1]));
    }

    [Fact]
    public void Settle_AnyPlans_LosesNoValueNoConditionAndMovesNothingAway()
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var problem = RandomPlanning.Problem(seed);
            var before = PlanSolver.Solve(problem, new() { Seed = (ulong)seed, Effort = 50 }, stop: TestContext.Current.CancellationToken);
            var after = PlanSolver.Solve(problem, new() { Seed = (ulong)seed + 100, Effort = 2_000 }, stop: TestContext.Current.CancellationToken);
            if (before.Starts.Count == 0 || after.Starts.Count == 0) continue;

            var settled = PlanSettling.Settle(problem, after.Starts, before.Starts);

            var evaluation = PlanEvaluation.Of(problem, settled);
            Assert.True(evaluation.IsFeasible);
            Assert.True(evaluation.Value >= after.Value - 1e-6 * Math.Max(1, Math.Abs(after.Value)));
            Assert.All(settled.Index(), s => Assert.True(s.Item == after.Starts[s.Index] || s.Item == before.Starts[s.Index]));
        }
    }

    /// <summary>Options of one period, one at a time, in three periods.</summary>
    private static PlanningProblem Problem(params PlanOption[] options) => new()
    {
        Periods = 3,
        PeriodWeights = [1, 1, 1],
        Options = options,
        Resources = [new("team", [1, 2, 3], [1, 1, 1])],
    };

    private static PlanOption Option(string name, params double[] values) => new()
    {
        Name = name,
        Duration = 1,
        Values = values.Length == 1 ? [values[0], values[0], values[0]] : values,
        Uses = [new(0, [1])],
    };
}
