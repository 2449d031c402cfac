namespace Michi.Analytics.Planning;

/// <summary>What a part of the plans may still do: starts left for each option, and the options they all have.</summary>
/// <param name="IsAllowed">Of each column of an option.</param>
/// <param name="IsRequired">Of each option.</param>
internal sealed record PlanDomain(bool[] IsAllowed, bool[] IsRequired);

/// <summary>Solves the linear relaxation step by step; prices at any time give a proved bound.</summary>
/// <remarks>
/// Primal-dual hybrid gradient (Chambolle &amp; Pock 2011) with diagonal steps, Halpern anchoring, reflection and restarts (Lu &amp; Yang 2024,
/// arXiv:2407.16144). Chains are projected exactly (pool adjacent violators), rows are priced. For any prices y ≥ 0 no plan is worth more than
/// y·b + the most that each chain alone can earn at costs c − Aᵀy, so the bound does not rest on convergence; it is raised by more than rounding can
/// have taken. One step takes O(entries).
/// </remarks>
internal sealed class PlanRelaxation
{
    private const int CheckEvery = 20;

    private readonly int _optionChains, _columns;
    private readonly int[] _chainStart, _chainOf;
    private readonly double[] _costs;

    private int _rows;
    private int[] _rowStart = [], _rowColumns = [], _columnStart = [], _columnRows = [];
    private double[] _rowEntries = [], _columnEntries = [], _limits = [], _rowStep = [];
    private bool[] _isEquality = [];
    private readonly double[] _chainStep;
    private double _weight = 1, _step = 1;

    private double[] _u, _uNext, _anchorU, _reflected, _y = [], _yNext = [], _anchorY = [], _ayRow = [];
    private readonly double[] _gradient, _blockSum;
    private readonly int[] _blockSize;
    private int _sinceRestart, _total;
    private double _residualAtRestart, _residualBefore;
    private PlanDomain _domain;

    public PlanRelaxation(PlanBoundRows rows, int options, PlanDomain domain)
    {
        (_optionChains, _chainStart, _costs, _domain) = (options, rows.ChainStart, rows.Costs, domain);
        _columns = _costs.Length;
        _chainOf = new int[_columns];
        for (var c = 0; c + 1 < _chainStart.Length; c++) _chainOf.AsSpan(_chainStart[c].._chainStart[c + 1]).Fill(c);
        _chainStep = new double[_chainStart.Length - 1];
        (_u, _uNext, _anchorU, _reflected, _gradient, _blockSum) =
            (new double[_columns], new double[_columns], new double[_columns], new double[_columns], new double[_columns], new double[_columns]);
        _blockSize = new int[_columns];
        BestPrices = [];
        Load(rows);
    }

    /// <summary>Of the domain; proved.</summary>
    public double Bound { get; private set; } = double.PositiveInfinity;

    /// <summary>Prices of rows that the bound rests on.</summary>
    public double[] BestPrices { get; private set; }

    /// <summary>Shares by which options have started, nearly optimal in the relaxation.</summary>
    public ReadOnlySpan<double> Shares => _u;

    /// <summary>Current prices, from which to go on elsewhere.</summary>
    public ReadOnlySpan<double> Prices => _y;

    public long Work => _rowEntries.Length + _columns;

    /// <summary>Takes over rows added since; what is known so far stays.</summary>
    public void Load(PlanBoundRows rows)
    {
        _rows = rows.Rows;
        (_rowStart, _rowColumns, _rowEntries) = rows.Matrix();
        (_limits, _isEquality) = ([.. rows.Limits], [.. rows.IsEquality]);
        Array.Resize(ref _y, _rows);
        (_yNext, _anchorY, _ayRow) = (new double[_rows], new double[_rows], new double[_rows]);
        var best = BestPrices;
        Array.Resize(ref best, _rows);
        BestPrices = best;
        Transpose();
        SetSteps();
        Restart();
    }

    /// <summary>Goes on with another part of the plans, from the given prices and shares.</summary>
    public void Begin(PlanDomain domain, ReadOnlySpan<float> prices, ReadOnlySpan<float> shares)
    {
        _domain = domain;
        Array.Clear(_y);
        for (var r = 0; r < prices.Length; r++) _y[r] = prices[r];
        for (var j = 0; j < shares.Length; j++) _u[j] = shares[j];
        Project(_u);
        Bound = double.PositiveInfinity;
        Evaluate(_y);
        Restart();
    }

