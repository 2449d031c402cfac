namespace Michi.Analytics.Planning;

/// <summary>What value is traded against, made a condition level by level.</summary>
public abstract record PlanCriterion
{
    private PlanCriterion() { }

    /// <summary>Units used of some resources together over the whole horizon; less is better.</summary>
    public sealed record Spending(IReadOnlyList<int> Resources) : PlanCriterion;

    /// <summary>Period by whose beginning all that is chosen has ended; less is better.</summary>
    public sealed record Completion : PlanCriterion;

    /// <summary>Share that the worst-off group gets of what it could get; more is better. A group is a cover; its minimum does not count here.</summary>
    public sealed record Equity(IReadOnlyList<PlanCover> Groups) : PlanCriterion;

    public bool MoreIsBetter => this is Equity;

    /// <summary>Where a plan stands.</summary>
    public double Measure(PlanningProblem problem, IReadOnlyList<int> starts) => this switch
    {
        Spending(var resources) => PlanEvaluation.Of(problem, starts).Uses is var uses ? resources.Sum(r => uses[r].Sum()) : 0,
        Completion => problem.Options.Select((o, i) => starts[i] < 0 ? 0 : starts[i] + o.Duration).DefaultIfEmpty(0).Max(),
        Equity(var groups) => groups.Select(g => g.Amounts.Sum(a => a.Amount) is > 0 and var all ? Reached(problem, starts, g) / all : 1).DefaultIfEmpty(1).Min(),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>The problem in which a plan must be at least as good as a level.</summary>
    public PlanningProblem Limit(PlanningProblem problem, double level) => this switch
    {
        Spending(var resources) => problem with
        {
            Resources = [.. problem.Resources, new("Spending", [problem.Periods], [Math.Max(0, level)])],
            Options = [.. problem.Options.Select(o => o with { Uses = [.. o.Uses, .. Together(o, resources.ToHashSet(), problem.Resources.Count)] })],
        },
        Completion => problem with
        {
            Options = [.. problem.Options.Select(o => Math.Min(o.LatestEnd ?? problem.Periods, (int)Math.Floor(level + 1e-9)) is var end
                && o.FixedStart is { } start && start + o.Duration > end ? o with { IsForbidden = true } : o with { LatestEnd = end })],
        },
        Equity(var groups) => problem with
        {
            Covers = [.. problem.Covers, .. groups.Select(g => g with { Minimum = level * g.Amounts.Sum(a => a.Amount) })],
        },
        _ => throw new InvalidOperationException(),
    };

    private static IEnumerable<ResourceUse> Together(PlanOption option, HashSet<int> resources, int resource)
    {
        var own = option.Uses.Where(u => resources.Contains(u.Resource)).ToList();
        if (own.Count > 0)
            yield return new(resource, [.. Enumerable.Range(0, option.Duration).Select(t => own.Sum(u => t < u.Setup.Count ? u.Setup[t] : 0))], own.Sum(u => u.Afterwards));
    }

    private static double Reached(PlanningProblem problem, IReadOnlyList<int> starts, PlanCover group) => group.Amounts
        .Where(a => starts[a.Option] >= 0 && starts[a.Option] + problem.Options[a.Option].Duration <= (group.By ?? problem.Periods)).Sum(a => a.Amount);
}

/// <summary>A plan on a front.</summary>
/// <param name="Measure">Where it stands by the criterion.</param>
/// <param name="Bound">No plan as good by the criterion's level it was sought at is worth more; proved.</param>
public sealed record PlanFrontPoint(double Measure, double Value, double Bound, IReadOnlyList<int> Starts);

/// <summary>Plans of which none is better in both value and a criterion.</summary>
/// <remarks>ε-constraint method: Haimes, Lasdon &amp; Wismer (1971), IEEE Trans. Syst. Man Cybern. 1(3):296-297.</remarks>
/// <param name="Points">By value, falling.</param>
public sealed record PlanFront(PlanCriterion Criterion, IReadOnlyList<PlanFrontPoint> Points)
{
    /// <summary>Area that the points dominate, up to a reference that is worse than all of them in both respects.</summary>
    public double Hypervolume(double measure, double value)
    {
        var (area, reached) = (0.0, value);
        foreach (var point in Points.Reverse())
        {
            area += (Criterion.MoreIsBetter ? point.Measure - measure : measure - point.Measure) * (point.Value - reached);
            reached = point.Value;
        }
        return area;
    }

    /// <param name="start">A plan to begin with, best one that stands unlimited; or null.</param>
    /// <param name="levels">Levels besides the unlimited one, ≥ 1, evenly between its measure and the best there can be.</param>
    /// <param name="search">Limits of the search at each level.</param>
    /// <param name="progress">Share of the levels that are done.</param>
    /// <param name="stop">Ends early, with the points so far.</param>
    public static PlanFront Find(
        PlanningProblem problem, PlanCriterion criterion, IReadOnlyList<int>? start, int levels, PlanSolverOptions search,
        IProgress<double>? progress = null, CancellationToken stop = default)
    {
        if (levels < 1) throw new ArgumentException("Expected at least one level.", nameof(levels));
        var found = new List<PlanFrontPoint>();
        var most = PlanSolver.Solve(problem, search with { Start = start }, stop: stop);
        if (most.Starts.Count == 0) return new(criterion, []);
        Add(most);
        var (from, to, last) = (found[0].Measure, criterion.MoreIsBetter ? 1.0 : 0.0, most.Starts);
        for (var i = 1; i <= levels && !stop.IsCancellationRequested; i++)
        {
            progress?.Report(i / (levels + 1.0));
            var solution = PlanSolver.Solve(criterion.Limit(problem, from + (to - from) * i / levels), search with { Start = last }, stop: stop);
            if (solution.Starts.Count == 0) continue;
            Add(solution);
            last = solution.Starts;
        }
        return new(criterion, Undominated(criterion, found));

        void Add(PlanSolution solution) => found.Add(new(criterion.Measure(problem, solution.Starts), solution.Value, solution.Bound, solution.Starts));
    }

    private static List<PlanFrontPoint> Undominated(PlanCriterion criterion, IEnumerable<PlanFrontPoint> points)
    {
        var kept = new List<PlanFrontPoint>();
        double Badness(PlanFrontPoint p) => criterion.MoreIsBetter ? -p.Measure : p.Measure;
        foreach (var point in points.OrderByDescending(p => p.Value).ThenBy(Badness))
            if (kept.Count == 0 || Badness(point) < Badness(kept[^1]) - 1e-9 * Math.Max(1, Math.Abs(kept[^1].Measure))) kept.Add(point);
        return kept;
    }
}
