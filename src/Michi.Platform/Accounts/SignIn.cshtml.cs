using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;

namespace Michi.Platform.Accounts;

/// <summary>Signs a person in by e-mail address and password.</summary>
[Allow(Right.Anyone), EnableRateLimiting(PlatformModule.SecretsLimit)]
internal sealed class SignInPage(AccountBook accounts) : MichiPage
{
    /// <summary>Where the account waits for its second factor between two pages.</summary>
    public const string Ticket = "second-factor";

    public string Email { get; private set; } = "";

    public string Back { get; private set; } = "";

    public void OnGet(string? back) => Back = back ?? "";

    public async Task<IActionResult> OnPostAsync(string? email, string? password, string? back, CancellationToken cancel)
    {
        (Email, Back) = (email ?? "", back ?? "");
        if (await accounts.CheckAsync(Email, password ?? "", cancel) is not { } account)
        {
            Errors.Add(("email", T["sign-in.wrong"]));
            return Again();
        }
        if (account.TotpKey is not null)
        {
            TempData[Ticket] = accounts.TicketOf(account);
            return Redirect(At($"sign-in/code?back={Uri.EscapeDataString(Back)}"));
        }
        await HttpContext.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, AccountBook.Principal(account));
        return Url.IsLocalUrl(Back) ? LocalRedirect(Back) : Redirect(At());
    }
}
