using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Michi.Roadmap.Procurement;

/// <summary>Whether an evaluator is done with the present round; never what the scores are.</summary>
internal sealed record EvaluatorProgress(Evaluator Evaluator, bool IsDone, bool IsExpired);

/// <summary>A tender as its planner may see it.</summary>
/// <param name="Tender">Null while the procurement is a draft.</param>
/// <param name="Plan">The plan proposals are compared by: the frozen one, else that of the draft.</param>
/// <param name="Spreads">How far apart the first scores are; null before everybody has scored.</param>
/// <param name="Scores">Every score; empty before the technical close, and where they are not what was sealed.</param>
/// <param name="Result">Null where there are no scores.</param>
/// <param name="IsIntact">False where frozen plan or sealed scores are not what was frozen and sealed.</param>
internal sealed record TenderCase(
    Place Place, Procurement Procurement, Tender? Tender, FrozenPlan Plan, IReadOnlyList<Bidder> Bidders, IReadOnlyList<EvaluatorProgress> Evaluators,
    IReadOnlyList<ScoreSpread>? Spreads, IReadOnlyList<BidScore> Scores, TenderResult? Result, bool IsIntact)
{
    public string State => Tender?.State ?? TenderState.Draft;
    public int Version => Tender?.Version ?? 0;
    public bool IsClosed => Result is not null;

    /// <summary>Bids and criteria on which evaluators are further apart than the plan allows.</summary>
    public IReadOnlyList<ScoreSpread> Contested => [.. (Spreads ?? []).Where(s => s.Range > Plan.Plan.Threshold)];

    /// <summary>The proposal that stands.</summary>
    public AwardDecision? Decision => Tender?.Decisions is [.., { DeclinedAt: null } last] ? last : null;

    /// <summary>Bids to which the contract can be awarded next: the first of those that have not declined, several where they share the rank.</summary>
    public IReadOnlyList<BidResult> Next
    {
        get
        {
            if (Result is not { IsRanked: true }) return [];
            var declined = Tender!.Decisions.Where(d => d.DeclinedAt is not null).Select(d => d.Bid).ToHashSet();
            var left = Result.Order.Where(b => !declined.Contains(b.Bidder.Number)).ToList();
            return [.. left.Where(b => b.Ranked!.Rank == left[0].Ranked!.Rank)];
        }
    }

    /// <summary>Whether the envelope with the price of a bid may be opened: with QCBS from the minimum technical score on, with QBS that of the first to negotiate with.</summary>
    public bool MayOpenPrice(BidResult bid) => State == TenderState.Prices && bid.ReachesMinimum && (Plan.Plan.Method == "qcbs" || Next.Contains(bid));
}

/// <summary>What a link lets an evaluator see: the own declarations and scores, and nobody else's.</summary>
/// <param name="Bidders">Bids that stand, once the evaluation has begun.</param>
/// <param name="Own">Own scores by bid, criterion and round.</param>
/// <param name="Contested">In the second round, what to look at again.</param>
internal sealed record EvaluatorPass(
    Evaluator Evaluator, Place Place, Procurement Procurement, Tender Tender, FrozenPlan? Plan, IReadOnlyList<Bidder> Bidders,
    IReadOnlyDictionary<(Guid Bidder, string Criterion, int Round), BidScore> Own, IReadOnlyList<ScoreSpread> Contested)
{
    public bool IsOpen => Tender.State == TenderState.Technical && Plan is not null && Evaluator.Done < Tender.Round;
    public bool HasDeclared => Bidders.All(Evaluator.HasDeclared);

    /// <summary>What is scored in the present round.</summary>
    public IEnumerable<(Bidder Bidder, string Criterion)> Asked => TenderBook.Asked(Plan!, Tender.Round, Bidders, Contested, Evaluator);

    public bool IsComplete => HasDeclared && Asked.All(a => Own.ContainsKey((a.Bidder.Id, a.Criterion, Tender.Round)));

    /// <summary>Whether an own score must not be shown: it was given by an earlier link, and whoever renewed the link is not its author.</summary>
    public bool Hides(BidScore own) => own.At < Evaluator.InvitedAt;
}

/// <summary>Reads tenders. The only way to several people's scores: before the technical close nothing of them leaves but how far apart they are.</summary>
internal sealed class TenderBook(RoadmapDb db, Michi.Approach.ProcurementTemplates templates, PlaceDirectory places, TimeProvider clock)
{
    public const string FreezeAction = "procurement.freeze", CloseAction = "procurement.close";

