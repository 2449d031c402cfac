using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Languages;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Explain;

/// <summary>What is known of a plan in sentences of a language, with units: on pages, in tables, in the API and in documents. Pure.</summary>
/// <param name="plan">The plan, or for one that was not found, its input with nothing chosen.</param>
/// <param name="t">Interface texts.</param>
/// <param name="pack">Texts of the approach.</param>
/// <param name="library">Texts of the library.</param>
internal sealed class ExplainText(PlanReading plan, Words t, PackWords pack, PackWords library)
{
    /// <summary>Names in a sentence at most; then how many more.</summary>
    private const int MostNamed = 4;

    private readonly Dictionary<string, InitiativeFacts> _facts = plan.Input.Initiatives.ToDictionary(i => i.Code, i => i.Facts);

    public Words T => t;

    public string Name(string code) => _facts.TryGetValue(code, out var facts) ? facts.NameIn(t.Language) : code;

    public string Element(string id) => $"{id} {pack.Find($"elements.{id}.name")}".TrimEnd();

    public string Pool(string id) => library.Find($"library.pools.{id}.name") ?? id;

    public string Source(string id) => plan.Input.Scenario.Sources.Find(s => s.Id == id) is { } source ? InitiativeFacts.TextIn(source.Names, t.Language) : id;

    public string Year(int index) => plan.Years[index].Label;

    public string Quarter(int quarter) => plan.QuarterAt(quarter).ToString();

    public string Money(double amount) => t["explain.money", plan.Input.Currency, (Math.Ceiling(amount - 1e-6) + 0.0).ToString("N0", t.Culture)];

    public string Points(double points) => points.ToString(Math.Abs(points) < 0.1 ? "#,0.00" : "#,0.0", t.Culture);

    public string Number(double value) => value.ToString("#,0.##", t.Culture);

    /// <summary>The resource of a unit of worth or of a lack.</summary>
    public string Resource(string kind, string id) => kind == "people" ? Pool(id) : Source(id);

    /// <summary>A minimum of the scenario, such as “at least 2 in the sector Waste”.</summary>
    public string Minimum(int index)
    {
        var (kind, of, count, _) = plan.Input.Scenario.Minima[index];
        return t[$"explain.minimum.{kind}", count, of is null ? "" : kind switch
        {
            "sector" => library.Find($"library.sectors.{of}") ?? of,
            "domain" => pack.Find($"domains.{of}.name") ?? of,
            "group" => t.Find($"initiative.group.{of}") ?? of,
            _ => of,
        }];
    }

    /// <summary>Initiatives by name, each isolated from the direction of writing around it; the first few where they are many.</summary>
    public string Names(IEnumerable<string> codes) => Listed(codes.Select(c => t["explain.quoted", MichiPage.Isolate(Name(c))]).ToList(), MostNamed);

    /// <summary>Why an initiative is in the plan.</summary>
    public string In(InReason reason, double planValue)
    {
        List<string?> sentences = [];
        if (reason.Worth < InReason.Nothing) sentences.Add(t["explain.in.nothing"]);
        else
        {
            sentences.Add(reason.Dependents.Count == 0 ? t["explain.in.worth", Points(reason.Worth), Share(reason.Worth, planValue)]
                : t["explain.in.worth-with", Points(reason.Worth), Share(reason.Worth, planValue), Names(reason.Dependents)]);
            List<string> parts = [.. reason.Elements.Where(e => e.Value >= InReason.Nothing).Select(e => t["explain.in.part", Element(e.Key), Points(e.Value)])];
            if (reason.Benefits >= InReason.Nothing) parts.Add(t["explain.in.part", t["explain.in.benefits"], Points(reason.Benefits)]);
            if (parts.Count > 0) sentences.Add(t["explain.in.from", Listed(parts, 6)]);
        }
        if (reason.IsMust) sentences.Add(t["explain.in.must"]);
        if (reason.Without.Count > 0) sentences.Add(t["explain.in.without", Lacks(reason.Without)]);
        sentences.Add(reason.Earlier switch
        {
            null => t["explain.in.first"],
            { Lacks.Count: > 0 } earlier => t["explain.in.earlier", Quarter(earlier.Start), Lacks(earlier.Lacks)],
            { Gain: < InReason.Nothing } => t["explain.in.no-sooner"],
            { } earlier => t["explain.in.could", Quarter(earlier.Start), Points(earlier.Gain)],
        });
        return t.Sentences(sentences);
    }

