namespace Michi.Analytics.Planning;

/// <summary>Lowers, step by step, what no plan can exceed: linear relaxation, cuts, and branch and bound.</summary>
/// <remarks>
/// At the root the relaxation is solved and cut until that yields little; starts that cannot belong to a better plan are forbidden (reduced costs). Then
/// the part of the plans with the highest bound is split: an option chosen or not, then by half of its starts. Deterministic by steps; no clock, one
/// thread. Open parts are kept in at most <see cref="MostMemory"/>; beyond that parts are no longer split.
/// </remarks>
internal sealed class PlanBound
{
    /// <summary>Bytes.</summary>
    public const long MostMemory = 128L << 20;

    /// <summary>Relative to the value: a part of the plans is done where its bound is not further above the best plan.</summary>
    private const double Tolerance = 2e-7;

    /// <summary>Steps of the relaxation in one <see cref="Step"/>.</summary>
    private const int Slice = 60;

    private const int StepsBetweenCuts = 240, MostRootSteps = 6_000, LeastNodeSteps = 300, MostNodeSteps = 1_500;

    private readonly IndexedProblem _root;
    private readonly PlanBoundRows _rows;
    private readonly PlanBoundCuts _cuts;
    private readonly PlanRelaxation _relaxation;
    private readonly PriorityQueue<Node, double> _open = new();
    private readonly double[] _startBounds, _upGains, _downGains, _worths;
    private readonly int[] _upCounts, _downCounts;
    private readonly int _firstRows;
    private Node? _node;
    private double _closed = double.NegativeInfinity, _value = double.NegativeInfinity, _boundAtSlice, _boundAtCuts;
    private int _steps, _stepsSinceCuts;
    private bool _isRoot = true;

    /// <param name="model">Without conflict; it is not changed.</param>
    public PlanBound(IndexedProblem model)
    {
        _root = model.Copy();
        _rows = new PlanBoundRows(model);
        _cuts = new PlanBoundCuts(_rows);
        _relaxation = new PlanRelaxation(_rows, model.Count, _rows.Domain(model));
        _firstRows = _rows.Rows;
        _startBounds = new double[_rows.OptionColumns];
        _worths = new double[model.Count];
        (_upGains, _downGains, _upCounts, _downCounts) = (new double[model.Count], new double[model.Count], new int[model.Count], new int[model.Count]);
        _node = new Node(_root, double.PositiveInfinity, [], [], -1, false, 0);
        Shares = new double[_rows.OptionColumns];
    }

    /// <param name="Model">What is left of the plans.</param>
    /// <param name="Option">Split to make it; −1 at the root.</param>
    /// <param name="IsUp">Whether the option is chosen, or late.</param>
    /// <param name="Distance">From the share before to what the part requires.</param>
    private sealed record Node(IndexedProblem Model, double Bound, float[] Prices, float[] Shares, int Option, bool IsUp, double Distance);

    /// <summary>No plan is worth more; proved. −∞ where it is proved that there is none.</summary>
    public double Bound { get; private set; } = double.PositiveInfinity;

    /// <summary>Work done: rows, columns and entries visited.</summary>
    public long Effort { get; private set; }

    /// <summary>Whether nothing is left to do: the bound will not fall any more.</summary>
    public bool IsDone => _node is null && _open.Count == 0;

    /// <summary>Parts of the plans looked at.</summary>
    public int Nodes { get; private set; } = 1;

    /// <summary>The best plan met on the way, where it is worth more than the value given: starts or −1; null without.</summary>
    public int[]? Plan { get; private set; }

    /// <summary>Of <see cref="Plan"/>.</summary>
    public double PlanValue { get; private set; } = double.NegativeInfinity;

    /// <summary>Shares in the relaxation at the root, by column.</summary>
    private double[] Shares { get; }

    /// <summary>Whether no plan worth more than the values given so far starts the option then.</summary>
    public bool IsForbidden(int option, int start) => !_root.IsAllowed[option * _root.Periods + start];

