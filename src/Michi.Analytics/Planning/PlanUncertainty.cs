using Michi.Analytics.Sampling;

namespace Michi.Analytics.Planning;

/// <summary>What is expected of a quantity: the plan's figure is the median, low and high are the 10 % and 90 % quantiles.</summary>
/// <remarks>
/// Two-piece normal by quantiles: planned + (planned − low) · z / 1.2816 for z &lt; 0, planned + (high − planned) · z / 1.2816 above, cut at 0,
/// z standard normal.
/// </remarks>
/// <param name="Low">0 ≤ low ≤ planned.</param>
/// <param name="High">≥ planned.</param>
public readonly record struct PlanRange(double Low, double Planned, double High)
{
    /// <summary>90 % quantile of the standard normal distribution.</summary>
    private const double NormalP90 = 1.2815515655446004;

    /// <param name="z">Standard normal quantile, −1.28… for low, 1.28… for high.</param>
    public double At(double z) => Math.Max(0, Planned + (z < 0 ? Planned - Low : High - Planned) * z / NormalP90);

    /// <summary>The factor between a value of the quantity and the planned one; 1 where nothing is planned.</summary>
    internal double FactorAt(double z) => Planned > 0 ? At(z) / Planned : 1;

    internal double FactorAtShare(double share) => FactorAt(share * NormalP90);
}

/// <summary>What is uncertain about an option; null = as planned.</summary>
public sealed record PlanOptionRanges
{
    /// <summary>What it takes in all of resources that are no rates (money).</summary>
    public PlanRange? Cost { get; init; }

    /// <summary>Periods.</summary>
    public PlanRange? Duration { get; init; }

    /// <summary>What it takes a period of resources that are rates (people).</summary>
    public PlanRange? People { get; init; }

    /// <summary>What it takes of money in every period afterwards.</summary>
    public PlanRange? Operation { get; init; }

    /// <summary>Its own worth.</summary>
    public PlanRange? Effect { get; init; }
}

/// <summary>A problem whose costs, durations, people and effects are ranges.</summary>
/// <param name="Problem">As planned.</param>
/// <param name="Ranges">One entry an option.</param>
/// <param name="Rates">Resources that are used at a rate while an option lasts (people): when it lasts longer it takes them longer. Of others (money) the sum stays and is spread.</param>
public sealed record UncertainPlanningProblem(PlanningProblem Problem, IReadOnlyList<PlanOptionRanges> Ranges, IReadOnlySet<int> Rates)
{
    /// <summary>All quantities at the same share of the way from planned (0) to high (1) costs, durations and people; effects as planned.</summary>
    /// <param name="share">0–1; above 1 goes beyond high.</param>
    public PlanningProblem Protected(double share) => Vary(
        (o, kind) => kind == Kind.Effect ? 1 : Range(o, kind)?.FactorAtShare(share) ?? 1);

    /// <summary>One scenario.</summary>
    /// <param name="correlation">0–1: correlation of the normal scores of two options' costs, and likewise of durations, people, operation and effects; the kinds are independent of each other.</param>
    internal PlanningProblem Scenario(Xoshiro256 random, double correlation)
    {
        var (together, alone) = (Math.Sqrt(correlation), Math.Sqrt(1 - correlation));
        var kinds = Enum.GetValues<Kind>();
        double[] common = [.. kinds.Select(_ => random.NextNormal())];
        // Drawn in a fixed order and whether needed or not, so that scenario n of two plans, or of two correlations, is the same draw.
        double[][] own = [.. Ranges.Select(_ => kinds.Select(_ => random.NextNormal()).ToArray())];
        return Vary((o, kind) => Range(o, kind)?.FactorAt(together * common[(int)kind] + alone * own[o][(int)kind]) ?? 1);
    }

    private enum Kind { Cost, Duration, People, Operation, Effect }

    private PlanRange? Range(int option, Kind kind) => kind switch
    {
        Kind.Cost => Ranges[option].Cost,
        Kind.Duration => Ranges[option].Duration,
        Kind.People => Ranges[option].People,
        Kind.Operation => Ranges[option].Operation,
        _ => Ranges[option].Effect,
    };

