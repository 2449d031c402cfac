using Michi.Roadmap.Scenarios;

namespace Michi.Roadmap.FollowUp;

/// <summary>How an initiative stands at the end of a quarter, in the words and figures of who runs it. One for each initiative and quarter.</summary>
internal sealed class ProgressReport
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }

    /// <summary>Code of the initiative.</summary>
    public required string Initiative { get; init; }

    /// <summary>The quarter reported on, <c>2027-Q1</c>.</summary>
    public required string Quarter { get; init; }

    public required ProgressFacts Facts { get; set; }
    public bool IsDemonstration { get; init; }

    /// <summary>Counts the changes, from 1; a change based on an older version is refused.</summary>
    public int Version { get; set; } = 1;

    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
}

/// <summary>What is reported of an initiative for a quarter.</summary>
internal sealed record ProgressFacts
{
    public static IReadOnlyList<string> States { get; } = ["not-started", "on-track", "at-risk", "late", "done", "stopped"];

    /// <summary>One of <see cref="States"/>.</summary>
    public required string State { get; init; }

    /// <summary>The quarter it really started in; null while it has not.</summary>
    public Quarter? Started { get; init; }

    /// <summary>The last quarter it is expected to be under way, or was; null = as planned.</summary>
    public Quarter? End { get; init; }

    /// <summary>Share of the set-up that is done, 0–1.</summary>
    public double Done { get; init; }

    /// <summary>Ids of the milestones reached so far.</summary>
    public List<string> Milestones { get; init; } = [];

    /// <summary>Funding source → what was paid for the set-up in this quarter, in the plan's currency.</summary>
    public Dictionary<string, decimal> Spent { get; init; } = [];

    /// <summary>KPI → value measured at the end of the quarter.</summary>
    public Dictionary<string, double> Kpis { get; init; } = [];

    public string Note { get; init; } = "";
}

/// <summary>A decision at a stage gate, kept for good.</summary>
internal sealed class GateDecision
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }
    public required string Initiative { get; init; }

    /// <summary>The gate it had passed before.</summary>
    public required string From { get; init; }

    /// <summary>The gate it passes, or <c>hold</c> or <c>stop</c>.</summary>
    public required string To { get; init; }

    public required string Reason { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string By { get; init; }
    public bool IsDemonstration { get; init; }
}

/// <summary>Something that happened and makes the plan anew: a budget cut, a delay, an election, a new rule.</summary>
internal sealed class PlanSignal
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }
    public required SignalFacts Facts { get; init; }

    /// <summary>The scenario that was made from it.</summary>
    public required Guid ScenarioId { get; init; }

    public required DateTimeOffset At { get; init; }
    public required string By { get; init; }
    public bool IsDemonstration { get; init; }
}

/// <summary>What a signal says and does.</summary>
internal sealed record SignalFacts
{
    public static IReadOnlyList<string> Kinds { get; } = ["progress", "budget", "delay", "election", "rule", "other"];

    /// <summary>One of <see cref="Kinds"/>.</summary>
    public required string Kind { get; init; }

    public required string Text { get; init; }

    /// <summary>The quarter the plan is made anew from: everything before it is done.</summary>
    public required Quarter From { get; init; }

    /// <summary>Funding source → what is left of each of its budgets from <see cref="From"/> on, as a share ≥ 0.</summary>
    public Dictionary<string, double> Budgets { get; init; } = [];

    /// <summary>Initiative → quarters by which it is delayed, ≥ 1.</summary>
    public Dictionary<string, int> Delays { get; init; } = [];

    /// <summary>First quarter in which something new may start; null where nothing holds it up.</summary>
    public Quarter? HoldUntil { get; init; }

    /// <summary>Initiatives that have become obligatory.</summary>
    public List<string> Must { get; init; } = [];

    /// <summary>Initiatives that are no longer allowed.</summary>
    public List<string> Forbid { get; init; } = [];
}
