using System.Globalization;
using System.Text.RegularExpressions;
using Michi.Approach;

namespace Michi.Platform.Places;

/// <summary>What may be said about a place, the same from a page and through the API.</summary>
internal static partial class PlaceInput
{
    private const int MaxNames = 30;

    /// <summary>Names by language tag, trimmed; at least one.</summary>
    public static Dictionary<string, string> Names(InputCheck check, IReadOnlyDictionary<string, string>? names)
    {
        var sound = new Dictionary<string, string>(StringComparer.Ordinal);
        if (names is null or { Count: 0 }) check.Refuse("names", "required");
        else if (names.Count > MaxNames) check.Refuse("names", "limit", MaxNames);
        else
        {
            foreach (var (language, name) in names)
            {
                var isTag = language.Length <= 35 && LanguageTag().IsMatch(language);
                if (!isTag) check.Refuse("names", "language", language.Length > 35 ? language[..35] : language);
                sound[language] = check.Line(isTag ? $"names.{language}" : "names", name, 200);
            }
        }
        return sound;
    }

    /// <summary>A country by its two letters, as the interface texts list them.</summary>
    public static string CountryCode(InputCheck check, string? code, Languages.Words words)
    {
        var text = code?.Trim() ?? "";
        if (text.Length == 0) check.Refuse("countryCode", "required");
        else if (text.Length != 2 || words.Find($"countries.{text}") is null) check.Refuse("countryCode", "country-code", text.Length > 2 ? text[..2] + "…" : text);
        return text;
    }

    /// <summary>A number as people type it in a form; null where the field is empty.</summary>
    public static double? Number(InputCheck check, string field, string? text)
    {
        if (string.IsNullOrWhiteSpace(text)) return null;
        if (TryNumber(text.Trim(), out var number)) return number;
        check.Refuse(field, "number", text.Trim().Length > 40 ? text.Trim()[..40] + "…" : text.Trim());
        return null;
    }

    /// <summary>Latitude and longitude: both, in range, or neither.</summary>
    public static void Coordinates(InputCheck check, double? latitude, double? longitude)
    {
        if (latitude is null != longitude is null) check.Refuse(latitude is null ? "latitude" : "longitude", "coordinates");
        if (latitude is not (null or (>= -90 and <= 90))) check.Refuse("latitude", "range", latitude, -90, 90);
        if (longitude is not (null or (>= -180 and <= 180))) check.Refuse("longitude", "range", longitude, -180, 180);
    }

    /// <summary>A fact as the pack describes its kind.</summary>
    public static PlaceFact Fact(InputCheck check, Place place, ContentPack pack, string? kind, string? value, string? source, string? date, DateTimeOffset now)
    {
        var text = check.Line("value", value, 1000);
        if (pack.Facts.FirstOrDefault(f => f.Id == kind) is not { } described) check.Refuse("kind", "choice", kind?.Length > 40 ? kind[..40] : kind, string.Join(", ", pack.Facts.Select(f => f.Id)));
        else if (text.Length > 0 && described.Type == "number")
        {
            if (!TryNumber(text, out var number) || number < 0) check.Refuse("value", "number", text.Length > 40 ? text[..40] + "…" : text);
            else if (described.Unit == "%" && number > 100) check.Refuse("value", "range", text, 0, 100);
        }
        else if (text.Length > 0 && described.Type == "yes-no" && text is not ("yes" or "no")) check.Refuse("value", "choice", text.Length > 40 ? text[..40] + "…" : text, "yes, no");
        var from = check.Line("source", source, 1000);
        var day = check.Line("date", date, 10, required: false);
        if (day.Length is > 0 and <= 10 && PartialDate.Fault(day, DateOnly.FromDateTime(now.UtcDateTime)) is { } fault) check.Refuse("date", fault, day);
        return new() { Id = Guid.CreateVersion7(now), PlaceId = place.Id, Kind = kind ?? "", Value = text, Source = from, Date = day.Length > 0 ? day : null, CreatedAt = now };
    }

    // Digits with a point: no thousands separators, exponents or signs of infinity that others might read differently.
    private static bool TryNumber(string text, out double number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && double.IsFinite(number);

    [GeneratedRegex("^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
    private static partial Regex LanguageTag();
}
