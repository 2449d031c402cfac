using System.Text.Json;
using Michi.Analytics.Indices;
using static Michi.UnitTests.Indices.CoinrExample;

namespace Michi.UnitTests.Indices;

public sealed class IndexUncertaintyTests
{
    /// <summary>The inputs of the reference: winsorisation limit 1–5, two normalisations, 100 noisy sets of weights, two
    /// aggregations.</summary>
    internal static IndexUncertainty Reference()
    {
        var position = Definition.Elements.Select((e, i) => (e.Code, i)).ToDictionary(e => e.Code, e => e.i);
        var sets = Enumerable.Range(0, 100).Select(_ => new double[position.Count]).ToArray();
        foreach (var row in ReferenceData.Csv("coinr/uncertainty/in_noisy_weights_100.csv"))
            sets[(int)ReferenceData.Number(row["set"]) - 1][position[row["iCode"]]] = ReferenceData.Number(row["Weight"]);
        return new IndexUncertainty(Data, Definition,
        [
            UncertainInput.WinsorisationLimits("Winmax", [1, 2, 3, 4, 5]),
            UncertainInput.Normalisations("Normalisation", [new MinMax(1, 100), new ZScore(10, 2)]),
            UncertainInput.Weights("Weights", sets),
            UncertainInput.Aggregations("Aggregation", [new Arithmetic(), new Geometric()]),
        ]);
    }

    private static readonly string[] Names = ["Winmax", "Normalisation", "Weights", "Aggregation"];

    private static readonly int[] Counts = [5, 2, 100, 2];

    /// <summary>Points of the unit cube that stand for the 1-based choices of a reference file.</summary>
    private static double[,] Sample(string file)
    {
        var rows = ReferenceData.Csv("coinr/uncertainty/" + file);
        var sample = new double[rows.Count, 4];
        for (var r = 0; r < rows.Count; r++)
            for (var i = 0; i < 4; i++)
                sample[r, i] = (ReferenceData.Number(rows[r][Names[i]]) - 0.5) / Counts[i];
        return sample;
    }

    [Fact]
    public void Scores_CoinrReplications_MeetsCoinr()
    {
        var uncertainty = Reference();
        var sample = Sample("ua_param_index.csv");
        var expected = Table("uncertainty/ua_scores.csv", uncertainty.Units);
        for (var r = 0; r < 1000; r++)
        {
            double[] point = [sample[r, 0], sample[r, 1], sample[r, 2], sample[r, 3]];
            Close([.. expected.Column($"r_{r + 1}")], uncertainty.Scores(point), $"replication {r + 1}");
        }
    }

    [Fact]
    public void Run_CoinrReplications_MeetsRanksAndStatistics()
    {
        var uncertainty = Reference();
        var result = uncertainty.Run(Sample("ua_param_index.csv"), null, TestContext.Current.CancellationToken);
        var scores = Table("uncertainty/ua_scores.csv", uncertainty.Units);
        for (var r = 0; r < 1000; r++) Assert.Equal(Ranking.Descending(scores.Column($"r_{r + 1}")), result.Ranks(r));

        var expected = Table("uncertainty/ua_rankstats.csv", uncertainty.Units);
        Close([.. expected.Column("Nominal")], [.. result.Statistics.Select(s => (double)s.Nominal)], "nominal");
        Close([.. expected.Column("Mean")], [.. result.Statistics.Select(s => s.Mean)], "mean");
        Close([.. expected.Column("Median")], [.. result.Statistics.Select(s => s.Median)], "median");
        Close([.. expected.Column("Q5")], [.. result.Statistics.Select(s => s.Q5)], "q5");
        Close([.. expected.Column("Q95")], [.. result.Statistics.Select(s => s.Q95)], "q95");
        Assert.Equal([.. Table("uncertainty/ua_nominal.csv", uncertainty.Units).Column("Rank")], uncertainty.NominalRanks.ToArray().Select(r => (double)r));
    }

