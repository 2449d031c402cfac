using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Roadmap.Explain;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;

namespace Michi.UnitTests.Roadmap;

/// <summary>Made-up scenarios that contradict themselves.</summary>
public sealed class ConflictFindingsTests
{
    private static readonly UiTexts Texts = new(Path.Combine(ProjectFolder.Path, "content", "ui"));
    private static readonly InitiativeLibrary Library = InitiativeReader.Read(Path.Combine(ProjectFolder.Path, "content", "initiatives"), PlanScene.Pack).Library!;

    private static (ConflictFindings Found, ExplainText En, ExplainText Ja) Explain(PlanInput input)
    {
        ExplainText In(string language) => new(PlanReading.Of(input, new Dictionary<string, int>(), PlanScene.Pack), Texts.In(language), PlanScene.Pack.Words(language), Library.Words(language));
        return (ConflictFindings.Of(input, PlanScene.Pack, new Progress<double>(), TestContext.Current.CancellationToken), In("en"), In("ja"));
    }

    [Fact]
    public void Of_MustWithoutMoney_NamesBothAndTheLeastMoney()
    {
        var input = PlanScene.Input(PlanScene.Scenario(4, PlanScene.Source("own", [300])) with { Decisions = new() { ["map"] = new("must") } }, ("map", PlanScene.Facts("Map", 2, 400)), ("other", PlanScene.Facts("Other", 1, 10)));

        var (found, en, ja) = Explain(input);

        Assert.True(found is { IsProved: true, IsMinimal: true });
        Assert.Equal(["must", "budget"], found.Conflict.Select(d => d.Kind));
        Assert.Equal("“⁨Map⁩” must be done.", en.Demand(found.Conflict[0]));
        Assert.Equal("own has 300 USD (2027).", en.Demand(found.Conflict[1]));
        Assert.Equal("ownの資金は300 USDです（2027）。", ja.Demand(found.Conflict[1]));
        var money = found.Mends.Select(m => Assert.Single(m.Softenings)).Single(s => s.Demand.Kind == "budget");
        Assert.Equal(100, money.Amount!.Value, 1.0);
        Assert.Contains(found.Mends, m => en.Softening(m.Softenings[0]) == "Leave it free whether “⁨Map⁩” is done.");
        Assert.Equal($"scenarios/{Guid.Empty}#source-0-years", en.FieldOf(money.Demand, Guid.Empty));
    }

    [Fact]
    public void Of_FixedStartBeforeItsPrerequisite_SaysWhichQuarterWouldDo()
    {
        var start = new Quarter(2027, 1);
        var input = PlanScene.Input(PlanScene.Scenario(8) with { Decisions = new() { ["app"] = new("must", Start: start.Plus(1)), ["map"] = new("must") } },
            ("map", PlanScene.Facts("Map", 3, 10)), ("app", PlanScene.Facts("App", 1, 10) with { Prerequisites = [new("map", 0)] }));

        var (found, en, ja) = Explain(input);

        Assert.True(found.IsProved);
        Assert.Contains(found.Conflict, d => en.Demand(d) == "“⁨App⁩” is fixed to start in 2027-Q2.");
        Assert.Contains(found.Conflict, d => en.Demand(d) == "“⁨App⁩” starts only after “⁨Map⁩” has been done.");
        var sentences = found.Mends.SelectMany(m => m.Softenings).ToList();
        Assert.Contains(sentences, s => en.Softening(s) == "Start “⁨App⁩” in 2027-Q4 instead of 2027-Q2.");
        Assert.Contains(sentences, s => ja.Softening(s) == "「⁨App⁩」の開始を2027-Q2から2027-Q4に変える。");
        Assert.DoesNotContain(sentences, s => s.Demand.Kind == "before");
    }

    [Fact]
    public void Of_MoreAskedForThanThereIs_OffersToAskForFewer()
    {
        var input = PlanScene.Input(PlanScene.Scenario(4) with { Minima = [new("sector", "mobility", 3, null)] }, ("map", PlanScene.Facts("Map")), ("app", PlanScene.Facts("App")));

        var (found, en, ja) = Explain(input);

        Assert.Equal("The plan must contain at least 3 in the sector Mobility.", en.Demand(Assert.Single(found.Conflict)));
        Assert.Equal("Of the requirement “at least 3 in the sector Mobility”, ask for 1 fewer.", en.Softening(Assert.Single(Assert.Single(found.Mends).Softenings)));
        Assert.Contains("1件減らす", ja.Softening(found.Mends[0].Softenings[0]), StringComparison.Ordinal);
        Assert.Equal($"scenarios/{Guid.Empty}#minimum-0-count", en.FieldOf(found.Conflict[0], Guid.Empty));
    }
}
