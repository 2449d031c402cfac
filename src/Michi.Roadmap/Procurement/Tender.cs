using System.ComponentModel.DataAnnotations.Schema;
using Michi.Approach;

namespace Michi.Roadmap.Procurement;

/// <summary>How far a tender has come. A procurement without one is a draft.</summary>
internal static class TenderState
{
    public const string Draft = "draft", Published = "published", Bids = "bids", Technical = "technical", Sealed = "sealed", Prices = "prices", Proposed = "proposed", Awarded = "awarded", Cancelled = "cancelled";

    /// <summary>The way of a tender that ends with an award.</summary>
    public static IReadOnlyList<string> Way { get; } = [Draft, Published, Bids, Technical, Sealed, Prices, Proposed, Awarded];

    /// <summary>Whether technical scores are sealed, and so may be seen.</summary>
    public static bool IsClosed(string state) => state is Sealed or Prices or Proposed or Awarded;
}

/// <summary>A published procurement on its way from the call for bids to the award.</summary>
internal sealed class Tender
{
    public required Guid ProcurementId { get; init; }
    public required Guid PlaceId { get; init; }
    public required string State { get; set; }

    /// <summary>Counts the steps, from 1; a step based on an older version is refused.</summary>
    public int Version { get; set; } = 1;

    /// <summary>ISO 4217 code of every price.</summary>
    public required string Currency { get; init; }

    public required DateTimeOffset PublishedAt { get; init; }

    /// <summary>Bids received later are excluded.</summary>
    public required DateTimeOffset Deadline { get; init; }

    /// <summary>The evaluation plan as it was when the first bid was registered: canonical JSON of <see cref="FrozenPlan"/>.</summary>
    public string? Plan { get; set; }

    /// <summary>SHA-256 of <see cref="Plan"/>.</summary>
    public string? PlanHash { get; set; }

    public DateTimeOffset? PlanFrozenAt { get; set; }

    /// <summary>The plan that was frozen; null before, and where it is not what its hash says.</summary>
    [NotMapped]
    public FrozenPlan? FrozenPlan => Plan is { } text && CanonicalJson.HashOf(text) == PlanHash ? FrozenPlan.Of(text) : null;

    /// <summary>1, or 2 once evaluators have been asked to look again where they disagree.</summary>
    public int Round { get; set; } = 1;

    /// <summary>SHA-256 of <see cref="SealedScores"/> in canonical JSON; null before the technical close.</summary>
    public string? Seal { get; set; }

    public DateTimeOffset? SealedAt { get; set; }

    /// <summary>Proposals to award in order; all but the last were declined.</summary>
    public List<AwardDecision> Decisions { get; set; } = [];

    public string? CancelReason { get; set; }
    public DateTimeOffset? CancelledAt { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }
    public required string ChangedBy { get; set; }
}

/// <summary>What proposals are compared by, fixed from the first bid on.</summary>
/// <param name="Order">Criteria and parts in the order of the plan, which canonical JSON does not keep.</param>
internal sealed record FrozenPlan(EvaluationPlan Plan, IReadOnlyList<ProcurementGrade> Scale, IReadOnlyList<string> Order)
{
    public static FrozenPlan Of(EvaluationPlan plan, IReadOnlyList<ProcurementGrade> scale) => new(plan, scale, [.. plan.Weights.Keys]);

    public string ToJson() => CanonicalJson.Of(this);

    public static FrozenPlan Of(string json)
    {
        var read = CanonicalJson.Read<FrozenPlan>(json);
        return read with { Plan = read.Plan with { Weights = read.Order.ToDictionary(k => k, k => read.Plan.Weights[k]) } };
    }
}

/// <summary>A proposal to award the contract, and what came of it.</summary>
/// <param name="Bid">Number of the bid.</param>
/// <param name="StandstillEnds">Before this moment no award is made, so that bidders can object.</param>
internal sealed record AwardDecision(int Bid, string Reason, DateTimeOffset ProposedAt, string ProposedBy, DateTimeOffset StandstillEnds)
{
    public DateTimeOffset? AwardedAt { get; init; }
    public DateTimeOffset? DeclinedAt { get; init; }

    /// <summary>Why the bidder, or the city, stepped back.</summary>
    public string? DeclineReason { get; init; }
}

/// <summary>A bid and who made it. There is no price before the technical close.</summary>
internal sealed class Bidder
{
    public required Guid Id { get; init; }
    public required Guid ProcurementId { get; init; }

    /// <summary>1, 2, … in the order of registering.</summary>
    public required int Number { get; init; }

    public required string Name { get; init; }

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public required string Country { get; init; }

    /// <summary>Further members of a consortium, one a line.</summary>
    public required string Consortium { get; init; }

    public required DateTimeOffset ReceivedAt { get; init; }

