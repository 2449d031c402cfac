namespace Michi.Assessment.Profiles;

/// <summary>A computed profile, kept with all that is needed to compute it again: inputs' hash, pack, seed, draws, program version.</summary>
internal sealed class ProfileRecord
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }

    /// <summary>The rated assessment it rests on; null while it rests on evidence alone.</summary>
    public Guid? AssessmentId { get; init; }

    /// <summary>True for the newest of the place.</summary>
    public bool IsCurrent { get; set; }

    public required DateTimeOffset At { get; init; }

    /// <summary>The day the ages of sources were counted from.</summary>
    public required DateOnly On { get; init; }

    public required string PackHash { get; init; }
    public required string InputsHash { get; init; }
    public required int Seed { get; init; }
    public required int Draws { get; init; }
    public required string ProgramVersion { get; init; }

    /// <summary>Id of the most probable stage.</summary>
    public required string Stage { get; init; }

    /// <summary>Probability of each stage in the pack's order.</summary>
    public required double[] StageProbabilities { get; init; }

    /// <summary>Mean, median, 5 % and 95 % quantile of the whole's score, 0–4.</summary>
    public required double[] Whole { get; init; }

    /// <summary>Probability of each level for each element, elements in the pack's order: 21 × 5 values.</summary>
    public required double[] Levels { get; init; }

    /// <summary>Expected level of each element, NaN-free; -1 where nobody looked and nobody rated.</summary>
    public required double[] Expected { get; init; }

    public required string Direction { get; init; }

    public required int EvidenceCount { get; init; }

    public required int RatedElements { get; init; }
}
