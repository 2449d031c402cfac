using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Procurement;

/// <summary>What came of a step.</summary>
/// <param name="Faults">What is wrong; nothing was done then.</param>
/// <param name="Status">204 where it was done, 404 without such a procurement, 409 where the tender does not stand there, 422 for input to mend.</param>
internal sealed record StepTaken(int Status, IReadOnlyList<Fault> Faults)
{
    public bool IsDone => Status == 204;

    /// <summary>The secret of a link made by the step; it is kept nowhere.</summary>
    public string? Secret { get; init; }

    public Guid? Evaluator { get; init; }
}

/// <summary>The steps of a tender that its planner takes, each refused where the tender does not stand before it, each with its line in the audit log.</summary>
internal sealed class TenderSteps(RoadmapDb db, TenderBook book, ProcurementTemplates templates, InitiativeLibrary library, UiTexts ui, Reader reader, TimeProvider clock)
{
    public const int MaxName = 200, MaxReason = 2000, MaxBidders = 50, MaxStandstill = 90;
    public const double MaxPrice = 1e13;

    /// <param name="ReceivedAt">UTC, as <c>2026-11-27T14:00</c>.</param>
    /// <param name="Commitment">SHA-256 of price and nonce (<see cref="CanonicalJson.CommitmentOf"/>), where the bidder handed one in.</param>
    public sealed record BidRequest(string? Name, string? Country, string? Consortium, string? ReceivedAt, string? Commitment);

    /// <summary>Publishes the terms of reference: from now on bids can be registered.</summary>
    public Task<StepTaken> PublishAsync(Place place, Guid id, int basedOn, string? deadline, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.publish", [TenderState.Draft], async (read, check, now) =>
        {
            var until = Moment(check, "deadline", deadline);
            var currency = (await db.Visions.AsNoTracking().FirstOrDefaultAsync(v => v.PlaceId == place.Id, cancel))?.Facts.Currency ?? library.Currency;
            if (!check.IsSound) return null;
            db.Tenders.Add(new()
            {
                ProcurementId = id,
                PlaceId = place.Id,
                State = TenderState.Published,
                Version = basedOn,
                Currency = currency,
                PublishedAt = now,
                Deadline = until,
                ChangedAt = now,
                ChangedBy = reader.Name,
            });
            return $"{until:yyyy-MM-dd HH:mm}";
        }, cancel);

    /// <summary>Registers a bid, without its price; with the first one the evaluation plan is frozen.</summary>
    public Task<StepTaken> RegisterBidAsync(Place place, Guid id, int basedOn, BidRequest bid, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.bid", [TenderState.Published, TenderState.Bids], (read, check, now) =>
        {
            var (tender, name, country) = (read.Tender!, check.Line("name", bid.Name, MaxName), check.Line("country", bid.Country, 2).ToUpperInvariant());
            var received = Moment(check, "receivedAt", bid.ReceivedAt);
            var commitment = check.Line("commitment", bid.Commitment, 64, required: false).ToLowerInvariant();
            var consortium = check.Text("consortium", bid.Consortium, 2000, required: false);
            if (check.IsSoundAt("country") && ui.In("en").Find($"countries.{country}") is null) check.Refuse("country", "country-code", country);
            if (check.IsSoundAt("receivedAt") && received > now) check.Refuse("receivedAt", "tender-future");
            if (commitment.Length > 0 && (commitment.Length != 64 || !commitment.All(char.IsAsciiHexDigit))) check.Refuse("commitment", "tender-hash");
            if (read.Bidders.Any(b => string.Equals(b.Name, name, StringComparison.OrdinalIgnoreCase))) check.Refuse("name", "tender-bidder-twice", name);
            if (read.Bidders.Count >= MaxBidders) check.Refuse("name", "tender-bidders-many", MaxBidders);
            if (!check.IsSound) return Nothing;
            if (tender.Plan is null)
            {
                (tender.Plan, tender.PlanFrozenAt) = (FrozenPlan.Of(read.Procurement.Facts.Plan, templates.Scale).ToJson(), now);
                tender.PlanHash = CanonicalJson.HashOf(tender.Plan);
                db.Record(reader, now, TenderBook.FreezeAction, place.Id, TenderBook.SubjectOf(id, tender.PlanHash));
            }
            tender.State = TenderState.Bids;
            var number = read.Bidders.Select(b => b.Number).DefaultIfEmpty().Max() + 1;
            db.Bidders.Add(new()
            {
                Id = Guid.CreateVersion7(now),
                ProcurementId = id,
                Number = number,
                Name = name,
                Country = country,
                Consortium = consortium,
                ReceivedAt = received,
                IsLate = received > tender.Deadline,
                Commitment = commitment.Length > 0 ? commitment : null,
            });
            return Done($"{number} {name}{(received > tender.Deadline ? " (late)" : "")}");
        }, cancel);

