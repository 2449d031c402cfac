using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Roadmap.Explain;
using Michi.Roadmap.Plans;

namespace Michi.UnitTests.Roadmap;

/// <summary>A made-up plan of two years with 1,000 a year: map (400) and the app that waits for it (500) are in, the street (1,500) is not, a twin of the map would bring nothing.</summary>
public sealed class WhyFindingsTests
{
    private static readonly UiTexts Texts = new(Path.Combine(ProjectFolder.Path, "content", "ui"));
    private static readonly InitiativeLibrary Library = InitiativeReader.Read(Path.Combine(ProjectFolder.Path, "content", "initiatives"), PlanScene.Pack).Library!;

    private static PlanInput Input { get; } = PlanScene.Input(
        PlanScene.Scenario(8, PlanScene.Source("own", [1000, 1000])) with { Minima = [new("sector", "mobility", 2, null)] },
        ("map", PlanScene.Facts("Map", 2, 400) with { Lifts = [new("T3", 0, 1, [])], Names = new() { ["en"] = "Map", ["ja"] = "地図" } }),
        ("app", PlanScene.Facts("App", 2, 500, beneficiaries: 0.5) with { Benefits = new() { ["time"] = 3 }, Prerequisites = [new("map", 0)] }),
        ("street", PlanScene.Facts("Street", 2, 1500) with { Lifts = [new("T2", 0, 1, [])] }),
        ("twin", PlanScene.Facts("Twin", 2, 600) with { Lifts = [new("T3", 0, 1, [])] }),
        ("orphan", PlanScene.Facts("Orphan", 2, 100) with { Prerequisites = [new("gone", 0)] }));

    private static PlanOutcome Outcome { get; } = new(PlanStatus.Feasible, new() { ["map"] = 0, ["app"] = 2 }, 0, 0, 0, 0, null);

    private static WhyFindings Found { get; } = WhyFindings.Of(Input, PlanScene.Pack, Outcome, new Progress<double>(), CancellationToken.None);

    private static ExplainText In(string language) => new(PlanReading.Of(Input, Outcome.Starts, PlanScene.Pack), Texts.In(language), PlanScene.Pack.Words(language), Library.Words(language));

    [Fact]
    public void Of_Plan_SaysWhatEachBringsAndWhatWaitsForIt()
    {
        var (map, app) = (Found.In.Single(r => r.Code == "map"), Found.In.Single(r => r.Code == "app"));

        Assert.Equal(["app"], map.Dependents);
        Assert.Equal(Found.Value, map.Worth, 1e-9);
        // One step of T3 of average weight from the third quarter on, 5 % a year.
        Assert.Equal(Enumerable.Range(2, 6).Sum(t => Math.Pow(1.05, -t / 4.0)), map.Elements["T3"], 1e-9);
        Assert.Equal(app.Worth, map.Benefits, 1e-9);
        Assert.Equal([new("minimum", ["0"], Amount: 1)], app.Without, Same);
        Assert.Null(map.Earlier);
        Assert.Equal([new("waits", ["map"], From: 2)], app.Earlier!.Lacks, Same);
    }

    [Fact]
    public void Of_WhatIsLeftOut_SaysWhatItWouldTakeAndWhatItCosts()
    {
        var street = Found.Out.Single(r => r.Code == "street");

        // At least half as much as at once it brings when it starts by the third quarter: 900 and 1,500 of 1,000 in the first year.
        Assert.Equal("budget", Assert.Single(street.Nearest!.Lacks).Kind);
        Assert.Equal((0, 1400.0), (street.Nearest.Lacks[0].From, street.Nearest.Lacks[0].Amount));
        Assert.True(street.Nearest.Gain > 0);
        // Half in each year, and beside it there is room for the map alone.
        Assert.Equal("found", street.Forced);
        Assert.True(street.Change < 0);
        var twin = Found.Out.Single(r => r.Code == "twin");
        Assert.Equal(0, twin.Nearest!.Gain, 1e-9);
        Assert.Equal(["map"], twin.BroughtBy);
        Assert.Equal(("missing-prerequisite", "gone"), Found.Out.Where(r => r.Code == "orphan").Select(r => (r.Impossible, r.What)).Single());
    }

