using System.Text.Json;

namespace Michi.Assessment.Exchange;

/// <summary>Places with their facts, evidence and closed ratings, as one file: what import reads and export writes, in JSON, CSV and XLSX alike.</summary>
public sealed record PlaceFile
{
    /// <summary>The version of the format.</summary>
    public const string CurrentFormat = "michi/1";

    public string Format { get; init; } = CurrentFormat;

    /// <summary>What a reader must know of the data, by language.</summary>
    public Dictionary<string, string> Note { get; init; } = [];

    public List<FilePlace> Places { get; init; } = [];
    public List<FileEvidence> Evidence { get; init; } = [];
    public List<FileAssessment> Assessments { get; init; } = [];
}

/// <summary>A place in a file; those above it come before it.</summary>
public sealed record FilePlace
{
    public string Slug { get; init; } = "";

    /// <summary><c>country</c>, <c>city</c> or <c>district</c>.</summary>
    public string Kind { get; init; } = "";

    /// <summary>Slug of the place above.</summary>
    public string? Parent { get; init; }

    public string? CountryCode { get; init; }
    public Dictionary<string, string> Names { get; init; } = [];
    public double? Latitude { get; init; }
    public double? Longitude { get; init; }

    /// <summary>GeoJSON geometry.</summary>
    public JsonElement? Boundary { get; init; }

    public string? Characteristic { get; init; }
    public string? CharacteristicReason { get; init; }
    public List<FileFact> Facts { get; init; } = [];
}

/// <summary>A fact of a place in a file.</summary>
public sealed record FileFact
{
    public string Kind { get; init; } = "";
    public string Value { get; init; } = "";
    public string Source { get; init; } = "";
    public string? Date { get; init; }
}

/// <summary>A piece of evidence in a file.</summary>
public sealed record FileEvidence
{
    public string Id { get; init; } = "";

    /// <summary>The version it was exported at: where it has been changed since, import refuses to overwrite it. Null to overwrite in any case.</summary>
    public int? Version { get; init; }

    public string Place { get; init; } = "";
    public string Kind { get; init; } = "";

    /// <summary>Element → what the evidence says about it.</summary>
    public Dictionary<string, string> Elements { get; init; } = [];

    public Dictionary<string, string> Statement { get; init; } = [];
    public string Source { get; init; } = "";
    public string? Date { get; init; }
    public string Quality { get; init; } = "";
    public bool Internal { get; init; }

    /// <summary>Why it was retired; null while it counts.</summary>
    public string? Retired { get; init; }

    public List<FileAttachment> Attachments { get; init; } = [];
}

/// <summary>An attached file with its bytes.</summary>
public sealed record FileAttachment
{
    public string Name { get; init; } = "";
    public string MediaType { get; init; } = "";
    public byte[] Bytes { get; init; } = [];
}

/// <summary>A rated assessment in a file. Ratings name assessors by number only, and only closed rounds are written.</summary>
public sealed record FileAssessment
{
    public string Place { get; init; } = "";
    public string Title { get; init; } = "";
    public bool Demonstration { get; init; }
    public List<FileRound> Rounds { get; init; } = [];
    public List<FileConsensus> Consensus { get; init; } = [];
}

/// <summary>A closed round.</summary>
public sealed record FileRound
{
    public int Number { get; init; }
    public List<FileRating> Ratings { get; init; } = [];
}

/// <summary>A rating: <see cref="Level"/> null is "cannot tell".</summary>
public sealed record FileRating
{
    /// <summary>Number of the assessor within the assessment, from 1.</summary>
    public int Assessor { get; init; }

    public string Group { get; init; } = "other";
    public string Element { get; init; } = "";
    public int? Level { get; init; }
    public string Confidence { get; init; } = "";
    public string Reason { get; init; } = "";
    public List<string> Evidence { get; init; } = [];
}

/// <summary>A recorded consensus.</summary>
public sealed record FileConsensus
{
    public string Element { get; init; } = "";
    public int Level { get; init; }
    public string Confidence { get; init; } = "";
    public string Reason { get; init; } = "";
}
