namespace Michi.Analytics.Scheduling;

/// <summary>A piece of work that, once started, runs without a break.</summary>
/// <param name="Name">What errors call it.</param>
/// <param name="Duration">Periods, ≥ 0. With 0 it is a milestone, and its demands do not count.</param>
/// <param name="Demands">For each resource, units occupied in every period of the activity, ≥ 0.</param>
public sealed record Activity(string Name, int Duration, IReadOnlyList<int> Demands);

/// <summary>A renewable resource: its units are free again when an activity ends (people, machines, rooms).</summary>
/// <param name="Name">What errors call it.</param>
/// <param name="Capacity">Units in every period after those of <paramref name="FirstPeriods"/>, ≥ 0.</param>
/// <param name="FirstPeriods">Units in periods 0, 1, … where they differ, each ≥ 0; none by default.</param>
public sealed record RenewableResource(string Name, int Capacity, IReadOnlyList<int>? FirstPeriods = null);

/// <summary><paramref name="After"/> starts no earlier than <paramref name="Lag"/> periods after <paramref name="Before"/> has finished.</summary>
/// <param name="Before">Index of an activity.</param>
/// <param name="After">Index of an activity.</param>
/// <param name="Lag">Periods, ≥ 0.</param>
public sealed record Precedence(int Before, int After, int Lag = 0);

/// <summary>Why activities, resources and precedences are not a problem that can be scheduled.</summary>
public abstract record SchedulingProblemError
{
    private SchedulingProblemError() { }

    /// <summary>A duration, demand, capacity or lag below 0; <paramref name="Of"/> names activity or resource.</summary>
    public sealed record Negative(string What, string Of, int Value) : SchedulingProblemError;

    /// <summary>Not one demand for each resource.</summary>
    public sealed record DemandCount(string Activity, int Expected, int Found) : SchedulingProblemError;

    /// <summary>More units than the resource has after its first periods, so that the activity might never start.</summary>
    public sealed record DemandAboveCapacity(string Activity, string Resource, int Demand, int Capacity) : SchedulingProblemError;

    /// <summary>A precedence of an activity that is not there.</summary>
    public sealed record UnknownActivity(Precedence Precedence) : SchedulingProblemError;

    /// <summary>Activities that wait for each other, each for the one before it and the first for the last.</summary>
    public sealed record Cycle(IReadOnlyList<string> Activities) : SchedulingProblemError;

    /// <summary>All activities one after the other take more than <see cref="SchedulingProblem.MaximumHorizon"/> periods.</summary>
    public sealed record HorizonTooLong(long Periods) : SchedulingProblemError;
}

/// <summary>Thrown by <see cref="SchedulingProblem"/> with all errors found.</summary>
public sealed class SchedulingProblemException(IReadOnlyList<SchedulingProblemError> errors)
    : ArgumentException(string.Join(Environment.NewLine, errors))
{
    /// <summary>At least one.</summary>
    public IReadOnlyList<SchedulingProblemError> Errors { get; } = errors;
}

/// <summary>The resource-constrained project scheduling problem (RCPSP): finish all activities as early as possible.</summary>
/// <remarks>
/// Source: Brucker, Drexl, Möhring, Neumann &amp; Pesch (1999), EJOR 112(1):3-41, PS | prec | Cmax; here with minimal lags ≥ 0 and
/// capacities that may differ by period. A schedule is the start period of each activity; period t is the time from t to t + 1. Every
/// problem has a schedule, since no demand exceeds the capacity that is there in the end. Immutable; thread-safe.
/// </remarks>
public sealed class SchedulingProblem
{
    /// <summary>Periods; bounds the memory of a profile.</summary>
    public const int MaximumHorizon = 1_000_000;

    /// <exception cref="SchedulingProblemException">Where <see cref="Errors"/> are found.</exception>
    public SchedulingProblem(
        IReadOnlyList<Activity> activities, IReadOnlyList<RenewableResource> resources, IReadOnlyList<Precedence> precedences)
    {
        var errors = Errors(activities, resources, precedences);
        if (errors.Count > 0) throw new SchedulingProblemException(errors);

        Activities = [.. activities.Select(a => a with { Demands = [.. a.Demands] })];
        Resources = [.. resources.Select(r => r with { FirstPeriods = [.. r.FirstPeriods ?? []] })];
        Precedences = [.. precedences];
        Durations = [.. activities.Select(a => a.Duration)];
        Predecessors = Links(Precedences.ToLookup(p => p.After, p => new Link(p.Before, p.Lag)));
        Successors = Links(Precedences.ToLookup(p => p.Before, p => new Link(p.After, p.Lag)));
        (TopologicalOrder, _) = SortTopologically(Count, Precedences);
        TopologicalPosition = new int[Count];
        for (var i = 0; i < Count; i++) TopologicalPosition[TopologicalOrder[i]] = i;
        Horizon = (int)LatestEnd(Activities, Resources, Precedences);
        Packing = new ResourcePacking(Activities, Resources);

        Link[][] Links(ILookup<int, Link> links) => [.. Enumerable.Range(0, Count).Select(i => links[i].ToArray())];
    }

    public IReadOnlyList<Activity> Activities { get; }

    public IReadOnlyList<RenewableResource> Resources { get; }

    public IReadOnlyList<Precedence> Precedences { get; }

    /// <summary>Number of activities, n.</summary>
    public int Count => Activities.Count;

    /// <summary>No schedule that starts each activity as early as it can, in whatever order, ends later.</summary>
    public int Horizon { get; }

    internal readonly record struct Link(int Activity, int Lag);

    internal int[] Durations { get; }