    private PlanningProblem Vary(Func<int, Kind, double> factor) => Problem with
    {
        Options = [.. Problem.Options.Select((option, o) =>
        {
            var duration = Math.Max(1, (int)Math.Round(option.Duration * factor(o, Kind.Duration), MidpointRounding.AwayFromZero));
            var (effect, later) = (factor(o, Kind.Effect), duration - option.Duration);
            // Its worth follows its end: one that lasts longer is worth what starting so much later was.
            double Worth(int start) => start + later >= Problem.Periods ? 0 : option.Values[Math.Max(0, start + later)];
            return option with
            {
                Duration = duration,
                Values = later == 0 && effect == 1 ? option.Values : [.. Enumerable.Range(0, Problem.Periods).Select(s => effect * Worth(s))],
                Uses = [.. option.Uses.Select(use => Rates.Contains(use.Resource)
                    ? use with { Setup = AtRate(use.Setup, option.Duration, duration, factor(o, Kind.People)), Afterwards = use.Afterwards * factor(o, Kind.People) }
                    : use with { Setup = InAll(use.Setup, option.Duration, duration, factor(o, Kind.Cost)), Afterwards = use.Afterwards * factor(o, Kind.Operation) })],
            };
        })],
    };

    /// <summary>The rate at the same share of the duration.</summary>
    private static double[] AtRate(IReadOnlyList<double> setup, int from, int to, double factor) =>
        [.. Enumerable.Range(0, to).Select(t => (2 * t + 1) * from / (2 * to) is var at && at < setup.Count ? setup[at] * factor : 0)];

    /// <summary>The sum spread as before over a longer or shorter time.</summary>
    private static double[] InAll(IReadOnlyList<double> setup, int from, int to, double factor)
    {
        var spread = new double[to];
        for (var t = 0; t < to; t++)
            for (var i = t * from / to; i < setup.Count && i * to < (t + 1) * from; i++)
                spread[t] += factor * setup[i] * (Math.Min((t + 1) * from, (i + 1) * to) - Math.Max(t * from, i * to)) / to;
        return spread;
    }
}

/// <summary>How a plan is carried out when things turn out otherwise than planned.</summary>
public static class PlanExecution
{
    /// <summary>
    /// Each chosen option starts when planned, or as soon after as what it waits for has ended; nobody begins earlier than planned, and nothing is
    /// given up. Starts that leave no room before the horizon are kept: they count as violations.
    /// </summary>
    /// <param name="actual">The problem as it turned out, with the precedences of the planned one.</param>
    /// <param name="planned">Start of each option or −1.</param>
    public static IReadOnlyList<int> Starts(PlanningProblem actual, IReadOnlyList<int> planned)
    {
        int[] starts = [.. planned];
        // A feasible plan has no cycles, so no delay travels through more precedences than there are.
        var hasMoved = true;
        for (var round = 0; hasMoved && round <= actual.Precedences.Count; round++)
        {
            hasMoved = false;
            foreach (var (after, anyOf, lag) in actual.Precedences)
            {
                if (starts[after] < 0) continue;
                var earliest = anyOf.Where(b => starts[b] >= 0).Select(b => (long?)starts[b] + actual.Options[b].Duration + lag).Min();
                if (earliest is not { } e || e <= starts[after]) continue;
                starts[after] = (int)Math.Min(e, actual.Periods - 1);
                hasMoved |= e < actual.Periods;
            }
        }
        return starts;
    }
}

/// <summary>How many scenarios, and how they hang together.</summary>
public sealed record PlanRiskOptions
{
    public ulong Seed { get; init; } = 1;

    /// <summary>≥ 1.</summary>
    public int Scenarios { get; init; } = 1_000;

    /// <summary>0–1; see <see cref="UncertainPlanningProblem.Scenario"/>. An assumption: prices and delays of a city's projects move together in part.</summary>
    public double Correlation { get; init; } = 0.3;
}

/// <summary>What breaks a plan: a bucket of a resource (the resource alone where it is used at a rate), a cover, or an option that does not end in time; the other two are null.</summary>
public readonly record struct PlanBreakPlace(int? Resource, int? Bucket, int? Cover, int? Option);

/// <param name="Share">Of the scenarios in which it breaks.</param>
/// <param name="First">Of the scenarios in which it is the first to break, by time; each scenario has one first.</param>
/// <param name="MeanExcess">Mean over the scenarios in which it breaks: units beyond the capacity, below the minimum, or periods beyond the end.</param>
public sealed record PlanBreak(PlanBreakPlace Place, double Share, double First, double MeanExcess);