    /// <summary>Takes a bid out, with the reason: withdrawn, incomplete, another price than committed to.</summary>
    public Task<StepTaken> ExcludeAsync(Place place, Guid id, int basedOn, int number, string? reason, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.exclude", [TenderState.Bids, TenderState.Technical, TenderState.Prices], (read, check, _) =>
        {
            var why = check.Text("reason", reason, MaxReason);
            if (read.Bidders.FirstOrDefault(b => b.Number == number && b.Stands) is not { } bidder) check.Refuse("number", "tender-no-bid", number);
            else if (read.Tender!.Decisions.Any(d => d.Bid == number)) check.Refuse("number", "tender-proposed-once", number);
            else if (check.IsSound)
            {
                bidder.Exclusion = why;
                return Done($"{number} {bidder.Name}: {why}");
            }
            return Nothing;
        }, cancel);

    /// <summary>Invites an evaluator; the link's secret is answered once.</summary>
    public async Task<StepTaken> InviteAsync(Place place, Guid id, int basedOn, string? name, CancellationToken cancel)
    {
        var (secret, evaluator) = (Secret.New(), Guid.CreateVersion7(clock.GetUtcNow()));
        var taken = await StepAsync(place, id, basedOn, "procurement.invite", [TenderState.Published, TenderState.Bids, TenderState.Technical], (read, check, now) =>
        {
            var who = check.Line("evaluator", name, 100);
            if (read.Evaluators.Any(e => string.Equals(e.Evaluator.Name, who, StringComparison.OrdinalIgnoreCase))) check.Refuse("evaluator", "tender-evaluator-twice", who);
            if (read.Evaluators.Count >= EvaluationPlan.MostEvaluators) check.Refuse("evaluator", "tender-evaluators-many", EvaluationPlan.MostEvaluators);
            if (read.Tender!.Round == 2) check.Refuse("evaluator", "tender-second-round");
            if (!check.IsSound) return Nothing;
            db.Evaluators.Add(new() { Id = evaluator, ProcurementId = id, Name = who, LinkHash = Secret.HashOf(secret), InvitedAt = now });
            return Done(who);
        }, cancel);
        return taken.IsDone ? taken with { Secret = secret, Evaluator = evaluator } : taken;
    }

    /// <summary>Gives an evaluator a new link; the old one stops working, and the new one does not show what was scored by it.</summary>
    public async Task<StepTaken> RenewLinkAsync(Place place, Guid id, int basedOn, Guid evaluator, CancellationToken cancel)
    {
        var secret = Secret.New();
        var taken = await StepAsync(place, id, basedOn, "procurement.renew", [TenderState.Published, TenderState.Bids, TenderState.Technical], (read, check, now) =>
        {
            if (Active(read, check, evaluator) is not { } found) return Nothing;
            (found.LinkHash, found.InvitedAt) = (Secret.HashOf(secret), now);
            return Done(found.Name);
        }, cancel);
        return taken.IsDone ? taken with { Secret = secret, Evaluator = evaluator } : taken;
    }

    /// <summary>Removes an evaluator, with the reason: the link stops working and the scores do not count.</summary>
    public Task<StepTaken> RemoveEvaluatorAsync(Place place, Guid id, int basedOn, Guid evaluator, string? reason, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.remove", [TenderState.Published, TenderState.Bids, TenderState.Technical], (read, check, now) =>
        {
            var why = check.Text("reason", reason, MaxReason);
            if (Active(read, check, evaluator) is not { } found || !check.IsSound) return Nothing;
            found.RemovedAt = now;
            return Done($"{found.Name}: {why}");
        }, cancel);

