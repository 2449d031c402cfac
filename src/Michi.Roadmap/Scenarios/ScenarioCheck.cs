using System.Globalization;
using System.Text.RegularExpressions;
using Michi.Approach;
using Michi.Platform;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Http;

namespace Michi.Roadmap.Scenarios;

/// <summary>Turns what was sent into the facts of a scenario and gathers what is wrong, by field of the form.</summary>
internal static partial class ScenarioCheck
{
    public const int MaxName = 200;
    public const double MaxMoney = 1e12, MaxPeople = 100_000;
    public static IReadOnlyList<string> SourceKinds { get; } = ["own", "transfer", "grant", "loan", "private", "programme"];
    public static IReadOnlyList<string> Choices { get; } = ["free", "must", "forbid"];
    public static IReadOnlyList<string> MinimumKinds { get; } = ["quick-win", "district", "group", "sector", "domain"];

    /// <summary>Rows the form shows for sources and minima: those there are and some to fill in.</summary>
    public const int SpareRows = 2;

    private const int MaxRows = 40, MaxSource = 500;

    /// <summary>What a new scenario says: five years from the next quarter, the library's discount and quick wins, one source still without money.</summary>
    public static ScenarioFacts New(DateOnly today, SuggestedWeights table) => new()
    {
        Start = Quarter.Of(today).Plus(1),
        Quarters = 20,
        Discount = table.Discount,
        Minima = table.QuickWins > 0 ? [new("quick-win", null, table.QuickWins, null)] : [],
    };

    /// <summary>What the form says; what is no number or no quarter is refused here, everything else as in <see cref="Run"/>.</summary>
    /// <param name="stored">What the form does not show is kept from it: names in other languages, durations found by follow-up.</param>
    public static (string Name, ScenarioFacts Facts) Read(InputCheck check, IFormCollection form, ScenarioFacts stored, PlanGround ground, InitiativeLibrary library, string language)
    {
        var rows = new Dictionary<string, List<int>> { ["source"] = [], ["minimum"] = [] };
        var facts = new ScenarioFacts
        {
            Start = QuarterAt(check, "start", form["start"], required: true) ?? new(2000, 1),
            Quarters = 4 * (int)(check.Number("years", form["years"], 1, ScenarioFacts.MaxQuarters / 4, whole: true) ?? 1),
            BudgetYearStart = int.Parse(check.Choice("budget-year", form["budget-year"], ["1", "2", "3", "4"]), CultureInfo.InvariantCulture),
            Discount = (check.Number("discount", form["discount"], 0, 100) ?? 0) / 100,
            DiscountSource = form["discount-source"].ToString(),
            Sources = [.. Rows("source", i => Given($"source-{i}-name") || Given($"source-{i}-years")).Select(Source)],
            Pools = [.. library.Pools.Where(p => Given($"pool-{p}")).Select(p => new StaffPool(p, Numbers($"pool-{p}"), form[$"pool-{p}-source"].ToString()))],
            Weights = new()
            {
                Elements = Weights("element", ground.Pack.Elements.Select(e => e.Id)),
                Benefits = Weights("benefit", BenefitsOf(library)),
                StepDecay = Number("step-decay"),
                BenefitShare = Number("benefit-share"),
                Severity = Number("severity"),
            },
            Levels = ground.Pack.Elements.Where(e => Given($"level-{e.Id}")).ToDictionary(e => e.Id, e => new LevelChoice(
                (int)(check.Number($"level-{e.Id}", form[$"level-{e.Id}"], 0, ContentPack.Levels - 1, whole: true) ?? 0), form[$"level-{e.Id}-reason"].ToString())),
            Decisions = Decisions(check, form, ground.Initiatives),
            Durations = stored.Durations,
            Minima = [.. Rows("minimum", i => Given($"minimum-{i}-count")).Select(i => new Minimum(form[$"minimum-{i}-kind"].ToString(), form[$"minimum-{i}-of"].ToString(),
                (int)(check.Number($"minimum-{i}-count", form[$"minimum-{i}-count"], 1, 1000, whole: true) ?? 1), QuarterAt(check, $"minimum-{i}-by", form[$"minimum-{i}-by"])))],
        };
        return Run(check, form["name"], facts, ground, library, language, (kind, i) => $"{kind}-{rows[kind][i]}");

        bool Given(string field) => !string.IsNullOrWhiteSpace(form[field]);

        double? Number(string field) => check.Number(field, form[field], double.MinValue, double.MaxValue, required: false);

        List<double> Numbers(string field) => NumbersOf(check, field, form[field]);

        IEnumerable<int> Rows(string kind, Func<int, bool> isFilled)
        {
            rows[kind].AddRange(Enumerable.Range(0, MaxRows).Where(isFilled));
            return rows[kind];
        }

        Dictionary<string, double>? Weights(string kind, IEnumerable<string> ids)
        {
            var given = ids.Where(id => Given($"{kind}-{id}")).ToDictionary(id => id, id => Number($"{kind}-{id}") ?? 0);
            return given.Count > 0 ? given : null;
        }

        FundingSource Source(int i)
        {
            var label = form[$"source-{i}-name"].ToString();
            var before = stored.Sources.FirstOrDefault(s => s.Id == form[$"source-{i}-id"]);
            var names = new Dictionary<string, string>(before?.Names ?? []) { [language] = label };
            return new(before?.Id ?? NewId(i, label), names, form[$"source-{i}-kind"].ToString(), Numbers($"source-{i}-years"), Number($"source-{i}-total"), form[$"source-{i}-carries"] == "true", form[$"source-{i}-source"].ToString());
        }

        string NewId(int i, string label)
        {
            var others = Enumerable.Range(0, MaxRows).Where(o => o < i).Select(o => Given($"source-{o}-id") ? form[$"source-{o}-id"].ToString() : IdOf(form[$"source-{o}-name"].ToString(), o)).Concat(stored.Sources.Select(s => s.Id)).ToHashSet(StringComparer.Ordinal);
            var id = IdOf(label, i);
            return Enumerable.Range(1, MaxRows + 1).Select(n => n == 1 ? id : $"{id}-{n}").First(c => !others.Contains(c));
        }
    }