    [Fact]
    public void FromPickFreeze_CoinrDesign_MeetsCoinr()
    {
        var y = Reference().Run(Sample("sa_param_index.csv"), null, TestContext.Current.CancellationToken).MeanAbsoluteRankChanges();
        Close([.. ReferenceData.Csv("coinr/uncertainty/sa_y.csv").Select(r => ReferenceData.Number(r["y_mean_abs_rank_change"]))], y, "y");
        var indices = SobolIndices.FromPickFreeze(y, Names);
        var expected = ReferenceData.Csv("coinr/uncertainty/sa_sensitivity.csv");
        Close([.. expected.Select(r => ReferenceData.Number(r["Si"]))], [.. indices.Inputs.Select(i => i.FirstOrder)], "first-order");
        Close([.. expected.Select(r => ReferenceData.Number(r["STi"]))], [.. indices.Inputs.Select(i => i.Total)], "total");
    }

    [Fact]
    public void RunAll_CoinrInputs_MeetsExactDistribution()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(ReferenceData.PathOf("coinr/uncertainty/exact_sobol.json")));
        var expected = document.RootElement;
        var result = Reference().RunAll(null, TestContext.Current.CancellationToken);
        Assert.Equal(2000, result.ReplicationCount);
        foreach (var unit in result.Statistics)
        {
            var quantiles = expected.GetProperty("rank_quantiles").GetProperty(unit.Unit);
            Close(quantiles.GetProperty("mean").GetDouble(), unit.Mean, unit.Unit);
            Close(quantiles.GetProperty("q5").GetDouble(), unit.Q5, unit.Unit);
            Close(quantiles.GetProperty("median").GetDouble(), unit.Median, unit.Unit);
            Close(quantiles.GetProperty("q95").GetDouble(), unit.Q95, unit.Unit);
        }
        var indices = SobolIndices.Exact(result.MeanAbsoluteRankChanges(), Names, Counts);
        Close(expected.GetProperty("mean_y").GetDouble(), indices.Mean, "mean");
        Close(expected.GetProperty("variance_y").GetDouble(), indices.Variance, "variance");
        foreach (var input in indices.Inputs)
        {
            Close(expected.GetProperty("Si").GetProperty(input.Name).GetDouble(), input.FirstOrder, input.Name);
            Close(expected.GetProperty("STi").GetProperty(input.Name).GetDouble(), input.Total, input.Name);
        }
    }

    private static readonly IndexDefinition Small = new(
    [
        new("a", "", 1, "x"), new("b", "", 1, "x"), new("c", "", 1, "y"), new("x", "", 2, "i"), new("y", "", 2, "i"), new("i", "", 3, null),
    ])
    {
        Imputation = new(ImputationMethod.Median),
        Normalisation = new MinMax(1, 100),
    };

    private static IndexTable SmallData(int seed)
    {
        var random = new Random(seed);
        var values = new double[12, 3];
        for (var u = 0; u < 12; u++)
            for (var c = 0; c < 3; c++)
                values[u, c] = random.NextDouble() < 0.1 ? double.NaN : Math.Exp(3 * random.NextDouble());
        return new([.. Enumerable.Range(0, 12).Select(u => $"U{u}")], ["a", "b", "c"], values);
    }

    private static UncertainInput[] SmallInputs() =>
    [
        UncertainInput.WinsorisationLimits("limit", [0, 1, 2]),
        UncertainInput.Discrete("imputation", Enum.GetValues<ImputationMethod>(), (d, method) => d with { Imputation = new(method) }),
        UncertainInput.NoisyWeights("weights", Small, new Dictionary<int, double> { [1] = 0.5, [2] = 0.25 }, 4, 3),
        UncertainInput.Aggregations("aggregation", [new Arithmetic(), new Geometric(), new Harmonic(), new Copeland()]),
    ];

    [Fact]
    public void Scores_AnyChoices_EqualThoseOfAFreshBuild()
    {
        var random = new Random(5);
        for (var seed = 0; seed < 20; seed++)
        {
            var (data, inputs) = (SmallData(seed), SmallInputs());
            var uncertainty = new IndexUncertainty(data, Small, inputs);
            for (var r = 0; r < 20; r++)
            {
                double[] point = [random.NextDouble(), random.NextDouble(), random.NextDouble(), random.NextDouble()];
                var definition = Small;
                for (var i = 0; i < point.Length; i++) definition = inputs[i].Apply(definition, point[i]);
                Close([.. CompositeIndex.Build(data, definition).IndexScores], uncertainty.Scores(point), $"seed {seed}, point {r}");
            }
        }
    }

    [Fact]
    public void Run_SameSeed_GivesSameRanks()
    {
        var cancel = TestContext.Current.CancellationToken;
        var one = new IndexUncertainty(SmallData(1), Small, SmallInputs()).Run(50, 9, null, cancel);
        Assert.Equal(one.Statistics, new IndexUncertainty(SmallData(1), Small, SmallInputs()).Run(50, 9, null, cancel).Statistics);
        Assert.NotEqual(one.Statistics, new IndexUncertainty(SmallData(1), Small, SmallInputs()).Run(50, 10, null, cancel).Statistics);
        Assert.Equal(1, Enumerable.Range(0, 12).Sum(u => one.ShareWithin(u, 1)), 0.2);
        Assert.All(Enumerable.Range(0, 12), u => Assert.Equal(1, one.ShareWithin(u, 12)));
    }

    [Fact]
    public void Run_Cancelled_StopsAfterTheReplication()
    {
        using var cancellation = new CancellationTokenSource();
        var reports = new List<double>();
        var progress = new Report(share =>
        {
            reports.Add(share);
            if (share >= 0.3) cancellation.Cancel();
        });
        Assert.Throws<OperationCanceledException>(() => new IndexUncertainty(SmallData(1), Small, SmallInputs()).Run(10, 1, progress, cancellation.Token));
        Assert.Equal([0.1, 0.2, 0.3], reports);
    }

    [Fact]
    public void Sensitivity_FewCombinations_IsExactAndElseHasMargins()
    {
        var cancel = TestContext.Current.CancellationToken;
        var uncertainty = new IndexUncertainty(SmallData(2), Small, SmallInputs());
        Assert.Equal(144, uncertainty.CombinationCount);
        var exact = uncertainty.Sensitivity(144, 1, null, null, cancel);
        Assert.All(exact.Inputs, i => Assert.Equal((0, 0), (i.FirstOrderMargin, i.TotalMargin)));
        Assert.Equal(uncertainty.RunAll(null, cancel).MeanAbsoluteRankChanges().Average(), exact.Mean, 12);
        Assert.True(exact.Inputs.Sum(i => i.FirstOrder) <= 1 && exact.Inputs.Sum(i => i.Total) >= 1);

        var power = UncertainInput.Continuous("power", (d, u) => d with { Aggregations = [new GeneralisedMean(0.5 + u)] });
        var estimated = new IndexUncertainty(SmallData(2), Small, [.. SmallInputs().Take(3), power]).Sensitivity(1000, 1, ranks => ranks[0], null, cancel);
        Assert.All(estimated.Inputs, i => Assert.True(i.TotalMargin >= 0 && i.Total >= 0));
        Assert.Contains(estimated.Inputs, i => i.TotalMargin > 0);
    }

    [Fact]
    public void Run_AlternativeScreensUnits_Throws()
    {
        var screening = UncertainInput.Discrete("screening", [0.9], (d, share) => d with { Screening = new(share) });
        var uncertainty = new IndexUncertainty(SmallData(1), Small, [screening]);
        Assert.Throws<ArgumentException>("definition", () => uncertainty.Run(1, 1, null, TestContext.Current.CancellationToken));
    }

    private sealed class Report(Action<double> report) : IProgress<double>
    {
        void IProgress<double>.Report(double value) => report(value);
    }
}
