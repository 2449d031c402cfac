using Michi.Analytics.Sampling;

namespace Michi.Analytics.Planning;

/// <summary>Looks for ever better plans by taking a part of one out and putting in what is worth most in its place.</summary>
/// <remarks>
/// Sources: large neighbourhood search, Shaw (1998), LNCS 1520:417-431; adaptive choice of what to take out, Ropke &amp; Pisinger (2006),
/// Transp. Sci. 40(4):455-472; threshold accepting, Dueck &amp; Scheuer (1990), J. Comput. Phys. 90(1):161-175, cooled again and again
/// in ever longer cycles, so that it is good whenever it is stopped; each begins from the best plan or from one built anew. Single steps; no clock. Not thread-safe.
/// </remarks>
internal sealed class PlanSearch
{
    private readonly IndexedProblem _model;
    private readonly Xoshiro256 _random;
    private readonly PlanState _current, _trial;
    private readonly PlanRepair _repair;
    private readonly PlanRemoval _removal;
    private readonly int[] _best;
    private double _lackPrice, _warmth;
    private long _cycleBegan, _cycle, _accepted, _steps;
    private int _unmet;

    public PlanSearch(IndexedProblem model, ulong seed)
    {
        (_model, _random) = (model, new Xoshiro256(seed));
        (_current, _trial) = (new PlanState(model), new PlanState(model));
        _repair = new PlanRepair(model, _trial, _random);
        _removal = new PlanRemoval(model, _trial, _repair, _random);
        _best = new int[model.Count];
        _lackPrice = 2 * _repair.LargestGain() + 1;
        _cycle = 20L * Math.Max(100, model.Count);
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
        _removal.Reward(isBest ? 10 : after > before + 1e-9 * Math.Abs(before) ? 3 : after >= threshold ? 1 : 0);
        if (after >= threshold)
        {
            _current.CopyFrom(_trial);
            if (++_accepted % 1_000 == 0) _current.Recount();
        }
        PriceLack();
        if (Effort - _cycleBegan < _cycle) return;
        (_cycleBegan, _cycle) = (Effort, _cycle * 3 / 2);
        if (double.IsNaN(BestValue)) return;
        if (_random.NextInt32(2) == 0)
        {
            Adopt(_best);
            return;
        }
        // What the best plan is made of may be a dead end.
        Build(null, (RepairRule)_random.NextInt32(3), 1);
        _current.CopyFrom(_trial);
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
