using Michi.Analytics.Sampling;

namespace Michi.Analytics.Planning;

/// <summary>Looks for ever better plans by taking a part of one out and putting in what is worth most in its place.</summary>
/// <remarks>
/// Sources: large neighbourhood search, Shaw (1998), LNCS 1520:417-431; adaptive choice of what to take out, Ropke &amp; Pisinger (2006),
/// Transp. Sci. 40(4):455-472; threshold accepting, Dueck &amp; Scheuer (1990), J. Comput. Phys. 90(1):161-175, cooled again and again
/// in cycles that grow to a length. What the cycles end with is kept in a small pool, and most cycles begin from what two plans of the pool have in common
/// (memetic search, Moscato &amp; Cotta (2003), Handbook of Metaheuristics, 105-144), some from one of them, the best, or a plan built anew. Single steps; no clock. Not thread-safe.
/// </remarks>
internal sealed class PlanSearch
{
    /// <summary>Plans kept to begin from.</summary>
    private const int PoolSize = 12;

    private readonly IndexedProblem _model;
    private readonly Xoshiro256 _random;
    private readonly PlanState _current, _trial;
    private readonly PlanRepair _repair;
    private readonly PlanRemoval _removal;
    private readonly int[] _best, _cycleBest;
    private readonly List<(int[] Starts, double Value)> _pool = [];
    private double _lackPrice, _warmth, _cycleBestValue = double.NegativeInfinity;
    private long _cycleBegan, _cycle, _longestCycle, _accepted, _steps;
    private int _unmet;

    public PlanSearch(IndexedProblem model, ulong seed)
    {
        (_model, _random) = (model, new Xoshiro256(seed));
        (_current, _trial) = (new PlanState(model), new PlanState(model));
        _repair = new PlanRepair(model, _trial, _random);
        _removal = new PlanRemoval(model, _trial, _repair, _random);
        (_best, _cycleBest) = (new int[model.Count], new int[model.Count]);
        _lackPrice = 2 * _repair.LargestGain() + 1;
        _cycle = 20L * Math.Max(100, model.Count);
        _longestCycle = Math.Max(_cycle, 1_000L * model.Count);
    }

    /// <summary>Start of each option or −1, of the best feasible plan found.</summary>
    public ReadOnlySpan<int> Best => _best;

    /// <summary>NaN until a feasible plan is found.</summary>
    public double BestValue { get; private set; } = double.NaN;

    /// <summary>Options weighed.</summary>
    public long Effort => _repair.Effort + _steps;

    /// <summary>Builds plans by several rules, after a given one where there is one, and keeps the best.</summary>
    /// <param name="start">Start of each option or −1; what does not fit is left out and filled up.</param>
    /// <param name="isDone">Asked between plans; the first is always made.</param>
    public void Construct(IReadOnlyList<int>? start, Func<bool> isDone)
    {
        var score = double.NegativeInfinity;
        foreach (var rule in Enum.GetValues<RepairRule>())
        {
            for (var given = start is null ? 1 : 0; given < 2; given++)
            {
                if (score > double.NegativeInfinity && isDone()) return;
                Build(given == 0 ? start : null, rule, 0);
                if (Score(_trial) <= score) continue;
                score = Score(_trial);
                _current.CopyFrom(_trial);
                _warmth = Math.Max(_trial.Value / Math.Max(1, _trial.Starts.Count(s => s >= 0)), 0);
            }
        }
        _cycleBegan = Effort;
    }

