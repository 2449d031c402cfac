using Michi.Platform.Places;
using Michi.Platform.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Accounts;

/// <summary>Where the link of an invitation leads: the person sets name and password and has the role, or sets a new password.</summary>
[Allow(Right.Anyone), EnableRateLimiting(PlatformModule.SecretsLimit)]
internal sealed class JoinPage(PlatformDb db, AccountBook accounts, RoleBook roles, PlaceDirectory places, TimeProvider clock) : MichiPage
{
    public string Link { get; private set; } = "";
    public string Name { get; private set; } = "";

    /// <summary>Null where the link is wrong, used, withdrawn or too old.</summary>
    public Invitation? Invitation { get; private set; }

    public Place? Place { get; private set; }

    /// <summary>The account with the invited address, if there is one by now.</summary>
    public Account? Account { get; private set; }

    public bool IsNewPassword => Invitation is { Role: null };

    /// <summary>True where the person has an account already and only accepts.</summary>
    public bool IsAccepting => Account is not null && !IsNewPassword;

    public async Task<IActionResult> OnGetAsync(string? secret, CancellationToken cancel) => await FindAsync(secret, cancel) ? Page() : Closed();

    public async Task<IActionResult> OnPostAsync(string? secret, string? name, string? password, string? again, CancellationToken cancel)
    {
        if (!await FindAsync(secret, cancel)) return Closed();
        var invitation = Invitation!;
        if (IsAccepting && Account!.Id != Reader.AccountId) return Page();
        if (!IsAccepting)
        {
            var check = new InputCheck();
            Name = Account?.Name ?? check.Line("name", name, 100);
            AccountBook.CheckNew(check, password, again, invitation.Email, Name);
            if (!check.IsSound) return Again(check.Faults);
        }

        var now = clock.GetUtcNow();
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        // Only one of two who use the link at once finds it open.
        if (await roles.Open(now).Where(i => i.Id == invitation.Id).ExecuteUpdateAsync(i => i.SetProperty(x => x.TakenAt, now), cancel) == 0) return Closed();
        if (Account is null) Account = accounts.Add(invitation.Email, Name, password!);
        else if (IsNewPassword)
        {
            AccountBook.SetPassword(Account, password!);
            (Account.FailedSignIns, Account.LockedUntil) = (0, null);
        }
        if (invitation.Role is { } role)
            db.Grants.Add(new() { Id = Guid.CreateVersion7(now), AccountId = Account.Id, PlaceId = invitation.PlaceId, Role = role, CreatedAt = now });
        accounts.Note(Account, IsNewPassword ? "account.password" : "role.accept", invitation.PlaceId, invitation.Role?.ToString());
        try
        {
            await db.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException fault) when (fault.IsUniqueViolation())
        {
            // The person became an account through another invitation a moment ago.
            return Redirect(At($"join?secret={Uri.EscapeDataString(Link)}"));
        }
        await transaction.CommitAsync(cancel);
        Say(IsNewPassword ? T["account.password-done"] : T["join.done", Isolate(Account.Name)]);
        // The link proves no second factor.
        if (IsNewPassword && Account.TotpKey is not null) return Redirect(At("sign-in"));
        await HttpContext.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, AccountBook.Principal(Account));
        return Redirect(At(Place?.Slug ?? ""));
    }

    private async Task<bool> FindAsync(string? secret, CancellationToken cancel)
    {
        Link = secret ?? "";
        var hash = Secret.HashOf(Link);
        Invitation = await roles.Open(clock.GetUtcNow()).AsNoTracking().FirstOrDefaultAsync(i => i.Hash == hash, cancel);
        if (Invitation is null) return false;
        Account = await db.Accounts.FirstOrDefaultAsync(a => a.Email == Invitation.Email, cancel);
        if (Invitation.PlaceId is { } place) Place = await places.FindAsync(place, cancel);
        return Account is null ? !IsNewPassword : Account.DisabledAt is null;
    }

    private PageResult Closed()
    {
        Invitation = null;
        Response.StatusCode = 404;
        return Page();
    }
}