    internal Link[][] Predecessors { get; }

    internal Link[][] Successors { get; }

    internal int[] TopologicalOrder { get; }

    internal int[] TopologicalPosition { get; }

    internal ResourcePacking Packing { get; }

    /// <summary>What is wrong with the parts of a problem; empty if they make one. Time O(n·r + precedences).</summary>
    public static IReadOnlyList<SchedulingProblemError> Errors(
        IReadOnlyList<Activity> activities, IReadOnlyList<RenewableResource> resources, IReadOnlyList<Precedence> precedences)
    {
        var errors = new List<SchedulingProblemError>();
        foreach (var resource in resources)
        {
            NotNegative("capacity", resource.Name, resource.Capacity);
            foreach (var capacity in resource.FirstPeriods ?? []) NotNegative("capacity", resource.Name, capacity);
        }
        foreach (var activity in activities)
        {
            NotNegative("duration", activity.Name, activity.Duration);
            foreach (var demand in activity.Demands) NotNegative("demand", activity.Name, demand);
            if (activity.Demands.Count != resources.Count)
                errors.Add(new SchedulingProblemError.DemandCount(activity.Name, resources.Count, activity.Demands.Count));
            else if (activity.Duration > 0)
                foreach (var (resource, demand) in resources.Zip(activity.Demands))
                    if (demand > Math.Max(resource.Capacity, 0))
                        errors.Add(new SchedulingProblemError.DemandAboveCapacity(activity.Name, resource.Name, demand, resource.Capacity));
        }
        var known = new List<Precedence>();
        foreach (var precedence in precedences)
        {
            if (precedence.Before < 0 || precedence.Before >= activities.Count || precedence.After < 0 || precedence.After >= activities.Count)
            {
                errors.Add(new SchedulingProblemError.UnknownActivity(precedence));
                continue;
            }
            known.Add(precedence);
            NotNegative("lag", activities[precedence.After].Name, precedence.Lag);
        }
        if (SortTopologically(activities.Count, known) is (_, { Count: > 0 } cycle))
            errors.Add(new SchedulingProblemError.Cycle([.. cycle.Select(a => activities[a].Name)]));
        if (errors.Count == 0 && LatestEnd(activities, resources, known) is > MaximumHorizon and var end)
            errors.Add(new SchedulingProblemError.HorizonTooLong(end));
        return errors;

        void NotNegative(string what, string of, int value)
        {
            if (value < 0) errors.Add(new SchedulingProblemError.Negative(what, of, value));
        }
    }

    /// <summary>The period in which the last activity ends; 0 without activities.</summary>
    /// <param name="starts">Start period of each activity.</param>
    public int Makespan(ReadOnlySpan<int> starts)
    {
        var end = 0;
        for (var a = 0; a < Count; a++) end = Math.Max(end, starts[a] + Durations[a]);
        return end;
    }

    /// <summary>Whether all precedences and capacities hold. Counts units one by one, apart from the way schedules are made.</summary>
    /// <param name="starts">Start period of each activity.</param>
    public bool IsFeasible(ReadOnlySpan<int> starts)
    {
        if (starts.Length != Count || (Count > 0 && (starts.ContainsAnyInRange(int.MinValue, -1)))) return false;
        foreach (var (before, after, lag) in Precedences)
            if (starts[after] < starts[before] + Durations[before] + lag) return false;
        for (var r = 0; r < Resources.Count; r++)
        {
            var (used, resource) = (new long[Makespan(starts)], Resources[r]);
            for (var a = 0; a < Count; a++)
                for (var t = starts[a]; t < starts[a] + Durations[a]; t++) used[t] += Activities[a].Demands[r];
            for (var t = 0; t < used.Length; t++)
                if (used[t] > CapacityAt(resource, t)) return false;
        }
        return true;
    }

    internal static int CapacityAt(RenewableResource resource, int period) =>
        resource.FirstPeriods is { } first && period < first.Count ? first[period] : resource.Capacity;

    private static long LatestEnd(
        IReadOnlyList<Activity> activities, IReadOnlyList<RenewableResource> resources, IReadOnlyList<Precedence> precedences) =>
        activities.Sum(a => (long)a.Duration) + resources.Select(r => r.FirstPeriods?.Count ?? 0).Append(0).Max()
            + precedences.GroupBy(p => p.After).Sum(g => (long)g.Max(p => p.Lag));

    /// <summary>Kahn (1962); where that stops, walking back from any activity left runs into a cycle.</summary>
    private static (int[] Order, IReadOnlyList<int> Cycle) SortTopologically(int count, IReadOnlyList<Precedence> precedences)
    {
        var (waitsFor, successors) = (new int[count], precedences.ToLookup(p => p.Before, p => p.After));
        foreach (var precedence in precedences) waitsFor[precedence.After]++;
        var order = new List<int>(Enumerable.Range(0, count).Where(a => waitsFor[a] == 0));
        for (var i = 0; i < order.Count; i++)
            foreach (var after in successors[order[i]])
                if (--waitsFor[after] == 0) order.Add(after);
        if (order.Count == count) return ([.. order], []);

        var predecessors = precedences.Where(p => waitsFor[p.Before] > 0).ToLookup(p => p.After, p => p.Before);
        var (walk, seenAt) = (new List<int>(), new Dictionary<int, int>());
        for (var at = Array.FindIndex(waitsFor, w => w > 0); ; at = predecessors[at].First())
        {
            if (seenAt.TryGetValue(at, out var from)) return ([], [.. walk.Skip(from).Reverse()]);
            seenAt[at] = walk.Count;
            walk.Add(at);
        }
    }
}
