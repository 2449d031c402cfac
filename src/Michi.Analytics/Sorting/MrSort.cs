namespace Michi.Analytics.Sorting;

/// <summary>Which performances of a criterion are preferred.</summary>
public enum PreferenceDirection
{
    /// <summary>Less is better.</summary>
    Minimise,

    /// <summary>More is better.</summary>
    Maximise,
}

/// <summary>How vetoes (V) and dictators (D) join the majority rule; a small letter yields to the capital or to the other.</summary>
/// <remarks>Source: Meyer &amp; Olteanu (2017), Computers &amp; Operations Research 81:216 (in brackets: names in R's MCDA).</remarks>
public enum MajorityRule
{
    /// <summary>Majority alone (M).</summary>
    Majority,

    /// <summary>Majority and no veto (V).</summary>
    Veto,

    /// <summary>Majority or a dictator (D).</summary>
    Dictator,

    /// <summary>Majority and no veto, but a dictator cancels vetoes (v).</summary>
    VetoUnlessDictator,

    /// <summary>Majority or a dictator, but a veto cancels dictators (d).</summary>
    DictatorUnlessVeto,

    /// <summary>No veto, and majority or a dictator (dV).</summary>
    VetoFirst,

    /// <summary>A dictator, or majority and no veto (Dv).</summary>
    DictatorFirst,

    /// <summary>As the veto or the dictator says; majority where there is neither or both (dv).</summary>
    VetoAndDictatorCancel,
}

/// <summary>Why an alternative passes a boundary or not.</summary>
/// <param name="Passes">Whether the alternative is at least as good as the boundary's profile under the rule.</param>
/// <param name="CoalitionWeight">Sum of the weights of the criteria that meet the profile; compare with the majority level.</param>
/// <param name="Against">Criteria below the profile, by index.</param>
/// <param name="Vetoes">Criteria that raise a veto, by index.</param>
/// <param name="Dictators">Criteria that dictate, by index.</param>
public sealed record BoundaryOutcome(
    bool Passes, double CoalitionWeight, IReadOnlyList<int> Against, IReadOnlyList<int> Vetoes, IReadOnlyList<int> Dictators);

/// <summary>Sorts alternatives into ordered categories by majority against profiles (MR-Sort), with vetoes and dictators.</summary>
/// <remarks>
/// Sources: Leroy, Mousseau &amp; Pirlot (2011), ADT, LNAI 6992:219; Bouyssou &amp; Marchant (2007), EJOR 178:246; vetoes and dictators
/// as in Meyer &amp; Olteanu (2017). Category 0 is the worst; boundary b separates category b from b + 1. An alternative climbs from
/// category 0 until the first boundary that it does not pass. Non-compensatory: nothing above a profile makes up for being below another.
/// m criteria, B boundaries: time and memory O(m·B) an alternative. Immutable; thread-safe.
/// </remarks>
public sealed class MrSort
{
    private readonly double[] _weights;
    private readonly PreferenceDirection[] _directions;
    private readonly double[,] _profiles;
    private readonly double[,]? _vetoes, _dictators;
    private readonly double _majority;
    private readonly MajorityRule _rule;

    /// <param name="profiles">B × m; row b = the least performance that counts for boundary b. Rows get no worse upwards. No NaN.</param>
    /// <param name="weights">Length m, ≥ 0, any unit.</param>
    /// <param name="directions">Length m; whether more or less is better.</param>
    /// <param name="majority">λ in the unit of the weights: the coalition weight that suffices. Above 0, at most their sum.</param>
    /// <param name="vetoes">B × m; a performance at this value or worse vetoes the boundary. NaN = none; worse than the profile.</param>
    /// <param name="dictators">B × m; a performance at this value or better dictates. NaN = none; no worse than the profile.</param>
    /// <param name="rule">How vetoes and dictators join the majority; by default vetoes count.</param>
    public MrSort(
        double[,] profiles, ReadOnlySpan<double> weights, ReadOnlySpan<PreferenceDirection> directions, double majority,
        double[,]? vetoes = null, double[,]? dictators = null, MajorityRule rule = MajorityRule.Veto)
    {
        var (boundaries, m) = (profiles.GetLength(0), weights.Length);
        _weights = weights.ToArray();
        if (profiles.GetLength(1) != m) throw new ArgumentException("Expected a column for each weight.", nameof(profiles));
        if (directions.Length != m) throw new ArgumentException("Expected a direction for each weight.", nameof(directions));
        if (_weights.Any(w => !(w >= 0 && double.IsFinite(w))))
            throw new ArgumentException("Expected finite weights of at least 0.", nameof(weights));
        if (!(majority > 0 && majority <= _weights.Sum() * (1 + RelativeRounding)))
            throw new ArgumentException("Expected a level above 0 and at most the sum of the weights.", nameof(majority));

        _directions = directions.ToArray();
        _profiles = (double[,])profiles.Clone();
        _vetoes = (double[,]?)vetoes?.Clone();
        _dictators = (double[,]?)dictators?.Clone();
        if (!SameShape(_vetoes)) throw new ArgumentException("Expected the shape of the profiles.", nameof(vetoes));
        if (!SameShape(_dictators)) throw new ArgumentException("Expected the shape of the profiles.", nameof(dictators));
        (_majority, _rule) = (majority, rule);

        for (var b = 0; b < boundaries; b++)
            for (var j = 0; j < m; j++)
            {
                var profile = profiles[b, j];
                if (double.IsNaN(profile) || (b > 0 && !AtLeast(j, profile, profiles[b - 1, j])))
                    throw new ArgumentException($"Expected a number no worse than before, boundary {b}, criterion {j}.", nameof(profiles));
                if (AtLeast(j, At(_vetoes, b, j), profile))
                    throw new ArgumentException($"Expected worse than the profile at boundary {b}, criterion {j}.", nameof(vetoes));
                if (!double.IsNaN(At(_dictators, b, j)) && !AtLeast(j, At(_dictators, b, j), profile))
                    throw new ArgumentException($"Expected no worse than the profile at boundary {b}, criterion {j}.", nameof(dictators));
            }

        bool SameShape(double[,]? table) => table is null || (table.GetLength(0) == boundaries && table.GetLength(1) == m);
    }

