namespace Michi.Roadmap.Challenges;

/// <summary>Something wrong with infrastructure or an urban service, with its source.</summary>
internal sealed class Challenge
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }

    /// <summary>Short name in addresses and files; unique at the place.</summary>
    public required string Code { get; init; }

    public required ChallengeFacts Facts { get; set; }
    public bool IsDemonstration { get; init; }

    /// <summary>Counts the changes, from 1; a change based on an older version is refused.</summary>
    public int Version { get; set; } = 1;

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }

    /// <summary>When it was withdrawn or solved; null while it stands.</summary>
    public DateTimeOffset? RetiredAt { get; set; }

    /// <summary><c>solved</c> or <c>withdrawn</c>; null while it stands.</summary>
    public string? RetiredAs { get; set; }

    public string? RetiredReason { get; set; }
}

/// <summary>What is said of a challenge.</summary>
internal sealed record ChallengeFacts
{
    public required Dictionary<string, string> Names { get; init; }
    public Dictionary<string, string> Description { get; init; } = [];

    /// <summary>A sector of the initiative library.</summary>
    public required string Sector { get; init; }

    /// <summary>1 nuisance, 2 burden, 3 harm, 4 danger.</summary>
    public required int Severity { get; init; }

    /// <summary>How many people are affected; null while unknown.</summary>
    public double? People { get; init; }

    /// <summary>Where <see cref="People"/> comes from; empty while unknown.</summary>
    public string PeopleSource { get; init; } = "";

    /// <summary>Groups affected most, as <see cref="Initiatives.PeopleGroups"/> lists them.</summary>
    public List<string> Groups { get; init; } = [];

    /// <summary>Slug of the district; null for the whole place.</summary>
    public string? District { get; init; }

    /// <summary>Where, in words.</summary>
    public string Where { get; init; } = "";

    public required string Source { get; init; }

    /// <summary>Date of the source: <c>2023</c>, <c>2023-09</c> or <c>2023-09-05</c>; null where it bears none.</summary>
    public string? Date { get; init; }
}
