using Michi.Roadmap.FollowUp;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;

namespace Michi.UnitTests.Roadmap;

public sealed class FollowUpTests
{
    private static readonly Quarter Now = new(2027, 3);

    private static PlanReading Plan(params (string Code, int Duration, double Cost, int Start)[] initiatives) => PlanReading.Of(
        PlanScene.Input(PlanScene.Scenario(8), [.. initiatives.Select(i => (i.Code, PlanScene.Facts(i.Code, i.Duration, i.Cost)))]),
        initiatives.Where(i => i.Start >= 0).ToDictionary(i => i.Code, i => i.Start), PlanScene.Pack);

    private static ProgressReport Report(string code, string quarter, ProgressFacts facts) => new()
    {
        Id = Guid.NewGuid(),
        PlaceId = Guid.Empty,
        Initiative = code,
        Quarter = quarter,
        Facts = facts,
        ChangedAt = DateTimeOffset.UnixEpoch,
        ChangedBy = "test",
    };

    private static SignalFacts Signal => new() { Kind = "progress", Text = "Quarterly", From = Now };

    [Fact]
    public void EarnedValue_WorkedExample_GivesIndicesAndForecast()
    {
        // The usual classroom figures: BAC 100,000, half the time gone, 40 % done, 60,000 spent: PV 50,000, EV 40,000, CPI 0.667, SPI 0.8, EAC 150,000.
        var value = EarnedValue.Of(100_000, 2, 10, 6, 0.4, 60_000);

        Assert.Equal((50_000, 40_000, 60_000), (value.Planned, value.Earned, value.Actual));
        Assert.Equal(0.6667, value.CostIndex!.Value, 1e-4);
        Assert.Equal(0.8, value.ScheduleIndex!.Value, 1e-12);
        Assert.Equal(150_000, value.Forecast!.Value, 1e-6);
    }

    [Fact]
    public void EarnedValue_NothingDoneOrSpent_ClaimsNoIndex()
    {
        Assert.Null(EarnedValue.Of(100, 4, 8, 2, 0, 0).CostIndex);
        Assert.Null(EarnedValue.Of(100, 4, 8, 2, 0, 0).ScheduleIndex);
        Assert.Equal(100, EarnedValue.Of(100, 4, 8, 2, 0, 0).Forecast);
        Assert.Null(EarnedValue.Of(100, 0, 4, 2, 0, 50).Forecast);
    }

    [Fact]
    public void From_NothingReported_KeepsWhatHasBegunAndFreesTheRest()
    {
        var made = Replan.From(Plan(("done", 2, 0, 0), ("running", 4, 0, 1), ("later", 2, 0, 5), ("left", 1, 0, -1)), [], Signal);

        Assert.Equal(new Decision("must", Start: new(2027, 1)), made.Decisions["done"]);
        Assert.Equal(new Decision("must", Start: new(2027, 2)), made.Decisions["running"]);
        Assert.Equal(new Decision("free", Earliest: Now), made.Decisions["later"]);
        Assert.Equal(new Decision("free", Earliest: Now), made.Decisions["left"]);
        Assert.Equal((2, 4), (made.Durations["done"], made.Durations["running"]));
    }

    [Fact]
    public void From_Reports_TakesWhatReallyHappened()
    {
        var plan = Plan(("late", 2, 0, 0), ("stopped", 3, 0, 0), ("waiting", 1, 0, 1));

        var made = Replan.From(plan,
        [
            Report("late", "2027-Q1", new() { State = "on-track", Started = new(2027, 1), Done = 0.4 }),
            Report("late", "2027-Q2", new() { State = "late", Started = new(2027, 1), Done = 0.5, End = new(2027, 4) }),
            Report("stopped", "2027-Q2", new() { State = "stopped", Started = new(2027, 1) }),
            Report("waiting", "2027-Q2", new() { State = "not-started" }),
        ], Signal);

        Assert.Equal(4, made.Durations["late"]);
        Assert.Equal("forbid", made.Decisions["stopped"].Choice);
        Assert.Equal(new Decision("free", Earliest: Now), made.Decisions["waiting"]);
    }

    [Fact]
    public void From_BudgetCut_TakesItFromTheRestOfTheRunningYearOn()
    {
        var made = Replan.From(Plan(("a", 2, 100, 6)), [], Signal with { Kind = "budget", Budgets = new() { ["own"] = 0.5 } });

        // Half of 2027 is over: 500 stay, 250 of the other half; then half of every year.
        Assert.Equal([750, 500], made.Sources[0].Years);
    }

    [Fact]
    public void From_MoreSpentThanPlanned_LeavesLessForTheRunningYear()
    {
        var plan = Plan(("a", 2, 400, 0));

        var made = Replan.From(plan, [Report("a", "2027-Q2", new() { State = "done", Started = new(2027, 1), End = new(2027, 2), Done = 1, Spent = new() { ["own"] = 550 } })], Signal);

        Assert.Equal([850, 1000], made.Sources[0].Years);
    }

    [Fact]
    public void From_ElectionDelayAndRule_HoldBackDelayAndOblige()
    {
        var signal = Signal with { Kind = "election", HoldUntil = new(2028, 1), Delays = new() { ["running"] = 2, ["later"] = 1 }, Must = ["left"], Forbid = ["other"] };

        var made = Replan.From(Plan(("running", 4, 0, 1), ("later", 2, 0, 5), ("left", 1, 0, -1), ("other", 1, 0, 7)), [], signal);

        Assert.Equal(6, made.Durations["running"]);
        Assert.Equal(new Decision("free", Earliest: new(2028, 2)), made.Decisions["later"]);
        Assert.Equal(new Decision("must", Earliest: new(2028, 1)), made.Decisions["left"]);
        Assert.Equal("forbid", made.Decisions["other"].Choice);
    }
}
