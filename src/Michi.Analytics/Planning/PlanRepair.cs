using Michi.Analytics.Sampling;

namespace Michi.Analytics.Planning;

/// <summary>By what options are put in first.</summary>
internal enum RepairRule
{
    /// <summary>Gain for each part of the resources that is used.</summary>
    Density,

    /// <summary>Gain alone.</summary>
    Gain,

    /// <summary>Gain for each part of the resources, and half of what those gain that can only follow.</summary>
    DensityWithDependents,
}

/// <summary>Puts options into a plan where they gain most, and moves those that are in.</summary>
internal sealed class PlanRepair
{
    private readonly IndexedProblem _model;
    private readonly PlanState _state;
    private readonly Xoshiro256 _random;
    private readonly int _periods;
    private readonly double[] _gains, _costs, _potential;
    private readonly PriorityQueue<int, double> _queue = new();
    private readonly int[] _weighedAt, _start, _order;
    private readonly List<int> _closure = [], _put = [];
    private readonly bool[] _isMarked;
    private int _moves;

    public PlanRepair(IndexedProblem model, PlanState state, Xoshiro256 random)
    {
        (_model, _state, _random, _periods) = (model, state, random, model.Periods);
        (_gains, _costs, _potential) = (new double[model.Periods], new double[model.Count * model.Periods], new double[model.Count]);
        (_weighedAt, _start, _order, _isMarked) = (new int[model.Count], new int[model.Count], [.. Enumerable.Range(0, model.Count)], new bool[model.Count]);
        Worth = new double[model.Count];
        Price();
        Array.Clear(_potential);
        for (var o = 0; o < model.Count; o++)
            if (Weigh(o, model.First[o], model.Last[o], out _, out var gain)) Worth[o] = _potential[o] = Math.Max(0, gain);
    }

    public double LackPrice { get; set; }

    /// <summary>Options weighed so far.</summary>
    public long Effort { get; private set; }

    /// <summary>What each option gained when it was last weighed.</summary>
    public double[] Worth { get; }

    public double LargestGain() => Worth.Length == 0 ? 0 : Worth.Max();

    /// <summary>What a chosen option costs where it is.</summary>
    public double CostOf(int option) => CostAt(option, _state.Starts[option]);

    private double CostAt(int option, int start) => 1e-3 + _costs[option * _periods + start];

    /// <summary>Cost of each start: shares of the capacities used.</summary>
    private void Price()
    {
        for (var o = 0; o < _model.Count; o++)
            for (var u = _model.UseStart[o]; u < _model.UseStart[o + 1]; u++)
            {
                var resource = _model.Problem.Resources[_model.Problem.Options[o].Uses[u - _model.UseStart[o]].Resource];
                for (var s = _model.First[o]; s <= _model.Last[o]; s++)
                {
                    if (!_model.IsAllowed[o * _periods + s]) continue;
                    var (row, length, offset) = _model.Runs[u * _periods + s];
                    for (var i = 0; i < length; i++)
                        if (_model.Amounts[offset + i] > 0)
                            _costs[o * _periods + s] += _model.Amounts[offset + i] / _model.Capacities[row + i] / (resource.CarriesOver ? resource.Ends.Count : 1);
                }
            }
    }

    /// <summary>The best start with room between two periods, for an option that is not chosen.</summary>
    private bool Weigh(int option, int from, int to, out int start, out double gain)
    {
        (start, gain) = (-1, double.NegativeInfinity);
        Effort++;
        while (from <= to && !(_model.IsAllowed[option * _periods + from] && _state.Fits(option, from))) from++;
        if (from > to) return false; // as mostly; what it would gain takes longer to say
        _state.Gains(option, _gains, LackPrice);
        start = from;
        var most = _gains[from];
        for (var s = from + 1; s <= to; s++)
            if (_gains[s] > most && _model.IsAllowed[option * _periods + s] && _state.Fits(option, s)) (start, most) = (s, _gains[s]);
        gain = most;
        Worth[option] = gain;
        return true;
    }

    private void Put(int option, int start)
    {
        _state.Insert(option, start);
        _moves++;
    }

    /// <summary>Of a given plan, all that fits, in order of start.</summary>
    public void Restore(IReadOnlyList<int> starts)
    {
        foreach (var option in Enumerable.Range(0, _model.Count).Where(o => starts[o] >= 0).OrderBy(o => starts[o]).ThenBy(o => _model.Durations[o]))
        {
            var start = starts[option];
            if (start < _model.First[option] || start > _model.Last[option] || !_model.IsAllowed[option * _periods + start]
                || start < _state.EarliestStart(option) || _state.IsExcluded(option) || !_state.Fits(option, start))
                continue;
            Put(option, start);
        }
        for (var o = 0; o < _model.Count; o++)
            if (_state.IsChosen(o) && _model.GroupOf[o] >= 0 && _model.Groups[_model.GroupOf[o]].Any(m => !_state.IsChosen(m)) && !TryClosure(o))
                RemoveWithDependents(o);
    }

