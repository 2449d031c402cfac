using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;

namespace Michi.Platform.Accounts;

/// <summary>Signs a person in by e-mail address and password.</summary>
[Allow(Right.Anyone), EnableRateLimiting(PlatformModule.SecretsLimit)]
internal sealed class SignInPage(AccountBook accounts) : MichiPage
{
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
        await HttpContext.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, AccountBook.Principal(account));
        return Url.IsLocalUrl(Back) ? LocalRedirect(Back) : Redirect(At());
    }
}