    /// <summary>Takes out, puts in, and goes on from the result where it is not much worse.</summary>
    public void Step()
    {
        _steps++;
        _trial.CopyFrom(_current);
        _repair.LackPrice = _lackPrice;
        var share = Math.Min(1, (Effort - _cycleBegan) / (double)_cycle);
        _removal.Run();
        _repair.Require();
        _repair.Fill((RepairRule)_random.NextInt32(3), 0.5 * _random.NextDouble() * _random.NextDouble());

        double before = Score(_current), threshold = before - 0.5 * _warmth * (1 - share) * (1 - share) * _random.NextDouble();
        if (Score(_trial) >= threshold - 0.3 * _warmth) _repair.Retime(1);
        var after = Score(_trial);
        var isBest = Keep();
        if (_trial.Lack <= 0 && _trial.Value > _cycleBestValue)
        {
            _trial.Starts.CopyTo(_cycleBest, 0);
            _cycleBestValue = _trial.Value;
        }
        _removal.Reward(isBest ? 10 : after > before + 1e-9 * Math.Abs(before) ? 3 : after >= threshold ? 1 : 0);
        if (after >= threshold)
        {
            _current.CopyFrom(_trial);
            if (++_accepted % 1_000 == 0) _current.Recount();
        }
        PriceLack();
        if (Effort - _cycleBegan >= _cycle) NextCycle();
    }

    private void NextCycle()
    {
        (_cycleBegan, _cycle) = (Effort, Math.Min(_longestCycle, _cycle * 3 / 2));
        if (double.IsNaN(BestValue)) return;
        Pool();
        switch (_random.NextInt32(10))
        {
            case 0:
                Adopt(_best);
                return;
            case 1:
                Adopt(_pool[_random.NextInt32(_pool.Count)].Starts);
                return;
            case 2:
                // What all plans of the pool are made of may be a dead end.
                Build(null, (RepairRule)_random.NextInt32(3), 1);
                break;
            default:
                Build(Crossed(), (RepairRule)_random.NextInt32(3), 0.3);
                break;
        }
        _current.CopyFrom(_trial);
    }

    /// <summary>Keeps what the cycle ended with; the worst of too many goes.</summary>
    private void Pool()
    {
        if (_cycleBestValue > double.NegativeInfinity && !_pool.Exists(p => p.Starts.AsSpan().SequenceEqual(_cycleBest)))
        {
            _pool.Add(([.. _cycleBest], _cycleBestValue));
            if (_pool.Count > PoolSize) _pool.Remove(_pool.MinBy(p => p.Value));
        }
        if (_pool.Count == 0) _pool.Add(([.. _best], BestValue));
        _cycleBestValue = double.NegativeInfinity;
    }

    /// <summary>What two plans have in common; where both have an option at different times, either.</summary>
    private int[] Crossed()
    {
        var one = _pool[_random.NextInt32(_pool.Count)].Starts;
        var other = _pool[_random.NextInt32(_pool.Count)].Starts;
        var crossed = new int[one.Length];
        for (var o = 0; o < crossed.Length; o++)
            crossed[o] = one[o] < 0 || other[o] < 0 ? -1 : one[o] == other[o] || _random.NextInt32(2) == 0 ? one[o] : other[o];
        return crossed;
    }

    /// <summary>Goes on from a feasible plan found elsewhere.</summary>
    public void Adopt(IReadOnlyList<int> starts)
    {
        _current.Clear();
        for (var o = 0; o < starts.Count; o++)
            if (starts[o] >= 0) _current.Insert(o, starts[o]);
        _trial.CopyFrom(_current);
        Keep();
    }

    /// <summary>Makes a plan, after a given one where there is one.</summary>
    private void Build(IReadOnlyList<int>? start, RepairRule rule, double noise)
    {
        _trial.Clear();
        if (start is not null) _repair.Restore(start);
        _repair.LackPrice = _lackPrice;
        _repair.Require();
        _repair.Fill(rule, noise);
        _repair.Retime(1);
        Keep();
    }

    private double Score(PlanState state) => state.Value - _lackPrice * state.Lack;

    /// <summary>While nothing feasible is found, what lacks grows dearer.</summary>
    private void PriceLack()
    {
        if (!double.IsNaN(BestValue) || _current.Lack == 0) _unmet = 0;
        else if (++_unmet % 100 == 0 && _lackPrice < 1e6 * (1 + _warmth)) _lackPrice *= 2;
    }

    private bool Keep()
    {
        if (_trial.Lack > 0 || _trial.Value <= BestValue + 1e-12 * Math.Abs(BestValue)) return false;
        _trial.Starts.CopyTo(_best, 0);
        BestValue = _trial.Value;
        return true;
    }
}
