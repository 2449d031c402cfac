using System.Text.Json;
using System.Text.Json.Serialization;

namespace Michi.Roadmap.Scenarios;

/// <summary>A set of conditions to plan under: time, money, people, weights, decisions. A place may have several.</summary>
internal sealed class Scenario
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }
    public required string Name { get; set; }
    public required ScenarioFacts Facts { get; set; }

    /// <summary>Counts the changes, from 1; a change based on an older version is refused.</summary>
    public int Version { get; set; } = 1;

    public bool IsDemonstration { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
    public DateTimeOffset? RetiredAt { get; set; }
}

/// <summary>A calendar quarter.</summary>
/// <param name="Number">1–4.</param>
[JsonConverter(typeof(QuarterJson))]
internal readonly record struct Quarter(int Year, int Number) : IComparable<Quarter>
{
    private int Index => Year * 4 + Number - 1;

    public Quarter Plus(int quarters) => new((Index + quarters) / 4, (Index + quarters) % 4 + 1);

    /// <summary>Quarters from this one to another.</summary>
    public int To(Quarter other) => other.Index - Index;

    public DateOnly FirstDay => new(Year, Number * 3 - 2, 1);

    public DateOnly LastDay => Plus(1).FirstDay.AddDays(-1);

    public static Quarter Of(DateOnly day) => new(day.Year, (day.Month + 2) / 3);

    public int CompareTo(Quarter other) => Index.CompareTo(other.Index);

    public static bool operator <(Quarter left, Quarter right) => left.Index < right.Index;

    public static bool operator >(Quarter left, Quarter right) => left.Index > right.Index;

    public static bool operator <=(Quarter left, Quarter right) => left.Index <= right.Index;

    public static bool operator >=(Quarter left, Quarter right) => left.Index >= right.Index;

    public override string ToString() => $"{Year}-Q{Number}";

    public static bool TryParse(string? text, out Quarter quarter)
    {
        quarter = default;
        if (text is not { Length: 7 } || text[4..6] != "-Q" || !int.TryParse(text.AsSpan(0, 4), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var year)
            || text[6] is < '1' or > '4' || year < 1900) return false;
        quarter = new(year, text[6] - '0');
        return true;
    }
}

/// <summary>A quarter in JSON, written <c>2027-Q1</c>.</summary>
internal sealed class QuarterJson : JsonConverter<Quarter>
{
    /// <summary>As tables kept it before it was written so.</summary>
    private sealed record Parts(int Year, int Number);

