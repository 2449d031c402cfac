using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Michi.Assessment.Exchange;
using Michi.Platform.Tables;

namespace Michi.Assessment.Indices;

/// <summary>Reads key figures from a workbook with the sheets Data and Indicators, or from two CSV files. Every fault is told with its address.</summary>
internal static partial class KpiTableReader
{
    public const string Data = "Data", Indicators = "Indicators";
    public const int MaxCode = 60, MaxName = 200, MaxProblems = 200;

    /// <summary>Columns of the sheet Indicators; besides them <c>name_ja</c> and the like.</summary>
    public static readonly string[] IndicatorColumns = ["code", "name", "level", "parent", "direction", "weight", "unit", "target", "denominator"];

    private static readonly string[] Needed = ["code", "name", "level", "parent"];
    private const double MaxValue = 1e15;
    private static readonly string[] Missing = ["", "NA", "N/A", "NaN", "..", "...", "-", "–", "—"];

    /// <summary>The table, or null with what is wrong; at most <see cref="MaxProblems"/> faults are told.</summary>
    public static (KpiTable? Table, IReadOnlyList<InputProblem> Problems) Read(IReadOnlyList<(string Name, byte[] Bytes)> files)
    {
        var readings = files.Select(f => f.Bytes.AsSpan().StartsWith("PK"u8) || f.Name.EndsWith(".xlsx", StringComparison.OrdinalIgnoreCase)
            ? XlsxTables.Read(f.Bytes, name => Is(name, Data) || Is(name, Indicators)) : AsSheet(f.Name, CsvTable.Read(f.Bytes, f.Name))).ToList();
        var problems = readings.SelectMany(r => r.Problems).Select(p => new InputProblem(p.Where, p.Code, p.Arguments)).ToList();
        if (problems.Count > 0) return (null, problems);
        var sheets = readings.SelectMany(r => r.Tables).ToList();
        var indicators = sheets.FirstOrDefault(s => Is(s.Name, Indicators)) ?? sheets.FirstOrDefault(s => !Is(s.Name, Data) && IsIndicators(s));
        var data = sheets.FirstOrDefault(s => Is(s.Name, Data)) ?? sheets.FirstOrDefault(s => s != indicators && IsCsv(s.Name));
        if (data is null) problems.Add(new("", "index-no-sheet", Data));
        if (indicators is null) problems.Add(new("", "index-no-sheet", Indicators));
        return problems.Count > 0 ? (null, problems) : new Reading(data!, indicators!, problems).Read();
    }

    // A CSV file is told of as the sheet a spreadsheet shows it as.
    private static TablesReading AsSheet(string name, TablesReading csv) => csv with
    {
        Tables = [.. csv.Tables.Select(t => t with { Address = (row, column) => $"{name}!{XlsxFile.Letters(column)}{Invariant(row)}" })],
        Problems = [.. csv.Problems.Select(p => p with { Where = $"{name} {p.Where}" })],
    };

    private static bool IsCsv(string name) => name.EndsWith(".csv", StringComparison.OrdinalIgnoreCase);

    private static bool Is(string name, string sheet) => (IsCsv(name) ? name[..^4] : name).Trim().Equals(sheet, StringComparison.OrdinalIgnoreCase);

    private static bool IsIndicators(ReadTable sheet) =>
        sheet.Rows.Count > 0 && sheet.Rows[0].Cells.Select(c => c.Text.Trim()).Intersect(["code", "level", "parent"], StringComparer.OrdinalIgnoreCase).Count() == 3;

    private sealed class Reading(ReadTable data, ReadTable indicators, List<InputProblem> problems)
    {
        private readonly Dictionary<string, int> _rowOf = new(StringComparer.Ordinal);

        public (KpiTable?, IReadOnlyList<InputProblem>) Read()
        {
            foreach (var (sheet, range) in new[] { data, indicators }.SelectMany(s => s.Merged.Select(m => (s, m)))) Add($"{sheet.Name}!{range}", "index-merged");
            var elements = ReadElements();
            var (columns, places, values) = ReadData();
            Check(elements, columns);
            if (problems.Count > 0) return (null, problems);
            var table = new KpiTable(places, [.. columns.Select(c => c.Code)], [.. values], elements);
            if (table.WithoutEmpty().Table.Places.Count >= 2) return (table, problems);
            Add(data.Name, "index-too-few-places");
            return (null, problems);
        }

