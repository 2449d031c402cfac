using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Explain;

/// <summary>Why a plan is as it is, in figures. Worth is in points of the plan.</summary>
internal sealed record WhyFindings
{
    /// <summary>A unit of budget or staff more is a tenth more of what there is.</summary>
    public const double Share = 0.1;

    /// <summary>Steps of the solver for all searches together, and for one at most; so that an explanation takes about as long as the plan.</summary>
    private const long AllEffort = 800_000, MostEffort = 20_000, LeastEffort = 200;

    public required double Value { get; init; }
    public required List<InReason> In { get; init; }
    public required List<OutReason> Out { get; init; }
    public required List<UnitWorth> Units { get; init; }

    /// <summary>What the plan depends on most first.</summary>
    public required List<AssumptionEffect> Assumptions { get; init; }

    /// <summary>True where the time ran out: what is missing was not asked.</summary>
    public required bool IsCut { get; init; }

    /// <summary>Pure but for the time: what <paramref name="stop"/> does not cut short is the same every time.</summary>
    public static WhyFindings Of(PlanInput input, ContentPack pack, PlanOutcome outcome, IProgress<double> progress, CancellationToken stop)
    {
        var model = PlanModel.Of(input, pack);
        var (problem, starts) = (model.Problem, model.StartsOf(outcome.Starts));
        var assumptions = AssumptionEffect.Asked(input, pack);
        var missing = starts.Count(s => s < 0);
        var people = model.Resources.Index().Where(r => r.Item.Kind == "people").Select(r => r.Index).ToHashSet();
        var searches = missing + problem.Resources.Index().Sum(r => people.Contains(r.Index) ? 1 : r.Item.Capacities.Count) + 2 * assumptions.Count;
        var search = new PlanSolverOptions { Seed = input.Seed, Effort = Math.Clamp(AllEffort / Math.Max(1, searches), LeastEffort, MostEffort), Proves = false };
        var value = PlanEvaluation.Of(problem, starts).Value;

        var chosen = PlanExplanation.In(problem, starts, stop);
        var left = PlanExplanation.Out(problem, starts, search, Part(0.1, 0.5), stop);
        var more = PlanExplanation.More(problem, starts, people, PricesOf(model, outcome), Share, search, Part(0.5, 0.7), stop);
        var sensitivities = PlanExplanation.Sensitivities(starts, [.. assumptions.Select(a => a.Assumption)], search, Part(0.7, 1), stop);
        return new()
        {
            Value = value,
            In = [.. chosen.Select(r => InReason.Of(input, model, r))],
            Out = [.. left.Select(r => OutReason.Of(model, starts, value, r))],
            Units = [.. more.Select(w => new UnitWorth(model.Resources[w.Resource].Kind, model.Resources[w.Resource].Id, model.Resources[w.Resource].Kind == "budget" ? w.Bucket : null, w.Added, w.Found, w.AtMost))],
            Assumptions = [.. sensitivities.Select(s => AssumptionEffect.From(model, value, assumptions.First(a => a.Assumption.Name == s.Name), s)).OrderByDescending(a => a.AtStake).ThenByDescending(a => a.Swing)],
            IsCut = stop.IsCancellationRequested,
        };

        IProgress<double> Part(double from, double to) => new PartOf(progress, from, to);
    }

    /// <summary>The prices of the outcome, where they are those of this model's resources.</summary>
    private static List<List<double>>? PricesOf(PlanModel model, PlanOutcome outcome) =>
        outcome.Prices is { } prices && prices.Count == model.Resources.Count && prices.Index().All(p => p.Item.Count == model.Problem.Resources[p.Index].Capacities.Count) ? prices : null;
}

/// <summary>A part of a work, told as a share of the whole.</summary>
internal sealed class PartOf(IProgress<double> whole, double from, double to) : IProgress<double>
{
    public void Report(double value) => whole.Report(from + value * (to - from));
}

/// <summary>An initiative at another start, nothing else changed.</summary>
/// <param name="Start">Quarter of the plan.</param>
/// <param name="Gain">Points.</param>
/// <param name="Lacks">What that would take; empty where nothing stands in the way.</param>
internal sealed record Shift(int Start, double Gain, List<Lack> Lacks)
{
    public static Shift? Of(PlanModel model, PlanMove? move) => move is null ? null : new(move.Start, move.Gain, Lack.Of(model, move.Violations));
}

