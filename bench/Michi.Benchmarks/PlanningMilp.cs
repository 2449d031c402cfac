using System.Text.Json;
using Michi.Analytics.Planning;

namespace Michi.Benchmarks;

/// <summary>A planning problem as an integer linear program for other solvers, all variables whole and ≥ 0.</summary>
/// <remarks>
/// By-variables: S[i,s] = 1 where option i has started in period s or before, so precedences and ladders have few entries a row and branching halves windows;
/// the relaxation equals that of start variables x[i,s] = S[i,s] − S[i,s−1]. A step of a ladder is counted in twentieths.
/// </remarks>
internal sealed class PlanningMilp
{
    private const int Twentieths = 20;

    private readonly List<double> _costs = [], _lower = [], _upper = [], _coefficients = [], _rowLower = [], _rowUpper = [];
    private readonly List<int> _starts = [0], _columns = [];
    private readonly List<bool> _isBinary = [];
    private readonly PlanningProblem _problem;
    private readonly int[] _first, _last, _column;

    public PlanningMilp(PlanningProblem problem)
    {
        _problem = problem;
        var count = problem.Options.Count;
        (_first, _last, _column) = (new int[count], new int[count], new int[count]);
        for (var i = 0; i < count; i++) AddOption(i);
        foreach (var r in Enumerable.Range(0, problem.Resources.Count)) AddResource(r);
        foreach (var p in problem.Precedences)
            for (var s = _first[p.After]; s <= _last[p.After]; s++)
                AddRow(double.NegativeInfinity, 0, [.. Started(p.After, s, 1), .. p.AnyOf.SelectMany(o => Ended(o, s - p.Lag, -1))]);
        foreach (var set in problem.Exclusions) AddRow(double.NegativeInfinity, 1, set.SelectMany(i => Chosen(i, 1)));
        foreach (var set in problem.Joint)
            for (var k = 1; k < set.Count; k++) AddRow(0, 0, [.. Chosen(set[k - 1], 1), .. Chosen(set[k], -1)]);
        foreach (var c in problem.Covers)
            AddRow(c.Minimum, double.PositiveInfinity, c.Amounts.SelectMany(a => Ended(a.Option, c.By ?? problem.Periods, a.Amount)));
        foreach (var ladder in problem.Ladders) AddLadder(ladder);
    }

    /// <summary>For planning/highs.mjs and planning/cp-sat.mjs: columns, rows by row, and where each option's columns are.</summary>
    public void Write(string path) => File.WriteAllText(path, JsonSerializer.Serialize(new
    {
        costs = _costs,
        lower = _lower,
        upper = _upper,
        isBinary = _isBinary,
        starts = _starts,
        columns = _columns,
        coefficients = _coefficients,
        rowLower = _rowLower.Select(b => double.IsInfinity(b) ? (double?)null : b),
        rowUpper = _rowUpper.Select(b => double.IsInfinity(b) ? (double?)null : b),
        options = _column.Select((c, i) => new { column = c, first = _first[i], last = _last[i] }),
    }));

    /// <summary>Units an option started in s takes of each bucket; with carry-over, of all up to each.</summary>
    public static double[] Amounts(PlanningProblem problem, int option, ResourceUse use, int start)
    {
        var (resource, duration) = (problem.Resources[use.Resource], problem.Options[option].Duration);
        var amounts = new double[resource.Ends.Count];
        for (var t = start; t < problem.Periods; t++)
        {
            var bucket = 0;
            while (resource.Ends[bucket] <= t) bucket++;
            amounts[bucket] += t - start >= duration ? use.Afterwards : t - start < use.Setup.Count ? use.Setup[t - start] : 0;
        }
        for (var k = 1; resource.CarriesOver && k < amounts.Length; k++) amounts[k] += amounts[k - 1];
        return amounts;
    }

    public static double Capacity(PlanResource resource, int bucket) =>
        resource.CarriesOver ? resource.Capacities.Take(bucket + 1).Sum() : resource.Capacities[bucket];

