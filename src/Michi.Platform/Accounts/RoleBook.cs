using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Accounts;

/// <summary>What came of giving a role.</summary>
/// <param name="Name">The person's name, where there is an account; then the role was given directly.</param>
/// <param name="Secret">The secret of the invitation's link, where there is none; it is shown once.</param>
/// <param name="WasThere">True where the person had the role already.</param>
internal sealed record Given(string? Name, string? Secret, bool WasThere);

internal enum Withdrawal
{
    Done,
    NotFound,
    /// <summary>Refused: nobody would be left to administer the installation.</summary>
    LastOwner,
}

/// <summary>Gives and withdraws roles, invites people who have no account, disables accounts. Every change is in the audit log.</summary>
internal sealed class RoleBook(PlatformDb db, Reader reader, TimeProvider clock)
{
    /// <summary>How long the link of an invitation can be used.</summary>
    public static readonly TimeSpan InvitationLife = TimeSpan.FromDays(14);

    /// <summary>Gives a role at a place (null = the whole installation) to the account with this address, or invites the person.</summary>
    public async Task<Given> GiveAsync(string email, Role role, Guid? placeId, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Email == email, cancel) is { } account)
        {
            if (await db.Grants.AnyAsync(g => g.AccountId == account.Id && g.PlaceId == placeId && g.Role == role, cancel)) return new(account.Name, null, true);
            db.Grants.Add(new() { Id = Guid.CreateVersion7(now), AccountId = account.Id, PlaceId = placeId, Role = role, CreatedAt = now });
            db.Record(reader, now, "role.give", placeId, Subject(email, role));
            await db.SaveChangesAsync(cancel);
            return new(account.Name, null, false);
        }
        return new(null, await InviteAsync(email, role, placeId, cancel), false);
    }

    /// <summary>The secret of a link by which the person with this address sets a new password.</summary>
    public Task<string> PasswordLinkAsync(string email, CancellationToken cancel) => InviteAsync(email, null, null, cancel);

    private async Task<string> InviteAsync(string email, Role? role, Guid? placeId, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        // A new link takes the place of an earlier one for the same thing.
        foreach (var earlier in await Open(now).Where(i => i.Email == email && i.PlaceId == placeId && i.Role == role).ToListAsync(cancel)) earlier.WithdrawnAt = now;
        var secret = Secret.New();
        db.Invitations.Add(new()
        {
            Id = Guid.CreateVersion7(now),
            Hash = Secret.HashOf(secret),
            Email = email,
            PlaceId = placeId,
            Role = role,
            CreatedAt = now,
            ExpiresAt = now + InvitationLife,
        });
        db.Record(reader, now, role is null ? "account.password-link" : "role.invite", placeId, Subject(email, role));
        await db.SaveChangesAsync(cancel);
        return secret;
    }

    /// <summary>Invitations that can still be taken.</summary>
    public IQueryable<Invitation> Open(DateTimeOffset now) => db.Invitations.Where(i => i.TakenAt == null && i.WithdrawnAt == null && i.ExpiresAt > now);

    /// <summary>Withdraws an invitation to a role at a place.</summary>
    public async Task<Withdrawal> WithdrawInvitationAsync(Guid id, Guid? placeId, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (await Open(now).FirstOrDefaultAsync(i => i.Id == id && i.PlaceId == placeId, cancel) is not { } invitation) return Withdrawal.NotFound;
        invitation.WithdrawnAt = now;
        db.Record(reader, now, "role.invite-withdraw", placeId, Subject(invitation.Email, invitation.Role));
        await db.SaveChangesAsync(cancel);
        return Withdrawal.Done;
    }

    /// <summary>Withdraws a role given at a place.</summary>
    public async Task<Withdrawal> WithdrawAsync(Guid grantId, Guid? placeId, CancellationToken cancel)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (await db.Grants.FirstOrDefaultAsync(g => g.Id == grantId && g.PlaceId == placeId, cancel) is not { } grant) return Withdrawal.NotFound;
        if (grant is { PlaceId: null, Role: Role.Owner } && await IsLastOwnerAsync(grant.AccountId, cancel)) return Withdrawal.LastOwner;
        db.Grants.Remove(grant);
        var email = await db.Accounts.Where(a => a.Id == grant.AccountId).Select(a => a.Email).FirstAsync(cancel);
        db.Record(reader, clock.GetUtcNow(), "role.withdraw", placeId, Subject(email, grant.Role));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return Withdrawal.Done;
    }

    /// <summary>Disables an account, which ends its sessions and revokes its tokens, or enables it again.</summary>
    public async Task<Withdrawal> DisableAsync(Guid accountId, bool isDisabled, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (await db.Accounts.FirstOrDefaultAsync(a => a.Id == accountId, cancel) is not { } account) return Withdrawal.NotFound;
        if (isDisabled && await IsLastOwnerAsync(accountId, cancel)) return Withdrawal.LastOwner;
        account.DisabledAt = isDisabled ? now : null;
        AccountBook.EndSessions(account);
        if (isDisabled) await db.Tokens.Where(t => t.AccountId == accountId && t.RevokedAt == null).ExecuteUpdateAsync(t => t.SetProperty(x => x.RevokedAt, now), cancel);
        db.Record(reader, now, isDisabled ? "account.disable" : "account.enable", null, account.Email);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return Withdrawal.Done;
    }

    /// <summary>Takes the second factor away from an account whose owner has lost it.</summary>
    public async Task<Withdrawal> RemoveSecondFactorAsync(Guid accountId, CancellationToken cancel)
    {
        if (await db.Accounts.FirstOrDefaultAsync(a => a.Id == accountId && a.TotpKey != null, cancel) is not { } account) return Withdrawal.NotFound;
        (account.TotpKey, account.RecoveryCodes) = (null, "");
        db.Record(reader, clock.GetUtcNow(), "account.second-factor-off", null, account.Email);
        await db.SaveChangesAsync(cancel);
        return Withdrawal.Done;
    }

    private async Task<bool> IsLastOwnerAsync(Guid accountId, CancellationToken cancel)
    {
        var owners = db.Grants.Where(g => g.PlaceId == null && g.Role == Role.Owner);
        // Writing the rows, though nothing changes, makes two owners who remove each other at the same moment wait for one another.
        await owners.ExecuteUpdateAsync(g => g.SetProperty(x => x.Role, Role.Owner), cancel);
        return await owners.AnyAsync(g => g.AccountId == accountId, cancel)
            && !await owners.AnyAsync(g => g.AccountId != accountId && db.Accounts.Any(a => a.Id == g.AccountId && a.DisabledAt == null), cancel);
    }

    private static string Subject(string email, Role? role) => role is null ? email : $"{email} {role}";
}
