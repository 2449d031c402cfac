using System.Text.Encodings.Web;
using System.Text.Json;

namespace Michi.CityOs;

/// <summary>JSON with text as it is, not escaped for HTML: what is written is never part of a page.</summary>
internal static class PlainJson
{
    public static readonly JsonSerializerOptions Serializer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly JsonWriterOptions Writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };
}
