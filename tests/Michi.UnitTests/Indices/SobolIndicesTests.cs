using Michi.Analytics.Indices;

namespace Michi.UnitTests.Indices;

public sealed class SobolIndicesTests
{
    private static readonly string[] Names = ["x1", "x2", "x3"];

    /// <summary>Ishigami &amp; Homma 1990 with a = 7, b = 0.1: S = 0.3139, 0.4424, 0; ST = 0.5576, 0.4424, 0.2437 (Saltelli et al. 2008,
    /// Global Sensitivity Analysis, p. 179).</summary>
    private static double Ishigami(ReadOnlySpan<double> u)
    {
        double x = Math.PI * (2 * u[0] - 1), y = Math.PI * (2 * u[1] - 1), z = Math.PI * (2 * u[2] - 1);
        return Math.Sin(x) + 7 * Math.Sin(y) * Math.Sin(y) + 0.1 * z * z * z * z * Math.Sin(x);
    }

    [Fact]
    public void Estimate_Ishigami_ApproachesPublishedIndices()
    {
        var indices = SobolIndices.Estimate(Ishigami, Names, 200_000, 1, null, TestContext.Current.CancellationToken);
        double[] first = [0.3139, 0.4424, 0], total = [0.5576, 0.4424, 0.2437];
        Assert.Equal(3.5, indices.Mean, 0.01);
        Assert.Equal(13.845, indices.Variance, 0.05);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(first[i], indices.Inputs[i].FirstOrder, 0.003);
            Assert.Equal(total[i], indices.Inputs[i].Total, 0.003);
        }
    }

    [Fact]
    public void Estimate_SameSeed_GivesSameIndices()
    {
        var cancel = TestContext.Current.CancellationToken;
        var one = SobolIndices.Estimate(Ishigami, Names, 1000, 7, null, cancel);
        Assert.Equal(one.Inputs, SobolIndices.Estimate(Ishigami, Names, 1000, 7, null, cancel).Inputs);
        Assert.NotEqual(one.Inputs, SobolIndices.Estimate(Ishigami, Names, 1000, 8, null, cancel).Inputs);
    }

    [Fact]
    public void Estimate_TooFewRuns_Throws() =>
        Assert.Throws<ArgumentException>("runs", () => SobolIndices.Estimate(Ishigami, Names, 159, 1, null, TestContext.Current.CancellationToken));

    [Fact]
    public void Estimate_MoreThanSixteenInputs_StaysUnbiased()
    {
        // A sum of twenty inputs: each has a twentieth of the variance and no interaction.
        string[] names = [.. Enumerable.Range(0, 20).Select(i => $"x{i}")];
        var indices = SobolIndices.Estimate(
            u =>
            {
                double sum = 0;
                foreach (var x in u) sum += x;
                return sum;
            }, names, 42_000, 1, null, TestContext.Current.CancellationToken);
        foreach (var input in indices.Inputs)
        {
            Assert.Equal(0.05, input.FirstOrder, 0.01);
            Assert.Equal(0.05, input.Total, 0.01);
        }
    }

    /// <summary>Worked by hand: y = 0, 1, 2, 7 for (x1, x2) = 00, 01, 10, 11 has V = 7.25, means given x1 0.5 and 4.5, given x2 1 and
    /// 4.</summary>
    [Fact]
    public void Exact_TwoByTwo_GivesIndicesWorkedByHand()
    {
        var indices = SobolIndices.Exact([0, 1, 2, 7], ["x1", "x2"], [2, 2]);
        Assert.Equal(7.25, indices.Variance, 12);
        Assert.Equal(4 / 7.25, indices.Inputs[0].FirstOrder, 12);
        Assert.Equal(2.25 / 7.25, indices.Inputs[1].FirstOrder, 12);
        Assert.Equal(5 / 7.25, indices.Inputs[0].Total, 12);
        Assert.Equal(3.25 / 7.25, indices.Inputs[1].Total, 12);
    }

    /// <summary>On COINr's example the estimate from 3,000 runs must be nearer to the exact indices than COINr's estimator, and its
    /// intervals honest.</summary>
    [Fact]
    public void Estimate_CoinrExample_BeatsPickFreezeAndCoversExactIndices()
    {
        int[] counts = [5, 2, 100, 2];
        string[] names = ["Winmax", "Normalisation", "Weights", "Aggregation"];
        var cancel = TestContext.Current.CancellationToken;
        var y = IndexUncertaintyTests.Reference().RunAll(null, cancel).MeanAbsoluteRankChanges();
        var exact = SobolIndices.Exact(y, names, counts);

        const int seeds = 300, runs = 3000;
        double firstError = 0, totalError = 0, coinrFirst = 0, coinrTotal = 0;
        var covered = 0;
        for (var seed = 0; seed < seeds; seed++)
        {
            var estimate = SobolIndices.Estimate(Model, names, runs, (ulong)seed, null, cancel);
            var coinr = SobolIndices.FromPickFreeze(PickFreeze(new Random(seed), runs / 6), names);
            for (var i = 0; i < 4; i++)
            {
                var (e, c, x) = (estimate.Inputs[i], coinr.Inputs[i], exact.Inputs[i]);
                firstError += Math.Pow(e.FirstOrder - x.FirstOrder, 2);
                totalError += Math.Pow(e.Total - x.Total, 2);
                coinrFirst += Math.Pow(c.FirstOrder - x.FirstOrder, 2);
                coinrTotal += Math.Pow(c.Total - x.Total, 2);
                if (Math.Abs(e.FirstOrder - x.FirstOrder) <= e.FirstOrderMargin) covered++;
                if (Math.Abs(e.Total - x.Total) <= e.TotalMargin) covered++;
            }
        }
        var (first, total) = (Math.Sqrt(firstError / coinrFirst), Math.Sqrt(totalError / coinrTotal));
        var coverage = covered / (8.0 * seeds);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"RMSE first-order {Math.Sqrt(firstError / seeds / 4):F4} (COINr {Math.Sqrt(coinrFirst / seeds / 4):F4}), " +
            $"total {Math.Sqrt(totalError / seeds / 4):F4} (COINr {Math.Sqrt(coinrTotal / seeds / 4):F4}), coverage {coverage:P1}");
        Assert.InRange(first, 0, 0.25);
        Assert.InRange(total, 0, 0.7);
        Assert.InRange(coverage, 0.925, 0.975);

        double Model(ReadOnlySpan<double> u)
        {
            var run = 0;
            for (var i = 0; i < counts.Length; i++) run = run * counts[i] + (int)(u[i] * counts[i]);
            return y[run];
        }

        double[] PickFreeze(Random random, int n)
        {
            var outputs = new double[6 * n];
            double[] a = new double[4], b = new double[4];
            for (var k = 0; k < n; k++)
            {
                for (var i = 0; i < 4; i++) (a[i], b[i]) = (random.NextDouble(), random.NextDouble());
                outputs[k] = Model(a);
                outputs[n + k] = Model(b);
                for (var i = 0; i < 4; i++)
                {
                    (a[i], b[i]) = (b[i], a[i]);
                    outputs[(2 + i) * n + k] = Model(a);
                    (a[i], b[i]) = (b[i], a[i]);
                }
            }
            return outputs;
        }
    }
}
