using Michi.Analytics.Agreement;

namespace Michi.UnitTests.Agreement;

public sealed class IntraclassCorrelationTests
{
    /// <summary>Shrout &amp; Fleiss (1979), table 4.</summary>
    [Fact]
    public void Compute_ShroutFleissExample_MeetsPublishedValues()
    {
        var icc = IntraclassCorrelation.Compute(Ratings.ShroutFleiss);
        Assert.Equal([0.17, 0.29, 0.71, 0.44, 0.62, 0.91],
            new[] { icc.Icc11, icc.Icc21, icc.Icc31, icc.Icc1k, icc.Icc2k, icc.Icc3k }.Select(e => Math.Round(e.Value, 2)));
        Assert.Equal(0.071136815302503487, icc.Icc2k.Lower, 1e-11); // psych 2.2.9
        Assert.Equal(0.92723204016772198, icc.Icc2k.Upper, 1e-11);
    }

    /// <summary>
    /// Values of irr and psych; intervals of both but irr's of ICC(2,k), which are McGraw &amp; Wong's; p of both but irr's of
    /// ICC(2,·), which takes its degrees of freedom at the estimate instead of at 0.
    /// </summary>
    [Fact]
    public void Compute_ReferenceRows_MeetThem()
    {
        var rows = ReferenceData.Csv("agreement/icc_kendall_kappa_reference.csv")
            .Where(r => r["stat"].StartsWith("ICC", StringComparison.Ordinal)).ToList();
        Assert.Equal(48, rows.Count);
        foreach (var row in rows)
        {
            var icc = IntraclassCorrelation.Compute(Ratings.Read(FileOf(row["dataset"])));
            var estimate = row["stat"] switch
            {
                "ICC1" => icc.Icc11,
                "ICC2" => icc.Icc21,
                "ICC3" => icc.Icc31,
                "ICC1k" => icc.Icc1k,
                "ICC2k" => icc.Icc2k,
                _ => icc.Icc3k,
            };
            var irr = row["source"].StartsWith("irr", StringComparison.Ordinal);
            Assert.Equal(ReferenceData.Number(row["value"]), estimate.Value, 1e-12);
            if (!irr || row["stat"] != "ICC2k")
            {
                Assert.Equal(ReferenceData.Number(row["lower95"]), estimate.Lower, 1e-10);
                Assert.Equal(ReferenceData.Number(row["upper95"]), estimate.Upper, 1e-10);
            }
            if (!irr || !row["stat"].StartsWith("ICC2", StringComparison.Ordinal))
                Assert.Equal(1, estimate.PValue / ReferenceData.Number(row["p"]), 1e-9);
        }
    }

    [Fact]
    public void Compute_PerfectAgreement_IsOneWithItsInterval()
    {
        var icc = IntraclassCorrelation.Compute(Ratings.Of([1, 1], [2, 2], [4, 4]));
        foreach (var estimate in new[] { icc.Icc11, icc.Icc21, icc.Icc31, icc.Icc1k, icc.Icc2k, icc.Icc3k })
            Assert.Equal((1.0, 1.0, 1.0, 0.0), (estimate.Value, estimate.Lower, estimate.Upper, estimate.PValue));
    }

    [Fact]
    public void Compute_TooFewRatings_IsUndefined()
    {
        Assert.True(double.IsNaN(IntraclassCorrelation.Compute(Ratings.Of([1, 2], [3, double.NaN])).Icc2k.Value));
        Assert.True(double.IsNaN(IntraclassCorrelation.Compute(Ratings.Of([1, 1], [1, 1])).Icc2k.Value));
    }

    public static string FileOf(string dataset) => dataset switch
    {
        "shrout_fleiss1979" => "shrout_fleiss1979_6x4.csv",
        "irr_anxiety" => "irr_anxiety_20x3.csv",
        "irr_video" => "irr_video_20x4.csv",
        _ => dataset + ".csv",
    };
}
