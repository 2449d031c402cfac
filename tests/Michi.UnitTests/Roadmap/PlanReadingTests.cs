using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;

namespace Michi.UnitTests.Roadmap;

public sealed class PlanReadingTests
{
    private static PlanReading Read(PlanInput input, params (string Code, int Start)[] starts) => PlanReading.Of(input, starts.ToDictionary(s => s.Code, s => s.Start), PlanScene.Pack);

    [Fact]
    public void Of_TwoInitiatives_PutsSetupAndOperationIntoTheirYears()
    {
        // a: quarters 0–1, 400 to set up, 40 a year from quarter 2. b: quarters 3–4, 200 to set up, nothing after.
        var plan = Read(PlanScene.Input(PlanScene.Scenario(), ("a", PlanScene.Facts("A", 2, 400, 40)), ("b", PlanScene.Facts("B", 2, 200))), ("a", 0), ("b", 3));

        Assert.Equal(["2027", "2028"], plan.Years.Select(y => y.Label));
        Assert.Equal([(400 + 100, 20), (100, 40)], plan.Spending["own"].Select(y => ((int)Math.Round(y.Setup), (int)Math.Round(y.Operation))));
        Assert.Equal([480, 860], plan.Spending["own"].Select(y => (int)Math.Round(y.Left)));
        Assert.Equal((600, 40), ((int)plan.Setup, (int)plan.OperationAfter));
        Assert.Equal([("a", new Quarter(2027, 1), new Quarter(2027, 2)), ("b", new Quarter(2027, 4), new Quarter(2028, 1))], plan.Schedule.Select(s => (s.Code, s.From, s.Last)));
    }

    [Fact]
    public void Of_SourceThatCarriesOver_GivesWhatIsLeftToTheNextYear()
    {
        var scenario = PlanScene.Scenario(8, PlanScene.Source("own", [500, 100], carriesOver: true));

        var plan = Read(PlanScene.Input(scenario, ("a", PlanScene.Facts("A", 4, 200)), ("b", PlanScene.Facts("B", 4, 350))), ("a", 0), ("b", 4));

        Assert.Equal([0.0, 300.0], plan.Spending["own"].Select(y => y.Carried));
        Assert.Equal([300.0, 50.0], plan.Spending["own"].Select(y => y.Left));
    }

    [Fact]
    public void Of_SharesOfTwoSources_SplitsTheSetup()
    {
        var facts = PlanScene.Facts("A", 8, 800, 100) with { Funding = [new("own", 0.25), new("grant", 0.75), new("grant", 1, Year: 2)], OperationSource = "grant" };
        var scenario = PlanScene.Scenario(12, PlanScene.Source("own", [1000, 1000, 1000]), PlanScene.Source("grant", [1000, 1000, 1000]));

        var plan = Read(PlanScene.Input(scenario, ("a", facts)), ("a", 0));

        // In its first year by the shares without a year, in its second by that of the year alone.
        Assert.Equal([100.0, 0, 0], plan.Spending["own"].Select(y => y.Setup));
        Assert.Equal([300.0, 400, 0], plan.Spending["grant"].Select(y => y.Setup));
        Assert.Equal([0.0, 0, 100], plan.Spending["grant"].Select(y => y.Operation));
    }

    [Fact]
    public void Of_BudgetYearFromApril_CutsTheFirstYear()
    {
        var scenario = PlanScene.Scenario(8) with { BudgetYearStart = 2 };

        var plan = Read(PlanScene.Input(scenario, ("a", PlanScene.Facts("A", 2, 100))), ("a", 0));

        Assert.Equal([("2026/27", 0, 1), ("2027/28", 1, 5), ("2028/29", 5, 8)], plan.Years.Select(y => (y.Label, y.Begin, y.End)));
        Assert.Equal([50.0, 50, 0], plan.Spending["own"].Select(y => y.Setup));
    }

    [Fact]
    public void Of_LiftsOnTopOfEachOther_RaiseTheLevelOnlyWhereTheLowerStepIsThere()
    {
        var low = PlanScene.Facts("Low", 2) with { Lifts = [new("T3", 0, 1, [])] };
        var high = PlanScene.Facts("High", 1) with { Lifts = [new("T3", 1, 3, [])] };
        var unsure = PlanScene.Facts("Unsure", 1) with { Lifts = [new("T4", 0, 1, new() { ["en"] = "if" }, Holds: false)] };

        var plan = Read(PlanScene.Input(PlanScene.Scenario(4), ("high", high), ("low", low), ("unsure", unsure)), ("high", 0), ("low", 0), ("unsure", 0));

        Assert.Equal([0, 0, 3, 3, 3], plan.Levels["T3"]);
        Assert.All(plan.Levels["T4"], level => Assert.Equal(0, level));
    }

    [Fact]
    public void Of_StaffPools_CountsPeopleByQuarter()
    {
        var scenario = PlanScene.Scenario(6) with { Pools = [new("digital", [2, 3], "made up")] };
        var facts = PlanScene.Facts("A", 2) with { People = new() { ["digital"] = PlanScene.Just(1.5) } };

        var plan = Read(PlanScene.Input(scenario, ("a", facts), ("b", facts)), ("a", 1), ("b", 2));

        Assert.Equal([0, 1.5, 3, 1.5, 0, 0], plan.People["digital"]);
        Assert.Equal([2.0, 2, 2, 2, 3, 3], Enumerable.Range(0, 6).Select(q => plan.CapacityOf(scenario.Pools[0], q)));
    }

    [Fact]
    public void DomainsOf_LiftsInTwoDomains_SharesByStepsOfLevel()
    {
        var facts = PlanScene.Facts("A") with { Lifts = [new("T3", 0, 3, []), new("P1", 1, 2, []), new("O1", 0, 1, [], Holds: false)] };

        var shares = Read(PlanScene.Input(PlanScene.Scenario(), ("a", facts))).DomainsOf(facts);

        Assert.Equal(new Dictionary<string, double> { ["technology"] = 0.75, ["policy"] = 0.25 }, shares);
    }
}