    [Fact]
    public void Of_Everything_AsksOfEachYearAndRanksAssumptions()
    {
        Assert.Equal([0, 1], Found.Units.Select(u => u.Year!.Value));
        Assert.All(Found.Units, u => Assert.Equal(100, u.Added, 1e-9));
        Assert.False(Found.IsCut);
        var stakes = Found.Assumptions.Select(a => a.AtStake).ToList();
        Assert.Equal(stakes.OrderDescending(), stakes);
        // The street's range is assumed: 1,350 to 1,950.
        var street = Found.Assumptions.Single(a => a is { Kind: "cost", Of: "street" });
        Assert.Equal((1350.0, 1950.0), (street.Low.At!.Value, street.High.At!.Value));
        // A fifth less money in the first year: 800 pay for 900 no more.
        Assert.False(Found.Assumptions.Single(a => a.Kind == "source").Low.Holds);
    }

    [Fact]
    public void Text_OfReasons_IsAPlainSentenceInBothLanguages()
    {
        var (en, ja) = (In("en"), In("ja"));
        var (app, map) = (Found.In.Single(r => r.Code == "app"), Found.In.Single(r => r.Code == "map"));

        Assert.Contains("because what depends on it would go too: “⁨App⁩”", en.In(map, Found.Value), StringComparison.Ordinal);
        Assert.Contains("It starts in the first quarter.", en.In(map, Found.Value), StringComparison.Ordinal);
        Assert.Contains("T3 Data Utilization (5.7)", en.In(map, Found.Value), StringComparison.Ordinal);
        Assert.Contains("Without it the plan would lack 1 more for the requirement “at least 2 in the sector Mobility”.", en.In(app, Found.Value), StringComparison.Ordinal);
        Assert.EndsWith("To start in 2027-Q2 would take “⁨Map⁩” done before (so from 2027-Q3 on).", en.In(app, Found.Value), StringComparison.Ordinal);
        Assert.Contains("that takes 1,400 USD more from own in 2027.", en.Out(Found.Out.Single(r => r.Code == "street"), Found.Value), StringComparison.Ordinal);
        Assert.Contains("the plan lifts the same elements by “⁨Map⁩”", en.Out(Found.Out.Single(r => r.Code == "twin"), Found.Value), StringComparison.Ordinal);
        Assert.EndsWith("2027-Q2に始めるには、「⁨地図⁩」の完了（2027-Q3以降）が必要です。", ja.In(app, Found.Value), StringComparison.Ordinal);
        Assert.Contains("2027年度の「own」からの追加資金1,400 USDが必要です。", ja.Out(Found.Out.Single(r => r.Code == "street"), Found.Value), StringComparison.Ordinal);
        Assert.All(new[] { en, ja }, text => Assert.All(Found.Assumptions, a => Assert.All(new[] { false, true }, high =>
            Assert.DoesNotContain("{", text.Assumption(a) + text.End(a, high) + text.Consequence(high ? a.High : a.Low, Found.Value), StringComparison.Ordinal))));
    }

    [Fact]
    public void Of_StoppedAtOnce_SaysThatItIsCut()
    {
        var cut = WhyFindings.Of(Input, PlanScene.Pack, Outcome, new Progress<double>(), new CancellationToken(true));

        Assert.True(cut.IsCut);
        Assert.Empty(cut.In);
    }

    private static bool Same(Lack a, Lack b) => a.Kind == b.Kind && a.Ids.SequenceEqual(b.Ids) && a.From == b.From && a.To == b.To && Math.Abs(a.Amount - b.Amount) < 1e-9;
}
