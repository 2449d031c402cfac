namespace Michi.Analytics.Planning;

/// <summary>A condition of a planning problem that can be given up, named by the indices of the problem.</summary>
public abstract record PlanRequirement
{
    private PlanRequirement() { }

    /// <summary>An option must be chosen.</summary>
    public sealed record Mandatory(int Option) : PlanRequirement;

    /// <summary>An option may start in one period only.</summary>
    public sealed record FixedStart(int Option) : PlanRequirement;

    /// <summary>An option may not start before a period.</summary>
    public sealed record EarliestStart(int Option) : PlanRequirement;

    /// <summary>An option must have ended by a period.</summary>
    public sealed record LatestEnd(int Option) : PlanRequirement;

    /// <summary>An option may not be chosen.</summary>
    public sealed record Forbidden(int Option) : PlanRequirement;

    /// <summary>A cover must reach its minimum.</summary>
    public sealed record Minimum(int Cover) : PlanRequirement;

    /// <summary>A bucket of a resource is limited, or all its buckets.</summary>
    public sealed record Capacity(int Resource, int? Bucket) : PlanRequirement;

    /// <summary>Of a set at most one option may be chosen.</summary>
    public sealed record Exclusion(int Index) : PlanRequirement;

    /// <summary>Of a set all options are chosen or none.</summary>
    public sealed record Joint(int Index) : PlanRequirement;

    /// <summary>An option waits for others.</summary>
    public sealed record Precedence(int Index) : PlanRequirement;

    /// <summary>All requirements of a problem, resources as wholes, those people decide first.</summary>
    internal static IReadOnlyList<PlanRequirement> Of(PlanningProblem problem)
    {
        var all = new List<PlanRequirement>();
        void Add<T>(IReadOnlyList<T> items, Func<T, bool> isOne, Func<int, PlanRequirement> make) =>
            all.AddRange(items.Index().Where(i => isOne(i.Item)).Select(i => make(i.Index)));
        Add(problem.Options, o => o.IsMandatory, o => new Mandatory(o));
        Add(problem.Covers, c => c.Minimum > 0, c => new Minimum(c));
        Add(problem.Options, o => o.FixedStart is not null, o => new FixedStart(o));
        Add(problem.Options, o => o.LatestEnd < problem.Periods, o => new LatestEnd(o));
        Add(problem.Options, o => o.EarliestStart > 0, o => new EarliestStart(o));
        Add(problem.Precedences, _ => true, p => new Precedence(p));
        Add(problem.Exclusions, _ => true, e => new Exclusion(e));
        Add(problem.Joint, _ => true, j => new Joint(j));
        Add(problem.Resources, _ => true, r => new Capacity(r, null));
        Add(problem.Options, o => o.IsForbidden, o => new Forbidden(o));
        return all;
    }

    /// <summary>The problem without some of its requirements. Those that are left keep their meaning, sets and precedences not their index.</summary>
    internal static PlanningProblem Without(PlanningProblem problem, IReadOnlySet<PlanRequirement> gone) => gone.Count == 0 ? problem : problem with
    {
        Options = [.. problem.Options.Select((o, i) => o with
        {
            IsMandatory = o.IsMandatory && !gone.Contains(new Mandatory(i)),
            IsForbidden = o.IsForbidden && !gone.Contains(new Forbidden(i)),
            FixedStart = gone.Contains(new FixedStart(i)) ? null : o.FixedStart,
            EarliestStart = gone.Contains(new EarliestStart(i)) ? 0 : o.EarliestStart,
            LatestEnd = gone.Contains(new LatestEnd(i)) ? null : o.LatestEnd,
        })],
        Covers = [.. problem.Covers.Select((c, i) => gone.Contains(new Minimum(i)) ? c with { Minimum = 0 } : c)],
        Resources = [.. problem.Resources.Select((resource, r) => resource with
        {
            Capacities = [.. resource.Capacities.Select((capacity, b) =>
                gone.Contains(new Capacity(r, null)) || gone.Contains(new Capacity(r, b)) ? Math.Max(capacity, AllUses(problem, r)) : capacity)],
        })],
        Exclusions = [.. problem.Exclusions.Where((_, i) => !gone.Contains(new Exclusion(i)))],
        Joint = [.. problem.Joint.Where((_, i) => !gone.Contains(new Joint(i)))],
        Precedences = [.. problem.Precedences.Where((_, i) => !gone.Contains(new Precedence(i)))],
    };

    private static double AllUses(PlanningProblem problem, int resource) => Math.Min(PlanningProblem.MaximumNumber, 1 + problem.Options
        .SelectMany(o => o.Uses).Where(u => u.Resource == resource).Sum(u => u.Setup.Sum() + u.Afterwards * problem.Periods));
}

/// <summary>A requirement made softer, or given up.</summary>
/// <param name="Amount">
/// Units a bucket has more (every bucket where the whole resource is meant); by how much a minimum is lower; by how many periods a start may be
/// earlier or an end later; for a fixed start the start it moves to. Null where the requirement is given up.
/// </param>
public sealed record PlanSoftening(PlanRequirement Requirement, double? Amount)
{
    /// <summary>The problem with these relaxations.</summary>
    public static PlanningProblem Apply(PlanningProblem problem, IReadOnlyList<PlanSoftening> relaxations)
    {
        foreach (var relaxation in relaxations.Where(r => r.Amount is not null)) problem = relaxation.Soften(problem);
        return PlanRequirement.Without(problem, relaxations.Where(r => r.Amount is null).Select(r => r.Requirement).ToHashSet());
    }

    private PlanningProblem Soften(PlanningProblem problem)
    {
        var amount = Amount!.Value;
        return Requirement switch
        {
            PlanRequirement.FixedStart(var o) => problem.With(o, option => option with { FixedStart = (int)amount }),
            PlanRequirement.EarliestStart(var o) => problem.With(o, option => option with { EarliestStart = Math.Max(0, option.EarliestStart - (int)amount) }),
            PlanRequirement.LatestEnd(var o) => problem.With(o, option => option with { LatestEnd = option.LatestEnd + (int)amount }),
            PlanRequirement.Minimum(var cover) => problem with
            {
                Covers = [.. problem.Covers.Select((c, i) => i == cover ? c with { Minimum = Math.Max(0, c.Minimum - amount) } : c)],
            },
            PlanRequirement.Capacity(var resource, var bucket) => problem with
            {
                Resources = [.. problem.Resources.Select((r, i) => i != resource ? r : r with
                {
                    Capacities = [.. r.Capacities.Select((capacity, b) => bucket is null || b == bucket ? capacity + amount : capacity)],
                })],
            },
            _ => throw new InvalidOperationException($"{Requirement} is given up or stays."),
        };
    }
}
