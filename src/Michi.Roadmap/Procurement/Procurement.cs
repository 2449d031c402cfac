using System.Text.Json.Serialization;

namespace Michi.Roadmap.Procurement;

/// <summary>The buying of an initiative, or of a part of it: terms of reference and evaluation plan.</summary>
internal sealed class Procurement
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }
    public required Guid InitiativeId { get; init; }
    public required ProcurementFacts Facts { get; set; }
    public bool IsDemonstration { get; init; }

    /// <summary>Counts the changes, from 1; a change based on an older version is refused.</summary>
    public int Version { get; set; } = 1;

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
}

/// <summary>What bidders are told. Texts are by language tag.</summary>
internal sealed record ProcurementFacts
{
    public required Dictionary<string, string> Names { get; init; }

    /// <summary><c>consultant</c> or <c>system</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Id and version of the templates it was drafted from.</summary>
    public required string DraftedFrom { get; init; }

    /// <summary>Risks of the initiative when it was drafted; the check asks for an answer to them.</summary>
    public List<string> Risks { get; init; } = [];

    /// <summary>Section of the templates → text by language.</summary>
    public Dictionary<string, Dictionary<string, string>> Sections { get; init; } = [];

    public List<TermsOutput> Outputs { get; init; } = [];
    public required EvaluationPlan Plan { get; init; }

    /// <summary>The name in a language, else in English, else in any.</summary>
    public string NameIn(string language) => Initiatives.InitiativeFacts.TextIn(Names, language);
}

/// <summary>Something the contractor delivers.</summary>
/// <param name="Month">Months after signing at whose end it is due; null while no date is set.</param>
/// <param name="Acceptance">What it is tested against.</param>
internal sealed record TermsOutput(Dictionary<string, string> Names, int? Month, Dictionary<string, string> Acceptance);

/// <summary>How proposals are compared.</summary>
/// <param name="Template">Template whose criteria and names it uses.</param>
/// <param name="Method"><c>qbs</c> or <c>qcbs</c>.</param>
/// <param name="TechnicalWeight">Share of the technical score, 0–100; the price has the rest. 100 in quality-based selection.</param>
/// <param name="Minimum">Least technical score with which a price is opened, 0–100.</param>
/// <param name="Weights">Criterion (<c>team</c>) or part (<c>team.leader</c>) → weight; criteria add up to 100, and so do the parts of each.</param>
/// <param name="Evaluators">How many people score before proposals are compared, at least 2. The default is our own assumption.</param>
/// <param name="Threshold">Points between the highest and the lowest score beyond which evaluators look again, 0–100. The default is our own assumption.</param>
internal sealed record EvaluationPlan(
    string Template, string Method, double TechnicalWeight, double Minimum, Dictionary<string, double> Weights, int Evaluators = 3, double Threshold = 30)
{
    public const int LeastEvaluators = 2, MostEvaluators = 20;

    /// <summary>What is scored: parts, and criteria without parts, with their share of the technical score; the shares add up to 100.</summary>
    [JsonIgnore]
    public IEnumerable<(string Id, decimal Share)> Leaves => Weights.Where(w => !w.Key.Contains('.', StringComparison.Ordinal)).SelectMany(criterion =>
    {
        var parts = Weights.Where(w => w.Key.StartsWith($"{criterion.Key}.", StringComparison.Ordinal)).ToList();
        return parts.Count == 0 ? [(criterion.Key, (decimal)criterion.Value)] : parts.Select(p => (p.Key, (decimal)criterion.Value * (decimal)p.Value / 100));
    });
}
