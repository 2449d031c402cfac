using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Wordprocessing;

namespace Michi.Roadmap.Procurement;

/// <summary>What the Word documents of a procurement are made of.</summary>
internal static class WordParts
{
    /// <returns>The bytes of a DOCX file in A4; heading styles, so that Word makes a table of contents from them.</returns>
    public static byte[] Written(string language, Action<Body> write)
    {
        using var stream = new MemoryStream();
        using (var file = WordprocessingDocument.Create(stream, WordprocessingDocumentType.Document))
        {
            var main = file.AddMainDocumentPart();
            main.AddNewPart<StyleDefinitionsPart>().Styles = Styles(language);
            var body = new Body();
            main.Document = new(body);
            write(body);
            body.Append(new SectionProperties(new PageSize { Width = 11906, Height = 16838 }, new PageMargin { Top = 1200, Bottom = 1200, Left = 1200, Right = 1200, Header = 700, Footer = 700, Gutter = 0 }));
        }
        return stream.ToArray();
    }

    public static Paragraph Line(string text, string? style = null) =>
        new(new ParagraphProperties(style is null ? [] : [new ParagraphStyleId { Val = style }]), new Run(new Text(text) { Space = SpaceProcessingModeValues.Preserve }));

    public static OpenXmlElement[] TableOf(int[] widths, IEnumerable<string[]> rows)
    {
        var table = new Table(
            new TableProperties(new TableBorders(new TopBorder { Val = BorderValues.Single, Size = 4 }, new BottomBorder { Val = BorderValues.Single, Size = 4 }, new InsideHorizontalBorder { Val = BorderValues.Single, Size = 4 }),
                new TableLayout { Type = TableLayoutValues.Fixed }),
            new TableGrid(widths.Select(w => new GridColumn { Width = $"{w}" })));
        foreach (var (i, row) in rows.Index())
        {
            var made = new TableRow(i == 0 ? [new TableRowProperties(new CantSplit(), new TableHeader())] : [new TableRowProperties(new CantSplit())]);
            made.Append(row.Select((cell, c) => new TableCell(new TableCellProperties(new TableCellWidth { Type = TableWidthUnitValues.Dxa, Width = $"{widths[c]}" }), Line(cell, i == 0 ? "TableHead" : "TableText"))));
            table.Append(made);
        }
        return [table, new Paragraph()];
    }

    private static Styles Styles(string language)
    {
        Style Made(string id, string name, int halfPoints, bool bold, int before, int after, int? level = null)
        {
            var paragraph = new StyleParagraphProperties();
            if (level is not null) paragraph.Append(new KeepNext());
            paragraph.Append(new SpacingBetweenLines { Before = $"{before}", After = $"{after}" });
            if (id == "ListParagraph") paragraph.Append(new Indentation { Left = "400", Hanging = "200" });
            if (level is { } at) paragraph.Append(new OutlineLevel { Val = at });
            var run = new StyleRunProperties();
            if (bold) run.Append(new Bold());
            run.Append(new FontSize { Val = $"{halfPoints}" });
            return new(new StyleName { Val = name }, paragraph, run) { Type = StyleValues.Paragraph, StyleId = id, Default = id == "Normal" };
        }
        return new(
            new DocDefaults(new RunPropertiesDefault(new RunPropertiesBaseStyle(
                new RunFonts { Ascii = "Calibri", HighAnsi = "Calibri", EastAsia = "Yu Gothic", ComplexScript = "Calibri" },
                new Languages { Val = language == "ja" ? "en-US" : language, EastAsia = "ja-JP" }))),
            Made("Normal", "Normal", 21, false, 0, 120), Made("Title", "Title", 40, true, 0, 60), Made("Subtitle", "Subtitle", 28, false, 0, 240),
            Made("Heading1", "heading 1", 28, true, 320, 120, 0), Made("Heading2", "heading 2", 24, true, 240, 100, 1), Made("ListParagraph", "List Paragraph", 21, false, 0, 60),
            Made("TableHead", "Table Head", 19, true, 40, 40), Made("TableText", "Table Text", 19, false, 40, 40));
    }
}