    /// <summary>What one more unit of a bucket is worth at the root: [resource][bucket], value per unit, ≥ 0.</summary>
    public IReadOnlyList<IReadOnlyList<double>> Prices()
    {
        var prices = new double[_root.Problem.Resources.Count][];
        for (var r = 0; r < prices.Length; r++)
        {
            prices[r] = new double[_root.Problem.Resources[r].Ends.Count];
            for (var b = 0; b < prices[r].Length; b++)
                if (_rows.RowOfCapacity[_root.FirstRow[r] + b] is >= 0 and var row) prices[r][b] = _rootPrices.Length > row ? _rootPrices[row] / _rows.Scales[row] : 0;
            // A unit of a bucket that carries over is there in all later sums too.
            if (_root.Problem.Resources[r].CarriesOver)
                for (var b = prices[r].Length - 2; b >= 0; b--) prices[r][b] += prices[r][b + 1];
        }
        return prices;
    }

    private double[] _rootPrices = [];

    /// <summary>One slice of work.</summary>
    /// <param name="value">Of the best plan known; NaN without.</param>
    public void Step(double value)
    {
        if (value > _value) _value = value;
        if (PlanValue > _value) _value = PlanValue;
        if (_node is null && !Begin()) return;
        if (_isRoot) StepRoot();
        else StepNode();
        Bound = Math.Min(Bound, Math.Max(_closed, Math.Max(_node is null ? double.NegativeInfinity : Math.Min(_node.Bound, _relaxation.Bound),
            _open.TryPeek(out var first, out _) ? first.Bound : double.NegativeInfinity)));
    }

    private double Target => _value + Tolerance * Math.Max(1e-9, Math.Abs(_value));

    private void Run()
    {
        _relaxation.Run(Slice);
        _steps += Slice;
        Effort += Slice * _relaxation.Work;
    }

    private void StepRoot()
    {
        Run();
        if (_relaxation.Bound <= Target)
        {
            Close();
            return;
        }
        if ((_stepsSinceCuts += Slice) < StepsBetweenCuts) return;
        if (_rows.Rows == _firstRows) _rootPrices = [.. _relaxation.BestPrices];
        FixAtRoot();
        if (_node is null) return;
        var gain = _boundAtCuts - _relaxation.Bound;
        _boundAtCuts = _relaxation.Bound;
        var added = Cut();
        if (_steps < MostRootSteps && (added > 5 || !(gain < 2e-5 * Math.Abs(_relaxation.Bound)))) return;
        KeepShares();
        Weigh();
        _isRoot = false;
        Split();
    }

    private void KeepShares() => _relaxation.Shares[.._rows.OptionColumns].CopyTo(Shares);

    /// <summary>What each option uses at the root's prices: a first guess at how much it matters whether it is chosen.</summary>
    private void Weigh()
    {
        foreach (var ((_, uses), row) in _rows.Capacities.Zip(_rows.RowOfCapacity.Where(r => r >= 0)))
            foreach (var (option, amounts) in uses)
                for (var (j, first) = (0, _rows.ChainStart[option]); j < amounts.Length; j++)
                    _worths[option] += _relaxation.BestPrices[row] / _rows.Scales[row] * amounts[j] * (Shares[first + j] - (j > 0 ? Shares[first + j - 1] : 0));
        for (var o = 0; o < _worths.Length; o++)
            _worths[o] = _rows.ChainStart[o + 1] > _rows.ChainStart[o] ? 1e-3 + _worths[o] / Math.Max(0.05, Shares[_rows.ChainStart[o + 1] - 1]) : 1;
    }

    private int Cut()
    {
        _stepsSinceCuts = 0;
        if (_rows.Rows > 2 * _firstRows + 200) return 0;
        var added = _cuts.Add(_relaxation.Shares, Math.Max(50, _firstRows / 8));
        Effort += 2 * _relaxation.Work;
        if (added > 0) _relaxation.Load(_rows);
        return added;
    }

    /// <summary>Forbids starts that cannot be part of a better plan.</summary>
    private void FixAtRoot()
    {
        if (double.IsNegativeInfinity(_value)) return;
        if (!Fix(_root)) return;
        if (new PlanNarrowing(_root).Run() is not null)
        {
            Close(_value);
            return;
        }
        _relaxation.Restrict(_rows.Domain(_root));
    }