    /// <summary>Received after the deadline, and so excluded by rule.</summary>
    public required bool IsLate { get; init; }

    /// <summary>SHA-256 the bidder handed in with the technical proposal (<see cref="CanonicalJson.CommitmentOf"/>); null where none was.</summary>
    public string? Commitment { get; init; }

    /// <summary>Why the bid is out (withdrawn, incomplete, another price than committed); null while it stands.</summary>
    public string? Exclusion { get; set; }

    public decimal? Price { get; set; }

    /// <summary>What the bidder hashed together with the price.</summary>
    public string? Nonce { get; set; }

    public DateTimeOffset? PriceAt { get; set; }

    public bool Stands => !IsLate && Exclusion is null;

    /// <summary>Whether the price opened is the one committed to; null where there is no price yet or no commitment.</summary>
    public bool? IsAsCommitted => Price is { } price && Commitment is not null ? CanonicalJson.CommitmentOf(price, Nonce ?? "") == Commitment : null;
}

/// <summary>A person asked to score bids, by a link that carries a secret; no account is needed.</summary>
internal sealed class Evaluator
{
    /// <summary>Days a link works.</summary>
    public const int LinkDays = 180;

    public required Guid Id { get; init; }
    public required Guid ProcurementId { get; init; }
    public required string Name { get; init; }

    /// <summary>SHA-256 of the secret in the link.</summary>
    public required string LinkHash { get; set; }

    /// <summary>When the link in force was made; it does not show what was scored by an earlier one.</summary>
    public required DateTimeOffset InvitedAt { get; set; }

    /// <summary>Number of a bid → the conflict of interest, empty for none; without an entry where nothing has been declared.</summary>
    public Dictionary<string, string> Declarations { get; set; } = [];

    /// <summary>The last round finished; 0 before.</summary>
    public int Done { get; set; }

    public DateTimeOffset? RemovedAt { get; set; }

    public bool HasDeclared(Bidder bidder) => Declarations.ContainsKey(Key(bidder));

    /// <summary>Whether the person may score a bid: a declaration was made and names no conflict.</summary>
    public bool MayScore(Bidder bidder) => Declarations.TryGetValue(Key(bidder), out var conflict) && conflict.Length == 0;

    public static string Key(Bidder bidder) => bidder.Number.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>One evaluator's score of a bid by one criterion in one round.</summary>
internal sealed class BidScore
{
    public required Guid Id { get; init; }
    public required Guid ProcurementId { get; init; }
    public required Guid EvaluatorId { get; init; }
    public required Guid BidderId { get; init; }
    public required string Criterion { get; init; }
    public required int Round { get; init; }

    /// <summary>Points of a grade of the scale, 0–100.</summary>
    public required int Points { get; set; }

    public required string Reason { get; set; }
    public required DateTimeOffset At { get; set; }
}

/// <summary>What the technical close seals: every bid, evaluator, declaration and score, in an order that does not depend on the database.</summary>
internal sealed record SealedScores(
    Guid Procurement, string PlanHash, DateTimeOffset SealedAt, IReadOnlyList<SealedScores.Bid> Bids, IReadOnlyList<SealedScores.Person> Evaluators, IReadOnlyList<SealedScores.Score> Scores)
{
    public sealed record Bid(int Number, Guid Id, string Name, string Country, string Consortium, DateTimeOffset ReceivedAt, bool IsLate, string? Commitment);

    public sealed record Person(Guid Id, string Name, IReadOnlyDictionary<string, string> Declarations, int Done, bool IsRemoved);

    public sealed record Score(int Bid, Guid Evaluator, string Criterion, int Round, int Points, string Reason, DateTimeOffset At);

    public static SealedScores Of(Tender tender, IReadOnlyList<Bidder> bidders, IReadOnlyList<Evaluator> evaluators, IReadOnlyList<BidScore> scores)
    {
        var numbers = bidders.ToDictionary(b => b.Id, b => b.Number);
        return new(tender.ProcurementId, tender.PlanHash ?? "", tender.SealedAt ?? default,
            [.. bidders.OrderBy(b => b.Number).Select(b => new Bid(b.Number, b.Id, b.Name, b.Country, b.Consortium, b.ReceivedAt, b.IsLate, b.Commitment))],
            [.. evaluators.OrderBy(e => e.Id).Select(e => new Person(e.Id, e.Name, e.Declarations, e.Done, e.RemovedAt is not null))],
            [.. scores.OrderBy(s => numbers.GetValueOrDefault(s.BidderId)).ThenBy(s => s.EvaluatorId).ThenBy(s => s.Criterion, StringComparer.Ordinal).ThenBy(s => s.Round)
                .Select(s => new Score(numbers.GetValueOrDefault(s.BidderId), s.EvaluatorId, s.Criterion, s.Round, s.Points, s.Reason, s.At))]);
    }
}