    /// <summary>Begins the technical evaluation: no further bids.</summary>
    public Task<StepTaken> StartAsync(Place place, Guid id, int basedOn, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.evaluate", [TenderState.Bids], (read, check, now) =>
        {
            if (now < read.Tender!.Deadline) check.Refuse("step", "tender-deadline", $"{read.Tender.Deadline:yyyy-MM-dd HH:mm}");
            if (!read.Bidders.Any(b => b.Stands)) check.Refuse("step", "tender-no-bids");
            if (read.Evaluators.Count < read.Plan.Plan.Evaluators) check.Refuse("step", "tender-few-evaluators", read.Plan.Plan.Evaluators, read.Evaluators.Count);
            if (!check.IsSound) return Nothing;
            read.Tender.State = TenderState.Technical;
            return Done($"{read.Bidders.Count(b => b.Stands)} bids, {read.Evaluators.Count} evaluators");
        }, cancel);

    /// <summary>Asks the evaluators to look again where they disagree more than the plan allows; the first scores are kept.</summary>
    public Task<StepTaken> SecondRoundAsync(Place place, Guid id, int basedOn, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.second-round", [TenderState.Technical], (read, check, _) =>
        {
            if (!read.Evaluators.All(e => e.IsDone)) check.Refuse("step", "tender-not-done", string.Join(", ", read.Evaluators.Where(e => !e.IsDone).Select(e => e.Evaluator.Name)));
            else if (read.Tender!.Round == 2) check.Refuse("step", "tender-second-held");
            else if (read.Contested.Count == 0) check.Refuse("step", "tender-agreed", read.Plan.Plan.Threshold);
            if (!check.IsSound) return Nothing;
            read.Tender!.Round = 2;
            return Done($"{read.Contested.Count}");
        }, cancel);

    /// <summary>Closes the technical evaluation for good and seals its scores.</summary>
    public Task<StepTaken> CloseAsync(Place place, Guid id, int basedOn, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, TenderBook.CloseAction, [TenderState.Technical], async (read, check, now) =>
        {
            if (!read.Evaluators.All(e => e.IsDone)) check.Refuse("step", "tender-not-done", string.Join(", ", read.Evaluators.Where(e => !e.IsDone).Select(e => e.Evaluator.Name)));
            if (read.Tender!.Round == 1 && read.Contested.Count > 0) check.Refuse("step", "tender-contested", read.Contested.Count, read.Plan.Plan.Threshold);
            foreach (var bidder in read.Bidders.Where(b => b.Stands))
                if (read.Evaluators.Count(e => e.Evaluator.MayScore(bidder)) is var scorers && scorers < EvaluationPlan.LeastEvaluators) check.Refuse("step", "tender-few-scores", bidder.Name, scorers, EvaluationPlan.LeastEvaluators);
            if (!check.IsSound) return null;
            (read.Tender.State, read.Tender.SealedAt) = (TenderState.Sealed, now);
            var evaluators = await db.Evaluators.Where(e => e.ProcurementId == id).ToListAsync(cancel);
            var scores = await db.BidScores.AsNoTracking().Where(s => s.ProcurementId == id).ToListAsync(cancel);
            read.Tender.Seal = CanonicalJson.HashOf(CanonicalJson.Of(SealedScores.Of(read.Tender, read.Bidders, evaluators, scores)));
            return TenderBook.SubjectOf(id, read.Tender.Seal);
        }, cancel);

    /// <summary>Opens the envelopes with prices of the bids that reach the minimum.</summary>
    public Task<StepTaken> OpenPricesAsync(Place place, Guid id, int basedOn, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.open-prices", [TenderState.Sealed], (read, check, _) =>
        {
            if (!read.Result!.Bids.Any(b => b.ReachesMinimum)) check.Refuse("step", "tender-none-reaches", read.Plan.Plan.Minimum);
            if (!check.IsSound) return Nothing;
            read.Tender!.State = TenderState.Prices;
            return Done(read.Procurement.Facts.NameIn("en"));
        }, cancel);

