using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;

namespace Michi.Platform.Accounts;

/// <summary>The second step of signing in, for an account with a second factor: a code of the app, or a recovery code.</summary>
[Allow(Right.Anyone), EnableRateLimiting(PlatformModule.SecretsLimit)]
internal sealed class SignInCodePage(AccountBook accounts) : MichiPage
{
    public string Back { get; private set; } = "";

    public IActionResult OnGet(string? back)
    {
        Back = back ?? "";
        return TempData.Peek(SignInPage.Ticket) is null ? Redirect(At("sign-in")) : Page();
    }

    public async Task<IActionResult> OnPostAsync(string? code, string? back, CancellationToken cancel)
    {
        Back = back ?? "";
        if (TempData.Peek(SignInPage.Ticket) is not string ticket || await accounts.OfTicketAsync(ticket, cancel) is not { } account)
        {
            TempData.Remove(SignInPage.Ticket);
            return Redirect(At("sign-in"));
        }
        if (!await accounts.UseCodeAsync(account, code ?? "", cancel))
        {
            Errors.Add(("code", T["second-factor.wrong"]));
            return Again();
        }
        TempData.Remove(SignInPage.Ticket);
        await accounts.SignedInAsync(account, cancel);
        await HttpContext.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, AccountBook.Principal(account));
        return Url.IsLocalUrl(Back) ? LocalRedirect(Back) : Redirect(At());
    }
}
