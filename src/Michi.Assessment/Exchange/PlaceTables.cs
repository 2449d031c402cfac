using System.Text;
using System.Text.RegularExpressions;
using Michi.Approach;
using Michi.Platform.Languages;

namespace Michi.Assessment.Exchange;

/// <summary>A table of a place file, in a workbook and as CSV alike.</summary>
internal sealed record PlaceTable(string Id, IReadOnlyList<PlaceColumn> Columns);

/// <summary>A column of a <see cref="PlaceTable"/>.</summary>
/// <param name="Id">Its name in CSV files. One <paramref name="ByLanguage"/> stands once for each language, as <c>statement:en</c>.</param>
/// <param name="Path">Where its value stands within an item of the file: <c>date</c>, <c>elements.P1</c>.</param>
/// <param name="Choices">The list its values come from; null where anything may stand.</param>
internal sealed record PlaceColumn(string Id, string Path, double Width, string? Choices = null, bool ByLanguage = false, bool IsNumber = false, bool IsOptional = false);

/// <summary>The tables of place files and their words: what columns and values are called, and what a text found in a file means.</summary>
/// <remarks>Written in one language, or by their ids where that is null; read in every language there is, and by id.</remarks>
internal sealed partial class PlaceTables
{
    private readonly ContentPack _pack;
    private readonly UiTexts _texts;
    private readonly Dictionary<string, Dictionary<string, string>> _values = new(StringComparer.Ordinal), _columns = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _sheets;
    private readonly Dictionary<string, IReadOnlyList<string>> _choices;

    public PlaceTables(ContentPack pack, UiTexts texts)
    {
        (_pack, _texts) = (pack, texts);
        _choices = new(StringComparer.Ordinal)
        {
            ["placeKinds"] = ["country", "city", "district"], ["characteristics"] = pack.Characteristics, ["facts"] = [.. pack.Facts.Select(f => f.Id)],
            ["kinds"] = [.. pack.Evidence.Kinds.Keys], ["qualities"] = [.. pack.Evidence.Qualities.Keys], ["yesNo"] = ["yes", "no"], ["says"] = [.. pack.Evidence.Says.Keys],
            ["groups"] = PlaceFileCheck.Groups, ["elements"] = [.. pack.Elements.Select(e => e.Id)], ["levels"] = ["0", "1", "2", "3", "4", CannotTell],
            ["confidences"] = [.. pack.Evidence.Confidences.Keys],
        };
        PlaceColumn place = new("place", "place", 16);
        PlaceColumn[] judged = [new("element", "element", 22, "elements"), new("level", "level", 12, "levels"), new("confidence", "confidence", 12, "confidences"), new("reason", "reason", 60)];
        PlaceColumn[] assessment = [place, new("assessment", "title", 24), new("demonstration", "demonstration", 14, "yesNo")];
        All =
        [
            new("places", [new("slug", "slug", 20), new("kind", "kind", 12, "placeKinds"), new("parent", "parent", 20), new("countryCode", "countryCode", 10),
                new("name", "names", 24, ByLanguage: true), new("latitude", "latitude", 12, IsNumber: true), new("longitude", "longitude", 12, IsNumber: true),
                new("characteristic", "characteristic", 28, "characteristics"), new("characteristicReason", "characteristicReason", 40), new("note", "note", 50, ByLanguage: true)]),
            new("facts", [place, new("kind", "kind", 24, "facts"), new("value", "value", 24), new("source", "source", 50), new("date", "date", 12)]),
            new("evidence", [new("id", "id", 22), place, new("statement", "statement", 60, ByLanguage: true), new("source", "source", 40), new("date", "date", 12),
                new("kind", "kind", 14, "kinds"), new("quality", "quality", 10, "qualities"), new("internal", "internal", 10, "yesNo"),
                .. pack.Elements.Select(e => new PlaceColumn(e.Id, $"elements.{e.Id}", 13, "says")),
                new("retired", "retired", 24), new("attachments", "attachments", 24, IsOptional: true), new("version", "version", 9, IsNumber: true)]),
            new("ratings", [.. assessment, new("round", "round", 8, IsNumber: true), new("assessor", "assessor", 10, IsNumber: true), new("group", "group", 14, "groups"),
                .. judged, new("evidence", "evidence", 36)]),
            new("consensus", [.. assessment, .. judged]),
        ];
        foreach (var (list, ids) in _choices) _values[list] = Meanings(ids, (id, language) => Label(list, id, language));
        foreach (var table in All) _columns[table.Id] = Meanings(table.Columns.Select(c => c.Id), (id, language) => Header(table.Columns.First(c => c.Id == id), language));
        _sheets = Meanings(All.Select(t => t.Id), Name);
        foreach (var (id, text) in new[] { ("yes", "true"), ("yes", "1"), ("no", "false"), ("no", "0") }) _values["yesNo"].TryAdd(text, id);
        foreach (var words in pack.Languages.Select(pack.Words))
        {
            foreach (var element in pack.Elements) _values["elements"].TryAdd(Fold(words.Name("elements", element.Id)), element.Id);
            for (var level = 0; level < ContentPack.Levels; level++) _values["levels"].TryAdd(Fold(words[$"levels.{level}.name"]), _choices["levels"][level]);
        }
    }

