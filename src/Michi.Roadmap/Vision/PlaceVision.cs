namespace Michi.Roadmap.Vision;

/// <summary>What a place wants to become: its vision, objectives, targets, and the logic that leads there. One for each place.</summary>
internal sealed class PlaceVision
{
    public required Guid PlaceId { get; init; }
    public required VisionFacts Facts { get; set; }

    /// <summary>Counts the changes, from 1; a change based on an older version is refused.</summary>
    public int Version { get; set; } = 1;

    public bool IsDemonstration { get; init; }
    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
}

/// <summary>Everything a vision says. Texts are by language tag; ids are short names, unique within the vision across all kinds.</summary>
internal sealed record VisionFacts
{
    public Dictionary<string, string> Statement { get; init; } = [];

    /// <summary>Last year the vision looks at; null where none is named.</summary>
    public int? Horizon { get; init; }

    /// <summary>ISO 4217 code of the currency of every amount of the place's plan.</summary>
    public string Currency { get; init; } = "USD";

    /// <summary>Units of <see cref="Currency"/> for one United States dollar, the library's currency; > 0.</summary>
    public double PerDollar { get; init; } = 1;

    /// <summary>Where the rate comes from; empty where the currency is the library's.</summary>
    public string PerDollarSource { get; init; } = "";

    public List<Objective> Objectives { get; init; } = [];
    public List<Target> Targets { get; init; } = [];
    public List<Alignment> Alignments { get; init; } = [];

    /// <summary>Inputs, outputs, outcomes and impacts; the activities between them are the initiatives.</summary>
    public List<LogicNode> Logic { get; init; } = [];
}

/// <summary>Something the vision wants.</summary>
internal sealed record Objective(string Id, Dictionary<string, string> Names);

/// <summary>A number to reach by a year.</summary>
/// <param name="Objective">Id of the objective it measures; null while it hangs in the air.</param>
/// <param name="Measurement">How and by whom it is measured; empty while nobody has settled that.</param>
/// <param name="Source">Where the baseline comes from.</param>
internal sealed record Target(
    string Id, string? Objective, Dictionary<string, string> Names, string Unit, double? Baseline, int? BaselineYear, double? Goal, int? Year, string Measurement, string Source);

/// <summary>Where the vision meets another plan.</summary>
/// <param name="Kind"><c>national-strategy</c>, <c>urban-plan</c>, <c>digital-strategy</c> or <c>other</c>.</param>
/// <param name="Objective">Id of the objective it speaks for; null for the vision as a whole.</param>
internal sealed record Alignment(string Kind, string Document, string Section, string Address, string? Objective);

/// <summary>A step of the logic model.</summary>
/// <param name="Kind"><c>input</c>, <c>output</c>, <c>outcome</c> or <c>impact</c>.</param>
/// <param name="LeadsTo">Ids of later steps, targets and objectives; of an input: codes of initiatives.</param>
internal sealed record LogicNode(string Id, string Kind, Dictionary<string, string> Names, List<string> LeadsTo);
