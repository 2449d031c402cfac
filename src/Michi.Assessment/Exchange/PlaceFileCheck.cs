using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Michi.Approach;
using Michi.Assessment.Rounds;
using Michi.Platform;
using Michi.Platform.Places;

namespace Michi.Assessment.Exchange;

/// <summary>Checks a file against the content pack, every value, before anything is saved.</summary>
public static partial class PlaceFileCheck
{
    /// <summary>Most faults told of one file.</summary>
    public const int MaxProblems = 200;

    public const int MaxText = 4000;
    public const int MaxAttachmentBytes = 10_000_000;
    internal static readonly string[] Groups = ["public", "private", "academia", "citizen", "other"];

    /// <summary>Everything wrong with a file; empty where it can be imported.</summary>
    /// <param name="knownPlaces">Slugs of places that exist already.</param>
    public static IReadOnlyList<InputProblem> Problems(PlaceFile file, ContentPack pack, IReadOnlySet<string> knownPlaces, DateOnly today)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(pack);
        var found = new List<InputProblem>();
        void Add(string where, string code, params string[] arguments)
        {
            if (found.Count < MaxProblems) found.Add(new(where, code, [.. arguments.Select(Short)]));
        }

        // Where JSON has null in place of a value, its own members can no longer be looked at.
        bool IsComplete(string at, params (string Name, object? Value)[] members)
        {
            foreach (var (name, _) in members.Where(m => m.Value is null)) Add(at.Length == 0 ? name : $"{at}.{name}", "required");
            return members.All(m => m.Value is not null);
        }

