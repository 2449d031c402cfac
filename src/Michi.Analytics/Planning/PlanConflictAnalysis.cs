namespace Michi.Analytics.Planning;

/// <summary>Relaxations that together give a plan.</summary>
/// <param name="IsProvedSmallest">True where it is proved that none of the amounts can be smaller by more than the tolerance, the others being as they are.</param>
/// <param name="Starts">A plan of the relaxed problem: start of each option or −1.</param>
public sealed record PlanMend(IReadOnlyList<PlanSoftening> Relaxations, bool IsProvedSmallest, IReadOnlyList<int> Starts);

/// <summary>How long to look for what stands in the way.</summary>
public sealed record PlanConflictOptions
{
    public ulong Seed { get; init; } = 1;

    /// <summary>Steps of the solver for each question whether there is a plan.</summary>
    public long Effort { get; init; } = 20_000;

    /// <summary>Such questions at most, ≥ 1.</summary>
    public int Checks { get; init; } = 300;

    /// <summary>Ways to mend at most.</summary>
    public int Mends { get; init; } = 8;

    /// <summary>Relaxations of a way at most.</summary>
    public int Together { get; init; } = 3;

    /// <summary>Relative: so close to the smallest an amount is sought.</summary>
    public double Tolerance { get; init; } = 0.005;

    /// <summary>What may be softened; null = everything but precedences.</summary>
    public Func<PlanRequirement, bool>? MayRelax { get; init; }
}

/// <summary>Requirements that cannot be fulfilled together, and the smallest changes with which there is a plan.</summary>
/// <remarks>
/// The conflict is found by QuickXplain (Junker 2004, AAAI:167-172) and cut down by leaving out each member. A change that mends takes at least one
/// member of every conflict: such sets are enumerated smallest first as a hitting-set tree (Reiter 1987, Artif. Intell. 32(1):57-95).
/// </remarks>
/// <param name="Status">Infeasible: proved. Unknown: no plan was found, and the conflict is what no plan was found for. Feasible: there is a plan.</param>
/// <param name="Conflict">Empty where there is a plan.</param>
/// <param name="IsMinimal">True where a plan was found without each of the members.</param>
/// <param name="Mends">Those with fewest relaxations first; empty where none was found.</param>
public sealed record PlanConflictAnalysis(PlanStatus Status, IReadOnlyList<PlanRequirement> Conflict, bool IsMinimal, IReadOnlyList<PlanMend> Mends)
{
    /// <param name="problem">One without errors.</param>
    /// <param name="stop">Ends the analysis early, with what is known.</param>
    /// <exception cref="PlanningProblemException">Where the problem has errors.</exception>
    public static PlanConflictAnalysis Of(PlanningProblem problem, PlanConflictOptions? options = null, CancellationToken stop = default)
    {
        if (problem.Errors() is { Count: > 0 } errors) throw new PlanningProblemException(errors);
        return new Run(problem, options ?? new(), stop).Analyse();
    }

    private sealed class Run(PlanningProblem problem, PlanConflictOptions options, CancellationToken stop)
    {
        /// <summary>A conflict of more buckets than this is told of the whole resource.</summary>
        private const int MostBuckets = 6;

        private readonly PlanFeasibility _feasibility = new(options.Seed, options.Effort, stop);
        private readonly Func<PlanRequirement, bool> _mayRelax = options.MayRelax ?? (r => r is not PlanRequirement.Precedence);

        private bool IsDone => stop.IsCancellationRequested || _feasibility.Checks >= options.Checks;

        public PlanConflictAnalysis Analyse()
        {
            var status = _feasibility.Check(problem).Status;
            if (status == PlanStatus.Feasible) return new(status, [], true, []);
            var conflict = Conflict(new HashSet<PlanRequirement>(), status);
            var isMinimal = !IsDone && conflict.All(left => _feasibility.Check(Only(conflict.Where(r => r != left), new HashSet<PlanRequirement>())).Status == PlanStatus.Feasible);
            return new(status, conflict, isMinimal, Mends(conflict));
        }

        /// <summary>The problem with some of its requirements only.</summary>
        private PlanningProblem Only(IEnumerable<PlanRequirement> kept, IReadOnlySet<PlanRequirement> relaxed)
        {
            var keep = kept.ToHashSet();
            // A resource of which buckets are kept one by one is not given up as a whole.
            var gone = PlanRequirement.Of(problem).SelectMany(r => r is PlanRequirement.Capacity(var resource, _) && keep.Any(k => k is PlanRequirement.Capacity(var own, int) && own == resource)
                ? Buckets(resource) : [r]).Where(r => !keep.Contains(r));
            return PlanRequirement.Without(problem, gone.Concat(relaxed).ToHashSet());
        }

