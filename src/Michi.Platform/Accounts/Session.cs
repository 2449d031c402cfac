using System.Globalization;
using System.Security.Claims;
using Michi.Platform.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Platform.Accounts;

/// <summary>A person's stay in one browser, carried by a cookie. It ends by signing out, when the account's security stamp changes, after a while without a request, and at last in any case.</summary>
internal static class Session
{
    /// <summary>How long it lasts without a request.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(12);

    /// <summary>How long it lasts at most.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    private const string Id = "session", Since = "since", Ended = "ended:";

    /// <summary>Marks a cookie with a session of its own, unless one goes on with a new cookie.</summary>
    public static Task StartAsync(CookieSigningInContext context)
    {
        context.Properties.Items.TryAdd(Id, Secret.New());
        context.Properties.Items.TryAdd(Since, Written(Now(context.HttpContext)));
        return Task.CompletedTask;
    }

    /// <summary>The session of a request, to be given to a new cookie with which it goes on.</summary>
    public static async Task<AuthenticationProperties?> OfAsync(HttpContext http) => (await http.AuthenticateAsync(CookieAuthenticationDefaults.AuthenticationScheme)).Properties;

    /// <summary>Refuses the cookie of a session that has ended.</summary>
    public static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var db = context.HttpContext.RequestServices.GetRequiredService<PlatformDb>();
        var id = Guid.Parse(context.Principal!.FindFirst(ClaimTypes.NameIdentifier)!.Value);
        var stamp = context.Principal.FindFirst("stamp")?.Value;
        var account = context.Properties.GetString(Id) is { } session && string.CompareOrdinal(context.Properties.GetString(Since), Written(Now(context.HttpContext) - Longest)) > 0
            ? await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == id && a.SecurityStamp == stamp && a.DisabledAt == null && !db.Settings.Any(s => s.Key == Ended + session))
            : null;
        if (account is null)
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
        }
        // The audit log names people as they are called now.
        else if (account.Name != context.Principal.Identity!.Name) context.ReplacePrincipal(AccountBook.Principal(account));
    }

    /// <summary>Ends the session of a request for good: a copy of its cookie is worth nothing either.</summary>
    public static async Task EndAsync(HttpContext http, CancellationToken cancel)
    {
        if ((await OfAsync(http))?.GetString(Id) is { } session)
        {
            var db = http.RequestServices.GetRequiredService<PlatformDb>();
            var past = Written(Now(http) - Longest);
#pragma warning disable CA1309 // The database compares.
            await db.Settings.Where(s => s.Key.StartsWith(Ended) && string.Compare(s.Value, past) < 0).ExecuteDeleteAsync(cancel);
#pragma warning restore CA1309
            db.Settings.Add(new() { Key = Ended + session, Value = Written(Now(http)) });
            try
            {
                await db.SaveChangesAsync(cancel);
            }
            catch (DbUpdateException fault) when (fault.IsUniqueViolation())
            {
                // Signed out twice at the same moment.
            }
        }
        await http.SignOutAsync(CookieAuthenticationDefaults.AuthenticationScheme);
    }

    private static DateTimeOffset Now(HttpContext http) => http.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow();

    // Of a fixed width, so that texts compare as the times do.
    private static string Written(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString("D12", CultureInfo.InvariantCulture);
}