    /// <summary>Goes on with a part of what it has worked on.</summary>
    public void Restrict(PlanDomain domain)
    {
        _domain = domain;
        Evaluate(BestPrices);
    }

    /// <summary>Steps of the method; evaluates the bound now and then.</summary>
    public void Run(int steps)
    {
        for (var k = 0; k < steps; k++)
        {
            var isCheck = (_sinceRestart + 1) % CheckEvery == 0;
            Iterate(isCheck);
        }
    }

    private void Restart()
    {
        _u.CopyTo(_anchorU.AsSpan());
        _y.CopyTo(_anchorY.AsSpan());
        (_sinceRestart, _residualAtRestart, _residualBefore) = (0, double.NaN, double.PositiveInfinity);
    }

    private void Iterate(bool isCheck)
    {
        // u' = projection of u + τ (c − Aᵀ y); y' = (y + σ (A (2u' − u) − b))⁺
        for (var j = 0; j < _columns; j++)
        {
            var sum = _costs[j];
            for (var e = _columnStart[j]; e < _columnStart[j + 1]; e++) sum -= _columnEntries[e] * _y[_columnRows[e]];
            _uNext[j] = _u[j] + _step / _weight * _chainStep[_chainOf[j]] * sum;
        }
        Project(_uNext);
        for (var j = 0; j < _columns; j++) _reflected[j] = 2 * _uNext[j] - _u[j];
        for (var r = 0; r < _rows; r++)
        {
            var sum = -_limits[r];
            for (var e = _rowStart[r]; e < _rowStart[r + 1]; e++) sum += _rowEntries[e] * _reflected[_rowColumns[e]];
            var y = _y[r] + _step * _weight * _rowStep[r] * sum;
            _yNext[r] = y < 0 && !_isEquality[r] ? 0 : y;
        }
        _sinceRestart++;
        _total++;
        if (_sinceRestart == 1) _residualAtRestart = Residual();
        if (isCheck)
        {
            Evaluate(_yNext);
            var residual = Residual();
            if (residual <= 0.2 * _residualAtRestart || (residual <= 0.8 * _residualAtRestart && residual > _residualBefore)
                || _sinceRestart >= 0.36 * _total)
            {
                Reweigh();
                (_u, _uNext) = (_uNext, _u);
                (_y, _yNext) = (_yNext, _y);
                Restart();
                return;
            }
            _residualBefore = residual;
        }
        var a = (_sinceRestart) / (_sinceRestart + 1.0);
        for (var j = 0; j < _columns; j++) _u[j] = a * _reflected[j] + (1 - a) * _anchorU[j];
        for (var r = 0; r < _rows; r++) _y[r] = a * (2 * _yNext[r] - _y[r]) + (1 - a) * _anchorY[r];
    }

    /// <summary>‖z − T(z)‖² in the metric of the method.</summary>
    private double Residual()
    {
        var (primal, dual, cross) = (0.0, 0.0, 0.0);
        for (var j = 0; j < _columns; j++)
        {
            var d = _uNext[j] - _u[j];
            primal += d * d / _chainStep[_chainOf[j]];
        }
        for (var r = 0; r < _rows; r++)
        {
            var d = _yNext[r] - _y[r];
            if (d == 0) continue;
            dual += d * d / _rowStep[r];
            var sum = 0.0;
            for (var e = _rowStart[r]; e < _rowStart[r + 1]; e++) sum += _rowEntries[e] * (_uNext[_rowColumns[e]] - _u[_rowColumns[e]]);
            cross += d * sum;
        }
        return Math.Sqrt(Math.Max(0, primal * _weight / _step + dual / (_weight * _step) - 2 * cross));
    }

    /// <summary>Balances how far primal and dual moved since the last restart.</summary>
    private void Reweigh()
    {
        var (primal, dual) = (0.0, 0.0);
        for (var j = 0; j < _columns; j++)
        {
            var d = _uNext[j] - _anchorU[j];
            primal += d * d / _chainStep[_chainOf[j]];
        }
        for (var r = 0; r < _rows; r++)
        {
            var d = _yNext[r] - _anchorY[r];
            dual += d * d / _rowStep[r];
        }
        if (primal > 1e-20 && dual > 1e-20) _weight = Math.Sqrt(_weight * Math.Sqrt(dual / primal));
    }