/// <summary>Why an initiative is in the plan.</summary>
/// <param name="Worth">Points the plan loses without it and what goes with it.</param>
/// <param name="Elements">Element → its part of <paramref name="Worth"/>; the rest is benefits to people.</param>
/// <param name="Dependents">Codes of what goes with it.</param>
/// <param name="IsMust">Whether a decision requires it.</param>
/// <param name="Without">What the plan would lack without it.</param>
/// <param name="Earlier">A quarter earlier; null where it starts in the first.</param>
internal sealed record InReason(string Code, double Worth, Dictionary<string, double> Elements, List<string> Dependents, bool IsMust, List<Lack> Without, Shift? Earlier)
{
    /// <summary>Points below which something counts as nothing.</summary>
    public const double Nothing = 0.005;

    public double Benefits => Worth - Elements.Values.Sum();

    public static InReason Of(PlanInput input, PlanModel model, PlanReasonIn reason)
    {
        var code = model.Codes[reason.Option];
        return new(code, reason.Worth, reason.LadderWorths.Index().Where(l => Math.Abs(l.Item) >= Nothing).OrderByDescending(l => l.Item).ToDictionary(l => model.Elements[l.Index], l => l.Item),
            [.. reason.Dependents.Select(d => model.Codes[d])], input.Scenario.Decisions.GetValueOrDefault(code)?.Choice == "must",
            Lack.Of(model, reason.Violations.Where(v => v is not PlanViolation.NotChosen(var option) || option != reason.Option)), Shift.Of(model, reason.Earlier));
    }
}

/// <summary>Why an initiative is not in the plan.</summary>
/// <param name="Impossible">Why it can be part of no plan (see <see cref="Plans.Impossible.Why"/>); null where it can.</param>
/// <param name="What">What goes with that.</param>
/// <param name="Nearest">At the start that takes least of those at which it brings at least half of what it could; null where it has no start.</param>
/// <param name="Forced">Of the search for a plan with it: <c>found</c>, <c>none</c> (not found), <c>infeasible</c> (proved); null where none was made.</param>
/// <param name="Change">Points the best plan found with it is worth beyond the plan; mostly below 0.</param>
/// <param name="Added">Codes of what else that plan has.</param>
/// <param name="Dropped">Codes of what it leaves out.</param>
/// <param name="BroughtBy">Codes of what the plan has that lifts the same elements.</param>
internal sealed record OutReason(string Code, string? Impossible, string What, Shift? Nearest, string? Forced, double Change, List<string> Added, List<string> Dropped, List<string> BroughtBy)
{
    public static OutReason Of(PlanModel model, IReadOnlyList<int> starts, double value, PlanReasonOut reason)
    {
        var (code, found) = (model.Codes[reason.Option], reason.ForcedStarts.Count > 0);
        var impossible = model.Impossible.FirstOrDefault(i => i.Code == code);
        return new(code, impossible?.Why, impossible?.What ?? "", Shift.Of(model, reason.Nearest),
            reason.ForcedStatus switch { null => null, PlanStatus.Infeasible => "infeasible", _ => found ? "found" : "none" }, found ? reason.ForcedValue - value : 0,
            Where(o => found && starts[o] < 0 && reason.ForcedStarts[o] >= 0 && o != reason.Option), Where(o => found && starts[o] >= 0 && reason.ForcedStarts[o] < 0),
            Where(o => starts[o] >= 0 && model.Problem.Ladders.Any(l => l.Steps.Any(s => s.Shares.Any(x => x.Option == o) && s.Shares.Any(x => x.Option == reason.Option)))));

        List<string> Where(Func<int, bool> isOne) => [.. Enumerable.Range(0, starts.Count).Where(isOne).Select(o => model.Codes[o])];
    }
}

/// <summary>What <see cref="WhyFindings.Share"/> more of a budget or of staff is worth.</summary>
/// <param name="Kind"><c>budget</c>, <c>total</c> or <c>people</c>.</param>
/// <param name="Id">The source or pool.</param>
/// <param name="Year">Index of the budget year; null for all.</param>
/// <param name="Added">In the plan's currency, or full-time equivalents in each quarter.</param>
/// <param name="Found">Points, by solving again.</param>
/// <param name="AtMost">Points beyond the plan's proved bound that no plan can exceed, by dual prices; null without.</param>
internal sealed record UnitWorth(string Kind, string Id, int? Year, double Added, double Found, double? AtMost);
