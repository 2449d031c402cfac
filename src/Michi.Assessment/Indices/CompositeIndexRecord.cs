namespace Michi.Assessment.Indices;

/// <summary>One version of a composite index of a country. A change adds a version; the earlier ones stay as they were.</summary>
internal sealed class CompositeIndexRecord
{
    public required Guid Id { get; init; }

    /// <summary>From 1; with <see cref="Id"/> the key, so that of two changes made at once the second is refused.</summary>
    public required int Version { get; init; }

    public required Guid PlaceId { get; init; }

    /// <summary>Names by language tag; at least one.</summary>
    public required Dictionary<string, string> Names { get; init; }

    /// <summary>Where the figures come from, in the words of who brought them.</summary>
    public required string Source { get; init; }

    /// <summary>The key figures and what they mean: a <see cref="KpiTable"/> as JSON.</summary>
    public required string Table { get; init; }

    /// <summary>SHA-256 of <see cref="Table"/>, hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>The choices shown where the reader makes no others.</summary>
    public required IndexChoices Choices { get; init; }

    public required int PlaceCount { get; init; }
    public required int IndicatorCount { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ChangedAt { get; init; }
    public required string ChangedBy { get; init; }
    public DateTimeOffset? WithdrawnAt { get; set; }
    public string? WithdrawnReason { get; set; }
}
