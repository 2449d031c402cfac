using System.Globalization;
using Michi.Platform;

namespace Michi.Roadmap.Procurement;

/// <summary>What an evaluator does by the link: declares conflicts of interest, scores, says that it is done.</summary>
internal sealed class ScoreBids(RoadmapDb db, TenderBook book, TimeProvider clock)
{
    public const int MaxReason = 4000;

    /// <param name="Points">Points of a grade of the scale.</param>
    public sealed record Score(string? Criterion, int? Points, string? Reason);

    /// <summary>Declares for bids whether there is a conflict of interest.</summary>
    /// <param name="conflicts">Number of a bid → the conflict in words; empty for none.</param>
    public Task<StepTaken> DeclareAsync(string secret, IReadOnlyDictionary<string, string?> conflicts, CancellationToken cancel) => RunAsync(secret, (pass, check) =>
    {
        var declared = new Dictionary<string, string>(pass.Evaluator.Declarations);
        foreach (var (number, conflict) in conflicts.Take(TenderSteps.MaxBidders))
        {
            if (pass.Bidders.All(b => Evaluator.Key(b) != number)) check.Refuse("declarations", "tender-no-bid", number.Length > 10 ? number[..10] : number);
            else if (pass.Tender.Round == 2 && declared.GetValueOrDefault(number) != (conflict ?? "").Trim()) check.Refuse($"conflict-{number}", "tender-declared");
            else declared[number] = check.Text($"conflict-{number}", conflict, 1000, required: false);
        }
        if (!check.IsSound) return null;
        pass.Evaluator.Declarations = declared;
        return ("procurement.declare", string.Join(", ", declared.Select(d => d.Value.Length > 0 ? $"{d.Key} conflict" : d.Key)));
    }, cancel);

    /// <summary>Scores a bid by criteria in the present round; scoring again replaces it until the round is done.</summary>
    public Task<StepTaken> ScoreAsync(string secret, int bid, int? round, IReadOnlyList<Score> scores, CancellationToken cancel) => RunAsync(secret, (pass, check) =>
    {
        if (round is { } meant && meant != pass.Tender.Round) check.Refuse("step", "tender-round", meant, pass.Tender.Round);
        if (pass.Bidders.FirstOrDefault(b => b.Number == bid) is not { } bidder) check.Refuse("step", "tender-no-bid", bid);
        else if (!pass.HasDeclared) check.Refuse("step", "tender-declare-first");
        else if (!pass.Evaluator.MayScore(bidder)) check.Refuse("step", "tender-conflicted");
        else
        {
            foreach (var twice in scores.GroupBy(s => s.Criterion).Where(g => g.Count() > 1)) check.Refuse("criterion", "twice", twice.Key is { Length: > 40 } ? twice.Key[..40] : twice.Key);
            var (now, asked) = (clock.GetUtcNow(), pass.Asked.Where(a => a.Bidder.Id == bidder.Id).Select(a => a.Criterion).ToList());
            foreach (var score in scores.Take(100))
            {
                if (score.Criterion is not { } criterion || !asked.Contains(criterion))
                {
                    check.Refuse("criterion", "choice", score.Criterion is { Length: > 40 } ? score.Criterion[..40] : score.Criterion ?? "", string.Join(", ", asked));
                    continue;
                }
                var field = criterion.Replace('.', '-');
                var reason = check.Text($"reason-{field}", score.Reason, MaxReason);
                if (score.Points is not { } points) check.Refuse($"points-{field}", "required");
                else if (pass.Plan!.Scale.All(g => g.Points != points)) check.Refuse($"points-{field}", "choice", points, string.Join(", ", pass.Plan.Scale.Select(g => g.Points)));
                else if (check.IsSound)
                {
                    if (!pass.Own.TryGetValue((bidder.Id, criterion, pass.Tender.Round), out var given))
                    {
                        db.BidScores.Add(given = new()
                        {
                            Id = Guid.CreateVersion7(now),
                            ProcurementId = pass.Procurement.Id,
                            EvaluatorId = pass.Evaluator.Id,
                            BidderId = bidder.Id,
                            Criterion = criterion,
                            Round = pass.Tender.Round,
                            Points = points,
                            Reason = reason,
                            At = now,
                        });
                    }
                    (given.Points, given.Reason, given.At) = (points, reason, now);
                }
            }
        }
        return check.IsSound ? ("procurement.score", string.Create(CultureInfo.InvariantCulture, $"bid {bid}, round {pass.Tender.Round}")) : null;
    }, cancel);

    /// <summary>Says that everything of the present round is scored; from now on nothing of it changes.</summary>
    public Task<StepTaken> FinishAsync(string secret, CancellationToken cancel) => RunAsync(secret, (pass, check) =>
    {
        if (!pass.HasDeclared) check.Refuse("step", "tender-declare-first");
        else if (!pass.IsComplete) check.Refuse("step", "tender-incomplete", pass.Asked.Count(a => !pass.Own.ContainsKey((a.Bidder.Id, a.Criterion, pass.Tender.Round))));
        if (!check.IsSound) return null;
        pass.Evaluator.Done = pass.Tender.Round;
        return ("procurement.scored", string.Create(CultureInfo.InvariantCulture, $"round {pass.Tender.Round}"));
    }, cancel);

    private async Task<StepTaken> RunAsync(string secret, Func<EvaluatorPass, InputCheck, (string Action, string Subject)?> change, CancellationToken cancel)
    {
        if (await book.PassAsync(secret, cancel) is not { } before) return new(404, []);
        await using var transaction = await db.LockAsync(before.Procurement.Id, cancel);
        // What was read before the lock may have changed: the link renewed, the evaluation closed.
        db.ChangeTracker.Clear();
        if (await book.PassAsync(secret, cancel) is not { } pass) return new(404, []);
        if (!pass.IsOpen) return new(409, [new("step", pass.Tender.State == TenderState.Technical ? "tender-finished" : "tender-not-open")]);
        var check = new InputCheck();
        if (change(pass, check) is not { } done)
        {
            db.ChangeTracker.Clear();
            return new(422, check.Faults);
        }
        db.Audit.Add(new() { At = clock.GetUtcNow(), Actor = "evaluator link", Action = done.Action, PlaceId = pass.Place.Id, Subject = $"{pass.Evaluator.Name}: {done.Subject}" });
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return new(204, []);
    }
}