    /// <summary>Enters the price of an opened envelope; it can be corrected until an award is proposed.</summary>
    public Task<StepTaken> EnterPriceAsync(Place place, Guid id, int basedOn, int number, double? price, string? nonce, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.price", [TenderState.Prices], (read, check, now) =>
        {
            var secret = check.Line("nonce", nonce, 200, required: false);
            var amount = (decimal)(check.Number("price", price, 0.01, MaxPrice) ?? 0);
            if (decimal.Round(amount, 2) != amount) check.Refuse("price", "tender-cents");
            if (read.Result!.Bids.FirstOrDefault(b => b.Bidder.Number == number) is not { } bid) check.Refuse("price", "tender-no-bid", number);
            else if (!bid.ReachesMinimum) check.Refuse("price", "tender-unopened", read.Plan.Plan.Minimum);
            else if (!read.MayOpenPrice(bid)) check.Refuse("price", "tender-not-first");
            else if (bid.Bidder.Commitment is not null && secret.Length == 0) check.Refuse("nonce", "required");
            else if (read.Tender!.Decisions.Any(d => d.Bid == number)) check.Refuse("price", "tender-proposed-once", number);
            else if (check.IsSound)
            {
                var before = bid.Bidder.Price;
                (bid.Bidder.Price, bid.Bidder.Nonce, bid.Bidder.PriceAt) = (amount, secret.Length > 0 ? secret : null, now);
                return Done(string.Create(CultureInfo.InvariantCulture, $"{number} {bid.Bidder.Name}: {(before is { } old ? $"{old:0.00} → " : "")}{amount:0.00}{(bid.Bidder.IsAsCommitted is { } same ? same ? ", as committed" : ", NOT as committed" : "")}"));
            }
            return Nothing;
        }, cancel);

    /// <summary>Proposes to award the contract to the first of the ranking; a standstill begins.</summary>
    public Task<StepTaken> ProposeAsync(Place place, Guid id, int basedOn, int number, string? reason, double? standstillDays, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.propose", [TenderState.Prices], (read, check, now) =>
        {
            var (why, days) = (check.Text("reason", reason, MaxReason), (int)(check.Number("standstill", standstillDays, 0, MaxStandstill, whole: true) ?? 0));
            if (read.Result!.Bids.FirstOrDefault(b => b.Bidder.IsAsCommitted == false) is { } other) check.Refuse("bid", "tender-not-committed", other.Bidder.Name);
            else if (!read.Result.IsRanked) check.Refuse("bid", "tender-prices-missing");
            else if (read.Next.Count == 0) check.Refuse("bid", "tender-none-left");
            else if (!read.Next.Any(b => b.Bidder.Number == number)) check.Refuse("bid", "tender-not-next", string.Join(", ", read.Next.Select(b => b.Bidder.Name)));
            else if (read.Next.First(b => b.Bidder.Number == number).Bidder is var winner && winner.Price is null) check.Refuse("bid", "tender-prices-missing");
            else if (check.IsSound)
            {
                read.Tender!.Decisions = [.. read.Tender.Decisions, new(number, why, now, reader.Name, now.AddDays(days))];
                read.Tender.State = TenderState.Proposed;
                return Done($"{number} {winner.Name}: {why}");
            }
            return Nothing;
        }, cancel);

    /// <summary>Awards the contract once the standstill is over.</summary>
    public Task<StepTaken> AwardAsync(Place place, Guid id, int basedOn, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.award", [TenderState.Proposed], (read, check, now) =>
        {
            var decision = read.Decision!;
            if (now < decision.StandstillEnds) check.Refuse("step", "tender-standstill", $"{decision.StandstillEnds:yyyy-MM-dd HH:mm}");
            if (!check.IsSound) return Nothing;
            read.Tender!.Decisions = [.. read.Tender.Decisions.SkipLast(1), decision with { AwardedAt = now }];
            read.Tender.State = TenderState.Awarded;
            return Done($"{decision.Bid} {read.Bidders.First(b => b.Number == decision.Bid).Name}");
        }, cancel);

