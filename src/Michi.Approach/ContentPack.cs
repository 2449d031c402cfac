namespace Michi.Approach;

/// <summary>One of the approach's domains (policy, organization, system, technology, operation).</summary>
/// <param name="Weight">Relative weight among the domains, &gt; 0.</param>
public sealed record Domain(string Id, string Code, double Weight);

/// <summary>One of the approach's elements.</summary>
/// <param name="Index">Position in the pack, from 0; the order of every vector over elements.</param>
/// <param name="Weight">Relative weight within the domain, &gt; 0.</param>
public sealed record Element(string Id, int Index, string DomainId, double Weight, bool NameIsOurs);

/// <summary>An element that rests on another.</summary>
public sealed record Dependency(string ElementId, string NeedsId)
{
    /// <summary>The key of its reason among the pack's texts.</summary>
    public string Key => $"{ElementId}-{NeedsId}";
}

/// <summary>A rule that suggests a characteristic; every given condition must hold.</summary>
public sealed record CharacteristicRule(string Id, string Characteristic, string? Kind, double? Population, string? Fact);

/// <summary>A class of maturity: from this score of the whole (0–4) upwards.</summary>
public sealed record Maturity(string Id, double From);

/// <summary>A rule that suggests a way of scaling up: the characteristic, or every named element expected at its level.</summary>
public sealed record ScaleUpRule(string Id, string? Characteristic, IReadOnlyDictionary<string, int> Elements);

/// <summary>Area-based or sector-based, with the rules that suggest it.</summary>
public sealed record ScaleUp(string Id, IReadOnlyList<ScaleUpRule> Rules, bool IsOtherwise);

/// <summary>A fact a place can have. <see cref="Type"/> is <c>number</c>, <c>yes-no</c> or <c>text</c>.</summary>
public sealed record FactKind(string Id, string Type, string Unit);

/// <summary>A stage of the approach.</summary>
/// <param name="Level">Level an element must reach to speak for this stage; null for the first stage, which asks nothing.</param>
/// <param name="Veto">Element → level at or below which it vetoes the stage.</param>
public sealed record Stage(string Id, int Index, int? Level, IReadOnlyDictionary<string, int> Veto);

/// <summary>What evidence says about levels: relative likelihoods per level 0–4 and the weights they are raised to.</summary>
public sealed record EvidenceTable(
    IReadOnlyDictionary<string, IReadOnlyList<double>> Says,
    IReadOnlyDictionary<string, double> Kinds,
    IReadOnlyDictionary<string, double> Qualities,
    IReadOnlyList<AgeClass> Ages,
    double Undated,
    IReadOnlyDictionary<string, double> Origins,
    IReadOnlyDictionary<string, double> Confidences);

/// <summary>An age of a source in years, up to and including <see cref="UpToYears"/> (null = without end), and its weight.</summary>
public sealed record AgeClass(string Id, double? UpToYears, double Weight);

/// <summary>A support programme: a domain (or assessment) at country or city level, the elements it answers, its instruments.</summary>
public sealed record Programme(string Id, string Domain, string Level, IReadOnlyList<string> Answers, IReadOnlyList<string> Instruments);

/// <summary>The approach as data: structure, numbers and texts, in one version. Immutable; made by <see cref="PackReader"/>.</summary>
public sealed record ContentPack
{
    /// <summary>The levels an element can have: 0 (nothing) to 4 (in place, used and sustained).</summary>
    public const int Levels = 5;

    public required string Id { get; init; }
    public required string Version { get; init; }

    /// <summary>SHA-256 of every file the pack was read from, hexadecimal: two packs with the same hash are the same.</summary>
    public required string Hash { get; init; }

    public required IReadOnlyList<string> Languages { get; init; }
    public required IReadOnlyList<Domain> Domains { get; init; }
    public required IReadOnlyList<Element> Elements { get; init; }

    /// <summary>Concentration (sum of the Dirichlet parameters) of the domain weights, and of the element weights within a domain.</summary>
    public required (double Domains, double Elements) WeightConcentration { get; init; }

    public required IReadOnlyList<Dependency> Dependencies { get; init; }
    public required IReadOnlyList<string> Readings { get; init; }
    public required IReadOnlyList<string> Characteristics { get; init; }
    public required IReadOnlyList<CharacteristicRule> CharacteristicRules { get; init; }
    public required IReadOnlyList<Maturity> Maturities { get; init; }
    public required IReadOnlyList<string> Directions { get; init; }

    /// <summary>(characteristic, maturity) → direction.</summary>
    public required IReadOnlyDictionary<(string Characteristic, string Maturity), string> Grid { get; init; }

    public required IReadOnlyList<ScaleUp> ScaleUps { get; init; }
    public required IReadOnlyList<FactKind> Facts { get; init; }

    /// <summary>Share of the weight (0.5–1) that must reach a stage's level.</summary>
    public required double Majority { get; init; }

    public required IReadOnlyList<Stage> Stages { get; init; }
    public required EvidenceTable Evidence { get; init; }
    public required IReadOnlyList<string> Instruments { get; init; }
    public required IReadOnlyList<Programme> Programmes { get; init; }

    /// <summary>The files the pack was read from, base layer first, so that a version can be kept and read again.</summary>
    public required IReadOnlyList<PackLayer> Layers { get; init; }

    internal IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Texts { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>The element with this id, or null.</summary>
    public Element? Element(string id) => Elements.FirstOrDefault(e => e.Id == id);

    /// <summary>The elements of a domain, in order.</summary>
    public IEnumerable<Element> ElementsOf(string domainId) => Elements.Where(e => e.DomainId == domainId);

    /// <summary>The pack's texts in a language; where the pack does not speak it, in its first.</summary>
    public PackWords Words(string language)
    {
        var chosen = Texts.ContainsKey(language) ? language : Languages[0];
        return new(chosen, Texts[chosen]);
    }
}

/// <summary>One folder of files a pack is made of: path relative to the folder → text.</summary>
public sealed record PackLayer(string Name, IReadOnlyDictionary<string, string> Files);

/// <summary>The texts of a pack in one language, by path: <c>elements.P1.name</c>, <c>elements.P1.levels.0</c>.</summary>
public sealed class PackWords(string language, IReadOnlyDictionary<string, string> texts)
{
    public string Language => language;

    /// <summary>The text at a path. Throws <see cref="KeyNotFoundException"/> naming the path: a checked pack has every text.</summary>
    public string this[string path] =>
        texts.TryGetValue(path, out var text) ? text : throw new KeyNotFoundException($"The content pack has no text '{path}' in '{language}'.");

    /// <summary>The text at a path; null where there is none.</summary>
    public string? Find(string path) => texts.GetValueOrDefault(path);

    /// <summary>The texts of a list in order; empty where there is none.</summary>
    public IReadOnlyList<string> List(string path)
    {
        var items = new List<string>();
        while (texts.TryGetValue($"{path}.{items.Count}", out var item)) items.Add(item);
        return items;
    }

    /// <summary>The name of an element, domain, stage…: <c>Name("elements", "P1")</c>.</summary>
    public string Name(string group, string id) => this[$"{group}.{id}.name"];
}
