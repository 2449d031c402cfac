using Michi.Analytics.Planning;

namespace Michi.Roadmap.Plans;

/// <summary>A figure in the plan before and in the plan after.</summary>
internal readonly record struct Figure(double Before, double After)
{
    public double By => After - Before;

    /// <summary>Whether the two are the same but for rounding.</summary>
    public bool IsSame => Math.Abs(By) <= 1e-9 * Math.Max(1, Math.Max(Math.Abs(Before), Math.Abs(After)));
}

/// <summary>An initiative in both plans.</summary>
/// <param name="Initiative">As the plan after knows it; as the plan before does where the one after does not have it.</param>
/// <param name="Before">Null where the plan before does not do it.</param>
/// <param name="After">Null where the plan after does not do it.</param>
/// <param name="Instead">The other one of the choice, where an initiative takes the place of one that it excludes.</param>
internal sealed record InitiativeChange(PlannedInitiative Initiative, ScheduledInitiative? Before, ScheduledInitiative? After, PlannedInitiative? Instead)
{
    /// <summary><c>entered</c>, <c>left</c>, <c>moved</c> (another first or last quarter) or <c>same</c>.</summary>
    public string Kind => (Before, After) switch
    {
        (null, _) => "entered",
        (_, null) => "left",
        var (before, after) => before.From == after.From && before.Last == after.Last ? "same" : "moved",
    };

    /// <summary>Quarters by which it starts later; below 0 where it starts earlier.</summary>
    public int Later => Before is { } before && After is { } after ? before.From.To(after.From) : 0;
}

/// <summary>Money of a source in a budget year: what is spent, and what there is, with what earlier years left.</summary>
/// <param name="Year">The year's label; years are matched by it.</param>
internal sealed record MoneyChange(string Source, IReadOnlyDictionary<string, string> Names, string Year, Figure Spent, Figure Available);

/// <summary>What differs between two plans of a place. Pure. Initiatives are matched by code, quarters and budget years by the calendar.</summary>
internal sealed class PlanDifference
{
    private PlanDifference(PlanReading before, PlanReading after)
    {
        (Before, After) = (before, after);
        Initiatives = ChangesOf();
        Value = new(ValueOf(before), ValueOf(after));
        Setup = new(before.Setup, after.Setup);
        Operation = new(before.OperationAfter, after.OperationAfter);
        Money = MoneyOf();
        People = Matched(before.People, after.People, quarters => quarters.DefaultIfEmpty(0).Max());
        Levels = Matched(before.Levels, after.Levels, quarters => quarters[^1]);
        Aims = Matched(AimsOf(before), AimsOf(after), count => (double)count);
        Unlike = [.. UnlikeOf()];
    }

    public PlanReading Before { get; }
    public PlanReading After { get; }

    /// <summary>What at least one of the plans does: first what changes, in order of the calendar, then the rest.</summary>
    public IReadOnlyList<InitiativeChange> Initiatives { get; }

    /// <summary>What each plan is worth, each by its own measure; to be compared where <see cref="IsComparable"/>.</summary>
    public Figure Value { get; }

    public Figure Setup { get; }

    /// <summary>Operation a year once everything runs.</summary>
    public Figure Operation { get; }

    public IReadOnlyList<MoneyChange> Money { get; }

    /// <summary>Staff pool → most full-time equivalents in use in any quarter.</summary>
    public IReadOnlyDictionary<string, Figure> People { get; }

    /// <summary>Element → expected level 0–4 at the end of the plan.</summary>
    public IReadOnlyDictionary<string, Figure> Levels { get; }

    /// <summary>Id of a target, objective, outcome or output of the vision → initiatives of the plan that lead to it.</summary>
    public IReadOnlyDictionary<string, Figure> Aims { get; }

    /// <summary>In what the plans were made differently, so that values or amounts do not stand beside each other: <c>time</c>, <c>weights</c>, <c>levels</c>, <c>currency</c>.</summary>
    public IReadOnlyList<string> Unlike { get; }

    /// <summary>Whether both values are points of the same measure.</summary>
    public bool IsComparable => Unlike.All(u => u == "currency");

    /// <summary>What the schedule of the plan before is worth by the measure of the plan after, whether or not it fits its conditions; null where it does not lie in its time.</summary>
    public double? Remeasured
    {
        get
        {
            var shift = After.Input.Scenario.Start.To(Before.Input.Scenario.Start);
            var starts = Before.Schedule.ToDictionary(s => s.Code, s => s.Start + shift);
            var (problem, at) = (After.Model.Problem, After.Model.StartsOf(starts));
            var fits = starts.Keys.All(After.Model.Codes.Contains) && at.Select((s, o) => s == -1 || (s >= 0 && s + problem.Options[o].Duration <= problem.Periods)).All(f => f);
            return fits && !starts.ContainsValue(-1) ? PlanEvaluation.Of(problem, at).Value : null;
        }
    }

