using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Roadmap.Explain;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;

namespace Michi.UnitTests.Roadmap;

/// <summary>A made-up plan of two years with 1,000 a year: a map for 900 and an app for 600 that may also wait for the second year.</summary>
public sealed class RiskFindingsTests
{
    private static readonly UiTexts Texts = new(Path.Combine(ProjectFolder.Path, "content", "ui"));
    private static readonly InitiativeLibrary Library = InitiativeReader.Read(Path.Combine(ProjectFolder.Path, "content", "initiatives"), PlanScene.Pack).Library!;

    private static PlanInput InputWith(Expected cost) => PlanScene.Input(PlanScene.Scenario(8),
        ("map", PlanScene.Facts("Map", 2) with { Cost = cost, Lifts = [new("T3", 0, 1, [])], Groups = ["women"] }),
        ("app", PlanScene.Facts("App", 2, 90) with { Lifts = [new("T2", 0, 1, [])], Groups = ["older", "women"] }));

    private static PlanOutcome Outcome { get; } = new(PlanStatus.Feasible, new() { ["map"] = 0, ["app"] = 1 }, 0, 50, 0, 0, [[1, 1]]);

    private static RiskFindings RiskOf(PlanInput input) => RiskFindings.Of(input, PlanScene.Pack, Outcome, new Progress<double>(), TestContext.Current.CancellationToken);

    private static ExplainText In(PlanInput input, string language) => new(PlanReading.Of(input, Outcome.Starts, PlanScene.Pack), Texts.In(language), PlanScene.Pack.Words(language), Library.Words(language));

    [Fact]
    public void Of_TightBudget_HoldsWhereTheCostsStayWithinIt()
    {
        // The map may cost 90 to 1,710 with 900 in the middle; what is left of 1,000 after it must pay for the app.
        var input = InputWith(new(90, 900, 1710, Expected.Assumption));

        var risk = RiskOf(input);

        Assert.InRange(risk.Plan.Holding, 0.35, 0.6);
        Assert.Equal(("budget", "own", (int?)0), risk.Breaks.Where(b => b.Place.Kind == "budget").Select(b => (b.Place.Kind, b.Place.Ids[0], b.Place.From)).First());
        Assert.Equal(risk.Futures, risk.Histogram.Sum());
        Assert.True(risk.Plan.WorstMean <= risk.Plan.Quantile05 && risk.Plan.Quantile05 <= risk.Plan.Median && risk.Plan.Least <= risk.Plan.WorstMean);
        // The app has one figure for its cost, and both have one for how long they take.
        Assert.Equal(2, risk.Assumed);
        var sentence = In(input, "en").FirstBreak(risk.Breaks);
        Assert.StartsWith("What breaks first most often: own falls short in 2027, by", sentence, StringComparison.Ordinal);
        Assert.Contains("2027年度の「own」", In(input, "ja").FirstBreak(risk.Breaks), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_AmpleBudget_IsItselfRobust()
    {
        var input = InputWith(new(90, 100, 110, Expected.Assumption));

        var risk = RiskOf(input);

        Assert.True(risk.Plan.Holding > 0.8);
        Assert.Equal("This plan itself holds in at least 80% of the futures.", In(input, "en").RobustSentence(risk, Outcome.Starts).Replace(" %", "%", StringComparison.Ordinal));
        Assert.StartsWith("この計画自体が", In(input, "ja").RobustSentence(risk, Outcome.Starts), StringComparison.Ordinal);
    }

    [Fact]
    public void Of_SameInputTwice_IsTheSame() => Assert.Equal(RiskOf(InputWith(new(90, 900, 1710, Expected.Assumption))).Histogram, RiskOf(InputWith(new(90, 900, 1710, Expected.Assumption))).Histogram);

    [Fact]
    public void Of_Fronts_TradeValueForMoneyAndNameTheGroups()
    {
        var input = InputWith(new(900, 900, 900, Expected.Assumption));

        var found = FrontFindings.Of(input, PlanScene.Pack, Outcome, new Progress<double>(), TestContext.Current.CancellationToken);

        var cost = found.Fronts.Single(f => f.Criterion == "cost");
        // Both for 990, the cheap app alone for 90, nothing for 0.
        Assert.Equal([990, 90, 0], cost.Points.Select(p => p.Measure));
        Assert.Equal(["app"], cost.Points[1].Starts.Keys);
        Assert.True(cost.Points.Zip(cost.Points.Skip(1)).All(p => p.First.Value > p.Second.Value));
        Assert.Equal("group", found.Fronts.Single(f => f.Criterion == "equity").Groups);
        Assert.Equal(["cost", "time", "equity"], found.Fronts.Select(f => f.Criterion));
        Assert.Equal("Without “⁨Map⁩”. 1 initiative starts at another time.", In(input, "en").Difference(Outcome.Starts, new Dictionary<string, int> { ["app"] = 0 }));
    }

    [Fact]
    public void Fixed_Schedule_DecidesEverything()
    {
        var input = InputWith(Expected.None);

        var facts = PickPlan.Fixed(input, new Dictionary<string, int> { ["app"] = 2 });

        Assert.Equal(("forbid", null), (facts.Decisions["map"].Choice, facts.Decisions["map"].Start));
        Assert.Equal(("must", input.Scenario.Start.Plus(2)), (facts.Decisions["app"].Choice, facts.Decisions["app"].Start!.Value));
        Assert.Empty(PlanEvaluation.Of(PlanModel.Of(input with { Scenario = facts }, PlanScene.Pack).Problem, [-1, 2]).Violations);
    }
}
