namespace Michi.Analytics.Indices;

/// <summary>Builds a composite index: denominate, screen, impute, treat outliers, normalise, aggregate, rank.</summary>
/// <remarks>OECD/JRC, Handbook on Constructing Composite Indicators (2008), part 1; stage by stage as Becker et al. (2022), COINr, JOSS
/// 7(78), 4567.</remarks>
public static class CompositeIndex
{
    /// <summary>Computes every stage. O(units × indicators) and O(units log units) an element for the ranks.</summary>
    /// <param name="data">Units × columns: one column an indicator, and those the indicators are divided by.</param>
    /// <param name="definition">The tree of elements and the choices.</param>
    /// <exception cref="ArgumentException">A column or grouping is missing, or values are outside the domain of the
    /// aggregation.</exception>
    public static IndexResult Build(IndexTable data, IndexDefinition definition)
    {
        var denominated = Denominate(data, definition);
        var availability = DataAvailability.Of(denominated);
        var screened = Screen(denominated, definition.Screening, availability);
        var imputed = Impute(screened, definition.Imputation);
        var treatments = new TreatedColumn?[definition.Structure.Indicators.Length];
        var treated = Treat(imputed, definition, treatments);
        var normalised = Normalise(treated, definition);

        var structure = definition.Structure;
        var units = normalised.Units.Count;
        var aggregator = new LevelAggregator(structure, units);
        aggregator.Run(definition, new NormalisedColumns([.. normalised.Values], structure.Indicators.Length));
        var scores = new double[structure.Codes.Length * units];
        for (var e = 0; e < structure.Codes.Length; e++) aggregator.Column(e).CopyTo(scores.AsSpan(e * units));

        var notes = structure.IndicatorCodes.Zip(treatments).Where(t => t.Second is not null).Select(t => new TreatmentNote(t.First, t.Second!));
        var table = new IndexTable([.. normalised.Units], structure.Codes, scores);
        return new IndexResult(definition, denominated, availability, imputed, treated, normalised, table, [.. notes]);
    }

    /// <summary>The indicators, each divided by its denominator if it has one.</summary>
    internal static IndexTable Denominate(IndexTable data, IndexDefinition definition)
    {
        var structure = definition.Structure;
        var units = data.Units.Count;
        var values = new double[structure.Indicators.Length * units];
        for (var i = 0; i < structure.Indicators.Length; i++)
        {
            var x = values.AsSpan(i * units, units);
            data.Column(structure.IndicatorCodes[i]).CopyTo(x);
            if (definition.Elements[structure.Indicators[i]].Denominator is not { } denominator) continue;
            var by = data.Column(denominator);
            for (var u = 0; u < units; u++) x[u] = by[u] == 0 ? double.NaN : x[u] / by[u];
        }
        return new([.. data.Units], structure.IndicatorCodes, values) { Groupings = data.Groupings };
    }

    internal static IndexTable Screen(IndexTable table, Screening? screening, IReadOnlyList<DataAvailability> availability) =>
        screening is null || availability.All(screening.Keeps) ? table : table.Keep([.. availability.Select(screening.Keeps)]);

    internal static IndexTable Impute(IndexTable table, Imputation imputation)
    {
        if (imputation.Method == ImputationMethod.None) return table;
        IReadOnlyList<string?>? groups = null;
        if (imputation.Grouping is { } name && !table.Groupings.TryGetValue(name, out groups))
            throw new ArgumentException($"The table has no grouping '{name}'.", nameof(imputation));
        return EachColumn(table, (x, _, y) => imputation.Apply(x, groups).CopyTo(y));
    }

    internal static IndexTable Treat(IndexTable table, IndexDefinition definition, TreatedColumn?[]? notes = null) =>
        EachColumn(table, (x, c, y) =>
        {
            var treatment = definition.Elements[definition.Structure.Indicators[c]].Treatment ?? definition.Treatment;
            var treated = treatment?.Apply(x);
            if (treated is null) x.CopyTo(y);
            else treated.Values.CopyTo(y);
            if (notes is not null) notes[c] = treated;
        });

    internal static IndexTable Normalise(IndexTable table, IndexDefinition definition) =>
        EachColumn(table, (x, c, y) =>
        {
            var element = definition.Elements[definition.Structure.Indicators[c]];
            (element.Normalisation ?? definition.Normalisation).Apply(x, element.Direction, element.Target, y);
        });

    private delegate void ColumnStage(ReadOnlySpan<double> values, int column, Span<double> result);

    private static IndexTable EachColumn(IndexTable table, ColumnStage stage)
    {
        var units = table.Units.Count;
        var values = new double[table.Codes.Count * units];
        for (var c = 0; c < table.Codes.Count; c++) stage(table.Column(c), c, values.AsSpan(c * units, units));
        return table.With(values);
    }
}

/// <summary>What was done to the outliers of one indicator.</summary>
/// <param name="Code">Code of the indicator.</param>
/// <param name="Treatment">Checks, points brought in, transformation.</param>
public sealed record TreatmentNote(string Code, TreatedColumn Treatment);

/// <summary>An index with every stage kept, so that each number can be traced to the data. Immutable.</summary>
public sealed class IndexResult
{
    private readonly int[]?[] _ranks;

    internal IndexResult(
        IndexDefinition definition, IndexTable denominated, IReadOnlyList<DataAvailability> availability, IndexTable imputed,
        IndexTable treated, IndexTable normalised, IndexTable scores, IReadOnlyList<TreatmentNote> treatments)
    {
        (Definition, Denominated, Availability, Imputed) = (definition, denominated, availability, imputed);
        (Treated, Normalised, Scores, Treatments) = (treated, normalised, scores, treatments);
        _ranks = new int[]?[scores.Codes.Count];
        for (var e = 0; e < _ranks.Length; e++) _ranks[e] = Ranking.Descending(scores.Column(e));
    }

    /// <summary>What was built.</summary>
    public IndexDefinition Definition { get; }

    /// <summary>Indicators after division by their denominators; all units.</summary>
    public IndexTable Denominated { get; }

    /// <summary>Data availability of all units, on which screening decides.</summary>
    public IReadOnlyList<DataAvailability> Availability { get; }

    /// <summary>Indicators of the units that stay, missing values filled.</summary>
    public IndexTable Imputed { get; }

    /// <summary>After the treatment of outliers.</summary>
    public IndexTable Treated { get; }

    /// <summary>On the common scale; more is better.</summary>
    public IndexTable Normalised { get; }

    /// <summary>One column an element, in the order of the definition: normalised indicators and scores of the aggregates.</summary>
    public IndexTable Scores { get; }

    /// <summary>One note an indicator whose outliers were looked at.</summary>
    public IReadOnlyList<TreatmentNote> Treatments { get; }

    /// <summary>Codes of the units that stay, in the order of every table and list here.</summary>
    public IReadOnlyList<string> Units => Scores.Units;

    /// <summary>Scores of the index itself (the first element of the highest level).</summary>
    public ReadOnlySpan<double> IndexScores => Scores.Column(Definition.Structure.Top);

    /// <summary>Ranks of the units in the index: 1 + the number of units strictly better; 0 without a score.</summary>
    public ReadOnlySpan<int> IndexRanks => _ranks[Definition.Structure.Top];

    /// <summary>Ranks of the units in an element: 1 + the number of units strictly better; 0 without a score.</summary>
    /// <exception cref="ArgumentException">No element has this code.</exception>
    public ReadOnlySpan<int> Ranks(string code) => _ranks[Scores.ColumnOf(code)];
}
