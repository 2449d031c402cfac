using System.Text;
using Michi.Analytics.Indices;
using Michi.Assessment.Indices;
using Michi.Platform.Tables;

namespace Michi.UnitTests.Indices;

public sealed class KpiTableTests
{
    private const string Indicators = """
        code,name,level,parent,direction,weight,unit,target,denominator
        bus,Buses,1,all,more,1,per 1000,,people
        cuts,Power cuts,1,all,less,2,hours,1,
        all,The index,2,,,,,,
        """;

    private const string Data = """
        code,name,people,bus,cuts
        a-town,A-town,100,20,3
        b-town,B-town,200,10,NA
        c-town,C-town,50,15,２．５
        """;

    [Fact]
    public void Read_TwoCsvFiles_GivesFiguresAndTree()
    {
        var table = Sound(Data, Indicators);

        Assert.Equal(["A-town", "B-town", "C-town"], table.Places.Select(p => p.Name));
        Assert.Equal(["people", "bus", "cuts"], table.Columns);
        Assert.Null(table.Values[1][2]);
        Assert.Equal(2.5, table.Values[2][2]);
        Assert.False(table.Elements[1].MoreIsBetter);
        Assert.Equal("people", table.Elements[0].Denominator);
        Assert.Equal("all", table.Top.Code);
    }

    [Theory]
    [InlineData("a-town,A-town,100,20,3", "a-town,A-town,100,\"1,200\",3", "kpi.csv!D2", "number")]
    [InlineData("a-town,A-town,100,20,3", "a-town,A-town,100,1e300,3", "kpi.csv!D2", "range")]
    [InlineData("b-town,B-town", "a-town,B-town", "kpi.csv!A3", "twice")]
    [InlineData("b-town,B-town", ",B-town", "kpi.csv!A3", "required")]
    [InlineData("people,bus", "people,trams", "kpi.csv!D1", "index-unused")]
    [InlineData("people,bus", "people,cuts", "kpi.csv!E1", "twice")]
    [InlineData("50,15,２．５", "50,15,1,7", "kpi.csv!F4", "index-no-column-code")]
    public void Read_FaultInData_IsToldByAddress(string sound, string faulty, string where, string code) =>
        Assert.Contains(Faults(Data.Replace(sound, faulty, StringComparison.Ordinal), Indicators), p => p.Where == where && p.Code == code);

    [Theory]
    [InlineData("cuts,Power cuts,1", "cuts,Power cuts,1.5", "indicators.csv!C3", "index-level")]
    [InlineData("cuts,Power cuts,1,all,less", "cuts,Power cuts,1,all,down", "indicators.csv!E3", "index-direction")]
    [InlineData("less,2", "less,-2", "indicators.csv!F3", "index-weight")]
    [InlineData("cuts,Power cuts,1,all", "cuts,Power cuts,1,other", "indicators.csv!A3", "index-unknown-parent")]
    [InlineData("cuts,Power cuts,1,all", "cuts,Power cuts,1,", "indicators.csv!A3", "index-no-parent")]
    [InlineData("cuts,Power cuts,1,all", "cuts,Power cuts,1,bus", "indicators.csv!A3", "index-parent-level")]
    [InlineData("all,The index,2,", "all,The index,2,bus", "indicators.csv!A4", "index-top-parent")]
    [InlineData("cuts,Power", "coins,Power", "indicators.csv!A3", "index-no-data")]
    [InlineData(",people", ",nobody", "indicators.csv!A2", "index-no-data")]
    [InlineData("weight", "wieght", "indicators.csv!F1", "index-unknown-heading")]
    [InlineData("direction,weight,unit", "direction,weight,weight", "indicators.csv!G1", "twice")]
    [InlineData("all,The index,2,,,,,,", "", "indicators.csv", "index-no-top")]
    public void Read_FaultInIndicators_IsToldByAddress(string sound, string faulty, string where, string code) =>
        Assert.Contains(Faults(Data, Indicators.Replace(sound, faulty, StringComparison.Ordinal)), p => p.Where == where && p.Code == code);

