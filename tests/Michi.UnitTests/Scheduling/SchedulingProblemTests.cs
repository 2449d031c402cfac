using Michi.Analytics.Scheduling;

namespace Michi.UnitTests.Scheduling;

public sealed class SchedulingProblemTests
{
    [Fact]
    public void Create_Cycle_IsNamedInItsOrder()
    {
        var errors = SchedulingProblem.Errors(
            [new("start", 1, []), new("survey", 1, []), new("design", 1, []), new("tender", 1, []), new("end", 1, [])], [],
            [new(0, 1), new(1, 2), new(2, 3), new(3, 1), new(3, 4)]);
        var cycle = Assert.IsType<SchedulingProblemError.Cycle>(Assert.Single(errors)).Activities;
        Assert.Equal(["design", "survey", "tender"], cycle.Order());
        var at = cycle.ToList().IndexOf("survey");
        Assert.Equal("design", cycle[(at + 1) % 3]);
    }

    [Fact]
    public void Create_ActivityThatWaitsForItself_IsACycle() =>
        Assert.Equal(["a"], Assert.IsType<SchedulingProblemError.Cycle>(
            Assert.Single(SchedulingProblem.Errors([new("a", 1, [])], [], [new(0, 0)]))).Activities);

    [Fact]
    public void Create_SeveralFaults_NamesThemAll()
    {
        var thrown = Assert.Throws<SchedulingProblemException>(() => new SchedulingProblem(
            [new("a", -1, [1]), new("b", 2, [4]), new("c", 1, []), new("milestone", 0, [9])],
            [new("staff", 3, [1, -2])],
            [new(0, 7), new(0, 1, -3)]));
        Assert.Equal(
            [
                new SchedulingProblemError.Negative("capacity", "staff", -2),
                new SchedulingProblemError.Negative("duration", "a", -1),
                new SchedulingProblemError.DemandAboveCapacity("b", "staff", 4, 3),
                new SchedulingProblemError.DemandCount("c", 1, 0),
                new SchedulingProblemError.UnknownActivity(new(0, 7)),
                new SchedulingProblemError.Negative("lag", "b", -3),
            ],
            thrown.Errors);
    }

    [Fact]
    public void Create_HorizonBeyondTheMaximum_IsRefused() =>
        Assert.Equal(
            [new SchedulingProblemError.HorizonTooLong(2L * int.MaxValue)],
            SchedulingProblem.Errors([new("a", int.MaxValue, []), new("b", int.MaxValue, [])], [], []));

    [Fact]
    public void Create_CallersArrayChangedLater_StaysTheSame()
    {
        int[] demands = [1], first = [5];
        var problem = new SchedulingProblem([new("a", 1, demands)], [new("staff", 2, first)], []);
        (demands[0], first[0]) = (2, 0);
        Assert.Equal(1, problem.Activities[0].Demands[0]);
        Assert.Equal(5, problem.Resources[0].FirstPeriods![0]);
    }

    [Fact]
    public void IsFeasible_PrecedenceLagOrCapacityBroken_IsFalse()
    {
        var problem = new SchedulingProblem(
            [new("a", 2, [2]), new("b", 1, [2]), new("c", 1, [1])], [new("staff", 3, [2])], [new(0, 1, Lag: 1)]);
        Assert.True(problem.IsFeasible([0, 3, 1]));
        Assert.False(problem.IsFeasible([0, 2, 1]));
        Assert.False(problem.IsFeasible([0, 3, 0]));
        Assert.False(problem.IsFeasible([0, 3, -1]));
        Assert.False(problem.IsFeasible([0, 3]));
    }
}
