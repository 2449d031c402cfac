namespace Michi.Analytics.Planning;

/// <summary>A problem without errors laid out in flat arrays, with the starts that are left after propagation.</summary>
/// <remarks>
/// A row is a bucket of a resource; where the resource carries over, use and capacity of a row are sums from the start, so that all rows are
/// limited alike. The use of an option started in s is one run of consecutive rows for each resource; runs that repeat as s moves on are stored once.
/// Memory O(options · periods + rows + ladder steps · periods).
/// </remarks>
internal sealed class IndexedProblem
{
    public IndexedProblem(PlanningProblem problem)
    {
        (Problem, Count, Periods) = (problem, problem.Options.Count, problem.Periods);
        Durations = [.. problem.Options.Select(o => o.Duration)];
        Weights = [.. problem.PeriodWeights];
        Values = new double[Count * Periods];
        IsAllowed = new bool[Count * Periods];
        (First, Last, IsMandatory) = (new int[Count], new int[Count], [.. problem.Options.Select(o => o.IsMandatory)]);
        for (var o = 0; o < Count; o++)
        {
            var option = problem.Options[o];
            for (var t = 0; t < Periods; t++) Values[o * Periods + t] = option.Values[t];
            if (option.IsForbidden) continue;
            var latest = Math.Min(option.LatestEnd ?? Periods, Periods) - (long)option.Duration;
            for (var t = option.EarliestStart; t <= latest; t++)
                IsAllowed[o * Periods + t] = option.FixedStart is not { } start || start == t;
        }

        (FirstRow, Capacities) = LayRows();
        Runs = LayRuns(out var useStart, out var amounts);
        (UseStart, Amounts) = (useStart, amounts);
        LadderRuns = LayLadders(out var steps, out var shareStart, out var shares);
        (StepValues, LadderShareStart, LadderShares) = (steps, shareStart, shares);

        Precedences = [.. problem.Precedences.Select(p => new Before(p.After, [.. p.AnyOf.Distinct()], p.Lag))];
        PrecedencesOf = Links(Precedences.SelectMany((p, i) => new[] { (p.After, i) }));
        DependentsOf = Links(Precedences.SelectMany((p, i) => p.AnyOf.Select(b => (b, i))));
        Exclusions = [.. problem.Exclusions.Select(e => e.Distinct().ToArray())];
        ExclusionsOf = Links(Exclusions.SelectMany((e, i) => e.Select(o => (o, i))));
        Covers = [.. problem.Covers.Select(c => new Cover([.. c.Amounts], c.Minimum, c.By ?? Periods))];
        CoversOf = [.. Covers.SelectMany((c, i) => c.Amounts.Select(a => (a.Option, Share: new CoverShare(i, a.Amount))))
            .ToLookup(a => a.Option, a => a.Share) is var byOption ? Enumerable.Range(0, Count).Select(o => byOption[o].ToArray()) : []];
        (Groups, GroupOf) = JoinGroups();

        Conflict = new PlanNarrowing(this).Run();
    }

    public readonly record struct Run(int Row, int Length, int Offset);

    /// <summary>Steps of a ladder lie at StepValues[FirstStep …]; its sums at SumOffset + period · steps + step.</summary>
    public readonly record struct LadderRun(int FirstStep, int Steps, int SumOffset);

    public readonly record struct LadderShare(int Ladder, int Step, double Share);

    public readonly record struct Before(int After, int[] AnyOf, int Lag);

    public readonly record struct Cover(OptionAmount[] Amounts, double Minimum, int By);

    public readonly record struct CoverShare(int Cover, double Amount);

    public PlanningProblem Problem { get; }

    public int Count { get; }

    public int Periods { get; }

    public int[] Durations { get; }

    public double[] Weights { get; }

    /// <summary>[option · periods + start].</summary>
    public double[] Values { get; }

    /// <summary>Starts left: [option · periods + start].</summary>
    public bool[] IsAllowed { get; private set; }

    /// <summary>First start left of each option; beyond <see cref="Last"/> where none is.</summary>
    public int[] First { get; private set; }

