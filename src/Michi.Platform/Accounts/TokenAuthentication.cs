using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Michi.Platform.Accounts;

/// <summary>Signs in a request of the API by its personal access token (<c>Authorization: Bearer …</c>).</summary>
internal sealed class TokenAuthentication(IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, PlatformDb db, TimeProvider clock)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "token";

    /// <summary>Marks a request whose token is no longer good, or never was.</summary>
    public static readonly object Refused = new();

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        var hash = Secret.HashOf(header[7..].Trim());
        var token = await db.Tokens.AsNoTracking().FirstOrDefaultAsync(t => t.Hash == hash, Context.RequestAborted);
        var isGood = token is { RevokedAt: null } && token.ExpiresAt > clock.GetUtcNow();
        var account = !isGood ? null : await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == token!.AccountId && a.DisabledAt == null, Context.RequestAborted);
        if (account is null)
        {
            Context.Items[Refused] = true;
            return AuthenticateResult.Fail("The token is unknown, expired or revoked.");
        }
        var identity = new ClaimsIdentity([new(ClaimTypes.NameIdentifier, account.Id.ToString()), new(ClaimTypes.Name, account.Name), new("scope", token!.Scope)], Scheme.Name);
        return AuthenticateResult.Success(new(new(identity), Scheme.Name));
    }
}
