using Michi.Platform.Accounts;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.Platform;

/// <summary>The accounts an installation begins with.</summary>
public static class FirstAccounts
{
    private const string SecretKey = "first-owner";

    /// <summary>A new one-time secret for the page that makes the owner account; null once there is an owner.</summary>
    public static async Task<string?> FirstOwnerSecretAsync(this IServiceProvider services, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        if (await db.Grants.AnyAsync(g => g.PlaceId == null && g.Role == Role.Owner, cancel)) return null;
        var secret = Secret.New();
        await db.Settings.Where(s => s.Key == SecretKey).ExecuteDeleteAsync(cancel);
        db.Settings.Add(new() { Key = SecretKey, Value = Secret.HashOf(secret) });
        await db.SaveChangesAsync(cancel);
        return secret;
    }

    /// <summary>Whether the one-time secret is right and there is no owner yet.</summary>
    internal static async Task<bool> IsSecretAsync(PlatformDb db, string secret, CancellationToken cancel) =>
        await Unused(db, secret).AnyAsync(cancel) && !await db.Grants.AnyAsync(g => g.PlaceId == null && g.Role == Role.Owner, cancel);

    /// <summary>Uses up the one-time secret; true where it was right and there is no owner yet. The caller saves the owner in the same transaction.</summary>
    internal static async Task<bool> TakeSecretAsync(PlatformDb db, string secret, CancellationToken cancel) =>
        await IsSecretAsync(db, secret, cancel) && await Unused(db, secret).ExecuteDeleteAsync(cancel) == 1;

    private static IQueryable<Setting> Unused(PlatformDb db, string secret)
    {
        var hash = Secret.HashOf(secret);
        return db.Settings.Where(s => s.Key == SecretKey && s.Value == hash);
    }

    /// <summary>Accounts for each role, with new passwords: a demonstration has no fixed one that somebody could know.</summary>
    public static async Task<IReadOnlyList<(string Email, string Password, string Role)>> DemonstrationAccountsAsync(this IServiceProvider services, CancellationToken cancel)
    {
        await using var scope = services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<PlatformDb>();
        var book = scope.ServiceProvider.GetRequiredService<AccountBook>();
        var now = scope.ServiceProvider.GetRequiredService<TimeProvider>().GetUtcNow();
        var signIns = new List<(string, string, string)>();
        foreach (var role in new[] { Role.Owner, Role.Facilitator, Role.Assessor, Role.Viewer })
        {
            var name = role.ToString().ToLowerInvariant();
            var (email, password) = ($"{name}@demo.example", Secret.New()[..16]);
            if (await db.Accounts.FirstOrDefaultAsync(a => a.Email == email, cancel) is { } account) AccountBook.SetPassword(account, password);
            else
            {
                account = book.Add(email, role.ToString(), password);
                db.Grants.Add(new() { Id = Guid.CreateVersion7(now), AccountId = account.Id, Role = role, CreatedAt = now });
            }
            signIns.Add((email, password, name));
        }
        await db.SaveChangesAsync(cancel);
        return signIns;
    }
}
