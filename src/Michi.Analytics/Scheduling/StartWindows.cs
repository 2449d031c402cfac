namespace Michi.Analytics.Scheduling;

/// <summary>The periods in which each activity can start if all are to end by a deadline, narrowed by what precedences and resources imply.</summary>
/// <remarks>
/// Sources: core times (timetable) and incompatible pairs, Klein &amp; Scholl (1999), Int. J. Prod. Res. 37(8):1687-1709 and EJOR
/// 112(2):322-346; energetic reasoning, Baptiste, Le Pape &amp; Nuijten (1999), Ann. Oper. Res. 92:305-333, over intervals from an earliest
/// start to a latest end. A narrowing removes only starts that no schedule within the deadline has. Not thread-safe.
/// </remarks>
internal sealed class StartWindows
{
    private readonly SchedulingProblem _problem;
    private readonly ResourceProfile _profile;
    private readonly (int First, int Second)[] _incompatible;
    private readonly long[][] _supplies;
    private readonly int[] _durations;

    public StartWindows(SchedulingProblem problem)
    {
        (_problem, _profile, _durations) = (problem, new ResourceProfile(problem), problem.Durations);
        _supplies = [.. Enumerable.Range(0, problem.Resources.Count).Select(r => EnergyBound.Supply(problem, r))];
        var largest = problem.Resources.Select(r => (r.FirstPeriods ?? []).Append(r.Capacity).Max()).ToArray();
        _incompatible = [.. from a in Enumerable.Range(0, problem.Count)
                            from b in Enumerable.Range(0, a)
                            where _durations[a] > 0 && _durations[b] > 0
                            where largest.Index().Any(c => (long)problem.Activities[a].Demands[c.Index] + problem.Activities[b].Demands[c.Index] > c.Item)
                            select (b, a)];
        (Earliest, Latest) = (new int[problem.Count], new int[problem.Count]);
    }

    /// <summary>First possible start of each activity.</summary>
    public int[] Earliest { get; }

    /// <summary>Last possible start of each activity.</summary>
    public int[] Latest { get; }

    /// <summary>Number of narrowings done, the measure of effort.</summary>
    public long Effort { get; private set; }

    /// <summary>Windows as wide as the deadline allows, at most the horizon.</summary>
    public void Reset(int deadline)
    {
        for (var a = 0; a < Earliest.Length; a++) (Earliest[a], Latest[a]) = (0, deadline - _durations[a]);
    }

    /// <summary>Narrows the windows until nothing changes.</summary>
    /// <returns>False if no schedule is left.</returns>
    public bool Narrow()
    {
        Effort++;
        bool changed;
        do
        {
            changed = false;
            if (!NarrowByPrecedences() || !NarrowByPairs(ref changed) || !NarrowByCoreTimes(ref changed)) return false;
        }
        while (changed);
        return true;
    }

    private bool NarrowByPrecedences()
    {
        foreach (var a in _problem.TopologicalOrder)
        {
            foreach (var (before, lag) in _problem.Predecessors[a])
                Earliest[a] = Math.Max(Earliest[a], Earliest[before] + _durations[before] + lag);
            if (Earliest[a] > Latest[a]) return false;
        }
        for (var i = Earliest.Length - 1; i >= 0; i--)
        {
            var a = _problem.TopologicalOrder[i];
            foreach (var (after, lag) in _problem.Successors[a]) Latest[a] = Math.Min(Latest[a], Latest[after] - lag - _durations[a]);
            if (Earliest[a] > Latest[a]) return false;
        }
        return true;
    }

    private bool NarrowByPairs(ref bool changed)
    {
        foreach (var (a, b) in _incompatible)
        {
            if (Earliest[a] + _durations[a] > Latest[b] && !Sequence(b, a, ref changed)) return false;
            if (Earliest[b] + _durations[b] > Latest[a] && !Sequence(a, b, ref changed)) return false;
        }
        return true;
    }