    /// <summary>Puts in what is mandatory and what covers lack, each with all it needs.</summary>
    public void Require()
    {
        if (_state.Lack == 0) return;
        Shuffle();
        foreach (var option in _order)
            if (_model.IsMandatory[option] && !_state.IsChosen(option)) TryClosure(option);
        if (_state.Lack == 0) return;
        foreach (var option in _order)
            if (_model.CoversOf[option].Length > 0 && !_state.IsChosen(option)) TryClosure(option);
    }

    /// <summary>Puts in what gains, best first, until nothing more does.</summary>
    /// <param name="noise">0 … 1: by how much the order is blurred.</param>
    public void Fill(RepairRule rule, double noise)
    {
        EnqueueAll(rule, noise);
        Shuffle();
        var tried = 0;
        foreach (var option in _order)
        {
            if (_state.IsChosen(option) || !NeedsOthers(option)) continue;
            if (TryClosure(option)) Drain(rule, noise);
            if (++tried > 10 + _model.Count / 20) break;
        }
    }

    private void EnqueueAll(RepairRule rule, double noise)
    {
        _queue.Clear();
        for (var o = 0; o < _model.Count; o++) Enqueue(o, rule, noise);
        Drain(rule, noise);
    }

    private void Drain(RepairRule rule, double noise)
    {
        while (_queue.TryDequeue(out var option, out _))
        {
            if (_state.IsChosen(option)) continue;
            if (_weighedAt[option] != _moves)
            {
                Enqueue(option, rule, noise);
                continue;
            }
            Put(option, _start[option]);
            foreach (var p in _model.DependentsOf[option]) Enqueue(_model.Precedences[p].After, rule, noise);
        }
    }

    private void Enqueue(int option, RepairRule rule, double noise)
    {
        if (_state.IsChosen(option) || !_model.CanBeChosen(option) || _model.GroupOf[option] >= 0 || _state.IsExcluded(option)) return;
        var earliest = _state.EarliestStart(option);
        if (!Weigh(option, earliest, _model.Last[option], out var start, out var gain)) return;
        if (noise > 0 && _random.NextInt32(20) == 0) gain = _gains[start = Elsewhere(option, earliest, start)];
        if (rule == RepairRule.DensityWithDependents)
            foreach (var p in _model.DependentsOf[option])
                if (!_state.IsChosen(_model.Precedences[p].After)) gain += 0.5 * _potential[_model.Precedences[p].After] / _model.Precedences[p].AnyOf.Length;
        if (gain <= 0) return;
        (_weighedAt[option], _start[option]) = (_moves, start);
        var key = gain * (1 + noise * (2 * _random.NextDouble() - 1));
        if (rule != RepairRule.Gain) key /= CostAt(option, start);
        _queue.Enqueue(option, -key);
    }

    private bool NeedsOthers(int option)
    {
        if (!_model.CanBeChosen(option)) return false;
        return _model.GroupOf[option] >= 0 || _state.EarliestStart(option) == int.MaxValue;
    }

    /// <summary>Puts in an option with all it needs, where that gains; otherwise leaves the plan as it was.</summary>
    public bool TryClosure(int option)
    {
        if (!Close(option)) return false;
        var before = _state.Value - LackPrice * _state.Lack;
        _put.Clear();
        foreach (var member in _closure)
        {
            var to = _model.Last[member];
            if (!_state.IsExcluded(member) && Weigh(member, _state.EarliestStart(member), to, out var start, out _))
            {
                if (member != option) start = FirstFit(member, start);
                Put(member, start);
                _put.Add(member);
                continue;
            }
            Undo();
            return false;
        }
        if (_state.Value - LackPrice * _state.Lack > before) return true;
        Undo();
        return false;

        void Undo()
        {
            foreach (var member in _put) _state.Remove(member);
            _moves++;
        }
    }

    /// <summary>The first start with room, or that or the next one after any.</summary>
    private int Elsewhere(int option, int earliest, int start)
    {
        var from = _random.NextInt32(2) == 0 ? earliest : earliest + _random.NextInt32(_model.Last[option] - earliest + 1);
        for (var s = from; s <= _model.Last[option]; s++)
            if (_model.IsAllowed[option * _periods + s] && _state.Fits(option, s)) return s;
        return start;
    }

    private int FirstFit(int option, int start)
    {
        for (var s = _state.EarliestStart(option); s < start; s++)
            if (_model.IsAllowed[option * _periods + s] && _state.Fits(option, s)) return s;
        return start;
    }

    /// <summary>What has to be put in for an option, each after all it waits for; false where something cannot.</summary>
    public bool Close(int option)
    {
        _closure.Clear();
        var isClosed = Collect(option);
        for (var i = 0; i < _closure.Count && isClosed; i++)
            if (_model.GroupOf[_closure[i]] is >= 0 and var group)
                foreach (var mate in _model.Groups[group]) isClosed &= Collect(mate);
        foreach (var member in _closure) _isMarked[member] = false;
        return isClosed;
    }

    public IReadOnlyList<int> Closure => _closure;

