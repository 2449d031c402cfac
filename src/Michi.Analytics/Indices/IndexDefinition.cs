namespace Michi.Analytics.Indices;

/// <summary>Whether more or less of an indicator is better.</summary>
public enum Direction
{
    /// <summary>Less is better: the sign is turned before normalising.</summary>
    LessIsBetter = -1,

    /// <summary>More is better.</summary>
    MoreIsBetter = 1,
}

/// <summary>An indicator (level 1) or an aggregate of the elements below it (level 2 and up).</summary>
/// <param name="Code">Unique in the index; for an indicator also the code of its column in the data.</param>
/// <param name="Name">What people read.</param>
/// <param name="Level">1 for an indicator; an aggregate stands exactly one level above its parts.</param>
/// <param name="Parent">Code of the aggregate it belongs to; null at the top.</param>
public sealed record IndexElement(string Code, string Name, int Level, string? Parent)
{
    /// <summary>Whether more or less is better; of use for indicators only.</summary>
    public Direction Direction { get; init; } = Direction.MoreIsBetter;

    /// <summary>Weight among the parts of the same parent, ≥ 0; only proportions count.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>Unit of measure, as people read it.</summary>
    public string? Unit { get; init; }

    /// <summary>A value to reach, in the indicator's unit; used by <see cref="DistanceToTarget"/>.</summary>
    public double? Target { get; init; }

    /// <summary>Code of the data column to divide by (population, area), if any.</summary>
    public string? Denominator { get; init; }

    /// <summary>A normalisation of its own, instead of the index's.</summary>
    public Normalisation? Normalisation { get; init; }

    /// <summary>A treatment of outliers of its own, instead of the index's.</summary>
    public OutlierTreatment? Treatment { get; init; }
}

/// <summary>A composite index as a tree of elements and the choices made at each step. Immutable; vary it with <c>with</c>.</summary>
/// <remarks>Steps and terms: OECD/JRC, Handbook on Constructing Composite Indicators (2008), part 1, steps 1–8.</remarks>
public sealed record IndexDefinition
{
    private readonly IReadOnlyList<double> _weights;
    private readonly IReadOnlyList<Aggregation> _aggregations = [new Arithmetic()];

    /// <summary>Makes a definition with no screening and imputation, winsorisation of up to five points, min-max [0, 100] and arithmetic
    /// means.</summary>
    /// <param name="elements">Every indicator and aggregate, in any order.</param>
    /// <exception cref="ArgumentException">Codes repeat, a parent is missing or not one level above, an aggregate has no parts, a weight is
    /// negative.</exception>
    public IndexDefinition(IReadOnlyList<IndexElement> elements)
    {
        Elements = [.. elements];
        Structure = new IndexStructure(Elements);
        _weights = [.. Elements.Select(e => e.Weight)];
        CheckWeights(_weights);
    }

    /// <summary>Every indicator and aggregate.</summary>
    public IReadOnlyList<IndexElement> Elements { get; }

    /// <summary>One weight an element, in the order of <see cref="Elements"/>, ≥ 0; only proportions among the parts of one parent
    /// count.</summary>
    public IReadOnlyList<double> Weights
    {
        get => _weights;
        init
        {
            if (value.Count != Elements.Count)
                throw new ArgumentException($"Give {Elements.Count} weights, one an element.", nameof(Weights));
            CheckWeights(value);
            _weights = value;
        }
    }

    /// <summary>Which units have too little data to stay; null keeps all.</summary>
    public Screening? Screening { get; init; }

    /// <summary>How missing values are filled.</summary>
    public Imputation Imputation { get; init; } = Imputation.None;

    /// <summary>How outliers are treated; null leaves them.</summary>
    public OutlierTreatment? Treatment { get; init; } = new();

    /// <summary>How indicators are brought to a common scale.</summary>
    public Normalisation Normalisation { get; init; } = new MinMax(0, 100);

    /// <summary>How parts are combined: one method for every level, or one a level from level 2 up.</summary>
    public IReadOnlyList<Aggregation> Aggregations
    {
        get => _aggregations;
        init
        {
            var levels = Structure.LevelCount - 1;
            if (value.Count != 1 && value.Count != levels)
                throw new ArgumentException($"Give one aggregation, or {levels}: one a level from level 2 up.", nameof(Aggregations));
            _aggregations = value;
        }
    }

    internal IndexStructure Structure { get; }

    /// <summary>The aggregation that makes the elements of a level (2 and up).</summary>
    internal Aggregation AggregationOf(int level) => _aggregations.Count == 1 ? _aggregations[0] : _aggregations[level - 2];

    private static void CheckWeights(IReadOnlyList<double> weights)
    {
        foreach (var weight in weights)
            if (!(weight >= 0 && double.IsFinite(weight)))
                throw new ArgumentException($"Weights must be finite and ≥ 0; found {weight}.", nameof(weights));
    }
}

/// <summary>The tree of an index in the form computations need: positions instead of codes.</summary>
internal sealed class IndexStructure
{
    private readonly int[][] _parts;

    public IndexStructure(IReadOnlyList<IndexElement> elements)
    {
        var position = new Dictionary<string, int>();
        for (var e = 0; e < elements.Count; e++)
            if (!position.TryAdd(elements[e].Code, e))
                throw new ArgumentException($"Element codes must be distinct; '{elements[e].Code}' occurs twice.", nameof(elements));

        Codes = [.. elements.Select(e => e.Code)];
        LevelCount = elements.Count == 0 ? 0 : elements.Max(e => e.Level);
        Indicators = [.. Enumerable.Range(0, elements.Count).Where(e => elements[e].Level == 1)];
        if (Indicators.Length == 0) throw new ArgumentException("An index needs indicators (elements of level 1).", nameof(elements));
        IndicatorCodes = [.. Indicators.Select(e => Codes[e])];

        Parents = new int[elements.Count];
        var parts = elements.Select(_ => new List<int>()).ToArray();
        for (var e = 0; e < elements.Count; e++)
        {
            Parents[e] = -1;
            if (elements[e].Parent is not { } parent) continue;
            if (!position.TryGetValue(parent, out var p) || elements[p].Level != elements[e].Level + 1)
                throw new ArgumentException(
                    $"The parent of '{elements[e].Code}' must be an element of level {elements[e].Level + 1}; '{parent}' is not.", nameof(elements));
            Parents[e] = p;
            parts[p].Add(e);
        }
        _parts = [.. parts.Select(p => p.ToArray())];
        Aggregates = [.. Enumerable.Range(0, elements.Count).Where(e => elements[e].Level > 1).OrderBy(e => elements[e].Level)];
        foreach (var a in Aggregates)
            if (_parts[a].Length == 0)
                throw new ArgumentException($"'{Codes[a]}' is of level {elements[a].Level} but nothing belongs to it.", nameof(elements));
        Levels = [.. elements.Select(e => e.Level)];
        Top = Enumerable.Range(0, elements.Count).First(e => Levels[e] == LevelCount);
    }

    public string[] Codes { get; }
    public int LevelCount { get; }
    public int[] Levels { get; }

    /// <summary>Positions of the indicators, in element order; a column of a stage's table is one of these.</summary>
    public int[] Indicators { get; }
    public string[] IndicatorCodes { get; }

    /// <summary>Positions of the aggregates, lower levels first.</summary>
    public int[] Aggregates { get; }
    public int[] Parents { get; }

    /// <summary>The first element of the highest level: the index itself.</summary>
    public int Top { get; }

    public ReadOnlySpan<int> Parts(int element) => _parts[element];
}