    private void Transpose()
    {
        _columnStart = new int[_columns + 1];
        foreach (var column in _rowColumns) _columnStart[column + 1]++;
        for (var j = 0; j < _columns; j++) _columnStart[j + 1] += _columnStart[j];
        var next = _columnStart.ToArray();
        (_columnRows, _columnEntries) = (new int[_rowColumns.Length], new double[_rowColumns.Length]);
        for (var r = 0; r < _rows; r++)
            for (var e = _rowStart[r]; e < _rowStart[r + 1]; e++)
            {
                var at = next[_rowColumns[e]]++;
                (_columnRows[at], _columnEntries[at]) = (r, _rowEntries[e]);
            }
    }

    /// <summary>Steps of rows and chains after Pock &amp; Chambolle (2011), lengthened by the norm of the matrix so scaled.</summary>
    private void SetSteps()
    {
        _rowStep = new double[_rows];
        for (var r = 0; r < _rows; r++)
        {
            var sum = 0.0;
            for (var e = _rowStart[r]; e < _rowStart[r + 1]; e++) sum += Math.Abs(_rowEntries[e]);
            _rowStep[r] = 1 / Math.Max(sum, 1e-9);
        }
        Array.Clear(_chainStep);
        for (var j = 0; j < _columns; j++)
        {
            var sum = 0.0;
            for (var e = _columnStart[j]; e < _columnStart[j + 1]; e++) sum += Math.Abs(_columnEntries[e]);
            _chainStep[_chainOf[j]] = Math.Max(_chainStep[_chainOf[j]], sum);
        }
        for (var c = 0; c < _chainStep.Length; c++) _chainStep[c] = 1 / Math.Max(_chainStep[c], 1e-9);

        // Largest eigenvalue of τ Aᵀ σ A by the power method; Pock & Chambolle promise at most 1.
        var v = new double[_columns];
        var (w, norm) = (new double[_rows], 1.0);
        for (var j = 0; j < _columns; j++) v[j] = 1 + 0.1 * (j % 7);
        for (var k = 0; k < 30; k++)
        {
            for (var r = 0; r < _rows; r++)
            {
                var sum = 0.0;
                for (var e = _rowStart[r]; e < _rowStart[r + 1]; e++) sum += _rowEntries[e] * v[_rowColumns[e]];
                w[r] = sum * _rowStep[r];
            }
            var square = 0.0;
            for (var j = 0; j < _columns; j++)
            {
                var sum = 0.0;
                for (var e = _columnStart[j]; e < _columnStart[j + 1]; e++) sum += _columnEntries[e] * w[_columnRows[e]];
                v[j] = sum * _chainStep[_chainOf[j]];
                square += v[j] * v[j] / _chainStep[_chainOf[j]];
            }
            norm = Math.Sqrt(square);
            if (norm == 0) break;
            for (var j = 0; j < _columns; j++) v[j] /= norm;
        }
        _step = norm > 0 ? 1 / Math.Sqrt(Math.Min(1, 1.1 * norm)) : 1;
        if (_total > 0) return;
        var (costs, limits) = (0.0, 0.0);
        for (var j = 0; j < _columns; j++) costs += _costs[j] * _costs[j] * _chainStep[_chainOf[j]];
        for (var r = 0; r < _rows; r++) limits += _limits[r] * _limits[r] * _rowStep[r];
        _weight = costs > 0 && limits > 0 ? Math.Sqrt(costs / limits) : 1;
    }

