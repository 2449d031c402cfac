using System.Globalization;
using System.Text;
using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using S = DocumentFormat.OpenXml.Spreadsheet;

namespace Michi.Platform.Tables;

/// <summary>Writes tables as an XLSX workbook, row by row.</summary>
/// <remarks>
/// A sheet has a bold header that stays in view, wrapped text, and prints on A4 across, the header on every page. Choices stand in a hidden sheet,
/// because a drop-down's own list may have no commas and 255 characters at most.
/// </remarks>
public static class XlsxFile
{
    /// <summary>Most characters of a cell.</summary>
    public const int MaxCell = 32_767;

    private const string ListsName = "Lists";
    private const uint Wrapped = 1, Header = 2, Day = 3, AsTyped = 4, Strong = 5;

    /// <param name="hint">What a drop-down says when something else is typed; null where no table offers choices.</param>
    public static void Write(Stream stream, IReadOnlyList<Table> tables, string? hint = null)
    {
        ArgumentNullException.ThrowIfNull(tables);
        // The package writer needs to go back in the file, which a response cannot.
        using var buffer = new MemoryStream();
        using (var file = SpreadsheetDocument.Create(buffer, SpreadsheetDocumentType.Workbook))
        {
            var workbook = file.AddWorkbookPart();
            workbook.AddNewPart<WorkbookStylesPart>().Stylesheet = Styles();
            var names = new HashSet<string>([ListsName], StringComparer.OrdinalIgnoreCase);
            var sheets = new S.Sheets();
            var titles = new S.DefinedNames();
            var lists = new List<IReadOnlyList<string>>();
            foreach (var table in tables)
            {
                var (part, name) = (workbook.AddNewPart<WorksheetPart>(), SheetName(table.Name, names));
                WriteSheet(part, table, lists, hint ?? "");
                titles.Append(new S.DefinedName($"'{name.Replace("'", "''", StringComparison.Ordinal)}'!$1:$1") { Name = "_xlnm.Print_Titles", LocalSheetId = (uint)sheets.ChildElements.Count });
                sheets.Append(new S.Sheet { Id = workbook.GetIdOfPart(part), SheetId = (uint)sheets.ChildElements.Count + 1, Name = name });
            }
            if (lists.Count > 0)
            {
                var part = workbook.AddNewPart<WorksheetPart>();
                var height = lists.Max(l => l.Count);
                WriteSheet(part, new(ListsName, [.. lists.Select((_, i) => new TableColumn(Letters(i)))],
                    Enumerable.Range(0, height).Select(row => lists.Select(l => TableCell.Text(l.ElementAtOrDefault(row))).ToArray())), [], "");
                sheets.Append(new S.Sheet { Id = workbook.GetIdOfPart(part), SheetId = (uint)sheets.ChildElements.Count + 1, Name = ListsName, State = S.SheetStateValues.Hidden });
            }
            workbook.Workbook = new(new S.BookViews(new S.WorkbookView()), sheets, titles);
        }
        buffer.Position = 0;
        buffer.CopyTo(stream);
    }

    /// <summary>The letters of a column counted from 0: A, B, … Z, AA, …</summary>
    public static string Letters(int column) => column < 26 ? ((char)('A' + column)).ToString() : Letters((column / 26) - 1) + (char)('A' + (column % 26));

    private static void WriteSheet(WorksheetPart part, Table table, List<IReadOnlyList<string>> lists, string hint)
    {
        using var writer = OpenXmlWriter.Create(part, new UTF8Encoding(false));
        writer.WriteStartElement(new S.Worksheet());
        writer.WriteElement(new S.SheetProperties(new S.PageSetupProperties { FitToPage = true }));
        var frozen = $"{Letters(table.FrozenColumns)}2";
        var pane = table.FrozenColumns > 0 ? S.PaneValues.BottomRight : S.PaneValues.BottomLeft;
        writer.WriteElement(new S.SheetViews(new S.SheetView(
            new S.Pane { HorizontalSplit = table.FrozenColumns > 0 ? table.FrozenColumns : null, VerticalSplit = 1, TopLeftCell = frozen, ActivePane = pane, State = S.PaneStateValues.Frozen },
            new S.Selection { Pane = pane, ActiveCell = frozen, SequenceOfReferences = new([frozen]) })
        { WorkbookViewId = 0 }));
        writer.WriteElement(new S.Columns(table.Columns.Select((c, i) => new S.Column
        {
            Min = (uint)i + 1,
            Max = (uint)i + 1,
            Width = c.Width,
            CustomWidth = true,
            Style = c.IsText ? AsTyped : Wrapped,
        })));
        writer.WriteStartElement(new S.SheetData());
        uint number = 1;
        WriteRow(writer, number, table, [.. table.Columns.Select(c => TableCell.Text(c.Header))], isHeader: true);
        foreach (var row in table.Rows) WriteRow(writer, ++number, table, row, isHeader: false);
        writer.WriteEndElement();
        // One drop-down for every list, over all the columns that offer it.
        var offered = table.Columns.Select((c, i) => (c.Choices, Column: Letters(i))).Where(c => c.Choices is { Count: > 0 } && table.RowsToFill > 0)
            .GroupBy(c => PlaceOf(c.Choices!, lists), c => c.Column).ToList();
        if (offered.Count > 0)
        {
            writer.WriteElement(new S.DataValidations(offered.Select(list => new S.DataValidation
            {
                Type = S.DataValidationValues.List,
                AllowBlank = true,
                ErrorStyle = S.DataValidationErrorStyleValues.Warning,
                ShowErrorMessage = true,
                Error = Encode(hint),
                SequenceOfReferences = new(list.Select(column => new StringValue($"{column}2:{column}{table.RowsToFill + 1}"))),
                Formula1 = new($"{ListsName}!${Letters(list.Key)}$2:${Letters(list.Key)}${lists[list.Key].Count + 1}"),
            }))
            { Count = (uint)offered.Count });
        }
        writer.WriteElement(new S.PageMargins { Left = 0.4, Right = 0.4, Top = 0.6, Bottom = 0.6, Header = 0.3, Footer = 0.3 });
        writer.WriteElement(new S.PageSetup { PaperSize = 9, Orientation = S.OrientationValues.Landscape, FitToWidth = 1, FitToHeight = 0 });
        writer.WriteElement(new S.HeaderFooter(new S.OddFooter("&L&A&R&P / &N")));
        writer.WriteEndElement();
    }

    private static int PlaceOf(IReadOnlyList<string> choices, List<IReadOnlyList<string>> lists)
    {
        var place = lists.FindIndex(l => l.SequenceEqual(choices));
        if (place >= 0) return place;
        lists.Add(choices);
        return lists.Count - 1;
    }

    private static void WriteRow(OpenXmlWriter writer, uint number, Table table, IReadOnlyList<TableCell> cells, bool isHeader)
    {
        writer.WriteStartElement(new S.Row { RowIndex = number });
        for (var i = 0; i < cells.Count; i++)
        {
            var cell = cells[i];
            var style = isHeader ? Header : cell.IsStrong ? Strong : cell.AsDate is not null ? Day : table.Columns[i].IsText ? AsTyped : Wrapped;
            if (cell == default && !isHeader) continue;
            var written = new S.Cell { CellReference = $"{Letters(i)}{number.ToString(CultureInfo.InvariantCulture)}", StyleIndex = style };
            if (cell.AsText is { } text)
            {
                written.DataType = S.CellValues.InlineString;
                written.InlineString = new(new S.Text(Encode(text.Length > MaxCell ? text[..(MaxCell - 1)] + "…" : text)) { Space = SpaceProcessingModeValues.Preserve });
            }
            else if (cell.AsDate is { } date) written.CellValue = new((date.DayNumber - new DateOnly(1899, 12, 30).DayNumber).ToString(CultureInfo.InvariantCulture));
            else if (cell.AsNumber is not null) written.CellValue = new(cell.ToString());
            writer.WriteElement(written);
        }
        writer.WriteEndElement();
    }

    // What XML cannot hold, and what Excel would take for such a sign, as _xHHHH_ (ECMA-376 part 1, 22.9.2.19 ST_Xstring).
    private static string Encode(string text)
    {
        StringBuilder? encoded = null;
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var isPair = char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]);
            if (isPair || !(c < ' ' && c is not ('\t' or '\n') || char.IsSurrogate(c) || c is '\uFFFE' or '\uFFFF' || (c == '_' && XlsxTables.IsEscape(text, i))))
            {
                encoded?.Append(c);
                if (isPair) encoded?.Append(text[i + 1]);
                if (isPair) i++;
                continue;
            }
            encoded ??= new(text, 0, i, text.Length + 16);
            encoded.Append(CultureInfo.InvariantCulture, $"_x{(int)c:X4}_");
        }
        return encoded?.ToString() ?? text;
    }

    private static string SheetName(string wanted, HashSet<string> taken)
    {
        var plain = new string([.. wanted.Select(c => c is ':' or '\\' or '/' or '?' or '*' or '[' or ']' || char.IsControl(c) ? ' ' : c)]).Trim('\'', ' ');
        if (plain.Length == 0) plain = "-";
        for (var n = 1; ; n++)
        {
            var ending = n == 1 ? "" : $" ({n})";
            var name = plain[..Math.Min(plain.Length, 31 - ending.Length)] + ending;
            if (taken.Add(name)) return name;
        }
    }

    private static S.Stylesheet Styles()
    {
        S.CellFormat Format(uint number, uint font = 0, uint fill = 0, uint border = 0) => new(new S.Alignment { Vertical = S.VerticalAlignmentValues.Top, WrapText = true })
        {
            NumberFormatId = number,
            FontId = font,
            FillId = fill,
            BorderId = border,
            FormatId = 0,
            ApplyAlignment = true,
            ApplyNumberFormat = number > 0,
            ApplyFont = font > 0,
            ApplyFill = fill > 0,
            ApplyBorder = border > 0,
        };
        return new(
            new S.NumberingFormats(new S.NumberingFormat { NumberFormatId = 164, FormatCode = "yyyy\\-mm\\-dd" }) { Count = 1 },
            new S.Fonts(new S.Font(new S.FontSize { Val = 11 }, new S.FontName { Val = "Calibri" }), new S.Font(new S.Bold(), new S.FontSize { Val = 11 }, new S.FontName { Val = "Calibri" })) { Count = 2 },
            new S.Fills(new S.Fill(new S.PatternFill { PatternType = S.PatternValues.None }), new S.Fill(new S.PatternFill { PatternType = S.PatternValues.Gray125 }),
                new S.Fill(new S.PatternFill(new S.ForegroundColor { Rgb = "FFE8F1FE" }) { PatternType = S.PatternValues.Solid }))
            { Count = 3 },
            new S.Borders(new S.Border(new S.LeftBorder(), new S.RightBorder(), new S.TopBorder(), new S.BottomBorder(), new S.DiagonalBorder()),
                new S.Border(new S.LeftBorder(), new S.RightBorder(), new S.TopBorder(), new S.BottomBorder(new S.Color { Rgb = "FF0017C1" }) { Style = S.BorderStyleValues.Medium }, new S.DiagonalBorder()))
            { Count = 2 },
            new S.CellStyleFormats(new S.CellFormat()) { Count = 1 },
            new S.CellFormats(new S.CellFormat(), Format(0), Format(49, font: 1, fill: 2, border: 1), Format(164), Format(49), Format(0, font: 1)) { Count = 6 });
    }
}