    /// <summary>How the audit log tells of a hash; by this line what is read later is compared.</summary>
    public static string SubjectOf(Guid procurement, string hash) => $"{procurement} SHA-256 {hash}";

    /// <summary>A tender with what its planner may see; null where the place has no such procurement.</summary>
    public async Task<TenderCase?> ReadAsync(Place place, Guid procurement, CancellationToken cancel) =>
        await db.Procurements.AsNoTracking().FirstOrDefaultAsync(p => p.Id == procurement && p.PlaceId == place.Id, cancel) is { } found ? await ReadAsync(place, found, cancel) : null;

    /// <summary>State of each procurement of a place that has been published.</summary>
    public Task<Dictionary<Guid, Tender>> StatesAsync(Place place, CancellationToken cancel) => db.Tenders.AsNoTracking().Where(t => t.PlaceId == place.Id).ToDictionaryAsync(t => t.ProcurementId, cancel);

    private async Task<TenderCase> ReadAsync(Place place, Procurement procurement, CancellationToken cancel)
    {
        var tender = await db.Tenders.FirstOrDefaultAsync(t => t.ProcurementId == procurement.Id, cancel);
        var bidders = await db.Bidders.Where(b => b.ProcurementId == procurement.Id).OrderBy(b => b.Number).ToListAsync(cancel);
        var evaluators = (await db.Evaluators.Where(e => e.ProcurementId == procurement.Id).ToListAsync(cancel)).OrderBy(e => e.Name, StringComparer.Ordinal).ThenBy(e => e.Id).ToList();
        var scores = await db.BidScores.AsNoTracking().Where(s => s.ProcurementId == procurement.Id).ToListAsync(cancel);
        var frozen = tender?.FrozenPlan ?? FrozenPlan.Of(procurement.Facts.Plan, templates.Scale);
        var (standing, round) = (bidders.Where(b => b.Stands).ToList(), tender?.Round ?? 1);
        var spreads = TenderResult.Spreads(frozen, bidders, evaluators, scores);
        var contested = spreads.Where(s => s.Range > frozen.Plan.Threshold).ToList();
        // Whom the second round asks nothing has nothing to say in it.
        var progress = evaluators.Where(e => e.RemovedAt is null)
            .Select(e => new EvaluatorProgress(e, e.Done >= round || (round == 2 && !Asked(frozen, round, standing, contested, e).Any()), IsExpired(e))).ToList();
        var isIntact = tender is null || await IsIntactAsync(tender, bidders, evaluators, scores, cancel);
        // What was changed behind the seal is shown to nobody.
        var isClosed = isIntact && tender is not null && TenderState.IsClosed(tender.State);
        var isKnown = isClosed || round == 2 || (tender?.State == TenderState.Technical && progress.Count > 0 && progress.All(p => p.IsDone));
        return new(place, procurement, tender, frozen, bidders, progress, isKnown ? spreads : null, isClosed ? scores : [], isClosed ? TenderResult.Of(frozen, bidders, evaluators, scores) : null, isIntact);
    }

    /// <summary>Whether frozen plan and sealed scores are what the audit log says was frozen and sealed.</summary>
    private async Task<bool> IsIntactAsync(Tender tender, IReadOnlyList<Bidder> bidders, IReadOnlyList<Evaluator> evaluators, IReadOnlyList<BidScore> scores, CancellationToken cancel)
    {
        var plan = tender.Plan is { } text ? CanonicalJson.HashOf(text) : null;
        var seal = TenderState.IsClosed(tender.State) || tender.Seal is not null ? CanonicalJson.HashOf(CanonicalJson.Of(SealedScores.Of(tender, bidders, evaluators, scores))) : null;
        return plan == tender.PlanHash && seal == tender.Seal && await IsLoggedAsync(tender, FreezeAction, plan, cancel) && await IsLoggedAsync(tender, CloseAction, seal, cancel);
    }

    // The log only grows: a second line with another hash, or a line about what is said not to have happened, gives itself away.
    private async Task<bool> IsLoggedAsync(Tender tender, string action, string? hash, CancellationToken cancel)
    {
        var start = $"{tender.ProcurementId} ";
        var lines = await db.Audit.AsNoTracking().Where(a => a.PlaceId == tender.PlaceId && a.Action == action && a.Subject!.StartsWith(start)).Select(a => a.Subject).ToListAsync(cancel);
        return hash is null ? lines.Count == 0 : lines is [var one] && one == SubjectOf(tender.ProcurementId, hash);
    }