    /// <summary>Each chain onto what the domain leaves it: shares that rise (steps: fall) within 0 and 1 and stay where no start is allowed.</summary>
    private void Project(double[] u)
    {
        for (var c = 0; c < _optionChains; c++)
        {
            var (from, to, blocks) = (_chainStart[c], _chainStart[c + 1], 0);
            var j = from;
            while (j < to && !_domain.IsAllowed[j]) u[j++] = 0;
            var begin = j;
            while (j < to)
            {
                var (sum, size) = (u[j], 1);
                while (++j < to && !_domain.IsAllowed[j])
                {
                    sum += u[j];
                    size++;
                }
                if (j == to && _domain.IsRequired[c]) sum = 1e100;
                while (blocks > 0 && _blockSum[blocks - 1] * size >= sum * _blockSize[blocks - 1])
                {
                    sum += _blockSum[--blocks];
                    size += _blockSize[blocks];
                }
                (_blockSum[blocks], _blockSize[blocks]) = (sum, size);
                blocks++;
            }
            for (var (b, at) = (0, begin); b < blocks; b++)
            {
                var value = Math.Clamp(_blockSum[b] / _blockSize[b], 0, 1);
                u.AsSpan(at, _blockSize[b]).Fill(value);
                at += _blockSize[b];
            }
        }
        for (var c = _optionChains; c + 1 < _chainStart.Length; c++)
        {
            var (from, to, blocks) = (_chainStart[c], _chainStart[c + 1], 0);
            for (var j = from; j < to; j++)
            {
                var (sum, size) = (u[j], 1);
                while (blocks > 0 && _blockSum[blocks - 1] * size <= sum * _blockSize[blocks - 1])
                {
                    sum += _blockSum[--blocks];
                    size += _blockSize[blocks];
                }
                (_blockSum[blocks], _blockSize[blocks]) = (sum, size);
                blocks++;
            }
            for (var (b, at) = (0, from); b < blocks; b++)
            {
                var value = Math.Clamp(_blockSum[b] / _blockSize[b], 0, 1);
                u.AsSpan(at, _blockSize[b]).Fill(value);
                at += _blockSize[b];
            }
        }
    }

    /// <summary>Keeps the prices if they prove a lower bound than the best so far.</summary>
    private void Evaluate(double[] prices)
    {
        var bound = Prove(prices, null);
        if (!(bound < Bound)) return;
        Bound = bound;
        prices.CopyTo(BestPrices.AsSpan());
    }

    /// <summary>The bound that prices prove, and what each column of an option is worth at most when the option starts there.</summary>
    /// <param name="prices">Of rows; negative ones count as 0 unless the row is an equality.</param>
    /// <param name="bounds">Filled with an upper bound of plans in which the option starts at the column; null to leave that.</param>
    private double Prove(double[] prices, double[]? bounds)
    {
        var (total, size) = (0.0, 0.0);
        for (var r = 0; r < _rows; r++)
        {
            if (prices[r] <= 0 && !_isEquality[r]) continue;
            total += prices[r] * _limits[r];
            size += Math.Abs(prices[r] * _limits[r]);
        }
        for (var j = 0; j < _columns; j++)
        {
            var (sum, absolute) = (_costs[j], Math.Abs(_costs[j]));
            for (var e = _columnStart[j]; e < _columnStart[j + 1]; e++)
            {
                var price = prices[_columnRows[e]];
                if (price <= 0 && !_isEquality[_columnRows[e]]) continue;
                var term = _columnEntries[e] * price;
                sum -= term;
                absolute += Math.Abs(term);
            }
            _gradient[j] = sum;
            size += absolute;
        }
        for (var c = 0; c < _optionChains; c++)
        {
            var (most, after) = (_domain.IsRequired[c] ? double.NegativeInfinity : 0, 0.0);
            for (var j = _chainStart[c + 1] - 1; j >= _chainStart[c]; j--)
            {
                after += _gradient[j];
                _gradient[j] = after;
                if (_domain.IsAllowed[j] && after > most) most = after;
            }
            if (bounds is not null)
                for (var j = _chainStart[c]; j < _chainStart[c + 1]; j++) bounds[j] = _gradient[j] - most;
            if (most == double.NegativeInfinity) return double.NegativeInfinity;
            total += most;
        }
        for (var c = _optionChains; c + 1 < _chainStart.Length; c++)
        {
            var (most, sum) = (0.0, 0.0);
            for (var j = _chainStart[c]; j < _chainStart[c + 1]; j++)
            {
                sum += _gradient[j];
                if (sum > most) most = sum;
            }
            total += most;
        }
        // No term passes through more additions than there are rows and columns, and none is rounded more than a few times before.
        total += size * (_rows + _columns + 100) * Rounding;
        if (bounds is not null)
            for (var j = 0; j < _chainStart[_optionChains]; j++) bounds[j] += total;
        return total;
    }

    private const double Rounding = 2.3e-16;

    /// <summary>For each column of an option: no plan of the domain in which the option starts there is worth more.</summary>
    public void BoundStarts(double[] bounds) => Prove(BestPrices, bounds);
}
