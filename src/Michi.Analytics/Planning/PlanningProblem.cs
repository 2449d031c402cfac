namespace Michi.Analytics.Planning;

/// <summary>Something that can be chosen once and then started in one of the periods.</summary>
public sealed record PlanOption
{
    /// <summary>What errors and explanations call it.</summary>
    public required string Name { get; init; }

    /// <summary>Periods until its results hold, ≥ 1. It must end within the horizon.</summary>
    public required int Duration { get; init; }

    /// <summary>Worth of starting in period 0, 1, …, counted by itself; one finite number a period of the horizon, may be negative.</summary>
    public required IReadOnlyList<double> Values { get; init; }

    /// <summary>What it takes; at most one entry a resource.</summary>
    public IReadOnlyList<ResourceUse> Uses { get; init; } = [];

    /// <summary>First period in which it may start, ≥ 0.</summary>
    public int EarliestStart { get; init; }

    /// <summary>Period by whose beginning it must have ended (exclusive end); null = the horizon.</summary>
    public int? LatestEnd { get; init; }

    /// <summary>True where a plan without it is none.</summary>
    public bool IsMandatory { get; init; }

    /// <summary>True where it may not be chosen.</summary>
    public bool IsForbidden { get; init; }

    /// <summary>The only period in which it may start; null where it is free. A fixed start does not by itself make it mandatory.</summary>
    public int? FixedStart { get; init; }
}

/// <summary>What an option takes of a resource, period by period from its start.</summary>
/// <param name="Resource">Index of a resource.</param>
/// <param name="Setup">Units in its first, second, … period, each ≥ 0; at most as many as its duration.</param>
/// <param name="Afterwards">Units in every period from its end to the horizon, ≥ 0.</param>
public sealed record ResourceUse(int Resource, IReadOnlyList<double> Setup, double Afterwards = 0);

/// <summary>Money or people, limited by buckets of periods: quarters, years, or the whole horizon.</summary>
/// <param name="Name">What errors and explanations call it.</param>
/// <param name="Ends">First period after each bucket, ascending; the last one is the horizon.</param>
/// <param name="Capacities">Units in each bucket, ≥ 0.</param>
/// <param name="CarriesOver">True where what a bucket leaves may be used in later ones: then sums from the start are limited.</param>
public sealed record PlanResource(string Name, IReadOnlyList<int> Ends, IReadOnlyList<double> Capacities, bool CarriesOver = false);

/// <summary><paramref name="After"/>, where chosen, starts no earlier than <paramref name="Lag"/> periods after at least one of <paramref name="AnyOf"/> has ended.</summary>
/// <param name="After">Index of an option.</param>
/// <param name="AnyOf">Indices of options, at least one; with one alone it is an ordinary precedence.</param>
/// <param name="Lag">Periods, ≥ 0.</param>
public sealed record PlanPrecedence(int After, IReadOnlyList<int> AnyOf, int Lag = 0);

/// <summary>What a plan must reach: the amounts of the options chosen (and ended in time) make at least the minimum.</summary>
/// <param name="Name">What errors and explanations call it.</param>
/// <param name="Amounts">Option → amount, ≥ 0.</param>
/// <param name="Minimum">≥ 0.</param>
/// <param name="By">Period by whose beginning an option must have ended to count; null = the horizon.</param>
public sealed record PlanCover(string Name, IReadOnlyList<OptionAmount> Amounts, double Minimum, int? By = null);

/// <summary>An option and an amount.</summary>
public readonly record struct OptionAmount(int Option, double Amount);

/// <summary>Steps that are climbed from the bottom by whatever has ended; a step is worth its value in every period in which it is reached.</summary>
/// <remarks>
/// In period t step k is reached to the share r_k(t) = min(1, r_{k−1}(t), Σ share of the options that have ended), r_{−1} = 1. Two options that bring
/// the same step count once, so returns diminish; a step counts only on top of those below.
/// </remarks>
public sealed record PlanLadder(string Name, IReadOnlyList<LadderStep> Steps);

/// <summary>A step of a ladder.</summary>
/// <param name="Value">Worth of the whole step in a period of weight 1, ≥ 0.</param>
/// <param name="Shares">Option → share of the step it brings once ended, 0 &lt; share ≤ 1.</param>
public sealed record LadderStep(double Value, IReadOnlyList<OptionAmount> Shares);

/// <summary>Which initiatives, and when: a portfolio is chosen and scheduled for the most value under budgets, people and conditions.</summary>
/// <remarks>
/// A plan gives each option a start period or none (−1). Its value is Σ Values[start] over the chosen options plus Σ_t PeriodWeights[t] · Σ_ladders Σ_k Value_k · r_k(t).
/// An option started in s has ended in period t where s + Duration ≤ t. Resource selection with time-indexed starts is after Pritsker, Watters &amp; Wolfe
/// (1969), Management Science 16(1):93-108.
/// </remarks>
public sealed record PlanningProblem
{
    /// <summary>Periods at most; with <see cref="MaximumOptions"/> bounds the memory of a search.</summary>
    public const int MaximumPeriods = 400;

    /// <summary>Options at most.</summary>
    public const int MaximumOptions = 5_000;

    /// <summary>No value, use, capacity or amount is above this, so that sums stay finite.</summary>
    public const double MaximumNumber = 1e18;

    /// <summary>Number of periods, T ≥ 1.</summary>
    public required int Periods { get; init; }

    /// <summary>Weight of each period (discount), length T, finite, ≥ 0.</summary>
    public required IReadOnlyList<double> PeriodWeights { get; init; }

    public required IReadOnlyList<PlanOption> Options { get; init; }
    public IReadOnlyList<PlanResource> Resources { get; init; } = [];
    public IReadOnlyList<PlanPrecedence> Precedences { get; init; } = [];

    /// <summary>Of each set at most one option may be chosen.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Exclusions { get; init; } = [];

    /// <summary>Of each set all options are chosen or none.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Joint { get; init; } = [];

    public IReadOnlyList<PlanCover> Covers { get; init; } = [];
    public IReadOnlyList<PlanLadder> Ladders { get; init; } = [];

    /// <summary>The problem with one of its options changed.</summary>
    internal PlanningProblem With(int option, Func<PlanOption, PlanOption> change) => this with { Options = [.. Options.Select((o, i) => i == option ? change(o) : o)] };

    /// <summary>What is wrong with the problem; empty where it can be solved. Throws on no input.</summary>
    public IReadOnlyList<PlanningProblemError> Errors() => PlanningProblemCheck.Errors(this);
}
