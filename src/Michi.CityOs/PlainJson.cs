using System.Text.Encodings.Web;
using System.Text.Json;

namespace Michi.CityOs;

/// <summary>JSON with text as it is, not escaped for HTML: what is written is never part of a page.</summary>
internal static class PlainJson
{
    public static readonly JsonSerializerOptions Serializer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly JsonWriterOptions Writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>The parts of an array, or the value itself: JSON-LD lets a list of one stand alone.</summary>
    public static IEnumerable<JsonElement> OneOrMany(this JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : (JsonElement[])[value];
}
