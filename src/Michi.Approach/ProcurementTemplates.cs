namespace Michi.Approach;

/// <summary>A paragraph of a draft, and for what it is written; an empty list asks for nothing.</summary>
public sealed record ProcurementParagraph(string Id, IReadOnlyList<string> Kinds, IReadOnlyList<string> Sectors, IReadOnlyList<string> Risks)
{
    /// <summary>Whether it belongs into the terms of reference of an initiative.</summary>
    public bool Suits(string kind, string sector, IReadOnlyCollection<string> risks) =>
        (Kinds.Count == 0 || Kinds.Contains(kind)) && (Sectors.Count == 0 || Sectors.Contains(sector)) && (Risks.Count == 0 || Risks.Any(risks.Contains));
}

/// <summary>A section of terms of reference.</summary>
/// <param name="IsRequired">True where terms of reference without it are not complete.</param>
public sealed record ProcurementSection(string Id, bool IsRequired, IReadOnlyList<ProcurementParagraph> Paragraphs);

/// <summary>A grade and the points out of 100 it is worth.</summary>
public sealed record ProcurementGrade(string Id, int Points);

/// <summary>What proposals are compared by. The weights of all criteria add up to 100, those of a criterion's parts too.</summary>
public sealed record ProcurementCriterion(string Id, double Weight, IReadOnlyList<ProcurementCriterion> Parts);

/// <summary>An evaluation plan to begin with.</summary>
/// <param name="Method"><c>qbs</c> or <c>qcbs</c>.</param>
/// <param name="TechnicalWeight">Share of the technical score, 0–100; the price has the rest.</param>
/// <param name="Minimum">Least technical score with which a price is opened, 0–100.</param>
public sealed record ProcurementTemplate(string Id, string Kind, string Method, double TechnicalWeight, double Minimum, IReadOnlyList<ProcurementCriterion> Criteria);

/// <summary>What terms of reference and evaluation plans are drafted from, as data.</summary>
public sealed record ProcurementTemplates
{
    public required string Id { get; init; }
    public required string Version { get; init; }
    public required IReadOnlyList<string> Languages { get; init; }
    public required IReadOnlyList<string> Kinds { get; init; }
    public required IReadOnlyList<ProcurementSection> Sections { get; init; }

    /// <summary>From the least to the most points.</summary>
    public required IReadOnlyList<ProcurementGrade> Scale { get; init; }

    public required IReadOnlyList<ProcurementTemplate> Templates { get; init; }

    internal IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Texts { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>The texts in a language; in the first where it does not speak this one.</summary>
    public PackWords Words(string language)
    {
        var chosen = Texts.ContainsKey(language) ? language : Languages[0];
        return new(chosen, Texts[chosen]);
    }
}
