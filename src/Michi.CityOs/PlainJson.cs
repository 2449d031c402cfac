using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Michi.CityOs;

/// <summary>JSON with text as it is, not escaped for HTML: what is written is never part of a page.</summary>
internal static class PlainJson
{
    public static readonly JsonSerializerOptions Serializer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static readonly JsonWriterOptions Writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Levels of nested JSON accepted: a few less than .NET reads, as what is kept stands within documents of our own.</summary>
    private const int Deepest = 60;

    private static readonly JsonSerializerOptions Strict = new() { MaxDepth = Deepest, AllowDuplicateProperties = false };

    /// <summary>Reads what came from elsewhere: UTF-8, every text a whole one, every member told once, not too deep (RFC 7493). Whatever passes can be worked with without further care.</summary>
    /// <exception cref="JsonException">It is not so; without a line where the fault is not one of JSON itself.</exception>
    public static JsonElement Parse(ReadOnlySpan<byte> utf8)
    {
        if (!Utf8.IsValid(utf8)) throw new JsonException("is not UTF-8");
        if (utf8.IndexOf("\\ud"u8) >= 0 || utf8.IndexOf("\\uD"u8) >= 0) CheckSurrogates(utf8);
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(utf8, Strict);
        }
        catch (JsonException fault) when (IsJson(utf8))
        {
            throw new JsonException("tells a member of an object twice", fault);
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Deepest });
        try
        {
            while (json.Read())
            {
            }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>An escape can tell half of a character, which no text can hold.</summary>
    private static void CheckSurrogates(ReadOnlySpan<byte> utf8)
    {
        var json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = Deepest });
        while (json.Read())
        {
            if (json.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || !json.ValueIsEscaped) continue;
            try
            {
                json.GetString();
            }
            catch (InvalidOperationException)
            {
                throw new JsonException($"has half of a surrogate pair at byte {json.TokenStartIndex}");
            }
        }
    }

    /// <summary>The parts of an array, or the value itself: JSON-LD lets a list of one stand alone.</summary>
    public static IEnumerable<JsonElement> OneOrMany(this JsonElement value) => value.ValueKind == JsonValueKind.Array ? value.EnumerateArray() : (JsonElement[])[value];
}
