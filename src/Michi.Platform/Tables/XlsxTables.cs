using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml;

namespace Michi.Platform.Tables;

/// <summary>Reads the sheets of an XLSX workbook that anybody may have sent.</summary>
/// <remarks>
/// The parts are read straight from the ZIP file with a reader that knows no DTD, entity or link, and with bounds on everything that could grow:
/// parts, unpacked bytes, compression ratio, length of a tag or text, different names, depth, rows, cells. A checksum tells a damaged part.
/// What formulas, pictures and pivot tables a workbook has besides cells is not looked at.
/// </remarks>
public static partial class XlsxTables
{
    public const int MaxRows = CsvTable.MaxRows;
    public const int MaxUnpackedBytes = 50_000_000;
    public const int MaxRatio = 200;
    private const int MaxParts = 2_000, MaxCells = 1_000_000, MaxColumns = 16_384, MaxSegment = 256_000, MaxNames = 5_000, MaxDepth = 64;

    /// <param name="isWanted">Names of sheets read as a whole; of others, only the first row.</param>
    public static TablesReading Read(byte[] file, Func<string, bool> isWanted)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(isWanted);
        if (file.AsSpan().StartsWith<byte>([0xD0, 0xCF, 0x11, 0xE0])) return Refused("xlsx-old-or-locked");
        if (!file.AsSpan().StartsWith("PK"u8)) return Refused("xlsx-damaged");
        if (file.AsSpan().Count("PK\x01\x02"u8) > MaxParts) return Refused("xlsx-parts", MaxParts);
        try
        {
            using var archive = new ZipArchive(new MemoryStream(file, writable: false), ZipArchiveMode.Read);
            if (archive.Entries.Sum(e => e.Length) > MaxUnpackedBytes) return Refused("xlsx-unpacked", MaxUnpackedBytes / 1_000_000);
            if (archive.Entries.Any(e => e.Length > 1_000_000 && e.Length / MaxRatio > e.CompressedLength)) return Refused("xlsx-ratio", MaxRatio);
            return new Workbook(archive).Read(isWanted);
        }
        catch (Exception fault) when (fault is InvalidDataException or XmlException or IOException or NotSupportedException or ArgumentException or FormatException or OverflowException)
        {
            return Refused("xlsx-damaged");
        }
    }

    private static TablesReading Refused(string code, int? limit = null) =>
        new([], [limit is { } number ? new("", code, number.ToString(CultureInfo.InvariantCulture)) : new("", code)]);

    /// <summary>Whether <c>_xHHHH_</c> stands at a position, Excel's way to write a character.</summary>
    internal static bool IsEscape(ReadOnlySpan<char> text, int at) =>
        at + 6 < text.Length && text[at] == '_' && text[at + 1] == 'x' && text[at + 6] == '_' && char.IsAsciiHexDigit(text[at + 2]) && char.IsAsciiHexDigit(text[at + 3])
            && char.IsAsciiHexDigit(text[at + 4]) && char.IsAsciiHexDigit(text[at + 5]);

    private enum DateShape { None, Day, Month, Year }

    private sealed class Workbook(ZipArchive archive)
    {
        private readonly List<TableProblem> _problems = [];
        private readonly List<string> _texts = [];
        private readonly List<DateShape> _styles = [];
        private int _firstDay, _cells;

        public TablesReading Read(Func<string, bool> isWanted)
        {
            var main = Links("").FirstOrDefault(l => l.Kind == "officeDocument").Target ?? "xl/workbook.xml";
            var links = Links(main);
            if (links.FirstOrDefault(l => l.Kind == "styles").Target is { } styles) ReadStyles(styles);
            if (links.FirstOrDefault(l => l.Kind == "sharedStrings").Target is { } texts) ReadTexts(texts);
            var sheets = new List<(string Name, string Target)>();
            using (var xml = Open(main))
            {
                while (Next(xml))
                {
                    if (xml.NodeType != XmlNodeType.Element) continue;
                    if (xml.LocalName == "workbookPr" && xml.GetAttribute("date1904") is "1" or "true") _firstDay = 1462;
                    if (xml.LocalName != "sheet" || xml.GetAttribute("name") is not { } name) continue;
                    string? id = null;
                    while (xml.MoveToNextAttribute())
                        if (xml.LocalName == "id" && xml.NamespaceURI.EndsWith("/relationships", StringComparison.Ordinal)) id = xml.Value;
                    if (links.FirstOrDefault(l => l.Id == id && l.Kind == "worksheet").Target is { } target) sheets.Add((name, target));
                }
            }
            return new([.. sheets.Select(s => ReadSheet(s.Name, s.Target, isWanted(s.Name)))], _problems);
        }

        private List<(string Id, string Kind, string Target)> Links(string part)
        {
            var (folder, file) = part.LastIndexOf('/') is var cut && cut >= 0 ? (part[..(cut + 1)], part[(cut + 1)..]) : ("", part);
            var links = new List<(string, string, string)>();
            var path = $"{folder}_rels/{file}.rels";
            if (Find(path) is null) return links;
            using var xml = Open(path);
            while (Next(xml))
            {
                if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "Relationship" || xml.GetAttribute("TargetMode") == "External") continue;
                var (id, kind, target) = (xml.GetAttribute("Id"), xml.GetAttribute("Type"), xml.GetAttribute("Target"));
                if (id is not null && kind is not null && target is not null)
                    links.Add((id, kind[(kind.LastIndexOf('/') + 1)..], target.StartsWith('/') ? target[1..] : folder + target));
            }
            return links;
        }

        private void ReadStyles(string part)
        {
            var codes = new Dictionary<string, string>(StringComparer.Ordinal);
            using var xml = Open(part);
            var isCellFormat = false;
            while (Next(xml))
            {
                if (xml.LocalName == "cellXfs") isCellFormat = xml.NodeType == XmlNodeType.Element;
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (xml.LocalName == "numFmt") codes[xml.GetAttribute("numFmtId") ?? ""] = xml.GetAttribute("formatCode") ?? "";
                if (xml.LocalName == "xf" && isCellFormat)
                {
                    var id = xml.GetAttribute("numFmtId") ?? "0";
                    _styles.Add(codes.TryGetValue(id, out var code) ? ShapeOf(code) : ShapeOfBuiltIn(id));
                }
            }
        }

        // ECMA-376 part 1, 18.8.30 numFmt; 27-36 and 50-58 are those of East Asian languages.
        private static DateShape ShapeOfBuiltIn(string id) => id switch
        {
            "17" or "34" or "52" or "55" => DateShape.Month,
            "14" or "15" or "16" or "22" or "27" or "28" or "29" or "30" or "31" or "35" or "36" or "50" or "51" or "53" or "54" or "56" or "57" or "58" => DateShape.Day,
            _ => DateShape.None,
        };

        private static DateShape ShapeOf(string code)
        {
            var letters = NotShown().Replace(code.Split(';')[0], "").ToLowerInvariant();
            if (letters.Contains("general", StringComparison.Ordinal) || letters.AsSpan().IndexOfAny("0#?@") >= 0) return DateShape.None;
            var hasYear = letters.AsSpan().IndexOfAny("yeb") >= 0;
            return letters.Contains('d', StringComparison.Ordinal) ? DateShape.Day
                : hasYear && letters.Contains('m', StringComparison.Ordinal) ? DateShape.Month
                : hasYear ? DateShape.Year : DateShape.None;
        }

        private void ReadTexts(string part)
        {
            using var xml = Open(part);
            while (Next(xml))
                if (xml.NodeType == XmlNodeType.Element && xml.LocalName == "si") _texts.Add(Decode(TextOf(xml)));
        }

        // The text of an element with rich text in it, leaving out how it is read aloud (furigana).
        private static string TextOf(XmlReader xml)
        {
            if (xml.IsEmptyElement) return "";
            var (depth, text, isText, phonetic) = (xml.Depth, new StringBuilder(), false, -1);
            while (Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
            {
                if (xml.NodeType == XmlNodeType.Element)
                {
                    if (xml.LocalName == "rPh" && phonetic < 0 && !xml.IsEmptyElement) phonetic = xml.Depth;
                    isText = xml.LocalName == "t" && phonetic < 0 && !xml.IsEmptyElement;
                }
                else if (xml.NodeType == XmlNodeType.EndElement)
                {
                    isText = false;
                    if (xml.Depth == phonetic) phonetic = -1;
                }
                else if (isText && xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace) text.Append(xml.Value);
            }
            return text.ToString();
        }

        private ReadTable ReadSheet(string name, string part, bool isWanted)
        {
            var (rows, merged) = (new List<ReadRow>(), new List<string>());
            var table = new ReadTable(name, rows, merged, (row, column) => column < 0 ? $"{name}!{Invariant(row)}:{Invariant(row)}" : $"{name}!{XlsxFile.Letters(column)}{Invariant(row)}");
            using var xml = Open(part);
            var (row, cells) = (0, new List<ReadCell>());
            while (Next(xml))
            {
                if (xml.LocalName == "row" && xml.NodeType == XmlNodeType.EndElement) Keep();
                if (xml.NodeType != XmlNodeType.Element) continue;
                if (xml.LocalName == "row")
                {
                    if (row > 0 && !isWanted) break;
                    var number = xml.GetAttribute("r") is { } r ? int.Parse(r, CultureInfo.InvariantCulture) : row + 1;
                    if (number <= row) throw new InvalidDataException();
                    (row, cells) = (number, []);
                }
                else if (xml.LocalName == "c")
                {
                    var column = xml.GetAttribute("r") is { } address ? ColumnOf(address) : cells.Count == 0 ? 0 : cells[^1].Column + 1;
                    if (column >= MaxColumns || (cells.Count > 0 && column <= cells[^1].Column)) throw new InvalidDataException();
                    // Empty cells are kept until the row ends: a cell without an address stands beside the one before it.
                    cells.Add(ReadCell(xml, column));
                }
                else if (xml.LocalName == "mergeCell" && merged.Count < MaxRows) merged.Add(xml.GetAttribute("ref") ?? "");
                if (row > MaxRows + 1 && cells.Count > 0 && (cells[^1].Text.Length > 0 || cells[^1].Fault is not null)) _problems.Add(new(table.Address(row, cells[^1].Column), "too-many-rows", Invariant(MaxRows)));
                else if (_cells > MaxCells) _problems.Add(new(name, "too-many-cells", Invariant(MaxCells)));
                else continue;
                break;
            }
            return table;

            void Keep()
            {
                cells.RemoveAll(c => c.Text.Length == 0 && c.Fault is null);
                if (cells.Count > 0) rows.Add(new(row, cells));
                cells = [];
            }
        }

        private ReadCell ReadCell(XmlReader xml, int column)
        {
            _cells++;
            var (kind, style, depth) = (xml.GetAttribute("t") ?? "n", xml.GetAttribute("s"), xml.Depth);
            if (xml.IsEmptyElement) return new(column, "");
            var (text, inValue, fault) = ("", false, (string?)null);
            while (Next(xml) && !(xml.NodeType == XmlNodeType.EndElement && xml.Depth == depth))
            {
                if (xml.NodeType == XmlNodeType.Element)
                {
                    inValue = xml.LocalName == "v";
                    if (xml.LocalName == "f") fault = "formula";
                    else if (xml.LocalName == "is") text = TextOf(xml);
                }
                else if (xml.NodeType == XmlNodeType.EndElement) inValue = false;
                else if (inValue && xml.NodeType is XmlNodeType.Text or XmlNodeType.CDATA or XmlNodeType.Whitespace or XmlNodeType.SignificantWhitespace) text += xml.Value;
            }
            if (fault is null && kind == "e") fault = "cell-error";
            return new(column, kind switch
            {
                "s" => text.Length == 0 ? "" : _texts[int.Parse(text, CultureInfo.InvariantCulture)],
                "str" or "inlineStr" => Decode(text),
                "b" => text.Trim() == "1" ? "TRUE" : "FALSE",
                "d" => text.Length > 10 ? text[..10] : text,
                "n" => Number(text, int.TryParse(style, CultureInfo.InvariantCulture, out var index) && index >= 0 && index < _styles.Count ? _styles[index] : DateShape.None),
                _ => text,
            }, fault);
        }

        private string Number(string text, DateShape shape)
        {
            if (text.Length == 0) return "";
            var value = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
            if (!double.IsFinite(value)) throw new InvalidDataException();
            // Days from 1899-12-30; Excel takes 1900 for a leap year, so the days before March of it are one less.
            var day = value + _firstDay;
            if (shape == DateShape.None || day < 1 || day >= 2_958_466) return value.ToString("R", CultureInfo.InvariantCulture);
            return new DateOnly(1899, 12, 30).AddDays((int)day + (day < 60 ? 1 : 0))
                .ToString(shape switch { DateShape.Year => "yyyy", DateShape.Month => "yyyy-MM", _ => "yyyy-MM-dd" }, CultureInfo.InvariantCulture);
        }

        private static string Decode(string text)
        {
            if (!text.Contains("_x", StringComparison.Ordinal)) return text;
            var decoded = new StringBuilder(text.Length);
            for (var i = 0; i < text.Length; i++)
            {
                var isEscape = IsEscape(text, i);
                decoded.Append(isEscape ? (char)int.Parse(text.AsSpan(i + 2, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : text[i]);
                if (isEscape) i += 6;
            }
            return decoded.ToString();
        }

        private static int ColumnOf(string address)
        {
            var column = 0;
            foreach (var c in address)
            {
                if (c is < 'A' or > 'Z') break;
                column = (column * 26) + (c - 'A' + 1);
                if (column > MaxColumns) throw new InvalidDataException();
            }
            return column > 0 ? column - 1 : throw new InvalidDataException();
        }

        private static bool Next(XmlReader xml) => xml.Read() && (xml.Depth <= MaxDepth ? true : throw new InvalidDataException());

        private ZipArchiveEntry? Find(string part) => archive.Entries.FirstOrDefault(e => e.FullName.Equals(part, StringComparison.OrdinalIgnoreCase));

        private XmlReader Open(string part)
        {
            var bytes = Unpack(Find(part) ?? throw new InvalidDataException());
            for (var at = 0; at < bytes.Length;)
            {
                var length = bytes.AsSpan(at).IndexOf((byte)'<') is var next && next < 0 ? bytes.Length - at : next + 1;
                if (length > MaxSegment) throw new InvalidDataException();
                at += length;
            }
            var start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
            // Read as UTF-8 whatever the part claims, so that the check above has seen what the reader sees.
            return XmlReader.Create(new StreamReader(new MemoryStream(bytes, start, bytes.Length - start), new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false), new()
            {
                DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, IgnoreComments = true, IgnoreProcessingInstructions = true, NameTable = new FewNames(), CloseInput = true,
            });
        }

        private static byte[] Unpack(ZipArchiveEntry entry)
        {
            var bytes = new byte[entry.Length];
            using var stream = entry.Open();
            stream.ReadExactly(bytes);
            // A part longer than it says could be a bomb, one with another checksum is not what was saved.
            return stream.ReadByte() < 0 && Checksum(bytes) == entry.Crc32 ? bytes : throw new InvalidDataException();
        }
    }

    // CRC-32 as ZIP files have it (IEEE 802.3), eight bytes at a time.
    private static readonly uint[][] Checksums = MakeChecksums();

    private static uint[][] MakeChecksums()
    {
        var tables = new uint[8][];
        for (var t = 0; t < 8; t++)
        {
            tables[t] = new uint[256];
            for (uint i = 0; i < 256; i++)
            {
                var value = t == 0 ? i : tables[t - 1][i];
                if (t > 0) value = (value >> 8) ^ tables[0][value & 0xFF];
                else for (var bit = 0; bit < 8; bit++) value = (value & 1) != 0 ? (value >> 1) ^ 0xEDB88320 : value >> 1;
                tables[t][i] = value;
            }
        }
        return tables;
    }

    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        var (crc, t) = (uint.MaxValue, Checksums);
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var (low, high) = (BinaryPrimitives.ReadUInt32LittleEndian(bytes) ^ crc, BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]));
            crc = t[7][low & 0xFF] ^ t[6][(low >> 8) & 0xFF] ^ t[5][(low >> 16) & 0xFF] ^ t[4][low >> 24]
                ^ t[3][high & 0xFF] ^ t[2][(high >> 8) & 0xFF] ^ t[1][(high >> 16) & 0xFF] ^ t[0][high >> 24];
        }
        foreach (var b in bytes) crc = (crc >> 8) ^ t[0][(crc ^ b) & 0xFF];
        return ~crc;
    }

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Names of elements and attributes; a workbook has few different ones.</summary>
    private sealed class FewNames : NameTable
    {
        private int _count;

        public override string Add(char[] key, int start, int len) => Get(key, start, len) ?? (++_count <= MaxNames ? base.Add(key, start, len) : throw new InvalidDataException());

        public override string Add(string key) => Get(key) ?? (++_count <= MaxNames ? base.Add(key) : throw new InvalidDataException());
    }

    [GeneratedRegex("\"[^\"]*\"|\\\\.|\\[[^\\]]*\\]|_.|\\*.")]
    private static partial Regex NotShown();
}
