using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Accounts;

/// <summary>Makes accounts, checks passwords, makes and checks one-time secrets.</summary>
/// <remarks>Passwords are hashed by ASP.NET Core Identity's hasher (PBKDF2). A wrong password or code costs the account a growing wait.</remarks>
internal sealed class AccountBook(PlatformDb db, TimeProvider clock)
{
    private const int FailuresBeforeLock = 5;
    private static readonly PasswordHasher<Account> Hasher = new();
    private static readonly Account Nobody = New("nobody@invalid", "", DateTimeOffset.UnixEpoch);
    private static readonly string NobodysHash = Hasher.HashPassword(Nobody, Secret.New());

    /// <summary>Why a password is refused, as a code of the input problems; null where it will do.</summary>
    public static string? Refuse(string password, string email, string name) =>
        password.Length < 12 ? "password-short"
        : password.Length > 200 ? "password-long"
        : CommonPasswords.Contain(password) || password.Distinct().Count() < 5 ? "password-common"
        : new[] { email.Split('@')[0], name }.Any(own => own.Length > 3 && password.Contains(own, StringComparison.OrdinalIgnoreCase)) ? "password-personal"
        : null;

    /// <summary>A new password, entered twice because there is no mail to send a forgotten one to.</summary>
    public static void CheckNew(InputCheck check, string? password, string? again, string email, string name)
    {
        if (Refuse(password ?? "", email, name) is { } code) check.Refuse("password", code);
        else if (password != again) check.Refuse("again", "password-again");
    }

    /// <summary>Adds an account; the caller saves. The e-mail address must not be taken (unique index).</summary>
    public Account Add(string email, string name, string password)
    {
        var account = New(email.Trim().ToLowerInvariant(), name.Trim(), clock.GetUtcNow());
        SetPassword(account, password);
        db.Accounts.Add(account);
        return account;
    }

    public static bool IsPassword(Account account, string password) =>
        Hasher.VerifyHashedPassword(account, account.PasswordHash, password) != PasswordVerificationResult.Failed;

    /// <summary>Adds a line about a person to the audit log, by themselves; the caller saves.</summary>
    public void Note(Account account, string action, Guid? placeId = null, string? subject = null) =>
        db.Audit.Add(new() { At = clock.GetUtcNow(), AccountId = account.Id, Actor = account.Name, Action = action, PlaceId = placeId, Subject = subject });

    /// <summary>Sets a password and ends every session of the account; the caller saves.</summary>
    public static void SetPassword(Account account, string password)
    {
        account.PasswordHash = Hasher.HashPassword(account, password);
        EndSessions(account);
    }

    /// <summary>Ends every session of the account; the caller saves.</summary>
    public static void EndSessions(Account account) => account.SecurityStamp = Secret.New();

    /// <summary>The account if the password is right and the account neither locked nor disabled; null otherwise, without telling which. An account with a second factor is not signed in yet.</summary>
    public async Task<Account?> CheckAsync(string email, string password, CancellationToken cancel)
    {
        var address = email.Trim().ToLowerInvariant();
        var account = await db.Accounts.FirstOrDefaultAsync(a => a.Email == address, cancel);
        if (account is null || account.DisabledAt is not null || account.LockedUntil > clock.GetUtcNow())
        {
            // As slow as a real check, so that time does not tell whether an account exists.
            Hasher.VerifyHashedPassword(Nobody, NobodysHash, password);
            return null;
        }
        if (!IsPassword(account, password))
        {
            await FailAsync(account, cancel);
            return null;
        }
        if (account.TotpKey is null) await SignedInAsync(account, cancel);
        return account;
    }

    /// <summary>Notes that the account is signed in and forgets earlier wrong tries.</summary>
    public async Task SignedInAsync(Account account, CancellationToken cancel)
    {
        account.FailedSignIns = 0;
        account.LockedUntil = null;
        Note(account, "account.sign-in");
        await db.SaveChangesAsync(cancel);
    }

    private async Task FailAsync(Account account, CancellationToken cancel)
    {
        // Counted in the database, so that guesses made at the same moment all count.
        await db.Accounts.Where(a => a.Id == account.Id).ExecuteUpdateAsync(a => a.SetProperty(x => x.FailedSignIns, x => x.FailedSignIns + 1), cancel);
        await db.Entry(account).ReloadAsync(cancel);
        if (account.FailedSignIns >= FailuresBeforeLock)
            account.LockedUntil = clock.GetUtcNow() + TimeSpan.FromSeconds(Math.Min(3600, 30 * Math.Pow(2, account.FailedSignIns - FailuresBeforeLock)));
        Note(account, "account.sign-in-failed");
        await db.SaveChangesAsync(cancel);
    }

