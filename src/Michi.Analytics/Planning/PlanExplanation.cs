namespace Michi.Analytics.Planning;

/// <summary>An option at another start, or put into a plan without it; nothing else is changed.</summary>
/// <param name="Gain">Change of the plan's value.</param>
/// <param name="Violations">What then does not hold; of a resource with use and capacity, so that what it would take is their difference.</param>
public sealed record PlanMove(int Start, double Gain, IReadOnlyList<PlanViolation> Violations);

/// <summary>Why an option is in a plan.</summary>
/// <param name="Dependents">Options that go with it where it is left out: they wait for it or are joint with it.</param>
/// <param name="Worth">What the plan loses without it and them; nothing else is put in their place.</param>
/// <param name="LadderWorths">The part of <paramref name="Worth"/> that each ladder loses.</param>
/// <param name="Violations">What else then does not hold: minima, must-haves.</param>
/// <param name="Earlier">A period earlier; null where it starts in period 0.</param>
/// <param name="Later">A period later; null where it would start beyond the horizon.</param>
public sealed record PlanReasonIn(
    int Option, IReadOnlyList<int> Dependents, double Worth, IReadOnlyList<double> LadderWorths, IReadOnlyList<PlanViolation> Violations, PlanMove? Earlier, PlanMove? Later);

/// <summary>Why an option is not in a plan.</summary>
/// <param name="Best">At the start within its window at which it gains most, of equal ones that with least in its way; null where it has no start.</param>
/// <param name="Nearest">At the start that takes least of those at which it gains at least half as much: fewest violations that no resource can mend, then least missing of the resources, each in shares of all it has.</param>
/// <param name="ForcedStatus">Of the search for a plan with it; Infeasible is proved. Null where none was made.</param>
/// <param name="ForcedValue">Best plan found with it; NaN where none was found.</param>
/// <param name="ForcedStarts">That plan; empty where none was found.</param>
public sealed record PlanReasonOut(int Option, PlanMove? Best, PlanMove? Nearest, PlanStatus? ForcedStatus, double ForcedValue, IReadOnlyList<int> ForcedStarts);

/// <summary>What more of a resource is worth, said in two ways that are not the same.</summary>
/// <param name="Bucket">Null where all buckets have so much more.</param>
/// <param name="Added">Units a bucket.</param>
/// <param name="AtMost">By dual prices: with so much more, no plan is worth more than the bound plus this. Proved, and often far above what a plan can gain. Null without prices.</param>
/// <param name="Found">What the best plan found with so much more is worth beyond the plan: reached, but perhaps not all there is.</param>
public sealed record PlanCapacityWorth(int Resource, int? Bucket, double Added, double? AtMost, double Found);

/// <summary>A figure the plan rests on, at the ends of its range.</summary>
/// <param name="Low">The problem with the figure at its low end, the same options in the same order.</param>
public sealed record PlanAssumption(string Name, PlanningProblem Low, PlanningProblem High);

/// <summary>The plan where an assumption turns out otherwise.</summary>
/// <param name="Kept">What the plan is worth when carried out as it is, delays pushing what waits.</param>
/// <param name="Holds">Whether all conditions then hold.</param>
/// <param name="Best">Best plan found for the figure as it turned out; NaN where none was found.</param>
/// <param name="Changed">Options that are in one of the two plans only.</param>
public sealed record PlanOutcomeAt(double Kept, bool Holds, double Best, IReadOnlyList<int> Changed)
{
    /// <summary>What is lost by keeping the plan, ≥ 0; where it does not hold, what it is worth short of its conditions counts.</summary>
    public double Loss => double.IsNaN(Best) ? 0 : Math.Max(0, Best - Kept);
}

/// <summary>How far the plan depends on an assumption, one at a time.</summary>
public sealed record PlanSensitivity(string Name, PlanOutcomeAt Low, PlanOutcomeAt High)
{
    /// <summary>Range of the kept plan's value.</summary>
    public double Swing => Math.Abs(High.Kept - Low.Kept);