    private void AddOption(int i)
    {
        var option = _problem.Options[i];
        (_first[i], _last[i], _column[i]) = (option.EarliestStart, (option.LatestEnd ?? _problem.Periods) - option.Duration, _costs.Count);
        if (option.FixedStart is { } s) (_first[i], _last[i]) = (Math.Max(_first[i], s), Math.Min(_last[i], s));
        if (option.IsForbidden) _last[i] = _first[i] - 1;
        for (s = _first[i]; s <= _last[i]; s++)
        {
            AddColumn(option.Values[s] - (s < _last[i] ? option.Values[s + 1] : 0), option.IsMandatory && s == _last[i] ? 1 : 0, 1, isBinary: true);
            if (s > _first[i]) AddRow(double.NegativeInfinity, 0, [.. Started(i, s - 1, 1), .. Started(i, s, -1)]);
        }
    }

    private void AddResource(int r)
    {
        var resource = _problem.Resources[r];
        var rows = resource.Ends.Select(_ => new List<(int, double)>()).ToArray();
        for (var i = 0; i < _problem.Options.Count; i++)
            foreach (var use in _problem.Options[i].Uses.Where(u => u.Resource == r))
            {
                var amounts = Enumerable.Range(_first[i], Math.Max(0, _last[i] - _first[i] + 1)).Select(s => Amounts(_problem, i, use, s)).ToList();
                for (var s = 0; s < amounts.Count; s++)
                    for (var k = 0; k < rows.Length; k++)
                        if (amounts[s][k] - (s + 1 < amounts.Count ? amounts[s + 1][k] : 0) is not 0 and var change) rows[k].Add((_column[i] + s, change));
            }
        for (var k = 0; k < rows.Length; k++) AddRow(double.NegativeInfinity, Capacity(resource, k), rows[k]);
    }

    private void AddLadder(PlanLadder ladder)
    {
        for (var t = 1; t < _problem.Periods; t++)
            for (var k = 0; k < ladder.Steps.Count; k++)
            {
                var step = ladder.Steps[k];
                var column = _costs.Count;
                AddColumn(_problem.PeriodWeights[t] * step.Value / Twentieths, 0, Twentieths, isBinary: false);
                AddRow(double.NegativeInfinity, 0, [(column, 1), .. step.Shares.SelectMany(a => Ended(a.Option, t, -Math.Round(Twentieths * a.Amount)))]);
                if (k > 0) AddRow(double.NegativeInfinity, 0, [(column, 1), (column - 1, -1)]);
            }
    }

    private void AddColumn(double cost, double lower, double upper, bool isBinary)
    {
        _costs.Add(cost);
        _lower.Add(lower);
        _upper.Add(upper);
        _isBinary.Add(isBinary);
    }

    private void AddRow(double lower, double upper, IEnumerable<(int Column, double Coefficient)> entries)
    {
        foreach (var group in entries.GroupBy(e => e.Column))
        {
            if (group.Sum(e => e.Coefficient) is 0) continue;
            _columns.Add(group.Key);
            _coefficients.Add(group.Sum(e => e.Coefficient));
        }
        if (_columns.Count == _starts[^1] && lower <= 0 && upper >= 0) return;
        _starts.Add(_columns.Count);
        _rowLower.Add(lower);
        _rowUpper.Add(upper);
    }

    private IEnumerable<(int, double)> Started(int i, int by, double coefficient) =>
        by < _first[i] || _last[i] < _first[i] ? [] : [(_column[i] + Math.Min(by, _last[i]) - _first[i], coefficient)];

    private IEnumerable<(int, double)> Ended(int i, int by, double coefficient) => Started(i, by - _problem.Options[i].Duration, coefficient);

    private IEnumerable<(int, double)> Chosen(int i, double coefficient) => Started(i, _problem.Periods, coefficient);
}
