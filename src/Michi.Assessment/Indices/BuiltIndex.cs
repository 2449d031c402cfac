using Michi.Analytics.Indices;

namespace Michi.Assessment.Indices;

/// <summary>A choice that was varied, with the options tried.</summary>
/// <param name="Choice">One of <see cref="IndexChoices.All"/>.</param>
/// <param name="Options">Options, each as likely; for weights none, but those of <see cref="IndexDoubt.WeightSets"/>.</param>
internal sealed record VariedChoice(string Choice, IReadOnlyList<string> Options);

/// <summary>How the ranks hang on choices that could as well have been made otherwise.</summary>
/// <param name="Varied">The choices and their options.</param>
/// <param name="WeightSets">Number of sets of weights, drawn within <see cref="BuiltIndex.WeightNoise"/> of the index's own; 0 where weights were not varied.</param>
/// <param name="Combinations">Number of combinations there are.</param>
/// <param name="Ranks">Ranks over the runs.</param>
/// <param name="Sensitivity">What the ranks hang on most.</param>
internal sealed record IndexDoubt(
    IReadOnlyList<VariedChoice> Varied, int WeightSets, long Combinations, UncertaintyResult Ranks, SobolIndices Sensitivity)
{
    /// <summary>Whether every combination was run, so that nothing is estimated.</summary>
    public bool IsExact => Ranks.ReplicationCount == Combinations;
}

/// <summary>How an element goes with its group and with the index: correlations by value (Pearson) and by rank (Spearman); NaN where it does not vary.</summary>
internal sealed record ElementFit(KpiElement Element, double Group, double GroupByRank, double Index, double IndexByRank);

/// <summary>An index made from a table under choices, with what can be said about it. Immutable, the same for the same input.</summary>
internal sealed class BuiltIndex
{
    public const ulong Seed = 1;

    /// <summary>Half the width of the band weights are drawn from, as a share of the weight.</summary>
    public const double WeightNoise = 0.25;

    private const int WeightSets = 50;
    private const int MaxRuns = 1_000;

    // Keeps the whole computation well under two seconds on one core, whatever the size of the table.
    private const long MaxCellRuns = 50_000_000;

    private BuiltIndex(KpiTable table, IReadOnlyList<KpiPlace> empty, IndexChoices choices, IndexResult result, IndexDoubt? doubt)
    {
        (Table, Empty, Choices, Result, Doubt) = (table, empty, choices, result, doubt);
        Top = table.Top;
        Parts = [.. table.Elements.Where(e => e.Parent == Top.Code)];
        var ranks = result.IndexRanks.ToArray();
        Order = [.. Enumerable.Range(0, ranks.Length).OrderBy(u => ranks[u] == 0).ThenBy(u => ranks[u]).ThenBy(u => table.Places[u].Name, StringComparer.Ordinal)];
        Fits = [.. table.Elements.Where(e => e.Parent is not null).Select(Fit)];
        Removals = IndexAnalysis.RemoveElements(result, Top.Level - 1).ToDictionary(r => r.Removed, r => r.MeanAbsoluteRankChange);

        ElementFit Fit(KpiElement element)
        {
            ReadOnlySpan<double> x = result.Scores.Column(element.Code), group = result.Scores.Column(element.Parent!), index = result.Scores.Column(Top.Code);
            return new(element, Correlation.Pearson(x, group), Correlation.Spearman(x, group), Correlation.Pearson(x, index), Correlation.Spearman(x, index));
        }
    }

    /// <summary>The figures of the places that have any.</summary>
    public KpiTable Table { get; }

    /// <summary>Places without a single figure; filling in would make up everything about them.</summary>
    public IReadOnlyList<KpiPlace> Empty { get; }

    public IndexChoices Choices { get; }
    public IndexResult Result { get; }

    /// <summary>Null where no choice makes a difference.</summary>
    public IndexDoubt? Doubt { get; }

    /// <summary>The index itself.</summary>
    public KpiElement Top { get; }

    /// <summary>What the index is made of directly.</summary>
    public IReadOnlyList<KpiElement> Parts { get; }

    /// <summary>Positions of the places by rank, those without a score last.</summary>
    public IReadOnlyList<int> Order { get; }

