using System.Text.Json;
using Michi.Analytics.Indices;
using static Michi.UnitTests.Indices.CoinrExample;

namespace Michi.UnitTests.Indices;

public sealed class IndexAnalysisTests
{
    private static readonly Lazy<IndexResult> Built = new(() => CompositeIndex.Build(Data, Definition));

    private static IndexResult Result => Built.Value;

    private static IndexTable Raw => Data.Select(Result.Denominated.Codes);

    [Theory, InlineData("Raw"), InlineData("Denominated"), InlineData("Treated"), InlineData("Aggregated")]
    public void Of_CoinrExample_DescribesEveryColumn(string stage)
    {
        var table = stage switch { "Raw" => Raw, "Denominated" => Result.Denominated, "Treated" => Result.Treated, _ => Result.Scores };
        var rows = ReferenceData.Csv($"coinr/build/out_Stats_{stage}.csv").ToDictionary(r => r["iCode"]);
        var statistics = ColumnStatistics.Of(table);
        Assert.Equal(rows.Count, statistics.Count);
        foreach (var s in statistics)
        {
            // The reference gives three significant digits.
            var row = rows[s.Code];
            foreach (var (name, value) in new[]
            {
                ("Min", s.Min), ("Max", s.Max), ("Mean", s.Mean), ("Median", s.Median), ("Std", s.StandardDeviation), ("Skew", s.Skewness), ("Kurt", s.Kurtosis),
                ("N.Avail", s.Available), ("N.NonZero", s.NonZero), ("N.Unique", s.Unique), ("N.Same", s.Same),
                ("Frc.Avail", s.Available / 51.0), ("Frc.NonZero", (double)s.NonZero / s.Available),
                ("Frc.Unique", (double)s.Unique / s.Available), ("Frc.Same", (double)s.Same / s.Available),
            })
                Assert.True(AgreesToThreeDigits(ReferenceData.Number(row[name]), value), $"{name} of {s.Code}: expected {row[name]}, found {value:R}");
            Assert.Equal(row["Flag.SkewKurt"] == "ok", !(Math.Abs(s.Skewness) > 2 && s.Kurtosis > 3.5));
            Assert.Equal(row["Flag.Avail"] == "ok", s.Available / 51.0 >= 0.65);
            Assert.Equal(row["Flag.NonZero"] == "ok", s.NonZero / 51.0 >= 0.5);
            Assert.Equal(row["Flag.Unique"] == "ok", s.Unique / 51.0 >= 0.5);
        }
    }

    [Theory, InlineData("L1_L2_pearson"), InlineData("L2_L3_pearson"), InlineData("L2_L3_spearman"), InlineData("L2_L3_kendall")]
    public void Correlate_CoinrExample_MeetsCoinr(string file)
    {
        foreach (var row in ReferenceData.Csv($"coinr/build/out_Corr_{file}.csv"))
        {
            ReadOnlySpan<double> x = Result.Scores.Column(row["Var1"]), y = Result.Scores.Column(row["Var2"]);
            var r = file[6..] switch { "pearson" => Correlation.Pearson(x, y), "spearman" => Correlation.Spearman(x, y), _ => Correlation.Kendall(x, y) };
            Close(ReferenceData.Number(row["Correlation"]), r, $"{file} {row["Var1"]} {row["Var2"]}");
        }
    }

    [Fact]
    public void EffectiveWeights_CoinrExample_MeetsCoinr()
    {
        var weights = IndexAnalysis.EffectiveWeights(Definition);
        var expected = ReferenceData.Csv("coinr/build/out_EffWeights.csv").ToDictionary(r => r["iCode"], r => ReferenceData.Number(r["EffWeight"]));
        for (var e = 0; e < weights.Count; e++) Close(expected[Definition.Elements[e].Code], weights[e], Definition.Elements[e].Code);
    }

    [Fact]
    public void CronbachAlpha_CoinrExample_MeetsCoinr()
    {
        var expected = Analysis().GetProperty("cronbach");
        Check("raw_all_L1", Raw);
        Check("norm_all_L1", Result.Normalised);
        Check("agg_L2_all", Result.Scores.Select([.. Definition.Elements.Where(e => e.Level == 2).Select(e => e.Code)]));
        Check("agg_L3", Result.Scores.Select([.. Definition.Elements.Where(e => e.Level == 3).Select(e => e.Code)]));
        foreach (var pillar in expected.GetProperty("by_pillar_normalised").EnumerateObject())
            Close(pillar.Value.GetDouble(), Consistency.CronbachAlpha(Result.Normalised.Select(PartsOf(pillar.Name))), pillar.Name);

        void Check(string name, IndexTable table) => Close(expected.GetProperty(name).GetDouble(), Consistency.CronbachAlpha(table), name);
    }