    private bool Fix(IndexedProblem model)
    {
        _relaxation.BoundStarts(_startBounds);
        Effort += _relaxation.Work;
        var (hasChanged, periods) = (false, model.Periods);
        for (var o = 0; o < model.Count; o++)
            for (var j = _rows.ChainStart[o]; j < _rows.ChainStart[o + 1]; j++)
            {
                if (_startBounds[j] > _value || !model.IsAllowed[o * periods + _rows.Starts[j]]) continue;
                model.IsAllowed[o * periods + _rows.Starts[j]] = false;
                hasChanged = true;
            }
        return hasChanged;
    }

    /// <summary>Takes the open part with the highest bound.</summary>
    private bool Begin()
    {
        while (_open.TryDequeue(out var node, out _))
        {
            if (node.Bound <= Target)
            {
                // All others are lower still.
                _closed = Math.Max(_closed, node.Bound);
                _open.Clear();
                break;
            }
            Nodes++;
            Effort += _relaxation.Work;
            if (Narrow(node.Model))
            {
                _node = node;
                _relaxation.Begin(_rows.Domain(node.Model), node.Prices, node.Shares);
                (_steps, _boundAtSlice) = (0, _relaxation.Bound);
                return true;
            }
        }
        Bound = Math.Min(Bound, _closed);
        return false;
    }

    /// <summary>With what is forbidden at the root since.</summary>
    private bool Narrow(IndexedProblem model)
    {
        for (var k = 0; k < model.IsAllowed.Length; k++) model.IsAllowed[k] &= _root.IsAllowed[k];
        return new PlanNarrowing(model).Run() is null;
    }

    private void StepNode()
    {
        if (_steps == 0 && _relaxation.Bound <= Target)
        {
            Close();
            return;
        }
        Run();
        if (_relaxation.Bound <= Target)
        {
            Close();
            return;
        }
        // From the prices of the part before, the bound at first stays where it is; then it falls ever more slowly.
        var all = _node!.Bound - _relaxation.Bound;
        if (_steps < MostNodeSteps)
        {
            if (_steps % LeastNodeSteps != 0) return;
            var gain = _boundAtSlice - _relaxation.Bound;
            _boundAtSlice = _relaxation.Bound;
            if (gain > 0.1 * Math.Max(all, 1e-5 * Math.Abs(_relaxation.Bound))) return;
        }
        if (_node.Option >= 0 && _node.Distance > 0.01)
        {
            var (gains, counts) = _node.IsUp ? (_upGains, _upCounts) : (_downGains, _downCounts);
            gains[_node.Option] += Math.Max(0, all) / _node.Distance;
            counts[_node.Option]++;
        }
        if (Nodes % 4 == 0) Cut();
        Split();
    }

    private void Close() => Close(_relaxation.Bound);

    private void Close(double bound)
    {
        _closed = Math.Max(_closed, Math.Min(bound, _node!.Bound));
        _node = null;
    }

    private void Split()
    {
        var (node, bound) = (_node!, Math.Min(_node!.Bound, _relaxation.Bound));
        var model = node.Model.Copy();
        if (!double.IsNegativeInfinity(_value) && Fix(model) && new PlanNarrowing(model).Run() is not null)
        {
            Close(_value);
            return;
        }
        Round(model);
        var (option, at, share) = Choose(model);
        if (option < 0)
        {
            Leaf(model, bound);
            return;
        }
        var size = 4L * (_rows.Rows + _rows.Costs.Length) + 2L * model.IsAllowed.Length;
        if (_open.Count * size > MostMemory)
        {
            Close(bound);
            return;
        }
        float[] prices = [.. _relaxation.BestPrices.Select(y => (float)y)], shares = [.. _relaxation.Shares.ToArray().Select(u => (float)u)];
        var (up, down) = (model, model.Copy());
        if (at < 0)
        {
            up.IsMandatory[option] = true;
            Forbid(down, option, 0, model.Periods);
        }
        else
        {
            Forbid(up, option, 0, at + 1);
            Forbid(down, option, at + 1, model.Periods);
        }
        _open.Enqueue(new(up, bound, prices, shares, option, true, at < 0 ? 1 - share : share), -bound);
        _open.Enqueue(new(down, bound, prices, shares, option, false, at < 0 ? share : 1 - share), -bound);
        _node = null;
    }

