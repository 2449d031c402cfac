namespace Michi.Platform.Packs;

/// <summary>A version of a content pack some assessment was made with, whole.</summary>
internal sealed class StoredPack
{
    /// <summary>Hash of the pack's files.</summary>
    public required string Hash { get; init; }

    public required string PackId { get; init; }
    public required string Version { get; init; }

    /// <summary>The layers of files as JSON.</summary>
    public required string Layers { get; init; }

    public required DateTimeOffset AddedAt { get; init; }
}

/// <summary>The bytes of an attached file, once, under their hash.</summary>
internal sealed class StoredFile
{
    /// <summary>SHA-256, hexadecimal.</summary>
    public required string Sha256 { get; init; }

    public required byte[] Bytes { get; init; }
    public required DateTimeOffset AddedAt { get; init; }
}