    public bool ChangesPlan => Low.Changed.Count > 0 || High.Changed.Count > 0 || !Low.Holds || !High.Holds;
}

/// <summary>Answers to why, why not, and what if it were otherwise, for a feasible plan of a problem. What is searched for is searched from the plan on.</summary>
public static class PlanExplanation
{
    /// <summary>Why each chosen option is in. No search.</summary>
    /// <param name="stop">Ends early, with the options so far.</param>
    public static IReadOnlyList<PlanReasonIn> In(PlanningProblem problem, IReadOnlyList<int> starts, CancellationToken stop = default)
    {
        var plan = PlanEvaluation.Of(problem, starts);
        return [.. Enumerable.Range(0, starts.Count).Where(o => starts[o] >= 0).TakeWhile(_ => !stop.IsCancellationRequested).Select(o =>
        {
            var gone = Closure(problem, starts, o);
            var without = PlanEvaluation.Of(problem, [.. starts.Select((s, i) => gone.Contains(i) ? -1 : s)]);
            return new PlanReasonIn(o, [.. gone.Where(g => g != o).Order()], plan.Value - without.Value, [.. plan.LadderValues.Zip(without.LadderValues, (with, less) => with - less)],
                without.Violations, starts[o] > 0 ? Move(problem, starts, plan.Value, o, starts[o] - 1) : null,
                starts[o] + 1 < problem.Periods ? Move(problem, starts, plan.Value, o, starts[o] + 1) : null);
        })];
    }

    /// <summary>Why each option that is not chosen is out.</summary>
    /// <param name="search">Limits of the search for a plan with each of them; null = none is made.</param>
    /// <param name="progress">Share of the options that are done.</param>
    /// <param name="stop">Ends early, with the options so far; a search under way ends with what it has.</param>
    public static IReadOnlyList<PlanReasonOut> Out(
        PlanningProblem problem, IReadOnlyList<int> starts, PlanSolverOptions? search, IProgress<double>? progress = null, CancellationToken stop = default)
    {
        var value = PlanEvaluation.Of(problem, starts).Value;
        List<int> missing = [.. Enumerable.Range(0, starts.Count).Where(o => starts[o] < 0)];
        return [.. missing.TakeWhile(_ => !stop.IsCancellationRequested).Select((o, n) =>
        {
            progress?.Report(n / (double)missing.Count);
            var option = problem.Options[o];
            var last = Math.Min(option.LatestEnd ?? problem.Periods, problem.Periods) - option.Duration;
            var moves = Enumerable.Range(0, problem.Periods).Where(s => s >= option.EarliestStart && s <= last && (option.FixedStart ?? s) == s)
                .Select(s => Move(problem, starts, value, o, s)).OrderByDescending(m => m.Gain).ThenBy(m => m.Violations.Count).ToList();
            var best = moves.FirstOrDefault();
            var nearest = moves.Where(m => m.Gain >= best!.Gain / 2).OrderBy(m => m.Violations.Count(v => v is not PlanViolation.Overused)).ThenBy(m => Missing(problem, m)).FirstOrDefault();
            if (search is null || option.IsForbidden) return new PlanReasonOut(o, best, nearest, null, double.NaN, []);
            var forced = PlanSolver.Solve(problem.With(o, p => p with { IsMandatory = true }), search with { Start = starts }, stop: stop);
            return new PlanReasonOut(o, best, nearest, forced.Status, forced.Value, forced.Starts);
        })];
    }