        if (!IsComplete("", ("format", file.Format), ("note", Whole(file.Note)), ("places", Whole(file.Places)), ("evidence", Whole(file.Evidence)), ("assessments", Whole(file.Assessments)))) return found;
        if (file.Format != PlaceFile.CurrentFormat) Add("format", "format", file.Format, PlaceFile.CurrentFormat);
        if (file.Note.Count > 0) Texts("note", file.Note);
        var places = new HashSet<string>(knownPlaces, StringComparer.Ordinal);
        var inFile = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < file.Places.Count; i++)
        {
            var (place, at) = (file.Places[i], $"places[{i}]");
            if (!IsComplete(at, ("slug", place.Slug), ("kind", place.Kind), ("names", Whole(place.Names)), ("facts", Whole(place.Facts)))) continue;
            if (!Slugs.IsValid(place.Slug)) Add($"{at}.slug", "slug", place.Slug);
            else if (!inFile.Add(place.Slug)) Add($"{at}.slug", "twice", place.Slug);
            OneOf($"{at}.kind", place.Kind, ["country", "city", "district"]);
            if (place.Kind == "country" && place.Parent is not null) Add($"{at}.parent", "country-parent");
            if (place.Kind is "city" or "district" && (place.Parent is null || !places.Contains(place.Parent))) Add($"{at}.parent", "unknown-place", place.Parent ?? "");
            places.Add(place.Slug);
            Texts($"{at}.names", place.Names);
            if (place.CountryCode is { } code && !CountryCode().IsMatch(code)) Add($"{at}.countryCode", "country-code", code);
            if (place.Latitude is { } latitude && !(latitude is >= -90 and <= 90)) Add($"{at}.latitude", "range", Number(latitude), "-90", "90");
            if (place.Longitude is { } longitude && !(longitude is >= -180 and <= 180)) Add($"{at}.longitude", "range", Number(longitude), "-180", "180");
            if (place.Boundary is { } boundary && Boundary.Read(boundary.GetRawText()).Fault is { } unfit) Add($"{at}.boundary", unfit);
            if (place.Characteristic is { } characteristic) OneOf($"{at}.characteristic", characteristic, pack.Characteristics);
            for (var f = 0; f < place.Facts.Count; f++) Fact($"{at}.facts[{f}]", place.Facts[f]);
        }

        var codes = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < file.Evidence.Count; i++)
        {
            var (item, at) = (file.Evidence[i], $"evidence[{i}]");
            if (!IsComplete(at, ("id", item.Id), ("place", item.Place), ("kind", item.Kind), ("quality", item.Quality), ("source", item.Source), ("elements", Whole(item.Elements)),
                ("statement", Whole(item.Statement)), ("attachments", Whole(item.Attachments)))) continue;
            if (item.Id.Length > 0 && !Code().IsMatch(item.Id)) Add($"{at}.id", "id", item.Id);
            else if (item.Id.Length > 0 && !codes.Add(item.Id)) Add($"{at}.id", "twice", item.Id);
            if (!places.Contains(item.Place)) Add($"{at}.place", "unknown-place", item.Place);
            OneOf($"{at}.kind", item.Kind, pack.Evidence.Kinds.Keys);
            OneOf($"{at}.quality", item.Quality, pack.Evidence.Qualities.Keys);
            if (item.Elements.Count == 0) Add($"{at}.elements", "no-element");
            foreach (var (element, says) in item.Elements)
            {
                if (pack.Element(element) is null) Add($"{at}.elements.{element}", "unknown-element", element, $"{pack.Elements[0].Id}–{pack.Elements[^1].Id}");
                OneOf($"{at}.elements.{element}", says, pack.Evidence.Says.Keys);
            }
            Texts($"{at}.statement", item.Statement);
            Text($"{at}.source", item.Source, required: true);
            Date($"{at}.date", item.Date);
            Text($"{at}.retired", item.Retired ?? "", required: item.Retired is not null);
            for (var a = 0; a < item.Attachments.Count; a++)
            {
                var attachment = item.Attachments[a];
                if (!IsComplete($"{at}.attachments[{a}]", ("name", attachment.Name), ("mediaType", attachment.MediaType), ("bytes", attachment.Bytes))) continue;
                Text($"{at}.attachments[{a}].name", attachment.Name, required: true);
                Text($"{at}.attachments[{a}].mediaType", attachment.MediaType, required: false);
                if (attachment.Bytes.Length is 0 or > MaxAttachmentBytes) Add($"{at}.attachments[{a}].bytes", "attachment-size", MaxAttachmentBytes.ToString(CultureInfo.InvariantCulture));
            }
        }

        var titles = new HashSet<(string, string)>();
        for (var i = 0; i < file.Assessments.Count; i++)
        {
            var (assessment, at) = (file.Assessments[i], $"assessments[{i}]");
            if (!IsComplete(at, ("place", assessment.Place), ("title", assessment.Title), ("rounds", Whole(assessment.Rounds)), ("consensus", Whole(assessment.Consensus)))) continue;
            if (!places.Contains(assessment.Place)) Add($"{at}.place", "unknown-place", assessment.Place);
            Text($"{at}.title", assessment.Title, required: true);
            if (assessment.Title.Length > StartAssessment.MaxTitle) Add($"{at}.title", "too-long", StartAssessment.MaxTitle.ToString(CultureInfo.InvariantCulture));
            else if (!titles.Add((assessment.Place, assessment.Title))) Add($"{at}.title", "twice", assessment.Title);
            for (var r = 0; r < assessment.Rounds.Count; r++)
            {
                var round = assessment.Rounds[r];
                if (round.Number != r + 1) Add($"{at}.rounds[{r}].number", "round-number", round.Number.ToString(CultureInfo.InvariantCulture), (r + 1).ToString(CultureInfo.InvariantCulture));
                if (!IsComplete($"{at}.rounds[{r}]", ("ratings", Whole(round.Ratings)))) continue;
                var seen = new HashSet<(int, string)>();
                for (var k = 0; k < round.Ratings.Count; k++)
                {
                    var (rating, here) = (round.Ratings[k], $"{at}.rounds[{r}].ratings[{k}]");
                    if (!IsComplete(here, ("group", rating.Group), ("element", rating.Element), ("confidence", rating.Confidence), ("reason", rating.Reason), ("evidence", Whole(rating.Evidence)))) continue;
                    if (rating.Assessor is < 1 or > 1000) Add($"{here}.assessor", "range", rating.Assessor.ToString(CultureInfo.InvariantCulture), "1", "1000");
                    OneOf($"{here}.group", rating.Group, Groups);
                    Rated(here, rating.Element, rating.Level, rating.Confidence, rating.Reason, required: false);
                    foreach (var id in rating.Evidence.Where(id => !Code().IsMatch(id))) Add($"{here}.evidence", "id", id);
                    if (!seen.Add((rating.Assessor, rating.Element))) Add($"{here}.element", "rated-twice", rating.Element);
                }
            }
            var agreed = new HashSet<string>(StringComparer.Ordinal);
            for (var c = 0; c < assessment.Consensus.Count; c++)
            {
                var consensus = assessment.Consensus[c];
                if (!IsComplete($"{at}.consensus[{c}]", ("element", consensus.Element), ("confidence", consensus.Confidence), ("reason", consensus.Reason))) continue;
                Rated($"{at}.consensus[{c}]", consensus.Element, consensus.Level, consensus.Confidence, consensus.Reason, required: true);
                if (!agreed.Add(consensus.Element)) Add($"{at}.consensus[{c}].element", "twice", consensus.Element);
            }
        }
        return found;

        void Rated(string at, string element, int? level, string confidence, string reason, bool required)
        {
            if (pack.Element(element) is null) Add($"{at}.element", "unknown-element", element, $"{pack.Elements[0].Id}–{pack.Elements[^1].Id}");
            if (level is < 0 or >= ContentPack.Levels) Add($"{at}.level", "range", level.Value.ToString(CultureInfo.InvariantCulture), "0", "4");
            OneOf($"{at}.confidence", confidence, pack.Evidence.Confidences.Keys);
            Text($"{at}.reason", reason, required);
        }

        void Fact(string at, FileFact fact)
        {
            if (!IsComplete(at, ("kind", fact.Kind), ("value", fact.Value), ("source", fact.Source))) return;
            if (pack.Facts.FirstOrDefault(f => f.Id == fact.Kind) is not { } kind) Add($"{at}.kind", "choice", fact.Kind, string.Join(", ", pack.Facts.Select(f => f.Id)));
            else if (kind.Type == "number" && !(double.TryParse(fact.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) && number >= 0))
                Add($"{at}.value", "number", fact.Value);
            else if (kind.Type == "yes-no") OneOf($"{at}.value", fact.Value, ["yes", "no"]);
            Text($"{at}.value", fact.Value, required: true);
            Text($"{at}.source", fact.Source, required: true);
            Date($"{at}.date", fact.Date);
        }

        void OneOf(string at, string value, IEnumerable<string> allowed)
        {
            if (!allowed.Contains(value)) Add(at, "choice", value, string.Join(", ", allowed));
        }

        void Texts(string at, Dictionary<string, string> texts)
        {
            if (texts.Count == 0) Add(at, "required");
            foreach (var (language, text) in texts)
            {
                if (!LanguageTag().IsMatch(language)) Add($"{at}.{language}", "language", language);
                Text($"{at}.{language}", text, required: true);
            }
        }

        void Text(string at, string text, bool required)
        {
            if (required && string.IsNullOrWhiteSpace(text)) Add(at, "required");
            else if (text.Length > MaxText) Add(at, "too-long", MaxText.ToString(CultureInfo.InvariantCulture));
            else if (text.Any(c => (char.IsControl(c) && c is not ('\n' or '\r' or '\t')) || c is '\uFFFD' or '\uFFFE' or '\uFFFF') || !IsWellFormed(text)) Add(at, "control-character");
        }

        // Half a surrogate pair is no character and cannot be stored everywhere.
        static bool IsWellFormed(string text) => text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0 || text.EnumerateRunes().All(rune => rune != Rune.ReplacementChar);

        void Date(string at, string? date)
        {
            if (date is not null && PartialDate.Fault(date, today) is { } fault) Add(at, fault, date);
        }
    }

    private static List<T>? Whole<T>(List<T>? list) where T : class => list?.Any(item => item is null) == false ? list : null;

    private static Dictionary<string, string>? Whole(Dictionary<string, string>? texts) => texts?.Values.Any(text => text is null) == false ? texts : null;

    // A faulty value can be as long as the file; enough of it to find it again.
    private static string Short(string text) => text.Length <= 200 ? text : $"{text[..(char.IsHighSurrogate(text[199]) ? 199 : 200)]}…";

    private static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    [GeneratedRegex("^[A-Z]{2}$")]
    private static partial Regex CountryCode();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$")]
    private static partial Regex Code();

    [GeneratedRegex("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    private static partial Regex LanguageTag();
}
