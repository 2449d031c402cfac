namespace Michi.Assessment.Rounds;

/// <summary>A rating of a place by several assessors, in one or more rounds, made with one version of the content pack.</summary>
public sealed class RatedAssessment
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }
    public required string Title { get; set; }

    /// <summary>Hash of the content pack it is made with.</summary>
    public required string PackHash { get; init; }

    /// <summary>True where the ratings show how Michi works and are nobody's judgement of the city.</summary>
    public bool IsDemonstration { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>One round: open until the facilitator closes it. Nobody sees another's rating before.</summary>
public sealed class Round
{
    public required Guid Id { get; init; }
    public required Guid AssessmentId { get; init; }

    /// <summary>1, 2, …</summary>
    public required int Number { get; init; }

    public required DateTimeOffset OpenedAt { get; init; }
    public DateTimeOffset? ClosedAt { get; set; }
}

/// <summary>A person asked to rate, by a link that carries a secret; no account is needed.</summary>
public sealed class Assessor
{
    public required Guid Id { get; init; }
    public required Guid AssessmentId { get; init; }

    /// <summary>Seen by the facilitator only; others see how many took part from which group.</summary>
    public required string Name { get; init; }

    /// <summary>Which part of the quadruple helix: <c>public</c>, <c>private</c>, <c>academia</c>, <c>citizen</c> or <c>other</c>.</summary>
    public required string Group { get; init; }

    /// <summary>Days a link works.</summary>
    public const int LinkDays = 180;

    /// <summary>SHA-256 of the secret in the link, hexadecimal.</summary>
    public required string LinkHash { get; set; }

    /// <summary>When the link in force was made; a renewed link begins anew.</summary>
    public required DateTimeOffset InvitedAt { get; set; }

    public DateTimeOffset? RemovedAt { get; set; }
}

/// <summary>One assessor's answer for one element in one round.</summary>
public sealed class Rating
{
    public required Guid Id { get; init; }
    public required Guid RoundId { get; init; }
    public required Guid AssessorId { get; init; }
    public required string Element { get; init; }

    /// <summary>0–4, or null = "cannot tell", which is an answer.</summary>
    public int? Level { get; set; }

    /// <summary>Confidence as the content pack lists them (<c>high</c>, <c>medium</c>, <c>low</c>).</summary>
    public required string Confidence { get; set; }

    public string Reason { get; set; } = "";

    /// <summary>Codes of the evidence it rests on, separated by spaces.</summary>
    public string EvidenceCodes { get; set; } = "";

    /// <summary>When it was given; before the round opened where the answer of the round before stands.</summary>
    public required DateTimeOffset At { get; set; }
}

/// <summary>The level the assessors agreed on after talking, recorded by the facilitator with the reason.</summary>
public sealed class Consensus
{
    public required Guid Id { get; init; }
    public required Guid AssessmentId { get; init; }
    public required string Element { get; init; }
    public required int Level { get; set; }
    public required string Confidence { get; set; }
    public required string Reason { get; set; }
    public required DateTimeOffset At { get; set; }
}
