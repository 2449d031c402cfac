using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Michi.Platform;

/// <summary>Reads and writes files as JSON: what is unknown, doubled or of another type is refused with its path and line.</summary>
public static class StrictJson
{
    // What a file of the largest size could fill memory with. Twenty thousand pieces of evidence have some 60,000 objects and 400,000 texts.
    private const int MaxObjects = 250_000, MaxTexts = 4_000_000;

    /// <summary>The options of every such file; to add converters, copy them.</summary>
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
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

    /// <summary>Reads a file; where it is none, the value is null and the fault names the path in it: <c>evidence[3].date (line 12)</c>.</summary>
    public static (T? Value, Fault? Fault) Read<T>(ReadOnlySpan<byte> json, int maxBytes, JsonSerializerOptions? options = null) where T : class
    {
        if (json.StartsWith(Encoding.UTF8.Preamble)) json = json[3..];
        if (json.Length > maxBytes) return (null, new("", "too-large", Invariant(maxBytes)));
        try
        {
            if (IsTooMany(json)) return (null, new("", "too-many-values", Invariant(MaxObjects)));
            return JsonSerializer.Deserialize<T>(json, options ?? Options) is { } value ? (value, null) : (null, new("", "json", "null"));
        }
        catch (JsonException fault)
        {
            var line = Invariant((fault.LineNumber ?? 0) + 1);
            return (null, FaultOf(fault, PathOf(fault) is { Length: > 0 } path ? $"{path} (line {line})" : $"line {line}"));
        }
    }

    /// <summary>Where in the file a fault lies, as <c>evidence[3].date</c>; empty where it is the file's own.</summary>
    public static string PathOf(JsonException fault)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return string.IsNullOrEmpty(fault.Path) || fault.Path == "$" ? "" : fault.Path.Replace("$.", "", StringComparison.Ordinal);
    }

    /// <summary>What a reader says of JSON that it cannot take.</summary>
    public static Fault FaultOf(JsonException fault, string where)
    {
        ArgumentNullException.ThrowIfNull(fault);
        return new(where, fault.Message.Contains("could not be mapped", StringComparison.Ordinal) ? "json-unknown-field" : "json", fault.Message.Split(" Path: ")[0]);
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

    private static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);
}