    public int[] Last { get; private set; }

    /// <summary>Mandatory as given or as implied.</summary>
    public bool[] IsMandatory { get; private set; }

    public int Rows => Capacities.Length;

    public int[] FirstRow { get; }

    /// <summary>Of each row.</summary>
    public double[] Capacities { get; }

    /// <summary>Uses of option o are UseStart[o] … UseStart[o + 1] − 1.</summary>
    public int[] UseStart { get; }

    /// <summary>[use · periods + start].</summary>
    public Run[] Runs { get; }

    public double[] Amounts { get; }

    public LadderRun[] LadderRuns { get; }

    public double[] StepValues { get; }

    public int[] LadderShareStart { get; }

    /// <summary>Of option o: LadderShareStart[o] … LadderShareStart[o + 1] − 1, those of a ladder together.</summary>
    public LadderShare[] LadderShares { get; }

    public Before[] Precedences { get; }

    /// <summary>Precedences in which the option is the one after.</summary>
    public int[][] PrecedencesOf { get; }

    /// <summary>Precedences in which the option is one of those before.</summary>
    public int[][] DependentsOf { get; }

    public int[][] Exclusions { get; }

    public int[][] ExclusionsOf { get; }

    public Cover[] Covers { get; }

    public CoverShare[][] CoversOf { get; }

    /// <summary>Joint sets, those with a common option made one.</summary>
    public int[][] Groups { get; }

    /// <summary>−1 where the option is in none.</summary>
    public int[] GroupOf { get; }

    /// <summary>Why there is no plan, where that is plain without search.</summary>
    public PlanConflict? Conflict { get; }

    /// <summary>The same problem, of which other starts may be forbidden and other options required.</summary>
    public IndexedProblem Copy()
    {
        var copy = (IndexedProblem)MemberwiseClone();
        (copy.IsAllowed, copy.IsMandatory, copy.First, copy.Last) = ([.. IsAllowed], [.. IsMandatory], [.. First], [.. Last]);
        return copy;
    }

    public bool CanBeChosen(int option) => First[option] <= Last[option];

    /// <summary>Sets <see cref="First"/> and <see cref="Last"/> from what is allowed.</summary>
    public void Tighten(int option)
    {
        var allowed = IsAllowed.AsSpan(option * Periods, Periods);
        First[option] = allowed.IndexOf(true) is >= 0 and var first ? first : Periods;
        Last[option] = allowed.LastIndexOf(true);
    }

    private (int[] FirstRow, double[] Capacities) LayRows()
    {
        var (first, capacities) = (new List<int>(), new List<double>());
        foreach (var resource in Problem.Resources)
        {
            first.Add(capacities.Count);
            var sum = 0.0;
            foreach (var capacity in resource.Capacities)
            {
                sum = resource.CarriesOver ? sum + capacity : capacity;
                capacities.Add(sum + PlanEvaluation.Tolerance / 2 * Math.Max(1, sum));
            }
        }
        return ([.. first], [.. capacities]);
    }

    private Run[] LayRuns(out int[] useStart, out double[] amounts)
    {
        var laid = new List<double>();
        useStart = new int[Count + 1];
        for (var o = 0; o < Count; o++) useStart[o + 1] = useStart[o] + Problem.Options[o].Uses.Count;
        var runs = new Run[useStart[Count] * Periods];
        var bucketOf = Problem.Resources.Select(BucketOf).ToArray();
        for (var o = 0; o < Count; o++)
            for (var u = useStart[o]; u < useStart[o + 1]; u++)
            {
                var use = Problem.Options[o].Uses[u - useStart[o]];
                var resource = Problem.Resources[use.Resource];
                var (buckets, used) = (bucketOf[use.Resource], new double[resource.Ends.Count]);
                var earlier = new Dictionary<int, Run>(); // by place of the start in its bucket
                for (var s = 0; s < Periods; s++)
                {
                    if (!IsAllowed[o * Periods + s]) continue;
                    var run = Use(use, resource, buckets, s, Durations[o], used);
                    var place = s - (buckets[s] == 0 ? 0 : resource.Ends[buckets[s] - 1]);
                    var now = used.AsSpan(run.Row, run.Length);
                    var isKnown = earlier.TryGetValue(place, out var known) && known.Length >= run.Length
                        && now.SequenceEqual(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(laid).Slice(known.Offset, run.Length));
                    var offset = isKnown ? known.Offset : laid.Count;
                    if (!isKnown)
                    {
                        foreach (var amount in now) laid.Add(amount);
                        earlier[place] = run with { Offset = offset };
                    }
                    runs[u * Periods + s] = new(FirstRow[use.Resource] + run.Row, run.Length, offset);
                }
            }
        amounts = [.. laid];
        return runs;
    }

