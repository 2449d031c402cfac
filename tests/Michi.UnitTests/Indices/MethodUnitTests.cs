using System.Text.Json;
using Michi.Analytics.Indices;
using static Michi.UnitTests.Indices.CoinrExample;

namespace Michi.UnitTests.Indices;

/// <summary>Single methods against 49 inputs and outputs of COINr 1.1.14.</summary>
public sealed class MethodUnitTests
{
    public static TheoryData<int> Units => new(Enumerable.Range(0, 49));

    [Theory, MemberData(nameof(Units))]
    public void Apply_CoinrInput_GivesCoinrOutput(int number)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(ReferenceData.PathOf("coinr/method_units.json")));
        var unit = document.RootElement[number];
        var (input, para, output) = (unit.GetProperty("input"), unit.GetProperty("para"), unit.GetProperty("output"));
        var name = unit.GetProperty("f").GetString()!;
        double Para(string key, int i) => para.GetProperty(key)[i].GetDouble();
        bool Flag(string key) => para.GetProperty(key).GetBoolean();
        double[] X() => Vector(input);

        switch (name)
        {
            case "n_minmax": Same(new MinMax(Para("l_u", 0), Para("l_u", 1)).Apply(X())); break;
            case "n_zscore": Same(new ZScore(Para("m_sd", 0), Para("m_sd", 1)).Apply(X())); break;
            case "n_scaled": Same(new Scaled(Para("npara", 0), Para("npara", 1), para.GetProperty("scale_factor").GetDouble()).Apply(X())); break;
            case "n_dist2max": Same(new DistanceToMax().Apply(X())); break;
            case "n_dist2ref": Same(new DistanceToReference(para.GetProperty("iref").GetInt32() - 1, Flag("cap_max")).Apply(X())); break;
            case "n_dist2targ": Same(new DistanceToTarget(Flag("cap_max")).Apply(X(), Way(), para.GetProperty("targ").GetDouble())); break;
            case "n_fracmax": Same(new FractionOfMax().Apply(X())); break;
            case "n_prank": Same(new PercentileRank().Apply(X())); break;
            case "n_rank": Same(new Rank().Apply(X())); break;
            case "n_borda": Same(new Borda().Apply(X())); break;
            case "n_goalposts": Same(new Goalposts(Para("gposts", 0), Para("gposts", 1), Para("gposts", 2)).Apply(X(), Way())); break;
            case "skew": Close(output.GetDouble(), new OutlierTreatment().Check(X()).Skewness, name); break;
            case "kurt": Close(output.GetDouble(), new OutlierTreatment().Check(X()).Kurtosis, name); break;
            case "check_SkewKurt":
                var check = new OutlierTreatment().Check(X());
                Assert.Equal(output.GetProperty("Pass").GetBoolean(), check.Passes);
                Close(output.GetProperty("Skew").GetDouble(), check.Skewness, name);
                Close(output.GetProperty("Kurt").GetDouble(), check.Kurtosis, name);
                break;
            case "winsorise":
                // Forced winsorisation: limits no distribution can meet.
                var treatment = para.TryGetProperty("force_win", out _) ? new OutlierTreatment(0, 0, double.NegativeInfinity) : new();
                var treated = (treatment with { WinsorisationLimit = para.GetProperty("winmax").GetInt32(), Transformation = null }).Apply(X());
                Close(Vector(output.GetProperty("x")), treated.Values, name);
                Assert.Equal(output.GetProperty("nwin").GetInt32(), treated.Winsorised.Count);
                var notes = output.GetProperty("treated").EnumerateArray().Select((t, u) => (Note: t.GetString(), u)).Where(t => t.Note != "");
                Assert.Equal(notes.Select(t => new WinsorisedPoint(t.u, t.Note == "winhi")), treated.Winsorised.OrderBy(p => p.Unit));
                break;
            case "log_CT": Same(new ShiftedLog().Apply(X()), output.GetProperty("x")); break;
            case "log_CT_plus": Same(new MirroredLog().Apply(X()), output.GetProperty("x")); break;
            case "log_CT_orig": Same(new LogPlusOne().Apply(X()), output.GetProperty("x")); break;
            case "log_GII":
                // COINr computes the logarithm and then returns its input; the formula is checked instead.
                Close(Vector(output.GetProperty("x")), X(), name);
                var (min, max) = (X().Where(double.IsFinite).Min(), X().Where(double.IsFinite).Max());
                Close([.. X().Select(x => Math.Log((max - 1) * (x - min) / (max - min) + 1))], new GlobalInnovationIndexLog().Apply(X()), name);
                break;
            case "boxcox": Same(new BoxCox(para.GetProperty("lambda").GetDouble()).Apply(X())); break;
            case "i_mean": Same(new Imputation(ImputationMethod.Mean).Apply(X())); break;
            case "i_median": Same(new Imputation(ImputationMethod.Median).Apply(X())); break;
            case "i_mean_grp": Same(new Imputation(ImputationMethod.Mean).Apply(X(), Labels())); break;
            case "i_median_grp": Same(new Imputation(ImputationMethod.Median).Apply(X(), Labels())); break;
            case "a_amean": Same(new Arithmetic().Apply(Matrix(input), Vector(para.GetProperty("w")))); break;
            case "a_gmean": Same(new Geometric().Apply(Matrix(input), Vector(para.GetProperty("w")))); break;
            case "a_hmean": Same(new Harmonic().Apply(Matrix(input), Vector(para.GetProperty("w")))); break;
            case "a_genmean" when para.GetProperty("p").GetDouble() == 0: Assert.Throws<ArgumentException>(() => new GeneralisedMean(0)); break;
            case "a_genmean":
                // COINr leaves a unit with a missing part without a score here, unlike in its other means.
                var mean = new GeneralisedMean(para.GetProperty("p").GetDouble()) { MinimumAvailability = 1 };
                Same(mean.Apply(Matrix(input), Vector(para.GetProperty("w"))));
                break;
            case "outrankMatrix":
                var matrix = Copeland.OutrankingMatrix(Matrix(input), Vector(para.GetProperty("w")));
                Close([.. Matrix(output.GetProperty("matrix")).Cast<double>()], [.. matrix.Cast<double>()], name);
                var dominant = matrix.Cast<double>().Count(m => m == 1);
                Assert.Equal(output.GetProperty("ndominant").GetInt32(), dominant);
                var units = matrix.GetLength(0);
                Close(output.GetProperty("fracDominant").GetDouble(), dominant / (units * (units - 1) / 2.0), name);
                break;
            case "a_copeland": Same(new Copeland().Apply(Matrix(input), Vector(para.GetProperty("w")))); break;
            case "CAGR": Close(output.GetDouble(), Trend.CompoundGrowth(X(), Vector(para.GetProperty("x"))), name); break;
            case "prc_change": Close(output.GetDouble(), Trend.PercentChange(X(), Vector(para.GetProperty("x"))), name); break;
            default:
                Assert.StartsWith("SA_sample", name, StringComparison.Ordinal);
                var y = Vector(output.GetProperty("y"));
                Close(y, [.. input.EnumerateArray().Select(x => x[0].GetDouble() + 2 * x[1].GetDouble() + 3 * x[2].GetDouble())], name);
                var indices = SobolIndices.FromPickFreeze(y, ["x1", "x2", "x3"]);
                Close(output.GetProperty("variance").GetDouble(), indices.Variance, name);
                Close(Vector(output.GetProperty("Si")), [.. indices.Inputs.Select(i => i.FirstOrder)], name);
                Close(Vector(output.GetProperty("STi")), [.. indices.Inputs.Select(i => i.Total)], name);
                break;
        }

        Direction Way() => (Direction)para.GetProperty("direction").GetInt32();
        string?[] Labels() => [.. para.GetProperty("group").EnumerateArray().Select(g => g.GetString())];
        void Same(double[] actual, JsonElement? expected = null) => Close(Vector(expected ?? output), actual, $"{number} {name}");
    }

    private static double[] Vector(JsonElement list) => [.. list.EnumerateArray().Select(Number)];

    private static double Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? double.NaN : value.GetDouble();

    private static double[,] Matrix(JsonElement rows)
    {
        var matrix = new double[rows.GetArrayLength(), rows[0].GetArrayLength()];
        for (var i = 0; i < matrix.GetLength(0); i++)
            for (var j = 0; j < matrix.GetLength(1); j++)
                matrix[i, j] = Number(rows[i][j]);
        return matrix;
    }
}
