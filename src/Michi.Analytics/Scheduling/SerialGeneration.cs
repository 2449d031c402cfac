namespace Michi.Analytics.Scheduling;

/// <summary>Makes schedules from activity lists: one activity after the other, each as early (or as late) as it can be.</summary>
/// <remarks>
/// Source: the serial schedule generation scheme, Kolisch (1996), EJOR 90(2):320-333. Some list gives an optimal schedule. Time
/// O(n·(horizon·r + log n) + precedences) at most, no allocation but the results. An instance keeps its profile between schedules and is
/// not thread-safe.
/// </remarks>
public sealed class SerialGeneration(SchedulingProblem problem)
{
    private readonly ResourceProfile _profile = new(problem);
    private readonly long[] _keys = new long[problem.Count];
    private readonly int[] _order = new int[problem.Count];

    /// <summary>Schedules forward: each activity of the list at the first period that precedences and resources leave it.</summary>
    /// <param name="order">All activities, none before its predecessors.</param>
    /// <returns>Start of each activity.</returns>
    public int[] Forward(ReadOnlySpan<int> order)
    {
        CheckOrder(order);
        var starts = new int[problem.Count];
        Forward(order, starts);
        return starts;
    }

    /// <summary>Schedules backward: from the end of the list, each activity at the last period that leaves it finished in time.</summary>
    /// <param name="order">All activities, none before its predecessors.</param>
    /// <param name="deadline">All end by then; at most the horizon of the problem.</param>
    /// <returns>Start of each activity; empty if one would have to start before period 0.</returns>
    public int[] Backward(ReadOnlySpan<int> order, int deadline)
    {
        CheckOrder(order);
        if (deadline < 0 || deadline > problem.Horizon)
            throw new ArgumentException($"Expected 0 to {problem.Horizon}.", nameof(deadline));
        var starts = new int[problem.Count];
        return Backward(order, deadline, starts) ? starts : [];
    }

    /// <summary>Forward–backward improvement: moves all activities right within the makespan, then left, until that gains nothing.</summary>
    /// <remarks>
    /// Source: double justification, Valls, Ballestín &amp; Quintanilla (2005), EJOR 165(2):375-386. Activities that end last move right
    /// first: those already moved leave room where an activity stood, so none has to move the other way and the makespan never grows,
    /// also where capacities differ by period.
    /// </remarks>
    /// <param name="starts">A feasible schedule.</param>
    /// <returns>A schedule whose makespan is no longer.</returns>
    public int[] Justify(ReadOnlySpan<int> starts)
    {
        if (!problem.IsFeasible(starts)) throw new ArgumentException("Expected a feasible schedule.", nameof(starts));
        var justified = starts.ToArray();
        for (var makespan = problem.Makespan(justified); ;)
        {
            var shorter = Justify(justified, makespan);
            if (shorter == makespan) return justified;
            makespan = shorter;
        }
    }

    /// <summary>As the public one, unchecked, into <paramref name="starts"/>.</summary>
    /// <returns>The makespan.</returns>
    internal int Forward(ReadOnlySpan<int> order, Span<int> starts)
    {
        _profile.Clear();
        var makespan = 0;
        foreach (var activity in order)
        {
            var from = 0;
            foreach (var (before, lag) in problem.Predecessors[activity])
                from = Math.Max(from, starts[before] + problem.Durations[before] + lag);
            var start = _profile.EarliestStart(activity, from);
            var end = start + problem.Durations[activity];
            _profile.Occupy(activity, start, end);
            starts[activity] = start;
            makespan = Math.Max(makespan, end);
        }
        return makespan;
    }

    private bool Backward(ReadOnlySpan<int> order, int deadline, Span<int> starts)
    {
        _profile.Clear();
        for (var i = order.Length - 1; i >= 0; i--)
        {
            var activity = order[i];
            var end = deadline;
            foreach (var (after, lag) in problem.Successors[activity]) end = Math.Min(end, starts[after] - lag);
            if (end < problem.Durations[activity]) return false;
            var start = _profile.LatestStart(activity, end);
            if (start < 0) return false;
            _profile.Occupy(activity, start, start + problem.Durations[activity]);
            starts[activity] = start;
        }
        return true;
    }

    /// <summary>Once right and once left, in place.</summary>
    /// <returns>The makespan.</returns>
    internal int Justify(Span<int> starts, int makespan)
    {
        Sort(starts, byEnd: true, _order);
        Backward(_order, makespan, starts);
        Order(starts, _order);
        return Forward(_order, starts);
    }

    /// <summary>The activities by their start; equal ones as precedences ask.</summary>
    internal void Order(ReadOnlySpan<int> starts, Span<int> order) => Sort(starts, byEnd: false, order);

    private void Sort(ReadOnlySpan<int> starts, bool byEnd, Span<int> order)
    {
        var (positions, durations) = (problem.TopologicalPosition, problem.Durations);
        for (var a = 0; a < _keys.Length; a++)
            _keys[a] = ((long)(byEnd ? starts[a] + durations[a] : starts[a]) << 32) | (uint)positions[a];
        Array.Sort(_keys);
        for (var i = 0; i < _keys.Length; i++) order[i] = problem.TopologicalOrder[(int)_keys[i]];
    }

    private void CheckOrder(ReadOnlySpan<int> order)
    {
        var position = new int[problem.Count];
        Array.Fill(position, -1);
        for (var i = 0; i < order.Length; i++)
        {
            if (order[i] < 0 || order[i] >= problem.Count || position[order[i]] >= 0)
                throw new ArgumentException("Expected each activity once.", nameof(order));
            position[order[i]] = i;
        }
        if (order.Length != problem.Count) throw new ArgumentException("Expected each activity once.", nameof(order));
        foreach (var (before, after, _) in problem.Precedences)
            if (position[before] > position[after]) throw new ArgumentException("Expected no activity before its predecessors.", nameof(order));
    }
}