    /// <summary>Notes that the bidder proposed stepped back, or negotiations failed; the next of the ranking follows.</summary>
    public Task<StepTaken> DeclineAsync(Place place, Guid id, int basedOn, string? reason, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.decline", [TenderState.Proposed, TenderState.Awarded], (read, check, now) =>
        {
            var why = check.Text("reason", reason, MaxReason);
            if (!check.IsSound) return Nothing;
            read.Tender!.Decisions = [.. read.Tender.Decisions.SkipLast(1), read.Decision! with { DeclinedAt = now, DeclineReason = why }];
            read.Tender.State = TenderState.Prices;
            return Done($"{read.Tender.Decisions[^1].Bid}: {why}");
        }, cancel);

    /// <summary>Cancels the tender, with the reason.</summary>
    public Task<StepTaken> CancelAsync(Place place, Guid id, int basedOn, string? reason, CancellationToken cancel) =>
        StepAsync(place, id, basedOn, "procurement.cancel", [TenderState.Published, TenderState.Bids, TenderState.Technical, TenderState.Sealed, TenderState.Prices, TenderState.Proposed], (read, check, now) =>
        {
            var why = check.Text("reason", reason, MaxReason);
            if (!check.IsSound) return Nothing;
            (read.Tender!.State, read.Tender.CancelReason, read.Tender.CancelledAt) = (TenderState.Cancelled, why, now);
            return Done(why);
        }, cancel, evenBroken: true);

    private static Task<string?> Nothing => Task.FromResult<string?>(null);

    private static Task<string?> Done(string subject) => Task.FromResult<string?>(subject);

    /// <param name="change">Checks and changes; answers what the audit log says, or null where something was refused.</param>
    private async Task<StepTaken> StepAsync(
        Place place, Guid id, int basedOn, string action, string[] from, Func<TenderCase, InputCheck, DateTimeOffset, Task<string?>> change, CancellationToken cancel, bool evenBroken = false)
    {
        await using var transaction = await db.LockAsync(id, cancel);
        if (await book.ReadAsync(place, id, cancel) is not { } read) return new(404, []);
        if (!from.Contains(read.State)) return new(409, [new("step", $"tender-state-{read.State}")]);
        if (read.Version != basedOn) return new(409, [new("step", "version", read.Version)]);
        if (!read.IsIntact && !evenBroken) return new(409, [new("step", "tender-broken")]);
        var (now, check) = (clock.GetUtcNow(), new InputCheck());
        var subject = await change(read, check, now);
        if (!check.IsSound || subject is null)
        {
            db.ChangeTracker.Clear();
            return new(422, check.Faults);
        }
        var tender = read.Tender ?? db.Tenders.Local.First(t => t.ProcurementId == id);
        (tender.Version, tender.ChangedAt, tender.ChangedBy) = (basedOn + 1, now, reader.Name);
        db.Record(reader, now, action, place.Id, action == TenderBook.CloseAction ? subject : Short($"{read.Procurement.Facts.NameIn("en")}: {subject}"));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return new(204, []);
    }

    private static Evaluator? Active(TenderCase read, InputCheck check, Guid evaluator)
    {
        if (read.Evaluators.FirstOrDefault(e => e.Evaluator.Id == evaluator)?.Evaluator is { } found) return found;
        check.Refuse("evaluator", "tender-no-evaluator");
        return null;
    }

    private static string Short(string text) => text.Length <= 500 ? text : $"{text[..500]}…";

    private static DateTimeOffset Moment(InputCheck check, string field, string? text)
    {
        var line = check.Line(field, text, 40);
        if (line.Length == 0) return default;
        if (DateTimeOffset.TryParseExact(line, ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm", "yyyy-MM-dd'T'HH:mmzzz", "yyyy-MM-dd'T'HH:mm:sszzz", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz"], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var moment) && moment.Year is >= 2000 and < 2100) return moment;
        check.Refuse(field, "tender-moment", line);
        return default;
    }
}
