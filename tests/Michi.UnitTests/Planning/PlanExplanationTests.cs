using Michi.Analytics.Planning;

namespace Michi.UnitTests.Planning;

public sealed class PlanExplanationTests
{
    private static readonly PlanSolverOptions Search = new() { Effort = 3_000 };

    private static PlanOption Option(string name, double worth, double cost) => new() { Name = name, Duration = 1, Values = [worth, worth, worth, worth], Uses = [new(0, [cost])] };

    /// <summary>By hand: platform and app (which waits for it) for 6, street for 5 units; 8 units in the first two periods, 2 in the others.</summary>
    private static PlanningProblem Problem => new()
    {
        Periods = 4,
        PeriodWeights = [1, 1, 1, 1],
        Resources = [new("Money", [2, 4], [8, 2])],
        Precedences = [new(1, [0])],
        Options = [Option("platform", 0, 4), Option("app", 1, 2), Option("street", 4, 5)],
        Ladders = [new("Services", [new(3, [new(0, 1)])])],
    };

    private static readonly int[] Plan = [0, 1, -1]; // worth 9 + 1

    [Fact]
    public void In_Platform_TakesTheAppWithIt()
    {
        var reasons = PlanExplanation.In(Problem, Plan, TestContext.Current.CancellationToken);
        Assert.Equal([1], reasons[0].Dependents);
        Assert.Equal((10.0, 9.0), (reasons[0].Worth, reasons[0].LadderWorths[0]));
        Assert.Null(reasons[0].Earlier);
        Assert.Equal((1, -3.0), (reasons[0].Later!.Start, reasons[0].Later!.Gain));
        Assert.IsType<PlanViolation.TooEarly>(Assert.Single(reasons[0].Later!.Violations));
        Assert.Equal(1, reasons[1].Worth);
        Assert.Empty(reasons[1].Later!.Violations);
    }

    [Fact]
    public void Out_Street_NamesTheMoneyAndThePriceOfForcingIt()
    {
        var reason = Assert.Single(PlanExplanation.Out(Problem, Plan, Search, stop: TestContext.Current.CancellationToken));
        Assert.Equal(4, reason.Best!.Gain);
        Assert.Equal(new PlanViolation.Overused(0, 0, 11, 8), Assert.Single(reason.Best.Violations));
        // Worth as much at any start; in the last two periods 3 of 2 units are missing, and so it is in the first two that least is: 3 of 10 either way, the earlier one stands.
        Assert.Equal(0, reason.Nearest!.Start);
        Assert.Equal(4, reason.ForcedValue); // no room for the platform beside it
        Assert.Null(PlanExplanation.Out(Problem, Plan, null, stop: TestContext.Current.CancellationToken)[0].ForcedStatus);
    }

    [Fact]
    public void More_Money_SaysWhatIsProvedAndWhatIsFound()
    {
        // Half as much again is 4 in the first bucket, and platform, street and, in the second, app are paid for; 1 in the second, and nothing changes.
        var worths = PlanExplanation.More(Problem, Plan, new HashSet<int>(), [[2, 0.5]], 0.5, Search, stop: TestContext.Current.CancellationToken);
        Assert.Equal([new(0, 0, 4, 8, 4), new(0, 1, 1, 0.5, 0)], worths);
        Assert.Equal(new(0, null, 4, 10, 4), Assert.Single(PlanExplanation.More(Problem, Plan, new HashSet<int> { 0 }, [[2, 0.5]], 0.5, Search, stop: TestContext.Current.CancellationToken)));
        Assert.All(PlanExplanation.More(Problem, Plan, new HashSet<int>(), null, 0.5, Search, stop: TestContext.Current.CancellationToken), w => Assert.Null(w.AtMost));
    }

    [Fact]
    public void Sensitivities_RankWhatChangesThePlanFirst()
    {
        PlanningProblem With(int option, Func<PlanOption, PlanOption> change) => Problem with { Options = [.. Problem.Options.Select((o, i) => i == option ? change(o) : o)] };
        PlanAssumption[] assumptions =
        [
            new("app", With(1, o => o with { Values = [0.5, 0.5, 0.5, 0.5] }), With(1, o => o with { Values = [2, 2, 2, 2] })),
            new("street", With(2, o => o with { Values = [3, 3, 3, 3] }), With(2, o => o with { Values = [14, 14, 14, 14] })),
            new("late", Problem, With(0, o => o with { Duration = 2, Uses = [new(0, [2, 2])] })),
        ];
        var found = PlanExplanation.Sensitivities(Plan, assumptions, Search, stop: TestContext.Current.CancellationToken);
        Assert.Equal("street", found[0].Name);
        Assert.Equal((10.0, 14.0, 4.0), (found[0].High.Kept, found[0].High.Best, found[0].High.Loss));
        Assert.Equal([0, 1, 2], found[0].High.Changed);
        var late = found.Single(s => s.Name == "late");
        Assert.Equal((7.0, true, 0.0), (late.High.Kept, late.High.Holds, late.High.Loss)); // the app waits, and the second bucket pays
        Assert.False(found.Single(s => s.Name == "app").ChangesPlan);
        Assert.Equal(1.5, found.Single(s => s.Name == "app").Swing, 1e-9);
    }
}
