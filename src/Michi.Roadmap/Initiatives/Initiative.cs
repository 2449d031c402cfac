namespace Michi.Roadmap.Initiatives;

/// <summary>Something a city means to do: copied from the library and adapted, or its own.</summary>
internal sealed class Initiative
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }

    /// <summary>Short name in addresses and files: lower-case letters, digits and hyphens; unique at the place.</summary>
    public required string Code { get; init; }

    /// <summary>Id of the library's initiative it was copied from, with the version of the library; null where it is the city's own.</summary>
    public string? LibraryId { get; init; }

    public string? LibraryVersion { get; init; }
    public required InitiativeFacts Facts { get; set; }

    /// <summary>The stage gate it has passed last: <c>idea</c>, <c>testbed</c>, <c>demonstration</c>, <c>roll-out</c> or <c>operation</c>.</summary>
    public string Gate { get; set; } = "idea";

    /// <summary>True where its figures show how Michi works and are not the city's own.</summary>
    public bool IsDemonstration { get; init; }

    /// <summary>Counts the changes, from 1; a change based on an older version is refused.</summary>
    public int Version { get; set; } = 1;

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }

    /// <summary>When it was given up; null while it stands. It stays visible with its reason.</summary>
    public DateTimeOffset? RetiredAt { get; set; }

    public string? RetiredReason { get; set; }
}

/// <summary>How an initiative looked at one version, who changed it and when.</summary>
internal sealed class InitiativeVersion
{
    public required Guid Id { get; init; }
    public required Guid InitiativeId { get; init; }
    public required int Version { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string Actor { get; init; }

    /// <summary><c>add</c>, <c>edit</c>, <c>import</c>, <c>gate</c>, <c>retire</c> or <c>restore</c>.</summary>
    public required string Change { get; init; }

    public required InitiativeFacts Facts { get; init; }

    /// <summary>An initiative as it stands now.</summary>
    public static InitiativeVersion Of(Initiative initiative, string change, DateTimeOffset at, string actor) =>
        new() { Id = Guid.CreateVersion7(at), InitiativeId = initiative.Id, Version = initiative.Version, At = at, Actor = actor, Change = change, Facts = initiative.Facts };
}

/// <summary>Everything a city says of an initiative. Texts are by language tag; amounts are in the currency of the place's plan.</summary>
internal sealed record InitiativeFacts
{
    public required Dictionary<string, string> Names { get; init; }
    public Dictionary<string, string> Purpose { get; init; } = [];
    public Dictionary<string, string> Result { get; init; } = [];

    /// <summary>Steps to take, one a line.</summary>
    public Dictionary<string, string> Steps { get; init; } = [];

    /// <summary>A sector of the library.</summary>
    public required string Sector { get; init; }

    /// <summary><c>area</c> or <c>sector</c>: the way of scaling up it suits.</summary>
    public required string Type { get; init; }

    /// <summary>The body that answers for it.</summary>
    public string Owner { get; init; } = "";

    public List<Partner> Partners { get; init; } = [];

    /// <summary>Slug of the district it is for; null for the whole place.</summary>
    public string? District { get; init; }

    /// <summary>Groups of people it is for, as <see cref="PeopleGroups"/> lists them; empty for everybody.</summary>
    public List<string> Groups { get; init; } = [];

    public List<LiftClaim> Lifts { get; init; } = [];

    /// <summary>To set it up, in all, without the wages of the city's own staff.</summary>
    public Expected Cost { get; init; } = Expected.None;

    /// <summary>A year, once it runs.</summary>
    public Expected Operation { get; init; } = Expected.None;

    /// <summary>Income or savings of the city a year, once it runs.</summary>
    public Expected Revenue { get; init; } = Expected.None;

    /// <summary>Quarters until the lifts hold, ≥ 1.</summary>
    public Expected Duration { get; init; } = new(1, 1, 1, Expected.Assumption);

    /// <summary>Full-time equivalents of each staff pool while it is set up.</summary>
    public Dictionary<string, Expected> People { get; init; } = [];

    /// <summary>Which funding sources pay for the set-up, by share; empty = the first source of the scenario.</summary>
    public List<FundingShare> Funding { get; init; } = [];

    /// <summary>Funding source that pays for operation; null = the first source of the scenario.</summary>
    public string? OperationSource { get; init; }

    public List<Prerequisite> Prerequisites { get; init; } = [];

    /// <summary>Levels that must hold before it starts, by the diagnosis or by another initiative.</summary>
    public List<LevelNeed> Needs { get; init; } = [];

    /// <summary>Codes of initiatives that cannot be chosen beside it.</summary>
    public List<string> Excludes { get; init; } = [];

    /// <summary>Codes of initiatives that only make sense together with it.</summary>
    public List<string> Together { get; init; } = [];

