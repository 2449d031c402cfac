namespace Michi.Analytics.Planning;

/// <summary>The linear relaxation of a planning problem in by-variables: a column says to what share an option has started by one of its starts.</summary>
/// <remarks>
/// Columns of an option, one for each allowed start, rise from 0 to 1 and make a chain; so, falling, do the steps of a ladder in one period. What is left
/// are rows A u ≤ b (joint sets: = b), scaled to a largest entry of 1. A precedence has two entries a row, a limit of staff two for each option.
/// </remarks>
internal sealed class PlanBoundRows
{
    private readonly IndexedProblem _model;
    private readonly List<int> _rowStart = [0], _columns = [];
    private readonly List<double> _entries = [], _limits = [], _scales = [];
    private readonly List<bool> _isEquality = [];
    private readonly int[] _columnBy;

    public PlanBoundRows(IndexedProblem model)
    {
        _model = model;
        var (periods, costs, chains, starts) = (model.Periods, new List<double>(), new List<int> { 0 }, new List<int>());
        _columnBy = new int[model.Count * periods];
        for (var o = 0; o < model.Count; o++)
        {
            var last = -1;
            for (var s = 0; s < periods; s++)
            {
                if (model.IsAllowed[o * periods + s])
                {
                    if (last >= 0) costs[last] -= model.Values[o * periods + s];
                    last = costs.Count;
                    costs.Add(model.Values[o * periods + s]);
                    starts.Add(s);
                }
                _columnBy[o * periods + s] = last;
            }
            chains.Add(costs.Count);
        }
        Starts = [.. starts];
        OptionColumns = costs.Count;
        AddCapacities();
        AddPrecedences();
        foreach (var set in model.Exclusions) AddRow(set.Select(o => (Started(o, periods - 1), 1.0)), 1);
        foreach (var group in model.Groups)
            for (var k = 1; k < group.Length; k++) AddRow([(Started(group[k - 1], periods - 1), 1), (Started(group[k], periods - 1), -1)], 0, isEquality: true);
        foreach (var (amounts, minimum, by) in model.Covers)
            AddRow(amounts.Select(a => (Started(a.Option, by - model.Durations[a.Option]), -a.Amount)), PlanEvaluation.Tolerance * Math.Max(1, minimum) - minimum);
        AddLadders(costs, chains);
        (Costs, ChainStart) = ([.. costs], [.. chains]);
    }

    /// <summary>Of columns: what it is worth that the share is 1.</summary>
    public double[] Costs { get; }

    /// <summary>Chain c has the columns ChainStart[c] … ChainStart[c + 1] − 1; first come the options, then the steps of ladders.</summary>
    public int[] ChainStart { get; }

    /// <summary>Start period of each column of an option.</summary>
    public int[] Starts { get; }

    public int OptionColumns { get; }

    public int Rows => _limits.Count;

    public IReadOnlyList<double> Limits => _limits;

    public IReadOnlyList<bool> IsEquality => _isEquality;

    /// <summary>By what a row was divided.</summary>
    public IReadOnlyList<double> Scales => _scales;

    /// <summary>What options use of each capacity that can be exceeded, by column.</summary>
    public List<(double Capacity, List<(int Option, double[] Amounts)> Uses)> Capacities { get; } = [];

    /// <summary>Steps of ladders in a period: the column of the step and those of the options that bring shares of it.</summary>
    public List<(int Column, (int Column, double Share)[] Shares)> Climbs { get; } = [];

    /// <summary>Row of each bucket of a resource, as in the model; −1 where nothing can go beyond it.</summary>
    public int[] RowOfCapacity { get; private set; } = [];

    /// <summary>What a copy of the model leaves of the columns.</summary>
    public PlanDomain Domain(IndexedProblem model)
    {
        var isAllowed = new bool[OptionColumns];
        for (var o = 0; o < model.Count; o++)
            for (var j = ChainStart[o]; j < ChainStart[o + 1]; j++) isAllowed[j] = model.IsAllowed[o * model.Periods + Starts[j]];
        return new(isAllowed, [.. model.IsMandatory]);
    }

    public (int[] RowStart, int[] Columns, double[] Entries) Matrix() => ([.. _rowStart], [.. _columns], [.. _entries]);

    /// <summary>Σ over starts of coefficient · x, where an option started in s has x = 1: adds a row that all plans fulfil.</summary>
    public int AddStartRow(IEnumerable<(int Option, double[] CoefficientOfColumn)> options, double limit)
    {
        var entries = new List<(int, double)>();
        foreach (var (o, coefficients) in options) Differences(o, coefficients, entries);
        return AddRow(entries, limit);
    }

    private void Differences(int option, double[] coefficients, List<(int, double)> entries)
    {
        for (var (j, first) = (0, ChainFirst(option)); j < coefficients.Length; j++)
            if (coefficients[j] - (j + 1 < coefficients.Length ? coefficients[j + 1] : 0) is not 0 and var change) entries.Add((first + j, change));
    }