    /// <summary>Why an initiative is not in the plan, and what it would take.</summary>
    public string Out(OutReason reason, double planValue)
    {
        if (reason.Impossible is { } why) return t[$"plans.why.{why}", why == "missing-prerequisite" ? t["explain.quoted", MichiPage.Isolate(Name(reason.What))] : reason.What];
        if (reason.Nearest is not { } nearest) return t["explain.out.no-start"];
        List<string?> sentences = [];
        if (nearest.Gain < InReason.Nothing) sentences.Add(reason.BroughtBy.Count > 0 ? t["explain.out.brought", Names(reason.BroughtBy)] : t["explain.out.nothing"]);
        if (nearest.Lacks.Count > 0)
            sentences.Add(nearest.Gain < InReason.Nothing ? t["explain.out.takes", Quarter(nearest.Start), Lacks(nearest.Lacks)] : t["explain.out.gain-takes", Quarter(nearest.Start), Points(nearest.Gain), Lacks(nearest.Lacks)]);
        else if (nearest.Gain >= InReason.Nothing) sentences.Add(t["explain.out.could", Quarter(nearest.Start), Points(nearest.Gain)]);
        sentences.Add(reason.Forced switch
        {
            "infeasible" => t["explain.out.infeasible"],
            "none" => t["explain.out.none"],
            "found" when reason.Change > InReason.Nothing => t["explain.out.better", Points(reason.Change)],
            "found" when reason.Change > -InReason.Nothing => t["explain.out.equal"],
            "found" => reason.Dropped.Count > 0 ? t["explain.out.worse-dropping", Points(-reason.Change), Share(-reason.Change, planValue), Names(reason.Dropped)]
                : t["explain.out.worse", Points(-reason.Change), Share(-reason.Change, planValue)],
            _ => null,
        });
        return t.Sentences(sentences);
    }

    /// <summary>What more of a budget or of staff is: “+ 9,000 USD”.</summary>
    public string Added(UnitWorth unit) => unit.Kind == "people" ? t["explain.staff", Number(unit.Added)] : Money(unit.Added);

    /// <summary>When more of a budget or of staff is there.</summary>
    public string When(UnitWorth unit) => unit.Year is { } year ? Year(year) : unit.Kind == "people" ? t["explain.every-quarter"] : t["explain.all-years"];

    /// <summary>What more money or people would buy, in a sentence.</summary>
    public string Units(IReadOnlyList<UnitWorth> units) => units.MaxBy(u => u.Found) is { } best && best.Found >= InReason.Nothing
        ? t["explain.units.best", Added(best), Resource(best.Kind, best.Id), When(best), Points(best.Found)] : t["explain.units.none"];

    /// <summary>What an assumption is about.</summary>
    public string Assumption(AssumptionEffect effect) => effect.Of.Length == 0 ? t[$"explain.assumption.{effect.Kind}"]
        : t[$"explain.assumption.{effect.Kind}", effect.Kind == "source" ? Source(effect.Of) : Name(effect.Of)];

    /// <summary>An end of an assumption's range.</summary>
    public string End(AssumptionEffect effect, bool high) => ((high ? effect.High : effect.Low).At, effect.Kind) switch
    {
        (null, _) => t[high ? "explain.end.high" : "explain.end.low"],
        ({ } at, "cost") => Money(at),
        ({ } at, "duration") => t["explain.end.quarters", Number(Math.Ceiling(at - 1e-9))],
        ({ } at, "source") => at.ToString("P0", t.Culture),
        ({ } at, "discount") => at.ToString("P1", t.Culture),
        ({ } at, _) => Number(at),
    };

    /// <summary>What becomes of the plan at an end of an assumption's range.</summary>
    public string Consequence(AssumptionEnd end, double planValue) => end switch
    {
        { Holds: false, Best: null } => t["explain.consequence.none"],
        { Holds: false, Best: { } best } => planValue - best >= InReason.Nothing ? t["explain.consequence.breaks", Points(planValue - best)] : t["explain.consequence.breaks-mended"],
        _ when end.AtStake(planValue) >= InReason.Nothing => end.Changed.Count > 0 ? t["explain.consequence.changes-with", Points(end.AtStake(planValue)), Names(end.Changed)] : t["explain.consequence.changes", Points(end.AtStake(planValue))],
        _ => t["explain.consequence.stays"],
    };

    /// <summary>Which assumption the plan depends on most.</summary>
    public string Most(IReadOnlyList<AssumptionEffect> assumptions, double planValue)
    {
        if (assumptions.Count == 0 || assumptions[0].AtStake < InReason.Nothing) return t["explain.most.none"];
        var (first, high) = (assumptions[0], assumptions[0].High.AtStake(planValue) >= assumptions[0].Low.AtStake(planValue));
        return t["explain.most.of", MichiPage.Isolate(Assumption(first)), End(first, high), Consequence(high ? first.High : first.Low, planValue)];
    }

