using Michi.Platform.Tables;

namespace Michi.Assessment.Indices;

/// <summary>Writes key figures in the form they are read from, and the template to start with.</summary>
internal static class KpiTableWriter
{
    /// <summary>A template with two places and figures that are clearly made up.</summary>
    public static readonly KpiTable Template = new(
        [new("a-town", "A-town (made up: replace)"), new("b-town", "B-town (made up: replace)")],
        ["population", "bus", "online", "outage"],
        [[100_000, 240_000, 35, 12.5], [50_000, 60_000, null, 4]],
        [
            new("bus", "Bus trips a year", new() { ["ja"] = "バス利用回数（年間）" }, 1, "services", true, 1, "trips per person", null, "population"),
            new("online", "Services offered online", new() { ["ja"] = "オンラインで使える行政手続き" }, 1, "services", true, 1, "%", 100, null),
            new("outage", "Hours without power a year", new() { ["ja"] = "停電時間（年間）" }, 1, "supply", false, 2, "hours", 0, null),
            new("services", "Public services", new() { ["ja"] = "行政サービス" }, 2, "index", true, 1, null, null, null),
            new("supply", "Supply", new() { ["ja"] = "供給" }, 2, "index", true, 1, null, null, null),
            new("index", "Example index", new() { ["ja"] = "例示の指数" }, 3, null, true, 1, null, null, null),
        ]);

    /// <summary>The sheet of figures.</summary>
    public static Table Data(KpiTable table) => new(
        KpiTableReader.Data, [new("code") { IsText = true }, new("name", 30) { IsText = true }, .. table.Columns.Select(c => new TableColumn(c))],
        table.Places.Select((p, u) => (IReadOnlyList<TableCell>)[p.Code, p.Name, .. table.Values[u].Select(TableCell.Number)]))
    { FrozenColumns = 2 };

    /// <summary>The sheet that says what the figures are.</summary>
    public static Table Indicators(KpiTable table)
    {
        string[] languages = [.. table.Elements.SelectMany(e => e.Names.Keys).Distinct().Order(StringComparer.Ordinal)];
        return new(
            KpiTableReader.Indicators,
            [
                .. KpiTableReader.IndicatorColumns.Select(c => new TableColumn(c, c == "name" ? 36 : 14) { IsText = c is not ("level" or "weight" or "target"), Choices = c == "direction" ? ["more", "less"] : null }),
                .. languages.Select(l => new TableColumn($"name_{l}", 36) { IsText = true }),
            ],
            table.Elements.Select(e => (IReadOnlyList<TableCell>)
            [
                e.Code, e.Name, e.Level, e.Parent, e.Level == 1 ? e.MoreIsBetter ? "more" : "less" : null, e.Weight, e.Unit, e.Target, e.Denominator,
                .. languages.Select(l => TableCell.Text(e.Names.GetValueOrDefault(l))),
            ]))
        { FrozenColumns = 1, RowsToFill = KpiTable.MaxColumns };
    }
}
