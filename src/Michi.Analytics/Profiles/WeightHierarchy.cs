using Michi.Analytics.Sampling;

namespace Michi.Analytics.Profiles;

/// <summary>Elements in groups (domains), with weights that are known only roughly, in two layers.</summary>
/// <remarks>
/// The weights of the groups, and those of the elements within each group, are Dirichlet variates with the nominal weights as mean:
/// w ~ Dir(c·w̄), variance w̄ᵢ(1 − w̄ᵢ)/(c + 1). An element counts with the product of its two weights. Immutable.
/// </remarks>
public sealed class WeightHierarchy
{
    private readonly int[][] _members;
    private readonly double[] _groupWeights, _withinWeights, _nominal;
    private readonly GammaSampler[]? _groupGammas, _elementGammas;

    /// <param name="groupOf">Length n; the group of each element, 0 … G−1, none empty.</param>
    /// <param name="groupWeights">Length G, above 0; only proportions count.</param>
    /// <param name="elementWeights">Length n, above 0; proportions within a group count.</param>
    /// <param name="groupConcentration">c of the groups' weights; infinite = fixed at the nominal. c times each share at least 0.1.</param>
    /// <param name="elementConcentration">c of the elements' weights within each group, likewise.</param>
    public WeightHierarchy(
        IReadOnlyList<int> groupOf, IReadOnlyList<double> groupWeights, IReadOnlyList<double> elementWeights,
        double groupConcentration, double elementConcentration)
    {
        _members = [.. groupWeights.Select((_, g) => Enumerable.Range(0, groupOf.Count).Where(e => groupOf[e] == g).ToArray())];
        if (_members.Any(m => m.Length == 0) || _members.Sum(m => m.Length) != groupOf.Count)
            throw new ArgumentException($"Expected groups 0 to {groupWeights.Count - 1}, none empty.", nameof(groupOf));
        if (elementWeights.Count != groupOf.Count)
            throw new ArgumentException("Expected a weight for each element.", nameof(elementWeights));

        _groupWeights = Shares(groupWeights, nameof(groupWeights));
        _withinWeights = new double[groupOf.Count];
        foreach (var members in _members)
        {
            var shares = Shares([.. members.Select(e => elementWeights[e])], nameof(elementWeights));
            for (var i = 0; i < members.Length; i++) _withinWeights[members[i]] = shares[i];
        }
        _nominal = [.. groupOf.Select((g, e) => _groupWeights[g] * _withinWeights[e])];
        _groupGammas = Gammas(_groupWeights, groupConcentration, nameof(groupConcentration));
        _elementGammas = Gammas(_withinWeights, elementConcentration, nameof(elementConcentration));
    }

    /// <summary>n.</summary>
    public int Elements => _nominal.Length;

    /// <summary>G.</summary>
    public int Groups => _members.Length;

    /// <summary>The nominal weight of each element in the whole; sum 1.</summary>
    public ReadOnlySpan<double> Nominal => _nominal;

    /// <summary>The elements of a group.</summary>
    public ReadOnlySpan<int> Members(int group) => _members[group];

    /// <summary>Draws weights of the groups (sum 1) and of the elements within their groups (sum 1 in each group).</summary>
    /// <param name="random">Where the numbers come from.</param>
    /// <param name="groups">Receives G weights.</param>
    /// <param name="within">Receives n weights.</param>
    public void Draw(Xoshiro256 random, Span<double> groups, Span<double> within)
    {
        if (groups.Length != Groups) throw new ArgumentException($"Expected room for {Groups} weights.", nameof(groups));
        if (within.Length != Elements) throw new ArgumentException($"Expected room for {Elements} weights.", nameof(within));

        if (_groupGammas is null) _groupWeights.CopyTo(groups);
        else
        {
            double sum = 0;
            for (var g = 0; g < _groupGammas.Length; g++) sum += groups[g] = _groupGammas[g].Next(random);
            for (var g = 0; g < _groupGammas.Length; g++) groups[g] /= sum;
        }

        if (_elementGammas is null) _withinWeights.CopyTo(within);
        else
            foreach (var members in _members)
            {
                double sum = 0;
                foreach (var e in members) sum += within[e] = _elementGammas[e].Next(random);
                foreach (var e in members) within[e] /= sum;
            }
    }

    private static double[] Shares(IReadOnlyList<double> weights, string name)
    {
        if (weights.Any(w => !(w > 0 && double.IsFinite(w)))) throw new ArgumentException("Expected finite weights above 0.", name);
        var sum = weights.Sum();
        return [.. weights.Select(w => w / sum)];
    }

    private static GammaSampler[]? Gammas(double[] shares, double concentration, string name)
    {
        if (double.IsPositiveInfinity(concentration)) return null;
        if (!(concentration * shares.Min() >= 0.1))
            throw new ArgumentException("Expected at least 0.1 over the smallest share, or infinity.", name);
        return Array.ConvertAll(shares, share => new GammaSampler(concentration * share));
    }
}