    [Fact]
    public void PrincipalComponents_CoinrExample_MeetsCoinr()
    {
        foreach (var group in Analysis().GetProperty("pca_level2_by_subindex").EnumerateObject())
        {
            string[] variables = [.. group.Value.GetProperty("variables").EnumerateArray().Select(v => v.GetString()!)];
            var components = Consistency.PrincipalComponents(Result.Scores.Select(variables));
            for (var c = 0; c < components.Count; c++)
            {
                Close(group.Value.GetProperty("sdev")[c].GetDouble(), components[c].StandardDeviation, group.Name);
                double[] rotation = [.. group.Value.GetProperty("rotation").EnumerateArray().Select(row => row[c].GetDouble())];
                // The sign of a component is free.
                var sign = rotation.MaxBy(Math.Abs) < 0 ? -1 : 1;
                Close([.. rotation.Select(r => sign * r)], components[c].Loadings, $"{group.Name} {c}");
            }
        }
    }

    [Fact]
    public void RemoveElements_Pillars_MeetsCoinr()
    {
        var removals = IndexAnalysis.RemoveElements(Result, 2);
        var scores = Table("build/out_RemoveElements_L2_Scores.csv", Result.Units);
        var ranks = Table("build/out_RemoveElements_L2_Ranks.csv", Result.Units);
        var change = Analysis().GetProperty("remove_elements_L2_mean_abs_rank_diff");
        Assert.Equal(scores.Codes.Skip(1).Order(), removals.Select(r => r.Removed).Order());
        foreach (var removal in removals)
        {
            Close([.. scores.Column(removal.Removed)], removal.Scores, removal.Removed);
            Assert.Equal([.. ranks.Column(removal.Removed)], removal.Ranks.Select(r => (double)r));
            Close(change.GetProperty(removal.Removed).GetDouble(), removal.MeanAbsoluteRankChange, removal.Removed);
        }
    }

    [Fact]
    public void StrengthsAndWeaknesses_Spain_MeetsCoinr()
    {
        var unit = Result.Units.ToList().IndexOf("ESP");
        var (strengths, weaknesses) = IndexAnalysis.StrengthsAndWeaknesses(Result, unit, 5, Raw);
        Check("strengths", strengths);
        Check("weaknesses", weaknesses);

        static void Check(string file, IReadOnlyList<StandOut> found)
        {
            // Indicators of the same rank may stand in either order; the reference gives three significant digits.
            var expected = ReferenceData.Csv($"coinr/build/out_ESP_{file}.csv").OrderBy(r => r["Code"], StringComparer.Ordinal);
            Assert.All(expected.Zip(found.OrderBy(f => f.Code, StringComparer.Ordinal)), pair =>
            {
                Assert.Equal((pair.First["Code"], pair.First["Rank"]), (pair.Second.Code, $"{pair.Second.Rank}"));
                Assert.True(AgreesToThreeDigits(ReferenceData.Number(pair.First["Value"]), pair.Second.Value));
            });
            Assert.Equal(5, found.Count);
        }
    }

    [Fact]
    public void Ranks_India_MeetsUnitSummary()
    {
        var unit = Result.Units.ToList().IndexOf("IND");
        foreach (var row in ReferenceData.Csv("coinr/build/out_UnitSummary_IND.csv"))
        {
            Close(ReferenceData.Number(row["Score"]), Result.Scores.Column(row["Code"])[unit], row["Code"]);
            Assert.Equal(row["Rank"], $"{Result.Ranks(row["Code"])[unit]}");
        }
    }

    private static bool AgreesToThreeDigits(double expected, double value) =>
        expected == 0 ? value == 0 : Math.Abs(value - expected) <= 0.5000001 * Math.Pow(10, Math.Floor(Math.Log10(Math.Abs(expected))) - 2);

    private static IReadOnlyList<string> PartsOf(string parent) => [.. Definition.Elements.Where(e => e.Parent == parent).Select(e => e.Code)];

    private static JsonElement Analysis() => JsonDocument.Parse(File.ReadAllText(ReferenceData.PathOf("coinr/build/out_analysis.json"))).RootElement;
}
