using FsCheck;
using FsCheck.Fluent;
using Michi.Analytics.Planning;

namespace Michi.UnitTests.Planning;

public sealed class PlanConflictAnalysisTests
{
    private static PlanConflictAnalysis Analyse(PlanningProblem problem, PlanConflictOptions? options = null) =>
        PlanConflictAnalysis.Of(problem, options ?? new() { Effort = 3_000 }, TestContext.Current.CancellationToken);

    private static PlanOption Option(string name, double cost, int duration = 1) =>
        new() { Name = name, Duration = duration, Values = new double[8], Uses = [new(0, [cost])], IsMandatory = true };

    /// <summary>By hand: the server costs 8, the portal 7 and needs the server; the first year has 10, the second 3, and the portal must be done by the second year's end.</summary>
    private static PlanningProblem Budget => new()
    {
        Periods = 8,
        PeriodWeights = [1, 1, 1, 1, 1, 1, 1, 1],
        Options = [Option("server", 8), Option("portal", 7) with { LatestEnd = 6 }, Option("app", 1)],
        Resources = [new("Money", [4, 6, 8], [10, 3, 20])],
        Precedences = [new(1, [0])],
    };

    [Fact]
    public void Analyse_TooLittleMoney_NamesTheConflictAndEveryChangeThatMends()
    {
        var analysis = Analyse(Budget);
        Assert.Equal(PlanStatus.Infeasible, analysis.Status);
        Assert.True(analysis.IsMinimal);
        // The app plays no part, and the portal brings the server with it. Without the precedence the portal would take the first year.
        Assert.Equal(
            new PlanRequirement[]
            {
                new PlanRequirement.Mandatory(1), new PlanRequirement.LatestEnd(1),
                new PlanRequirement.Precedence(0), new PlanRequirement.Capacity(0, 0), new PlanRequirement.Capacity(0, 1),
            }.ToHashSet(), analysis.Conflict.ToHashSet());

        var single = analysis.Mends.Where(m => m.Relaxations.Count == 1).ToDictionary(m => m.Relaxations[0].Requirement, m => m.Relaxations[0].Amount);
        Assert.Null(single[new PlanRequirement.Mandatory(1)]);
        Assert.Equal(1, single[new PlanRequirement.LatestEnd(1)]); // starts in 6 and ends with 7
        Assert.Equal(5, single[new PlanRequirement.Capacity(0, 0)]!.Value, 0.05); // 8 and 7 in the first year
        Assert.Equal(4, single[new PlanRequirement.Capacity(0, 1)]!.Value, 0.05);
        Assert.Equal(4, single[new PlanRequirement.Capacity(0, null)]!.Value, 0.05);
    }

    [Fact]
    public void Analyse_MinimumAboveWhatThereIs_LowersItOrAllowsMore()
    {
        var problem = Budget with
        {
            Options = [Option("a", 1) with { IsMandatory = false }, Option("b", 1) with { IsMandatory = false, IsForbidden = true }, Option("c", 1) with { IsMandatory = false }],
            Precedences = [],
            Exclusions = [[0, 2]],
            Covers = [new("East", [new(0, 1), new(1, 1), new(2, 1)], 2)],
        };
        var analysis = Analyse(problem);
        Assert.Equal(PlanStatus.Infeasible, analysis.Status);
        Assert.Equal([new PlanRequirement.Exclusion(0), new PlanRequirement.Forbidden(1), new PlanRequirement.Minimum(0)],
            analysis.Conflict.OrderBy(c => c.GetType().Name));
        Assert.Equal([("Exclusion", null), ("Forbidden", null), ("Minimum", 1.0)],
            analysis.Mends.SelectMany(m => m.Relaxations).Select(r => (r.Requirement.GetType().Name, r.Amount)).OrderBy(r => r.Name));
    }

    [Fact]
    public void Analyse_TwoConflicts_MendsBothTogether()
    {
        var problem = Budget with { Options = [Option("a", 11), Option("b", 1) with { IsForbidden = true }], Precedences = [], Resources = [new("Money", [8], [10])] };
        var analysis = Analyse(problem);
        Assert.NotEmpty(analysis.Mends);
        Assert.All(analysis.Mends, mend => Assert.Equal(2, mend.Relaxations.Count));
        Assert.Contains(analysis.Mends, m => m.Relaxations.Contains(new(new PlanRequirement.Forbidden(1), null))
            && m.Relaxations.Any(r => r is { Requirement: PlanRequirement.Capacity, Amount: > 1.99 and < 2.02 }));
    }

    [Fact]
    public void Analyse_OnlyDeadlineMayMove_LeavesTheRest() =>
        Assert.Equal([new PlanSoftening(new PlanRequirement.LatestEnd(1), 1)],
            Assert.Single(Analyse(Budget, new() { MayRelax = r => r is PlanRequirement.LatestEnd }).Mends).Relaxations);

    [Fact]
    public void Analyse_SmallProblem_AgreesWithEveryPlan() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), AgreesWithEveryPlan).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));

    [Fact]
    public void Analyse_WholeResourceMakesABucketNeedless_RelaxesTheOneOnly() => AgreesWithEveryPlan(1061165390);

    private static void AgreesWithEveryPlan(int seed)
    {
        var problem = RandomPlanning.Problem(seed, 4, 5);
        var (analysis, optimum) = (Analyse(problem), RandomPlanning.Optimum(problem));
        Assert.Equal(optimum is null ? PlanStatus.Infeasible : PlanStatus.Feasible, analysis.Status);
        if (optimum is not null) return;
        Assert.True(analysis.Conflict.Count > 0 && analysis.IsMinimal, $"{seed}");
        foreach (var mend in analysis.Mends)
        {
            var relaxed = PlanSoftening.Apply(problem, mend.Relaxations);
            Assert.True(PlanEvaluation.Of(relaxed, mend.Starts).IsFeasible, $"{seed}");
            Assert.DoesNotContain(mend.Relaxations, r => r.Requirement is PlanRequirement.Precedence);
            // None of the relaxations can be done without.
            foreach (var left in mend.Relaxations)
                Assert.Null(RandomPlanning.Optimum(PlanSoftening.Apply(problem, [.. mend.Relaxations.Where(r => r != left)])));
        }
    }

    [Fact]
    public void Analyse_Stopped_EndsWithWhatIsKnown() =>
        Assert.Empty(PlanConflictAnalysis.Of(Budget, stop: new(canceled: true)).Mends);
}
