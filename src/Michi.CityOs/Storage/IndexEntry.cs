using System.Text.Json;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>What the indexes keep of an attribute: its scalar values, and the box of a place.</summary>
internal static class IndexEntry
{
    /// <summary>Characters of a text that are indexed; what is longer is compared in full on the entity itself.</summary>
    public const int MostCharacters = 120;

    /// <summary>Values of one attribute that are indexed; those of longer arrays are found without the index.</summary>
    public const int MostValues = 64;

    /// <summary>Adds what an instance of an attribute is found by: numbers, texts, truth values; null for one that only is there.</summary>
    public static void Values(EntityAttribute attribute, List<object?> to)
    {
        var before = to.Count;
        switch (attribute.Kind)
        {
            case AttributeKind.Property or AttributeKind.VocabProperty or AttributeKind.Relationship or AttributeKind.ListProperty:
                Scalars(attribute.Value.Span, to);
                break;
            case AttributeKind.ListRelationship:
                using (var list = JsonDocument.Parse(attribute.Value))
                    foreach (var target in list.RootElement.EnumerateArray())
                        to.Add(Cut((target.ValueKind == JsonValueKind.Object ? target.GetProperty("object") : target).GetString()!));
                break;
        }
        if (to.Count == before || to.Count - before > MostValues)
        {
            to.RemoveRange(before, to.Count - before);
            to.Add(null);
        }
    }

    public static string Cut(string text) => text.Length <= MostCharacters ? text : text[..MostCharacters];

    private static void Scalars(ReadOnlySpan<byte> value, List<object?> to)
    {
        var json = new Utf8JsonReader(value);
        if (!json.Read()) return;
        if (json.TokenType == JsonTokenType.StartArray)
        {
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (Scalar(ref json) is { } one) to.Add(one);
                else json.Skip();
            }
            return;
        }
        if (json.TokenType == JsonTokenType.StartObject)
        {
            // A typed value, { "@type": …, "@value": … }.
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var isValue = json.ValueTextEquals("@value"u8);
                json.Read();
                if (isValue && Scalar(ref json) is { } typed) to.Add(typed);
                json.Skip();
            }
            return;
        }
        if (Scalar(ref json) is { } only) to.Add(only);
    }

    private static object? Scalar(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.Number => json.TryGetDouble(out var number) && double.IsFinite(number) ? number : null,
        JsonTokenType.String => Cut(json.GetString()!),
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => null,
    };

    /// <summary>The box around a geometry in degrees; null where it has no position.</summary>
    public static (double West, double South, double East, double North)? Box(ReadOnlySpan<byte> geometry)
    {
        var json = new Utf8JsonReader(geometry);
        double west = double.PositiveInfinity, south = double.PositiveInfinity, east = double.NegativeInfinity, north = double.NegativeInfinity;
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals("coordinates"u8)) continue;
            json.Read();
            var depth = json.CurrentDepth;
            var ordinal = 0;
            while (json.Read() && json.CurrentDepth > depth)
            {
                if (json.TokenType == JsonTokenType.StartArray) ordinal = 0;
                if (json.TokenType != JsonTokenType.Number) continue;
                var number = json.GetDouble();
                if (ordinal == 0) (west, east) = (Math.Min(west, number), Math.Max(east, number));
                if (ordinal == 1) (south, north) = (Math.Min(south, number), Math.Max(north, number));
                ordinal++;
            }
        }
        return west <= east && south <= north ? (west, south, east, north) : null;
    }
}