    private static int[] BucketOf(PlanResource resource)
    {
        var (buckets, bucket) = (new int[resource.Ends[^1]], 0);
        for (var t = 0; t < buckets.Length; t++)
        {
            if (t == resource.Ends[bucket]) bucket++;
            buckets[t] = bucket;
        }
        return buckets;
    }

    /// <summary>Fills in use by bucket; the run goes from the first bucket used to the last.</summary>
    private Run Use(ResourceUse use, PlanResource resource, int[] buckets, int start, int duration, double[] used)
    {
        Array.Clear(used);
        for (var i = 0; i < use.Setup.Count; i++) used[buckets[start + i]] += use.Setup[i];
        if (use.Afterwards > 0)
            for (var t = start + duration; t < Periods; t = resource.Ends[buckets[t]])
                used[buckets[t]] += use.Afterwards * (resource.Ends[buckets[t]] - t);
        if (resource.CarriesOver)
            for (var b = 1; b < used.Length; b++) used[b] += used[b - 1];
        var first = used.AsSpan().IndexOfAnyExcept(0.0);
        return first < 0 ? default : new(first, used.AsSpan().LastIndexOfAnyExcept(0.0) - first + 1, 0);
    }

    private LadderRun[] LayLadders(out double[] steps, out int[] shareStart, out LadderShare[] shares)
    {
        var (runs, values, sums) = (new List<LadderRun>(), new List<double>(), 0);
        foreach (var ladder in Problem.Ladders)
        {
            runs.Add(new(values.Count, ladder.Steps.Count, sums));
            values.AddRange(ladder.Steps.Select(s => s.Value));
            sums += ladder.Steps.Count * Periods;
        }
        var byOption = Problem.Ladders.SelectMany((l, i) => l.Steps.SelectMany((step, k) => step.Shares
            .Where(s => s.Amount > 0).Select(s => (s.Option, Share: new LadderShare(i, k, s.Amount))))).ToLookup(s => s.Option, s => s.Share);
        shareStart = new int[Count + 1];
        for (var o = 0; o < Count; o++) shareStart[o + 1] = shareStart[o] + byOption[o].Count();
        shares = [.. Enumerable.Range(0, Count).SelectMany(o => byOption[o])];
        steps = [.. values];
        return [.. runs];
    }

    private int[][] Links(IEnumerable<(int Option, int Index)> links)
    {
        var byOption = links.ToLookup(l => l.Option, l => l.Index);
        return [.. Enumerable.Range(0, Count).Select(o => byOption[o].Distinct().ToArray())];
    }

    private (int[][] Groups, int[] GroupOf) JoinGroups()
    {
        var parent = Enumerable.Range(0, Count).ToArray();
        int Root(int o) => parent[o] == o ? o : parent[o] = Root(parent[o]);
        foreach (var set in Problem.Joint)
            foreach (var option in set) parent[Root(option)] = Root(set[0]);
        var groups = Enumerable.Range(0, Count).GroupBy(Root).Select(g => g.ToArray()).Where(g => g.Length > 1).ToArray();
        var groupOf = new int[Count];
        Array.Fill(groupOf, -1);
        foreach (var (g, group) in groups.Index())
            foreach (var option in group) groupOf[option] = g;
        return (groups, groupOf);
    }
}
