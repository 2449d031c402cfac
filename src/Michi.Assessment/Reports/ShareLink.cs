namespace Michi.Assessment.Reports;

/// <summary>A read-only link to a place's report that works without an account until it expires or is withdrawn.</summary>
internal sealed class ShareLink
{
    public required Guid Id { get; init; }
    public required Guid PlaceId { get; init; }

    /// <summary>SHA-256 of the secret in the link, hexadecimal.</summary>
    public required string Hash { get; init; }

    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? WithdrawnAt { get; set; }
}
