using Michi.Platform.Languages;
using Michi.Platform.Tables;

namespace Michi.Roadmap.Procurement;

/// <summary>The tables of an evaluation after the technical close, and how its figures came about in words.</summary>
internal static class TenderTables
{
    /// <summary>Mean points of each bid by criterion.</summary>
    /// <param name="criterion">Id of a criterion → its name.</param>
    public static Table Means(TenderCase read, Words t, Func<string, string> criterion) => new(t["tender.means"],
        [new(t["tender.number"], 6), new(t["tender.bidder"], 30), .. read.Plan.Plan.Leaves.Select(l => new TableColumn(criterion(l.Id), 14)), new(t["tender.technical"], 12), new(t["tender.reaches"], 14)],
        read.Result!.Bids.Select(b => (IReadOnlyList<TableCell>)
            [b.Bidder.Number, b.Bidder.Name, .. read.Plan.Plan.Leaves.Select(l => (TableCell)(double)Math.Round(b.Means[l.Id], 2)), (double)b.Technical, t[b.ReachesMinimum ? "tender.yes" : "tender.no"]]));

    /// <summary>Every score with its reason.</summary>
    public static Table Scores(TenderCase read, Words t, Func<string, string> criterion)
    {
        var (bids, people, order) = (read.Bidders.ToDictionary(b => b.Id), read.Evaluators.ToDictionary(e => e.Evaluator.Id, e => e.Evaluator.Name), read.Plan.Plan.Leaves.Select(l => l.Id).ToList());
        return new(t["tender.scores"],
            [new(t["tender.number"], 6), new(t["tender.bidder"], 30), new(t["procurement.criterion"], 40), new(t["tender.evaluator"], 24), new(t["tender.round"], 8), new(t["procurement.points"], 8), new(t["tender.reason"], 60)],
            read.Scores.Where(s => people.ContainsKey(s.EvaluatorId)).OrderBy(s => bids[s.BidderId].Number).ThenBy(s => order.IndexOf(s.Criterion)).ThenBy(s => people[s.EvaluatorId], StringComparer.Ordinal).ThenBy(s => s.Round)
                .Select(s => (IReadOnlyList<TableCell>)[bids[s.BidderId].Number, bids[s.BidderId].Name, criterion(s.Criterion), people[s.EvaluatorId], s.Round, s.Points, s.Reason]));
    }

    /// <summary>The order of the bids with prices and scores; bids that are out come last.</summary>
    public static Table Ranking(TenderCase read, Words t) => new(t["tender.ranking"],
        [new(t["tender.rank"], 8), new(t["tender.number"], 6), new(t["tender.bidder"], 30), new(t["tender.technical"], 12), new(t["tender.price-in", read.Tender!.Currency], 16), new(t["tender.financial"], 12), new(t["tender.combined"], 12)],
        InOrder(read).Select(b => (IReadOnlyList<TableCell>)
            [b.Ranked?.Rank, b.Bidder.Number, b.Bidder.Name, (double)b.Technical, (double?)b.Bidder.Price, (double?)b.Ranked?.Financial, (double?)b.Ranked?.Combined]));

    public static IEnumerable<BidResult> InOrder(TenderCase read) => read.Result!.Order.Concat(read.Result.Bids.Where(b => b.Ranked?.Rank is null));

    /// <summary>How technical, financial and combined scores came about, step by step with the figures.</summary>
    public static IEnumerable<string> Explained(TenderCase read, Words t)
    {
        var (plan, result) = (read.Plan.Plan, read.Result!);
        string N(decimal number) => number.ToString("#,0.####", t.Culture);
        yield return t["tender.explain-mean"];
        foreach (var bid in result.Bids)
        {
            yield return t["tender.explain-technical", Name(bid), string.Join(" + ", plan.Leaves.Select(l => $"{N(l.Share / 100)} × {N(Math.Round(bid.Means[l.Id], 2))}")), N(bid.Technical)];
            if (!bid.ReachesMinimum) yield return t["tender.explain-below", Name(bid), N(bid.Technical), plan.Minimum];
        }
        if (plan.Method == "qbs")
        {
            yield return t["tender.explain-qbs"];
            yield break;
        }
        if (!result.IsRanked || result.LowestPrice is not { } lowest) yield break;
        yield return t["tender.explain-lowest", read.Tender!.Currency, N(lowest)];
        foreach (var bid in result.Order) yield return t["tender.explain-financial", Name(bid), N(lowest), N(bid.Bidder.Price!.Value), N(bid.Ranked!.Financial!.Value)];
        foreach (var bid in result.Order)
            yield return t["tender.explain-combined", Name(bid), N(bid.Technical), N((decimal)plan.TechnicalWeight), N(bid.Ranked!.Financial!.Value), N(100 - (decimal)plan.TechnicalWeight), N(bid.Ranked.Combined!.Value)];
        yield return t["tender.explain-order"];
    }

    private static string Name(BidResult bid) => Platform.MichiPage.Isolate(bid.Bidder.Name);
}
