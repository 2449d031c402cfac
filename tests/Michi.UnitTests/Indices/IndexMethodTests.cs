using FsCheck;
using FsCheck.Fluent;
using Michi.Analytics.Indices;

namespace Michi.UnitTests.Indices;

/// <summary>Formulas on figures worked by hand or published, and what must hold for any data.</summary>
public sealed class IndexMethodTests
{
    private static readonly double[] Column = [2, 4, double.NaN, 10, 4];

    public static TheoryData<Normalisation, double[]> Figures => new()
    {
        { new MinMax(0, 100), [0, 25, double.NaN, 100, 25] },
        { new MinMax(1, 5), [1, 2, double.NaN, 5, 2] },
        { new ZScore(0, 1), [-3 / Math.Sqrt(12), -1 / Math.Sqrt(12), double.NaN, 5 / Math.Sqrt(12), -1 / Math.Sqrt(12)] },
        { new Scaled(0, 20), [10, 20, double.NaN, 50, 20] },
        { new Goalposts(3, 7, 1), [0, 0.25, double.NaN, 1, 0.25] },
        { new DistanceToMax(), [0, 0.25, double.NaN, 1, 0.25] },
        { new DistanceToReference(1), [0, 1, double.NaN, 4, 1] },
        { new DistanceToReference(1, true), [0, 1, double.NaN, 1, 1] },
        { new DistanceToTarget(), [0, 0.5, double.NaN, 2, 0.5] },
        { new DistanceToTarget(true), [0, 0.5, double.NaN, 1, 0.5] },
        { new FractionOfMax(), [0.2, 0.4, double.NaN, 1, 0.4] },
        { new Rank(), [1, 2, double.NaN, 4, 2] },
        { new Borda(), [0, 1, double.NaN, 3, 1] },
        { new PercentileRank(), [0, 1 / 3.0, double.NaN, 1, 1 / 3.0] },
    };

    [Theory, MemberData(nameof(Figures))]
    public void Normalise_SmallColumn_GivesFiguresWorkedByHand(Normalisation method, double[] expected) =>
        CoinrExample.Close(expected, method.Apply(Column, Direction.MoreIsBetter, 6), method.ToString());

    [Fact]
    public void Normalise_LessIsBetter_TurnsTheScale()
    {
        CoinrExample.Close([100, 75, double.NaN, 0, 75], new MinMax(0, 100).Apply(Column, Direction.LessIsBetter), "min-max");
        CoinrExample.Close([1, 0.75, double.NaN, 0, 0.75], new Goalposts(2, 10, 1).Apply(Column, Direction.LessIsBetter), "goalposts");
        CoinrExample.Close([8 / 7.0, 6 / 7.0, double.NaN, 0, 6 / 7.0], new DistanceToTarget().Apply(Column, Direction.LessIsBetter, 3), "distance to target");
    }

    [Fact]
    public void Normalise_NoTarget_Throws() => Assert.Throws<ArgumentException>("target", () => new DistanceToTarget().Apply(Column));

    [Fact]
    public void Check_SmallColumn_GivesMomentsWorkedByHand()
    {
        // Deviations −4, −3, −1, −1, 9: sums of powers 108, 636, 6900; skewness √5·636/108^1.5·√20/3, kurtosis (6·(5·6900/108² − 3) +
        // 6)·4/6.
        var check = new OutlierTreatment().Check([1, 2, 4, 4, 14]);
        Assert.Equal(Math.Sqrt(5) * 636 / Math.Pow(108, 1.5) * Math.Sqrt(20) / 3, check.Skewness, 12);
        Assert.Equal((6 * (5 * 6900 / (108.0 * 108) - 3) + 6) * 4 / 6, check.Kurtosis, 12);
    }

    [Fact]
    public void Treat_OneOutlier_BringsItToTheNextValue()
    {
        double[] x = [.. Enumerable.Range(0, 20).Select(i => (double)i), 500];
        var treated = new OutlierTreatment().Apply(x);
        Assert.Equal([new WinsorisedPoint(20, true)], treated.Winsorised);
        Assert.Equal(19, treated.Values[20]);
        Assert.True(treated.AfterWinsorisation!.Value.Passes);
        Assert.Null(treated.Transformation);
    }