        private IEnumerable<PlanRequirement> Buckets(int resource) =>
            Enumerable.Range(0, problem.Resources[resource].Capacities.Count).Select(b => new PlanRequirement.Capacity(resource, b));

        /// <summary>Requirements of the problem without the relaxed ones for which there is no plan, as few as leaving out single ones shows.</summary>
        private List<PlanRequirement> Conflict(HashSet<PlanRequirement> relaxed, PlanStatus status)
        {
            var whole = PlanRequirement.Without(problem, relaxed);
            // As strong a reason as there is: all sets asked about are then compared by the same means.
            Func<PlanningProblem, bool> hasNone = PlanFeasibility.IsRefuted(whole) ? PlanFeasibility.IsRefuted
                : status == PlanStatus.Infeasible ? p => _feasibility.Check(p).Status == PlanStatus.Infeasible
                : p => _feasibility.Check(p).Status != PlanStatus.Feasible;
            bool HasNone(IEnumerable<PlanRequirement> kept) => hasNone(Only(kept, relaxed));

            var conflict = Explain([], false, [.. PlanRequirement.Of(problem).Where(r => !relaxed.Contains(r))], HasNone);
            foreach (var resource in conflict.OfType<PlanRequirement.Capacity>().ToList())
            {
                var others = conflict.Where(r => r != resource).ToList();
                var buckets = Buckets(resource.Resource).Where(b => !relaxed.Contains(b)).ToList();
                if (buckets.Count > 1 && Explain(others, true, buckets, HasNone) is { Count: > 0 and <= MostBuckets } few) conflict = [.. others, .. few];
                else if (buckets.Count == 1) conflict = [.. others, buckets[0]];
            }
            if (status != PlanStatus.Infeasible) return conflict;
            foreach (var member in conflict.ToList())
                if (!IsDone && conflict.Where(r => r != member).ToList() is var rest && _feasibility.Check(Only(rest, relaxed)).Status == PlanStatus.Infeasible) conflict = rest;
            return conflict;
        }

        private List<PlanRequirement> Explain(List<PlanRequirement> background, bool isNew, List<PlanRequirement> candidates, Func<IEnumerable<PlanRequirement>, bool> hasNone)
        {
            if (isNew && hasNone(background)) return [];
            if (candidates.Count <= 1 || IsDone) return candidates;
            var (first, second) = (candidates[..(candidates.Count / 2)], candidates[(candidates.Count / 2)..]);
            var ofSecond = Explain([.. background, .. first], true, second, hasNone);
            var ofFirst = Explain([.. background, .. ofSecond], ofSecond.Count > 0, first, hasNone);
            return [.. ofFirst, .. ofSecond];
        }

        private List<PlanMend> Mends(List<PlanRequirement> conflict)
        {
            var (mends, sets, seen) = (new List<PlanMend>(), new List<HashSet<PlanRequirement>>(), new HashSet<string>());
            var open = new Queue<(HashSet<PlanRequirement> Relaxed, List<PlanRequirement> Conflict)>([([], conflict)]);
            while (open.TryDequeue(out var node) && mends.Count < options.Mends && !IsDone)
                foreach (var next in Choices(node.Conflict))
                {
                    HashSet<PlanRequirement> relaxed = [.. node.Relaxed, next];
                    if (mends.Count >= options.Mends || IsDone || !seen.Add(string.Join('|', relaxed.Select(r => r.ToString()).Order(StringComparer.Ordinal)))
                        || sets.Any(relaxed.IsSupersetOf)) continue;
                    var (status, starts) = _feasibility.Check(PlanRequirement.Without(problem, relaxed));
                    if (status == PlanStatus.Feasible)
                    {
                        // A later choice, such as a whole resource, may have made an earlier one needless.
                        foreach (var member in relaxed.Count == 1 ? [] : relaxed.ToList())
                            if (!IsDone && _feasibility.Check(PlanRequirement.Without(problem, relaxed.Where(r => r != member).ToHashSet())) is { Status: PlanStatus.Feasible } without)
                            {
                                relaxed.Remove(member);
                                starts = without.Starts;
                            }
                        if (sets.Any(relaxed.IsSupersetOf)) continue;
                        sets.Add(relaxed);
                        mends.Add(Smallest([.. relaxed], starts));
                    }
                    else if (relaxed.Count < options.Together) open.Enqueue((relaxed, Conflict(relaxed, status)));
                }
            return mends;
        }