    [Fact]
    public void Read_FaultInWorkbook_IsToldBySheetAndCell()
    {
        var sound = Sound(Data, Indicators);
        sound.Values[1][1] = null;
        using var file = new MemoryStream();
        var data = KpiTableWriter.Data(sound);
        XlsxFile.Write(file, [data with { Rows = data.Rows.Select((r, i) => i == 1 ? [.. r.Take(3), "many", .. r.Skip(4)] : r) }, KpiTableWriter.Indicators(sound)]);

        var problem = Assert.Single(KpiTableReader.Read([("kpi.xlsx", file.ToArray())]).Problems);

        Assert.Equal(("Data!D3", "number", "many"), (problem.Where, problem.Code, problem.Arguments[0]));
    }

    [Fact]
    public void Read_TooManyPlacesOrColumns_IsRefused()
    {
        var places = new StringBuilder("code,name,people,bus,cuts\n");
        for (var p = 0; p <= KpiTable.MaxPlaces; p++) places.Append(p).Append(",,1,2,3\n");
        var columns = "code,name," + string.Join(',', Enumerable.Range(0, KpiTable.MaxColumns + 1).Select(c => $"c{c}")) + "\nx,X\ny,Y\n";

        Assert.Equal("index-too-many-places", Assert.Single(Faults(places.ToString(), Indicators)).Code);
        Assert.Equal("index-too-many-columns", Assert.Single(Faults(columns, Indicators)).Code);
    }

    [Fact]
    public void Read_HeadingMissing_IsTold()
    {
        var problem = Assert.Single(Faults(Data, Indicators.Replace("level", "target", StringComparison.Ordinal).Replace("unit,target", "unit,", StringComparison.Ordinal)));

        Assert.Equal(("indicators.csv!A1", "index-no-heading", "level"), (problem.Where, problem.Code, problem.Arguments[0]));
    }

    [Fact]
    public void Read_OneFileMissing_IsTold() =>
        Assert.Equal(["Indicators"], Assert.Single(KpiTableReader.Read([("kpi.csv", Encoding.UTF8.GetBytes(Data))]).Problems).Arguments);

    [Fact]
    public void Read_ManyFaults_StopsTelling() =>
        Assert.Equal(KpiTableReader.MaxProblems, Faults("code,name,people,bus,cuts\n" + string.Concat(Enumerable.Range(0, 500).Select(i => $"{i},x,a,b,c\n")), Indicators).Count);

    [Theory]
    [InlineData("xlsx")]
    [InlineData("csv")]
    public void WriteAndRead_TemplateAndTable_StayTheSame(string format)
    {
        foreach (var table in new[] { KpiTableWriter.Template, Sound(Data, Indicators) })
        {
            var (read, problems) = KpiTableReader.Read(Written(table, format));

            Assert.Empty(problems);
            Assert.Equal(table.ToJson(), read!.ToJson());
            Assert.Equal(table.ToJson(), KpiTable.FromJson(read.ToJson()).ToJson());
        }
    }

    [Fact]
    public void Of_PublishedExample_EqualsTheEngine()
    {
        var data = CoinrExample.Data;
        var table = new KpiTable([.. data.Units.Select(u => new KpiPlace(u, u))], data.Codes,
            [.. data.Units.Select((_, u) => data.Codes.Select((_, c) => double.IsNaN(data[u, c]) ? null : (double?)data[u, c]).ToArray())],
            [.. CoinrExample.Definition.Elements.Select(e => new KpiElement(e.Code, e.Name, [], e.Level, e.Parent, e.Direction == Direction.MoreIsBetter, e.Weight, e.Unit, e.Target, e.Denominator))]);
        table = KpiTableReader.Read(Written(table, "xlsx")).Table!;

        var built = BuiltIndex.Of(table, new(Imputation: "mean"), TestContext.Current.CancellationToken);

        var expected = CompositeIndex.Build(data, CoinrExample.Definition with { Imputation = new(ImputationMethod.Mean) });
        CoinrExample.Close(expected.Scores, built.Result.Scores);
        Assert.True(built.Doubt!.IsExact);
        Assert.Equal(["normalisation", "treatment", "imputation", "aggregation", "weights"], built.Doubt.Varied.Select(v => v.Choice));
        Assert.All(built.Doubt.Ranks.Statistics, s => Assert.InRange(s.Median, s.Q5, s.Q95));
    }

