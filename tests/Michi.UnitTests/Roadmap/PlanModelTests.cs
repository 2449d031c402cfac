using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;
using PlanModel = Michi.Roadmap.Plans.PlanModel;

namespace Michi.UnitTests.Roadmap;

public sealed class PlanModelTests
{
    private static readonly ContentPack Pack = PackReader.Read(Path.Combine(ProjectFolder.Path, "content", "approach")).Pack!;

    private static PlannedInitiative Doing(string code, double quarters = 2, double cost = 0) => new(code, 1, new()
    {
        Names = new() { ["en"] = code },
        Sector = "water",
        Type = "area",
        Duration = new(quarters, quarters, quarters, "test"),
        Cost = new(cost, cost, cost, "test"),
    });

    private static PlannedInitiative With(PlannedInitiative initiative, Func<InitiativeFacts, InitiativeFacts> change) => initiative with { Facts = change(initiative.Facts) };

    private static Expected Exactly(double value) => new(value, value, value, "test");

    private static FundingSource Source(string id, params double[] years) => new(id, new() { ["en"] = id }, "own", [.. years], null, false, "test");

    private static PlanInput Input(ScenarioFacts scenario, params PlannedInitiative[] initiatives) => new()
    {
        Scenario = scenario.Sources.Count > 0 ? scenario : scenario with { Sources = [Source("own", 100, 100, 100)] },
        ScenarioName = "test",
        ScenarioVersion = 1,
        Initiatives = [.. initiatives],
        Levels = Pack.Elements.ToDictionary(e => e.Id, _ => new StartLevel(0, "nothing", [0.8, 0.6, 0.4, 0.2])),
        Weights = new() { Elements = Pack.Elements.ToDictionary(e => e.Id, _ => 2.0), Benefits = new() { ["time"] = 1, ["health"] = 3 }, StepDecay = 0.5, BenefitShare = 0.5, Severity = 0.25 },
        Severities = new() { ["flood"] = 4 },
        Currency = "USD",
        Inhabitants = null,
        Direction = "problem-oriented",
        Stage = "small-start",
        PackHash = Pack.Hash,
        LibraryVersion = "1",
        ProgramVersion = "1",
    };

    private static ScenarioFacts Scenario(int quarters = 8) => new() { Start = new(2027, 3), Quarters = quarters, Discount = 0 };

    private static PlanModel Model(ScenarioFacts scenario, params PlannedInitiative[] initiatives) => PlanModel.Of(Input(scenario, initiatives), Pack);

    private static ResourceUse Use(PlanModel model, string source, int option = 0, string kind = "budget") =>
        model.Problem.Options[option].Uses.Single(u => u.Resource == model.Resources.ToList().IndexOf(new(kind, source)));

    [Theory]
    [InlineData(1, 3, 8, new[] { 2, 6, 8 })]
    [InlineData(4, 3, 8, new[] { 1, 5, 8 })]
    [InlineData(3, 3, 8, new[] { 4, 8 })]
    [InlineData(1, 1, 4, new[] { 4 })]
    public void YearEnds_OfABudgetYear_FollowItsFirstQuarter(int budgetYear, int start, int quarters, int[] ends) =>
        Assert.Equal(ends, (new ScenarioFacts { Start = new(2027, start), Quarters = quarters, BudgetYearStart = budgetYear }).YearEnds);

    [Fact]
    public void Of_SourceWithTotal_LimitsYearsAndAll()
    {
        var model = Model(Scenario() with { Sources = [Source("own", 10, 20) with { Total = 25, CarriesOver = true }] }, Doing("a", cost: 8));

        Assert.Equal([new("budget", "own"), new("total", "own")], model.Resources);
        // The third year was given no amount.
        Assert.Equal([10, 20, 0], model.Problem.Resources[0].Capacities);
        Assert.True(model.Problem.Resources[0].CarriesOver);
        Assert.Equal([8], model.Problem.Resources[1].Ends);
        Assert.Equal([25], model.Problem.Resources[1].Capacities);
        Assert.Equal(Use(model, "own").Setup, Use(model, "own", kind: "total").Setup);
    }