    /// <summary>What a share more of each bucket is worth.</summary>
    /// <param name="whole">Resources of which all buckets have so much more at once.</param>
    /// <param name="prices">Dual prices by resource and bucket of the problem; null without.</param>
    /// <param name="share">Of the bucket's capacity, &gt; 0; of the largest bucket where it has none.</param>
    /// <param name="search">Limits of each search.</param>
    public static IReadOnlyList<PlanCapacityWorth> More(
        PlanningProblem problem, IReadOnlyList<int> starts, IReadOnlySet<int> whole, IReadOnlyList<IReadOnlyList<double>>? prices, double share, PlanSolverOptions search,
        IProgress<double>? progress = null, CancellationToken stop = default)
    {
        var value = PlanEvaluation.Of(problem, starts).Value;
        var asked = problem.Resources.SelectMany((r, i) => whole.Contains(i) ? [(Resource: i, Bucket: (int?)null)]
            : Enumerable.Range(0, r.Capacities.Count).Select(b => (Resource: i, Bucket: (int?)b))).ToList();
        var worths = new List<PlanCapacityWorth>();
        foreach (var (resource, bucket) in asked)
        {
            if (stop.IsCancellationRequested) break;
            progress?.Report(worths.Count / (double)asked.Count);
            var capacities = problem.Resources[resource].Capacities;
            var added = share * (bucket is { } one && capacities[one] > 0 ? capacities[one] : capacities.Max());
            if (added <= 0) continue;
            var more = PlanSoftening.Apply(problem, [new(new PlanRequirement.Capacity(resource, bucket), added)]);
            var found = PlanSolver.Solve(more, search with { Start = starts }, stop: stop);
            worths.Add(new(resource, bucket, added, prices is null ? null : added * (bucket is { } b ? prices[resource][b] : prices[resource].Sum()), Math.Max(0, found.Value - value)));
        }
        return worths;
    }

    /// <summary>The assumptions, those by which most is lost first; of equal ones those by which the plan's value moves most.</summary>
    /// <param name="search">Limits of the two searches for each.</param>
    public static IReadOnlyList<PlanSensitivity> Sensitivities(
        IReadOnlyList<int> starts, IReadOnlyList<PlanAssumption> assumptions, PlanSolverOptions search, IProgress<double>? progress = null, CancellationToken stop = default)
    {
        var found = new List<PlanSensitivity>();
        foreach (var (name, low, high) in assumptions)
        {
            if (stop.IsCancellationRequested) break;
            progress?.Report(found.Count / (double)assumptions.Count);
            found.Add(new(name, At(low), At(high)));
        }
        return [.. found.OrderByDescending(s => Math.Max(s.Low.Loss, s.High.Loss)).ThenByDescending(s => s.Swing).ThenBy(s => s.Name, StringComparer.Ordinal)];

        PlanOutcomeAt At(PlanningProblem actual)
        {
            var kept = PlanEvaluation.Of(actual, PlanExecution.Starts(actual, starts));
            var best = PlanSolver.Solve(actual, search with { Start = starts }, stop: stop);
            return new(kept.Value, kept.IsFeasible, best.Value, [.. Enumerable.Range(0, best.Starts.Count).Where(o => best.Starts[o] >= 0 != starts[o] >= 0)]);
        }
    }

    private static PlanMove Move(PlanningProblem problem, IReadOnlyList<int> starts, double value, int option, int start)
    {
        var moved = PlanEvaluation.Of(problem, [.. starts.Select((s, i) => i == option ? start : s)]);
        return new(start, moved.Value - value, moved.Violations);
    }

    /// <summary>The option with what goes with it, and with what goes with that.</summary>
    private static HashSet<int> Closure(PlanningProblem problem, IReadOnlyList<int> starts, int option)
    {
        HashSet<int> gone = [option];
        int before;
        do
        {
            before = gone.Count;
            foreach (var set in problem.Joint.Where(set => set.Any(gone.Contains))) gone.UnionWith(set.Where(o => starts[o] >= 0));
            foreach (var (after, anyOf, lag) in problem.Precedences)
                if (starts[after] >= 0 && !anyOf.Any(b => starts[b] >= 0 && !gone.Contains(b) && starts[b] + problem.Options[b].Duration + lag <= starts[after])) gone.Add(after);
        }
        while (gone.Count > before);
        return gone;
    }

    /// <summary>What is missing of the resources, in shares of all they have.</summary>
    private static double Missing(PlanningProblem problem, PlanMove move) =>
        move.Violations.OfType<PlanViolation.Overused>().Sum(v => (v.Use - v.Capacity) / Math.Max(1e-9, problem.Resources[v.Resource].Capacities.Sum()));
}