    [Fact]
    public void Of_PlaceWithoutAFigure_IsSetAsideAndNotScored()
    {
        var built = BuiltIndex.Of(Sound(Data + "\nd-town,D-town,10,,", Indicators), new(), TestContext.Current.CancellationToken);

        Assert.Equal("d-town", Assert.Single(built.Empty).Code);
        Assert.Equal(3, built.Result.IndexScores.Length);
        Assert.Equal(["a-town", "b-town", "c-town"], built.Table.Places.Select(p => p.Code));
    }

    [Theory]
    [InlineData("min-max", "winsorise-log", "geometric", "indices.conflict.positive")]
    [InlineData("z-score", "none", "harmonic", "indices.conflict.positive")]
    [InlineData("target", "winsorise-log", "arithmetic", "indices.conflict.target-log")]
    [InlineData("target", "none", "arithmetic", "indices.conflict.target-missing")]
    [InlineData("min-max-1", "winsorise-log", "geometric", null)]
    [InlineData("rank", "none", "harmonic", null)]
    public void Conflict_ChoicesTogether_AreCheckedBeforeAnythingIsComputed(string normalisation, string treatment, string aggregation, string? text)
    {
        var (table, choices) = (Sound(Data, Indicators), new IndexChoices(normalisation, treatment, "none", aggregation));

        Assert.Equal(text, choices.Conflict(table)?.Text);

        if (text is null) Assert.All(BuiltIndex.Of(table, choices, TestContext.Current.CancellationToken).Result.IndexScores.ToArray(), s => Assert.True(double.IsFinite(s)));
    }

    [Fact]
    public void Of_LargestTable_TakesFewerRuns()
    {
        var random = new Random(7);
        var columns = Enumerable.Range(0, KpiTable.MaxColumns).Select(c => $"c{c}").ToList();
        var table = new KpiTable([.. Enumerable.Range(0, KpiTable.MaxPlaces).Select(p => new KpiPlace($"p{p}", $"P{p}"))], columns,
            [.. Enumerable.Range(0, KpiTable.MaxPlaces).Select(_ => columns.Select(_ => random.Next(20) == 0 ? null : (double?)Math.Exp(random.NextDouble() * 3)).ToArray())],
            [.. columns.Select((c, i) => new KpiElement(c, c, [], 1, $"g{i / 20}", true, 1, null, null, null)),
                .. Enumerable.Range(0, 10).Select(g => new KpiElement($"g{g}", $"g{g}", [], 2, "all", true, 1, null, null, null)), new KpiElement("all", "all", [], 3, null, true, 1, null, null, null)]);

        var built = BuiltIndex.Of(table, new(), TestContext.Current.CancellationToken);

        Assert.InRange(built.Doubt!.Ranks.ReplicationCount, 1, 50);
        Assert.Equal(0, built.Doubt.WeightSets);
    }

    private static KpiTable Sound(string data, string indicators)
    {
        var (table, problems) = Read(data, indicators);
        Assert.Empty(problems);
        return table!;
    }

    private static IReadOnlyList<Assessment.Exchange.InputProblem> Faults(string data, string indicators) => Read(data, indicators).Problems;

    private static (KpiTable? Table, IReadOnlyList<Assessment.Exchange.InputProblem> Problems) Read(string data, string indicators) =>
        KpiTableReader.Read([("kpi.csv", Encoding.UTF8.GetBytes(data)), ("indicators.csv", Encoding.UTF8.GetBytes(indicators))]);

    private static List<(string, byte[])> Written(KpiTable table, string format)
    {
        using MemoryStream first = new(), second = new();
        if (format == "xlsx")
        {
            XlsxFile.Write(first, [KpiTableWriter.Data(table), KpiTableWriter.Indicators(table)]);
            return [("index.xlsx", first.ToArray())];
        }
        CsvTable.Write(first, KpiTableWriter.Data(table));
        CsvTable.Write(second, KpiTableWriter.Indicators(table));
        return [("Data.csv", first.ToArray()), ("Indicators.csv", second.ToArray())];
    }
}
