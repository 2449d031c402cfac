namespace Michi.Analytics.Selection;

/// <summary>A proposal to rank.</summary>
/// <param name="Technical">Technical score, 0–100.</param>
/// <param name="Price">Evaluated price, > 0; null where it was not opened.</param>
public sealed record Proposal(string Id, decimal Technical, decimal? Price = null);

/// <summary>Where a proposal stands.</summary>
/// <param name="Rank">From 1; null for one below the minimum, which is out. Equal ranks are a tie that only a public draw of lots decides.</param>
/// <param name="Technical">Rounded as the table shows it.</param>
/// <param name="Financial">Sf, 0–100; null without a price and in quality-based selection.</param>
/// <param name="Combined">S, 0–100; in quality-based selection the technical score. Null for one that is out.</param>
public sealed record RankedProposal(string Id, int? Rank, decimal Technical, decimal? Financial, decimal? Combined);

/// <summary>Ranks proposals by quality alone (QBS) or by quality and cost (QCBS).</summary>
/// <remarks>
/// Source: World Bank, Standard Request for Proposals, Selection of Consultants (October 2011), Data Sheet: Sf = 100 × Fm / F, with Fm the lowest and F the
/// considered price; S = St × T% + Sf × P%. Below the minimum technical score a price stays unopened and does not count for Fm.
/// Scores are rounded (half away from zero) before they are weighed, so that everybody can follow the table by hand. Of equal combined scores the higher
/// technical score comes first, then the lower price; what is equal then too shares the rank.
/// Time O(n log n). The order of the proposals and the unit of the prices make no difference.
/// </remarks>
public static class QualityCostSelection
{
    /// <param name="proposals">Ids differ. Every proposal at or above the minimum has a price.</param>
    /// <param name="technicalWeight">T, 0–100.</param>
    /// <param name="minimum">Least technical score, 0–100.</param>
    /// <param name="decimals">Decimals technical and financial scores are rounded to, 0–4; the combined score has two more, at most 4.</param>
    /// <exception cref="ArgumentException">A price is missing or not positive, or a score or weight leaves its range.</exception>
    public static IReadOnlyList<RankedProposal> Qcbs(IReadOnlyList<Proposal> proposals, decimal technicalWeight, decimal minimum, int decimals = 2)
    {
        Check(proposals, minimum, decimals);
        if (technicalWeight is < 0 or > 100) throw new ArgumentException("Expected a weight from 0 to 100.", nameof(technicalWeight));
        var standing = proposals.Where(p => Stands(p, minimum, decimals)).ToList();
        if (standing.Any(p => p.Price is not > 0)) throw new ArgumentException("Expected a positive price for every proposal that reaches the minimum.", nameof(proposals));
        var lowest = standing.Select(p => p.Price!.Value).DefaultIfEmpty().Min();
        return Ranked(proposals, standing, decimals, p => Rounded(100 * lowest / p.Price!.Value, decimals),
            (technical, financial) => Rounded((technical * technicalWeight + financial!.Value * (100 - technicalWeight)) / 100, Math.Min(decimals + 2, 4)));
    }

    /// <summary>Ranks by the technical score alone; the price of the first is opened to negotiate.</summary>
    public static IReadOnlyList<RankedProposal> Qbs(IReadOnlyList<Proposal> proposals, decimal minimum, int decimals = 2)
    {
        Check(proposals, minimum, decimals);
        return Ranked([.. proposals.Select(p => p with { Price = null })], [.. proposals.Where(p => Stands(p, minimum, decimals)).Select(p => p with { Price = null })], decimals, _ => null, (technical, _) => technical);
    }

    /// <summary>Technical score of a proposal: the mean over evaluators of Σ weight × points, 0–100.</summary>
    /// <param name="points">Evaluators × criteria, 0–100; at least one evaluator.</param>
    /// <param name="weights">Of each criterion; they add up to 100.</param>
    public static decimal Technical(IReadOnlyList<IReadOnlyList<decimal>> points, IReadOnlyList<decimal> weights)
    {
        ArgumentNullException.ThrowIfNull(points);
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Sum() != 100) throw new ArgumentException("Expected weights that add up to 100.", nameof(weights));
        if (points.Count == 0 || points.Any(p => p.Count != weights.Count)) throw new ArgumentException("Expected points of at least one evaluator for every criterion.", nameof(points));
        return points.Sum(p => p.Zip(weights, (point, weight) => point * weight).Sum()) / points.Count / 100;
    }

    private static void Check(IReadOnlyList<Proposal> proposals, decimal minimum, int decimals)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        if (proposals.Any(p => p.Technical is < 0 or > 100)) throw new ArgumentException("Expected technical scores from 0 to 100.", nameof(proposals));
        if (minimum is < 0 or > 100) throw new ArgumentException("Expected a minimum from 0 to 100.", nameof(minimum));
        if (decimals is < 0 or > 4) throw new ArgumentException("Expected 0 to 4 decimals.", nameof(decimals));
    }

    private static IReadOnlyList<RankedProposal> Ranked(
        IReadOnlyList<Proposal> all, List<Proposal> standing, int decimals, Func<Proposal, decimal?> financial, Func<decimal, decimal?, decimal> combine)
    {
        var scored = standing.Select(p => (p.Id, p.Price, Technical: Rounded(p.Technical, decimals), Financial: financial(p)))
            .Select(p => (p.Id, p.Price, p.Technical, p.Financial, Combined: combine(p.Technical, p.Financial)))
            .OrderByDescending(p => p.Combined).ThenByDescending(p => p.Technical).ThenBy(p => p.Price).ThenBy(p => p.Id, StringComparer.Ordinal).ToList();
        var ranked = scored.Select(p => new RankedProposal(p.Id, 1 + scored.FindIndex(o => (o.Combined, o.Technical, o.Price) == (p.Combined, p.Technical, p.Price)), p.Technical, p.Financial, p.Combined)).ToList();
        var taken = standing.Select(p => p.Id).ToHashSet(StringComparer.Ordinal);
        return [.. ranked, .. all.Where(p => !taken.Contains(p.Id)).OrderByDescending(p => p.Technical).ThenBy(p => p.Id, StringComparer.Ordinal).Select(p => new RankedProposal(p.Id, null, Rounded(p.Technical, decimals), null, null))];
    }

    private static bool Stands(Proposal proposal, decimal minimum, int decimals) => Rounded(proposal.Technical, decimals) >= minimum;

    private static decimal Rounded(decimal value, int decimals) => Math.Round(value, decimals, MidpointRounding.AwayFromZero);
}
