using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Explain;

/// <summary>What value is traded against cost, time and equity: for each, plans of which none is better in both.</summary>
internal sealed record FrontFindings
{
    /// <summary>Levels looked at besides the unlimited one, and steps of the solver for each: three fronts in about the time of a plan.</summary>
    private const int Levels = 7;
    private const long Effort = 20_000;

    /// <summary>Of the plan the question was asked of.</summary>
    public required double Value { get; init; }

    public required List<Front> Fronts { get; init; }
    public required bool IsCut { get; init; }

    public static FrontFindings Of(PlanInput input, ContentPack pack, PlanOutcome outcome, IProgress<double> progress, CancellationToken stop)
    {
        var model = PlanModel.Of(input, pack);
        var (problem, starts) = (model.Problem, model.StartsOf(outcome.Starts));
        List<(string Kind, string Groups, PlanCriterion Criterion)> asked =
        [
            ("cost", "", new PlanCriterion.Spending([.. model.Resources.Index().Where(r => r.Item.Kind == "budget").Select(r => r.Index)])),
            ("time", "", new PlanCriterion.Completion()),
        ];
        if (GroupsOf(input) is var (kind, groups)) asked.Add(("equity", kind, new PlanCriterion.Equity(groups)));
        var search = new PlanSolverOptions { Seed = input.Seed, Effort = Effort, Proves = false };
        return new()
        {
            Value = PlanEvaluation.Of(problem, starts).Value,
            Fronts = [.. asked.Index().TakeWhile(_ => !stop.IsCancellationRequested).Select(a => new Front(a.Item.Kind, a.Item.Groups, a.Item.Criterion.Measure(problem, starts),
                [.. PlanFront.Find(problem, a.Item.Criterion, starts, Levels, search, new PartOf(progress, a.Index / (double)asked.Count, (a.Index + 1.0) / asked.Count), stop)
                    .Points.Select(p => new FrontPoint(p.Measure, p.Value, model.StartsOf(p.Starts)))]))],
            IsCut = stop.IsCancellationRequested,
        };
    }

    /// <summary>Groups that a plan can serve more or less: districts where initiatives name at least two, else groups of people; null where there are no two.</summary>
    private static (string Kind, List<PlanCover> Groups)? GroupsOf(PlanInput input)
    {
        var districts = Covers(f => f.District is { } district ? [district] : []);
        if (districts.Count > 1) return ("district", districts);
        return Covers(f => f.Groups) is { Count: > 1 } groups ? ("group", groups) : null;

        List<PlanCover> Covers(Func<InitiativeFacts, IEnumerable<string>> groupsOf) => [.. input.Initiatives.Index().SelectMany(i => groupsOf(i.Item.Facts).Distinct(), (i, group) => (group, i.Index))
            .GroupBy(x => x.group).OrderBy(g => g.Key, StringComparer.Ordinal).Select(g => new PlanCover(g.Key, [.. g.Select(x => new OptionAmount(x.Index, 1))], 0))];
    }
}

/// <summary>Plans of which none is better in both value and a criterion.</summary>
/// <param name="Criterion"><c>cost</c> (money of all sources over the plan, in its currency), <c>time</c> (quarters until all that is chosen is set up) or <c>equity</c> (share of its initiatives that the worst-off group gets, 0–1).</param>
/// <param name="Groups">For equity <c>district</c> or <c>group</c>; else empty.</param>
/// <param name="Measure">Where the plan itself stands.</param>
/// <param name="Points">By value, falling.</param>
internal sealed record Front(string Criterion, string Groups, double Measure, List<FrontPoint> Points);

/// <param name="Value">Points of worth.</param>
/// <param name="Starts">Code → quarter of the plan.</param>
internal sealed record FrontPoint(double Measure, double Value, Dictionary<string, int> Starts);
