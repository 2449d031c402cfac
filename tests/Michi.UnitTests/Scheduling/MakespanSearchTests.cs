using FsCheck;
using FsCheck.Fluent;
using Michi.Analytics.Sampling;
using Michi.Analytics.Scheduling;

namespace Michi.UnitTests.Scheduling;

public sealed class MakespanSearchTests
{
    private static readonly MakespanSearchOptions Short = new() { Schedules = 6_000 };

    /// <summary>Made-up problems of up to 14 activities on up to 7 resources, with lags, milestones and capacities that differ by period.</summary>
    private static readonly Arbitrary<SchedulingProblem> Problems = Gen.Choose(0, int.MaxValue).Select(Problem).ToArbitrary();

    private static SchedulingProblem Problem(int seed)
    {
        var random = new Xoshiro256((ulong)seed);
        RenewableResource[] resources = [.. Enumerable.Range(0, random.NextInt32(8)).Select(r =>
            new RenewableResource($"r{r}", 3 + random.NextInt32(400) * random.NextInt32(400), [.. Enumerable.Range(0, random.NextInt32(8)).Select(_ => random.NextInt32(7))]))];
        Activity[] activities = [.. Enumerable.Range(0, random.NextInt32(15)).Select(a =>
            new Activity($"a{a}", random.NextInt32(6), [.. resources.Select(r => random.NextInt32(Math.Min(r.Capacity, 5) + 1))]))];
        var precedences =
            from after in Enumerable.Range(0, activities.Length)
            from before in Enumerable.Range(0, after)
            where random.NextInt32(5) == 0
            select new Precedence(before, after, random.NextInt32(3));
        return new(activities, resources, [.. precedences.ToList()]);
    }

    private static MakespanSolution Solve(SchedulingProblem problem, MakespanSearchOptions? options = null) =>
        MakespanSearch.Minimise(problem, options, stop: TestContext.Current.CancellationToken);

    private static int[] RandomOrder(SchedulingProblem problem, Xoshiro256 random)
    {
        var left = Enumerable.Range(0, problem.Count).ToList();
        var order = new List<int>();
        while (left.Count > 0)
        {
            var eligible = left.Where(a => !problem.Precedences.Any(p => p.After == a && left.Contains(p.Before))).ToList();
            var next = eligible[random.NextInt32(eligible.Count)];
            order.Add(next);
            left.Remove(next);
        }
        return [.. order];
    }

    /// <summary>By hand: b and c need 3 of 4 units each and follow one another; a beside neither, d beside either.</summary>
    [Fact]
    public void Minimise_WorkedExample_IsOptimal()
    {
        var problem = new SchedulingProblem(
            [new("a", 2, [2]), new("b", 3, [3]), new("c", 4, [3]), new("d", 5, [1]), new("end", 0, [0])], [new("staff", 4)],
            [new(0, 4), new(1, 4), new(2, 4), new(3, 4)]);
        var solution = Solve(problem, Short);
        Assert.Equal((9, 9, SolutionStatus.Optimal, 0.0), (solution.Makespan, solution.LowerBound, solution.Status, solution.Gap));
        Assert.True(problem.IsFeasible([.. solution.Starts]));
    }

    [Fact]
    public void Minimise_NoActivitiesOrNoResources_IsTheCriticalPath()
    {
        Assert.Equal(0, Solve(new([], [], [])).Makespan);
        var chain = new SchedulingProblem([new("a", 2, []), new("b", 3, [])], [], [new(0, 1, Lag: 4)]);
        Assert.Equal((9, SolutionStatus.Optimal), (Solve(chain).Makespan, Solve(chain).Status));
    }

    /// <summary>Staff is away in periods 1 and 2, and an activity may not be interrupted.</summary>
    [Fact]
    public void Minimise_CapacityByPeriod_WaitsForIt()
    {
        var problem = new SchedulingProblem([new("a", 2, [1]), new("b", 1, [1])], [new("staff", 1, [1, 0, 0])], []);
        var solution = Solve(problem);
        Assert.Equal([3, 0], solution.Starts);
        Assert.Equal(SolutionStatus.Optimal, solution.Status);
    }

    [Fact]
    public void Backward_DeadlineTooShort_GivesNothing()
    {
        var problem = new SchedulingProblem([new("a", 2, [1]), new("b", 3, [1])], [new("staff", 1)], []);
        Assert.Equal([0, 2], new SerialGeneration(problem).Backward([0, 1], 5));
        Assert.Empty(new SerialGeneration(problem).Backward([0, 1], 4));
    }

    [Fact]
    public void Forward_OrderAgainstPrecedences_Throws()
    {
        var generation = new SerialGeneration(new([new("a", 2, []), new("b", 3, [])], [], [new(0, 1)]));
        Assert.Throws<ArgumentException>(() => generation.Forward([1, 0]));
        Assert.Throws<ArgumentException>(() => generation.Forward([0, 0]));
        Assert.Throws<ArgumentException>(() => generation.Forward([0]));
    }

