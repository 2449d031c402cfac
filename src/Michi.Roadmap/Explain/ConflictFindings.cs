using System.Globalization;
using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Explain;

/// <summary>Why there is no plan: requirements that contradict each other, and the smallest changes with which there is one.</summary>
internal sealed record ConflictFindings
{
    /// <summary>True where it is proved that no plan fulfils them together; false where none was found.</summary>
    public required bool IsProved { get; init; }

    /// <summary>True where there is a plan without any one of them.</summary>
    public required bool IsMinimal { get; init; }

    /// <summary>Empty where a longer search has found a plan.</summary>
    public required List<Demand> Conflict { get; init; }

    /// <summary>Those with fewest changes first.</summary>
    public required List<Mend> Mends { get; init; }

    public required bool IsCut { get; init; }

    public static ConflictFindings Of(PlanInput input, ContentPack pack, IProgress<double> progress, CancellationToken stop)
    {
        var model = PlanModel.Of(input, pack);
        var decided = model.Impossible.Where(i => i.Why != "forbidden").Select(i => i.Code).ToHashSet(StringComparer.Ordinal);
        var options = new PlanConflictOptions
        {
            Seed = input.Seed,
            Effort = 3_000,
            // What an initiative needs by its nature is for those who know it to change, not for a scenario.
            MayRelax = r => r is not (PlanRequirement.Precedence or PlanRequirement.Exclusion or PlanRequirement.Joint) && !(r is PlanRequirement.Forbidden(var o) && decided.Contains(model.Codes[o])),
        };
        progress.Report(0.05);
        var found = PlanConflictAnalysis.Of(model.Problem, options, stop);
        return new()
        {
            IsProved = found.Status == PlanStatus.Infeasible,
            IsMinimal = found.IsMinimal,
            Conflict = [.. found.Conflict.Select(r => Demand.Of(model, r))],
            Mends = [.. found.Mends.Select(m => new Mend([.. m.Relaxations.Select(r => new Softening(Demand.Of(model, r.Requirement), r.Amount))], m.IsProvedSmallest))],
            IsCut = stop.IsCancellationRequested,
        };
    }
}

/// <summary>Something a scenario or its initiatives ask for.</summary>
/// <param name="Kind">
/// <c>must</c>, <c>forbid</c>, <c>start</c>, <c>earliest</c>, <c>latest</c> (decisions about an initiative), <c>impossible</c> (it can be part of no plan), <c>minimum</c>, <c>budget</c>,
/// <c>total</c>, <c>people</c>, <c>excluded</c>, <c>together</c> or <c>before</c> (the first waits for one of the others).
/// </param>
/// <param name="Ids">Codes of initiatives, the source, the pool, or the index of the minimum.</param>
/// <param name="At">Budget year or quarter of the plan; null where all are meant.</param>
/// <param name="Amount">What there is of money or people, in all or in the smallest quarter; quarters between; 0 else.</param>
internal sealed record Demand(string Kind, List<string> Ids, int? At = null, double Amount = 0)
{
    public static Demand Of(PlanModel model, PlanRequirement requirement) => requirement switch
    {
        PlanRequirement.Mandatory(var o) => new("must", [model.Codes[o]]),
        PlanRequirement.Forbidden(var o) => new(model.Impossible.Any(i => i.Code == model.Codes[o] && i.Why != "forbidden") ? "impossible" : "forbid", [model.Codes[o]]),
        PlanRequirement.FixedStart(var o) => new("start", [model.Codes[o]]),
        PlanRequirement.EarliestStart(var o) => new("earliest", [model.Codes[o]]),
        PlanRequirement.LatestEnd(var o) => new("latest", [model.Codes[o]]),
        PlanRequirement.Minimum(var c) => new("minimum", [c.ToString(CultureInfo.InvariantCulture)]),
        PlanRequirement.Capacity(var r, var bucket) => new(model.Resources[r].Kind, [model.Resources[r].Id], model.Resources[r].Kind == "total" ? null : bucket,
            model.Problem.Resources[r].Capacities is var all && bucket is { } b ? all[b] : model.Resources[r].Kind == "people" ? all.Min() : all.Sum()),
        PlanRequirement.Exclusion(var i) => new("excluded", [.. model.Problem.Exclusions[i].Select(o => model.Codes[o])]),
        PlanRequirement.Joint(var i) => new("together", [.. model.Problem.Joint[i].Select(o => model.Codes[o])]),
        PlanRequirement.Precedence(var i) => model.Problem.Precedences[i] is var (after, anyOf, lag) ? new("before", [model.Codes[after], .. anyOf.Select(o => model.Codes[o])], Amount: lag) : throw new InvalidOperationException(),
        _ => throw new InvalidOperationException($"{requirement} is not known here."),
    };
}

/// <summary>A demand made softer.</summary>
/// <param name="Amount">By how much (see <see cref="PlanSoftening.Amount"/>); null where it is given up.</param>
internal sealed record Softening(Demand Demand, double? Amount);

/// <summary>Changes that together give a plan.</summary>
/// <param name="IsSmallest">Whether it is proved that none of the amounts can be smaller.</param>
internal sealed record Mend(List<Softening> Softenings, bool IsSmallest);