    /// <summary>The answer that is no level.</summary>
    public const string CannotTell = "cannot-tell";

    /// <summary>Every table, those a later one speaks of first.</summary>
    public IReadOnlyList<PlaceTable> All { get; }

    public ContentPack Pack => _pack;

    public PlaceTable Table(string id) => All.First(t => t.Id == id);

    /// <summary>The name of a table's sheet.</summary>
    public string Name(string table, string? language) => language is null ? table : _texts.In(language)[$"exchange.sheet.{table}"];

    /// <summary>What stands above a column.</summary>
    public string Header(PlaceColumn column, string? language) =>
        language is null ? column.Id
        : _pack.Element(column.Id) is null ? _texts.In(language)[$"exchange.column.{column.Id}"]
        : $"{column.Id} {_pack.Words(language)[$"elements.{column.Id}.short"]}";

    /// <summary>What a list has to choose from, in a language.</summary>
    public IReadOnlyList<string> Labels(string list, string? language) => [.. _choices[list].Select(id => Label(list, id, language))];

    /// <summary>What one of a list's values is called; a value that is none of them stays as it is.</summary>
    public string Label(string list, string id, string? language) =>
        language is null || !_choices[list].Contains(id) ? id : list switch
        {
            "placeKinds" => _texts.In(language)[$"home.{id}"],
            "yesNo" => _texts.In(language)[$"exchange.{id}"],
            "groups" => _texts.In(language)[$"rounds.groups.{id}"],
            "levels" => id == CannotTell ? _texts.In(language)["exchange.cannot-tell"] : id,
            "elements" => $"{id} {_pack.Words(language)[$"elements.{id}.short"]}",
            _ => _pack.Words(language).Name(list, id),
        };

    /// <summary>The table a sheet of this name holds, or null.</summary>
    public string? TableOf(string sheet) => _sheets.GetValueOrDefault(Fold(sheet));

    /// <summary>The column a header names, with the language after its colon; null where it names none.</summary>
    public (PlaceColumn Column, string Path)? ColumnOf(PlaceTable table, string header)
    {
        var parts = Fold(header).Split(':', 2, StringSplitOptions.TrimEntries);
        var id = _columns[table.Id].GetValueOrDefault(parts[0]) ?? (_pack.Element(parts[0].Split(' ')[0].ToUpperInvariant()) is { } element && table.Id == "evidence" ? element.Id : null);
        if (table.Columns.FirstOrDefault(c => c.Id == id) is not { } column || column.ByLanguage != parts.Length > 1) return null;
        if (!column.ByLanguage) return (column, column.Path);
        // Tags are read as they stand; only their letters' size is lost, which is that of the second part: zh-Hant.
        var tag = Normal(header).Split(':', 2)[1].Trim();
        return LanguageTag().IsMatch(tag) ? (column, $"{column.Path}.{tag}") : null;
    }

    /// <summary>The value of a list that a text means, in any language; null where it means none.</summary>
    public string? IdOf(string list, string text)
    {
        var folded = Fold(text);
        return _values[list].GetValueOrDefault(folded)
            ?? (list == "elements" ? _choices[list].FirstOrDefault(id => folded.StartsWith($"{id} ", StringComparison.OrdinalIgnoreCase)) : null);
    }

    /// <summary>A text without what does not change its meaning: width, case, spaces around.</summary>
    public static string Fold(string text) => Spaces().Replace(Normal(text), " ").Trim().ToLowerInvariant();

    private static string Normal(string text)
    {
        try
        {
            return text.Normalize(NormalizationForm.FormKC);
        }
        catch (ArgumentException)
        {
            // Half a surrogate pair: no text, and refused where it is checked.
            return text;
        }
    }

    private Dictionary<string, string> Meanings(IEnumerable<string> ids, Func<string, string?, string> label)
    {
        var meanings = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var language in _texts.Languages.Prepend(null))
            foreach (var id in ids) meanings.TryAdd(Fold(label(id, language)), id);
        return meanings;
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    private static partial Regex LanguageTag();
}