/// <summary>How a plan fares when costs, durations, people and effects turn out otherwise than planned.</summary>
/// <param name="Holding">Share of scenarios in which money and people suffice, minima are reached and all ends in time.</param>
/// <param name="HoldingLow">Lower end of the 95 % interval of that share (Wilson 1927, JASA 22:209-212), for the number of scenarios alone.</param>
/// <param name="Values">What the plan is worth in each scenario, ascending, where what it lacks is paid for.</param>
/// <param name="Breaks">What breaks, most frequent first.</param>
public sealed record PlanRisk(double Holding, double HoldingLow, double HoldingHigh, IReadOnlyList<double> Values, IReadOnlyList<PlanBreak> Breaks)
{
    public double Mean => Values.Average();

    /// <summary>Quantile by linear interpolation, 0–1.</summary>
    public double Quantile(double share)
    {
        var at = share * (Values.Count - 1);
        var low = (int)at;
        return low + 1 < Values.Count ? Values[low] + (at - low) * (Values[low + 1] - Values[low]) : Values[^1];
    }

    /// <summary>Conditional value at risk: mean of the worst share of scenarios, at least one (Rockafellar &amp; Uryasev 2000, J. Risk 2(3):21-41).</summary>
    public double WorstMean(double share) => Values.Take(Math.Max(1, (int)Math.Round(share * Values.Count))).Average();

    /// <param name="starts">A plan of the problem as planned.</param>
    /// <param name="stop">Throws when cancelled: a share of fewer scenarios would look the same.</param>
    public static PlanRisk Of(UncertainPlanningProblem problem, IReadOnlyList<int> starts, PlanRiskOptions? options = null, CancellationToken stop = default)
    {
        options ??= new();
        if (options.Scenarios < 1 || options.Correlation is not (>= 0 and <= 1)) throw new ArgumentException("Expected at least one scenario and a correlation from 0 to 1.", nameof(options));
        var (values, holding) = (new double[options.Scenarios], 0);
        var breaks = new Dictionary<PlanBreakPlace, (int Count, int First, double Excess)>();
        for (var n = 0; n < options.Scenarios; n++)
        {
            stop.ThrowIfCancellationRequested();
            var actual = problem.Scenario(new Xoshiro256(options.Seed, (ulong)n + 1), options.Correlation);
            var carriedOut = PlanExecution.Starts(actual, starts);
            var evaluation = PlanEvaluation.Of(actual, carriedOut);
            values[n] = evaluation.Value;
            var broken = evaluation.Violations.Select(v => Place(problem.Rates, actual, carriedOut, v)).OfType<(PlanBreakPlace Place, int At, double Excess)>().ToList();
            if (broken.Count == 0) holding++;
            // A resource that carries over stays short once it is: it breaks in its first short bucket. One used at a rate is short in many buckets: it breaks as a whole, by what is short first.
            foreach (var (place, _, excess) in broken.GroupBy(b => problem.Problem.Resources is var all && b.Place.Resource is { } r && all[r].CarriesOver ? new(r, null, null, null) : b.Place).Select(g => g.MinBy(b => b.At)))
                breaks[place] = breaks.GetValueOrDefault(place) is var (count, first, sum) ? (count + 1, first, sum + excess) : default;
            if (broken.Count > 0 && broken.MinBy(b => b.At).Place is var earliest)
                breaks[earliest] = breaks[earliest] with { First = breaks[earliest].First + 1 };
        }
        Array.Sort(values);
        double total = options.Scenarios, share = holding / total;
        const double z = 1.959963984540054;
        var (centre, half) = ((share + z * z / (2 * total)) / (1 + z * z / total), z * Math.Sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total));
        return new(share, Math.Max(0, centre - half), Math.Min(1, centre + half), values,
            [.. breaks.Select(b => new PlanBreak(b.Key, b.Value.Count / total, b.Value.First / total, b.Value.Excess / b.Value.Count))
                .OrderByDescending(b => b.Share).ThenByDescending(b => b.First).ThenBy(b => b.Place.ToString(), StringComparer.Ordinal)]);
    }

    /// <summary>Where, in which period, and by how much; null for what uncertainty does not change.</summary>
    private static (PlanBreakPlace, int, double)? Place(IReadOnlySet<int> rates, PlanningProblem actual, IReadOnlyList<int> starts, PlanViolation violation) => violation switch
    {
        PlanViolation.Overused(var r, var b, var use, var capacity) => (new(r, rates.Contains(r) ? null : b, null, null), b == 0 ? 0 : actual.Resources[r].Ends[b - 1], use - capacity),
        PlanViolation.NotCovered(var c, var reached, var minimum) => (new(null, null, c, null), actual.Covers[c].By ?? actual.Periods, minimum - reached),
        PlanViolation.OutsideWindow(var o, _) => (new(null, null, null, o), Math.Min(actual.Options[o].LatestEnd ?? actual.Periods, actual.Periods),
            Math.Max(1, starts[o] + actual.Options[o].Duration - Math.Min(actual.Options[o].LatestEnd ?? actual.Periods, actual.Periods))),
        PlanViolation.TooEarly(_, var o, _) => (new(null, null, null, o), actual.Periods, 1),
        _ => null,
    };
}