    /// <summary>Share of the inhabitants who notice the result, 0–1.</summary>
    public Expected Beneficiaries { get; init; } = Expected.None;

    /// <summary>Kind of benefit → 1 some, 2 clear, 3 the main purpose.</summary>
    public Dictionary<string, int> Benefits { get; init; } = [];

    /// <summary>Risks of the library.</summary>
    public List<string> Risks { get; init; } = [];

    public List<Kpi> Kpis { get; init; } = [];

    /// <summary>True where it can succeed within a year: a Quick Win.</summary>
    public bool IsQuickWin { get; init; }

    public List<Milestone> Milestones { get; init; } = [];

    /// <summary>Block of the business model canvas → text.</summary>
    public Dictionary<string, string> Canvas { get; init; } = [];

    /// <summary>Where it goes next, area or sector, one a line.</summary>
    public Dictionary<string, string> Spread { get; init; } = [];

    /// <summary>Codes of the challenges it answers.</summary>
    public List<string> Challenges { get; init; } = [];

    /// <summary>Ids of outputs, outcomes, targets and objectives of the vision it contributes to.</summary>
    public List<string> LeadsTo { get; init; } = [];

    /// <summary>What must hold for a quick win within a year; empty where the library names nothing.</summary>
    public Dictionary<string, string> QuickWinCondition { get; init; } = [];

    /// <summary>What to mind when buying.</summary>
    public Dictionary<string, string> Procurement { get; init; } = [];

    /// <summary>How the library's figures were brought to this place; null where the initiative is the city's own.</summary>
    public CopyBasis? Basis { get; init; }

    /// <summary>Support programmes that are asked for help, and what is asked.</summary>
    public List<SupportRequest> Support { get; init; } = [];

    /// <summary>The name in a language, else in English, else in any.</summary>
    public string NameIn(string language) => TextIn(Names, language);

    /// <summary>A text in a language, else in English, else in any; empty where there is none.</summary>
    public static string TextIn(Dictionary<string, string> texts, string language) => texts.GetValueOrDefault(language) ?? texts.GetValueOrDefault("en") ?? texts.Values.FirstOrDefault() ?? "";
}

/// <summary>What the library's figures were multiplied by when they were copied.</summary>
/// <param name="Scale">Inhabitants of the place over those of the library's city for what grows with the city; 1 where nothing does or the population is unknown.</param>
/// <param name="Inhabitants">The population counted with; null where the place has no such fact.</param>
/// <param name="Source">Where the population comes from; empty where it is unknown.</param>
/// <param name="PerDollar">Units of <paramref name="Currency"/> for one unit of the library's currency.</param>
/// <param name="Currency">Currency of the amounts.</param>
internal sealed record CopyBasis(double Scale, double? Inhabitants, string Source, double PerDollar, string Currency);

/// <summary>A partner and its side of the helix: <c>public</c>, <c>private</c>, <c>academia</c> or <c>citizens</c>.</summary>
internal sealed record Partner(string Helix, string Name);

/// <summary>An element the initiative takes from one level to a higher one.</summary>
/// <param name="Condition">What must hold besides; empty where nothing more is asked.</param>
/// <param name="Holds">False where a condition is not (yet) confirmed: the lift then does not count.</param>
internal sealed record LiftClaim(string Element, int From, int To, Dictionary<string, string> Condition, bool Holds = true);

/// <summary>A share 0–1 of the set-up cost paid by a funding source, in a year of the initiative (from 1) or in every one.</summary>
internal sealed record FundingShare(string Source, double Share, int? Year = null);

/// <summary>An initiative, by code, that must have ended, and how many quarters before.</summary>
internal sealed record Prerequisite(string Initiative, int Lag);

/// <summary>A level of an element that must hold.</summary>
internal sealed record LevelNeed(string Element, int Level);

/// <summary>What it is measured by. <see cref="Target"/> names a target of the vision it feeds.</summary>
/// <param name="Source">The standard whose indicator it is, or <c>own</c>.</param>
internal sealed record Kpi(string Id, Dictionary<string, string> Names, string Unit, bool MoreIsBetter, string Source, double? Baseline = null, double? Goal = null, string? Target = null);

/// <summary>A milestone, quarters after the start.</summary>
internal sealed record Milestone(string Id, Dictionary<string, string> Names, int Quarter);

/// <summary>A programme of the approach, whom is asked, and for what.</summary>
internal sealed record SupportRequest(string Programme, string Whom, string What);

/// <summary>Groups of people whom a plan must not leave out; texts under <c>groups</c>.</summary>
internal static class PeopleGroups
{
    public static IReadOnlyList<string> All { get; } = ["women", "children", "older", "disabled", "poor", "informal", "minorities", "visitors", "businesses"];
}