    /// <summary>The canonical JSON that was sealed; null before the technical close.</summary>
    public async Task<string?> SealedAsync(TenderCase read, CancellationToken cancel) => read.Tender is not { Seal: not null } tender ? null
        : CanonicalJson.Of(SealedScores.Of(tender, read.Bidders, await db.Evaluators.AsNoTracking().Where(e => e.ProcurementId == tender.ProcurementId).ToListAsync(cancel), read.Scores));

    /// <summary>What a secret link gives access to; null for one that is unknown, removed or expired.</summary>
    public async Task<EvaluatorPass?> PassAsync(string secret, CancellationToken cancel)
    {
        if (secret.Length > 100) return null;
        var hash = Secret.HashOf(secret);
        if (await db.Evaluators.FirstOrDefaultAsync(e => e.LinkHash == hash && e.RemovedAt == null, cancel) is not { } evaluator || IsExpired(evaluator)) return null;
        var procurement = await db.Procurements.AsNoTracking().FirstAsync(p => p.Id == evaluator.ProcurementId, cancel);
        if (await places.FindAsync(procurement.PlaceId, cancel) is not { } place) return null;
        var tender = await db.Tenders.AsNoTracking().FirstAsync(t => t.ProcurementId == procurement.Id, cancel);
        var own = await db.BidScores.Where(s => s.EvaluatorId == evaluator.Id).ToDictionaryAsync(s => (s.BidderId, s.Criterion, s.Round), cancel);
        // Who has bid is told when the evaluation begins, so that what is declared is declared for all.
        if (tender.FrozenPlan is not { } frozen || tender.State is TenderState.Published or TenderState.Bids or TenderState.Cancelled) return new(evaluator, place, procurement, tender, null, [], own, []);
        var bidders = (await db.Bidders.AsNoTracking().Where(b => b.ProcurementId == procurement.Id).OrderBy(b => b.Number).ToListAsync(cancel)).Where(b => b.Stands).ToList();
        IReadOnlyList<ScoreSpread> contested = [];
        if (tender.Round == 2)
        {
            var evaluators = await db.Evaluators.AsNoTracking().Where(e => e.ProcurementId == procurement.Id).ToListAsync(cancel);
            var scores = await db.BidScores.AsNoTracking().Where(s => s.ProcurementId == procurement.Id).ToListAsync(cancel);
            contested = [.. TenderResult.Spreads(frozen, bidders, evaluators, scores).Where(s => s.Range > frozen.Plan.Threshold)];
        }
        return new(evaluator, place, procurement, tender, frozen, bidders, own, contested);
    }

    /// <summary>What an evaluator scores in a round: every criterion of every bid without a conflict of interest, then only what is contested.</summary>
    public static IEnumerable<(Bidder Bidder, string Criterion)> Asked(FrozenPlan frozen, int round, IReadOnlyList<Bidder> standing, IReadOnlyList<ScoreSpread> contested, Evaluator evaluator) =>
        (round == 1 ? standing.SelectMany(b => frozen.Plan.Leaves.Select(l => (b, l.Id))) : contested.OrderBy(s => s.Bidder.Number).Select(s => (s.Bidder, s.Criterion)))
        .Where(a => !evaluator.HasDeclared(a.Item1) || evaluator.MayScore(a.Item1));

    private bool IsExpired(Evaluator evaluator) => evaluator.InvitedAt.AddDays(Evaluator.LinkDays) <= clock.GetUtcNow();
}

/// <summary>One writer at a time for a procurement, so that two steps, or a score and the close, never cross.</summary>
internal static class ProcurementLock
{
    /// <summary>Begins a transaction that other writers of the procurement wait for; what is read in it is the newest.</summary>
    /// <remarks>SQLite locks when the transaction begins. PostgreSQL locks the procurement's row by a change that changes nothing.</remarks>
    public static async Task<IDbContextTransaction> LockAsync(this RoadmapDb db, Guid procurement, CancellationToken cancel)
    {
        var transaction = await db.Database.BeginTransactionAsync(cancel);
        await db.Procurements.Where(p => p.Id == procurement).ExecuteUpdateAsync(s => s.SetProperty(p => p.ChangedBy, p => p.ChangedBy), cancel);
        return transaction;
    }
}
