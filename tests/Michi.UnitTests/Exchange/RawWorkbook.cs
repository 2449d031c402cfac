using System.IO.Compression;
using System.Security;
using System.Text;
using Michi.Assessment.Exchange;
using Michi.Platform.Tables;

namespace Michi.UnitTests.Exchange;

/// <summary>Workbooks written by hand, with whatever a spreadsheet program or an attacker could put in.</summary>
internal static class RawWorkbook
{
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

    private static readonly PlaceTables Tables = new(ExchangeSamples.Pack, ExchangeSamples.Texts);

    /// <summary>Ids of the evidence sheet's columns, in order.</summary>
    public static IReadOnlyList<string> Evidence { get; } = [.. Tables.Table("evidence").Columns.Select(c => c.ByLanguage ? $"{c.Id}:en" : c.Id)];

    public static string Text(string address, string text) => $"<c r=\"{address}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{SecurityElement.Escape(text)}</t></is></c>";

    /// <summary>The letter of a column of the evidence sheet.</summary>
    public static string Column(string id) => XlsxFile.Letters(Evidence.ToList().IndexOf(id));

    public static string Row(int number, params string[] cells) => $"<row r=\"{number}\">{string.Concat(cells)}</row>";

    /// <summary>A row of evidence that is in order, with some values other than usual, as whole cells where they start with &lt;.</summary>
    public static string EvidenceRow(int number, params (string Column, string Value)[] other)
    {
        var values = new Dictionary<string, string> { ["id"] = $"e-{number}", ["place"] = "here", ["kind"] = "document", ["quality"] = "high", ["statement:en"] = "It is so.", ["source"] = "A source", ["P1"] = "supports" };
        foreach (var (column, value) in other) values[column] = value;
        return Row(number, [.. Evidence.Where(values.ContainsKey).Select(id => values[id].StartsWith('<') ? values[id].Replace("@", $"{Column(id)}{number}", StringComparison.Ordinal)
            : values[id].Length == 0 ? "" : Text($"{Column(id)}{number}", values[id]))]);
    }

    public static string EvidenceHeader() => Row(1, [.. Evidence.Select((id, i) => Text($"{XlsxFile.Letters(i)}1", id))]);

    public static byte[] OfEvidence(string rows, string after = "") => Of(("Evidence", EvidenceHeader() + rows, after));

    /// <param name="sheets">Name, what stands in sheetData, and what comes after it.</param>
    public static byte[] Of(params (string Name, string Rows, string After)[] sheets) => Zip(
    [
        ("_rels/.rels", "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"/xl/workbook.xml\"/></Relationships>"),
        ("xl/workbook.xml", $"<workbook xmlns=\"{Main}\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets>{string.Concat(sheets.Select((s, i) => $"<sheet name=\"{SecurityElement.Escape(s.Name)}\" sheetId=\"{i + 1}\" r:id=\"s{i}\"/>"))}</sheets></workbook>"),
        ("xl/_rels/workbook.xml.rels", $"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{string.Concat(sheets.Select((_, i) => $"<Relationship Id=\"s{i}\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/s{i}.xml\"/>"))}<Relationship Id=\"t\" Type=\"x/styles\" Target=\"styles.xml\"/><Relationship Id=\"u\" Type=\"x/sharedStrings\" Target=\"strings.xml\"/><Relationship Id=\"e\" Type=\"x/externalLink\" Target=\"file:///etc/passwd\" TargetMode=\"External\"/></Relationships>"),
        ("xl/styles.xml", $"<styleSheet xmlns=\"{Main}\"><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy\"/><numFmt numFmtId=\"165\" formatCode=\"[$-411]ggge&quot;年&quot;m&quot;月&quot;d&quot;日&quot;\"/><numFmt numFmtId=\"166\" formatCode=\"0.00E+00\"/></numFmts><cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"17\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/><xf numFmtId=\"166\"/></cellXfs></styleSheet>"),
        ("xl/strings.xml", $"<sst xmlns=\"{Main}\"><si><t>document</t></si><si><r><t>A </t></r><r><rPr><b/></rPr><t>source</t></r><rPh sb=\"0\" eb=\"1\"><t>ソース</t></rPh></si><si><t>_x0041_ _x000D_</t></si></sst>"),
        .. sheets.Select((s, i) => ($"xl/worksheets/s{i}.xml", $"<worksheet xmlns=\"{Main}\"><sheetData>{s.Rows}</sheetData>{s.After}</worksheet>")),
    ]);

    public static byte[] Zip(IEnumerable<(string Name, string Content)> parts)
    {
        using var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in parts)
            {
                using var part = archive.CreateEntry(name, CompressionLevel.Fastest).Open();
                part.Write(Encoding.UTF8.GetBytes(content));
            }
        }
        return stream.ToArray();
    }

    /// <summary>The same workbook with the bytes of its parts changed, checksums right.</summary>
    public static byte[] Repacked(byte[] workbook, Func<string, byte[], byte[]> change, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var stream = new MemoryStream();
        using (var from = new ZipArchive(new MemoryStream(workbook)))
        using (var to = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var entry in from.Entries)
            {
                using var content = new MemoryStream();
                using (var part = entry.Open()) part.CopyTo(content);
                using var written = to.CreateEntry(entry.FullName, level).Open();
                written.Write(change(entry.FullName, content.ToArray()));
            }
        }
        return stream.ToArray();
    }

    /// <summary>Problems as <c>address code</c>, the file's own and those of what it says, for a place called here.</summary>
    public static List<string> Problems(byte[] file, string language = "en")
    {
        var reading = PlaceFileBytes.Read(file, ExchangeSamples.Pack, ExchangeSamples.Texts, language);
        return [.. reading.Checked(ExchangeSamples.Pack, new HashSet<string> { "here" }, ExchangeSamples.Today).Select(p =>
        {
            Assert.NotEmpty(p.Sentence(ExchangeSamples.Texts.In("en")));
            Assert.NotEmpty(p.Sentence(ExchangeSamples.Texts.In("ja")));
            return $"{p.Where} {p.Code}".Trim();
        })];
    }

    /// <summary>Problems of the file itself, before anything it says is checked.</summary>
    public static List<string> FileProblems(byte[] file) =>
        [.. PlaceFileBytes.Read(file, ExchangeSamples.Pack, ExchangeSamples.Texts, "en").Problems.Select(p => $"{p.Where} {p.Code}".Trim())];

    /// <summary>The workbook with a text of a part replaced.</summary>
    public static byte[] Changed(this byte[] workbook, string from, string to) =>
        Repacked(workbook, (_, bytes) => Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(bytes).Replace(from, to, StringComparison.Ordinal)));

    public static PlaceFile Read(byte[] file)
    {
        var reading = PlaceFileBytes.Read(file, ExchangeSamples.Pack, ExchangeSamples.Texts, "en");
        Assert.Empty(reading.Problems);
        return reading.File!;
    }
}
