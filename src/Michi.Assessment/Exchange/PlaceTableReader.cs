using System.Globalization;
using System.Text.RegularExpressions;
using Michi.Platform.Tables;

namespace Michi.Assessment.Exchange;

/// <summary>Reads tables as a place file. Every fault is told with the cell it stands in; what could be read is checked further all the same.</summary>
/// <remarks>
/// Columns may stand in any order, but all must be there: what is left out could not be told from what was deleted, and evidence whose
/// column "internal" is gone would become public.
/// </remarks>
internal sealed partial class PlaceTableReader
{
    private const int MaxProblems = PlaceFileCheck.MaxProblems, MaxRounds = 20;
    private readonly PlaceTables _tables;
    private readonly string? _language;
    private readonly string? _placeOfRequest;
    private readonly List<InputProblem> _problems = [];
    private readonly Dictionary<string, Row> _rows = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Place, string Title), int> _assessments = [];
    private readonly PlaceFile _file = new();
    private string? _lowestPlace;

    private PlaceTableReader(PlaceTables tables, string? language, string? placeOfRequest) => (_tables, _language, _placeOfRequest) = (tables, language, placeOfRequest);

    /// <param name="language">Language in which choices are told.</param>
    /// <param name="place">Place of rows that name none, unless the file has one lowest place itself.</param>
    public static PlaceFileReading Read(TablesReading reading, PlaceTables tables, string? language, string? place) => new PlaceTableReader(tables, language, place).Read(reading);

    private PlaceFileReading Read(TablesReading reading)
    {
        _problems.AddRange(reading.Problems.Select(p => new InputProblem(p.Where, p.Code, p.Arguments)));
        if (reading.Tables.Count == 0) return new(null, _problems);
        var found = reading.Tables.Select(t => (Table: t, Id: _tables.TableOf(t.Name))).ToList();
        if (found.All(f => f.Id is null))
            _problems.Add(new("", "no-sheet", string.Join(", ", _tables.All.Select(t => _tables.Name(t.Id, _language)))));
        // A sheet that looks like one of the tables but is called otherwise must not be passed over in silence.
        foreach (var (sheet, _) in found.Where(f => f.Id is null && f.Table.Rows.Count > 0))
            if (_tables.All.FirstOrDefault(t => Score(sheet, t) > t.Columns.Count / 2) is { } meant) _problems.Add(new(sheet.Name, "sheet-name", sheet.Name, _tables.Name(meant.Id, _language)));
        foreach (var table in _tables.All)
            foreach (var (sheet, _) in found.Where(f => f.Id == table.Id)) ReadTable(sheet, table);
        return new(_file, _problems, WhereIs);
    }

    /// <summary>The table a CSV file holds, known by its header; null where it is none.</summary>
    public static string? Recognise(ReadTable file, PlaceTables tables)
    {
        if (file.Rows.Count == 0) return null;
        var reader = new PlaceTableReader(tables, null, null);
        // Ratings have all the columns of a consensus: of two that fit alike, the one with fewer missing.
        var best = tables.All.MaxBy(t => (reader.Score(file, t), -t.Columns.Count))!;
        return reader.Score(file, best) >= 3 ? best.Id : null;
    }

    private int Score(ReadTable sheet, PlaceTable table) => sheet.Rows[0].Cells.Count(c => c.Text.Length <= 200 && _tables.ColumnOf(table, c.Text) is not null);

    private void ReadTable(ReadTable sheet, PlaceTable table)
    {
        foreach (var range in sheet.Merged) Add($"{sheet.Name}!{range}", "merged", range);
        if (sheet.Rows.Count == 0) return;
        var (header, columns, seen) = (sheet.Rows[0], new Dictionary<string, int>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        foreach (var cell in header.Cells)
        {
            var where = sheet.Address(header.Number, cell.Column);
            if (cell.Fault is { } fault) Add(where, fault);
            else if (cell.Text.Length > 200 || _tables.ColumnOf(table, cell.Text) is not { } found) Add(where, "unknown-column", cell.Text.Length > 40 ? cell.Text[..40] + "…" : cell.Text);
            else if (!columns.TryAdd(found.Path, cell.Column)) Add(where, "twice", cell.Text);
            else seen.Add(found.Column.Id);
        }
        var missing = table.Columns.Where(c => !c.IsOptional && !seen.Contains(c.Id) && !(c.ByLanguage && c.Id == "note")).ToList();
        if (missing.Count > 0)
        {
            Add(sheet.Address(header.Number, -1), "missing-column", string.Join(", ", missing.Select(c => _tables.Header(c, _language) + (c.ByLanguage ? ":en" : ""))));
            return;
        }
        var headed = header.Cells.Select(c => c.Column).ToHashSet();
        foreach (var found in sheet.Rows.Skip(1))
        {
            if (_problems.Count >= MaxProblems) return;
            var row = new Row(this, sheet, found, columns);
            foreach (var cell in found.Cells)
            {
                if (cell.Fault is { } fault) Add(sheet.Address(found.Number, cell.Column), fault);
                else if (!headed.Contains(cell.Column) && !string.IsNullOrWhiteSpace(cell.Text)) Add(sheet.Address(found.Number, cell.Column), "no-header");
            }
            if (found.Cells.All(c => string.IsNullOrWhiteSpace(c.Text) && c.Fault is null)) continue;
            switch (table.Id)
            {
                case "places": ReadPlace(row); break;
                case "facts": ReadFact(row); break;
                case "evidence": ReadEvidence(row); break;
                case "ratings": ReadRating(row); break;
                default: ReadConsensus(row); break;
            }
        }
    }

    private void ReadPlace(Row row)
    {
        _rows[$"places[{_file.Places.Count}]"] = row;
        _places.TryAdd(row.Word("slug"), _file.Places.Count);
        _file.Places.Add(new()
        {
            Slug = row.Word("slug"),
            Kind = row.Choice("kind", "placeKinds"),
            Parent = row.WordOrNull("parent"),
            CountryCode = row.WordOrNull("countryCode"),
            Names = row.Texts("names"),
            Latitude = row.Number("latitude"),
            Longitude = row.Number("longitude"),
            Characteristic = row.Word("characteristic").Length > 0 ? row.Choice("characteristic", "characteristics") : null,
            CharacteristicReason = row.TextOrNull("characteristicReason"),
        });
        foreach (var (language, text) in row.Texts("note"))
            if (!_file.Note.TryAdd(language, text) && _file.Note[language] != text) Add(row.Where($"note.{language}"), "note-differs");
    }

    private void ReadFact(Row row)
    {
        var slug = PlaceOf(row);
        if (!_places.TryGetValue(slug, out var place))
        {
            Add(row.Where("place"), slug.Length == 0 ? "required" : "fact-place", slug);
            return;
        }
        var kind = row.Choice("kind", "facts");
        var (value, type) = (row.Text("value"), _tables.Pack.Facts.FirstOrDefault(f => f.Id == kind)?.Type);
        _rows[$"places[{place}].facts[{_file.Places[place].Facts.Count}]"] = row;
        _file.Places[place].Facts.Add(new()
        {
            Kind = kind,
            Value = type == "yes-no" ? row.Choice("value", "yesNo") : type == "number" ? PlaceTables.Fold(value).ToUpperInvariant() : value,
            Source = row.Text("source"),
            Date = row.Date("date"),
        });
    }

    private void ReadEvidence(Row row)
    {
        _rows[$"evidence[{_file.Evidence.Count}]"] = row;
        _file.Evidence.Add(new()
        {
            Id = row.Word("id"),
            Version = row.Whole("version"),
            Place = PlaceOf(row),
            Kind = row.Choice("kind", "kinds"),
            Quality = row.Choice("quality", "qualities"),
            Internal = row.YesNo("internal"),
            Date = row.Date("date"),
            Source = row.Text("source"),
            Statement = row.Texts("statement"),
            Retired = row.TextOrNull("retired"),
            Elements = _tables.Pack.Elements.Where(e => row.Word($"elements.{e.Id}").Length > 0).ToDictionary(e => e.Id, e => row.Choice($"elements.{e.Id}", "says")),
        });
    }

    private void ReadRating(Row row)
    {
        var (at, assessment) = AssessmentOf(row);
        var (number, assessor) = (row.Whole("round"), row.Whole("assessor"));
        if (row.Word("round").Length == 0) Add(row.Where("round"), "required");
        else if (number is not (null or (>= 1 and <= MaxRounds))) Add(row.Where("round"), "range", row.Word("round"), "1", Invariant(MaxRounds));
        if (row.Word("assessor").Length == 0) Add(row.Where("assessor"), "required");
        if (number is not (>= 1 and <= MaxRounds) || assessor is null) return;
        while (assessment.Rounds.Count < number) assessment.Rounds.Add(new() { Number = assessment.Rounds.Count + 1 });
        var ratings = assessment.Rounds[number.Value - 1].Ratings;
        _rows[$"{at}.rounds[{number - 1}].ratings[{ratings.Count}]"] = row;
        var level = row.Choice("level", "levels");
        ratings.Add(new()
        {
            Assessor = assessor.Value,
            Group = row.Choice("group", "groups"),
            Element = row.Choice("element", "elements"),
            Level = int.TryParse(level, CultureInfo.InvariantCulture, out var l) ? l : null,
            Confidence = row.Choice("confidence", "confidences"),
            Reason = row.Text("reason"),
            Evidence = [.. row.Text("evidence").Split([' ', '\u3000', ',', '、', ';', '\n', '\r', '\t'], StringSplitOptions.RemoveEmptyEntries)],
        });
    }

    private void ReadConsensus(Row row)
    {
        var (at, assessment) = AssessmentOf(row);
        _rows[$"{at}.consensus[{assessment.Consensus.Count}]"] = row;
        var level = row.Choice("level", "levels");
        if (level == PlaceTables.CannotTell) Add(row.Where("level"), "range", row.Word("level"), "0", "4");
        assessment.Consensus.Add(new()
        {
            Element = row.Choice("element", "elements"),
            Level = int.TryParse(level, CultureInfo.InvariantCulture, out var l) ? l : 0,
            Confidence = row.Choice("confidence", "confidences"),
            Reason = row.Text("reason"),
        });
    }

    private (string At, FileAssessment Assessment) AssessmentOf(Row row)
    {
        var (place, title, demonstration) = (PlaceOf(row), row.Text("title").Trim(), row.YesNo("demonstration"));
        if (!_assessments.TryGetValue((place, title), out var index))
        {
            _assessments[(place, title)] = index = _file.Assessments.Count;
            _rows[$"assessments[{index}]"] = row;
            _file.Assessments.Add(new() { Place = place, Title = title, Demonstration = demonstration });
        }
        else if (_file.Assessments[index].Demonstration != demonstration) Add(row.Where("demonstration"), "demonstration-differs", title);
        return ($"assessments[{index}]", _file.Assessments[index]);
    }

    private string PlaceOf(Row row)
    {
        if (row.Word("place") is { Length: > 0 } named) return named;
        if (_lowestPlace is null)
        {
            var above = _file.Places.Select(p => p.Parent).ToHashSet();
            var lowest = _file.Places.Where(p => !above.Contains(p.Slug)).Take(2).ToList();
            _lowestPlace = lowest.Count == 1 ? lowest[0].Slug : _placeOfRequest ?? "";
        }
        if (_lowestPlace.Length == 0) Add(row.Where("place"), "required");
        return _lowestPlace;
    }

    // Where a value of the model stands in the file: the cell, else the first cell of what it belongs to.
    private string WhereIs(string path)
    {
        for (var cut = path.Length; cut > 0; cut = path.LastIndexOf('.', cut - 1))
            if (_rows.TryGetValue(path[..cut], out var row)) return row.Where(cut < path.Length ? path[(cut + 1)..] : "");
        return path;
    }

    private void Add(string where, string code, params string[] arguments)
    {
        if (_problems.Count < MaxProblems) _problems.Add(new(where, code, arguments));
    }

    private static string Invariant(int number) => number.ToString(CultureInfo.InvariantCulture);

    private sealed class Row(PlaceTableReader reader, ReadTable sheet, ReadRow row, Dictionary<string, int> columns)
    {
        public string Text(string path)
        {
            if (!columns.TryGetValue(path, out var column)) return "";
            foreach (var cell in row.Cells)
                if (cell.Column == column) return cell.Text;
            return "";
        }

        public string Word(string path) => Text(path).Trim();

        public string? TextOrNull(string path) => string.IsNullOrWhiteSpace(Text(path)) ? null : Text(path);

        public string? WordOrNull(string path) => Word(path) is { Length: > 0 } word ? word : null;

        public Dictionary<string, string> Texts(string path) =>
            columns.Keys.Where(k => k.StartsWith($"{path}.", StringComparison.Ordinal) && TextOrNull(k) is not null).ToDictionary(k => k[(path.Length + 1)..], Text);

        public string Choice(string path, string list)
        {
            var word = Word(path);
            if (word.Length == 0) reader.Add(Where(path), "required");
            else if (reader._tables.IdOf(list, word) is { } id) return id;
            else reader.Add(Where(path), "choice", word, string.Join(", ", reader._tables.Labels(list, reader._language)));
            return word;
        }

        public bool YesNo(string path) => Word(path).Length > 0 && Choice(path, "yesNo") == "yes";

        public double? Number(string path)
        {
            var word = PlaceTables.Fold(Text(path));
            if (word.Length == 0) return null;
            if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number)) return number;
            reader.Add(Where(path), "number", Word(path));
            return null;
        }

        public int? Whole(string path)
        {
            if (Number(path) is not { } number) return null;
            if (number is >= 0 and <= int.MaxValue && number == Math.Floor(number)) return (int)number;
            reader.Add(Where(path), "whole-number", Word(path));
            return null;
        }

        /// <summary>A date; year first in any of the usual forms becomes ISO 8601, anything else stays for the check to refuse.</summary>
        public string? Date(string path)
        {
            var word = PlaceTables.Fold(Text(path));
            if (word.Length == 0) return null;
            var parts = YearFirst().Match(word);
            return !parts.Success ? Word(path) : string.Join('-', parts.Groups.Values.Skip(1).Where(g => g.Success).Select((g, i) => i == 0 ? g.Value : g.Value.PadLeft(2, '0')));
        }

        /// <summary>The address of a value, else of the first column it could stand in, else of the row.</summary>
        public string Where(string path)
        {
            for (; path.Length > 0; path = path[..Math.Max(path.LastIndexOf('.'), 0)])
            {
                if (columns.TryGetValue(path, out var column)) return sheet.Address(row.Number, column);
                if (columns.Where(c => c.Key.StartsWith($"{path}.", StringComparison.Ordinal)).Select(c => (int?)c.Value).Min() is { } first) return sheet.Address(row.Number, first);
            }
            return sheet.Address(row.Number, -1);
        }
    }

    [GeneratedRegex("^([0-9]{4})(?:[-/.]([0-9]{1,2})(?:[-/.]([0-9]{1,2}))?|年(?:([0-9]{1,2})月(?:([0-9]{1,2})日)?)?)?$")]
    private static partial Regex YearFirst();
}
