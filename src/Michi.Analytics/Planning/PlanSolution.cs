namespace Michi.Analytics.Planning;

/// <summary>What is known of a plan.</summary>
public enum PlanStatus
{
    /// <summary>No plan was found, and none was proved impossible.</summary>
    Unknown,

    /// <summary>All conditions hold.</summary>
    Feasible,

    /// <summary>And no plan is worth more: value and bound agree to the tolerance.</summary>
    Optimal,

    /// <summary>Proved: no plan fulfils all conditions.</summary>
    Infeasible,
}

/// <summary>Where a search stands.</summary>
/// <param name="Value">Of the best plan so far; NaN where there is none.</param>
/// <param name="Bound">No plan is worth more; proved.</param>
public readonly record struct PlanProgress(TimeSpan Time, double Value, double Bound);

/// <summary>How long and from where to search.</summary>
public sealed record PlanSolverOptions
{
    public ulong Seed { get; init; } = 1;

    /// <summary>Work to do at most, in steps of the solver: the same problem, options, seed and effort give the same plan on every machine where time does not end the search first. Null = no limit.</summary>
    public long? Effort { get; init; }

    /// <summary>Time limit; null = none. At least one of <see cref="Effort"/> and <see cref="Time"/> must be given.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>A plan to begin with: start of each option or −1. It need not be feasible; what can be kept of it is.</summary>
    public IReadOnlyList<int>? Start { get; init; }

    /// <summary>Relative gap (bound − value) / |value| at which the plan counts as optimal.</summary>
    public double Tolerance { get; init; } = 1e-6;

    /// <summary>False to look for a plan only, with the bound that costs nothing.</summary>
    public bool Proves { get; init; } = true;
}

/// <summary>The best plan found, and how good it provably is.</summary>
/// <param name="Starts">Start period of each option, −1 where it is not chosen; empty where no plan was found.</param>
/// <param name="Value">Recomputed from <paramref name="Starts"/>; NaN where there is none.</param>
/// <param name="Bound">No plan is worth more; proved.</param>
/// <param name="Prices">Dual prices of resource buckets ([resource][bucket], value per unit, ≥ 0) as far as the bound rests on them; null without a bound.</param>
public sealed record PlanSolution(PlanStatus Status, IReadOnlyList<int> Starts, double Value, double Bound, TimeSpan Time, long Effort, IReadOnlyList<IReadOnlyList<double>>? Prices)
{
    /// <summary>(bound − value) / max(|value|, 1e-9), ≥ 0; NaN where there is no plan.</summary>
    public double Gap => Math.Max(0, (Bound - Value) / Math.Max(Math.Abs(Value), 1e-9));
}
