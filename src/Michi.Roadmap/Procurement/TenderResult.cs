using Michi.Analytics.Agreement;
using Michi.Analytics.Selection;

namespace Michi.Roadmap.Procurement;

/// <summary>How far apart evaluators are about a bid in one criterion.</summary>
/// <param name="Range">Points between the highest and the lowest score; 0 with one score.</param>
internal sealed record ScoreSpread(Bidder Bidder, string Criterion, int Range);

/// <summary>How well a bid did.</summary>
/// <param name="Means">Criterion scored → mean points, where there are scores.</param>
/// <param name="Ranked">Null for a bid that is out before scoring, and for all while a price that counts is missing.</param>
internal sealed record BidResult(Bidder Bidder, decimal Technical, bool ReachesMinimum, IReadOnlyDictionary<string, decimal> Means, RankedProposal? Ranked);

/// <summary>What the scores of a tender come to. Pure.</summary>
internal sealed record TenderResult
{
    /// <summary>Bids that were scored, the highest technical score first.</summary>
    public required IReadOnlyList<BidResult> Bids { get; init; }

    /// <summary>Krippendorff's α (interval scale) over bids × criteria, of the first scores and of those that count; NaN where undefined.</summary>
    public required double FirstAgreement { get; init; }

    public required double Agreement { get; init; }

    /// <summary>True once the order is known: with QBS from the technical close on, with QCBS when every price that counts is open.</summary>
    public required bool IsRanked { get; init; }

    /// <summary>The lowest price that counts.</summary>
    public decimal? LowestPrice { get; init; }

    /// <summary>Bids in the order of the award; out are those below the minimum.</summary>
    public IEnumerable<BidResult> Order => Bids.Where(b => b.Ranked?.Rank is not null).OrderBy(b => b.Ranked!.Rank).ThenBy(b => b.Bidder.Number);

    public static TenderResult Of(FrozenPlan frozen, IReadOnlyList<Bidder> bidders, IReadOnlyList<Evaluator> evaluators, IReadOnlyList<BidScore> scores)
    {
        var plan = frozen.Plan;
        var leaves = plan.Leaves.ToList();
        var final = Final(evaluators, scores);
        var scored = new List<(Bidder Bidder, decimal Technical, Dictionary<string, decimal> Means)>();
        foreach (var bidder in bidders.Where(b => b.Stands))
        {
            var rows = evaluators.Where(e => e.RemovedAt is null && e.MayScore(bidder))
                .Select(e => leaves.Select(l => final.TryGetValue((e.Id, bidder.Id, l.Id), out var score) ? (decimal?)score.Points : null).ToList()).Where(r => r.All(p => p is not null)).ToList();
            if (rows.Count == 0) continue;
            scored.Add((bidder, QualityCostSelection.Technical([.. rows.Select(r => r.Select(p => p!.Value).ToList())], [.. leaves.Select(l => l.Share)]),
                leaves.Index().ToDictionary(l => l.Item.Id, l => rows.Average(r => r[l.Index]!.Value))));
        }
        var minimum = (decimal)plan.Minimum;
        // The rule of the formulas: rounded as the table shows it, then compared.
        bool Reaches(decimal technical) => Math.Round(technical, 2, MidpointRounding.AwayFromZero) >= minimum;
        var proposals = scored.Select(s => new Proposal(s.Bidder.Id.ToString(), s.Technical, s.Bidder.Price)).ToList();
        var isQbs = plan.Method == "qbs";
        var isRanked = isQbs || scored.All(s => !Reaches(s.Technical) || s.Bidder.Price is > 0);
        var ranked = !isRanked ? [] : (isQbs ? QualityCostSelection.Qbs(proposals, minimum) : QualityCostSelection.Qcbs(proposals, (decimal)plan.TechnicalWeight, minimum)).ToDictionary(r => r.Id);
        return new()
        {
            Bids = [.. scored.OrderByDescending(s => s.Technical).ThenBy(s => s.Bidder.Number).Select(s => new BidResult(s.Bidder, Math.Round(s.Technical, 2, MidpointRounding.AwayFromZero), Reaches(s.Technical), s.Means, ranked.GetValueOrDefault(s.Bidder.Id.ToString())))],
            FirstAgreement = Alpha(bidders, evaluators, leaves, scores.Where(s => s.Round == 1).ToDictionary(s => (s.EvaluatorId, s.BidderId, s.Criterion))),
            Agreement = Alpha(bidders, evaluators, leaves, final),
            IsRanked = isRanked,
            LowestPrice = isQbs ? null : scored.Where(s => Reaches(s.Technical)).Min(s => s.Bidder.Price),
        };
    }

    /// <summary>How far apart the first scores are, the widest first.</summary>
    public static IReadOnlyList<ScoreSpread> Spreads(FrozenPlan frozen, IReadOnlyList<Bidder> bidders, IReadOnlyList<Evaluator> evaluators, IReadOnlyList<BidScore> scores)
    {
        var first = scores.Where(s => s.Round == 1).ToDictionary(s => (s.EvaluatorId, s.BidderId, s.Criterion));
        return [.. bidders.Where(b => b.Stands).SelectMany(b => frozen.Plan.Leaves.Select(l =>
        {
            var points = evaluators.Where(e => e.RemovedAt is null && e.MayScore(b)).Select(e => first.GetValueOrDefault((e.Id, b.Id, l.Id))?.Points).OfType<int>().ToList();
            return new ScoreSpread(b, l.Id, points.Count == 0 ? 0 : points.Max() - points.Min());
        })).OrderByDescending(s => s.Range).ThenBy(s => s.Bidder.Number)];
    }

    /// <summary>The scores that count: those of the second round where there are any, else those of the first.</summary>
    public static Dictionary<(Guid Evaluator, Guid Bidder, string Criterion), BidScore> Final(IReadOnlyList<Evaluator> evaluators, IReadOnlyList<BidScore> scores)
    {
        var active = evaluators.Where(e => e.RemovedAt is null).Select(e => e.Id).ToHashSet();
        return scores.Where(s => active.Contains(s.EvaluatorId)).GroupBy(s => (s.EvaluatorId, s.BidderId, s.Criterion)).ToDictionary(g => g.Key, g => g.MaxBy(s => s.Round)!);
    }

    private static double Alpha(
        IReadOnlyList<Bidder> bidders, IReadOnlyList<Evaluator> evaluators, List<(string Id, decimal Share)> leaves, Dictionary<(Guid, Guid, string), BidScore> scores)
    {
        var units = bidders.Where(b => b.Stands).SelectMany(b => leaves.Select(l => (Bidder: b, l.Id))).ToList();
        var raters = evaluators.Where(e => e.RemovedAt is null).ToList();
        var ratings = new double[units.Count, raters.Count];
        foreach (var (u, unit) in units.Index())
            foreach (var (r, rater) in raters.Index())
                ratings[u, r] = rater.MayScore(unit.Bidder) && scores.TryGetValue((rater.Id, unit.Bidder.Id, unit.Id), out var score) ? score.Points : double.NaN;
        return KrippendorffAlpha.Compute(ratings, MeasurementLevel.Interval).Alpha;
    }
}
