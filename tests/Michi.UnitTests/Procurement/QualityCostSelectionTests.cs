using Michi.Analytics.Selection;

namespace Michi.UnitTests.Procurement;

public sealed class QualityCostSelectionTests
{
    /// <summary>
    /// The example of the Manual of Policies and Procedure of Employment of Consultants, Ministry of Finance, Government of India (2006), quality and cost
    /// based selection 70:30, minimum 75: technical 75, 80, 90; prices 120, 100, 110; financial scores in whole points 83, 100, 91; combined 77.4, 86, 90.3.
    /// </summary>
    [Fact]
    public void Qcbs_ExampleOfTheIndianManual_GivesThePublishedScores()
    {
        var ranked = QualityCostSelection.Qcbs([new("A", 75, 120), new("B", 80, 100), new("C", 90, 110)], technicalWeight: 70, minimum: 75, decimals: 0);

        Assert.Equal([new("C", 1, 90, 91, 90.3m), new("B", 2, 80, 100, 86), new("A", 3, 75, 83, 77.4m)], ranked);
    }

    [Fact]
    public void Qcbs_CheapestBelowTheMinimum_IsOutAndSetsNoPrice()
    {
        var ranked = QualityCostSelection.Qcbs([new("cheap", 69.99m, null), new("good", 90, 200), new("fair", 70, 160)], 80, 70);

        Assert.Equal([new("good", 1, 90, 80, 88), new("fair", 2, 70, 100, 76), new("cheap", null, 69.99m, null, null)], ranked);
    }

    [Fact]
    public void Qcbs_Ties_GoToTheHigherTechnicalScoreThenAreShared()
    {
        // 50:50 and the lowest price 60: 50 and 100, 90 and 60, 80 and 70 all make 75.
        var ranked = QualityCostSelection.Qcbs([new("p", 50, 60), new("x", 90, 100), new("y2", 80, 85.714m), new("y", 80, 85.714m)], 50, 0);

        Assert.All(ranked, r => Assert.Equal(75, r.Combined));
        Assert.Equal([("x", 1), ("y", 2), ("y2", 2), ("p", 4)], ranked.Select(r => (r.Id, r.Rank!.Value)));
    }

    [Fact]
    public void Qcbs_OrderAndCurrency_MakeNoDifference()
    {
        var random = new Random(7);
        for (var trial = 0; trial < 200; trial++)
        {
            var proposals = Enumerable.Range(0, random.Next(1, 9)).Select(i => new Proposal($"b{i}", random.Next(0, 10001) / 100m, random.Next(1, 5000))).ToList();
            var (weight, minimum) = (random.Next(0, 101), random.Next(0, 90));
            var ranked = QualityCostSelection.Qcbs(proposals, weight, minimum);

            Assert.Equal(ranked, QualityCostSelection.Qcbs([.. proposals.OrderBy(_ => random.Next())], weight, minimum));
            Assert.Equal(ranked, QualityCostSelection.Qcbs([.. proposals.Select(p => p with { Price = p.Price * 4 })], weight, minimum));
            Assert.All(ranked.Where(r => r.Rank is not null), r => Assert.InRange(r.Combined!.Value, Math.Min(r.Technical, r.Financial!.Value) - 0.01m, Math.Max(r.Technical, r.Financial!.Value) + 0.01m));
            // A second way of computing, without rounding, agrees to the rounding.
            var lowest = proposals.Where(p => p.Technical >= minimum).Select(p => (double)p.Price!).DefaultIfEmpty(1).Min();
            foreach (var one in ranked.Where(r => r.Rank is not null))
            {
                var given = proposals.Single(p => p.Id == one.Id);
                Assert.Equal(((double)given.Technical * weight + 100 * lowest / (double)given.Price! * (100 - weight)) / 100, (double)one.Combined!, 0.011);
            }
        }
    }

    [Fact]
    public void Qbs_Prices_AreNotLookedAt()
    {
        var ranked = QualityCostSelection.Qbs([new("a", 80, 1), new("b", 85), new("c", 60, 2)], 70);

        Assert.Equal([new("b", 1, 85, null, 85), new("a", 2, 80, null, 80), new("c", null, 60, null, null)], ranked);
    }

    [Fact]
    public void Qcbs_PriceMissingOrZero_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => QualityCostSelection.Qcbs([new("a", 80)], 80, 70));
        Assert.Throws<ArgumentException>(() => QualityCostSelection.Qcbs([new("a", 80, 0)], 80, 70));
        Assert.Throws<ArgumentException>(() => QualityCostSelection.Qcbs([new("a", 101, 1)], 80, 70));
    }

    [Fact]
    public void Technical_TwoEvaluators_IsTheMeanOfWeighedPoints()
    {
        // (90·60 + 70·40)/100 = 82 and (70·60 + 50·40)/100 = 62.
        Assert.Equal(72, QualityCostSelection.Technical([[90, 70], [70, 50]], [60, 40]));
        Assert.Throws<ArgumentException>(() => QualityCostSelection.Technical([[90, 70]], [60, 39]));
    }
}
