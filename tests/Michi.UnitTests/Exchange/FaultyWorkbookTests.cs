using System.Text;
using Michi.Platform.Tables;
using static Michi.UnitTests.Exchange.RawWorkbook;

namespace Michi.UnitTests.Exchange;

public sealed class FaultyWorkbookTests
{
    [Fact]
    public void Read_RowInOrder_HasNoProblem() => Assert.Empty(Problems(OfEvidence(EvidenceRow(2))));

    [Fact]
    public void Read_SeveralFaults_NamesEachCell()
    {
        var problems = Problems(OfEvidence(EvidenceRow(2) + EvidenceRow(5, ("kind", "rumour"), ("quality", ""), ("statement:en", ""), ("date", "令和5年"), ("internal", "maybe"), ("P1", "strongly"), ("id", "a b"), ("version", "one"),
            ("place", "elsewhere")) + EvidenceRow(9, ("id", "e-2"), ("P1", ""))));

        Assert.Equal(new[]
        {
            $"Evidence!{Column("kind")}5 choice", $"Evidence!{Column("quality")}5 required", $"Evidence!{Column("statement:en")}5 required", $"Evidence!{Column("date")}5 date", $"Evidence!{Column("internal")}5 choice",
            $"Evidence!{Column("P1")}5 choice", "Evidence!A5 id", $"Evidence!{Column("version")}5 number", "Evidence!B5 unknown-place", "Evidence!A9 twice", $"Evidence!{Column("P1")}9 no-element",
        }.Order(StringComparer.Ordinal), problems.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("令和5年", "date")]
    [InlineData("R5.4.1", "date")]
    [InlineData("2567", "date-future")]
    [InlineData("๒๕๖๗", "date")]
    [InlineData("١٤٤٥", "date")]
    [InlineData("1445", "date-early")]
    [InlineData("2023-13", "date")]
    [InlineData("2023-02-30", "date")]
    [InlineData("05/09/2023", "date")]
    [InlineData("2023-00", "date")]
    [InlineData("0000", "date-early")]
    public void Read_DateOfAnotherKind_IsRefusedAtItsCell(string date, string code) =>
        Assert.Equal([$"Evidence!{Column("date")}2 {code}"], Problems(OfEvidence(EvidenceRow(2, ("date", date)))));

    [Theory]
    [InlineData("2023", "2023")]
    [InlineData("２０２３－０９", "2023-09")]
    [InlineData("2023/9/5", "2023-09-05")]
    [InlineData("2023.9", "2023-09")]
    [InlineData("2023年", "2023")]
    [InlineData("2023年9月", "2023-09")]
    [InlineData("2023年9月5日", "2023-09-05")]
    [InlineData("<c r=\"@\"><v>2023</v></c>", "2023")]
    [InlineData("<c r=\"@\" s=\"1\"><v>45174</v></c>", "2023-09-05")]
    [InlineData("<c r=\"@\" s=\"2\"><v>45170</v></c>", "2023-09")]
    [InlineData("<c r=\"@\" s=\"3\"><v>45174.75</v></c>", "2023")]
    [InlineData("<c r=\"@\" s=\"4\"><v>45174</v></c>", "2023-09-05")]
    [InlineData("<c r=\"@\" t=\"d\"><v>2023-09-05T00:00:00</v></c>", "2023-09-05")]
    public void Read_DateHoweverItIsWritten_IsThatDate(string cell, string date) => Assert.Equal(date, Read(OfEvidence(EvidenceRow(2, ("date", cell)))).Evidence[0].Date);

    [Fact]
    public void Read_CellsAsSpreadsheetsKeepThem_AreTheirValues()
    {
        var file = Read(OfEvidence(EvidenceRow(3, ("id", "<c r=\"@\" s=\"5\"><v>12</v></c>"), ("kind", "<c r=\"@\" t=\"s\"><v>0</v></c>"), ("source", "<c r=\"@\" t=\"s\"><v>1</v></c>"),
            ("internal", "<c r=\"@\" t=\"b\"><v>1</v></c>"), ("version", "３"), ("retired", "<c r=\"@\" t=\"s\"><v>2</v></c>"))));

        var item = Assert.Single(file.Evidence);
        Assert.Equal(("12", "document", "A source", true, 3, "A \r"), (item.Id, item.Kind, item.Source, item.Internal, item.Version, item.Retired));
    }

    [Fact]
    public void Read_ColumnsInAnyOrderAndLanguage_AreFound()
    {
        var ids = Evidence.Reverse().Append("Statement:km").Select(id => id switch { "kind" => "種類", "quality" => " QUALITY ", "P1" => "P1 理念・ビジョン", "statement:en" => "内容：en", _ => id }).ToList();
        var header = Row(1, [.. ids.Select((id, i) => Text($"{XlsxFile.Letters(i)}1", id))]);
        var values = new Dictionary<string, string> { ["place"] = "here", ["種類"] = "文書", [" QUALITY "] = "高", ["P1 理念・ビジョン"] = "裏付ける", ["内容：en"] = "So.", ["source"] = "S", ["Statement:km"] = "ដូច្នេះ", ["internal"] = "はい" };
        var row = Row(4, [.. ids.Select((id, i) => values.TryGetValue(id, out var value) ? Text($"{XlsxFile.Letters(i)}4", value) : "")]);

        var item = Assert.Single(Read(Of(("根拠", header + row, ""))).Evidence);

        Assert.Equal(("document", "high", "supports", "So.", "ដូច្នេះ", true), (item.Kind, item.Quality, item.Elements["P1"], item.Statement["en"], item.Statement["km"], item.Internal));
    }

    [Fact]
    public void Read_FormulasErrorsAndMergedCells_AreRefusedAtTheirPlace()
    {
        var rows = EvidenceRow(2, ("source", "<c r=\"@\" t=\"str\"><f>HYPERLINK(\"http://x\")</f><v>http://x</v></c>"), ("date", "<c r=\"@\" t=\"e\"><v>#REF!</v></c>"));

        Assert.Equal(["Evidence!A2:B3 merged", $"Evidence!{Column("source")}2 formula", $"Evidence!{Column("date")}2 cell-error"],
            Problems(OfEvidence(rows, "<mergeCells><mergeCell ref=\"A2:B3\"/></mergeCells>")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Read_WrongSheetsAndColumns_AreNamed()
    {
        Assert.Equal(["no-sheet"], Problems(Of(("Sheet1", Row(1, Text("A1", "hello")), ""))));
        Assert.Equal(["no-sheet", "My evidence sheet-name"], Problems(Of(("My evidence", EvidenceHeader() + EvidenceRow(2), ""))));
        Assert.Equal(["Evidence!1:1 missing-column"], Problems(Of(("Evidence", EvidenceHeader().Replace(">internal<", ">id<", StringComparison.Ordinal), ""))).Where(p => p.EndsWith("column", StringComparison.Ordinal)));
        Assert.Equal(["Evidence!AZ1 unknown-column"], Problems(OfEvidence(EvidenceRow(2)).Changed(EvidenceHeader(), EvidenceHeader().Replace("</row>", Text("AZ1", "price") + "</row>", StringComparison.Ordinal))));
        Assert.Equal(["Evidence!AZ2 no-header"], Problems(OfEvidence(EvidenceRow(2).Replace("</row>", Text("AZ2", "x") + "</row>", StringComparison.Ordinal))));
    }

    [Fact]
    public void Read_MoreRowsThanAllowed_NamesTheRow()
    {
        var rows = new StringBuilder(EvidenceHeader());
        for (var row = 2; row <= 20_002; row++) rows.Append(Row(row, $"<c r=\"A{row}\"><v>{row}</v></c>"));

        Assert.Contains("Evidence!A20002 too-many-rows", FileProblems(Of(("Evidence", rows.ToString(), ""))));
    }

    [Fact]
    public void Read_AMillionEmptyFormattedRows_AreNoRows()
    {
        var random = new Random(1);
        var rows = new StringBuilder(EvidenceRow(2));
        for (var row = 3; row <= 1_000_000; row++) rows.Append("<row r=\"").Append(row).Append("\" s=\"").Append(random.Next(9)).Append("\"/>");

        Assert.Single(Read(OfEvidence(rows.ToString())).Evidence);
    }
}
