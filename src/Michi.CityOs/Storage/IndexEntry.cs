using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.Queries;

namespace Michi.CityOs.Storage;

/// <summary>What the indexes keep of an attribute: its scalar values, and the cells of a place.</summary>
internal static class IndexEntry
{
    /// <summary>Characters of a text that are indexed; what is longer is compared in full on the entity itself.</summary>
    public const int MostCharacters = 120;

    /// <summary>Values of one attribute that are indexed; of longer arrays and language maps only <see cref="Overflow"/> is.</summary>
    private const int MostValues = 64;

    /// <summary>Stands in the index for an attribute whose values are too many for it: any query about the attribute has to look at it.</summary>
    public static readonly object Overflow = -1L;

    /// <summary>Adds what an instance of an attribute is found by: numbers, texts, truth values, a <see cref="PlaceCell"/>; null for one that only is there.</summary>
    public static void Values(EntityAttribute attribute, List<object?> to)
    {
        if (attribute.Kind == AttributeKind.GeoProperty && Box(attribute.Value.Span) is var (west, south, east, north))
        {
            foreach (var cell in PlaceCell.Covering(CellBox.Of(west, south, east, north))) to.Add(cell);
            return;
        }
        var values = attribute.Kind is AttributeKind.GeoProperty or AttributeKind.JsonProperty ? [] : Scalar.Of(attribute);
        if (values.Count > MostValues) to.Add(Overflow);
        else if (values.Count == 0) to.Add(null);
        else
            foreach (var value in values) to.Add(Of(value));
    }

    /// <summary>A value as the index keeps it.</summary>
    public static object? Of(Scalar value) => value.Kind switch
    {
        ScalarKind.Number => double.IsFinite(value.Number) ? value.Number : null,
        ScalarKind.Boolean => value.Number != 0,
        _ => Cut(value.Text),
    };

    public static string Cut(string text) => text.Length <= MostCharacters ? text : text[..(char.IsHighSurrogate(text[MostCharacters - 1]) ? MostCharacters - 1 : MostCharacters)];

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
