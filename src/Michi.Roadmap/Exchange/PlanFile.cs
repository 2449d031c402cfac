using System.Text.Json;
using System.Text.Json.Serialization;
using Michi.Platform;
using Michi.Roadmap.Challenges;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Scenarios;
using Michi.Roadmap.Vision;

namespace Michi.Roadmap.Exchange;

/// <summary>What a place plans with, as one file: vision, challenges, initiatives, scenarios. Import reads it, export writes it.</summary>
public sealed record PlanFile
{
    /// <summary>The version of the format.</summary>
    public const string CurrentFormat = "michi-plan/1";

    /// <summary>Largest file read, in bytes.</summary>
    public const int MaxBytes = 20_000_000;

    private static readonly JsonSerializerOptions Options = new(StrictJson.Options) { IgnoreReadOnlyProperties = true };

    public string Format { get; init; } = CurrentFormat;

    /// <summary>Slug of the place; empty where the import says it.</summary>
    public string Place { get; init; } = "";

    /// <summary>What a reader must know of the data, by language.</summary>
    public Dictionary<string, string> Note { get; init; } = [];

    /// <summary>True where the figures show how Michi works and are not the place's own.</summary>
    public bool Demonstration { get; init; }

    [JsonInclude]
    internal VersionedVision? Vision { get; init; }

    [JsonInclude]
    internal List<FileChallenge> Challenges { get; init; } = [];

    [JsonInclude]
    internal List<FileInitiative> Initiatives { get; init; } = [];

    [JsonInclude]
    internal List<FileScenario> Scenarios { get; init; } = [];

    /// <summary>Reads a file; its faults carry the path of what is wrong.</summary>
    public static (PlanFile? File, Fault? Fault) Read(ReadOnlySpan<byte> json) => StrictJson.Read<PlanFile>(json, MaxBytes, Options);

    /// <summary>Whether bytes are meant as a plan file: JSON whose first fields name such a format, whatever its version.</summary>
    public static bool IsMeant(ReadOnlySpan<byte> file)
    {
        try
        {
            var reader = new Utf8JsonReader(file.StartsWith("\uFEFF"u8) ? file[3..] : file);
            while (reader.Read() && reader.CurrentDepth <= 1)
                if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("format"))
                    return reader.Read() && reader.TokenType == JsonTokenType.String && reader.GetString()!.StartsWith("michi-plan/", StringComparison.Ordinal);
        }
        catch (JsonException)
        {
            // No JSON: no plan file. Who reads it next says what is wrong with it.
        }
        return false;
    }

    public byte[] Write() => JsonSerializer.SerializeToUtf8Bytes(this, Options);

    /// <summary>Facts as the file writes them: to lay changes on, and to compare.</summary>
    internal static JsonElement ElementOf<T>(T facts) => JsonSerializer.SerializeToElement(facts, Options);

    /// <exception cref="JsonException">It is not of that type; its path says where.</exception>
    internal static T FactsOf<T>(JsonElement element) => element.Deserialize<T>(Options) ?? throw new JsonException("null");
}

/// <summary>The vision in a file.</summary>
/// <param name="Version">The version it was exported at: where it has been changed since, import refuses to overwrite it. Null to overwrite in any case.</param>
internal sealed record VersionedVision(VisionFacts Facts, int? Version = null);

/// <summary>A challenge in a file.</summary>
/// <param name="Retired">Why it no longer stands; null while it does.</param>
internal sealed record FileChallenge(string Code, ChallengeFacts Facts, int? Version = null, string? Retired = null);

/// <summary>An initiative in a file: its facts, or an initiative of the library with what is different here.</summary>
internal sealed record FileInitiative
{
    /// <summary>Empty for the id in the library.</summary>
    public string Code { get; init; } = "";

    /// <summary>Id of the library's initiative it is copied from.</summary>
    public string? Library { get; init; }

    /// <summary>Version of the library it was copied from; null for the one in force.</summary>
    public string? LibraryVersion { get; init; }

    /// <summary>The whole of its facts; null to copy the library's.</summary>
    public InitiativeFacts? Facts { get; init; }

    /// <summary>What differs from the library's copy, in the form of the facts: a JSON merge patch (RFC 7396).</summary>
    public JsonElement? Changes { get; init; }

    public string Gate { get; init; } = "idea";
    public int? Version { get; init; }

    /// <summary>Why it was given up; null while it stands.</summary>
    public string? Retired { get; init; }
}

/// <summary>A scenario in a file; matched by its name.</summary>
internal sealed record FileScenario(string Name, ScenarioFacts Facts, int? Version = null);