        private List<KpiElement> ReadElements()
        {
            var elements = new List<KpiElement>();
            if (indicators.Rows.Count == 0) return elements;
            var header = new Dictionary<int, string>();
            foreach (var cell in indicators.Rows[0].Cells)
            {
                var name = Plain(cell.Text).ToLowerInvariant();
                if (!IndicatorColumns.Contains(name) && !NameIn().IsMatch(name)) Add(indicators, indicators.Rows[0], cell, "index-unknown-heading", cell.Text, string.Join(", ", IndicatorColumns));
                else if (header.ContainsValue(name)) Add(indicators, indicators.Rows[0], cell, "twice", name);
                else header.Add(cell.Column, name);
            }
            foreach (var column in Needed.Except(header.Values)) Add(indicators.Address(indicators.Rows[0].Number, 0), "index-no-heading", column);
            if (problems.Count > 0) return elements;

            foreach (var row in indicators.Rows.Skip(1))
            {
                if (problems.Count >= MaxProblems) break;
                var cells = row.Cells.Where(c => header.ContainsKey(c.Column)).ToDictionary(c => header[c.Column]);
                string? Of(string column, int most) => cells.TryGetValue(column, out var cell) ? Text(indicators, row, cell, most) : null;
                double? Number(string column) => cells.TryGetValue(column, out var cell) ? ReadNumber(indicators, row, cell) : null;
                int Column(string name) => header.First(h => h.Value == name).Key;

                var code = Of("code", MaxCode);
                if (string.IsNullOrEmpty(code)) Add(indicators.Address(row.Number, Column("code")), "required");
                else if (!_rowOf.TryAdd(code, row.Number)) Add(indicators.Address(row.Number, Column("code")), "twice", code);
                var name = Of("name", MaxName);
                if (string.IsNullOrEmpty(name)) Add(indicators.Address(row.Number, Column("name")), "required");
                var level = Number("level");
                if (level is not (>= 1 and <= KpiTable.MaxLevels) || level != Math.Floor(level.Value))
                    Add(indicators.Address(row.Number, Column("level")), "index-level", cells.GetValueOrDefault("level").Text ?? "", Invariant(KpiTable.MaxLevels));
                var direction = Of("direction", MaxCode)?.ToLowerInvariant();
                if (direction is not (null or "" or "1" or "-1" or "more" or "less")) Add(indicators, row, cells["direction"], "index-direction", direction);
                var weight = Number("weight") ?? 1;
                if (weight < 0) Add(indicators, row, cells["weight"], "index-weight", cells["weight"].Text);
                elements.Add(new(code ?? "", name ?? "", Names(), (int)(level ?? 0), Of("parent", MaxCode) is { Length: > 0 } parent ? parent : null,
                    direction is not ("-1" or "less"), weight, Of("unit", MaxCode), Number("target"), Of("denominator", MaxCode) is { Length: > 0 } denominator ? denominator : null));

                Dictionary<string, string> Names() => cells.Where(c => NameIn().IsMatch(c.Key)).ToDictionary(c => c.Key["name_".Length..], c => Text(indicators, row, c.Value, MaxName));
            }
            return elements;
        }

        private (List<(string Code, int Column)> Columns, List<KpiPlace> Places, List<double?[]> Values) ReadData()
        {
            var (columns, places, values) = (new List<(string Code, int Column)>(), new List<KpiPlace>(), new List<double?[]>());
            if (data.Rows.Count == 0)
            {
                Add(data.Name, "index-too-few-places");
                return (columns, places, values);
            }
            var before = problems.Count;
            var header = data.Rows[0];
            var position = new Dictionary<int, int>();
            foreach (var cell in header.Cells.Where(c => c.Column >= 2))
            {
                var code = Text(data, header, cell, MaxCode);
                if (columns.Any(c => c.Code == code)) Add(data, header, cell, "twice", code);
                position[cell.Column] = columns.Count;
                columns.Add((code, cell.Column));
            }
            if (columns.Count > KpiTable.MaxColumns) Add(data.Address(header.Number, columns[KpiTable.MaxColumns].Column), "index-too-many-columns", Invariant(KpiTable.MaxColumns));
            if (data.Rows.Count - 1 > KpiTable.MaxPlaces) Add(data.Address(data.Rows[KpiTable.MaxPlaces + 1].Number, 0), "index-too-many-places", Invariant(KpiTable.MaxPlaces));
            if (problems.Count > before) return (columns, places, values);

            var codes = new HashSet<string>(StringComparer.Ordinal);
            foreach (var row in data.Rows.Skip(1))
            {
                if (problems.Count >= MaxProblems) break;
                string code = "", name = "";
                var figures = new double?[columns.Count];
                foreach (var cell in row.Cells)
                {
                    if (cell.Column == 0) code = Text(data, row, cell, MaxCode);
                    else if (cell.Column == 1) name = Text(data, row, cell, MaxName);
                    else if (position.TryGetValue(cell.Column, out var column)) figures[column] = ReadNumber(data, row, cell);
                    else Add(data, row, cell, "index-no-column-code");
                }
                if (code.Length == 0) Add(data.Address(row.Number, 0), "required");
                else if (!codes.Add(code)) Add(data.Address(row.Number, 0), "twice", code);
                places.Add(new(code, name.Length > 0 ? name : code));
                values.Add(figures);
            }
            return (columns, places, values);
        }

