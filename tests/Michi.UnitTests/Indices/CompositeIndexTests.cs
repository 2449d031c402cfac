using Michi.Analytics.Indices;
using static Michi.UnitTests.Indices.CoinrExample;

namespace Michi.UnitTests.Indices;

public sealed class CompositeIndexTests
{
    [Fact]
    public void Build_CoinrExample_MeetsEveryStage()
    {
        var result = CompositeIndex.Build(Data, Definition);
        var units = result.Units;
        Close(Table("build/out_Raw.csv", units), Data.Select(Definition.Elements.Where(e => e.Level == 1).Select(e => e.Code).ToList()));
        Close(Table("build/out_Denominated.csv", units), result.Denominated);
        Close(Table("build/out_Imputed.csv", units), result.Imputed);
        Close(Table("build/out_Screened.csv", units), result.Imputed);
        Close(Table("build/out_Treated.csv", units), result.Treated);
        Close(Table("build/out_Normalised.csv", units), result.Normalised);
        Close(Table("build/out_Aggregated.csv", units), result.Scores);

        var ranks = Table("build/out_Results_ranks.csv", units);
        foreach (var code in ranks.Codes)
            for (var u = 0; u < units.Count; u++)
                Assert.Equal(ranks.Column(code)[u], result.Ranks(code)[u]);
    }

    [Fact]
    public void Build_CoinrExample_NotesEveryTreatment()
    {
        var result = CompositeIndex.Build(Data, Definition);
        var rows = ReferenceData.Csv("coinr/build/out_Treat_Dets_Table.csv").ToDictionary(r => r["iCode"]);
        var points = ReferenceData.Csv("coinr/build/out_Treat_Treated_Points.csv");
        var rowOf = Table("build/out_Treated.csv").Units.Select((unit, row) => (unit, row)).ToDictionary(p => p.unit, p => p.row);
        Assert.Equal(rows.Count, result.Treatments.Count);
        foreach (var (code, treatment) in result.Treatments)
        {
            var row = rows[code];
            Check(row, "check_SkewKurt0", treatment.Before);
            Assert.Equal(row["winsorise.nwin"], treatment.AfterWinsorisation is null ? "" : $"{treatment.Winsorised.Count}");
            if (treatment.AfterWinsorisation is { } after) Check(row, "check_SkewKurt1", after);
            Assert.Null(treatment.Transformation);
            var expected = result.Units.Select((unit, u) => (Note: points[rowOf[unit]][code], u)).Where(p => p.Note != "");
            Assert.Equal(expected.Select(p => new WinsorisedPoint(p.u, p.Note == "winhi")), treatment.Winsorised.OrderBy(p => p.Unit));
        }

        static void Check(Dictionary<string, string> row, string name, DistributionCheck check)
        {
            Assert.Equal(row[name + ".Pass"], check.Passes ? "TRUE" : "FALSE");
            Close(ReferenceData.Number(row[name + ".Skew"]), check.Skewness, row["iCode"]);
            Close(ReferenceData.Number(row[name + ".Kurt"]), check.Kurtosis, row["iCode"]);
        }
    }

    [Fact]
    public void Build_CoinrExample_CountsAvailability()
    {
        var result = CompositeIndex.Build(Data, Definition);
        Check("out_DataAvail_Summary.csv", DataAvailability.Of(Data.Select(result.Denominated.Codes)), _ => true);
        Check("out_Screen_DataSummary.csv", DataAvailability.Of(result.Imputed), new Screening(0.9).Keeps);

        static void Check(string file, IReadOnlyList<DataAvailability> availability, Func<DataAvailability, bool> keeps)
        {
            var rows = ReferenceData.Csv("coinr/build/" + file).ToDictionary(r => r["uCode"]);
            foreach (var unit in availability)
            {
                var row = rows[unit.Unit];
                Assert.Equal((row["N_missing"], row["N_zero"]), ($"{unit.Missing}", $"{unit.Zero}"));
                Close(ReferenceData.Number(row["Dat_Avail"]), unit.Available, unit.Unit);
                Close(ReferenceData.Number(row["Non_Zero"]), unit.NonZero, unit.Unit);
                Assert.Equal(row.GetValueOrDefault("Included", "TRUE") == "TRUE", keeps(unit));
            }
        }
    }

    public static TheoryData<string> Pipelines => new(Variants.Keys);

    private static readonly Dictionary<string, Func<IndexDefinition, IndexDefinition>> Variants = new()
    {
        ["base"] = d => d,
        ["zscore_amean"] = d => d with { Normalisation = new ZScore(10, 2) },
        ["minmax1_100_gmean"] = d => d with { Normalisation = new MinMax(1, 100), Aggregations = [new Geometric()] },
        ["minmax1_100_hmean"] = d => d with { Normalisation = new MinMax(1, 100), Aggregations = [new Harmonic()] },
        ["genmean_half"] = d => d with { Normalisation = new MinMax(1, 100), Aggregations = [new GeneralisedMean(0.5)] },
        ["rank_amean"] = d => d with { Normalisation = new Rank() },
        ["prank_amean"] = d => d with { Normalisation = new PercentileRank() },
        ["borda_amean"] = d => d with { Normalisation = new Borda() },
        ["dist2max_amean"] = d => d with { Normalisation = new DistanceToMax() },
        ["win1"] = d => d with { Treatment = new OutlierTreatment(1) },
        ["mixed_am_gm_am"] = d => d with { Normalisation = new MinMax(1, 100), Aggregations = [new Arithmetic(), new Geometric(), new Arithmetic()] },
    };

    [Theory, MemberData(nameof(Pipelines))]
    public void Build_OtherChoices_MeetsCoinr(string variant)
    {
        var result = CompositeIndex.Build(Data, Variants[variant](Definition));
        var expected = Table("pipeline_variants.csv", result.Units);
        Close([.. expected.Column(variant + "_score")], [.. result.IndexScores], variant);
        Assert.Equal([.. expected.Column(variant + "_rank")], result.IndexRanks.ToArray().Select(r => (double)r));
    }
}
