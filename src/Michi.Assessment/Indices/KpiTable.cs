using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Michi.Analytics.Indices;

namespace Michi.Assessment.Indices;

/// <summary>A place of a table of key figures.</summary>
/// <param name="Code">Unique in the table; the slug of a place where Michi knows the place.</param>
internal sealed record KpiPlace(string Code, string Name);

/// <summary>An indicator, or an aggregate of the elements below it, as a person described it.</summary>
/// <param name="Names">Names by language tag, beside <paramref name="Name"/>.</param>
internal sealed record KpiElement(
    string Code, string Name, Dictionary<string, string> Names, int Level, string? Parent, bool MoreIsBetter, double Weight, string? Unit, double? Target,
    string? Denominator)
{
    public string NameIn(string language) => Names.GetValueOrDefault(language, Name);
}

/// <summary>Key figures of places, and what each figure means.</summary>
/// <param name="Columns">Codes of the figures: indicators, and what indicators are divided by.</param>
/// <param name="Values">A row a place, a value a column; null is missing.</param>
internal sealed record KpiTable(IReadOnlyList<KpiPlace> Places, IReadOnlyList<string> Columns, double?[][] Values, IReadOnlyList<KpiElement> Elements)
{
    public const int MaxPlaces = 10_000;
    public const int MaxColumns = 200;
    public const int MaxLevels = 8;

    public IEnumerable<KpiElement> Indicators => Elements.Where(e => e.Level == 1);

    /// <summary>The index itself: the one element of the highest level.</summary>
    public KpiElement Top => Elements.MaxBy(e => e.Level)!;

    public string ToJson() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <exception cref="JsonException">The text is not a table.</exception>
    public static KpiTable FromJson(string json) => JsonSerializer.Deserialize<KpiTable>(json, JsonSerializerOptions.Web)!;

    public static string HashOf(string json) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(json)));

    /// <summary>The table without the places that have no figure at all, of which nothing can be said, and those places.</summary>
    public (KpiTable Table, IReadOnlyList<KpiPlace> Empty) WithoutEmpty()
    {
        var column = Columns.Select((code, i) => (code, i)).ToDictionary(c => c.code, c => c.i);
        var figures = Indicators.Select(e => (Of: column[e.Code], By: e.Denominator is { } by ? column[by] : -1)).ToArray();
        var full = Values.ToLookup(row => figures.Any(f => row[f.Of] is not null && (f.By < 0 || row[f.By] is not (null or 0))));
        if (!full[false].Any()) return (this, []);
        var kept = full[true].ToHashSet();
        return (this with { Places = [.. Places.Where((_, p) => kept.Contains(Values[p]))], Values = [.. full[true]] }, [.. Places.Where((_, p) => !kept.Contains(Values[p]))]);
    }

    /// <summary>The figures as the engine takes them.</summary>
    public IndexTable ToData()
    {
        var values = new double[Places.Count, Columns.Count];
        for (var p = 0; p < Places.Count; p++)
            for (var c = 0; c < Columns.Count; c++)
                values[p, c] = Values[p][c] ?? double.NaN;
        return new([.. Places.Select(p => p.Code)], Columns, values);
    }

    /// <summary>The tree of the index under given choices.</summary>
    public IndexDefinition ToDefinition(IndexChoices choices) => choices.Apply(new([.. Elements.Select(e => new IndexElement(e.Code, e.Name, e.Level, e.Parent)
    {
        Direction = e.MoreIsBetter ? Direction.MoreIsBetter : Direction.LessIsBetter, Weight = e.Weight, Unit = e.Unit, Target = e.Target, Denominator = e.Denominator,
    })]), Places.Count);
}
