namespace Michi.Analytics.Scheduling;

/// <summary>The units of each resource that are free in each period.</summary>
/// <remarks>Finding a place takes O(periods looked at) and looks at no period twice. Not thread-safe.</remarks>
internal sealed class ResourceProfile
{
    private readonly int _words;
    private readonly int[] _durations;
    private readonly ulong[] _guards, _demands, _empty, _free; // [period · words + word], guards set
    private int _touched; // periods from here on are as in _empty

    public ResourceProfile(SchedulingProblem problem)
    {
        var packing = problem.Packing;
        (_words, _guards, _demands, _durations) = (packing.Words, packing.Guards, packing.Demands, problem.Durations);
        var periods = problem.Horizon + 1 + problem.Durations.Append(0).Max(); // looking for a start may end beyond the horizon
        _empty = new ulong[periods * _words];
        for (var t = 0; t < periods; t++)
            packing.Capacities.AsSpan(Math.Min(t, packing.FirstPeriods) * _words, _words).CopyTo(_empty.AsSpan(t * _words));
        _free = (ulong[])_empty.Clone();
    }

    public void Clear()
    {
        _empty.AsSpan(0, _touched * _words).CopyTo(_free);
        _touched = 0;
    }

    /// <summary>The first period from <paramref name="from"/> on in which the activity can start.</summary>
    public int EarliestStart(int activity, int from)
    {
        int duration = _durations[activity], start = from, knownFree = from; // start … knownFree − 1 are
        if (duration == 0) return from;
        while (true)
        {
            var t = start + duration - 1;
            if (_words == 1)
            {
                ulong demand = _demands[activity], guards = _guards[0];
                while (t >= knownFree && ((_free[t] - demand) & guards) == guards) t--;
            }
            else while (t >= knownFree && Fits(activity, t)) t--;
            if (t < knownFree) return start;
            knownFree = start + duration;
            start = t + 1;
        }
    }

    /// <summary>The last period in which the activity can start and still end by <paramref name="end"/>; −1 if there is none.</summary>
    public int LatestStart(int activity, int end)
    {
        int duration = _durations[activity], start = end - duration, knownFree = end; // knownFree … start + duration − 1 are
        if (duration == 0) return end;
        while (start >= 0)
        {
            var t = start;
            if (_words == 1)
            {
                ulong demand = _demands[activity], guards = _guards[0];
                while (t < knownFree && ((_free[t] - demand) & guards) == guards) t++;
            }
            else while (t < knownFree && Fits(activity, t)) t++;
            if (t >= knownFree) return start;
            knownFree = start;
            start = t - duration;
        }
        return -1;
    }

    /// <summary>Takes the activity's demand from the periods <paramref name="start"/> … <paramref name="end"/> − 1; it must fit.</summary>
    public void Occupy(int activity, int start, int end)
    {
        if (_words == 1)
        {
            var demand = _demands[activity];
            for (var t = start; t < end; t++) _free[t] -= demand;
        }
        else
        {
            for (var t = start * _words; t < end * _words; t += _words)
                for (var w = 0; w < _words; w++) _free[t + w] -= _demands[activity * _words + w];
        }
        _touched = Math.Max(_touched, end);
    }

    /// <summary>Undoes <see cref="Occupy"/>.</summary>
    public void Release(int activity, int start, int end)
    {
        for (var t = start * _words; t < end * _words; t += _words)
            for (var w = 0; w < _words; w++) _free[t + w] += _demands[activity * _words + w];
    }

    /// <summary>Whether the activity's demand is free in a period.</summary>
    public bool Fits(int activity, int period)
    {
        for (var w = 0; w < _words; w++)
            if (((_free[period * _words + w] - _demands[activity * _words + w]) & _guards[w]) != _guards[w]) return false;
        return true;
    }
}
