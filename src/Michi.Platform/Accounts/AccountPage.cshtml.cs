using System.Globalization;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Accounts;

/// <summary>A person's own account: name, password, sessions, access tokens.</summary>
[Allow(Right.SignedIn), EnableRateLimiting(PlatformModule.SecretsLimit)]
internal sealed class AccountPage(PlatformDb db, AccountBook accounts, TimeProvider clock) : MichiPage
{
    private const int MaxTokens = 50;

    /// <summary>How long a token may live, in days.</summary>
    public static readonly int[] TokenDays = [7, 30, 90, 365];

    public Account Account { get; private set; } = null!;
    public IReadOnlyList<AccessToken> Tokens { get; private set; } = [];
    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>The token just made; shown this once.</summary>
    public string? NewToken { get; private set; }

    public string TokenName { get; private set; } = "";

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        NewToken = TempData["token"] as string;
    }

    public async Task<IActionResult> OnPostNameAsync(string? name, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        var check = new InputCheck();
        var text = check.Line("name", name, 100);
        if (!check.IsSound) return Again(check.Faults);
        Account.Name = text;
        accounts.Note(Account, "account.name");
        return await SaveAsync("account.name-done", cancel);
    }

    public async Task<IActionResult> OnPostPasswordAsync(string? current, string? password, string? again, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        var check = new InputCheck();
        if (!AccountBook.IsPassword(Account, current ?? "")) check.Refuse("current", "password-current");
        AccountBook.CheckNew(check, password, again, Account.Email, Account.Name);
        if (!check.IsSound) return Again(check.Faults);
        AccountBook.SetPassword(Account, password!);
        accounts.Note(Account, "account.password");
        return await SaveAsync("account.password-done", cancel);
    }

    public async Task<IActionResult> OnPostEndSessionsAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        AccountBook.EndSessions(Account);
        accounts.Note(Account, "account.end-sessions");
        return await SaveAsync("account.sessions-done", cancel);
    }

    public async Task<IActionResult> OnPostTokenAsync(string? tokenName, string? scope, int days, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        var check = new InputCheck();
        TokenName = check.Line("tokenName", tokenName, 100);
        if (scope is not ("read" or "write")) check.Refuse("scope", "choice", scope, "read, write");
        if (!TokenDays.Contains(days)) check.Refuse("days", "choice", days, string.Join(", ", TokenDays));
        if (Tokens.Count(t => t.RevokedAt is null && t.ExpiresAt > Now) >= MaxTokens) check.Refuse("tokenName", "limit", MaxTokens);
        if (!check.IsSound) return Again(check.Faults);
        var secret = $"michi_{Secret.New()}";
        db.Tokens.Add(new() { Id = Guid.CreateVersion7(Now), AccountId = Account.Id, Name = TokenName, Hash = Secret.HashOf(secret), Scope = scope!, CreatedAt = Now, ExpiresAt = Now.AddDays(days) });
        accounts.Note(Account, "token.add", subject: string.Create(CultureInfo.InvariantCulture, $"{TokenName} ({scope}, {days} d)"));
        await db.SaveChangesAsync(cancel);
        TempData["token"] = secret;
        return Redirect(At("account"));
    }

    public async Task<IActionResult> OnPostRevokeAsync(Guid token, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        if (await db.Tokens.FirstOrDefaultAsync(t => t.Id == token && t.AccountId == Account.Id && t.RevokedAt == null, cancel) is not { } found) return NotFound();
        found.RevokedAt = Now;
        accounts.Note(Account, "token.revoke", subject: found.Name);
        return await SaveAsync("account.token-revoked", cancel);
    }

    private async Task LoadAsync(CancellationToken cancel)
    {
        Account = await db.Accounts.FirstAsync(a => a.Id == Reader.AccountId, cancel);
        Tokens = await db.Tokens.AsNoTracking().Where(t => t.AccountId == Account.Id).OrderByDescending(t => t.Id).Take(200).ToListAsync(cancel);
    }

    private async Task<IActionResult> SaveAsync(string said, CancellationToken cancel)
    {
        await db.SaveChangesAsync(cancel);
        // This session goes on, also where all others have just ended.
        await HttpContext.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, AccountBook.Principal(Account), await Session.OfAsync(HttpContext));
        Say(T[said]);
        return Redirect(At("account"));
    }
}
