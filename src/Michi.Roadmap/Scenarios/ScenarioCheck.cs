using System.Globalization;
using System.Text.RegularExpressions;
using Michi.Approach;
using Michi.Platform;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Http;

namespace Michi.Roadmap.Scenarios;

/// <summary>Turns the form of a scenario into its facts and gathers what is wrong, by field.</summary>
internal static partial class ScenarioCheck
{
    public const int MaxName = 200;
    public const double MaxMoney = 1e12;
    public static IReadOnlyList<string> SourceKinds { get; } = ["own", "transfer", "grant", "loan", "private", "programme"];
    public static IReadOnlyList<string> Choices { get; } = ["free", "must", "forbid"];
    public static IReadOnlyList<string> MinimumKinds { get; } = ["quick-win", "district", "group", "sector", "domain"];

    /// <summary>Rows the form shows for sources and minima: those there are and some to fill in.</summary>
    public const int SpareRows = 2;

    private const int MaxRows = 40;

    /// <summary>What a new scenario says: five years from the next quarter, the library's discount and quick wins, one source still without money.</summary>
    public static ScenarioFacts New(DateOnly today, SuggestedWeights table) => new()
    {
        Start = Quarter.Of(today).Plus(1),
        Quarters = 20,
        Discount = table.Discount,
        Minima = table.QuickWins > 0 ? [new("quick-win", null, table.QuickWins, null)] : [],
    };

