namespace Michi.Analytics.Scheduling;

internal enum DeadlineOutcome
{
    /// <summary>No schedule ends by then.</summary>
    Refuted,

    /// <summary>A schedule was found.</summary>
    Met,

    /// <summary>Neither, within the effort allowed.</summary>
    Open,
}

/// <summary>Decides whether a problem has a schedule that ends by a deadline.</summary>
/// <remarks>
/// Narrows the windows, then tries each activity at either end of its window and cuts off what that refutes (shaving: Martin &amp; Shmoys
/// 1996, IPCO; Dorndorf, Pesch &amp; Phan-Huy 2000, Manage. Sci. 46(10):1365-1384), then branches: the activity that can start first starts
/// then, or is put off until its window changes (Le Pape, Couronné, Vergamini &amp; Gosselin 1994). Complete, because of the schedules within
/// a deadline one has no activity that could start earlier by itself. Refutations raise the lower bound (destructive improvement, Klein
/// &amp; Scholl 1999, EJOR 112(2):322-346). Not thread-safe.
/// </remarks>
internal sealed class DeadlineTest(SchedulingProblem problem)
{
    private readonly StartWindows _windows = new(problem);
    private readonly List<int[]> _saved = []; // by depth: earliest, latest
    private readonly int[] _putOff = new int[problem.Count]; // the earliest start that was put off, or −1
    private long _effortEnd;
    private Func<bool> _isStopped = () => false;

    /// <param name="deadline">0 … horizon.</param>
    /// <param name="effort">Narrowings allowed, about.</param>
    /// <param name="isStopped">Asked at each narrowing.</param>
    /// <param name="starts">The schedule, where the outcome is <see cref="DeadlineOutcome.Met"/>.</param>
    public DeadlineOutcome Try(int deadline, long effort, Func<bool> isStopped, Span<int> starts)
    {
        (_effortEnd, _isStopped) = (_windows.Effort + effort, isStopped);
        _windows.Reset(deadline);
        Array.Fill(_putOff, -1);
        if (!Shave()) return DeadlineOutcome.Refuted;
        var outcome = Branch(0);
        if (outcome == DeadlineOutcome.Met) _windows.Earliest.CopyTo(starts);
        return outcome;
    }

    private bool IsSpent => _windows.Effort >= _effortEnd || _isStopped();

    /// <returns>False if no schedule is left.</returns>
    private bool Shave()
    {
        if (!_windows.Narrow()) return false;
        bool changed;
        do
        {
            changed = false;
            if (!_windows.NarrowByEnergy(ref changed) || !_windows.Narrow()) return false;
            for (var a = 0; a < problem.Count && !IsSpent; a++)
            {
                while (_windows.Earliest[a] < _windows.Latest[a] && !IsSpent && IsRefuted(a, _windows.Earliest[a]))
                {
                    (_windows.Earliest[a], changed) = (_windows.Earliest[a] + 1, true);
                    if (!_windows.Narrow()) return false;
                }
                while (_windows.Earliest[a] < _windows.Latest[a] && !IsSpent && IsRefuted(a, _windows.Latest[a]))
                {
                    (_windows.Latest[a], changed) = (_windows.Latest[a] - 1, true);
                    if (!_windows.Narrow()) return false;
                }
            }
        }
        while (changed && !IsSpent);
        return true;
    }

    private bool IsRefuted(int activity, int start)
    {
        Save(0);
        _windows.Earliest[activity] = _windows.Latest[activity] = start;
        var refuted = !_windows.Narrow();
        Restore(0);
        return refuted;
    }

    private DeadlineOutcome Branch(int depth)
    {
        if (IsSpent) return DeadlineOutcome.Open;
        var putOff = new List<(int Activity, int Before)>();
        try
        {
            while (true)
            {
                var (next, isFixed) = (-1, true);
                for (var a = 0; a < problem.Count; a++)
                {
                    if (_windows.Earliest[a] == _windows.Latest[a]) continue;
                    isFixed = false;
                    if (_putOff[a] == _windows.Earliest[a]) continue;
                    if (next < 0 || (_windows.Earliest[a], _windows.Latest[a]).CompareTo((_windows.Earliest[next], _windows.Latest[next])) < 0) next = a;
                }
                if (isFixed) return DeadlineOutcome.Met;
                if (next < 0) return DeadlineOutcome.Refuted;

                Save(depth);
                _windows.Latest[next] = _windows.Earliest[next];
                if (_windows.Narrow() && Branch(depth + 1) is not DeadlineOutcome.Refuted and var outcome) return outcome;
                Restore(depth);
                putOff.Add((next, _putOff[next]));
                _putOff[next] = _windows.Earliest[next];
            }
        }
        finally
        {
            for (var i = putOff.Count - 1; i >= 0; i--) _putOff[putOff[i].Activity] = putOff[i].Before;
        }
    }

    private void Save(int depth)
    {
        while (_saved.Count <= depth) _saved.Add(new int[2 * problem.Count]);
        _windows.Earliest.CopyTo(_saved[depth], 0);
        _windows.Latest.CopyTo(_saved[depth], problem.Count);
    }

    private void Restore(int depth)
    {
        Array.Copy(_saved[depth], _windows.Earliest, problem.Count);
        Array.Copy(_saved[depth], problem.Count, _windows.Latest, 0, problem.Count);
    }
}