    private bool Collect(int option)
    {
        if (_isMarked[option] || _state.IsChosen(option)) return true;
        if (!_model.CanBeChosen(option)) return false;
        _isMarked[option] = true;
        var isClosed = true;
        foreach (var p in _model.PrecedencesOf[option])
        {
            var anyOf = _model.Precedences[p].AnyOf;
            if (Array.Exists(anyOf, b => b != option && (_isMarked[b] || _state.IsChosen(b)))) continue;
            var from = _random.NextInt32(anyOf.Length);
            var found = false;
            for (var i = 0; i < anyOf.Length && !found; i++)
            {
                var before = anyOf[(from + i) % anyOf.Length];
                found = !_state.IsExcluded(before) && Collect(before);
            }
            isClosed &= found;
            if (!found) break;
        }
        _closure.Add(option);
        return isClosed;
    }

    /// <summary>Moves each chosen option to where it is worth most while all others stay.</summary>
    public void Retime(int passes)
    {
        for (var pass = 0; pass < passes; pass++)
        {
            Shuffle();
            foreach (var option in _order)
            {
                if (!_state.IsChosen(option) || _model.First[option] == _model.Last[option]) continue;
                var start = _state.Starts[option];
                int earliest = _state.EarliestStart(option), latest = _state.LatestStart(option);
                if (earliest >= latest || !_state.CanMove(option, earliest, latest)) continue;
                _state.Remove(option);
                if (Weigh(option, earliest, latest, out var better, out var gain) && gain > _gains[start]) start = better;
                _state.Insert(option, start);
            }
        }
        _moves++;
    }

    /// <summary>Takes out an option, those joint with it, and those that cannot stay without.</summary>
    public void RemoveWithDependents(int option)
    {
        if (!_state.IsChosen(option)) return;
        _state.Remove(option);
        _moves++;
        if (_model.GroupOf[option] is >= 0 and var group)
            foreach (var mate in _model.Groups[group]) RemoveWithDependents(mate);
        foreach (var p in _model.DependentsOf[option])
        {
            var after = _model.Precedences[p].After;
            if (_state.IsChosen(after) && _state.EarliestAfter(p, -1) > _state.Starts[after]) RemoveWithDependents(after);
        }
    }

    /// <summary>Puts in an option with all it needs and takes out what stands in its way; what it waits for may be put elsewhere.</summary>
    public void Force(int option)
    {
        if (_state.EarliestStart(option) > _model.First[option] && _random.NextInt32(2) == 0) RemovePredecessors(option);
        if (!Close(option)) return;
        int[] members = [.. _closure];
        foreach (var member in members)
            if (!PutByForce(member)) break;
        foreach (var member in members)
            if (_model.GroupOf[member] is >= 0 and var group && !_model.Groups[group].All(_state.IsChosen)) RemoveWithDependents(member);
    }

    private void RemovePredecessors(int option)
    {
        foreach (var p in _model.PrecedencesOf[option])
            foreach (var before in _model.Precedences[p].AnyOf)
            {
                if (!_state.IsChosen(before)) continue;
                RemoveWithDependents(before);
                RemovePredecessors(before);
            }
    }

    private bool PutByForce(int option)
    {
        foreach (var e in _model.ExclusionsOf[option])
            foreach (var other in _model.Exclusions[e])
                if (other != option) RemoveWithDependents(other);
        var earliest = _state.EarliestStart(option);
        if (earliest > _model.Last[option]) return false;
        var start = earliest + Math.Min(_random.NextInt32(5), _random.NextInt32(_model.Last[option] - earliest + 1));
        while (!_model.IsAllowed[option * _periods + start]) start++;
        for (var row = _state.FirstFullRow(option, start); row >= 0; row = _state.FirstFullRow(option, start))
            if (!MakeRoom(row)) return false;
        if (start < _state.EarliestStart(option)) return false;
        Put(option, start);
        return true;
    }

    /// <summary>Takes out the option whose worth for each unit of a row is least.</summary>
    private bool MakeRoom(int row)
    {
        var (worst, least) = (-1, double.PositiveInfinity);
        for (var o = 0; o < _model.Count; o++)
        {
            if (!_state.IsChosen(o)) continue;
            var used = UseOf(o, row);
            if (used <= 0) continue;
            var worth = Worth[o] / used * (0.5 + _random.NextDouble());
            if (worth < least) (worst, least) = (o, worth);
        }
        if (worst >= 0) RemoveWithDependents(worst);
        return worst >= 0;
    }

    /// <summary>What a chosen option uses of a row.</summary>
    public double UseOf(int option, int row)
    {
        for (var u = _model.UseStart[option]; u < _model.UseStart[option + 1]; u++)
        {
            var (first, length, offset) = _model.Runs[u * _periods + _state.Starts[option]];
            if (row >= first && row < first + length) return _model.Amounts[offset + row - first];
        }
        return 0;
    }

    private void Shuffle()
    {
        for (var i = _order.Length - 1; i > 0; i--)
        {
            var j = _random.NextInt32(i + 1);
            (_order[i], _order[j]) = (_order[j], _order[i]);
        }
    }
}
