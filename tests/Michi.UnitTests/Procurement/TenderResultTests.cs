using Michi.Roadmap.Procurement;

namespace Michi.UnitTests.Procurement;

public sealed class TenderResultTests
{
    private static readonly FrozenPlan Plan = FrozenPlan.Of(new("t", "qcbs", 80, 60, new() { ["a"] = 60, ["a.x"] = 50, ["a.y"] = 50, ["b"] = 40 }, 2, 20), [new("low", 50), new("mid", 70), new("high", 90)]);
    private readonly List<Bidder> _bidders = [];
    private readonly List<Evaluator> _evaluators = [];
    private readonly List<BidScore> _scores = [];

    [Fact]
    public void Of_ConflictSecondRoundAndRemoval_CountWhatCounts()
    {
        var (one, two) = (Bid(1, 200), Bid(2, 100));
        var (ann, bo, chi, gone) = (Person("Ann", one, two), Person("Bo", one, two), Person("Chi", two), Person("Gone", one, two));
        chi.Declarations["1"] = "A cousin.";
        gone.RemovedAt = DateTimeOffset.UnixEpoch;
        Score(ann, one, 1, 90, 90, 90);
        Score(bo, one, 1, 70, 70, 50);
        Score(bo, one, 2, null, null, 70);
        Score(chi, two, 1, 50, 70, 90);
        Score(ann, two, 1, 70, 70, 70);
        Score(bo, two, 1, 70, 70, 70);
        Score(gone, one, 1, 50, 50, 50);

        var result = TenderResult.Of(Plan, _bidders, _evaluators, _scores);

        // One: Ann 90, Bo 0.3 × 70 + 0.3 × 70 + 0.4 × 70 = 70: 80. Two: Chi 0.3 × 50 + 0.3 × 70 + 0.4 × 90 = 72, Ann and Bo 70: 70.67.
        Assert.Equal([80, 70.67m], result.Bids.Select(b => b.Technical));
        Assert.Equal(80, result.Bids[0].Means["b"]);
        // Fm = 100: one 80 × 0.8 + 50 × 0.2 = 74; two 70.67 × 0.8 + 100 × 0.2 = 76.536.
        Assert.Equal([76.536m, 74m], result.Order.Select(b => b.Ranked!.Combined!.Value));
        // First scores in b of one: 90 and 50; in x of two: 50 to 70; others no more than 20.
        Assert.Equal((1, "b", 40), TenderResult.Spreads(Plan, _bidders, _evaluators, _scores).Select(s => (s.Bidder.Number, s.Criterion, s.Range)).First());
        Assert.True(result.Agreement > result.FirstAgreement);
    }

    [Fact]
    public void Of_PriceMissingOrBelowMinimum_RanksWhenKnown()
    {
        var (one, two) = (Bid(1, null), Bid(2, null));
        var ann = Person("Ann", one, two);
        Score(ann, one, 1, 90, 90, 90);
        Score(ann, two, 1, 50, 50, 50);
        Assert.False(TenderResult.Of(Plan, _bidders, _evaluators, _scores).IsRanked);
        Assert.True(TenderResult.Of(Plan with { Plan = Plan.Plan with { Method = "qbs" } }, _bidders, _evaluators, _scores).IsRanked);

        one.Price = 5;
        var result = TenderResult.Of(Plan, _bidders, _evaluators, _scores);

        Assert.Equal(1, Assert.Single(result.Order).Bidder.Number);
        Assert.Equal((5, false), (result.LowestPrice!.Value, result.Bids[1].ReachesMinimum));
    }

    [Fact]
    public void Of_LateAndExcluded_AreNotScored()
    {
        var late = Bid(1, 10, isLate: true);
        var excluded = Bid(2, 10);
        excluded.Exclusion = "Withdrawn.";
        var ann = Person("Ann", late, excluded);
        Score(ann, late, 1, 90, 90, 90);
        Score(ann, excluded, 1, 90, 90, 90);

        var result = TenderResult.Of(Plan, _bidders, _evaluators, _scores);

        Assert.Empty(result.Bids);
        Assert.True(double.IsNaN(result.Agreement));
    }

    [Fact]
    public void CanonicalJson_OrderOfMembers_MakesNoDifference()
    {
        var (a, b) = (new Dictionary<string, double> { ["b"] = 2, ["a"] = 1.5 }, new Dictionary<string, double> { ["a"] = 1.5, ["b"] = 2 });

        Assert.Equal("""{"a":1.5,"b":2}""", CanonicalJson.Of(a));
        Assert.Equal(CanonicalJson.HashOf(CanonicalJson.Of(a)), CanonicalJson.HashOf(CanonicalJson.Of(b)));
        var plan = FrozenPlan.Of(Plan.Plan with { Weights = new() { ["z"] = 50, ["a"] = 50 } }, Plan.Scale);
        Assert.Equal(plan.ToJson(), FrozenPlan.Of(plan.ToJson()).ToJson());
        Assert.Equal(["z", "a"], FrozenPlan.Of(plan.ToJson()).Plan.Leaves.Select(l => l.Id));
        Assert.Equal("""["漏水 <b>"]""", CanonicalJson.Of(new[] { "漏水 <b>" }));
    }

    /// <summary>As <c>printf '%s' '1250000.00:a secret of Alpha' | sha256sum</c> says.</summary>
    [Fact]
    public void Commitment_OfPriceAndNonce_IsWhatSha256sumSays()
    {
        Assert.Equal("799d10a6478e817913a8dadef072c8ce1220d6777cfa675010e5256aaa959c10", CanonicalJson.CommitmentOf(1_250_000m, "a secret of Alpha"));
        Assert.Equal(CanonicalJson.CommitmentOf(5m, "n"), CanonicalJson.CommitmentOf(5.00m, "n"));
        Assert.NotEqual(CanonicalJson.CommitmentOf(5.01m, "n"), CanonicalJson.CommitmentOf(5m, "n"));
    }

    private Bidder Bid(int number, decimal? price, bool isLate = false)
    {
        var bidder = new Bidder { Id = Guid.NewGuid(), ProcurementId = Guid.Empty, Number = number, Name = $"B{number}", Country = "KH", Consortium = "", ReceivedAt = default, IsLate = isLate, Price = price };
        _bidders.Add(bidder);
        return bidder;
    }

    private Evaluator Person(string name, params Bidder[] bidders)
    {
        var person = new Evaluator { Id = Guid.NewGuid(), ProcurementId = Guid.Empty, Name = name, LinkHash = "", InvitedAt = default, Declarations = bidders.ToDictionary(Evaluator.Key, _ => "") };
        _evaluators.Add(person);
        return person;
    }

    private void Score(Evaluator by, Bidder of, int round, params int?[] points)
    {
        foreach (var (i, point) in points.Index())
            if (point is { } given) _scores.Add(new() { Id = Guid.NewGuid(), ProcurementId = Guid.Empty, EvaluatorId = by.Id, BidderId = of.Id, Criterion = new[] { "a.x", "a.y", "b" }[i], Round = round, Points = given, Reason = "r", At = default });
    }
}
