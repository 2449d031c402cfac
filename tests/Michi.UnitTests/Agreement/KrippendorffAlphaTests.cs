using Michi.Analytics.Agreement;
using Michi.Analytics.Sampling;
using static System.Double;

namespace Michi.UnitTests.Agreement;

public sealed class KrippendorffAlphaTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Krippendorff (2011), Computing Krippendorff's Alpha-Reliability, example C: four observers, twelve units.</summary>
    private static readonly double[,] ExampleC = Ratings.Transposed(Ratings.Of(
        [1, 2, 3, 3, 2, 1, 4, 1, 2, NaN, NaN, NaN],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NaN, 3],
        [NaN, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NaN],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NaN]));

    [Theory]
    [InlineData(MeasurementLevel.Nominal, 0.743)]
    [InlineData(MeasurementLevel.Ordinal, 0.815)]
    [InlineData(MeasurementLevel.Interval, 0.849)]
    [InlineData(MeasurementLevel.Ratio, 0.797)]
    public void Compute_Krippendorff2011ExampleC_MeetsPublishedValue(MeasurementLevel level, double expected) =>
        Assert.Equal(expected, KrippendorffAlpha.Compute(ExampleC, level).Alpha, 5e-4);

    [Fact]
    public void Compute_ReferenceRows_MeetExactValues()
    {
        var rows = ReferenceData.Csv("agreement/krippendorff_reference.csv");
        Assert.Equal(32, rows.Count);
        foreach (var row in rows)
        {
            var ratings = Ratings.Read(row["file"], row["units_in"] == "rows");
            var alpha = KrippendorffAlpha.Compute(ratings, Enum.Parse<MeasurementLevel>(row["level"], ignoreCase: true)).Alpha;
            Assert.Equal(ReferenceData.Number(row["alpha_exact"]), alpha, 1e-12);
        }
    }

    [Fact]
    public void Compute_UnitDisagreement_SumsToObservedAndShowsTheDisputedUnit()
    {
        var result = KrippendorffAlpha.Compute(ExampleC, MeasurementLevel.Interval);
        Assert.Equal(result.ObservedDisagreement, result.UnitDisagreement.Where(d => !IsNaN(d)).Sum(), 1e-15);
        Assert.Equal(5, result.UnitDisagreement.Index().MaxBy(u => u.Item).Index); // unit 6: ratings 1, 2, 3, 4
        Assert.True(IsNaN(result.UnitDisagreement[11])); // one rating only
        Assert.Equal(40, result.PairableValues);
    }

    [Fact]
    public void Compute_NoPairableValues_IsUndefined()
    {
        var result = KrippendorffAlpha.Compute(Ratings.Of([1, NaN], [NaN, 2]), MeasurementLevel.Ordinal);
        Assert.True(IsNaN(result.Alpha));
        Assert.Equal(0, result.PairableValues);
        Assert.Equal(new(NaN, NaN, 0), KrippendorffAlpha.Interval(new double[0, 3], MeasurementLevel.Ordinal, seed: 1, cancel: Cancel));
    }

    [Fact]
    public void Compute_NoVariation_IsUndefined()
    {
        var result = KrippendorffAlpha.Compute(Ratings.Of([2, 2], [2, 2]), MeasurementLevel.Interval);
        Assert.True(IsNaN(result.Alpha));
        Assert.Equal((4, 0.0), (result.PairableValues, result.ExpectedDisagreement));
    }

    [Fact]
    public void Compute_IllegalRating_Throws()
    {
        Assert.Throws<ArgumentException>(() => KrippendorffAlpha.Compute(Ratings.Of([1, PositiveInfinity]), MeasurementLevel.Nominal));
        Assert.Throws<ArgumentException>(() => KrippendorffAlpha.Compute(Ratings.Of([1, -1]), MeasurementLevel.Ratio));
    }

    [Fact]
    public void Compute_RandomTables_KeepInvariances()
    {
        var random = new Xoshiro256(7);
        for (var round = 0; round < 200; round++)
        {
            var table = new double[2 + random.NextInt32(8), 2 + random.NextInt32(4)];
            var (changed, scaled) = ((double[,])table.Clone(), (double[,])table.Clone());
            for (var u = 0; u < table.GetLength(0); u++)
                for (var r = 0; r < table.GetLength(1); r++)
                {
                    var value = random.NextInt32(6);
                    table[u, r] = value == 5 ? NaN : value;
                    changed[u, table.GetLength(1) - 1 - r] = Math.Exp(table[u, r]); // other order of raters, monotone change of values
                    scaled[u, r] = 3 * table[u, r];
                }
            foreach (var level in Enum.GetValues<MeasurementLevel>())
            {
                var alpha = KrippendorffAlpha.Compute(table, level).Alpha;
                Assert.False(alpha > 1 + 1e-12);
                Assert.Equal(alpha, KrippendorffAlpha.Compute(scaled, level).Alpha, 1e-12);
                if (level is MeasurementLevel.Nominal or MeasurementLevel.Ordinal)
                    Assert.Equal(alpha, KrippendorffAlpha.Compute(changed, level).Alpha, 1e-12);
            }
        }
    }

    [Fact]
    public void Interval_SameSeed_IsReproducedAndHoldsTheValue()
    {
        var interval = KrippendorffAlpha.Interval(ExampleC, MeasurementLevel.Ordinal, seed: 42, cancel: Cancel);
        Assert.Equal(interval, KrippendorffAlpha.Interval(ExampleC, MeasurementLevel.Ordinal, seed: 42, cancel: Cancel));
        Assert.NotEqual(interval, KrippendorffAlpha.Interval(ExampleC, MeasurementLevel.Ordinal, seed: 43, cancel: Cancel));
        Assert.InRange(0.815, interval.Lower, interval.Upper);
        Assert.True(interval.Upper <= 1);
        Assert.Equal(2000, interval.DefinedReplicates);
    }

    [Fact]
    public void Interval_FourTimesTheUnits_IsAboutHalfAsWide()
    {
        var random = new Xoshiro256(3);
        double[,] Table(int units)
        {
            var table = new double[units, 4];
            for (var u = 0; u < units; u++)
            {
                var truth = random.NextInt32(5);
                for (var r = 0; r < 4; r++) table[u, r] = Math.Clamp(truth + random.NextInt32(3) - 1, 0, 4);
            }
            return table;
        }
        var narrow = KrippendorffAlpha.Interval(Table(400), MeasurementLevel.Interval, seed: 1, cancel: Cancel);
        var wide = KrippendorffAlpha.Interval(Table(100), MeasurementLevel.Interval, seed: 1, cancel: Cancel);
        Assert.InRange((wide.Upper - wide.Lower) / (narrow.Upper - narrow.Lower), 1.5, 2.7);
    }
}
