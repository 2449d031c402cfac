namespace Michi.Analytics.Indices;

/// <summary>A choice in the making of an index that could as well have been made otherwise.</summary>
/// <remarks>Alternatives must not change the screening: every replication ranks the same units.</remarks>
public sealed class UncertainInput
{
    private readonly Func<IndexDefinition, double, IndexDefinition> _change;

    private UncertainInput(string name, int count, Func<IndexDefinition, double, IndexDefinition> change) =>
        (Name, Count, _change) = (name, count, change);

    /// <summary>What people read.</summary>
    public string Name { get; }

    /// <summary>Number of alternatives, each as likely as the others; 0 for a continuous input.</summary>
    public int Count { get; }

    /// <summary>A few alternatives, each as likely as the others.</summary>
    /// <param name="name">What people read.</param>
    /// <param name="alternatives">One or more.</param>
    /// <param name="choose">Makes the choice in a definition and leaves the rest: <c>(d, n) => d with { Normalisation = n }</c>.</param>
    /// <exception cref="ArgumentException">No alternative is given.</exception>
    public static UncertainInput Discrete<T>(string name, IReadOnlyList<T> alternatives, Func<IndexDefinition, T, IndexDefinition> choose)
    {
        var count = alternatives.Count;
        if (count == 0) throw new ArgumentException("Give one alternative or more.", nameof(alternatives));
        return new(name, count, (definition, u) => choose(definition, alternatives[Math.Min((int)(u * count), count - 1)]));
    }

    /// <summary>A continuous choice, as a function of a number uniform on [0, 1).</summary>
    public static UncertainInput Continuous(string name, Func<IndexDefinition, double, IndexDefinition> change) => new(name, 0, change);

    /// <summary>Limits to the number of winsorised points.</summary>
    public static UncertainInput WinsorisationLimits(string name, IReadOnlyList<int> limits) =>
        Discrete(name, limits, (d, limit) => d with { Treatment = (d.Treatment ?? new()) with { WinsorisationLimit = limit } });

    /// <summary>Normalisations of the whole index.</summary>
    public static UncertainInput Normalisations(string name, IReadOnlyList<Normalisation> normalisations) =>
        Discrete(name, normalisations, (d, normalisation) => d with { Normalisation = normalisation });

    /// <summary>Aggregations, each on every level.</summary>
    public static UncertainInput Aggregations(string name, IReadOnlyList<Aggregation> aggregations) =>
        Discrete(name, aggregations, (d, aggregation) => d with { Aggregations = [aggregation] });

    /// <summary>Sets of weights, each in the order of the definition's elements.</summary>
    public static UncertainInput Weights(string name, IReadOnlyList<IReadOnlyList<double>> sets) =>
        Discrete(name, sets, (d, weights) => d with { Weights = weights });

    /// <summary>Sets of weights scattered round those of a definition: each weight times a number uniform on [1 − noise, 1 +
    /// noise].</summary>
    /// <param name="name">What people read.</param>
    /// <param name="definition">Gives the weights to scatter.</param>
    /// <param name="noise">Half the width, 0–1, by level; levels not named keep their weights.</param>
    /// <param name="sets">Number of sets.</param>
    /// <param name="seed">The same seed gives the same sets.</param>
    /// <exception cref="ArgumentException">A noise is outside 0–1 or there are no sets.</exception>
    public static UncertainInput NoisyWeights(
        string name, IndexDefinition definition, IReadOnlyDictionary<int, double> noise, int sets, ulong seed)
    {
        if (noise.Values.Any(n => !(n >= 0 && n <= 1))) throw new ArgumentException("Noise must be from 0 to 1.", nameof(noise));
        var random = new SplitMix(seed);
        var scattered = new double[sets][];
        for (var s = 0; s < sets; s++)
        {
            scattered[s] = [.. definition.Weights];
            for (var e = 0; e < scattered[s].Length; e++)
                scattered[s][e] *= 1 + noise.GetValueOrDefault(definition.Elements[e].Level) * (2 * random.NextDouble() - 1);
        }
        return Weights(name, scattered);
    }

    /// <summary>A definition with this choice made.</summary>
    /// <param name="definition">The other choices.</param>
    /// <param name="u">Which alternative: a number from [0, 1).</param>
    public IndexDefinition Apply(IndexDefinition definition, double u) => _change(definition, u);
}