        /// <summary>Whether the elements form a tree with one index on top, and every figure has its meaning.</summary>
        private void Check(List<KpiElement> elements, List<(string Code, int Column)> columns)
        {
            if (problems.Count > 0) return;
            if (elements.All(e => e.Level != 1)) Add(indicators.Name, "index-no-indicator");
            if (elements.All(e => e.Level < 2)) Add(indicators.Name, "index-no-top");
            if (problems.Count > 0) return;

            var byCode = elements.ToDictionary(e => e.Code);
            var top = elements.MaxBy(e => e.Level)!;
            var known = columns.Select(c => c.Code).ToHashSet(StringComparer.Ordinal);
            foreach (var element in elements)
            {
                var where = indicators.Address(_rowOf[element.Code], 0);
                if (element == top)
                {
                    if (element.Parent is not null) Add(where, "index-top-parent", element.Code);
                }
                else if (element.Parent is null) Add(where, element.Level == top.Level ? "index-two-tops" : "index-no-parent", element.Code, top.Code, Invariant(element.Level + 1));
                else if (!byCode.TryGetValue(element.Parent, out var parent)) Add(where, "index-unknown-parent", element.Parent);
                else if (parent.Level != element.Level + 1) Add(where, "index-parent-level", element.Code, Invariant(element.Level), parent.Code, Invariant(parent.Level));
                if (element.Level == 1 && !known.Contains(element.Code)) Add(where, "index-no-data", element.Code);
                if (element.Denominator is { } by && !known.Contains(by)) Add(where, "index-no-data", by);
                if (element.Level == 1) continue;
                var parts = elements.Where(e => e.Parent == element.Code).ToList();
                if (parts.Count == 0) Add(where, "index-no-parts", element.Code);
                else if (parts.All(p => p.Weight == 0)) Add(where, "index-no-weight", element.Code);
            }
            var used = elements.Where(e => e.Level == 1).SelectMany(e => new[] { e.Code, e.Denominator }).ToHashSet();
            foreach (var (code, column) in columns.Where(c => !used.Contains(c.Code))) Add(data.Address(data.Rows[0].Number, column), "index-unused", code);
        }

        private string Text(ReadTable sheet, ReadRow row, ReadCell cell, int most)
        {
            var text = cell.Text.Trim();
            if (cell.Fault is { } fault) Add(sheet, row, cell, fault);
            else if (text.Length > most) Add(sheet, row, cell, "too-long", Invariant(most));
            else if (text.Any(c => char.IsControl(c) || c == '\uFFFD')) Add(sheet, row, cell, "control-character");
            return text;
        }

        private double? ReadNumber(ReadTable sheet, ReadRow row, ReadCell cell)
        {
            var text = Plain(cell.Text);
            if (cell.Fault is { } fault) Add(sheet, row, cell, fault);
            else if (Missing.Contains(text, StringComparer.OrdinalIgnoreCase)) return null;
            else if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
                Add(sheet, row, cell, "number", text.Length > 40 ? text[..40] : text);
            else if (Math.Abs(number) > MaxValue) Add(sheet, row, cell, "range", text, "-1e15", "1e15");
            else return number;
            return null;
        }

        private void Add(ReadTable sheet, ReadRow row, ReadCell cell, string code, params string[] arguments) =>
            Add(sheet.Address(row.Number, cell.Column), code, arguments);

        private void Add(string where, string code, params string[] arguments)
        {
            if (problems.Count < MaxProblems) problems.Add(new(where, code, arguments));
        }
    }

    // Full-width digits and the minus sign proper, as Japanese workbooks have them.
    private static string Plain(string text) => text.Normalize(NormalizationForm.FormKC).Replace('\u2212', '-').Trim();

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^name_[a-z]{2,3}$")]
    private static partial Regex NameIn();
}