    /// <summary>What every scenario must fulfil, the same from the form and through the API.</summary>
    /// <param name="language">Language whose field is named where a name is missing.</param>
    /// <param name="at">Field of a funding source (<c>source</c>) or minimum (<c>minimum</c>) by its index; null for <c>source-0</c> and so on.</param>
    /// <returns>Name and facts without spaces around their texts; to be used only where nothing is refused.</returns>
    public static (string Name, ScenarioFacts Facts) Run(InputCheck check, string? name, ScenarioFacts given, PlanGround ground, InitiativeLibrary library, string language, Func<string, int, string>? at = null)
    {
        ArgumentNullException.ThrowIfNull(check);
        at ??= (kind, i) => $"{kind}-{i}";
        var line = check.Line("name", name, MaxName);
        if (given.Start.Year is < 2000 or > 2200) check.Refuse("start", "quarter", given.Start);
        check.Number("quarters", given.Quarters, 4, ScenarioFacts.MaxQuarters);
        check.Number("budget-year", given.BudgetYearStart, 1, 4);
        check.Number("discount", given.Discount, 0, 1);
        var source = check.Line("discount-source", given.DiscountSource, MaxSource);
        // All the rest lies in this time.
        if (!check.IsSoundAt("start") || !check.IsSoundAt("quarters") || !check.IsSoundAt("years") || !check.IsSoundAt("budget-year")) return (line, given);

        var codes = ground.Initiatives.Select(i => i.Code).ToHashSet(StringComparer.Ordinal);
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var facts = given with
        {
            DiscountSource = source,
            Sources = Each("source", given.Sources, Source),
            Pools = [.. (given.Pools ?? []).OfType<StaffPool>().Select(Pool)],
            Levels = (given.Levels ?? []).ToDictionary(l => l.Key, l => Level(l.Key, l.Value)),
            Decisions = given.Decisions ?? [],
            Minima = Each("minimum", given.Minima, Minimum),
        };
        Weights("element", given.Weights.Elements, ground.Pack.Elements.Select(e => e.Id));
        Weights("benefit", given.Weights.Benefits, BenefitsOf(library));
        check.Number("step-decay", given.Weights.StepDecay, 0, 1, required: false);
        check.Number("benefit-share", given.Weights.BenefitShare, 0, 0.9, required: false);
        check.Number("severity", given.Weights.Severity, 0, 10, required: false);
        foreach (var (code, decision) in facts.Decisions) CheckDecision(check, code, decision, facts, codes);
        foreach (var (code, quarters) in given.Durations)
            if (Known("durations", code, codes)) check.Number($"duration-{code}", quarters, 1, ScenarioFacts.MaxQuarters);
        if (facts.Sources.Count == 0 && check.IsSoundAt("source-")) check.Refuse("source-0-name", "no-source");
        return (line, facts);

        List<T> Each<T>(string kind, List<T>? items, Func<T, string, T> sound) where T : class
        {
            if (items is { Count: > MaxRows }) check.Refuse(at(kind, 0), "too-many-items", MaxRows);
            return [.. (items ?? []).Take(MaxRows).Index().Where(i => i.Item is not null).Select(i => sound(i.Item, at(kind, i.Index)))];
        }

        FundingSource Source(FundingSource of, string field)
        {
            if (of.Id is null || !Id().IsMatch(of.Id)) check.Refuse($"{field}-id", "slug", Shown(of.Id));
            else if (!ids.Add(of.Id)) check.Refuse($"{field}-id", "twice", of.Id);
            // The form has one field for the name, that of its language.
            var named = new InputCheck();
            var names = named.Texts("name", of.Names, MaxName, language);
            check.Faults.AddRange(named.Faults.Select(f => f with { Field = $"{field}-name" }));
            CheckYears(check, $"{field}-years", of.Years, MaxMoney, facts: given);
            check.Number($"{field}-total", of.Total, 0, MaxMoney, required: false);
            return of with { Names = names, Kind = check.Choice($"{field}-kind", of.Kind, SourceKinds), Source = check.Line($"{field}-source", of.Source, MaxSource) };
        }

        StaffPool Pool(StaffPool of)
        {
            check.Choice("pools", of.Id, [.. library.Pools]);
            if (given.Pools!.Count(p => p?.Id == of.Id) > 1) check.Refuse("pools", "twice", of.Id);
            CheckYears(check, $"pool-{of.Id}", of.Years, MaxPeople, given);
            return of with { Source = check.Line($"pool-{of.Id}-source", of.Source, MaxSource) };
        }

        LevelChoice Level(string element, LevelChoice? of)
        {
            if (!Known("levels", element, [.. ground.Pack.Elements.Select(e => e.Id)], "choice") || check.Number($"level-{element}", of?.Level, 0, ContentPack.Levels - 1) is null) return new(0, "");
            return of! with { Reason = check.Line($"level-{element}-reason", of.Reason, MaxSource) };
        }

        Minimum Minimum(Minimum of, string field)
        {
            var kind = check.Choice($"{field}-kind", of.Kind, MinimumKinds);
            check.Number($"{field}-count", of.Count, 1, 1000);
            Within(check, $"{field}-by", of.By, given);
            return of with { Kind = kind, Of = kind == "quick-win" ? null : check.Line($"{field}-of", of.Of, 100) };
        }

        void Weights(string kind, Dictionary<string, double>? weights, IEnumerable<string> known)
        {
            foreach (var (id, weight) in weights ?? [])
                if (Known($"{kind}s", id, [.. known], "choice")) check.Number($"{kind}-{id}", weight, 0, 100);
        }

        bool Known(string field, string id, IReadOnlyCollection<string> known, string code = "unknown-initiative")
        {
            if (known.Contains(id)) return true;
            check.Refuse(field, code, code == "choice" ? [Shown(id), string.Join(", ", known)] : [Shown(id)]);
            return false;
        }
    }

