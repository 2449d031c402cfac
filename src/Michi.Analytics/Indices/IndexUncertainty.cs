namespace Michi.Analytics.Indices;

/// <summary>How much the scores and ranks of an index hang on choices that could have been made otherwise (OECD/JRC 2008, step
/// 7).</summary>
/// <remarks>
/// Saisana, Saltelli &amp; Tarantola 2005, J. R. Stat. Soc. A 168, 307–323. A replication is a point of the unit cube, one coordinate an
/// input.
/// Holds tables shared between replications; not for concurrent use.
/// </remarks>
public sealed class IndexUncertainty
{
    private readonly IndexReplicator _replicator;
    private readonly IndexDefinition _nominal;
    private readonly IReadOnlyList<UncertainInput> _inputs;
    private readonly int[] _nominalRanks;

    /// <summary>Prepares an index and its uncertain inputs.</summary>
    /// <param name="data">As for <see cref="CompositeIndex.Build"/>.</param>
    /// <param name="definition">The nominal choices, from which ranks shift.</param>
    /// <param name="inputs">One or more.</param>
    /// <exception cref="ArgumentException">No input is given, or the index cannot be built.</exception>
    public IndexUncertainty(IndexTable data, IndexDefinition definition, IReadOnlyList<UncertainInput> inputs)
    {
        if (inputs.Count == 0) throw new ArgumentException("Give one uncertain input or more.", nameof(inputs));
        (_replicator, _nominal, _inputs) = (new(data, definition), definition, [.. inputs]);
        _nominalRanks = Ranking.Descending(_replicator.Scores(definition));
    }

    /// <summary>Codes of the ranked units.</summary>
    public IReadOnlyList<string> Units => _replicator.Units;

    /// <summary>Ranks under the nominal choices.</summary>
    public ReadOnlySpan<int> NominalRanks => _nominalRanks;

    /// <summary>Number of different combinations of alternatives; <see cref="long.MaxValue"/> when an input is continuous or there are
    /// more.</summary>
    public long CombinationCount
    {
        get
        {
            long count = 1;
            foreach (var input in _inputs)
                count = input.Count == 0 || count > int.MaxValue ? long.MaxValue : count * input.Count;
            return count;
        }
    }

    /// <summary>Index scores of one replication.</summary>
    /// <param name="point">One number from [0, 1) an input.</param>
    /// <exception cref="ArgumentException">The point has another number of coordinates, or these choices do not go together.</exception>
    public double[] Scores(ReadOnlySpan<double> point) => Replicate(point).ToArray();

    /// <summary>Draws replications at random. O(replications × (units × indicators + units log units)) and replications × units ranks of
    /// memory.</summary>
    /// <param name="replications">Number of replications.</param>
    /// <param name="seed">The same seed gives the same result.</param>
    /// <param name="progress">Share done, 0–1.</param>
    /// <param name="cancellation">Stops between replications.</param>
    public UncertaintyResult Run(int replications, ulong seed, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        var random = new SplitMix(seed);
        return Run(replications, (_, point) =>
        {
            for (var i = 0; i < point.Length; i++) point[i] = random.NextDouble();
        }, progress, cancellation);
    }

    /// <summary>Runs every combination of the alternatives once: the exact distribution. Cost as <see cref="Run(int, ulong,
    /// IProgress{double}?, CancellationToken)"/>.</summary>
    /// <exception cref="InvalidOperationException">There are more combinations than can be run.</exception>
    public UncertaintyResult RunAll(IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (CombinationCount > int.MaxValue)
            throw new InvalidOperationException("There are too many combinations to run them all; draw replications instead.");
        return Run((int)CombinationCount, Combination, progress, cancellation);
    }

