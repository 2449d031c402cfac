namespace Michi.Analytics.Sorting;

/// <summary>MR-Sort on maturity levels 0 … L−1 (more is better), compiled to tables for use in a simulation.</summary>
/// <remarks>
/// The rule is that of <see cref="MrSort"/> with <see cref="MajorityRule.Veto"/>; weights are given with each call and sum to 1.
/// Profiles are nested and levels only help, so raising a level never lowers the stage. Time O(n·B) a call, no allocation.
/// Immutable; thread-safe.
/// </remarks>
public sealed class LevelMrSort
{
    private readonly int[,] _profiles;
    private readonly int[,] _vetoes;
    private readonly double[][] _meets; // [boundary][element · L + level]: 1 where the level meets the profile
    private readonly uint[] _vetoed; // [element · L + level]: bit b set where the level vetoes boundary b

    /// <param name="levels">L, at least 2.</param>
    /// <param name="profiles">B × n; the level that element e needs for boundary b, 0 … L−1, no lower than for b − 1. B at most 32.</param>
    /// <param name="majority">λ, the share of weight that suffices, above 0, at most 1.</param>
    /// <param name="vetoes">B × n; this level or a lower one vetoes boundary b; −1 = none. Below the profile.</param>
    public LevelMrSort(int levels, int[,] profiles, double majority, int[,]? vetoes = null)
    {
        (Levels, Boundaries, Elements, Majority) = (levels, profiles.GetLength(0), profiles.GetLength(1), majority);
        if (levels < 2) throw new ArgumentException("Expected at least 2.", nameof(levels));
        if (Boundaries is < 1 or > 32) throw new ArgumentException("Expected 1 to 32 boundaries.", nameof(profiles));
        if (!(majority is > 0 and <= 1)) throw new ArgumentException("Expected a share above 0, at most 1.", nameof(majority));
        if (vetoes is not null && (vetoes.GetLength(0) != Boundaries || vetoes.GetLength(1) != Elements))
            throw new ArgumentException("Expected the shape of the profiles.", nameof(vetoes));

        _profiles = (int[,])profiles.Clone();
        _vetoes = new int[Boundaries, Elements];
        _meets = [.. Enumerable.Range(0, Boundaries).Select(_ => new double[Elements * levels])];
        _vetoed = new uint[Elements * levels];
        for (var b = 0; b < Boundaries; b++)
            for (var e = 0; e < Elements; e++)
            {
                int profile = profiles[b, e], veto = _vetoes[b, e] = vetoes?[b, e] ?? -1;
                if (profile < 0 || profile >= levels || (b > 0 && profile < profiles[b - 1, e]))
                    throw new ArgumentException($"Expected 0 to {levels - 1}, nested, at boundary {b}, element {e}.", nameof(profiles));
                if (veto < -1 || (veto >= 0 && veto >= profile))
                    throw new ArgumentException($"Expected -1 or a level below the profile at boundary {b}, element {e}.", nameof(vetoes));
                for (var level = 0; level < levels; level++)
                {
                    _meets[b][e * levels + level] = level >= profile ? 1 : 0;
                    if (level <= veto) _vetoed[e * levels + level] |= 1u << b;
                }
            }
    }

    /// <summary>L.</summary>
    public int Levels { get; }

    /// <summary>n.</summary>
    public int Elements { get; }

    /// <summary>B; there are B + 1 stages, 0 … B.</summary>
    public int Boundaries { get; }

    /// <summary>λ.</summary>
    public double Majority { get; }

    /// <summary>The level that an element needs for a boundary.</summary>
    public int Profile(int boundary, int element) => _profiles[boundary, element];

    /// <summary>The highest level of an element that vetoes a boundary; −1 = none does.</summary>
    public int Veto(int boundary, int element) => _vetoes[boundary, element];

    /// <summary>The stage, 0 … B.</summary>
    /// <param name="levels">Length n, each 0 … L−1.</param>
    /// <param name="weights">Length n, ≥ 0, sum 1 (± 1e-9).</param>
    public int Stage(ReadOnlySpan<int> levels, ReadOnlySpan<double> weights)
    {
        Check(levels, weights);
        Span<int> cells = stackalloc int[256];
        cells = Elements <= cells.Length ? cells[..Elements] : new int[Elements];
        for (var e = 0; e < cells.Length; e++) cells[e] = e * Levels + levels[e];
        return StageOfCells(cells, weights);
    }

    /// <summary>For each boundary, lowest first, the coalition for it, the elements below its profile, the vetoes.</summary>
    /// <param name="levels">As for <see cref="Stage"/>.</param>
    /// <param name="weights">As for <see cref="Stage"/>.</param>
    public IReadOnlyList<BoundaryOutcome> Explain(ReadOnlySpan<int> levels, ReadOnlySpan<double> weights)
    {
        Check(levels, weights);
        var (profiles, vetoes) = (new double[Boundaries, Elements], new double[Boundaries, Elements]);
        for (var b = 0; b < Boundaries; b++)
            for (var e = 0; e < Elements; e++) (profiles[b, e], vetoes[b, e]) = (_profiles[b, e], _vetoes[b, e]);
        var directions = new PreferenceDirection[Elements];
        Array.Fill(directions, PreferenceDirection.Maximise);
        var sort = new MrSort(profiles, weights, directions, Majority, vetoes);
        return sort.Explain(Array.ConvertAll(levels.ToArray(), level => (double)level));
    }

    /// <summary>The stage of elements given as cells, element · L + level, already checked.</summary>
    internal int StageOfCells(ReadOnlySpan<int> cells, ReadOnlySpan<double> weights)
    {
        uint vetoed = 0;
        foreach (var cell in cells) vetoed |= _vetoed[cell];
        for (var b = 0; b < _meets.Length; b++)
        {
            if ((vetoed >> b & 1) != 0) return b;
            var meets = _meets[b];
            double coalition = 0;
            for (var e = 0; e < cells.Length; e++) coalition += weights[e] * meets[cells[e]];
            if (coalition < Majority - Tolerance) return b;
        }
        return _meets.Length;
    }

    /// <summary>As <see cref="MrSort.Tolerance"/>.</summary>
    internal const double Tolerance = 1e-9;

    private void Check(ReadOnlySpan<int> levels, ReadOnlySpan<double> weights)
    {
        if (levels.Length != Elements || levels.ContainsAnyExceptInRange(0, Levels - 1))
            throw new ArgumentException($"Expected {Elements} levels, 0 to {Levels - 1}.", nameof(levels));
        double sum = 0;
        foreach (var weight in weights) sum += weight >= 0 ? weight : double.NaN;
        if (weights.Length != Elements || !(Math.Abs(sum - 1) <= 1e-9))
            throw new ArgumentException($"Expected {Elements} weights of at least 0 that sum to 1.", nameof(weights));
    }
}
