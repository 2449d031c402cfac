namespace Michi.Analytics.Indices;

/// <summary>An indicator in which a unit stands out.</summary>
/// <param name="Code">Code of the indicator.</param>
/// <param name="Rank">Rank of the unit, 1 is best; ties share the best rank.</param>
/// <param name="Value">The unit's value, denominated, in the indicator's unit.</param>
public sealed record StandOut(string Code, int Rank, double Value);

/// <summary>Ranks of the index without one element.</summary>
/// <param name="Removed">Code of the element left out.</param>
/// <param name="Scores">Index scores without it, one a unit.</param>
/// <param name="Ranks">Index ranks without it, one a unit.</param>
/// <param name="MeanAbsoluteRankChange">Mean over the units of |rank without − rank with|.</param>
public sealed record ElementRemoval(string Removed, IReadOnlyList<double> Scores, IReadOnlyList<int> Ranks, double MeanAbsoluteRankChange);

/// <summary>Questions about a built index (OECD/JRC 2008, steps 6–8).</summary>
public static class IndexAnalysis
{
    /// <summary>The weight each element has in the index as a whole when means are arithmetic: its share among its siblings times that of
    /// its parent. O(elements).</summary>
    /// <returns>One a element, in the order of the definition; each level sums to 1.</returns>
    public static IReadOnlyList<double> EffectiveWeights(IndexDefinition definition)
    {
        var structure = definition.Structure;
        var effective = new double[structure.Codes.Length];
        var tops = Enumerable.Range(0, effective.Length).Where(e => structure.Parents[e] < 0).ToArray();
        Share(tops, 1);
        foreach (var a in structure.Aggregates.Reverse()) Share(structure.Parts(a), effective[a]);
        return effective;

        void Share(ReadOnlySpan<int> parts, double weight)
        {
            double total = 0;
            foreach (var p in parts) total += definition.Weights[p];
            foreach (var p in parts) effective[p] = weight * definition.Weights[p] / total;
        }
    }

    /// <summary>Removes each element of a level in turn by giving it no weight. O(elements of the level × aggregation).</summary>
    /// <param name="result">A built index.</param>
    /// <param name="level">From 1 to one below the top.</param>
    /// <exception cref="ArgumentException">The level is out of range.</exception>
    public static IReadOnlyList<ElementRemoval> RemoveElements(IndexResult result, int level)
    {
        var definition = result.Definition;
        var structure = definition.Structure;
        if (level < 1 || level >= structure.LevelCount)
            throw new ArgumentException($"The level must be from 1 to {structure.LevelCount - 1}.", nameof(level));
        var normalised = new NormalisedColumns([.. result.Normalised.Values], structure.Indicators.Length);
        var aggregator = new LevelAggregator(structure, result.Units.Count);
        var removals = new List<ElementRemoval>();
        for (var e = 0; e < structure.Codes.Length; e++)
        {
            if (structure.Levels[e] != level) continue;
            double[] weights = [.. definition.Weights];
            weights[e] = 0;
            aggregator.Run(definition with { Weights = weights }, normalised);
            var scores = aggregator.Scores(structure.Top);
            var ranks = Ranking.Descending(scores);
            var change = IndexUncertainty.MeanAbsoluteRankChange(ranks, result.IndexRanks);
            removals.Add(new(structure.Codes[e], scores.ToArray(), ranks, change));
        }
        return removals;
    }

    /// <summary>The indicators in which a unit ranks best and worst on denominated data in the indicator's direction.</summary>
    /// <param name="result">A built index.</param>
    /// <param name="unit">Position of the unit in the result.</param>
    /// <param name="count">How many of each.</param>
    /// <param name="table">Ranks and values come from this table of the result's units; null: from its imputed data.</param>
    /// <returns>Best ranks first in both; missing values and last places shared by the worst value (a zero among many) are left out.
    /// O(indicators × units log units).</returns>
    public static (IReadOnlyList<StandOut> Strengths, IReadOnlyList<StandOut> Weaknesses) StrengthsAndWeaknesses(
        IndexResult result, int unit, int count = 5, IndexTable? table = null)
    {
        table ??= result.Imputed;
        var structure = result.Definition.Structure;
        var standing = new List<StandOut>();
        for (var i = 0; i < structure.Indicators.Length; i++)
        {
            var x = table.Column(structure.IndicatorCodes[i]);
            var isMore = result.Definition.Elements[structure.Indicators[i]].Direction == Direction.MoreIsBetter;
            var ranks = isMore ? Ranking.Descending(x) : Ranking.Ascending(x);
            if (ranks[unit] > 0 && ranks[unit] < ranks.Max()) standing.Add(new(structure.IndicatorCodes[i], ranks[unit], x[unit]));
        }
        StandOut[] ordered = [.. standing.OrderBy(s => s.Rank)];
        return ([.. ordered.Take(count)], [.. ordered.TakeLast(count)]);
    }
}
