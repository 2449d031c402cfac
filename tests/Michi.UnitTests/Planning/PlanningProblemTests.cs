using Michi.Analytics.Planning;

namespace Michi.UnitTests.Planning;

public sealed class PlanningProblemTests
{
    private static readonly PlanningProblem Good = new()
    {
        Periods = 4,
        PeriodWeights = [1, 1, 1, 1],
        Options = [.. "abc".Select(c => new PlanOption { Name = $"{c}", Duration = 1, Values = [1, 1, 1, 1] })],
        Resources = [new("Money", [2, 4], [1, 1])],
    };

    private static PlanningProblem With(Func<PlanOption, PlanOption> change) => Good with { Options = [change(Good.Options[0]), .. Good.Options.Skip(1)] };

    private static readonly (PlanningProblem Problem, PlanningProblemError Error)[] Wrong =
    [
        (Good with { Periods = 0 }, new PlanningProblemError.TooSmall("periods", "", 0, 1)),
        (Good with { Periods = int.MaxValue }, new PlanningProblemError.TooLarge("periods", "", int.MaxValue, PlanningProblem.MaximumPeriods)),
        (Good with { PeriodWeights = [1, 1, 1] }, new PlanningProblemError.WrongCount("period weights", "", 4, 3)),
        (Good with { PeriodWeights = [1, 1, 1, double.NaN] }, new PlanningProblemError.NotFinite("period weights", "", double.NaN)),
        (Good with { Options = null! }, new PlanningProblemError.Missing("options", "")),
        (Good with { Options = [.. Good.Options, null!] }, new PlanningProblemError.Missing("options", "")),
        (With(o => o with { Duration = 0 }), new PlanningProblemError.TooSmall("duration", "a", 0, 1)),
        (With(o => o with { Duration = -3 }), new PlanningProblemError.TooSmall("duration", "a", -3, 1)),
        (With(o => o with { EarliestStart = -1 }), new PlanningProblemError.TooSmall("earliest start", "a", -1, 0)),
        (With(o => o with { Values = [1, 2] }), new PlanningProblemError.WrongCount("values", "a", 4, 2)),
        (With(o => o with { Values = [1, 2, 1e300, 0] }), new PlanningProblemError.TooLarge("values", "a", 1e300, PlanningProblem.MaximumNumber)),
        (With(o => o with { FixedStart = 4 }), new PlanningProblemError.FixedOutsideWindow("a", 4, 0, 3)),
        (With(o => o with { FixedStart = 1, LatestEnd = 1 }), new PlanningProblemError.FixedOutsideWindow("a", 1, 0, 0)),
        (With(o => o with { Uses = [new(1, [])] }), new PlanningProblemError.UnknownResource("a", 1)),
        (With(o => o with { Uses = [new(0, []), new(0, [])] }), new PlanningProblemError.Twice("uses", "a", "Money")),
        (With(o => o with { Uses = [new(0, [1, 1])] }), new PlanningProblemError.TooLarge("setup periods", "a", 2, 1)),
        (With(o => o with { Uses = [new(0, [-1])] }), new PlanningProblemError.TooSmall("setup", "a", -1, 0)),
        (With(o => o with { Uses = [new(0, null!)] }), new PlanningProblemError.Missing("setup", "a")),
        (With(o => o with { Uses = [new(0, [], double.PositiveInfinity)] }), new PlanningProblemError.NotFinite("use afterwards", "a", double.PositiveInfinity)),
        (Good with { Resources = [new("Money", [4], [-1])] }, new PlanningProblemError.TooSmall("capacities", "Money", -1, 0)),
        (Good with { Resources = [new("Money", [4], [1, 2])] }, new PlanningProblemError.WrongCount("capacities", "Money", 1, 2)),
        (Good with { Resources = [new("Money", [2, 2, 4], [1, 1, 1])] }, new PlanningProblemError.BucketEnds("Money")),
        (Good with { Resources = [new("Money", [2], [1])] }, new PlanningProblemError.BucketEnds("Money")),
        (Good with { Resources = [new("Money", [], [])] }, new PlanningProblemError.BucketEnds("Money")),
        (Good with { Precedences = [new(3, [0])] }, new PlanningProblemError.UnknownOption("precedence", "", 3)),
        (Good with { Precedences = [new(1, [-1])] }, new PlanningProblemError.UnknownOption("precedence", "b", -1)),
        (Good with { Precedences = [new(1, [0], -1)] }, new PlanningProblemError.TooSmall("lag", "b", -1, 0)),
        (Good with { Precedences = [new(1, [])] }, new PlanningProblemError.TooSmall("predecessors", "b", 0, 1)),
        (Good with { Exclusions = [[0, 9]] }, new PlanningProblemError.UnknownOption("exclusions", "", 9)),
        (Good with { Joint = [null!] }, new PlanningProblemError.Missing("joint options", "")),
        (Good with { Covers = [new("East", [new(0, 1), new(0, 1)], 1)] }, new PlanningProblemError.Twice("amounts", "East", "a")),
        (Good with { Covers = [new("East", [], -1)] }, new PlanningProblemError.TooSmall("minimum", "East", -1, 0)),
        (Good with { Ladders = [new("Data", [new(1, [new(0, 1.5)])])] }, new PlanningProblemError.TooLarge("shares", "Data", 1.5, 1)),
        (Good with { Ladders = [new("Data", [new(-1, [])])] }, new PlanningProblemError.TooSmall("step value", "Data", -1, 0)),
        (Good with { Ladders = [new("Data", null!)] }, new PlanningProblemError.Missing("steps", "Data")),
    ];