    [Fact]
    public void Of_FundingByYear_FollowsTheSharesAndLeavesTheRestToTheFirstSource()
    {
        var initiative = With(Doing("a", 8, 80), f => f with { Funding = [new("grant", 0.5, 1), new("grant", 0.25), new("unknown", 0.5)] });
        var model = Model(Scenario() with { Sources = [Source("own", 100), Source("grant", 100)] }, initiative);

        Assert.Equal([5, 5, 5, 5, 2.5, 2.5, 2.5, 2.5], Use(model, "grant").Setup);
        Assert.Equal([5, 5, 5, 5, 7.5, 7.5, 7.5, 7.5], Use(model, "own").Setup);
    }

    [Fact]
    public void Of_Operation_IsPaidEveryQuarterAfterTheEnd()
    {
        var facts = Scenario() with { Sources = [Source("own", 100), Source("grant", 100)] };

        Assert.Equal(3, Use(Model(facts, With(Doing("a"), f => f with { Operation = Exactly(12), OperationSource = "grant" })), "grant").Afterwards);
        Assert.Equal(3, Use(Model(facts, With(Doing("a"), f => f with { Operation = Exactly(12), OperationSource = "gone" })), "own").Afterwards);
    }

    [Fact]
    public void Of_People_LimitEachQuarterByItsYear()
    {
        var model = Model(Scenario() with { Pools = [new("field", [2, 3], "test")] }, With(Doing("a", 3), f => f with { People = new() { ["field"] = Exactly(1.5), ["legal"] = Exactly(9) } }));

        Assert.Equal([2, 2, 3, 3, 3, 3, 3, 3], model.Problem.Resources[1].Capacities);
        Assert.Equal([1.5, 1.5, 1.5], Use(model, "field", kind: "people").Setup);
        Assert.Equal(0, Use(model, "field", kind: "people").Afterwards);
    }

    [Theory]
    [InlineData(2.0, 2)]
    [InlineData(2.5, 3)]
    [InlineData(0.2, 1)]
    public void Of_Duration_EndsWithTheQuarterItEndsIn(double planned, int quarters) => Assert.Equal(quarters, Model(Scenario(), Doing("a", planned)).Problem.Options[0].Duration);

    [Fact]
    public void Of_Benefits_CountFromTheEndOnAndDiscounted()
    {
        var initiative = With(Doing("a", 3), f => f with { Benefits = new() { ["health"] = 2 }, Beneficiaries = Exactly(0.5), Challenges = ["flood"] });
        var values = Model(Scenario(4) with { Discount = 0.21 }, initiative).Problem.Options[0].Values;

        // Weight 3 of a mean of 2, strength 2 of 3, half of the people, severity 4: 1.5 · 2/3 · 0.5 · 2 = 1 point, in the fourth quarter alone.
        Assert.Equal(Math.Pow(1.21, -0.75), values[0], 12);
        Assert.Equal([0, 0, 0], values.Skip(1));
    }

    [Fact]
    public void Of_Ladder_FallsWithTheStepsAndWithWhatMayBeThere()
    {
        var model = Model(Scenario(), With(Doing("a"), f => f with { Lifts = [new("P1", 0, 2, []), new("P1", 2, 3, [], Holds: false)] }));
        var steps = model.Problem.Ladders[model.Elements.ToList().IndexOf("P1")].Steps;

        // Every weight is 2, so each is average: 1 · 0.5^k · P(level ≤ k).
        Assert.Equal([0.2, 0.2, 0.15, 0.1], steps.Select(s => Math.Round(s.Value, 12)));
        Assert.Equal([1, 1, 0, 0], steps.Select(s => s.Shares.Count));
    }

    [Fact]
    public void Of_Decisions_BecomeWindows()
    {
        var facts = Scenario() with
        {
            Decisions = new() { ["a"] = new("must", Earliest: new(2027, 4), LatestEnd: new(2028, 2)), ["b"] = new("free", Start: new(2028, 1)), ["c"] = new("forbid") },
        };
        var model = Model(facts, Doing("a"), Doing("b"), Doing("c"));
        var options = model.Problem.Options;

        Assert.True(options[0] is { IsMandatory: true, EarliestStart: 1, LatestEnd: 4 });
        Assert.True(options[1] is { IsMandatory: false, FixedStart: 2 });
        Assert.True(options[2].IsForbidden);
        Assert.Equal([new("c", "forbidden", "")], model.Impossible);
    }

