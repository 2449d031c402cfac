namespace Michi.Platform.Places;

/// <summary>A node of the tree of places.</summary>
public enum PlaceKind
{
    Country,
    City,
    /// <summary>A limited area of a city (area development).</summary>
    District,
}

/// <summary>A country, city or district. Evidence, ratings and rights hang on places.</summary>
public sealed class Place
{
    public required Guid Id { get; init; }
    public Guid? ParentId { get; set; }
    public required PlaceKind Kind { get; init; }

    /// <summary>The place's name in addresses: lower-case letters, digits and hyphens; unique.</summary>
    public required string Slug { get; init; }

    /// <summary>Names by language tag (<c>en</c>, <c>ja</c>, <c>km</c>…); at least one.</summary>
    public required Dictionary<string, string> Names { get; set; }

    /// <summary>ISO 3166-1 alpha-2.</summary>
    public string? CountryCode { get; set; }

    /// <summary>Degrees, WGS 84.</summary>
    public double? Latitude { get; set; }

    /// <summary>Degrees, WGS 84.</summary>
    public double? Longitude { get; set; }

    /// <summary>Boundary as a GeoJSON geometry, WGS 84.</summary>
    public string? Boundary { get; set; }

    /// <summary>Characteristic a person confirmed; null while only suggested.</summary>
    public string? Characteristic { get; set; }

    /// <summary>Why this characteristic, in the words of who confirmed it.</summary>
    public string? CharacteristicReason { get; set; }

    /// <summary>True where anyone may see the place's diagnosis; otherwise only people with a role.</summary>
    public bool IsPublic { get; set; }

    /// <summary>True for data that show how Michi works and are not the city's own.</summary>
    public bool IsDemonstration { get; set; }

    /// <summary>What a reader must know of the data (origin, limits), by language.</summary>
    public Dictionary<string, string> Note { get; set; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The name in a language, else in English, else any.</summary>
    public string NameIn(string language) => NameIn(Names, language);

    internal static string NameIn(Dictionary<string, string> names, string language) =>
        names.GetValueOrDefault(language) ?? names.GetValueOrDefault("en") ?? names.Values.First();
}

/// <summary>A place in a list: what is needed to name and group it, without its boundary.</summary>
public sealed record PlaceItem(Guid Id, Guid? ParentId, PlaceKind Kind, string Slug, Dictionary<string, string> Names, string? CountryCode, bool IsPublic, bool IsDemonstration)
{
    /// <summary>The name in a language, else in English, else any.</summary>
    public string NameIn(string language) => Place.NameIn(Names, language);
}

/// <summary>A fact about a place with its source.</summary>
public sealed class PlaceFact
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }

    /// <summary>Kind of fact, as the content pack lists them (<c>population</c>, <c>dominant-industry</c>…).</summary>
    public required string Kind { get; init; }

    /// <summary>A number with invariant decimal point, <c>yes</c>/<c>no</c>, or text.</summary>
    public required string Value { get; init; }

    public required string Source { get; init; }

    /// <summary>Date the fact is about: <c>2021</c>, <c>2021-05</c> or <c>2021-05-31</c>; null where the source bears none.</summary>
    public string? Date { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the fact was withdrawn; null while it stands.</summary>
    public DateTimeOffset? RetiredAt { get; set; }
}