    /// <summary>What a browser carries between the password and the second factor; it must not be able to read or make it.</summary>
    public string TicketOf(Account account) => string.Create(CultureInfo.InvariantCulture, $"{account.Id} {account.SecurityStamp} {clock.GetUtcNow().UtcTicks}");

    /// <summary>The account of a ticket; null where it is older than ten minutes or the account has changed.</summary>
    public async Task<Account?> OfTicketAsync(string ticket, CancellationToken cancel)
    {
        var parts = ticket.Split(' ');
        var (id, stamp, now) = (Guid.Parse(parts[0]), parts[1], clock.GetUtcNow());
        if (now.UtcTicks - long.Parse(parts[2], CultureInfo.InvariantCulture) > TimeSpan.TicksPerMinute * 10) return null;
        var account = await db.Accounts.FirstOrDefaultAsync(a => a.Id == id && a.SecurityStamp == stamp && a.DisabledAt == null && a.TotpKey != null, cancel);
        return account?.LockedUntil > now ? null : account;
    }

    /// <summary>Uses up a code of the app or a recovery code; a wrong one counts like a wrong password.</summary>
    public async Task<bool> UseCodeAsync(Account account, string code, CancellationToken cancel)
    {
        var text = code.Replace("-", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToUpperInvariant();
        var own = db.Accounts.Where(a => a.Id == account.Id);
        // Each update takes effect for one of two who use the same code at once.
        if (Totp.StepOf(text, account.TotpKey!, account.TotpStep, clock.GetUtcNow()) is { } step)
        {
            if (await own.Where(a => a.TotpStep < step).ExecuteUpdateAsync(a => a.SetProperty(x => x.TotpStep, step), cancel) == 1) return true;
        }
        else if (account.RecoveryCodes.Split(' ').Contains(Secret.HashOf(text)))
        {
            var (before, after) = (account.RecoveryCodes, string.Join(' ', account.RecoveryCodes.Split(' ').Where(h => h != Secret.HashOf(text))));
            if (await own.Where(a => a.RecoveryCodes == before).ExecuteUpdateAsync(a => a.SetProperty(x => x.RecoveryCodes, after), cancel) == 1) return true;
        }
        await FailAsync(account, cancel);
        return false;
    }

    /// <summary>Switches the second factor on; the caller saves.</summary>
    /// <returns>Recovery codes, to be shown once.</returns>
    public string[] SetSecondFactor(Account account, string key, long step)
    {
        var codes = Enumerable.Range(0, 10).Select(_ => Totp.NewKey()[..16]).ToArray();
        (account.TotpKey, account.TotpStep, account.RecoveryCodes) = (key, step, string.Join(' ', codes.Select(Secret.HashOf)));
        Note(account, "account.second-factor-on");
        return [.. codes.Select(c => string.Join('-', c.Chunk(4).Select(part => new string(part))))];
    }

    /// <summary>The claims of a session.</summary>
    public static ClaimsPrincipal Principal(Account account) => new(new ClaimsIdentity(
    [
        new(ClaimTypes.NameIdentifier, account.Id.ToString()), new(ClaimTypes.Name, account.Name), new("stamp", account.SecurityStamp),
    ], CookieAuthenticationDefaults.AuthenticationScheme));

    private static Account New(string email, string name, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now),
        Email = email,
        Name = name,
        PasswordHash = "",
        SecurityStamp = "",
        CreatedAt = now,
    };
}

/// <summary>Passwords nobody should use, of twelve characters and more; shorter ones are refused anyway.</summary>
internal static class CommonPasswords
{
    private static readonly HashSet<string> List = new(
        "password1234 passwordpassword password12345 123456789012 1234567890123 12345678901234 111111111111 qwertyuiop12 qwertyuiop123 qwertyuiopasdf 1qaz2wsx3edc 1q2w3e4r5t6y iloveyou1234 administrator adminadminadmin welcome12345 letmein12345 changeme1234 abcdefghijkl abc123abc123 smartcity1234 michimichimichi"
            .Split(' '), StringComparer.OrdinalIgnoreCase);

    public static bool Contain(string password) => List.Contains(password);
}