    /// <summary>How each element but the index goes with its group and with the index, in the order of the table.</summary>
    public IReadOnlyList<ElementFit> Fits { get; }

    /// <summary>How far ranks move on average without each of <see cref="Parts"/>, in places.</summary>
    public IReadOnlyDictionary<string, double> Removals { get; }

    /// <summary>About how many numbers it keeps: the table and each stage of the index.</summary>
    public static long SizeOf(IndexHead head) => 12L * head.PlaceCount * head.IndicatorCount;

    /// <summary>Makes an index. The choices must not be in conflict.</summary>
    public static BuiltIndex Of(KpiTable given, IndexChoices choices, CancellationToken cancel)
    {
        var (table, empty) = given.WithoutEmpty();
        var data = table.ToData();
        var definition = table.ToDefinition(choices);
        var result = CompositeIndex.Build(data, definition);
        return new(table, empty, choices, result, DoubtOf(table, choices, data, definition, result, cancel));
    }

    private static IndexDoubt? DoubtOf(KpiTable table, IndexChoices choices, IndexTable data, IndexDefinition definition, IndexResult result, CancellationToken cancel)
    {
        var runs = (int)Math.Clamp(MaxCellRuns / ((long)table.Places.Count * table.Elements.Count), 20, MaxRuns);
        var varied = Varied(choices, hasMissing: result.Availability.Any(a => a.Missing > 0), hasOutliers: result.Treatments.Any(t => !t.Treatment.Before.Passes) || choices.Treatment == "none").ToList();
        var inputs = varied.Select(v => UncertainInput.Discrete(v.Choice, v.Options, (d, option) => IndexChoices.Apply(d, v.Choice, option, table.Places.Count))).ToList();
        // Last, as the replications share the most when the weights change fastest.
        var weights = UncertainInput.NoisyWeights("weights", definition, Enumerable.Range(1, table.Top.Level).ToDictionary(level => level, _ => WeightNoise), WeightSets, Seed);
        var variesWeights = runs >= SobolMinimum(inputs.Count + 1);
        if (variesWeights)
        {
            inputs.Add(weights);
            varied.Add(new("weights", []));
        }
        if (inputs.Count == 0) return null;
        var uncertainty = new IndexUncertainty(data, definition, inputs);
        var combinations = uncertainty.CombinationCount;
        var ranks = combinations <= runs ? uncertainty.RunAll(cancellation: cancel) : uncertainty.Run(runs, Seed, cancellation: cancel);
        var sensitivity = combinations <= runs ? SobolIndices.Exact(ranks.MeanAbsoluteRankChanges(), [.. inputs.Select(i => i.Name)], [.. inputs.Select(i => i.Count)])
            : uncertainty.Sensitivity(runs, Seed, cancellation: cancel);
        return new(varied, variesWeights ? WeightSets : 0, combinations, ranks, sensitivity);
    }

    /// <summary>Fewest runs from which the sensitivity can be estimated (<see cref="SobolIndices.Estimate"/>).</summary>
    private static int SobolMinimum(int inputs) => 20 * (2 * inputs + 2);

    /// <summary>The choices in doubt: the made one and another that goes together with all the others.</summary>
    private static IEnumerable<VariedChoice> Varied(IndexChoices choices, bool hasMissing, bool hasOutliers)
    {
        var isPositive = choices.Normalisation is not ("z-score" or "target");
        yield return new("normalisation", isPositive ? ["min-max-1", "rank"] : [choices.Normalisation, "rank"]);
        // A target is checked against the figures as they are treated.
        if (hasOutliers && choices.Normalisation != "target") yield return new("treatment", choices.Treatment == "none" ? ["none", "winsorise-log"] : [choices.Treatment, "none"]);
        if (hasMissing) yield return new("imputation", choices.Imputation == "none" ? ["none", "median"] : [choices.Imputation, "none"]);
        // The geometric mean needs a scale above zero, which not every way to a common scale gives.
        if (isPositive) yield return new("aggregation", choices.Aggregation == "arithmetic" ? ["arithmetic", "geometric"] : [choices.Aggregation, "arithmetic"]);
    }
}
