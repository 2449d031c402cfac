using System.Text.Json.Serialization;
using Michi.Approach;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Explain;

/// <summary>A question asked of a plan, and what came out: computed in the background, once for each plan and kind, and kept.</summary>
internal sealed class PlanAnalysis
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }
    public required Guid PlanId { get; init; }

    /// <summary><c>why</c>, <c>conflict</c>, <c>front</c> or <c>risk</c>.</summary>
    public required string Kind { get; init; }

    /// <summary><c>waiting</c>, <c>running</c>, <c>done</c> or <c>failed</c>.</summary>
    public required string State { get; set; }

    public PlanFindings? Findings { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string CreatedBy { get; init; }
    public DateTimeOffset? EndedAt { get; set; }
}

/// <summary>What an analysis found: that of its kind, the others null.</summary>
internal sealed record PlanFindings
{
    /// <summary>What can be asked of a plan that has come out. What other plans there could be (<c>front</c>) is for contributors.</summary>
    public static IEnumerable<string> KindsFor(bool contributor) => contributor ? ["why", "front", "risk"] : ["why", "risk"];

    public WhyFindings? Why { get; init; }
    public ConflictFindings? Conflict { get; init; }
    public FrontFindings? Front { get; init; }
    public RiskFindings? Risk { get; init; }

    /// <summary>True where the time ran out before all was asked.</summary>
    [JsonIgnore]
    public bool IsCut => Why?.IsCut ?? Conflict?.IsCut ?? Front?.IsCut ?? Risk?.IsCut ?? false;

    /// <summary>Answers a question; on a thread of its own, for it takes a while.</summary>
    /// <param name="outcome">Null or without starts where no plan was found; then only <c>conflict</c> can be asked.</param>
    /// <param name="progress">Share done, 0–1.</param>
    /// <param name="stop">Ends with what is known by then.</param>
    public static PlanFindings Of(string kind, PlanInput input, PlanOutcome? outcome, ContentPack pack, IProgress<double> progress, CancellationToken stop) => kind switch
    {
        "why" => new() { Why = WhyFindings.Of(input, pack, outcome!, progress, stop) },
        "conflict" => new() { Conflict = ConflictFindings.Of(input, pack, progress, stop) },
        "front" => new() { Front = FrontFindings.Of(input, pack, outcome!, progress, stop) },
        "risk" => new() { Risk = RiskFindings.Of(input, pack, outcome!, progress, stop) },
        _ => throw new InvalidOperationException($"There is no analysis {kind}."),
    };
}