    public int Count(string kind) => Initiatives.Count(i => i.Kind == kind);

    public bool IsSame => Count("same") == Initiatives.Count;

    public static PlanDifference Of(PlanReading before, PlanReading after) => new(before, after);

    private static double ValueOf(PlanReading plan) => PlanEvaluation.Of(plan.Model.Problem, plan.Starts).Value;

    private List<InitiativeChange> ChangesOf()
    {
        var (old, now) = (Before.Schedule.ToDictionary(s => s.Code), After.Schedule.ToDictionary(s => s.Code));
        var known = Before.Input.Initiatives.Concat(After.Input.Initiatives).GroupBy(i => i.Code).ToDictionary(g => g.Key, g => g.Last());
        return [.. old.Keys.Union(now.Keys).Select(code => new InitiativeChange(known[code], old.GetValueOrDefault(code), now.GetValueOrDefault(code), InsteadOf(code)))
            .OrderBy(c => c.Kind == "same").ThenBy(c => (c.After ?? c.Before)!.From).ThenBy(c => c.Initiative.Code, StringComparer.Ordinal)];

        PlannedInitiative? InsteadOf(string code)
        {
            if (old.ContainsKey(code) == now.ContainsKey(code)) return null;
            var (mine, theirs) = old.ContainsKey(code) ? (old, now) : (now, old);
            return theirs.Keys.Where(other => !mine.ContainsKey(other) && (known[code].Facts.Excludes.Contains(other) || known[other].Facts.Excludes.Contains(code)))
                .Order(StringComparer.Ordinal).Select(other => known[other]).FirstOrDefault();
        }
    }

    private List<MoneyChange> MoneyOf()
    {
        var years = Before.Years.Concat(After.Years).Select(y => y.Label).Distinct().Order(StringComparer.Ordinal).ToList();
        var sources = Before.Input.Scenario.Sources.Concat(After.Input.Scenario.Sources).GroupBy(s => s.Id).ToDictionary(g => g.Key, g => g.Last());
        return [.. sources.Values.SelectMany(source => years.Select(year =>
        {
            var (before, after) = (Of(Before), Of(After));
            return new MoneyChange(source.Id, source.Names, year, new(before?.Spent ?? 0, after?.Spent ?? 0), new(before?.Limit + before?.Carried ?? 0, after?.Limit + after?.Carried ?? 0));

            SourceYear? Of(PlanReading plan) => plan.Spending.TryGetValue(source.Id, out var of) && plan.Years.FirstOrDefault(y => y.Label == year) is { } found ? of[found.Index] : null;
        }))];
    }

    private static Dictionary<string, Figure> Matched<T>(IReadOnlyDictionary<string, T> before, IReadOnlyDictionary<string, T> after, Func<T, double> figure) =>
        before.Keys.Union(after.Keys).ToDictionary(k => k, k => new Figure(before.TryGetValue(k, out var b) ? figure(b) : 0, after.TryGetValue(k, out var a) ? figure(a) : 0));

    private static Dictionary<string, int> AimsOf(PlanReading plan) =>
        plan.Schedule.SelectMany(s => s.Facts.LeadsTo.Concat(s.Facts.Kpis.Select(k => k.Target).OfType<string>()).Distinct()).GroupBy(a => a).ToDictionary(g => g.Key, g => g.Count());

    private IEnumerable<string> UnlikeOf()
    {
        var (before, after) = (Before.Input, After.Input);
        if ((before.Scenario.Start, before.Scenario.Quarters, before.Scenario.Discount) != (after.Scenario.Start, after.Scenario.Quarters, after.Scenario.Discount)) yield return "time";
        var (old, now) = (before.Weights, after.Weights);
        if (!Same(old.Elements, now.Elements) || !Same(old.Benefits, now.Benefits) || (old.StepDecay, old.BenefitShare, old.Severity) != (now.StepDecay, now.BenefitShare, now.Severity)
            || !Same(before.Severities, after.Severities)) yield return "weights";
        if (!Same(before.Levels.ToDictionary(l => l.Key, l => string.Join(' ', l.Value.AtLeast.Prepend(l.Value.Level))), after.Levels.ToDictionary(l => l.Key, l => string.Join(' ', l.Value.AtLeast.Prepend(l.Value.Level))))) yield return "levels";
        if (before.Currency != after.Currency) yield return "currency";

        static bool Same<T>(Dictionary<string, T>? a, Dictionary<string, T>? b) =>
            (a ?? []).OrderBy(x => x.Key, StringComparer.Ordinal).SequenceEqual((b ?? []).OrderBy(x => x.Key, StringComparer.Ordinal));
    }
}
