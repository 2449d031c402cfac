using System.Runtime.CompilerServices;

namespace Michi.Analytics.Planning;

/// <summary>A plan in the making, with what it is worth, uses and lacks kept up to date move by move.</summary>
/// <remarks>
/// Precedences, capacities, exclusions and windows hold when a move is made only if it was asked for first (<see cref="EarliestStart"/>,
/// <see cref="LatestStart"/>, <see cref="IsExcluded"/>, <see cref="Fits"/>). What is mandatory or to be covered may lack; <see cref="Lack"/> counts it.
/// </remarks>
internal sealed class PlanState(IndexedProblem model)
{
    private readonly int _periods = model.Periods;
    private readonly double[] _used = new double[model.Rows];
    private readonly double[] _sums = new double[model.StepValues.Length * model.Periods];
    private readonly double[] _ladderAt = new double[model.LadderRuns.Length * model.Periods];
    private readonly int[] _inExclusion = new int[model.Exclusions.Length];
    private readonly double[] _covered = new double[model.Covers.Length];
    private double _own, _ladders;
    private int _missing = model.IsMandatory.Count(m => m);

    /// <summary>Start of each option or −1.</summary>
    public int[] Starts { get; } = [.. Enumerable.Repeat(-1, model.Count)];

    public double Value => _own + _ladders;

    public ReadOnlySpan<double> Used => _used;

    /// <summary>Mandatory options that are not chosen, plus the share of each cover that is not reached; 0 where nothing lacks.</summary>
    public double Lack
    {
        get
        {
            double lack = _missing;
            for (var c = 0; c < _covered.Length; c++) lack += CoverLack(c, _covered[c]);
            return lack;
        }
    }

    public bool IsChosen(int option) => Starts[option] >= 0;

    public void CopyFrom(PlanState other)
    {
        other.Starts.CopyTo(Starts, 0);
        other._used.CopyTo(_used, 0);
        other._sums.CopyTo(_sums, 0);
        other._ladderAt.CopyTo(_ladderAt, 0);
        other._inExclusion.CopyTo(_inExclusion, 0);
        other._covered.CopyTo(_covered, 0);
        (_own, _ladders, _missing) = (other._own, other._ladders, other._missing);
    }

    public void Clear()
    {
        Array.Fill(Starts, -1);
        Array.Clear(_used);
        Array.Clear(_sums);
        Array.Clear(_ladderAt);
        Array.Clear(_inExclusion);
        Array.Clear(_covered);
        (_own, _ladders, _missing) = (0, 0, model.IsMandatory.Count(m => m));
    }

    /// <summary>Builds all sums anew, so that rounding does not add up over many moves.</summary>
    public void Recount()
    {
        var starts = (int[])Starts.Clone();
        Clear();
        for (var o = 0; o < starts.Length; o++)
            if (starts[o] >= 0) Insert(o, starts[o]);
    }

    public void Insert(int option, int start)
    {
        Starts[option] = start;
        Apply(option, start, 1);
    }

    public void Remove(int option)
    {
        var start = Starts[option];
        Starts[option] = -1;
        Apply(option, start, -1);
    }

    private void Apply(int option, int start, int sign)
    {
        _own += sign * model.Values[option * _periods + start];
        if (model.IsMandatory[option]) _missing -= sign;
        Use(option, start, sign);
        foreach (var e in model.ExclusionsOf[option]) _inExclusion[e] += sign;
        var end = start + model.Durations[option];
        foreach (var (cover, amount) in model.CoversOf[option])
            if (end <= model.Covers[cover].By) _covered[cover] += sign * amount;

        for (int i = model.LadderShareStart[option], next; i < model.LadderShareStart[option + 1]; i = next)
        {
            next = NextLadder(option, i);
            var (ladder, _, _) = model.LadderShares[i];
            var (firstStep, steps, offset) = model.LadderRuns[ladder];
            for (var t = end; t < _periods; t++)
            {
                var sums = _sums.AsSpan(offset + t * steps, steps);
                for (var k = i; k < next; k++) sums[model.LadderShares[k].Step] += sign * model.LadderShares[k].Share;
                var (below, worth) = (1.0, 0.0);
                for (var k = 0; k < sums.Length; k++)
                {
                    below = Math.Min(below, sums[k]);
                    worth += model.StepValues[firstStep + k] * below;
                }
                ref var at = ref _ladderAt[ladder * _periods + t];
                _ladders += model.Weights[t] * (worth - at);
                at = worth;
            }
        }
    }

    private void Use(int option, int start, int sign)
    {
        for (var u = model.UseStart[option]; u < model.UseStart[option + 1]; u++)
        {
            var (row, length, offset) = model.Runs[u * _periods + start];
            var used = _used.AsSpan(row, length);
            var amounts = model.Amounts.AsSpan(offset, length);
            for (var i = 0; i < used.Length; i++) used[i] += sign * amounts[i];
        }
    }

    /// <summary>Whether a chosen option has room at another start between two periods.</summary>
    public bool CanMove(int option, int from, int to)
    {
        var start = Starts[option];
        Use(option, start, -1);
        var can = false;
        for (var s = from; s <= to && !can; s++)
            can = s != start && model.IsAllowed[option * _periods + s] && Fits(option, s);
        Use(option, start, 1);
        return can;
    }

