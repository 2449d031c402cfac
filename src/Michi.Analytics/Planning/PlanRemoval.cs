using Michi.Analytics.Sampling;

namespace Michi.Analytics.Planning;

/// <summary>Takes a part out of a plan, in one of several ways; those that led to better plans are used more often.</summary>
internal sealed class PlanRemoval
{
    private readonly IndexedProblem _model;
    private readonly PlanState _state;
    private readonly PlanRepair _repair;
    private readonly Xoshiro256 _random;
    private readonly Action<int>[] _ways;
    private readonly double[] _weights;
    private readonly List<int> _chosen = [], _candidates = [];
    private int _way;

    public PlanRemoval(IndexedProblem model, PlanState state, PlanRepair repair, Xoshiro256 random)
    {
        (_model, _state, _repair, _random) = (model, state, repair, random);
        _ways = [AtRandom, AroundATime, FromAFullRow, OfALadder, AroundAPrecedence, LeastWorth, ForAnother];
        _weights = [.. _ways.Select(_ => 1.0)];
    }

    public void Run()
    {
        _chosen.Clear();
        for (var o = 0; o < _model.Count; o++)
            if (_state.IsChosen(o)) _chosen.Add(o);
        _way = Draw();
        // Now and then much of the plan: some things only go and come together.
        var part = _random.NextInt32(8) == 0 ? _chosen.Count / 2 : _chosen.Count / 4;
        var most = Math.Min(_chosen.Count, Math.Clamp(part, 3, 30));
        if (most > 0) _ways[_way](1 + _random.NextInt32(most));
        else ForAnother(1);
    }

    /// <summary>The weight of the way last used follows what it brought.</summary>
    public void Reward(double score) => _weights[_way] = Math.Max(0.1, 0.98 * _weights[_way] + 0.02 * score);

    private int Draw()
    {
        var at = _random.NextDouble() * _weights.Sum();
        for (var i = 0; i < _weights.Length; i++)
            if ((at -= _weights[i]) <= 0) return i;
        return _weights.Length - 1;
    }

    private int Any(List<int> options) => options[_random.NextInt32(options.Count)];

    private void AtRandom(int count)
    {
        for (; count > 0; count--) _repair.RemoveWithDependents(Any(_chosen));
    }

    private void Some(int count)
    {
        for (; count > 0 && _candidates.Count > 0; count--)
        {
            var at = _random.NextInt32(_candidates.Count);
            _repair.RemoveWithDependents(_candidates[at]);
            _candidates[at] = _candidates[^1];
            _candidates.RemoveAt(_candidates.Count - 1);
        }
    }

    private void Gather(Func<int, bool> belongs)
    {
        _candidates.Clear();
        foreach (var option in _chosen)
            if (belongs(option)) _candidates.Add(option);
    }

    private void AroundATime(int count)
    {
        var (at, width) = (_state.Starts[Any(_chosen)], 1 + _random.NextInt32(4));
        Gather(o => Math.Abs(_state.Starts[o] - at) <= width);
        Some(count);
    }

    private void FromAFullRow(int count)
    {
        if (_model.Rows == 0)
        {
            AtRandom(count);
            return;
        }
        var (row, fullest) = (0, -1.0);
        for (var tries = 0; tries < 3; tries++)
        {
            var other = _random.NextInt32(_model.Rows);
            var full = _state.Used[other] / (_model.Capacities[other] + double.Epsilon);
            if (full > fullest) (row, fullest) = (other, full);
        }
        Gather(o => _repair.UseOf(o, row) > 0);
        Some(count);
    }

    private void OfALadder(int count)
    {
        if (_model.LadderRuns.Length == 0)
        {
            AtRandom(count);
            return;
        }
        var ladder = _random.NextInt32(_model.LadderRuns.Length);
        Gather(o =>
        {
            for (var i = _model.LadderShareStart[o]; i < _model.LadderShareStart[o + 1]; i++)
                if (_model.LadderShares[i].Ladder == ladder) return true;
            return false;
        });
        Some(count);
    }

    private void AroundAPrecedence(int count)
    {
        if (_model.Precedences.Length == 0)
        {
            AtRandom(count);
            return;
        }
        var precedence = _model.Precedences[_random.NextInt32(_model.Precedences.Length)];
        foreach (var before in precedence.AnyOf) _repair.RemoveWithDependents(before);
        _repair.RemoveWithDependents(precedence.After);
        AtRandom(count / 2);
    }

    private void LeastWorth(int count)
    {
        for (; count > 0; count--)
        {
            var worst = Any(_chosen);
            for (var tries = 0; tries < 3; tries++)
                if (Any(_chosen) is var other && Density(other) < Density(worst)) worst = other;
            _repair.RemoveWithDependents(worst);
        }
    }

    private double Density(int option) => _state.IsChosen(option) ? _repair.Worth[option] / _repair.CostOf(option) : double.PositiveInfinity;

    private void ForAnother(int count)
    {
        for (var tries = 0; tries < 20; tries++)
        {
            var option = _random.NextInt32(_model.Count);
            if (_state.IsChosen(option) || !_model.CanBeChosen(option)) continue;
            _repair.Force(option);
            return;
        }
    }
}