    /// <summary>
    /// A coalition short of the majority by at most this share of the sum of weights still is one, so that the rounding of decimal weights
    /// (0.15 + 0.2 + 0.1 + 0.2 + 0.1 &lt; 0.75 in binary) decides nothing. 0 compares the bare sums.
    /// </summary>
    public double Tolerance { get; init; } = RelativeRounding;

    private const double RelativeRounding = 1e-9;

    /// <summary>The category of one alternative.</summary>
    /// <param name="performances">Length m. NaN (not known) meets no profile and raises no veto.</param>
    /// <returns>0 (worst) to B (best).</returns>
    public int Assign(ReadOnlySpan<double> performances)
    {
        var category = 0;
        while (category < _profiles.GetLength(0) && Outcome(performances, category).Passes) category++;
        return category;
    }

    /// <summary>For each boundary, worst first, why the alternative passes it or not, whether or not it gets that far.</summary>
    /// <param name="performances">As for <see cref="Assign"/>.</param>
    public IReadOnlyList<BoundaryOutcome> Explain(ReadOnlySpan<double> performances)
    {
        var outcomes = new BoundaryOutcome[_profiles.GetLength(0)];
        for (var b = 0; b < outcomes.Length; b++) outcomes[b] = Outcome(performances, b);
        return outcomes;
    }

    private BoundaryOutcome Outcome(ReadOnlySpan<double> performances, int boundary)
    {
        if (performances.Length != _weights.Length)
            throw new ArgumentException($"Expected {_weights.Length} performances.", nameof(performances));

        double coalition = 0, sum = 0;
        List<int> against = [], vetoes = [], dictators = [];
        for (var j = 0; j < _weights.Length; j++)
        {
            sum += _weights[j];
            if (AtLeast(j, performances[j], _profiles[boundary, j])) coalition += _weights[j];
            else against.Add(j);
            if (AtLeast(j, At(_vetoes, boundary, j), performances[j])) vetoes.Add(j);
            if (AtLeast(j, performances[j], At(_dictators, boundary, j))) dictators.Add(j);
        }

        var isMajority = coalition >= _majority - Tolerance * sum;
        bool isVetoed = vetoes.Count > 0, isDictated = dictators.Count > 0;
        var passes = _rule switch
        {
            MajorityRule.Majority => isMajority,
            MajorityRule.Veto => isMajority && !isVetoed,
            MajorityRule.Dictator => isMajority || isDictated,
            MajorityRule.VetoUnlessDictator => isMajority && (!isVetoed || isDictated),
            MajorityRule.DictatorUnlessVeto => isMajority || (isDictated && !isVetoed),
            MajorityRule.VetoFirst => !isVetoed && (isMajority || isDictated),
            MajorityRule.DictatorFirst => isDictated || (isMajority && !isVetoed),
            _ => isVetoed == isDictated ? isMajority : isDictated,
        };
        return new(passes, coalition, against, vetoes, dictators);
    }

    /// <summary>Whether a is at least as good as b; false where either is NaN.</summary>
    private bool AtLeast(int criterion, double a, double b) => _directions[criterion] == PreferenceDirection.Maximise ? a >= b : a <= b;

    private static double At(double[,]? table, int boundary, int criterion) => table?[boundary, criterion] ?? double.NaN;
}