    [Fact]
    public void Justify_AnySchedule_IsFeasibleAndNoLonger() => Prop.ForAll(Problems, Gen.Choose(0, 1000).ToArbitrary(), (problem, seed) =>
    {
        var random = new Xoshiro256((ulong)seed);
        var generation = new SerialGeneration(problem);
        var starts = generation.Forward(RandomOrder(problem, random));
        Assert.True(problem.IsFeasible(starts));
        Assert.InRange(problem.Makespan(starts), EnergyBound.Makespan(problem), problem.Horizon);
        var justified = generation.Justify(starts);
        Assert.True(problem.IsFeasible(justified));
        Assert.True(problem.Makespan(justified) <= problem.Makespan(starts));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Backward_AnyList_IsFeasibleWhereItFits() => Prop.ForAll(Problems, problem =>
    {
        var starts = new SerialGeneration(problem).Backward(RandomOrder(problem, new(1)), problem.Horizon);
        Assert.True(starts.Length == 0 || problem.IsFeasible(starts));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Order_AnyRule_KeepsPrecedences() => Prop.ForAll(Problems, problem =>
        Assert.All(Enum.GetValues<PriorityRule>(), rule =>
            Assert.True(problem.IsFeasible(new SerialGeneration(problem).Forward(PriorityRules.Order(problem, rule)))))).QuickCheckThrowOnFailure();

    [Fact]
    public void Minimise_AnyProblem_IsFeasibleAndTheSameAgain() => Prop.ForAll(Problems, problem =>
    {
        var (one, two) = (Solve(problem, Short), Solve(problem, Short));
        Assert.True(problem.IsFeasible([.. one.Starts]));
        Assert.Equal(one.Makespan, problem.Makespan([.. one.Starts]));
        Assert.InRange(one.LowerBound, EnergyBound.Makespan(problem), one.Makespan);
        Assert.Equal(one.Starts, two.Starts);
        Assert.Equal((one.LowerBound, one.Schedules), (two.LowerBound, two.Schedules));
    }).QuickCheckThrowOnFailure();

    /// <summary>Every list of a small problem is tried: some list gives an optimal schedule.</summary>
    [Fact]
    public void Minimise_SmallProblem_IsAsGoodAsEveryListAndTheBoundHolds() => Prop.ForAll(Problems.Generator.Where(p => p.Count is > 0 and <= 7).ToArbitrary(), problem =>
    {
        var generation = new SerialGeneration(problem);
        var shortest = Lists([]).Min(order => problem.Makespan(generation.Forward(order)));
        var solution = Solve(problem, Short);
        Assert.Equal((shortest, SolutionStatus.Optimal), (solution.Makespan, solution.Status));

        IEnumerable<int[]> Lists(int[] begun) => begun.Length == problem.Count ? [begun] : Enumerable.Range(0, problem.Count)
            .Where(a => !begun.Contains(a) && problem.Precedences.All(p => p.After != a || begun.Contains(p.Before)))
            .SelectMany(a => Lists([.. begun, a]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Minimise_ProblemReversed_HasTheSameOptimum() => Prop.ForAll(Problems, problem =>
    {
        RenewableResource[] constant = [.. problem.Resources.Select(r => r with { FirstPeriods = null })];
        var forward = Solve(new(problem.Activities, constant, problem.Precedences), Short);
        var backward = Solve(
            new(problem.Activities, constant, [.. problem.Precedences.Select(p => new Precedence(p.After, p.Before, p.Lag))]), Short);
        Assert.True(forward.LowerBound <= backward.Makespan && backward.LowerBound <= forward.Makespan);
        if (forward.Status == SolutionStatus.Optimal && backward.Status == SolutionStatus.Optimal) Assert.Equal(forward.Makespan, backward.Makespan);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Minimise_Stopped_GivesAScheduleAtOnce()
    {
        var problem = Psplib.Read(ReferenceData.PathOf("psplib/J60_145.txt"));
        var solution = MakespanSearch.Minimise(problem, new() { Schedules = long.MaxValue }, stop: new(canceled: true));
        Assert.True(problem.IsFeasible([.. solution.Starts]));
        Assert.Equal(3, solution.Schedules);
    }

    [Fact]
    public void Minimise_StoppedWhenProgressIsReported_Ends()
    {
        using var stop = new CancellationTokenSource();
        var reports = new List<MakespanProgress>();
        var problem = Psplib.Read(ReferenceData.PathOf("psplib/J60_145.txt"));
        var solution = MakespanSearch.Minimise(problem, new() { Schedules = long.MaxValue }, new Progress(report =>
        {
            reports.Add(report);
            if (reports.Count == 3) stop.Cancel();
        }), stop.Token);
        Assert.Equal(reports[^1].Makespan, solution.Makespan);
        Assert.Equal(reports.OrderByDescending(r => r.Makespan).ThenBy(r => r.LowerBound), reports);
    }

    private sealed class Progress(Action<MakespanProgress> report) : IProgress<MakespanProgress>
    {
        public void Report(MakespanProgress value) => report(value);
    }

    /// <summary>PSPLIB J30: every sixteenth instance; all optima are known.</summary>
    [Fact]
    public void Minimise_PsplibJ30_ReachesTheKnownOptima()
    {
        var instances = Psplib.BestKnown(ReferenceData.PathOf("psplib/best_known.csv"), "J30").Where((_, i) => i % 16 == 12).ToList();
        Assert.Equal(30, instances.Count);
        foreach (var (file, optimum) in instances)
        {
            var problem = Psplib.Read(ReferenceData.PathOf($"psplib/{file}"));
            var solution = Solve(problem, new() { Schedules = 100_000 });
            Assert.True(problem.IsFeasible([.. solution.Starts]));
            Assert.Equal((file, optimum), (file, solution.Makespan));
            Assert.True(solution.LowerBound <= optimum, file);
        }
    }
}