    private int NextLadder(int option, int share)
    {
        var next = share + 1;
        while (next < model.LadderShareStart[option + 1] && model.LadderShares[next].Ladder == model.LadderShares[share].Ladder) next++;
        return next;
    }

    /// <summary>For an option that is not chosen: what the plan's value gains where it starts in each period of its window, and what lacks less is worth.</summary>
    /// <param name="gains">By start; filled from the first to the last start of the option.</param>
    /// <param name="lackPrice">Worth of a whole unit of <see cref="Lack"/>.</param>
    public void Gains(int option, double[] gains, double lackPrice)
    {
        int first = model.First[option], last = model.Last[option], duration = model.Durations[option];
        Array.Clear(gains);
        for (int i = model.LadderShareStart[option], next; i < model.LadderShareStart[option + 1]; i = next)
        {
            next = NextLadder(option, i);
            AddLadderGains(i, next, first + duration, duration, gains);
        }
        var sum = 0.0; // gains now hold, at start t − duration, what period t gains
        for (var s = _periods - 1 - duration; s >= first; s--) gains[s] = sum += gains[s];
        for (var s = first; s <= last; s++) gains[s] += model.Values[option * _periods + s];

        if (model.IsMandatory[option])
            for (var s = first; s <= last; s++) gains[s] += lackPrice;
        foreach (var (cover, amount) in model.CoversOf[option])
        {
            var less = CoverLack(cover, _covered[cover]) - CoverLack(cover, _covered[cover] + amount);
            if (less > 0)
                for (var s = first; s <= last && s + duration <= model.Covers[cover].By; s++) gains[s] += lackPrice * less;
        }
    }

    private void AddLadderGains(int from, int to, int firstEnd, int duration, double[] gains)
    {
        var ladder = model.LadderShares[from].Ladder;
        var (firstStep, steps, offset) = model.LadderRuns[ladder];
        for (var t = firstEnd; t < _periods; t++)
        {
            var (below, worth, share) = (1.0, 0.0, from);
            for (var k = 0; k < steps; k++)
            {
                var sum = _sums[offset + t * steps + k];
                if (share < to && model.LadderShares[share].Step == k) sum += model.LadderShares[share++].Share;
                below = Math.Min(below, sum);
                if (below <= 0) break;
                worth += model.StepValues[firstStep + k] * below;
            }
            gains[t - duration] += model.Weights[t] * (worth - _ladderAt[ladder * _periods + t]);
        }
    }

    private double CoverLack(int cover, double reached)
    {
        var minimum = model.Covers[cover].Minimum;
        return minimum <= reached + PlanEvaluation.Tolerance / 2 * Math.Max(1, reached) ? 0 : (minimum - reached) / minimum;
    }

    /// <summary>Whether an option that is not chosen has room when started so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Fits(int option, int start)
    {
        for (var u = model.UseStart[option]; u < model.UseStart[option + 1]; u++)
        {
            var (row, length, offset) = model.Runs[u * _periods + start];
            var used = _used.AsSpan(row, length);
            var amounts = model.Amounts.AsSpan(offset, length);
            var capacities = model.Capacities.AsSpan(row, length);
            for (var i = 0; i < used.Length; i++)
                if (used[i] + amounts[i] > capacities[i] && amounts[i] > 0) return false;
        }
        return true;
    }

    /// <summary>Whether another option of one of its exclusions is chosen.</summary>
    public bool IsExcluded(int option)
    {
        foreach (var e in model.ExclusionsOf[option])
            if (_inExclusion[e] > (Starts[option] >= 0 ? 1 : 0)) return true;
        return false;
    }

    /// <summary>First start that its predecessors allow; <see cref="int.MaxValue"/> where one is not chosen.</summary>
    public int EarliestStart(int option)
    {
        var earliest = model.First[option];
        foreach (var p in model.PrecedencesOf[option])
            earliest = Math.Max(earliest, EarliestAfter(p, -1));
        return earliest;
    }

    /// <summary>Last start with which all that is chosen and needs the option keeps its place.</summary>
    public int LatestStart(int option)
    {
        var latest = model.Last[option];
        foreach (var p in model.DependentsOf[option])
        {
            var (after, _, lag) = model.Precedences[p];
            if (Starts[after] >= 0 && EarliestAfter(p, option) > Starts[after])
                latest = Math.Min(latest, Starts[after] - lag - model.Durations[option]);
        }
        return latest;
    }

    /// <summary>First start after a precedence without one of its predecessors; <see cref="int.MaxValue"/> where no other is chosen.</summary>
    public int EarliestAfter(int precedence, int without)
    {
        var (_, anyOf, lag) = model.Precedences[precedence];
        var earliest = int.MaxValue;
        foreach (var before in anyOf)
            if (before != without && Starts[before] >= 0) earliest = Math.Min(earliest, Starts[before] + model.Durations[before] + lag);
        return earliest;
    }

    /// <summary>Whether one of the rows in which an option started so needs more than there is can be named.</summary>
    public int FirstFullRow(int option, int start)
    {
        for (var u = model.UseStart[option]; u < model.UseStart[option + 1]; u++)
        {
            var (row, length, offset) = model.Runs[u * _periods + start];
            for (var i = 0; i < length; i++)
                if (_used[row + i] + model.Amounts[offset + i] > model.Capacities[row + i] && model.Amounts[offset + i] > 0) return row + i;
        }
        return -1;
    }
}