    /// <summary>What a form decides of each initiative: <c>decision-{code}</c> with <c>-start</c>, <c>-earliest</c> and <c>-latest</c>.</summary>
    public static Dictionary<string, Decision> Decisions(InputCheck check, IFormCollection form, IEnumerable<PlannedInitiative> initiatives)
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(form);
        return initiatives.Select(i => (i.Code, Field: $"decision-{i.Code}")).Select(i => (i.Code, Decision: new Decision(form.ContainsKey(i.Field) ? form[i.Field].ToString() : "free",
            QuarterAt(check, $"{i.Field}-start", form[$"{i.Field}-start"]), QuarterAt(check, $"{i.Field}-earliest", form[$"{i.Field}-earliest"]), QuarterAt(check, $"{i.Field}-latest", form[$"{i.Field}-latest"]))))
            .Where(i => i.Decision != new Decision("free")).ToDictionary(i => i.Code, i => i.Decision);
    }

    /// <summary>Whether what is decided of an initiative can be done at all, within the time of the plan.</summary>
    public static void CheckDecision(InputCheck check, string code, Decision? decision, ScenarioFacts facts, IReadOnlyCollection<string> codes)
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(facts);
        var field = $"decision-{code}";
        if (!codes.Contains(code))
        {
            check.Refuse("decisions", "unknown-initiative", Shown(code));
            return;
        }
        check.Choice(field, decision?.Choice, Choices);
        if (decision is null) return;
        Within(check, $"{field}-start", decision.Start, facts);
        Within(check, $"{field}-earliest", decision.Earliest, facts);
        Within(check, $"{field}-latest", decision.LatestEnd, facts);
        if (check.IsSoundAt(field)) CheckDecision(check, field, decision);
    }

    /// <summary>Amounts by budget year: not more than the plan has years, each from 0 to the most.</summary>
    public static void CheckYears(InputCheck check, string field, IReadOnlyList<double>? years, double most, ScenarioFacts facts)
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(facts);
        if (years is null) check.Refuse(field, "required");
        else if (years.Count > facts.Years) check.Refuse(field, "too-many-years", years.Count, facts.Years);
        else if (years.Where(y => !(y >= 0 && y <= most)).Select(y => (double?)y).FirstOrDefault() is { } wrong) check.Number(field, wrong, 0, most);
    }

    /// <summary>Numbers separated by spaces.</summary>
    public static List<double> NumbersOf(InputCheck check, string field, string? text)
    {
        ArgumentNullException.ThrowIfNull(check);
        return [.. (text ?? "").Split([' ', ';', '\t', '\n', '\r', '\u3000'], StringSplitOptions.RemoveEmptyEntries).Take(MaxRows).Select(p => check.Number(field, p, double.MinValue, double.MaxValue) ?? 0)];
    }

    private static Quarter? QuarterAt(InputCheck check, string field, string? value, bool required = false)
    {
        var text = check.Line(field, value, 10, required).ToUpperInvariant();
        if (text.Length == 0) return null;
        if (Quarter.TryParse(text, out var quarter) && quarter.Year is >= 2000 and <= 2200) return quarter;
        check.Refuse(field, "quarter", text);
        return null;
    }

    private static void Within(InputCheck check, string field, Quarter? quarter, ScenarioFacts facts)
    {
        if (quarter < facts.Start || quarter >= facts.Start.Plus(facts.Quarters)) check.Refuse(field, "quarter-beyond", quarter, facts.Start, facts.Start.Plus(facts.Quarters - 1));
    }

    private static IEnumerable<string> BenefitsOf(InitiativeLibrary library) => library.Weights.Directions.Values.First().Benefits.Keys;

    private static string Shown(string? text) => text is { Length: > 60 } ? $"{text[..60]}…" : text ?? "";

    private static void CheckDecision(InputCheck check, string field, Decision decision)
    {
        if (decision.Choice == "forbid" && (decision.Start ?? decision.Earliest ?? decision.LatestEnd) is not null) check.Refuse(field, "forbidden-with-dates");
        if (decision is { Start: { } start, Earliest: { } earliest } && start < earliest) check.Refuse($"{field}-start", "start-before-earliest", start, earliest);
        if (decision is { Earliest: { } from, LatestEnd: { } to } && to < from) check.Refuse($"{field}-latest", "latest-before-earliest", to, from);
        if (decision is { Start: { } begin, LatestEnd: { } end } && end < begin) check.Refuse($"{field}-latest", "latest-before-start", end, begin);
    }

    private static string IdOf(string label, int row)
    {
        var id = NotInId().Replace(label.ToLowerInvariant(), "-").Trim('-');
        if (id.Length > 40) id = id[..40].Trim('-');
        return id.Length > 0 ? id : $"source-{row + 1}";
    }

    [GeneratedRegex("^[a-z0-9-]{1,60}$")]
    private static partial Regex Id();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInId();
}