        /// <summary>Members that may be relaxed; where several buckets of a resource are among them, the whole resource as well.</summary>
        private IEnumerable<PlanRequirement> Choices(List<PlanRequirement> conflict) => conflict
            .Concat(conflict.OfType<PlanRequirement.Capacity>().GroupBy(c => c.Resource).Where(g => g.Count() > 1).Select(g => new PlanRequirement.Capacity(g.Key, null)))
            .Where(_mayRelax);

        /// <summary>One amount after the other made as small as it can be.</summary>
        private PlanMend Smallest(List<PlanRequirement> relaxed, IReadOnlyList<int> starts)
        {
            List<PlanSoftening> relaxations = [.. relaxed.Select(r => new PlanSoftening(r, null))];
            var isProved = true;
            for (var i = 0; i < relaxations.Count; i++)
            {
                var requirement = relaxations[i].Requirement;
                if (requirement is PlanRequirement.FixedStart(var option))
                {
                    // Not monotone: the nearest start is looked for, step by step.
                    var old = problem.Options[option].FixedStart!.Value;
                    foreach (var start in Enumerable.Range(0, problem.Periods).Where(s => s != old).OrderBy(s => Math.Abs(s - old)))
                        if (!IsDone && Try(i, start)) break;
                    continue;
                }
                if (Needed(requirement, starts) is not { } most) continue;
                var isWhole = requirement is not PlanRequirement.Capacity and not PlanRequirement.Minimum;
                var (low, high) = (0.0, most);
                relaxations[i] = new(requirement, high);
                while (!IsDone && high - low > (isWhole ? 1 : options.Tolerance * high))
                {
                    var middle = isWhole ? Math.Floor((low + high) / 2) : (low + high) / 2;
                    if (Try(i, middle)) high = Math.Min(middle, Needed(requirement, starts)!.Value);
                    else low = middle;
                    relaxations[i] = new(requirement, high);
                }
            }
            return new(relaxations, isProved && !IsDone, starts);

            bool Try(int at, double amount)
            {
                var before = relaxations[at];
                relaxations[at] = before with { Amount = amount };
                var (status, found) = _feasibility.Check(PlanSoftening.Apply(problem, relaxations));
                if (status == PlanStatus.Feasible) starts = found;
                else relaxations[at] = before;
                isProved &= status != PlanStatus.Unknown;
                return status == PlanStatus.Feasible;
            }
        }

        /// <summary>By how much a plan goes beyond a requirement; null where that is not a matter of more or less.</summary>
        private double? Needed(PlanRequirement requirement, IReadOnlyList<int> starts)
        {
            switch (requirement)
            {
                case PlanRequirement.EarliestStart(var o):
                    return starts[o] < 0 ? null : Math.Max(0, problem.Options[o].EarliestStart - starts[o]);
                case PlanRequirement.LatestEnd(var o):
                    return starts[o] < 0 ? null : Math.Max(0, starts[o] + problem.Options[o].Duration - problem.Options[o].LatestEnd!.Value);
                case PlanRequirement.Minimum(var c):
                    var cover = problem.Covers[c];
                    return Math.Max(0, cover.Minimum - cover.Amounts.Where(a => starts[a.Option] >= 0 && starts[a.Option] + problem.Options[a.Option].Duration <= (cover.By ?? problem.Periods)).Sum(a => a.Amount));
                case PlanRequirement.Capacity(var r, var bucket):
                    var resource = problem.Resources[r];
                    var uses = PlanEvaluation.Of(problem, starts).Uses[r];
                    var (used, capacity, most) = (0.0, 0.0, 0.0);
                    for (var b = 0; b < uses.Count; b++)
                    {
                        (used, capacity) = resource.CarriesOver ? (used + uses[b], capacity + resource.Capacities[b]) : (uses[b], resource.Capacities[b]);
                        if (bucket is null || b == bucket || (resource.CarriesOver && b > bucket)) most = Math.Max(most, (used - capacity) / (bucket is null && resource.CarriesOver ? b + 1 : 1));
                    }
                    return most;
                default:
                    return null;
            }
        }
    }
}
