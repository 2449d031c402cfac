using Michi.Platform.Tables;

namespace Michi.Assessment.Exchange;

/// <summary>Writes a place file as tables: what attachments and boundaries hold is not in them, only in JSON.</summary>
/// <param name="language">Language of the words; null for ids.</param>
internal sealed class PlaceTableWriter(PlaceTables tables, string? language)
{
    /// <summary>How many rows offer drop-downs.</summary>
    private const int RowsToFill = 5_000;

    /// <summary>One of the file's tables.</summary>
    public Table Write(string id, PlaceFile file)
    {
        var table = tables.Table(id);
        var spoken = tables.Pack.Languages.Concat(Languages(id, file)).Distinct().ToList();
        var columns = table.Columns.SelectMany(c => c.ByLanguage ? spoken.Select(l => (Column: c, Language: (string?)l)) : [(c, null)]).ToList();
        return new(tables.Name(id, language), [.. columns.Select(c => new TableColumn(c.Language is null ? tables.Header(c.Column, language) : $"{tables.Header(c.Column, language)}:{c.Language}", c.Column.Width)
        {
            Choices = c.Column.Choices is { } list ? tables.Labels(list, language) : null, IsText = !c.Column.IsNumber && c.Column.Choices != "levels",
        })], Items(id, file).Select(item => (IReadOnlyList<TableCell>)[.. columns.Select(c => item(c.Column.Id, c.Language))]))
        {
            FrozenColumns = 1,
            RowsToFill = language is null ? 0 : RowsToFill,
        };
    }

    private static IEnumerable<string> Languages(string id, PlaceFile file) => id switch
    {
        "places" => file.Places.SelectMany(p => p.Names.Keys).Concat(file.Note.Keys),
        "evidence" => file.Evidence.SelectMany(e => e.Statement.Keys),
        _ => [],
    };

    // A row is a function from column (and language) to cell.
    private IEnumerable<Func<string, string?, TableCell>> Items(string id, PlaceFile file) => id switch
    {
        "places" => file.Places.Select((p, i) => Place(p, i == 0 ? file.Note : [])),
        "facts" => file.Places.SelectMany(p => p.Facts.Select(f => Fact(p, f))),
        "evidence" => file.Evidence.Select(Evidence),
        "ratings" => file.Assessments.SelectMany(a => a.Rounds.SelectMany(r => r.Ratings.Select(k => Rating(a, r, k)))),
        _ => file.Assessments.SelectMany(a => a.Consensus.Select(c => Consensus(a, c))),
    };

    private TableCell Label(string list, string? value) => value is null ? TableCell.Empty : tables.Label(list, value, language);

    private TableCell YesNo(bool value) => Label("yesNo", value ? "yes" : "no");

    private TableCell Level(int? level) => level is { } number ? TableCell.Number(number) : Label("levels", PlaceTables.CannotTell);

    private Func<string, string?, TableCell> Place(FilePlace place, Dictionary<string, string> note) => (column, of) => column switch
    {
        "slug" => place.Slug,
        "kind" => Label("placeKinds", place.Kind),
        "parent" => place.Parent,
        "countryCode" => place.CountryCode,
        "name" => place.Names.GetValueOrDefault(of!),
        "latitude" => place.Latitude,
        "longitude" => place.Longitude,
        "characteristic" => Label("characteristics", place.Characteristic),
        "characteristicReason" => place.CharacteristicReason,
        _ => note.GetValueOrDefault(of!),
    };

    private Func<string, string?, TableCell> Fact(FilePlace place, FileFact fact) => (column, _) => column switch
    {
        "place" => place.Slug,
        "kind" => Label("facts", fact.Kind),
        "source" => fact.Source,
        "date" => fact.Date,
        _ => tables.Pack.Facts.FirstOrDefault(f => f.Id == fact.Kind)?.Type == "yes-no" ? Label("yesNo", fact.Value) : fact.Value,
    };

    private Func<string, string?, TableCell> Evidence(FileEvidence item) => (column, of) => column switch
    {
        "id" => item.Id,
        "place" => item.Place,
        "statement" => item.Statement.GetValueOrDefault(of!),
        "source" => item.Source,
        "date" => item.Date,
        "kind" => Label("kinds", item.Kind),
        "quality" => Label("qualities", item.Quality),
        "internal" => YesNo(item.Internal),
        "retired" => item.Retired,
        "attachments" => string.Join(", ", item.Attachments.Select(a => a.Name)),
        "version" => item.Version,
        _ => Label("says", item.Elements.GetValueOrDefault(column)),
    };

    private Func<string, string?, TableCell> Rating(FileAssessment assessment, FileRound round, FileRating rating) => (column, _) => column switch
    {
        "place" => assessment.Place,
        "assessment" => assessment.Title,
        "demonstration" => YesNo(assessment.Demonstration),
        "round" => round.Number,
        "assessor" => rating.Assessor,
        "group" => Label("groups", rating.Group),
        "element" => Label("elements", rating.Element),
        "level" => Level(rating.Level),
        "confidence" => Label("confidences", rating.Confidence),
        "reason" => rating.Reason,
        _ => string.Join(' ', rating.Evidence),
    };

    private Func<string, string?, TableCell> Consensus(FileAssessment assessment, FileConsensus consensus) => (column, _) => column switch
    {
        "place" => assessment.Place,
        "assessment" => assessment.Title,
        "demonstration" => YesNo(assessment.Demonstration),
        "element" => Label("elements", consensus.Element),
        "level" => consensus.Level,
        "confidence" => Label("confidences", consensus.Confidence),
        _ => consensus.Reason,
    };
}