    private static void Forbid(IndexedProblem model, int option, int from, int to) => Array.Clear(model.IsAllowed, option * model.Periods + from, to - from);

    /// <summary>Which option to split, and by what: chosen or not (−1), or the last of its early starts.</summary>
    private (int Option, int At, double Share) Choose(IndexedProblem model)
    {
        var shares = _relaxation.Shares;
        var (best, option, at, share) = (double.NegativeInfinity, -1, -1, 0.0);
        var (upMean, downMean) = (Mean(_upGains, _upCounts), Mean(_downGains, _downCounts));
        for (var o = 0; o < model.Count; o++)
        {
            if (!model.CanBeChosen(o)) continue;
            var (from, to) = (_rows.ChainStart[o], _rows.ChainStart[o + 1]);
            var (where, f) = (-1, shares[to - 1]);
            if (model.IsMandatory[o])
            {
                if (model.First[o] == model.Last[o]) continue;
                (where, f) = Middle(model, o, shares[from..to]);
            }
            var up = _upCounts[o] > 0 ? _upGains[o] / _upCounts[o] : upMean * _worths[o];
            var down = _downCounts[o] > 0 ? _downGains[o] / _downCounts[o] : downMean * _worths[o];
            var fraction = Math.Min(f, 1 - f);
            var score = Math.Max(1e-6, up * (1 - f)) * Math.Max(1e-6, down * f) * (where < 0 ? 1 : 0.25);
            if (fraction < 0.01) score = fraction * 1e-9 - (where < 0 ? 0 : 1);
            if (score > best) (best, option, at, share) = (score, o, where, f);
        }
        return (option, at, share);
    }

    /// <summary>Gain by worth of the options split so far.</summary>
    private double Mean(double[] gains, int[] counts)
    {
        var (sum, count) = (0.0, 0);
        for (var o = 0; o < gains.Length; o++)
        {
            if (counts[o] == 0) continue;
            sum += gains[o] / counts[o] / _worths[o];
            count++;
        }
        return count == 0 ? 1 : sum / count;
    }

    /// <summary>The start after which to split so that the shares before and after are most alike.</summary>
    private (int At, double Share) Middle(IndexedProblem model, int option, ReadOnlySpan<double> shares)
    {
        var (at, share) = (-1, 2.0);
        for (var j = 0; j < shares.Length; j++)
        {
            var s = _rows.Starts[_rows.ChainStart[option] + j];
            if (s >= model.Last[option] || !model.IsAllowed[option * model.Periods + s]) continue;
            if (Math.Abs(shares[j] - 0.5) < Math.Abs(share - 0.5)) (at, share) = (s, shares[j]);
        }
        return (at, share);
    }

    /// <summary>The plan that the relaxation is near, where it is one.</summary>
    private void Round(IndexedProblem model)
    {
        var starts = new int[model.Count];
        var shares = _relaxation.Shares;
        for (var o = 0; o < model.Count; o++)
        {
            starts[o] = -1;
            if (!model.CanBeChosen(o)) continue;
            for (var j = _rows.ChainStart[o]; j < _rows.ChainStart[o + 1] && starts[o] < 0; j++)
                if (shares[j] >= 0.5 && model.IsAllowed[o * model.Periods + _rows.Starts[j]]) starts[o] = _rows.Starts[j];
        }
        Keep(starts);
    }

    private bool Keep(int[] starts)
    {
        var evaluation = PlanEvaluation.Of(_root.Problem, starts);
        Effort += _relaxation.Work;
        if (!evaluation.IsFeasible) return false;
        if (evaluation.Value > _value && evaluation.Value > PlanValue) (Plan, PlanValue, _value) = (starts, evaluation.Value, evaluation.Value);
        return true;
    }

    /// <summary>Only one plan is left: it is worth what it is worth, or is none.</summary>
    private void Leaf(IndexedProblem model, double bound)
    {
        int[] starts = [.. Enumerable.Range(0, model.Count).Select(o => model.CanBeChosen(o) ? model.First[o] : -1)];
        if (Keep(starts)) _closed = Math.Max(_closed, Math.Min(bound, PlanEvaluation.Of(_root.Problem, starts).Value));
        _node = null;
    }
}
