namespace Michi.Assessment.Evidence;

/// <summary>A fact about a place that speaks about elements, with its source.</summary>
public sealed class EvidenceItem
{
    public required Guid Id { get; init; }

    /// <summary>Stable short name that survives export and import; unique in the installation.</summary>
    public required string Code { get; init; }

    public required Guid PlaceId { get; init; }

    /// <summary>Kind as the content pack lists them (<c>document</c>, <c>interview</c>…).</summary>
    public required string Kind { get; set; }

    /// <summary>The fact in one or more languages, in the collector's own words.</summary>
    public required Dictionary<string, string> Statement { get; set; }

    /// <summary>Where it can be checked: an address, a citation, a person's function and the day.</summary>
    public required string Source { get; set; }

    /// <summary>Date of the source: <c>2023</c>, <c>2023-09</c> or <c>2023-09-05</c>; null where it bears none.</summary>
    public string? Date { get; set; }

    /// <summary>Quality grade as the content pack lists them (<c>high</c>, <c>medium</c>, <c>low</c>).</summary>
    public required string Quality { get; set; }

    /// <summary>True where only people with a role at the place may see it (an interview, for example).</summary>
    public bool IsInternal { get; set; }

    /// <summary>What it says about which elements.</summary>
    public List<EvidenceLink> Links { get; set; } = [];

    public List<EvidenceAttachment> Attachments { get; set; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Counts the changes, from 1; a change based on an older version is refused.</summary>
    public int Version { get; set; } = 1;

    /// <summary>When it was retired; null while it counts. Retired evidence stays visible with its reason.</summary>
    public DateTimeOffset? RetiredAt { get; set; }

    public string? RetiredReason { get; set; }

    /// <summary>The statement in a language, else in English, else in any.</summary>
    public string StatementIn(string language) =>
        Statement.GetValueOrDefault(language) ?? Statement.GetValueOrDefault("en") ?? Statement.Values.First();
}

/// <summary>What a piece of evidence says about one element.</summary>
public sealed class EvidenceLink
{
    public required string Element { get; init; }

    /// <summary><c>supports</c>, <c>partly</c>, <c>contradicts</c> or <c>absent</c> (looked for and absent).</summary>
    public required string Says { get; init; }
}

/// <summary>A file attached to evidence; its bytes are stored once under their hash.</summary>
public sealed class EvidenceAttachment
{
    public required string Name { get; init; }
    public required string MediaType { get; init; }
    public required long Size { get; init; }

    /// <summary>SHA-256, hexadecimal.</summary>
    public required string Sha256 { get; init; }
}

/// <summary>How a piece of evidence looked at one version, who changed it and why.</summary>
internal sealed class EvidenceVersion
{
    public required Guid Id { get; init; }
    public required Guid EvidenceId { get; init; }
    public required int Version { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Actor { get; init; }

    /// <summary><c>add</c>, <c>edit</c>, <c>import</c>, <c>retire</c> or <c>restore</c>.</summary>
    public required string Change { get; init; }

    /// <summary>The item after the change, as JSON in the exchange format.</summary>
    public required string Snapshot { get; init; }
}