/// <summary>A plan that holds in more scenarios, and what that costs.</summary>
/// <param name="Protection">How far from planned (0) to high (1) all costs, durations and people were counted when it was made.</param>
/// <param name="Value">As planned, to be compared with the plan it replaces.</param>
/// <param name="Reaches">True where at least the share asked for holds; otherwise it is the plan that holds most often of those found.</param>
public sealed record RobustPlan(IReadOnlyList<int> Starts, double Protection, double Value, PlanRisk Risk, bool Reaches)
{
    /// <summary>The least protection, of a grid refined where it pays, with which the share asked for holds: of all plans seen that do, the one worth most as planned.</summary>
    /// <remarks>Protection of every quantity by one parameter between planned and high: Soyster's plan at 1 (1973, Oper. Res. 21:1154-1157), less where Bertsimas &amp; Sim (2004, Oper. Res. 52:35-53) would count on a part turning out well; the share that holds is not inferred from a bound but counted.</remarks>
    /// <param name="starts">The plan as it is.</param>
    /// <param name="share">0–1, of scenarios.</param>
    /// <param name="search">Limits of each of the eight searches at most.</param>
    /// <returns>Null where no protected problem has a plan that is also one as planned.</returns>
    public static RobustPlan? Find(
        UncertainPlanningProblem problem, IReadOnlyList<int> starts, double share, PlanSolverOptions search, PlanRiskOptions? risk = null,
        IProgress<double>? progress = null, CancellationToken stop = default)
    {
        RobustPlan? best = null;
        var (tooLittle, enough, seen) = (0.0, double.NaN, 0);
        Consider(0, starts);
        if (best is { Reaches: true }) return best;
        foreach (var protection in new[] { 1.0, 0.5, 0.25, 0.75 })
        {
            if (!(protection > tooLittle && !(protection >= enough))) continue;
            if (Try(protection)) enough = protection;
            else tooLittle = Math.Max(tooLittle, protection < 1 ? protection : tooLittle);
        }
        for (var i = 0; i < 3 && enough - tooLittle > 0.05; i++)
        {
            var middle = (tooLittle + enough) / 2;
            if (Try(middle)) enough = middle;
            else tooLittle = middle;
        }
        return best;

        bool Try(double protection)
        {
            stop.ThrowIfCancellationRequested();
            var found = PlanSolver.Solve(problem.Protected(protection), search with { Start = best?.Starts ?? starts }, stop: stop);
            progress?.Report(++seen / 8.0);
            return found.Starts.Count > 0 && Consider(protection, found.Starts);
        }

        bool Consider(double protection, IReadOnlyList<int> candidate)
        {
            var planned = PlanEvaluation.Of(problem.Problem, candidate);
            if (!planned.IsFeasible) return false;
            var result = PlanRisk.Of(problem, candidate, risk, stop);
            var reaches = result.Holding >= share;
            if (best is null || (reaches, reaches ? planned.Value : result.Holding).CompareTo((best.Reaches, reaches ? best.Value : best.Risk.Holding)) > 0)
                best = new(candidate, protection, planned.Value, result, reaches);
            return reaches;
        }
    }
}
