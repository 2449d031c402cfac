namespace Michi.Analytics.Planning;

/// <summary>Whether a problem has a plan at all: by propagation, by building plans, by trying all, by searching.</summary>
/// <param name="seed">Of the search.</param>
/// <param name="effort">Of one search, in steps of the solver.</param>
internal sealed class PlanFeasibility(ulong seed, long effort, CancellationToken stop)
{
    /// <summary>Nodes times options times periods of one trial of everything: some tenths of a second.</summary>
    private const long MaximumWork = 3_000_000;

    /// <summary>Searches made so far; limits an analysis.</summary>
    public int Checks { get; private set; }

    /// <returns>Feasible with a plan, Infeasible where that is proved, Unknown otherwise.</returns>
    public (PlanStatus Status, IReadOnlyList<int> Starts) Check(PlanningProblem problem)
    {
        if (IsRefuted(problem)) return (PlanStatus.Infeasible, []);
        Checks++;
        if (FirstPlan(problem, 1) is { Starts.Count: > 0 } built) return (PlanStatus.Feasible, built.Starts);
        var nodes = Math.Max(20, MaximumWork / Math.Max(1, problem.Options.Count * problem.Periods));
        if (TryAll(problem, ref nodes) is var tried && tried.Status != PlanStatus.Unknown) return tried;
        return FirstPlan(problem, effort) is { Starts.Count: > 0 } found ? (PlanStatus.Feasible, found.Starts) : (PlanStatus.Unknown, []);
    }

    /// <summary>Whether propagation alone proves that there is no plan.</summary>
    public static bool IsRefuted(PlanningProblem problem) => PlanPropagation.Of(problem).Conflict is not null;

    private PlanSolution FirstPlan(PlanningProblem problem, long most)
    {
        using var first = CancellationTokenSource.CreateLinkedTokenSource(stop);
        return PlanSolver.Solve(problem, new() { Seed = seed, Effort = most, Proves = false }, new FirstReport(first), first.Token);
    }

    private sealed class FirstReport(CancellationTokenSource first) : IProgress<PlanProgress>
    {
        public void Report(PlanProgress value)
        {
            if (double.IsFinite(value.Value)) first.Cancel();
        }
    }

    /// <summary>Halves windows and decides options until the options that every plan must have make a plan, or nothing is left to try.</summary>
    private (PlanStatus Status, IReadOnlyList<int> Starts) TryAll(PlanningProblem problem, ref long nodes)
    {
        if (--nodes < 0 || stop.IsCancellationRequested) return (PlanStatus.Unknown, []);
        var (conflict, windows) = PlanPropagation.Of(problem);
        if (conflict is not null) return (PlanStatus.Infeasible, []);
        if (Enumerable.Range(0, windows.Count).Where(o => windows[o].IsImplied && windows[o].Earliest < windows[o].Latest)
            .OrderBy(o => windows[o].Latest - windows[o].Earliest).Select(o => (int?)o).FirstOrDefault() is { } wide)
        {
            var middle = (windows[wide].Earliest + windows[wide].Latest) / 2;
            return Either(wide, o => o with { IsMandatory = true, LatestEnd = middle + o.Duration }, o => o with { IsMandatory = true, EarliestStart = middle + 1 }, ref nodes);
        }
        int[] starts = [.. windows.Select(w => w.IsImplied ? w.Earliest : -1)];
        var violation = PlanEvaluation.Of(problem, starts).Violations is [var broken, ..] ? broken : null;
        if (violation is null) return (PlanStatus.Feasible, starts);
        var undecided = violation switch
        {
            PlanViolation.NotCovered(var cover, _, _) => problem.Covers[cover].Amounts.Where(a => a.Amount > 0).Select(a => a.Option),
            PlanViolation.TooEarly(var precedence, _, _) => problem.Precedences[precedence].AnyOf,
            _ => [],
        };
        return undecided.Where(o => !windows[o].IsImplied && windows[o].CanBeChosen).Select(o => (int?)o).FirstOrDefault() is { } open
            ? Either(open, o => o with { IsMandatory = true }, o => o with { IsForbidden = true }, ref nodes)
            : (PlanStatus.Unknown, []);

        (PlanStatus, IReadOnlyList<int>) Either(int option, Func<PlanOption, PlanOption> one, Func<PlanOption, PlanOption> other, ref long left)
        {
            if (TryAll(problem.With(option, one), ref left) is var first && first.Status != PlanStatus.Infeasible) return first;
            return TryAll(problem.With(option, other), ref left);
        }
    }
}
