using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Michi.CityOs.Api;

/// <summary>Who may ask what of which tenant. A tenant is the place of the same slug; the default tenant is the installation's own.</summary>
internal sealed class CityOsAccess(CityOsOptions options)
{
    /// <summary>The scheme of personal access tokens. Cookies are no way in: a page elsewhere could make a browser send them.</summary>
    private const string Tokens = "token";

    /// <summary>Name of the tenant the request may use; empty for the default one.</summary>
    /// <exception cref="NgsiLdException">401 or 403 where it may not, 404 where there is no such tenant.</exception>
    public async ValueTask<string> TenantAsync(HttpContext http, bool isReading)
    {
        var header = http.Request.Headers["NGSILD-Tenant"];
        var tenant = header.Count == 0 ? "" : header.ToString();
        if (tenant.Length > 0 && !IsTenant(tenant)) throw NgsiLdException.BadRequestData("NGSILD-Tenant is not the name of a tenant: expected at most 64 letters, digits, _ and -.");
        if (options.IsOpen) return tenant;

        var result = await http.AuthenticateAsync(Tokens);
        if (!result.Succeeded)
        {
            http.Response.Headers.WWWAuthenticate = "Bearer";
            throw new NgsiLdException("Unauthorized", 401, "The request needs a token.", "Send Authorization: Bearer with a personal access token.");
        }
        http.User = result.Principal;
        var reader = http.RequestServices.GetRequiredService<Reader>();
        var place = tenant.Length == 0 ? null : await http.RequestServices.GetRequiredService<PlaceDirectory>().FindAsync(tenant, http.RequestAborted);
        // Whoever must not see a place does not learn that it is there.
        var isSeen = tenant.Length == 0 || (place is not null && await reader.CanAsync(Right.ViewPlace, place, http.RequestAborted));
        if (!isSeen) throw NgsiLdException.NonexistentTenant(tenant);
        var needed = tenant.Length == 0 ? Right.Administer : isReading ? Right.Contribute : Right.ManagePlace;
        if (await reader.CanAsync(needed, place, http.RequestAborted)) return tenant;
        throw new NgsiLdException("Forbidden", 403, "The token does not give this right.", isReading ? "Reading needs a role at the place." : "Writing needs the role of an owner at the place and a token that may write.");
    }

    /// <summary>Whether a text can be the name of a tenant.</summary>
    public static bool IsTenant(string tenant) => tenant.Length is > 0 and <= 64 && tenant.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}
