namespace Michi.Approach;

/// <summary>What an author expects, with where it comes from.</summary>
/// <param name="Source"><c>assumption</c>, or the address of a public source.</param>
public sealed record Estimate(double Low, double High, string Source);

/// <summary>An element that an initiative takes from one level to a higher one.</summary>
/// <param name="Condition">Id of the text of what must hold besides; without it the lift does not count. Null where nothing more is asked.</param>
public sealed record Lift(string ElementId, int From, int To, string? Condition);

/// <summary>An initiative that must have ended, and how many quarters before.</summary>
public sealed record Prerequisite(string InitiativeId, int Lag);

/// <summary>A level that must hold, by evidence or by another initiative.</summary>
public sealed record LevelNeed(string ElementId, int Level);

/// <summary>What an initiative is measured by.</summary>
/// <param name="Source">The standard whose indicator it is, or <c>own</c>.</param>
public sealed record InitiativeKpi(string Id, string Unit, bool MoreIsBetter, string Source);

/// <summary>Something a city can do, as the library describes it for the library's reference city.</summary>
public sealed record LibraryInitiative
{
    public required string Id { get; init; }
    public required string Sector { get; init; }

    /// <summary><c>area</c> or <c>sector</c>: the way of scaling up it suits.</summary>
    public required string Type { get; init; }

    public required string Maturity { get; init; }

    /// <summary>Steps of levels; one element may stand here twice, with ranges that do not overlap.</summary>
    public required IReadOnlyList<Lift> Lifts { get; init; }

    /// <summary>In all, without the wages of the city's own staff.</summary>
    public required Estimate Cost { get; init; }

    /// <summary>True where cost, operation, revenue and field staff grow with the inhabitants.</summary>
    public required bool IsPerCapita { get; init; }

    /// <summary>A year, once it runs.</summary>
    public required Estimate Operation { get; init; }

    /// <summary>Income or savings of the city a year; null where none is expected.</summary>
    public required Estimate? Revenue { get; init; }

    /// <summary>Quarters until the lifts hold.</summary>
    public required Estimate Duration { get; init; }

    /// <summary>Full-time equivalents of each staff pool while it is set up.</summary>
    public required IReadOnlyDictionary<string, Estimate> People { get; init; }

    public required IReadOnlyList<Prerequisite> Prerequisites { get; init; }
    public required IReadOnlyList<LevelNeed> Needs { get; init; }

    /// <summary>Initiatives that cannot be chosen beside it.</summary>
    public required IReadOnlyList<string> Excludes { get; init; }

    /// <summary>Share of the inhabitants who notice the result, 0–1.</summary>
    public required Estimate Beneficiaries { get; init; }

    /// <summary>Kind of benefit → 1 some, 2 clear, 3 the main purpose.</summary>
    public required IReadOnlyDictionary<string, int> Benefits { get; init; }

    public required IReadOnlyList<string> Risks { get; init; }
    public required IReadOnlyList<InitiativeKpi> Kpis { get; init; }

    /// <summary>Id of the text of what must hold for a quick win within a year; null where none is possible.</summary>
    public required string? QuickWinCondition { get; init; }
}

/// <summary>For whom an initiative is.</summary>
/// <param name="StageId">The stage of the approach it suits.</param>
public sealed record LibraryMaturity(string Id, string StageId);

/// <summary>A public figure that assumptions were held against; its text stands under <c>library.references.{Id}</c>.</summary>
public sealed record LibraryReference(string Id, IReadOnlyList<string> Initiatives, string Url);

/// <summary>What a direction makes a plan worth; weights are ≥ 0 and only their proportions count.</summary>
/// <param name="Domains">Domain → weight of its elements.</param>
/// <param name="Benefits">Kind of benefit → weight.</param>
/// <param name="BenefitShare">Share of the worth that benefits to people have beside levels of elements, 0–0.9.</param>
public sealed record DirectionWeights(IReadOnlyDictionary<string, double> Domains, IReadOnlyDictionary<string, double> Benefits, double BenefitShare);

/// <summary>The weights suggested where a planner sets none; all of them are ours.</summary>
/// <param name="Directions">Direction → weights; the reason is a text, <c>weights.directions.{id}</c>.</param>
/// <param name="Blocker">An element that holds the city back from its next stage weighs so many times more, ≥ 1.</param>
/// <param name="StepDecay">Worth of each higher level against the one below it, 0–1.</param>
/// <param name="Severity">What each step of severity of a challenge adds to the benefits of what answers it, ≥ 0.</param>
/// <param name="Discount">A year, 0–1.</param>
/// <param name="QuickWins">So many must end in the first year.</param>
public sealed record SuggestedWeights(IReadOnlyDictionary<string, DirectionWeights> Directions, double Blocker, double StepDecay, double Severity, double Discount, int QuickWins);

/// <summary>The initiative library: what a city can do to lift an element, as data.</summary>
public sealed record InitiativeLibrary
{
    public required string Id { get; init; }
    public required string Version { get; init; }
    public required IReadOnlyList<string> Languages { get; init; }

    /// <summary>ISO 4217 code of the currency of every amount.</summary>
    public required string Currency { get; init; }

    public required int PriceYear { get; init; }

    /// <summary>Inhabitants of the city the numbers are for.</summary>
    public required int Inhabitants { get; init; }

    public required IReadOnlyList<string> Sectors { get; init; }
    public required IReadOnlyList<string> Pools { get; init; }
    public required IReadOnlyList<string> Risks { get; init; }

    /// <summary>Starter, established, advanced, each with the stage it suits.</summary>
    public required IReadOnlyList<LibraryMaturity> Maturities { get; init; }

    /// <summary>Kinds of benefit.</summary>
    public required IReadOnlyList<string> Benefits { get; init; }

    public required IReadOnlyList<string> Units { get; init; }

    /// <summary>The stage gates an initiative passes, in order.</summary>
    public required IReadOnlyList<string> Gates { get; init; }

    public required IReadOnlyList<LibraryReference> References { get; init; }
    public required SuggestedWeights Weights { get; init; }
    public required IReadOnlyList<LibraryInitiative> Initiatives { get; init; }

    /// <summary>The initiative with this id, or null.</summary>
    public LibraryInitiative? Find(string id) => Initiatives.FirstOrDefault(i => i.Id == id);

    internal IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Texts { get; init; } = new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>The texts in a language, those of an initiative below its id (<c>water-loss-reduction.name</c>), the library's below <c>library</c>; in the first language where it does not speak this one.</summary>
    public PackWords Words(string language)
    {
        var chosen = Texts.ContainsKey(language) ? language : Languages[0];
        return new(chosen, Texts[chosen]);
    }
}