    /// <summary>Runs given replications.</summary>
    /// <param name="sample">Replications × inputs, numbers from [0, 1).</param>
    /// <param name="progress">Share done, 0–1.</param>
    /// <param name="cancellation">Stops between replications.</param>
    /// <exception cref="ArgumentException">The sample has another number of columns.</exception>
    public UncertaintyResult Run(double[,] sample, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (sample.GetLength(1) != _inputs.Count)
            throw new ArgumentException($"Give {_inputs.Count} columns, one an input.", nameof(sample));
        return Run(sample.GetLength(0), (run, point) =>
        {
            for (var i = 0; i < point.Length; i++) point[i] = sample[run, i];
        }, progress, cancellation);
    }

    /// <summary>Which input the ranks hang on: exactly where all combinations fit into the runs, else estimated.</summary>
    /// <param name="runs">Most replications to compute; see <see cref="SobolIndices.Estimate"/>.</param>
    /// <param name="seed">The same seed gives the same result.</param>
    /// <param name="output">A number made of the ranks of a replication, for example the rank of one unit; null: their <see
    /// cref="MeanAbsoluteRankChange"/>.</param>
    /// <param name="progress">Share done, 0–1.</param>
    /// <param name="cancellation">Stops between replications.</param>
    /// <exception cref="ArgumentException">There are too few runs for an estimate.</exception>
    public SobolIndices Sensitivity(
        int runs, ulong seed, Func<ReadOnlySpan<int>, double>? output = null,
        IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        output ??= ranks => MeanAbsoluteRankChange(ranks, _nominalRanks);
        var units = Units.Count;
        int[] ranks = new int[units], order = new int[units];
        var keys = new double[units];
        string[] names = [.. _inputs.Select(i => i.Name)];
        if (CombinationCount > runs) return SobolIndices.Estimate(Output, names, runs, seed, progress, cancellation);

        var y = new double[CombinationCount];
        var point = new double[_inputs.Count];
        for (var run = 0; run < y.Length; run++)
        {
            cancellation.ThrowIfCancellationRequested();
            Combination(run, point);
            y[run] = Output(point);
            progress?.Report((run + 1.0) / y.Length);
        }
        return SobolIndices.Exact(y, names, [.. _inputs.Select(i => i.Count)]);

        double Output(ReadOnlySpan<double> point)
        {
            Ranking.Descending(Replicate(point), ranks, keys, order);
            return output(ranks);
        }
    }

    /// <summary>Mean over the units of |rank − nominal rank|: how far a replication is from the nominal index, in places.</summary>
    /// <exception cref="ArgumentException">Lengths differ.</exception>
    public static double MeanAbsoluteRankChange(ReadOnlySpan<int> ranks, ReadOnlySpan<int> nominal)
    {
        if (ranks.Length != nominal.Length) throw new ArgumentException($"Give {nominal.Length} ranks, one a unit.", nameof(ranks));
        long sum = 0;
        var n = 0;
        for (var u = 0; u < ranks.Length; u++)
        {
            if (ranks[u] == 0 || nominal[u] == 0) continue;
            sum += Math.Abs(ranks[u] - nominal[u]);
            n++;
        }
        return (double)sum / n;
    }

    private delegate void PointOf(int run, Span<double> point);

    private UncertaintyResult Run(int replications, PointOf pointOf, IProgress<double>? progress, CancellationToken cancellation)
    {
        var units = Units.Count;
        var ranks = new int[replications][];
        var keys = new double[units];
        var order = new int[units];
        Span<double> point = new double[_inputs.Count];
        for (var r = 0; r < replications; r++)
        {
            cancellation.ThrowIfCancellationRequested();
            pointOf(r, point);
            Ranking.Descending(Replicate(point), ranks[r] = new int[units], keys, order);
            progress?.Report((r + 1.0) / replications);
        }
        return new UncertaintyResult(Units, _nominalRanks, ranks);
    }

