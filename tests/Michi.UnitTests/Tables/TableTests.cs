using System.Text;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Validation;
using Michi.Platform.Tables;

namespace Michi.UnitTests.Tables;

public sealed class TableTests
{
    // What spreadsheets, XML and CSV each treat in a way of their own.
    private static readonly string[] Awkward =
    [
        "plain", "=1+1", "+1", "-1", "@x", "'=1", "''=1", "'quoted", "\ttab", "\rreturn", "two\nlines", "two\r\nlines", "a,b;c\td", "say \"yes\"", " spaces ", "_x0041_", "_x000D_",
        "\u0001\u001F", "\uFFFE", "កម្ពុជា", "العربية", "道 ミチ", "👩‍👩‍👧", "\u202Eback", "＝SUM", "]]>", "<a>&amp;", "\"", "'",
    ];

    private static Table TableOf(params string[] texts) => new("Sheet", [new("Text"), new("Number"), new("Day")],
        texts.Select((text, i) => (IReadOnlyList<TableCell>)[text, i - 0.5, new DateOnly(2024, 2, 29)]));

    [Fact]
    public void WriteCsv_AnyText_IsReadBackAsItWas()
    {
        using var stream = new MemoryStream();
        CsvTable.Write(stream, TableOf(Awkward));

        var reading = CsvTable.Read(stream.ToArray(), "file");

        Assert.Empty(reading.Problems);
        Assert.Equal(Awkward, reading.Tables[0].Rows.Skip(1).Select(r => r.Cells[0].Text));
        Assert.All(reading.Tables[0].Rows.Skip(1), r => Assert.Equal("2024-02-29", r.Cells[2].Text));
    }

    [Fact]
    public void WriteCsv_FormulaInText_StartsNoCellWithIt()
    {
        using var stream = new MemoryStream();
        CsvTable.Write(stream, TableOf("=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"));

        Assert.DoesNotMatch("(?m)(^|,)\"?[=+@\t\r]", Encoding.UTF8.GetString(stream.ToArray()).Replace("\r\n", "\n", StringComparison.Ordinal));
        Assert.StartsWith("\uFEFFText,Number,Day\r\n'=cmd", Encoding.UTF8.GetString(stream.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public void WriteXlsx_AnyText_IsReadBackAsItWasAndIsValid()
    {
        using var stream = new MemoryStream();
        XlsxFile.Write(stream, [TableOf(Awkward) with { FrozenColumns = 1 }, TableOf() with { Name = "a/b:[c]*?" }, TableOf() with { Name = "A B  C" }]);

        var reading = XlsxTables.Read(stream.ToArray(), _ => true);

        Assert.Empty(reading.Problems);
        Assert.Equal(["Sheet", "a b  c", "A B  C (2)"], reading.Tables.Select(t => t.Name));
        Assert.Equal(Awkward, reading.Tables[0].Rows.Skip(1).Select(r => r.Cells[0].Text));
        Assert.Equal(["plain", "-0.5", "2024-02-29"], reading.Tables[0].Rows[1].Cells.Select(c => c.Text));
        Assert.Equal("Sheet!B2", reading.Tables[0].Address(2, 1));
        Assert.Empty(Faults(stream));
    }

    [Fact]
    public void WriteXlsx_Choices_OffersThemFromAHiddenSheet()
    {
        using var stream = new MemoryStream();
        var columns = new[] { new TableColumn("A") { Choices = ["one, two", "three"] }, new TableColumn("B") { Choices = ["x"] }, new TableColumn("C") { Choices = ["one, two", "three"] } };
        XlsxFile.Write(stream, [new("T", columns, []) { RowsToFill = 10 }], "Not in the list.");

        Assert.Empty(Faults(stream));
        using var file = SpreadsheetDocument.Open(stream, false);
        var sheet = file.WorkbookPart!.WorksheetParts.First(p => p.Worksheet.InnerXml.Contains("dataValidation", StringComparison.Ordinal)).Worksheet;
        var validations = sheet.Descendants<DocumentFormat.OpenXml.Spreadsheet.DataValidation>().ToList();
        Assert.Contains("A2:A11 C2:C11 Lists!$A$2:$A$3", validations.Select(v => $"{v.SequenceOfReferences!.InnerText} {v.Formula1!.Text}"));
    }

    [Theory]
    [InlineData("a;b\r\n1;2\r\n", "1|2")]
    [InlineData("a\tb\n1,5\t2", "1,5|2")]
    [InlineData("a,b\n\"1\n\"\"2\",3", "1\n\"2|3")]
    public void ReadCsv_AnySeparator_ReadsTheCells(string text, string cells) =>
        Assert.Equal(cells, string.Join('|', CsvTable.Read(Encoding.UTF8.GetBytes(text), "f").Tables[0].Rows[1].Cells.Select(c => c.Text)));

    [Fact]
    public void ReadCsv_Utf16_IsRead()
    {
        foreach (var encoding in new[] { Encoding.Unicode, Encoding.BigEndianUnicode })
            Assert.Equal("道", CsvTable.Read([.. encoding.Preamble, .. encoding.GetBytes("a\r\n道\r\n")], "f").Tables[0].Rows[1].Cells[0].Text);
    }

    public static TheoryData<byte[], string> FaultyCsv => new()
    {
        { [.. "a,b\n1,2\n"u8, 0x93, 0xB9, (byte)','], "line 3 encoding" },
        { [0xFF, 0xFE, 0x00, 0xD8], "line 1 encoding" },
        { Encoding.Unicode.GetBytes("a,b"), "line 1 encoding" },
        { [.. "a,b\n\"x,2\n3,4\n"u8], "line 2 quotes" },
        { [.. "a,b\n\"x\"y,2\n"u8], "line 2 quotes" },
        { Encoding.UTF8.GetBytes("a\n" + new string('\n', CsvTable.MaxRows + 5)), "line 20002 too-many-rows" },
        { Encoding.UTF8.GetBytes(new string(',', 5_000)), "line 1 too-many-columns" },
    };

    [Theory, MemberData(nameof(FaultyCsv))]
    public void ReadCsv_Faulty_NamesTheLine(byte[] file, string expected) =>
        Assert.Equal(expected, string.Join(';', CsvTable.Read(file, "f").Problems.Select(p => $"{p.Where} {p.Code}")));

    private static List<string> Faults(MemoryStream stream)
    {
        stream.Position = 0;
        using var file = SpreadsheetDocument.Open(stream, false);
        return [.. new OpenXmlValidator(DocumentFormat.OpenXml.FileFormatVersions.Office2019).Validate(file).Select(e => $"{e.Path?.XPath}: {e.Description}")];
    }
}
