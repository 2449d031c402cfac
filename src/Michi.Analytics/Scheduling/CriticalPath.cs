namespace Michi.Analytics.Scheduling;

/// <summary>Earliest starts and remaining times when resources are left out. Time and memory O(n + precedences).</summary>
/// <remarks>Source: the critical path method, Kelley &amp; Walker (1959).</remarks>
public static class CriticalPath
{
    /// <summary>For each activity the first period in which precedences let it start.</summary>
    public static int[] Heads(SchedulingProblem problem)
    {
        var heads = new int[problem.Count];
        foreach (var a in problem.TopologicalOrder)
            foreach (var (before, lag) in problem.Predecessors[a])
                heads[a] = Math.Max(heads[a], heads[before] + problem.Durations[before] + lag);
        return heads;
    }

    /// <summary>For each activity the periods that must follow its end.</summary>
    public static int[] Tails(SchedulingProblem problem)
    {
        var tails = new int[problem.Count];
        foreach (var a in Enumerable.Reverse(problem.TopologicalOrder))
            foreach (var (after, lag) in problem.Successors[a])
                tails[a] = Math.Max(tails[a], lag + problem.Durations[after] + tails[after]);
        return tails;
    }

    /// <summary>The length of the critical path in periods, a lower bound of the makespan; 0 without activities.</summary>
    public static int Length(SchedulingProblem problem)
    {
        var heads = Heads(problem);
        return problem.Makespan(heads);
    }
}