    private int ChainFirst(int option) => _columnBy[option * _model.Periods + _model.First[option]];

    /// <summary>Column that says whether the option has started in a period or before; −1 where it cannot have.</summary>
    private int Started(int option, int by) => by < 0 || !_model.CanBeChosen(option) ? -1 : _columnBy[option * _model.Periods + Math.Min(by, _model.Periods - 1)];

    public int AddRow(IEnumerable<(int Column, double Entry)> entries, double limit, bool isEquality = false)
    {
        var sum = new SortedDictionary<int, double>();
        foreach (var (column, entry) in entries)
            if (column >= 0) sum[column] = sum.GetValueOrDefault(column) + entry;
        var scale = 0.0;
        foreach (var entry in sum.Values) scale = Math.Max(scale, Math.Abs(entry));
        if (scale == 0) return -1;
        foreach (var (column, entry) in sum)
        {
            if (entry == 0) continue;
            _columns.Add(column);
            _entries.Add(entry / scale);
        }
        _rowStart.Add(_columns.Count);
        _limits.Add(limit / scale);
        _scales.Add(scale);
        _isEquality.Add(isEquality);
        return _limits.Count - 1;
    }

    private void AddCapacities()
    {
        var rows = Enumerable.Range(0, _model.Rows).Select(_ => new List<(int, double)>()).ToArray();
        var most = new double[_model.Rows];
        var uses = Enumerable.Range(0, _model.Rows).Select(_ => new List<(int, double[])>()).ToArray();
        for (var o = 0; o < _model.Count; o++)
        {
            if (!_model.CanBeChosen(o)) continue;
            var (first, allowed) = (ChainFirst(o), Enumerable.Range(0, _model.Periods).Where(s => _model.IsAllowed[o * _model.Periods + s]).ToArray());
            for (var u = _model.UseStart[o]; u < _model.UseStart[o + 1]; u++)
            {
                var byRow = new SortedDictionary<int, double[]>();
                for (var j = 0; j < allowed.Length; j++)
                {
                    var run = _model.Runs[u * _model.Periods + allowed[j]];
                    for (var i = 0; i < run.Length; i++)
                    {
                        if (!byRow.TryGetValue(run.Row + i, out var amounts)) byRow[run.Row + i] = amounts = new double[allowed.Length];
                        amounts[j] = _model.Amounts[run.Offset + i];
                    }
                }
                foreach (var (row, amounts) in byRow)
                {
                    Differences(o, amounts, rows[row]);
                    uses[row].Add((o, amounts));
                    most[row] += amounts.Max();
                }
            }
        }
        RowOfCapacity = new int[_model.Rows];
        for (var r = 0; r < _model.Rows; r++)
        {
            RowOfCapacity[r] = -1;
            if (most[r] <= _model.Capacities[r]) continue;
            // Plans count as feasible up to the tolerance; whole numbers cannot use it.
            var isWhole = uses[r].All(u => u.Item2.All(a => a == Math.Floor(a))) && _model.Capacities[r] < 1e8;
            var capacity = isWhole ? Math.Floor(_model.Capacities[r] * (1 + 1e-9) + 1e-9) : _model.Capacities[r] * (1 + 1e-9) + 1e-9;
            RowOfCapacity[r] = AddRow(rows[r], capacity);
            Capacities.Add((capacity, uses[r]));
        }
    }

    private void AddPrecedences()
    {
        foreach (var (after, anyOf, lag) in _model.Precedences)
        {
            if (!_model.CanBeChosen(after)) continue;
            var before = new HashSet<int>();
            for (var s = _model.Last[after]; s >= _model.First[after]; s--)
            {
                if (!_model.IsAllowed[after * _model.Periods + s]) continue;
                // The later of two rows with the same right side implies the other.
                var ended = anyOf.Select(o => Started(o, s - lag - _model.Durations[o])).ToHashSet();
                if (ended.SetEquals(before)) continue;
                before = ended;
                AddRow([(Started(after, s), 1), .. ended.Select(c => (c, -1.0))], 0);
            }
        }
    }

    private void AddLadders(List<double> costs, List<int> chains)
    {
        foreach (var ladder in _model.Problem.Ladders)
            for (var t = 0; t < _model.Periods; t++)
            {
                if (_model.Weights[t] == 0) continue;
                var isReachable = true;
                foreach (var step in ladder.Steps)
                {
                    var column = costs.Count;
                    var ended = step.Shares.Select(s => (Column: Started(s.Option, t - _model.Durations[s.Option]), s.Amount)).Where(s => s.Column >= 0).ToList();
                    if (!(isReachable = isReachable && ended.Count > 0)) break;
                    costs.Add(_model.Weights[t] * step.Value);
                    AddRow([(column, 1), .. ended.Select(s => (s.Column, -s.Amount))], 0);
                    Climbs.Add((column, [.. ended]));
                }
                if (costs.Count > chains[^1]) chains.Add(costs.Count);
            }
    }
}