    [Fact]
    public void Treat_ManyOutliers_TakesTheLogarithmOfTheOriginal()
    {
        double[] x = [.. Enumerable.Range(0, 60).Select(i => Math.Exp(i < 50 ? i / 50.0 : i / 5.0))];
        var treated = new OutlierTreatment(2).Apply(x);
        Assert.Equal(2, treated.Winsorised.Count);
        Assert.False(treated.AfterWinsorisation!.Value.Passes);
        Assert.IsType<ShiftedLog>(treated.Transformation);
        Assert.Equal(Math.Log(0.01 * (x[^1] - x[0])), treated.Values[0], 12);
    }

    [Fact]
    public void Treat_OneUnitApart_LeavesTheColumn()
    {
        // Bringing in the only value that differs would leave no spread.
        double[] x = [.. new double[30], 1];
        var treated = new OutlierTreatment().Apply(x);
        Assert.Equal(x, treated.Values);
        Assert.Empty(treated.Winsorised);
    }

    [Fact]
    public void Impute_ByGroup_TakesTheGroupsOwnValue()
    {
        double[] x = [1, double.NaN, 3, 10, double.NaN, double.NaN, double.NaN];
        string?[] groups = ["a", "a", "a", "b", "b", null, "c"];
        CoinrExample.Close([1, 2, 3, 10, 10, double.NaN, double.NaN], new Imputation(ImputationMethod.Mean).Apply(x, groups), "mean");
        CoinrExample.Close([1, 3, 3, 10, 3, 3, 3], new Imputation(ImputationMethod.Median).Apply(x), "median");
    }

    [Fact]
    public void Aggregate_TwoParts_GivesMeansWorkedByHand()
    {
        double[,] x = { { 1, 4 }, { 2, double.NaN }, { double.NaN, double.NaN } };
        double[] weights = [1, 3];
        CoinrExample.Close([3.25, 2, double.NaN], new Arithmetic().Apply(x, weights), "arithmetic");
        CoinrExample.Close([Math.Pow(4, 0.75), 2, double.NaN], new Geometric().Apply(x, weights), "geometric");
        CoinrExample.Close([4 / 1.75, 2, double.NaN], new Harmonic().Apply(x, weights), "harmonic");
        CoinrExample.Close([Math.Sqrt(49 / 4.0), 2, double.NaN], new GeneralisedMean(2).Apply(x, weights), "quadratic");
        CoinrExample.Close([3.25, double.NaN, double.NaN], new Arithmetic { MinimumAvailability = 0.6 }.Apply(x, weights), "with data enough");
    }

