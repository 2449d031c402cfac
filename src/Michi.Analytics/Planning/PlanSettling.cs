namespace Michi.Analytics.Planning;

/// <summary>Takes back what a new plan changes of the one before without being worth more for it.</summary>
public static class PlanSettling
{
    /// <summary>Moves options back to where the plan before has them, one or two at a time, as long as all conditions hold and no value is lost.</summary>
    /// <remarks>O(k² · evaluation) where k options differ; deterministic.</remarks>
    /// <param name="problem">One without errors.</param>
    /// <param name="starts">A feasible plan: start of each option or −1.</param>
    /// <param name="before">The plan before, in the same form; it need not be feasible.</param>
    /// <returns>A feasible plan worth at least as much, no option of which is farther from the plan before.</returns>
    public static int[] Settle(PlanningProblem problem, IReadOnlyList<int> starts, IReadOnlyList<int> before)
    {
        ArgumentNullException.ThrowIfNull(problem);
        ArgumentNullException.ThrowIfNull(starts);
        ArgumentNullException.ThrowIfNull(before);
        int[] settled = [.. starts];
        var value = PlanEvaluation.Of(problem, settled).Value;
        var isSettling = true;
        while (isSettling)
        {
            int[] moved = [.. Enumerable.Range(0, settled.Length).Where(o => settled[o] != before[o])];
            // One that came in may have taken the place of one that went: then both go back or none.
            isSettling = moved.Any(o => TakesBack(o, o)) || (moved.Length <= MostInPairs && moved.Any(o => moved.Any(other => o < other && TakesBack(o, other))));
        }
        return settled;

        bool TakesBack(int one, int other)
        {
            int[] tried = [.. settled];
            (tried[one], tried[other]) = (before[one], before[other]);
            if (PlanEvaluation.Of(problem, tried) is not { IsFeasible: true } evaluation || evaluation.Value < value - PlanEvaluation.Tolerance * Math.Max(1, Math.Abs(value))) return false;
            (settled, value) = (tried, Math.Max(value, evaluation.Value));
            return true;
        }
    }

    /// <summary>Where more options differ, only single ones are taken back.</summary>
    private const int MostInPairs = 20;
}