    /// <summary>What a change would take, as a list in a sentence.</summary>
    public string Lacks(IReadOnlyList<Lack> lacks) => Listed([.. lacks.GroupBy(l => l.Kind == "budget" ? (object)l.Ids[0] : l).Select(years => years.Count() == 1 ? Lacking(years.First())
        : t["explain.lack.budget-years", Money(years.Sum(y => y.Amount)), Source(years.First().Ids[0]), string.Join(t["list.separator"], years.Select(y => Year(y.From!.Value)))])], 6);

    /// <summary>Something the scenario or its initiatives ask for.</summary>
    public string Demand(Demand demand)
    {
        var decision = plan.Input.Scenario.Decisions.GetValueOrDefault(demand.Ids[0]);
        return demand.Kind switch
        {
            "start" => t["explain.demand.start", Names(demand.Ids), decision?.Start],
            "earliest" => t["explain.demand.earliest", Names(demand.Ids), decision?.Earliest],
            "latest" => t["explain.demand.latest", Names(demand.Ids), decision?.LatestEnd],
            "minimum" => t["explain.demand.minimum", Minimum(Index(demand))],
            "budget" => t["explain.demand.budget", Source(demand.Ids[0]), Money(demand.Amount), demand.At is { } year ? Year(year) : t["explain.all-years"]],
            "total" => t["explain.demand.budget", Source(demand.Ids[0]), Money(demand.Amount), t["explain.all-years"]],
            "people" => t["explain.demand.people", Pool(demand.Ids[0]), Number(demand.Amount), demand.At is { } quarter ? Quarter(quarter) : t["explain.every-quarter"]],
            "before" => demand.Amount > 0 ? t["explain.demand.before-lag", Names(demand.Ids.Take(1)), Names(demand.Ids.Skip(1)), demand.Amount] : t["explain.demand.before", Names(demand.Ids.Take(1)), Names(demand.Ids.Skip(1))],
            "impossible" => t["explain.demand.impossible", Names(demand.Ids), plan.Model.Impossible.Where(i => i.Code == demand.Ids[0]).Select(i => t[$"plans.why.{i.Why}", i.What]).FirstOrDefault() ?? ""],
            _ => t[$"explain.demand.{demand.Kind}", Names(demand.Ids)],
        };
    }

    /// <summary>What to do to a demand so that there is a plan.</summary>
    public string Softening(Softening softening)
    {
        var ((kind, ids, at, _), names) = (softening.Demand, Names(softening.Demand.Ids));
        var decision = plan.Input.Scenario.Decisions.GetValueOrDefault(ids[0]);
        return (kind, softening.Amount) switch
        {
            ("start", { } start) => t["explain.soften.start", names, Quarter((int)start), decision?.Start],
            ("earliest", { } sooner) => t["explain.soften.earliest", names, decision?.Earliest?.Plus(-(int)sooner)],
            ("latest", { } later) => t["explain.soften.latest", names, decision?.LatestEnd?.Plus((int)later)],
            ("minimum", { } less) => t["explain.soften.minimum", Minimum(Index(softening.Demand)), Number(less)],
            ("budget" or "total", { } more) => t["explain.soften.budget", Source(ids[0]), Money(more), at is { } year ? Year(year) : kind == "total" ? t["explain.all-years"] : t["explain.every-year"]],
            ("people", { } more) => t["explain.soften.people", Pool(ids[0]), Number(Math.Ceiling(more * 100 - 1e-6) / 100), at is { } quarter ? Quarter(quarter) : t["explain.every-quarter"]],
            ("minimum", null) => t["explain.soften.drop", Demand(softening.Demand)],
            ("budget" or "total" or "people", null) => t["explain.soften.more", Resource(kind, ids[0])],
            _ => t[$"explain.soften.{kind}-free", names],
        };
    }

    /// <summary>Where a demand can be changed: the page of the place, and the field on it.</summary>
    public string FieldOf(Demand demand, Guid scenario) => demand.Kind switch
    {
        "must" or "forbid" => $"scenarios/{scenario}#decision-{demand.Ids[0]}",
        "start" or "earliest" or "latest" => $"scenarios/{scenario}#decision-{demand.Ids[0]}-{demand.Kind}",
        "minimum" => $"scenarios/{scenario}#minimum-{demand.Ids[0]}-count",
        "people" => $"scenarios/{scenario}#pool-{demand.Ids[0]}",
        "budget" or "total" => $"scenarios/{scenario}#source-{plan.Input.Scenario.Sources.FindIndex(s => s.Id == demand.Ids[0])}-{(demand.Kind == "total" ? "total" : "years")}",
        "before" => $"initiatives/{demand.Ids[0]}/edit#prerequisites",
        "excluded" or "together" => $"initiatives/{demand.Ids[0]}/edit#{(demand.Kind == "together" ? "together" : "excludes")}",
        _ => $"initiatives/{demand.Ids[0]}",
    };

