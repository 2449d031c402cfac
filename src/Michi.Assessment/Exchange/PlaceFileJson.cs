using System.Text.Json;
using Michi.Platform;

namespace Michi.Assessment.Exchange;

/// <summary>Reads and writes <see cref="PlaceFile"/> as JSON.</summary>
public static class PlaceFileJson
{
    /// <summary>Largest file read, in bytes.</summary>
    public const int MaxBytes = 50_000_000;

    /// <summary>Reads a file; a fault is told with its path and line.</summary>
    public static PlaceFileReading Read(ReadOnlySpan<byte> json)
    {
        var (file, fault) = StrictJson.Read<PlaceFile>(json, MaxBytes);
        return new(file, fault is null ? [] : [new(fault.Field, fault.Code, [.. fault.Arguments.Select(a => $"{a}")])]);
    }

    /// <summary>The file as indented UTF-8 JSON, letters of every script as they are.</summary>
    public static byte[] Write(PlaceFile file) => JsonSerializer.SerializeToUtf8Bytes(file, StrictJson.Options);

    /// <summary>One piece of evidence as JSON, for its history.</summary>
    internal static string WriteItem(FileEvidence evidence) => JsonSerializer.Serialize(evidence, StrictJson.Options);
}
