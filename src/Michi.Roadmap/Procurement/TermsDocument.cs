using DocumentFormat.OpenXml;
using DocumentFormat.OpenXml.Packaging;
using DocumentFormat.OpenXml.Wordprocessing;

namespace Michi.Roadmap.Procurement;

/// <summary>Writes terms of reference, their outputs and the evaluation plan as a Word document in the page's language.</summary>
internal static class TermsDocument
{
    /// <returns>The bytes of a DOCX file; heading styles, so that Word makes a table of contents from them.</returns>
    public static byte[] Of(TermsPage page)
    {
        var (t, names, facts) = (page.T, page.Names, page.Facts);
        using var stream = new MemoryStream();
        using (var file = WordprocessingDocument.Create(stream, WordprocessingDocumentType.Document))
        {
            var main = file.AddMainDocumentPart();
            main.AddNewPart<StyleDefinitionsPart>().Styles = Styles(page.Lang);
            var body = new Body();
            main.Document = new(body);
            body.Append(Line(t["procurement.terms"], "Title"), Line(facts.NameIn(page.Lang), "Subtitle"));
            body.Append(Line(t["procurement.head", t[$"procurement.kinds.{facts.Kind}"], facts.DraftedFrom, page.Procurement.Version, page.Moment(page.Procurement.ChangedAt)]));
            if (page.Procurement.IsDemonstration) body.Append(Line($"{t["procurement.demo"]}: {t["procurement.demo-text"]}"));
            foreach (var (i, section) in page.Templates.Sections.Index())
            {
                body.Append(Line($"{i + 1}. {names.Name("sections", section.Id)}", "Heading1"));
                var text = facts.Sections.GetValueOrDefault(section.Id)?.GetValueOrDefault(page.Lang) ?? t["procurement.nothing"];
                foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries)) body.Append(line.StartsWith("- ", StringComparison.Ordinal) ? Line($"• {line[2..]}", "ListParagraph") : Line(line));
            }
            body.Append(Line($"{page.Templates.Sections.Count + 1}. {t["procurement.outputs"]}", "Heading1"));
            body.Append(TableOf([600, 3400, 1500, 4000], [[t["procurement.number"], t["procurement.output"], t["procurement.month"], t["procurement.acceptance"]],
                .. facts.Outputs.Select((o, i) => new[] { $"{i + 1}", page.TextIn(o.Names), o.Month is { } month ? t["procurement.month-of", month] : t["procurement.month-none"], page.TextIn(o.Acceptance) })]));
            body.Append(Line($"{page.Templates.Sections.Count + 2}. {t["procurement.plan"]}", "Heading1"));
            body.Append(Line(t.Sentences(t[$"procurement.methods.{facts.Plan.Method}"], facts.Plan.Method == "qcbs" ? t["procurement.formula", facts.Plan.TechnicalWeight, 100 - facts.Plan.TechnicalWeight] : null, t["procurement.minimum-is", facts.Plan.Minimum])));
            body.Append(TableOf([6500, 1500, 1500], [[t["procurement.criterion"], t["procurement.weight"], t["procurement.share"]],
                .. page.Criteria.Select(c => new[] { (c.Id.Contains('.', StringComparison.Ordinal) ? "– " : "") + page.Criterion(c.Id), c.Weight.ToString("0.##", t.Culture), c.Share > 0 ? c.Share.ToString("0.##", t.Culture) : "" })]));
            body.Append(Line(t["procurement.scale"], "Heading2"));
            body.Append(TableOf([2000, 1500, 6000], [[t["procurement.grade"], t["procurement.points"], t["procurement.anchor"]],
                .. page.Templates.Scale.Select(g => new[] { names.Name("scale", g.Id), $"{g.Points}", names[$"scale.{g.Id}.anchor"] })]));
            body.Append(new SectionProperties(new PageSize { Width = 11906, Height = 16838 }, new PageMargin { Top = 1200, Bottom = 1200, Left = 1200, Right = 1200, Header = 700, Footer = 700, Gutter = 0 }));
        }
        return stream.ToArray();
    }

    private static Paragraph Line(string text, string? style = null) =>
        new(new ParagraphProperties(style is null ? [] : [new ParagraphStyleId { Val = style }]), new Run(new Text(text) { Space = SpaceProcessingModeValues.Preserve }));

    private static OpenXmlElement[] TableOf(int[] widths, IEnumerable<string[]> rows)
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