    public override Quarter Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String when Quarter.TryParse(reader.GetString(), out var quarter) => quarter,
        JsonTokenType.StartObject when JsonSerializer.Deserialize<Parts>(ref reader, options) is { Number: >= 1 and <= 4 } parts => new(parts.Year, parts.Number),
        _ => throw new JsonException("A quarter is written 2027-Q1."),
    };

    public override void Write(Utf8JsonWriter writer, Quarter value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>Everything a scenario says.</summary>
internal sealed record ScenarioFacts
{
    public const int MaxQuarters = 60;

    /// <summary>First quarter of the plan.</summary>
    public required Quarter Start { get; init; }

    /// <summary>4–60.</summary>
    public required int Quarters { get; init; }

    /// <summary>Quarter in which the budget year begins, 1–4.</summary>
    public int BudgetYearStart { get; init; } = 1;

    /// <summary>Discount a year, 0–1: what a result is worth less for coming a year later.</summary>
    public double Discount { get; init; } = 0.05;

    public string DiscountSource { get; init; } = "assumption";

    /// <summary>At least one; the first pays for what names no source.</summary>
    public List<FundingSource> Sources { get; init; } = [];

    public List<StaffPool> Pools { get; init; } = [];
    public PlanWeights Weights { get; init; } = new();

    /// <summary>Element → level 0–4 the plan begins at, where it differs from the diagnosis, with the reason.</summary>
    public Dictionary<string, LevelChoice> Levels { get; init; } = [];

    /// <summary>Code of an initiative → what has been decided about it.</summary>
    public Dictionary<string, Decision> Decisions { get; init; } = [];

    /// <summary>Code of an initiative → quarters it really takes, ≥ 1, where that differs from its own figure: what follow-up has found.</summary>
    public Dictionary<string, int> Durations { get; init; } = [];

    /// <summary>What every plan must reach.</summary>
    public List<Minimum> Minima { get; init; } = [];

    /// <summary>Budget years the plan touches, the first and the last perhaps in part.</summary>
    public int Years => Start.To(YearStart(0)) is var toNext && toNext >= Quarters ? 1 : 1 + (Quarters - toNext + 3) / 4;

    /// <summary>First quarter of the budget year after the year with this index.</summary>
    public Quarter YearStart(int index)
    {
        var first = new Quarter(Start.Year, BudgetYearStart);
        if (first <= Start) first = first.Plus(4);
        return first.Plus(4 * index);
    }

    /// <summary>Quarters of the plan before the end of each budget year, ascending; the last one is <see cref="Quarters"/>.</summary>
    public IReadOnlyList<int> YearEnds => [.. Enumerable.Range(0, Years).Select(y => Math.Min(Start.To(YearStart(y)), Quarters))];
}

/// <summary>Money from one side.</summary>
/// <param name="Kind"><c>own</c>, <c>transfer</c>, <c>grant</c>, <c>loan</c>, <c>private</c> or <c>programme</c>.</param>
/// <param name="Years">Amount in each budget year of the plan; missing years have none.</param>
/// <param name="Total">Limit over all years; null where the years alone limit.</param>
/// <param name="CarriesOver">True where what a year leaves may be spent later.</param>
/// <param name="Source">Where the amounts come from.</param>
internal sealed record FundingSource(string Id, Dictionary<string, string> Names, string Kind, List<double> Years, double? Total, bool CarriesOver, string Source);

/// <summary>People of one kind.</summary>
/// <param name="Id">A staff pool of the initiative library.</param>
/// <param name="Years">Full-time equivalents in each budget year of the plan; the last one holds for later years.</param>
/// <param name="Source">Where the figures come from.</param>
internal sealed record StaffPool(string Id, List<double> Years, string Source);

/// <summary>A level the planner takes instead of the diagnosis.</summary>
internal sealed record LevelChoice(int Level, string Reason);

/// <summary>What has been decided about an initiative. Quarters are counted by the calendar.</summary>
/// <param name="Choice"><c>free</c>, <c>must</c>, <c>forbid</c>.</param>
/// <param name="Start">Fixed start.</param>
/// <param name="Earliest">First quarter it may start in.</param>
/// <param name="LatestEnd">Last quarter it may be under way.</param>
internal sealed record Decision(string Choice, Quarter? Start = null, Quarter? Earliest = null, Quarter? LatestEnd = null);

/// <summary>A minimum number of initiatives of a kind.</summary>
/// <param name="Kind"><c>quick-win</c>, <c>district</c>, <c>group</c>, <c>sector</c> or <c>domain</c>.</param>
/// <param name="Of">Which district, group, sector or domain; null for quick wins.</param>
/// <param name="Count">At least so many, ≥ 1.</param>
/// <param name="By">Last quarter in which they must be done; null = the end of the plan; for quick wins by default the fourth quarter.</param>
internal sealed record Minimum(string Kind, string? Of, int Count, Quarter? By);

/// <summary>What a plan is worth: every weight of the objective, ≥ 0, dimensionless. Null = as the direction and the gaps suggest.</summary>
internal sealed record PlanWeights
{
    /// <summary>Element → weight.</summary>
    public Dictionary<string, double>? Elements { get; init; }

    /// <summary>Kind of benefit → weight.</summary>
    public Dictionary<string, double>? Benefits { get; init; }

    /// <summary>Worth of each higher level against the one below it, 0–1: diminishing returns.</summary>
    public double? StepDecay { get; init; }

    /// <summary>Share of the worth that benefits to people have beside levels of elements, 0–1.</summary>
    public double? BenefitShare { get; init; }

    /// <summary>What is added to the benefits of an initiative for each step of severity of the worst challenge it answers, as a share of them.</summary>
    public double? Severity { get; init; }
}
