namespace Michi.Analytics.Planning;

/// <summary>A condition that a plan does not fulfil.</summary>
public abstract record PlanViolation
{
    private PlanViolation() { }

    /// <summary>An option that starts before its earliest start, ends after its latest end, or starts elsewhere than it is fixed.</summary>
    public sealed record OutsideWindow(int Option, int Start) : PlanViolation;

    /// <summary>A mandatory option that is not chosen.</summary>
    public sealed record NotChosen(int Option) : PlanViolation;

    /// <summary>A forbidden option that is.</summary>
    public sealed record Forbidden(int Option) : PlanViolation;

    /// <summary>More than a bucket has; where the resource carries over, sums from the start to the bucket's end.</summary>
    public sealed record Overused(int Resource, int Bucket, double Use, double Capacity) : PlanViolation;

    /// <summary>An option that starts before one of its predecessors has ended and the lag is over.</summary>
    /// <param name="Precedence">Index of the precedence.</param>
    /// <param name="Earliest">First start it allows, given the rest of the plan; null where no predecessor is chosen.</param>
    public sealed record TooEarly(int Precedence, int Option, int? Earliest) : PlanViolation;

    /// <summary>More than one option of an exclusion is chosen.</summary>
    public sealed record Excluded(int Exclusion, IReadOnlyList<int> Chosen) : PlanViolation;

    /// <summary>A joint set of which only a part is chosen.</summary>
    public sealed record Parted(int Joint, IReadOnlyList<int> Missing) : PlanViolation;

    /// <summary>Less than a cover's minimum.</summary>
    public sealed record NotCovered(int Cover, double Reached, double Minimum) : PlanViolation;
}

/// <summary>What a plan is worth, what it uses, and which conditions it breaks: counted entry by entry, apart from the way plans are searched.</summary>
public sealed record PlanEvaluation
{
    private PlanEvaluation() { }

    /// <summary>Relative to the larger of 1 and the limit: by so much a sum may go beyond its limit before it counts as broken.</summary>
    public const double Tolerance = 1e-9;

    /// <summary>Own values and ladders.</summary>
    public double Value => OwnValue + LadderValues.Sum();

    /// <summary>Σ Values[start] of the chosen options.</summary>
    public required double OwnValue { get; init; }

    /// <summary>For each ladder, Σ over periods and steps of weight · value · level.</summary>
    public required IReadOnlyList<double> LadderValues { get; init; }

    /// <summary>r_k(t): [ladder][step][period], 0 … 1.</summary>
    public required IReadOnlyList<IReadOnlyList<IReadOnlyList<double>>> Levels { get; init; }

    /// <summary>Units used of each bucket alone, also where the resource carries over: [resource][bucket].</summary>
    public required IReadOnlyList<IReadOnlyList<double>> Uses { get; init; }

    /// <summary>Empty where the plan is feasible.</summary>
    public required IReadOnlyList<PlanViolation> Violations { get; init; }

    public bool IsFeasible => Violations.Count == 0;

    /// <param name="problem">One without errors.</param>
    /// <param name="starts">Start period of each option or −1; those outside the horizon count as violations and for nothing else.</param>
    public static PlanEvaluation Of(PlanningProblem problem, IReadOnlyList<int> starts)
    {
        if (starts.Count != problem.Options.Count)
            throw new ArgumentException($"Expected {problem.Options.Count} starts, found {starts.Count}.", nameof(starts));
        var levels = problem.Ladders.Select(l => Climb(problem, l, starts)).ToList();
        var uses = problem.Resources.Select((_, r) => UsesOf(problem, r, starts)).ToList();
        return new()
        {
            OwnValue = problem.Options.Select((o, i) => IsInside(problem, starts[i]) ? o.Values[starts[i]] : 0).Sum(),
            LadderValues = [.. levels.Select((l, i) => problem.Ladders[i].Steps
                .Select((step, k) => step.Value * l[k].Select((r, t) => problem.PeriodWeights[t] * r).Sum()).Sum())],
            Levels = levels,
            Uses = uses,
            Violations = [.. OptionViolations(problem, starts), .. ResourceViolations(problem, uses), .. SetViolations(problem, starts)],
        };
    }

    /// <summary>Whether a sum that must stay at or below the limit does.</summary>
    internal static bool Fits(double sum, double limit) => sum <= limit + Tolerance * Math.Max(1, Math.Abs(limit));

