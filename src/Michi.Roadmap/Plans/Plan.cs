using Michi.Analytics.Planning;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Scenarios;

namespace Michi.Roadmap.Plans;

/// <summary>A plan that was computed, or is being computed, with everything it follows from.</summary>
internal sealed class Plan
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }
    public required Guid ScenarioId { get; init; }

    /// <summary><c>solve</c>, <c>what-if</c>, <c>front</c>, <c>robust</c> or <c>replan</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The plan it was begun from.</summary>
    public Guid? BasedOn { get; init; }

    public required PlanInput Input { get; init; }

    /// <summary><c>waiting</c>, <c>running</c>, <c>done</c>, <c>stopped</c> (by a person or the end of the program, with what was found until then) or <c>failed</c> (no plan came out; where that is proved, the outcome says infeasible).</summary>
    public required string State { get; set; }

    /// <summary>Null until a first plan has been found.</summary>
    public PlanOutcome? Outcome { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>When it became the roadmap of the place; of several the last one counts.</summary>
    public DateTimeOffset? AdoptedAt { get; set; }

    public string? AdoptedBy { get; set; }

    /// <summary>Whether it waits for its search or the search runs.</summary>
    public bool IsUnderWay => State is "waiting" or "running";

    /// <summary>Whether a plan has come out that can be read.</summary>
    public bool HasSchedule => Outcome is { Status: PlanStatus.Feasible or PlanStatus.Optimal };
}

/// <summary>Everything a plan follows from. The same input and effort give the same plan.</summary>
internal sealed record PlanInput
{
    public required ScenarioFacts Scenario { get; init; }
    public required string ScenarioName { get; init; }
    public required int ScenarioVersion { get; init; }
    public required List<PlannedInitiative> Initiatives { get; init; }

    /// <summary>Element → level the plan begins at, and what that rests on.</summary>
    public required Dictionary<string, StartLevel> Levels { get; init; }

    /// <summary>The weights in force, none of them null.</summary>
    public required PlanWeights Weights { get; init; }

    /// <summary>Code of a challenge → its severity 1–4.</summary>
    public required Dictionary<string, int> Severities { get; init; }

    public required string Currency { get; init; }

    /// <summary>Inhabitants of the place by its newest fact; null where none is known.</summary>
    public required double? Inhabitants { get; init; }

    public required string Direction { get; init; }
    public required string Stage { get; init; }
    public required string PackHash { get; init; }
    public required string LibraryVersion { get; init; }
    public required string ProgramVersion { get; init; }
    public ulong Seed { get; init; } = 1;
    public double Seconds { get; init; } = 10;
    public bool IsDemonstration { get; init; }
}

/// <summary>An initiative as it stood when the plan was made.</summary>
internal sealed record PlannedInitiative(string Code, int Version, InitiativeFacts Facts);

/// <summary>The level an element begins at, and the probability that each level 1–4 is in place already.</summary>
/// <param name="Basis"><c>consensus</c>, <c>ratings</c>, <c>evidence</c>, <c>nothing</c> or <c>planner</c>.</param>
/// <param name="AtLeast">P(level ≥ 1), …, P(level ≥ 4).</param>
internal sealed record StartLevel(int Level, string Basis, List<double> AtLeast);

/// <summary>What the solver found.</summary>
/// <param name="Starts">Code of a chosen initiative → quarters after the first one.</param>
/// <param name="Prices">Worth of a further unit of each resource bucket, in the order of the model's resources; null without a bound.</param>
internal sealed record PlanOutcome(PlanStatus Status, Dictionary<string, int> Starts, double Value, double Bound, double Seconds, long Effort, List<List<double>>? Prices)
{
    /// <summary>(bound − value) / |value|, ≥ 0.</summary>
    public double Gap => Math.Max(0, (Bound - Value) / Math.Max(Math.Abs(Value), 1e-9));
}