    private bool Sequence(int before, int after, ref bool changed)
    {
        if (Earliest[before] + _durations[before] > Earliest[after])
            (Earliest[after], changed) = (Earliest[before] + _durations[before], true);
        if (Latest[after] - _durations[before] < Latest[before])
            (Latest[before], changed) = (Latest[after] - _durations[before], true);
        return Earliest[after] <= Latest[after] && Earliest[before] <= Latest[before];
    }

    /// <summary>Between its latest start and its earliest end an activity runs for certain; the others have to leave it room.</summary>
    private bool NarrowByCoreTimes(ref bool changed)
    {
        _profile.Clear();
        for (var a = 0; a < Earliest.Length; a++)
        {
            int from = Latest[a], to = Earliest[a] + _durations[a];
            for (var t = from; t < to; t++)
                if (!_profile.Fits(a, t)) return false;
            if (from < to) _profile.Occupy(a, from, to);
        }
        for (var a = 0; a < Earliest.Length; a++)
        {
            int earliest = Earliest[a], latest = Latest[a], end = earliest + _durations[a];
            if (earliest == latest || end == earliest) continue;
            if (latest < end) _profile.Release(a, latest, end);
            Earliest[a] = _profile.EarliestStart(a, earliest);
            Latest[a] = _profile.LatestStart(a, latest + _durations[a]);
            if (latest < end) _profile.Occupy(a, latest, end);
            if (Earliest[a] > Latest[a]) return false;
            changed |= Earliest[a] != earliest || Latest[a] != latest;
        }
        return true;
    }

    /// <summary>Compares, for each resource and interval, the work that must fall into the interval with what the resource supplies.</summary>
    /// <returns>False if no schedule is left. Time O(r·n³).</returns>
    public bool NarrowByEnergy(ref bool changed)
    {
        Effort += 10;
        var count = Earliest.Length;
        var from = Earliest.Concat(Latest).Distinct().ToArray();
        var to = Latest.Zip(_durations, (l, d) => l + d).Concat(Earliest.Zip(_durations, (e, d) => e + d)).Distinct().ToArray();
        for (var r = 0; r < _supplies.Length; r++)
        {
            var supply = _supplies[r];
            var demands = _problem.Activities.Select(a => a.Demands[r]).ToArray();
            foreach (var t1 in from)
                foreach (var t2 in to)
                {
                    if (t2 <= t1) continue;
                    var spare = supply[t2] - supply[t1];
                    for (var a = 0; a < count; a++)
                        spare -= (long)demands[a] * Math.Min(Within(Earliest[a], a, t1, t2), Within(Latest[a], a, t1, t2));
                    if (spare < 0) return false;
                    // An activity at one end of its window may bring more work into the interval than there is room for.
                    for (var a = 0; a < count; a++)
                    {
                        if (demands[a] == 0 || Earliest[a] == Latest[a]) continue;
                        int early = Within(Earliest[a], a, t1, t2), late = Within(Latest[a], a, t1, t2);
                        var room = spare / demands[a] + Math.Min(early, late); // periods of a that the interval can hold
                        if (early > room && t2 - (int)room > Earliest[a])
                        {
                            spare += (long)demands[a] * Math.Min(early, late);
                            (Earliest[a], changed) = (t2 - (int)room, true);
                            if (Earliest[a] > Latest[a]) return false;
                            spare -= (long)demands[a] * Math.Min(Within(Earliest[a], a, t1, t2), late);
                            if (spare < 0) return false;
                            early = Within(Earliest[a], a, t1, t2);
                            room = spare / demands[a] + Math.Min(early, late);
                        }
                        if (late > room && t1 + (int)room - _durations[a] < Latest[a])
                        {
                            spare += (long)demands[a] * Math.Min(early, late);
                            (Latest[a], changed) = (t1 + (int)room - _durations[a], true);
                            if (Earliest[a] > Latest[a]) return false;
                            spare -= (long)demands[a] * Math.Min(early, Within(Latest[a], a, t1, t2));
                            if (spare < 0) return false;
                        }
                    }
                }
        }
        return true;
    }

    /// <summary>Periods of an activity within t1 … t2 − 1 if it starts then.</summary>
    private int Within(int start, int activity, int t1, int t2) =>
        Math.Max(0, Math.Min(start + _durations[activity], t2) - Math.Max(start, t1));
}
