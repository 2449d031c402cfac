using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Michi.Assessment.Exchange;

/// <summary>Reads and writes <see cref="PlaceFile"/> as JSON.</summary>
public static class PlaceFileJson
{
    /// <summary>Largest file read, in bytes.</summary>
    public const int MaxBytes = 50_000_000;

    // What a file of the largest size could fill memory with. Twenty thousand pieces of evidence have some 60,000 objects and 400,000 texts.
    private const int MaxObjects = 250_000, MaxTexts = 4_000_000;

    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        MaxDepth = 32,
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.Strict,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNameCaseInsensitive = false,
        RespectNullableAnnotations = true,
    };

    /// <summary>Reads a file; a fault is told with its path and line.</summary>
    public static PlaceFileReading Read(ReadOnlySpan<byte> json)
    {
        if (json.StartsWith(Encoding.UTF8.Preamble)) json = json[3..];
        if (json.Length > MaxBytes) return new(null, [new("", "too-large", MaxBytes.ToString(CultureInfo.InvariantCulture))]);
        try
        {
            if (IsTooMany(json)) return new(null, [new("", "too-many-values", MaxObjects.ToString(CultureInfo.InvariantCulture))]);
            return JsonSerializer.Deserialize<PlaceFile>(json, Options) is { } file
                ? new(file, [])
                : new(null, [new("", "json", "null")]);
        }
        catch (JsonException fault)
        {
            var line = ((fault.LineNumber ?? 0) + 1).ToString(CultureInfo.InvariantCulture);
            var path = string.IsNullOrEmpty(fault.Path) || fault.Path == "$" ? $"line {line}" : $"{fault.Path.Replace("$.", "", StringComparison.Ordinal)} (line {line})";
            return new(null, [new(path, fault.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "json-unknown-field" : "json", fault.Message.Split(" Path: ")[0])]);
        }
    }

    private static bool IsTooMany(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = Options.MaxDepth });
        var (objects, texts) = (0, 0);
        while (reader.Read() && objects <= MaxObjects && texts <= MaxTexts)
        {
            if (reader.TokenType is JsonTokenType.StartObject) objects++;
            else if (reader.TokenType is JsonTokenType.PropertyName or JsonTokenType.String) texts++;
        }
        return objects > MaxObjects || texts > MaxTexts;
    }

    /// <summary>The file as indented UTF-8 JSON, letters of every script as they are.</summary>
    public static byte[] Write(PlaceFile file) => JsonSerializer.SerializeToUtf8Bytes(file, Options);

    /// <summary>One piece of evidence as JSON, for its history.</summary>
    internal static string WriteItem(FileEvidence evidence) => JsonSerializer.Serialize(evidence, Options);
}