    public static readonly TheoryData<int> WrongOnes = [.. Enumerable.Range(0, Wrong.Length)];

    [Theory, MemberData(nameof(WrongOnes))]
    public void Errors_OneThingWrong_IsNamed(int index) => Assert.Equal([Wrong[index].Error], Wrong[index].Problem.Errors());

    [Fact]
    public void Errors_Good_AreNone()
    {
        Assert.Empty(Good.Errors());
        Assert.All(Enumerable.Range(0, 200), seed => Assert.Empty(RandomPlanning.Problem(seed, 20, 20).Errors()));
    }

    [Fact]
    public void Errors_Cycle_NamesItsOptionsInOrder()
    {
        var problem = new PlanningProblem
        {
            Periods = 1,
            PeriodWeights = [1],
            Options = [.. new[] { "start", "survey", "design", "tender", "end" }.Select(n => new PlanOption { Name = n, Duration = 1, Values = [0] })],
            Precedences = [new(1, [0]), new(2, [1]), new(3, [2]), new(1, [3]), new(4, [3])],
        };
        var cycle = Assert.IsType<PlanningProblemError.Cycle>(Assert.Single(problem.Errors())).Options;
        Assert.Equal(["design", "survey", "tender"], cycle.Order());
        Assert.Equal("design", cycle[(cycle.ToList().IndexOf("survey") + 1) % 3]);
    }

    [Fact]
    public void Errors_CycleWithAWayOut_AreNone()
    {
        Assert.Empty((Good with { Precedences = [new(0, [1, 2]), new(1, [0])] }).Errors());
        Assert.IsType<PlanningProblemError.Cycle>(Assert.Single((Good with { Precedences = [new(0, [1, 2]), new(1, [0]), new(2, [0])] }).Errors()));
        Assert.IsType<PlanningProblemError.Cycle>(Assert.Single((Good with { Precedences = [new(0, [0])] }).Errors()));
    }

    [Fact]
    public void Errors_TwoThousandOptions_TakeMilliseconds()
    {
        var problem = PlanSolverTests.Large(2_000);
        Assert.Empty(problem.Errors());
        var watch = ProcessorTime.Start();
        problem.Errors();
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 1);
    }
}
