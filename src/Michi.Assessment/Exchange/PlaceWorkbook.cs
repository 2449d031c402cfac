using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Platform.Tables;

namespace Michi.Assessment.Exchange;

/// <summary>The workbook a survey team works in: a guide, the approach's elements as sheets to work with, and the tables of a place file.</summary>
public static class PlaceWorkbook
{
    /// <summary>Media type of XLSX.</summary>
    public const string MediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    /// <summary>Writes a workbook in a language; of an empty file, one to begin a survey with.</summary>
    public static void Write(Stream stream, PlaceFile file, ContentPack pack, UiTexts texts, string language)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(pack);
        ArgumentNullException.ThrowIfNull(texts);
        var (tables, words, approach) = (new PlaceTables(pack, texts), texts.In(language), pack.Words(language));
        var writer = new PlaceTableWriter(tables, language);
        XlsxFile.Write(stream,
        [
            Guide(tables, words, approach), writer.Write("places", file), writer.Write("facts", file), .. pack.Domains.Select(d => Domain(d, tables, words, approach)),
            writer.Write("evidence", file), writer.Write("ratings", file), writer.Write("consensus", file),
        ], words["exchange.not-in-list"]);
    }

    /// <summary>Reads a workbook that may have been changed in any way.</summary>
    /// <param name="place">Place of rows that name none.</param>
    public static PlaceFileReading Read(byte[] file, ContentPack pack, UiTexts texts, string? language, string? place = null)
    {
        var tables = new PlaceTables(pack, texts);
        return PlaceTableReader.Read(XlsxTables.Read(file, name => tables.TableOf(name) is not null), tables, language, place);
    }

    private static Table Guide(PlaceTables tables, Words words, PackWords approach)
    {
        var (pack, rows) = (tables.Pack, new List<TableCell[]>());
        void Heading(string text) => rows.AddRange([[], [TableCell.Text(text) with { IsStrong = true }]]);
        void Legend(string key, string group, IEnumerable<string> ids, string help = "help")
        {
            Heading(words[$"exchange.guide.{key}"]);
            rows.AddRange(ids.Select(id => (TableCell[])[approach.Name(group, id), approach[$"{group}.{id}.{help}"]]));
        }

        rows.AddRange(Enumerable.Range(1, 4).Select(n => (TableCell[])[words[$"exchange.guide.step-{n}"], words[$"exchange.guide.step-{n}-how"]]));
        Heading(words["exchange.guide.sheets"]);
        foreach (var id in new[] { "places", "facts" }) rows.Add([tables.Name(id, words.Language), words[$"exchange.guide.{id}"]]);
        rows.Add([string.Join(words["exchange.guide.comma"], pack.Domains.Select(d => approach.Name("domains", d.Id))), words["exchange.guide.domains"]]);
        foreach (var id in new[] { "evidence", "ratings", "consensus" }) rows.Add([tables.Name(id, words.Language), words[$"exchange.guide.{id}"]]);
        Heading(words["exchange.guide.rules"]);
        foreach (var rule in new[] { "id", "version", "date", "language", "internal", "attachments", "formulas", "rows" }) rows.Add([words[$"exchange.guide.rule-{rule}"], words[$"exchange.guide.rule-{rule}-how"]]);
        Heading(words["exchange.guide.levels"]);
        for (var level = 0; level < ContentPack.Levels; level++) rows.Add([$"{level} {approach[$"levels.{level}.name"]}", approach[$"levels.{level}.anchor"]]);
        rows.Add([words["exchange.cannot-tell"], words["exchange.guide.cannot-tell"]]);
        Legend("says", "says", pack.Evidence.Says.Keys);
        Legend("kinds", "kinds", pack.Evidence.Kinds.Keys);
        Legend("qualities", "qualities", pack.Evidence.Qualities.Keys);
        Legend("confidences", "confidences", pack.Evidence.Confidences.Keys);
        Legend("facts-legend", "facts", pack.Facts.Select(f => f.Id));
        return new(words["exchange.sheet.guide"], [new(words["exchange.guide.title"], 34), new(words["exchange.guide.made", pack.Version], 110)], rows);
    }

    // A sheet to work with, not read on import.
    private static Table Domain(Domain domain, PlaceTables tables, Words words, PackWords approach)
    {
        var pack = tables.Pack;
        var names = pack.Languages.OrderBy(l => l != approach.Language).Select(pack.Words).ToList();
        string Lines(string path) => string.Join('\n', approach.List(path).Select(line => $"• {line}"));
        return new(approach.Name("domains", domain.Id),
        [
            new(words["exchange.column.element"], 10) { IsText = true }, .. names.Select(n => new TableColumn($"{words["exchange.column.name"]}:{n.Language}", 22)), new(words["exchange.column.criterion"], 36),
            .. Enumerable.Range(0, ContentPack.Levels).Select(l => new TableColumn($"{l} {approach[$"levels.{l}.name"]}", 30)),
            new(words["exchange.column.look-for"], 36), new(words["exchange.column.who-knows"], 28), new(words["exchange.column.documents"], 28), new(words["exchange.column.questions"], 40),
            new(words["exchange.column.own-level"], 14) { Choices = tables.Labels("levels", words.Language) }, new(words["exchange.column.own-notes"], 50) { IsText = true },
        ], pack.ElementsOf(domain.Id).Select(e => (IReadOnlyList<TableCell>)
        [
            TableCell.Text(e.Id) with { IsStrong = true }, .. names.Select(n => TableCell.Text(n.Name("elements", e.Id))), approach[$"elements.{e.Id}.criterion"],
            .. Enumerable.Range(0, ContentPack.Levels).Select(l => TableCell.Text(approach[$"elements.{e.Id}.levels.{l}"])),
            Lines($"elements.{e.Id}.lookFor"), Lines($"elements.{e.Id}.whoKnows"), Lines($"elements.{e.Id}.documents"), Lines($"elements.{e.Id}.questions"),
        ]))
        { FrozenColumns = 1, RowsToFill = pack.ElementsOf(domain.Id).Count() };
    }
}