    /// <summary>Whether two schedules differ.</summary>
    public static bool IsOther(IReadOnlyDictionary<string, int> starts, IReadOnlyDictionary<string, int> others) => starts.Count != others.Count || starts.Any(s => !others.TryGetValue(s.Key, out var start) || start != s.Value);

    /// <summary>What another schedule does that this plan does not, and the reverse.</summary>
    public string Difference(IReadOnlyDictionary<string, int> mine, IReadOnlyDictionary<string, int> other)
    {
        List<string> added = [.. other.Keys.Where(c => !mine.ContainsKey(c)).Order(StringComparer.Ordinal)], dropped = [.. mine.Keys.Where(c => !other.ContainsKey(c)).Order(StringComparer.Ordinal)];
        var moved = mine.Count(s => other.TryGetValue(s.Key, out var start) && start != s.Value);
        return added.Count + dropped.Count + moved == 0 ? t["explain.difference.none"] : t.Sentences(
            added.Count > 0 ? t["explain.difference.added", Names(added)] : null, dropped.Count > 0 ? t["explain.difference.dropped", Names(dropped)] : null, moved > 0 ? t.Count("explain.difference.moved", moved) : null);
    }

    /// <summary>What breaks in some futures, with how much is missing then.</summary>
    public string Breaking(Lack place) => place switch
    {
        { Kind: "late" } => t["explain.break.late", Names(place.Ids), Number(place.Amount)],
        { Kind: "budget", From: { } year } => t["explain.break.budget", Money(place.Amount), Source(place.Ids[0]), Year(year)],
        { Kind: "budget" } => t["explain.break.carried", Money(place.Amount), Source(place.Ids[0])],
        { Kind: "total" } => t["explain.break.total", Money(place.Amount), Source(place.Ids[0])],
        { Kind: "people" } => t["explain.break.people", Number(place.Amount), Pool(place.Ids[0])],
        _ => t["explain.break.minimum", Number(place.Amount), Minimum(int.Parse(place.Ids[0], CultureInfo.InvariantCulture))],
    };

    /// <summary>What breaks first, and how often.</summary>
    public string FirstBreak(IReadOnlyList<Break> breaks) => breaks.MaxBy(b => b.First) is { First: > 0 } first ? t["explain.break.first", Breaking(first.Place), first.First] : t["explain.break.first-none"];

    /// <summary>What a plan that holds more often would cost.</summary>
    public string RobustSentence(RiskFindings found, IReadOnlyDictionary<string, int> starts) => found.Robust switch
    {
        null => t["explain.robust.none"],
        { } robust when !IsOther(starts, robust.Starts) => robust.Reaches ? t["explain.robust.is", RiskFindings.Target] : t["explain.robust.best"],
        { } robust => t[robust.Reaches ? "explain.robust.reaches" : "explain.robust.short", robust.Risk.Holding, Points(Math.Max(0, found.Value - robust.Value)), Share(Math.Max(0, found.Value - robust.Value), found.Value), RiskFindings.Target],
    };

    private static int Index(Demand demand) => int.Parse(demand.Ids[0], CultureInfo.InvariantCulture);

    private string Lacking(Lack lack) => lack.Kind switch
    {
        "budget" => t[plan.Input.Scenario.Sources.Find(s => s.Id == lack.Ids[0])?.CarriesOver == true ? "explain.lack.carried" : "explain.lack.budget", Money(lack.Amount), Source(lack.Ids[0]), Year(lack.From!.Value)],
        "total" => t["explain.lack.total", Money(lack.Amount), Source(lack.Ids[0])],
        "people" when lack.From == lack.To => t["explain.lack.people", Number(Math.Ceiling(lack.Amount * 100 - 1e-6) / 100), Pool(lack.Ids[0]), Quarter(lack.From!.Value)],
        "people" => t["explain.lack.people-span", Number(Math.Ceiling(lack.Amount * 100 - 1e-6) / 100), Pool(lack.Ids[0]), Quarter(lack.From!.Value), Quarter(lack.To!.Value)],
        "waits" => lack.From is { } from && from < plan.Model.Problem.Periods ? t["explain.lack.waits-until", Names(lack.Ids), Quarter(from)] : t["explain.lack.waits", Names(lack.Ids)],
        "minimum" => t["explain.lack.minimum", Number(lack.Amount), Minimum(int.Parse(lack.Ids[0], CultureInfo.InvariantCulture))],
        "window" => t["explain.lack.window"],
        _ => t[$"explain.lack.{lack.Kind}", Names(lack.Ids)],
    };

    private string Listed(List<string> items, int most) => items.Count <= most ? string.Join(t["list.separator"], items)
        : t["explain.more", string.Join(t["list.separator"], items.Take(most)), items.Count - most];

    private string Share(double part, double whole) => (part / Math.Max(1e-9, Math.Abs(whole))).ToString("P1", t.Culture);
}
