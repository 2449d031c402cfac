namespace Michi.Analytics.Indices;

/// <summary>Computes index scores under many definitions of one tree, sharing what they have in common.</summary>
/// <remarks>
/// Stages are kept by the choices that lead to them, so that replications which differ only in weights cost one weighted sum. Kept tables
/// are
/// dropped when they grow beyond a quarter of a gigabyte. Not for concurrent use.
/// </remarks>
internal sealed class IndexReplicator
{
    private const long ByteLimit = 1L << 28;
    private readonly IndexTable _screened;
    private readonly IndexDefinition _nominal;
    private readonly LevelAggregator _aggregator;
    private readonly Dictionary<Imputation, IndexTable> _imputed = [];
    private readonly Dictionary<(Imputation, OutlierTreatment?), IndexTable> _treated = [];
    private readonly Dictionary<(Imputation, OutlierTreatment?, Normalisation), NormalisedColumns> _normalised = [];

    public IndexReplicator(IndexTable data, IndexDefinition nominal)
    {
        var denominated = CompositeIndex.Denominate(data, nominal);
        _screened = CompositeIndex.Screen(denominated, nominal.Screening, DataAvailability.Of(denominated));
        _nominal = nominal;
        _aggregator = new LevelAggregator(nominal.Structure, _screened.Units.Count);
    }

    public IReadOnlyList<string> Units => _screened.Units;

    /// <summary>Scores of the index, one a unit; valid until the next call.</summary>
    public ReadOnlySpan<double> Scores(IndexDefinition definition)
    {
        if (definition.Structure != _nominal.Structure || definition.Screening != _nominal.Screening)
            throw new ArgumentException("Alternatives must keep the elements and the screening of the definition.", nameof(definition));
        _aggregator.Run(definition, Normalised(definition));
        return _aggregator.Scores(_nominal.Structure.Top);
    }

    private NormalisedColumns Normalised(IndexDefinition definition)
    {
        var (imputation, treatment, normalisation) = (definition.Imputation, definition.Treatment, definition.Normalisation);
        if (_normalised.TryGetValue((imputation, treatment, normalisation), out var normalised)) return normalised;

        var tables = _imputed.Count + _treated.Count + _normalised.Values.Sum(n => n.TableCount);
        if ((tables + 3) * (long)_screened.Values.Length * sizeof(double) > ByteLimit)
        {
            _imputed.Clear();
            _treated.Clear();
            _normalised.Clear();
        }
        if (!_imputed.TryGetValue(imputation, out var imputed))
            _imputed[imputation] = imputed = CompositeIndex.Impute(_screened, imputation);
        if (!_treated.TryGetValue((imputation, treatment), out var treated))
            _treated[(imputation, treatment)] = treated = CompositeIndex.Treat(imputed, definition);
        return _normalised[(imputation, treatment, normalisation)] =
            new NormalisedColumns([.. CompositeIndex.Normalise(treated, definition).Values], treated.Codes.Count);
    }
}
