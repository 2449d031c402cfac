using Michi.Analytics.Agreement;

namespace Michi.UnitTests.Agreement;

public sealed class KendallWTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>irr 0.84.1, kendall(correct = TRUE) on the ratings of Shrout &amp; Fleiss (1979).</summary>
    [Fact]
    public void Compute_WithTies_MeetsIrr()
    {
        var result = KendallW.Compute(Ratings.ShroutFleiss);
        Assert.Equal(0.88703703703703707, result.W, 1e-14);
        Assert.Equal(17.74074074074, result.ChiSquared, 1e-10);
        Assert.Equal(0.0032895092436802816, result.PValue, 1e-14);
    }

    [Fact]
    public void Compute_ReferenceRows_MeetThem()
    {
        var rows = ReferenceData.Csv("agreement/icc_kendall_kappa_reference.csv")
            .Where(r => r["stat"].StartsWith("kendall", StringComparison.Ordinal)).ToList();
        Assert.Equal(8, rows.Count);
        foreach (var row in rows)
        {
            var result = KendallW.Compute(Ratings.Read(IntraclassCorrelationTests.FileOf(row["dataset"])));
            if (row["stat"] == "kendall_W_tie_corrected")
            {
                Assert.Equal(ReferenceData.Number(row["value"]), result.W, 1e-12);
                Assert.Equal(1, result.PValue / ReferenceData.Number(row["p"]), 1e-9);
            }
            else
            {
                double n = result.Units, m = result.Raters;
                Assert.Equal(ReferenceData.Number(row["value"]), 12 * result.RankSumDeviation / (m * m * (n * n * n - n)), 1e-12);
            }
        }
    }

    [Fact]
    public void Compute_SameOrderFromAll_IsOne()
    {
        Assert.Equal(1, KendallW.Compute(Ratings.Of([1, 10, 0.1], [2, 20, 0.2], [2, 20, 0.2], [5, 21, 0.9])).W, 1e-15);
        Assert.Equal(0, KendallW.Compute(Ratings.Of([1, 3], [2, 2], [3, 1])).W, 1e-15);
    }

    [Fact]
    public void Compute_NothingToRank_IsUndefined()
    {
        Assert.True(double.IsNaN(KendallW.Compute(Ratings.Of([1, 2])).W));
        Assert.True(double.IsNaN(KendallW.Compute(Ratings.Of([1, 2], [1, 2])).W));
        Assert.Equal(1, KendallW.Compute(Ratings.Of([1, 2], [double.NaN, 2])).Units);
    }

    [Fact]
    public void Interval_SameSeed_IsReproducedAndHoldsTheValue()
    {
        var interval = KendallW.Interval(Ratings.ShroutFleiss, seed: 1, cancel: Cancel);
        Assert.Equal(interval, KendallW.Interval(Ratings.ShroutFleiss, seed: 1, cancel: Cancel));
        Assert.InRange(0.887, interval.Lower, interval.Upper);
        Assert.InRange(interval.Upper, 0.887, 1 + 1e-12);
    }
}
