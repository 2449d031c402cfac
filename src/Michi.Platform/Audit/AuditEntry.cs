namespace Michi.Platform.Audit;

/// <summary>One line of the audit log. The database refuses to change or delete it.</summary>
public sealed class AuditEntry
{
    public long Id { get; init; }
    public required DateTimeOffset At { get; init; }
    public Guid? AccountId { get; init; }

    /// <summary>Who acted, in words: a name, or what stands for one (<c>assessor link</c>, <c>command line</c>).</summary>
    public required string Actor { get; init; }

    /// <summary>What was done: <c>evidence.add</c>, <c>round.close</c>…</summary>
    public required string Action { get; init; }

    public Guid? PlaceId { get; init; }

    /// <summary>What it was done to.</summary>
    public string? Subject { get; init; }
}
