using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Accounts;

/// <summary>Switches the second factor of one's own account on, with a code as proof that the app has the key, and off again.</summary>
[Allow(Right.SignedIn), EnableRateLimiting(PlatformModule.SecretsLimit)]
internal sealed class SecondFactorPage(PlatformDb db, AccountBook accounts, TimeProvider clock) : MichiPage
{
    public bool IsOn { get; private set; }

    /// <summary>The key to be entered in the app, while it is off.</summary>
    public string Key { get; private set; } = "";

    public string Email { get; private set; } = "";

    /// <summary>The recovery codes just made; shown this once.</summary>
    public string[] RecoveryCodes { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await LoadAsync(Totp.NewKey(), cancel);
        RecoveryCodes = (TempData["recovery-codes"] as string)?.Split(' ') ?? [];
    }

    public async Task<IActionResult> OnPostOnAsync(string? key, string? code, CancellationToken cancel)
    {
        var account = await LoadAsync(key ?? "", cancel);
        if (IsOn || !Totp.IsKey(Key)) return Redirect(At("account/second-factor"));
        if (Totp.StepOf(code?.Trim() ?? "", Key, 0, clock.GetUtcNow()) is not { } step)
        {
            Errors.Add(("code", T["second-factor.wrong"]));
            return Again();
        }
        var codes = accounts.SetSecondFactor(account, Key, step);
        await db.SaveChangesAsync(cancel);
        TempData["recovery-codes"] = string.Join(' ', codes);
        Say(T["second-factor.on"]);
        return Redirect(At("account/second-factor"));
    }

    public async Task<IActionResult> OnPostOffAsync(string? code, CancellationToken cancel)
    {
        var account = await LoadAsync("", cancel);
        if (!IsOn) return Redirect(At("account/second-factor"));
        if (!await accounts.UseCodeAsync(account, code ?? "", cancel))
        {
            Errors.Add(("code", T["second-factor.wrong"]));
            return Again();
        }
        (account.TotpKey, account.RecoveryCodes) = (null, "");
        accounts.Note(account, "account.second-factor-off", subject: account.Email);
        await db.SaveChangesAsync(cancel);
        Say(T["second-factor.off"]);
        return Redirect(At("account"));
    }

    private async Task<Account> LoadAsync(string key, CancellationToken cancel)
    {
        var account = await db.Accounts.FirstAsync(a => a.Id == Reader.AccountId, cancel);
        (IsOn, Key, Email) = (account.TotpKey is not null, key, account.Email);
        return account;
    }
}