    private ReadOnlySpan<double> Replicate(ReadOnlySpan<double> point)
    {
        if (point.Length != _inputs.Count) throw new ArgumentException($"Give {_inputs.Count} coordinates, one an input.", nameof(point));
        var definition = _nominal;
        for (var i = 0; i < point.Length; i++) definition = _inputs[i].Apply(definition, point[i]);
        return _replicator.Scores(definition);
    }

    /// <summary>The middle of the cell of a combination; the last input varies fastest.</summary>
    private void Combination(int run, Span<double> point)
    {
        for (var i = point.Length - 1; i >= 0; i--)
        {
            point[i] = (run % _inputs[i].Count + 0.5) / _inputs[i].Count;
            run /= _inputs[i].Count;
        }
    }
}

/// <summary>How the rank of a unit varies.</summary>
/// <param name="Unit">Unit code.</param>
/// <param name="Nominal">Rank under the nominal choices; 0 without a score.</param>
/// <param name="Mean">Mean rank over the replications in which the unit has one.</param>
/// <param name="Median">Median rank.</param>
/// <param name="Q5">5 % quantile (Hyndman &amp; Fan 1996, type 7).</param>
/// <param name="Q95">95 % quantile.</param>
public sealed record RankStatistics(string Unit, int Nominal, double Mean, double Median, double Q5, double Q95);

/// <summary>The ranks of all replications.</summary>
public sealed class UncertaintyResult
{
    private readonly int[] _nominal;
    private readonly int[][] _ranks;

    internal UncertaintyResult(IReadOnlyList<string> units, int[] nominal, int[][] ranks)
    {
        (Units, _nominal, _ranks) = (units, nominal, ranks);
        Statistics = Describe();
    }

    /// <summary>Codes of the units, in the order of ranks and statistics.</summary>
    public IReadOnlyList<string> Units { get; }

    /// <summary>One entry a unit.</summary>
    public IReadOnlyList<RankStatistics> Statistics { get; }

    /// <summary>Number of replications.</summary>
    public int ReplicationCount => _ranks.Length;

    /// <summary>Ranks of the units in a replication; 0 without a score.</summary>
    public ReadOnlySpan<int> Ranks(int replication) => _ranks[replication];

    /// <summary>Share of the replications in which a unit is among the best: P(rank ≤ places). O(replications).</summary>
    public double ShareWithin(int unit, int places)
    {
        var within = 0;
        foreach (var ranks in _ranks)
            if (ranks[unit] > 0 && ranks[unit] <= places) within++;
        return (double)within / _ranks.Length;
    }

    /// <summary>Mean absolute rank change of each replication, in places.</summary>
    public double[] MeanAbsoluteRankChanges() => [.. _ranks.Select(r => IndexUncertainty.MeanAbsoluteRankChange(r, _nominal))];

    private RankStatistics[] Describe()
    {
        // Units are taken in blocks, so that a replication's ranks are read a cache line at a time.
        const int block = 16;
        var statistics = new RankStatistics[Units.Count];
        var columns = new double[block][];
        for (var b = 0; b < block; b++) columns[b] = new double[_ranks.Length];
        for (var first = 0; first < Units.Count; first += block)
        {
            var count = Math.Min(block, Units.Count - first);
            for (var r = 0; r < _ranks.Length; r++)
                for (var b = 0; b < count; b++)
                    columns[b][r] = _ranks[r][first + b];
            for (var b = 0; b < count; b++) statistics[first + b] = Describe(first + b, columns[b]);
        }
        return statistics;
    }

    private RankStatistics Describe(int unit, double[] ranks)
    {
        Array.Sort(ranks);
        var missing = 0;
        while (missing < ranks.Length && ranks[missing] == 0) missing++;
        ReadOnlySpan<double> sorted = ranks.AsSpan(missing);
        double median = Moments.Quantile(sorted, 0.5), q5 = Moments.Quantile(sorted, 0.05), q95 = Moments.Quantile(sorted, 0.95);
        return new(Units[unit], _nominal[unit], Moments.Mean(sorted), median, q5, q95);
    }
}
