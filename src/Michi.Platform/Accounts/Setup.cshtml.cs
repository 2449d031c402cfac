using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Accounts;

/// <summary>Makes the owner account of a new installation, once, for whoever holds the link printed at the first start.</summary>
[Allow(Right.Anyone), EnableRateLimiting(PlatformModule.SecretsLimit)]
internal sealed class SetupPage(PlatformDb db, AccountBook accounts, TimeProvider clock) : MichiPage
{
    public string Link { get; private set; } = "";
    public string Name { get; private set; } = "";
    public string Email { get; private set; } = "";
    public bool IsOpen { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? secret, CancellationToken cancel)
    {
        Link = secret ?? "";
        IsOpen = await FirstAccounts.IsSecretAsync(db, Link, cancel);
        return IsOpen ? Page() : Closed();
    }

    public async Task<IActionResult> OnPostAsync(string? secret, string? name, string? email, string? password, string? again, CancellationToken cancel)
    {
        (Link, IsOpen) = (secret ?? "", true);
        var check = new InputCheck();
        Name = check.Line("name", name, 100);
        Email = check.Email("email", email);
        AccountBook.CheckNew(check, password, again, Email, Name);
        if (check.IsSound && await db.Accounts.AnyAsync(a => a.Email == Email, cancel)) check.Refuse("email", "email-taken");
        // Who has no right to the form learns nothing about its fields either.
        if (!check.IsSound) return await FirstAccounts.IsSecretAsync(db, Link, cancel) ? Again(check.Faults) : Closed();

        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        if (!await FirstAccounts.TakeSecretAsync(db, Link, cancel)) return Closed();
        var owner = accounts.Add(Email, Name, password!);
        db.Grants.Add(new() { Id = Guid.CreateVersion7(clock.GetUtcNow()), AccountId = owner.Id, Role = Role.Owner, CreatedAt = clock.GetUtcNow() });
        accounts.Note(owner, "installation.setup");
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        await HttpContext.SignInAsync(CookieAuthenticationDefaults.AuthenticationScheme, AccountBook.Principal(owner));
        Say(T["setup.done", Isolate(owner.Name)]);
        return Redirect(At());
    }

    private PageResult Closed()
    {
        IsOpen = false;
        Response.StatusCode = 404;
        return Page();
    }
}
