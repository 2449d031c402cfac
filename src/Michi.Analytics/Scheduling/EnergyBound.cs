namespace Michi.Analytics.Scheduling;

/// <summary>A lower bound of the makespan from the work that resources have to do.</summary>
/// <remarks>
/// Sources: Stinson, Davis &amp; Khumawala (1978), AIIE Transactions 10(3):252-259, for the resource bound; heads and tails as in one
/// machine scheduling, Carlier (1982), EJOR 11(1):42-47. For each head h and tail q, the activities with at least that head and tail do
/// all their work after h and q periods before the end. Never below the critical path. Time O(r·n²·log horizon), memory O(horizon).
/// </remarks>
public static class EnergyBound
{
    /// <summary>Periods, ≥ 0.</summary>
    public static int Makespan(SchedulingProblem problem)
    {
        var bound = CriticalPath.Length(problem);
        var (heads, tails) = (CriticalPath.Heads(problem), CriticalPath.Tails(problem));
        for (var r = 0; r < problem.Resources.Count; r++)
        {
            var supply = Supply(problem, r);
            var working = Enumerable.Range(0, problem.Count)
                .Where(a => problem.Durations[a] > 0 && problem.Activities[a].Demands[r] > 0).OrderByDescending(a => tails[a]).ToArray();
            foreach (var head in working.Select(a => heads[a]).Distinct())
            {
                long work = 0;
                foreach (var a in working)
                {
                    if (heads[a] < head) continue;
                    work += (long)problem.Durations[a] * problem.Activities[a].Demands[r];
                    bound = Math.Max(bound, FirstPeriod(supply, supply[head] + work) + tails[a]);
                }
            }
        }
        return bound;
    }

    /// <summary>[t] = units × periods that a resource supplies before period t, for t = 0 … horizon.</summary>
    internal static long[] Supply(SchedulingProblem problem, int resource)
    {
        var supply = new long[problem.Horizon + 1];
        for (var t = 0; t < problem.Horizon; t++)
            supply[t + 1] = supply[t] + SchedulingProblem.CapacityAt(problem.Resources[resource], t);
        return supply;
    }

    /// <summary>The first t with at least that supply before it.</summary>
    private static int FirstPeriod(long[] supply, long wanted)
    {
        int low = 0, high = supply.Length - 1;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (supply[middle] >= wanted) high = middle;
            else low = middle + 1;
        }
        return low;
    }
}