    [Fact]
    public void Aggregate_ZeroInGeometricMean_ThrowsWithRemedy()
    {
        var error = Assert.Throws<ArgumentException>(() => new Geometric().Apply(new double[,] { { 0, 1 }, { 1, 2 } }, [1, 1]));
        Assert.Contains("MinMax(1, 100)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Aggregate_Copeland_CountsDuels()
    {
        double[,] x = { { 3, 1, 2 }, { 2, 3, 1 }, { 1, 2, double.NaN } };
        // The first beats the second by two parts to one and is level with the third, which has no third part; the second beats the third.
        Assert.Equal([1, 0, -1], new Copeland().Apply(x, [1, 1, 1]));
        Assert.Equal([-2, 2, 0], new Copeland().Apply(x, [1, 3, 1]));
    }

    [Fact]
    public void Rank_TiesAndMissing_FollowTheConvention()
    {
        double[] x = [5, 7, double.NaN, 7, 1];
        Assert.Equal([3, 1, 0, 1, 4], Ranking.Descending(x));
        Assert.Equal([2, 3, 0, 3, 1], Ranking.Ascending(x));
        CoinrExample.Close([2, 3.5, double.NaN, 3.5, 1], Ranking.Average(x), "average");
    }

    [Fact]
    public void Correlate_SmallColumns_GivesFiguresWorkedByHand()
    {
        double[] x = [1, 2, 3, 4], y = [1, 3, 3, 2];
        // Pairs: five untied in y (+1, +1, +1, −1, −1), six untied in x.
        Assert.Equal(1 / Math.Sqrt(6 * 5), Correlation.Kendall(x, y), 12);
        // Ranks of y: 1, 3.5, 3.5, 2; Σdx·dy = 1.5, Σdx² = 5, Σdy² = 4.5.
        Assert.Equal(1.5 / Math.Sqrt(5 * 4.5), Correlation.Spearman(x, y), 12);
        Assert.Equal(1.5 / Math.Sqrt(5 * 2.75), Correlation.Pearson([.. x, double.NaN], [.. y, 9]), 12);
    }

    [Fact]
    public void Trend_SteadyGrowth_IsFound()
    {
        Assert.Equal(0.1, Trend.CompoundGrowth([121, double.NaN, 100], [2022, 2021, 2020]), 12);
        Assert.Equal(5, Trend.PercentChange([100, 105, 110], [2020, 2021, 2022]), 12);
    }

    [Fact]
    public void CronbachAlpha_TwoColumns_GivesFigureWorkedByHand()
    {
        // Variances 1 and 4, covariance 1.5: 2·3/(1 + 4 + 3).
        var table = new IndexTable(["a", "b", "c"], ["x", "y"], new double[,] { { 0, 0 }, { 1, 3 }, { 2, 3 } });
        Assert.Equal(2 * 3 / (1 + 3 + 3.0), Consistency.CronbachAlpha(table), 12);
    }

    [Fact]
    public void PrincipalComponents_TwoColumns_AreTheDiagonals()
    {
        var table = new IndexTable(["a", "b", "c"], ["x", "y"], new double[,] { { 0, 0 }, { 1, 3 }, { 2, 3 } });
        var components = Consistency.PrincipalComponents(table);
        var r = 1.5 / Math.Sqrt(3);
        Assert.Equal(Math.Sqrt(1 + r), components[0].StandardDeviation, 12);
        Assert.Equal(Math.Sqrt(1 - r), components[1].StandardDeviation, 12);
        Assert.All(components[0].Loadings, l => Assert.Equal(Math.Sqrt(0.5), l, 12));
    }

    [Fact]
    public void Screen_UnitWithTooLittleData_IsLeftOut()
    {
        var definition = new IndexDefinition([new("a", "", 1, "i"), new("b", "", 1, "i"), new("c", "", 1, "i"), new("i", "", 2, null)])
        {
            Screening = new(0.5),
            Imputation = new(ImputationMethod.Mean),
            Treatment = null,
        };
        var data = new IndexTable(["p", "q", "r"], ["a", "b", "c"], new double[,] { { 0, 2, 4 }, { 9, double.NaN, double.NaN }, { 4, double.NaN, 0 } });
        var result = CompositeIndex.Build(data, definition);
        Assert.Equal(["p", "r"], result.Units);
        Assert.Equal(2, result.Imputed.Column("b")[1]);
        Assert.Equal(3, result.Availability.Count);
    }

    [Theory]
    [InlineData("a", "a", 1, "i")]
    [InlineData("b", "a", 1, "nowhere")]
    [InlineData("b", "a", 3, null)]
    public void Define_BrokenTree_Throws(string code, string first, int level, string? parent) =>
        Assert.Throws<ArgumentException>("elements", () => new IndexDefinition([new(first, "", 1, "i"), new(code, "", level, parent), new("i", "", 2, null)]));

    [Fact]
    public void Aggregate_AnyPositiveData_OrdersTheMeans() => Prop.ForAll(
        Gen.Choose(1, 1000).ArrayOf().Where(a => a.Length >= 2).ToArbitrary(),
        numbers =>
        {
            var x = new double[1, numbers.Length];
            for (var i = 0; i < numbers.Length; i++) x[0, i] = numbers[i] / 10.0;
            double[] weights = [.. numbers.Select((_, i) => 1.0 + i % 3)];
            Aggregation[] means = [new Harmonic(), new Geometric(), new GeneralisedMean(0.5), new Arithmetic(), new GeneralisedMean(2)];
            double[] scores = [.. means.Select(m => m.Apply(x, weights)[0])];
            double[] tenfold = [.. means.Select(m => m.Apply(x, [.. weights.Select(w => 10 * w)])[0])];
            return scores.Zip(scores.Skip(1)).All(p => p.First <= p.Second * (1 + 1e-12))
                && scores.Zip(tenfold).All(p => Math.Abs(p.First - p.Second) < 1e-9);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Treat_AnyData_KeepsTheOrder() => Prop.ForAll(
        Gen.Choose(0, 60).ArrayOf().Where(a => a.Length >= 5).ToArbitrary(),
        numbers =>
        {
            double[] x = [.. numbers.Select(n => Math.Exp(n / 5.0))];
            var y = new OutlierTreatment().Apply(x).Values;
            return Enumerable.Range(1, x.Length - 1).All(i => Math.Sign(x[i].CompareTo(x[i - 1])) * Math.Sign(y[i].CompareTo(y[i - 1])) >= 0);
        }).QuickCheckThrowOnFailure();
}
