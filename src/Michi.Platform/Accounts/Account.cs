namespace Michi.Platform.Accounts;

/// <summary>A person who can sign in.</summary>
internal sealed class Account
{
    public required Guid Id { get; init; }

    /// <summary>E-mail address in lower case; what one signs in with.</summary>
    public required string Email { get; init; }

    public required string Name { get; set; }
    public required string PasswordHash { get; set; }

    /// <summary>Changes when every session of the account must end (password changed, signed out everywhere, disabled).</summary>
    public required string SecurityStamp { get; set; }

    public int FailedSignIns { get; set; }
    public DateTimeOffset? LockedUntil { get; set; }
    public DateTimeOffset? DisabledAt { get; set; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Key of the second factor in Base32; null while it is off.</summary>
    public string? TotpKey { get; set; }

    /// <summary>Time step of the last code accepted: a code works once.</summary>
    public long TotpStep { get; set; }

    /// <summary>Hashes of the recovery codes not used yet, with spaces between.</summary>
    public string RecoveryCodes { get; set; } = "";
}

/// <summary>What a person may be at a place, and at every place below it.</summary>
public enum Role
{
    Viewer,
    Assessor,
    Moderator,
    DataPublisher,
    Planner,
    Facilitator,
    Owner,
}

/// <summary>A role of an account at a place; at no place = the whole installation.</summary>
internal sealed class Grant
{
    public required Guid Id { get; init; }
    public required Guid AccountId { get; init; }
    public Guid? PlaceId { get; init; }
    public required Role Role { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A personal access token: acts for its account through the API, within its scope.</summary>
internal sealed class AccessToken
{
    public required Guid Id { get; init; }
    public required Guid AccountId { get; init; }
    public required string Name { get; init; }

    /// <summary>SHA-256 of the token, hexadecimal. The token itself is shown once and kept nowhere.</summary>
    public required string Hash { get; init; }

    /// <summary><c>read</c> or <c>write</c>.</summary>
    public required string Scope { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; set; }
}

/// <summary>A one-time link by which a person without an account gets one with a role, or a person who forgot the password sets a new one.</summary>
internal sealed class Invitation
{
    public required Guid Id { get; init; }

    /// <summary>SHA-256 of the secret in the link, hexadecimal.</summary>
    public required string Hash { get; init; }

    /// <summary>E-mail address in lower case.</summary>
    public required string Email { get; init; }

    /// <summary>Where the role is given; null = the whole installation.</summary>
    public Guid? PlaceId { get; init; }

    /// <summary>The role; null where the link is for a new password.</summary>
    public Role? Role { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }
    public DateTimeOffset? TakenAt { get; set; }
    public DateTimeOffset? WithdrawnAt { get; set; }
}