    public static (string Name, ScenarioFacts Facts) Read(InputCheck check, IFormCollection form, PlanGround ground, InitiativeLibrary library, string language)
    {
        var name = check.Line("name", form["name"], MaxName);
        var start = QuarterAt("start", required: true) ?? new(2000, 1);
        var years = check.Number("years", form["years"], 1, 15, whole: true) ?? 1;
        var facts = new ScenarioFacts
        {
            Start = start,
            Quarters = (int)years * 4,
            BudgetYearStart = int.Parse(check.Choice("budget-year", form["budget-year"], ["1", "2", "3", "4"]), CultureInfo.InvariantCulture),
            Discount = (check.Number("discount", form["discount"], 0, 100) ?? 0) / 100,
            DiscountSource = check.Line("discount-source", form["discount-source"], 500),
        };
        facts = facts with
        {
            Sources = [.. Sources()],
            Pools = [.. library.Pools.Where(p => Given($"pool-{p}")).Select(p => new StaffPool(p, Amounts($"pool-{p}", 100_000), check.Line($"pool-{p}-source", form[$"pool-{p}-source"], 500)))],
            Weights = new()
            {
                Elements = Weights("element", ground.Pack.Elements.Select(e => e.Id)),
                Benefits = Weights("benefit", library.Weights.Directions.Values.First().Benefits.Keys),
                StepDecay = check.Number("step-decay", form["step-decay"], 0, 1, required: false),
                BenefitShare = check.Number("benefit-share", form["benefit-share"], 0, 0.9, required: false),
                Severity = check.Number("severity", form["severity"], 0, 10, required: false),
            },
            Levels = ground.Pack.Elements.Where(e => Given($"level-{e.Id}")).ToDictionary(e => e.Id, e => new LevelChoice(
                (int)(check.Number($"level-{e.Id}", form[$"level-{e.Id}"], 0, ContentPack.Levels - 1, whole: true) ?? 0), check.Line($"level-{e.Id}-reason", form[$"level-{e.Id}-reason"], 500))),
            Decisions = Decisions(),
            Minima = [.. Minima()],
        };
        if (facts.Sources.Count == 0 && check.IsSoundAt("source-")) check.Refuse("source-0-name", "no-source");
        return (name, facts);

        bool Given(string field) => !string.IsNullOrWhiteSpace(form[field]);

        Quarter? QuarterAt(string field, bool required = false)
        {
            var text = check.Line(field, form[field], 10, required).ToUpperInvariant();
            if (text.Length == 0) return null;
            if (Quarter.TryParse(text, out var quarter) && quarter.Year is >= 2000 and <= 2200) return quarter;
            check.Refuse(field, "quarter", text);
            return null;
        }

        Quarter? Within(string field)
        {
            if (QuarterAt(field) is not { } quarter) return null;
            if (quarter >= facts.Start && quarter < facts.Start.Plus(facts.Quarters)) return quarter;
            check.Refuse(field, "quarter-beyond", quarter, facts.Start, facts.Start.Plus(facts.Quarters - 1));
            return null;
        }

        List<double> Amounts(string field, double most)
        {
            var parts = (form[field].ToString()).Split([' ', ';', '\t', '\n', '\r', '\u3000'], StringSplitOptions.RemoveEmptyEntries);
            if (parts.Length > facts.Years) check.Refuse(field, "too-many-years", parts.Length, facts.Years);
            return [.. parts.Take(facts.Years).Select(p => check.Number(field, p, 0, most) ?? 0)];
        }

        Dictionary<string, double>? Weights(string kind, IEnumerable<string> ids)
        {
            var given = ids.Where(id => Given($"{kind}-{id}")).ToDictionary(id => id, id => check.Number($"{kind}-{id}", form[$"{kind}-{id}"], 0, 100) ?? 0);
            return given.Count > 0 ? given : null;
        }

        IEnumerable<FundingSource> Sources()
        {
            var ids = new HashSet<string>(StringComparer.Ordinal);
            for (var i = 0; i < MaxRows; i++)
            {
                if (!Given($"source-{i}-name") && !Given($"source-{i}-years")) continue;
                var label = check.Line($"source-{i}-name", form[$"source-{i}-name"], 200);
                var id = Given($"source-{i}-id") && Id().IsMatch(form[$"source-{i}-id"].ToString()) ? form[$"source-{i}-id"].ToString() : Trim(NotInId().Replace(label.ToLowerInvariant(), "-"));
                if (id.Length == 0) id = $"source-{i + 1}";
                for (var (n, first) = (2, id); !ids.Add(id); n++) id = $"{first}-{n}";
                yield return new(id, new() { [language] = label }, check.Choice($"source-{i}-kind", form[$"source-{i}-kind"], SourceKinds), Amounts($"source-{i}-years", MaxMoney),
                    check.Number($"source-{i}-total", form[$"source-{i}-total"], 0, MaxMoney, required: false), form[$"source-{i}-carries"] == "true", check.Line($"source-{i}-source", form[$"source-{i}-source"], 500));
            }
        }

        Dictionary<string, Decision> Decisions()
        {
            var decisions = new Dictionary<string, Decision>();
            foreach (var initiative in ground.Initiatives)
            {
                var field = $"decision-{initiative.Code}";
                var choice = form.ContainsKey(field) ? check.Choice(field, form[field], Choices) : "free";
                var decision = new Decision(choice, Within($"{field}-start"), Within($"{field}-earliest"), Within($"{field}-latest"));
                if (decision == new Decision("free")) continue;
                CheckDecision(check, field, decision);
                decisions[initiative.Code] = decision;
            }
            return decisions;
        }

        IEnumerable<Minimum> Minima()
        {
            for (var i = 0; i < MaxRows; i++)
            {
                var field = $"minimum-{i}";
                if (!Given($"{field}-count")) continue;
                var kind = check.Choice($"{field}-kind", form[$"{field}-kind"], MinimumKinds);
                yield return new(kind, kind == "quick-win" ? null : check.Line($"{field}-of", form[$"{field}-of"], 100), (int)(check.Number($"{field}-count", form[$"{field}-count"], 1, 1000, whole: true) ?? 1), Within($"{field}-by"));
            }
        }
    }

    /// <summary>Whether what is decided of one initiative can be done at once.</summary>
    public static void CheckDecision(InputCheck check, string field, Decision decision)
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(decision);
        if (decision.Choice == "forbid" && (decision.Start ?? decision.Earliest ?? decision.LatestEnd) is not null) check.Refuse(field, "forbidden-with-dates");
        if (decision is { Start: { } start, Earliest: { } earliest } && start < earliest) check.Refuse($"{field}-start", "start-before-earliest", start, earliest);
        if (decision is { Earliest: { } from, LatestEnd: { } to } && to < from) check.Refuse($"{field}-latest", "latest-before-earliest", to, from);
        if (decision is { Start: { } begin, LatestEnd: { } end } && end < begin) check.Refuse($"{field}-latest", "latest-before-start", end, begin);
    }

    private static string Trim(string id) => id.Trim('-') is { Length: > 40 } text ? text[..40].Trim('-') : id.Trim('-');

    [GeneratedRegex("^[a-z0-9-]{1,60}$")]
    private static partial Regex Id();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInId();
}