    [Fact]
    public void Of_Need_WaitsForEveryMissingStep()
    {
        var model = Model(Scenario(), With(Doing("a"), f => f with { Needs = [new("O1", 2)] }),
            With(Doing("low"), f => f with { Lifts = [new("O1", 0, 1, [])] }), With(Doing("high"), f => f with { Lifts = [new("O1", 1, 2, [])] }));

        Assert.Equal([[1], [2]], model.Problem.Precedences.Where(p => p.After == 0).Select(p => p.AnyOf));
        Assert.Empty(model.Impossible);
    }

    [Fact]
    public void Of_WhatNothingReaches_IsImpossible()
    {
        var model = Model(Scenario(), With(Doing("need"), f => f with { Needs = [new("O1", 2)] }), With(Doing("high"), f => f with { Lifts = [new("O1", 1, 2, [])] }),
            With(Doing("gone"), f => f with { Prerequisites = [new("deleted", 0)] }), With(Doing("pair"), f => f with { Together = ["deleted"] }), Doing("long", 9));

        Assert.Equal([("gone", "missing-prerequisite"), ("long", "too-long"), ("need", "need-unmet"), ("pair", "missing-prerequisite")], model.Impossible.Select(i => (i.Code, i.Why)).Order());
        Assert.Equal([true, false, true, true, true], model.Problem.Options.Select(o => o.IsForbidden));
        Assert.Empty(model.Problem.Errors());
    }

    /// <summary>Needs in a circle are never met, and do not keep the rest from being planned; prerequisites in a circle are an error with its names.</summary>
    [Fact]
    public void Of_Circles_AreToldApart()
    {
        var needs = Model(Scenario(), With(Doing("a"), f => f with { Needs = [new("O1", 1)], Lifts = [new("P1", 0, 1, [])] }), With(Doing("b"), f => f with { Needs = [new("P1", 1)], Lifts = [new("O1", 0, 1, [])] }), Doing("c"));
        Assert.Equal(["a", "b"], needs.Impossible.Select(i => i.Code).Order());
        Assert.Empty(needs.Problem.Errors());

        var circle = Model(Scenario(), With(Doing("a"), f => f with { Prerequisites = [new("b", 0)] }), With(Doing("b"), f => f with { Prerequisites = [new("a", 0)] }));
        Assert.Single(circle.Problem.Errors().OfType<PlanningProblemError.Cycle>());
    }

    [Fact]
    public void Of_Minima_CountWhatIsMeant()
    {
        var model = Model(Scenario() with { Minima = [new("quick-win", null, 1, null), new("district", "old-town", 1, new(2028, 2)), new("group", "older", 2, null), new("domain", "policy", 1, null)] },
            With(Doing("a"), f => f with { IsQuickWin = true, District = "old-town" }), With(Doing("b"), f => f with { Groups = ["older"], Lifts = [new("P1", 0, 1, [])] }));

        Assert.Equal([4, 4, null, null], model.Problem.Covers.Select(c => c.By));
        Assert.Equal([[0], [0], [1], [1]], model.Problem.Covers.Select(c => c.Amounts.Select(a => a.Option)));
        Assert.Equal([1, 1, 2, 1], model.Problem.Covers.Select(c => c.Minimum));
    }

    [Fact]
    public void Of_PairsAndStarts_KeepTheOrderOfTheInput()
    {
        var model = Model(Scenario(), With(Doing("a"), f => f with { Excludes = ["b"] }), With(Doing("b"), f => f with { Excludes = ["a"] }), With(Doing("c"), f => f with { Together = ["a"] }));

        Assert.Equal([[0, 1]], model.Problem.Exclusions);
        Assert.Equal([[0, 2]], model.Problem.Joint);
        Assert.Equal([3, -1, 0], model.StartsOf(new Dictionary<string, int> { ["a"] = 3, ["c"] = 0 }));
    }

    [Fact]
    public void OutcomeOf_WithoutAPlan_IsFinite()
    {
        var model = Model(Scenario() with { Sources = [Source("own", 0)], Decisions = new() { ["a"] = new("must") } }, Doing("a", cost: 10));

        var outcome = PlanQueue.OutcomeOf(model, PlanSolver.Solve(model.Problem, new() { Effort = 1000, Time = TimeSpan.FromSeconds(2) }, stop: TestContext.Current.CancellationToken));

        Assert.True(double.IsFinite(outcome.Value) && double.IsFinite(outcome.Bound));
        Assert.Empty(outcome.Starts);
    }
}
