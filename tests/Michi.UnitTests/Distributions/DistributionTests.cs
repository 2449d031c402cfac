using Michi.Analytics.Distributions;

namespace Michi.UnitTests.Distributions;

public sealed class DistributionTests
{
    // NIST/SEMATECH e-Handbook of Statistical Methods, tables 1.3.6.7.3 (F) and 1.3.6.7.4 (chi-square), upper critical values.
    [Theory]
    [InlineData(0.95, 1, 1, 161.448)]
    [InlineData(0.95, 5, 10, 3.326)]
    [InlineData(0.95, 2, 100, 3.087)]
    [InlineData(0.99, 3, 20, 4.938)]
    [InlineData(0.90, 10, 10, 2.323)]
    public void Quantile_OfF_MeetsPublishedTable(double p, double d1, double d2, double expected) =>
        Assert.Equal(expected, FDistribution.Quantile(p, d1, d2), 5e-4);

    [Theory]
    [InlineData(0.95, 1, 3.841)]
    [InlineData(0.95, 10, 18.307)]
    [InlineData(0.99, 5, 15.086)]
    [InlineData(0.05, 10, 3.940)]
    [InlineData(0.975, 100, 129.561)]
    public void Quantile_OfChiSquared_MeetsPublishedTable(double p, double df, double expected) =>
        Assert.Equal(expected, ChiSquaredDistribution.Quantile(p, df), 5e-4);

    [Theory]
    [InlineData(0.01)]
    [InlineData(1.0)]
    [InlineData(7.5)]
    [InlineData(400.0)]
    public void Survival_WhereClosedFormExists_MeetsIt(double x)
    {
        AssertRelative(Math.Exp(-x / 2), ChiSquaredDistribution.Survival(x, 2));
        AssertRelative(Math.Exp(-x / 2) * (1 + x / 2), ChiSquaredDistribution.Survival(x, 4));
        AssertRelative(Math.Pow(1 + 2 * x / 9, -4.5), FDistribution.Survival(x, 2, 9));
        AssertRelative(2 / Math.PI * Math.Atan(1 / Math.Sqrt(x)), FDistribution.Survival(x, 1, 1));
    }

    [Fact]
    public void Survival_OfReciprocal_IsComplement()
    {
        for (var f = 0.05; f < 20; f *= 1.3)
            Assert.Equal(1, FDistribution.Survival(f, 3.7, 8.2) + FDistribution.Survival(1 / f, 8.2, 3.7), 1e-13);
    }

    [Fact]
    public void Quantile_ThenSurvival_GivesTheProbabilityBack()
    {
        foreach (var p in new[] { 1e-6, 0.025, 0.5, 0.975, 0.999999 })
        {
            AssertRelative(1 - p, FDistribution.Survival(FDistribution.Quantile(p, 4.4, 61), 4.4, 61), 1e-9);
            AssertRelative(1 - p, ChiSquaredDistribution.Survival(ChiSquaredDistribution.Quantile(p, 7), 7), 1e-9);
        }
        Assert.Throws<ArgumentException>(() => FDistribution.Quantile(1, 2, 3));
    }

    private static void AssertRelative(double expected, double actual, double tolerance = 1e-12) =>
        Assert.Equal(1, actual / expected, tolerance);
}
