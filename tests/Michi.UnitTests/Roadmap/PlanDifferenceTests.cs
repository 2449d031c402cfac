using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;

namespace Michi.UnitTests.Roadmap;

public sealed class PlanDifferenceTests
{
    private static PlanReading Read(PlanInput input, params (string Code, int Start)[] starts) => PlanReading.Of(input, starts.ToDictionary(s => s.Code, s => s.Start), PlanScene.Pack);

    private static PlanInput Four(ScenarioFacts? scenario = null) => PlanScene.Input(scenario ?? PlanScene.Scenario(),
        ("a", PlanScene.Facts("A", 2, 400, 40) with { Lifts = [new("T3", 0, 1, [])], LeadsTo = ["fewer-floods"] }), ("b", PlanScene.Facts("B", 2, 200) with { Excludes = ["c"] }),
        ("c", PlanScene.Facts("C", 2, 100)), ("d", PlanScene.Facts("D", 2, 100)));

    [Fact]
    public void Of_OneEntersOneLeavesOneMovesOneStays_SaysWhichAndByHowMuch()
    {
        var difference = PlanDifference.Of(Read(Four(), ("a", 0), ("b", 2), ("d", 0)), Read(Four(), ("a", 3), ("c", 2), ("d", 0)));

        Assert.Equal([("b", "left", 0), ("c", "entered", 0), ("a", "moved", 3), ("d", "same", 0)], difference.Initiatives.Select(i => (i.Initiative.Code, i.Kind, i.Later)));
        Assert.Equal(("c", "b"), (difference.Initiatives[0].Instead!.Code, difference.Initiatives[1].Instead!.Code));
        Assert.False(difference.IsSame);
        Assert.True(difference.IsComparable);
    }

    [Fact]
    public void Of_CheaperPlan_GivesMoneyByYearLevelsAndAims()
    {
        // Before: a in quarters 0–1 (400, then 40 a year), b in 2–3 (200). After: d in quarters 4–5 alone (100).
        var difference = PlanDifference.Of(Read(Four(), ("a", 0), ("b", 2)), Read(Four(), ("d", 4)));

        Assert.Equal(new Figure(600, 100), difference.Setup);
        Assert.Equal(new Figure(40, 0), difference.Operation);
        Assert.Equal([("2027", new Figure(620, 0), new Figure(1000, 1000)), ("2028", new Figure(40, 100), new Figure(1000, 1000))], difference.Money.Select(m => (m.Year, m.Spent, m.Available)));
        Assert.Equal(new Figure(1, 0), difference.Levels["T3"]);
        Assert.Equal(new Figure(1, 0), difference.Aims["fewer-floods"]);
        // T3 one step above 0 in the quarters 2–7, the first of them discounted by half a year.
        Assert.Equal(Enumerable.Range(2, 6).Sum(t => Math.Pow(1.05, -t / 4.0)), difference.Value.Before, 1e-9);
        Assert.Equal(0, difference.Value.After, 1e-9);
    }

    [Fact]
    public void Of_PeopleInUse_TakesTheHighestQuarter()
    {
        var scenario = PlanScene.Scenario() with { Pools = [new("digital", [4], "made up")] };
        var facts = PlanScene.Facts("A", 2) with { People = new() { ["digital"] = PlanScene.Just(1.5) } };
        var input = PlanScene.Input(scenario, ("a", facts), ("b", facts));

        Assert.Equal(new Figure(3, 1.5), PlanDifference.Of(Read(input, ("a", 0), ("b", 1)), Read(input, ("a", 0), ("b", 2))).People["digital"]);
    }

    [Fact]
    public void Of_OtherWeights_SaysSoAndMeasuresTheFormerScheduleByTheNewOnes()
    {
        var before = Four();
        var after = before with { Weights = before.Weights with { Elements = new(before.Weights.Elements!) { ["T3"] = 2 } } };

        var difference = PlanDifference.Of(Read(before, ("a", 0)), Read(after, ("a", 0)));

        Assert.Equal(["weights"], difference.Unlike);
        Assert.False(difference.IsComparable);
        Assert.Equal(difference.Value.After, difference.Remeasured!.Value, 1e-9);
        Assert.True(difference.Value.After > difference.Value.Before);
    }

    [Fact]
    public void Of_PlanThatBeginsAYearLater_MatchesQuartersAndYearsByTheCalendar()
    {
        var later = PlanScene.Scenario(8, PlanScene.Source("own", [1000, 1000])) with { Start = new(2028, 1) };

        var difference = PlanDifference.Of(Read(Four(), ("d", 4)), Read(Four(later), ("d", 0)));

        Assert.Equal(["same"], difference.Initiatives.Select(i => i.Kind));
        Assert.Equal([("2027", new Figure(1000, 0)), ("2028", new Figure(1000, 1000)), ("2029", new Figure(0, 1000))], difference.Money.Select(m => (m.Year, m.Available)));
        Assert.Contains("time", difference.Unlike);
        Assert.NotNull(difference.Remeasured);
        // What lies before the new plan's time cannot be measured by it.
        Assert.Null(PlanDifference.Of(Read(Four(), ("d", 2)), Read(Four(later), ("d", 0))).Remeasured);
    }
}
