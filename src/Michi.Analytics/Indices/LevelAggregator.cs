namespace Michi.Analytics.Indices;

/// <summary>Normalised indicators, column after column in structure order, with what aggregations make of them once for many
/// runs.</summary>
internal sealed class NormalisedColumns
{
    private readonly Dictionary<QuasiArithmetic, double[]?[]> _transformed = [];
    private readonly int _units;

    public NormalisedColumns(double[] values, int columns)
    {
        Values = values;
        _units = values.Length / columns;
        IsComplete = new bool[columns];
        for (var c = 0; c < columns; c++) IsComplete[c] = !Moments.HasMissing(Column(c));
    }

    public double[] Values { get; }
    public bool[] IsComplete { get; }

    /// <summary>Number of tables of this size held.</summary>
    public int TableCount => 1 + _transformed.Count;

    public ReadOnlySpan<double> Column(int column) => Values.AsSpan(column * _units, _units);

    public ReadOnlySpan<double> Transformed(int column, QuasiArithmetic mean)
    {
        if (mean is Arithmetic) return Column(column);
        if (!_transformed.TryGetValue(mean, out var columns)) _transformed.Add(mean, columns = new double[]?[IsComplete.Length]);
        if (columns[column] is { } known) return known;
        var y = new double[_units];
        mean.Transform(Column(column), y);
        columns[column] = y;
        return y;
    }
}

/// <summary>Computes the scores of all aggregates of an index from normalised indicators, level by level.</summary>
/// <remarks>Holds scratch memory for one run after another; not for concurrent use.</remarks>
internal sealed class LevelAggregator
{
    private readonly IndexStructure _structure;
    private readonly int _units;
    private readonly int[] _slot;
    private readonly double[] _scores;
    private readonly double[] _scratch;
    private readonly bool[] _isComplete;
    private NormalisedColumns? _normalised;

    public LevelAggregator(IndexStructure structure, int units)
    {
        _structure = structure;
        _units = units;
        _slot = new int[structure.Codes.Length];
        for (var i = 0; i < structure.Indicators.Length; i++) _slot[structure.Indicators[i]] = i;
        for (var a = 0; a < structure.Aggregates.Length; a++) _slot[structure.Aggregates[a]] = a;
        _scores = new double[structure.Aggregates.Length * units];
        _scratch = new double[units];
        _isComplete = new bool[structure.Codes.Length];
    }

    public void Run(IndexDefinition definition, NormalisedColumns normalised)
    {
        _normalised = normalised;
        for (var i = 0; i < _structure.Indicators.Length; i++) _isComplete[_structure.Indicators[i]] = normalised.IsComplete[i];
        Span<double> weights = stackalloc double[64];
        foreach (var a in _structure.Aggregates)
        {
            var parts = _structure.Parts(a);
            if (parts.Length > weights.Length) weights = new double[parts.Length];
            for (var p = 0; p < parts.Length; p++) weights[p] = definition.Weights[parts[p]];
            var scores = _scores.AsSpan(_slot[a] * _units, _units);
            definition.AggregationOf(_structure.Levels[a]).Combine(this, parts, weights[..parts.Length], scores);
            _isComplete[a] = !Moments.HasMissing(scores);
        }
    }

    /// <summary>The scores of an aggregate after a run.</summary>
    public ReadOnlySpan<double> Scores(int element) => _scores.AsSpan(_slot[element] * _units, _units);

    public bool IsComplete(int element) => _isComplete[element];

    public ReadOnlySpan<double> Column(int element) =>
        _structure.Levels[element] == 1 ? _normalised!.Column(_slot[element]) : Scores(element);

    /// <summary>f(x) of an element for a mean; valid until the next call.</summary>
    public ReadOnlySpan<double> Transformed(int element, QuasiArithmetic mean)
    {
        if (_structure.Levels[element] == 1) return _normalised!.Transformed(_slot[element], mean);
        if (mean is Arithmetic) return Scores(element);
        mean.Transform(Scores(element), _scratch);
        return _scratch;
    }
}