    private static bool IsInside(PlanningProblem problem, int start) => start >= 0 && start < problem.Periods;

    private static bool HasEnded(PlanningProblem problem, IReadOnlyList<int> starts, int option, int by) =>
        IsInside(problem, starts[option]) && starts[option] + problem.Options[option].Duration <= by;

    private static double[][] Climb(PlanningProblem problem, PlanLadder ladder, IReadOnlyList<int> starts)
    {
        var levels = ladder.Steps.Select(_ => new double[problem.Periods]).ToArray();
        for (var t = 0; t < problem.Periods; t++)
        {
            var below = 1.0;
            foreach (var (k, step) in ladder.Steps.Index())
                levels[k][t] = below = Math.Min(below, step.Shares.Where(s => HasEnded(problem, starts, s.Option, t)).Sum(s => s.Amount));
        }
        return levels;
    }

    private static double[] UsesOf(PlanningProblem problem, int resource, IReadOnlyList<int> starts)
    {
        var perPeriod = new double[problem.Periods];
        foreach (var (option, start) in problem.Options.Zip(starts))
            foreach (var use in option.Uses.Where(u => u.Resource == resource && IsInside(problem, start)))
                for (var t = start; t < problem.Periods; t++)
                    perPeriod[t] += t - start >= option.Duration ? use.Afterwards : t - start < use.Setup.Count ? use.Setup[t - start] : 0;
        var ends = problem.Resources[resource].Ends;
        return [.. ends.Select((end, b) => perPeriod[(b == 0 ? 0 : ends[b - 1])..end].Sum())];
    }

    private static IEnumerable<PlanViolation> OptionViolations(PlanningProblem problem, IReadOnlyList<int> starts)
    {
        foreach (var (i, option) in problem.Options.Index())
        {
            if (starts[i] < 0)
            {
                if (option.IsMandatory) yield return new PlanViolation.NotChosen(i);
                continue;
            }
            if (option.IsForbidden) yield return new PlanViolation.Forbidden(i);
            if (!IsInside(problem, starts[i]) || starts[i] < option.EarliestStart || (option.FixedStart ?? starts[i]) != starts[i]
                || starts[i] + (long)option.Duration > Math.Min(option.LatestEnd ?? problem.Periods, problem.Periods))
                yield return new PlanViolation.OutsideWindow(i, starts[i]);
        }
        foreach (var (p, precedence) in problem.Precedences.Index())
        {
            if (starts[precedence.After] < 0) continue;
            var earliest = precedence.AnyOf.Where(b => starts[b] >= 0)
                .Min(b => (long?)starts[b] + problem.Options[b].Duration + precedence.Lag);
            if (earliest is null || starts[precedence.After] < earliest)
                yield return new PlanViolation.TooEarly(p, precedence.After, earliest is { } e ? (int)Math.Min(e, int.MaxValue) : null);
        }
    }

    private static IEnumerable<PlanViolation> ResourceViolations(PlanningProblem problem, List<double[]> uses)
    {
        foreach (var (r, resource) in problem.Resources.Index())
        {
            var (used, capacity) = (0.0, 0.0);
            for (var b = 0; b < resource.Ends.Count; b++)
            {
                (used, capacity) = resource.CarriesOver ? (used + uses[r][b], capacity + resource.Capacities[b]) : (uses[r][b], resource.Capacities[b]);
                if (!Fits(used, capacity)) yield return new PlanViolation.Overused(r, b, used, capacity);
            }
        }
    }

    private static IEnumerable<PlanViolation> SetViolations(PlanningProblem problem, IReadOnlyList<int> starts)
    {
        foreach (var (i, set) in problem.Exclusions.Index())
            if (set.Distinct().Where(o => starts[o] >= 0).ToList() is { Count: > 1 } chosen) yield return new PlanViolation.Excluded(i, chosen);
        foreach (var (i, set) in problem.Joint.Index())
            if (set.Any(o => starts[o] >= 0) && set.Where(o => starts[o] < 0).ToList() is { Count: > 0 } missing)
                yield return new PlanViolation.Parted(i, missing);
        foreach (var (i, cover) in problem.Covers.Index())
        {
            var reached = cover.Amounts.Where(a => HasEnded(problem, starts, a.Option, cover.By ?? problem.Periods)).Sum(a => a.Amount);
            if (!Fits(cover.Minimum, reached)) yield return new PlanViolation.NotCovered(i, reached, cover.Minimum);
        }
    }
}
