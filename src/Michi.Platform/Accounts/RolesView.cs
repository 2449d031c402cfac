using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Accounts;

/// <summary>A role somebody has.</summary>
/// <param name="From">The place it was given at; null for the whole installation.</param>
internal sealed record RoleLine(Guid Id, string Name, string Email, bool IsDisabled, Role Role, Guid? From);

/// <summary>What the pages of people show: roles given here, roles from above, open invitations, and the form that gives a role.</summary>
/// <param name="Inherited">Roles that reach down from the places above and from the installation.</param>
/// <param name="Above">The places above that the reader may see.</param>
/// <param name="Link">The link of an invitation just made; shown this once.</param>
internal sealed record RolesView(
    IReadOnlyList<RoleLine> Here, IReadOnlyList<RoleLine> Inherited, IReadOnlyList<Place> Above, IReadOnlyList<Invitation> Invitations, string? Link, string Email);

/// <summary>A page that shows roles and the form that gives one (<c>_Roles.cshtml</c>).</summary>
internal interface IRolesPage
{
    RolesView Roles { get; }
}

/// <summary>The part that the pages of people at a place and in the whole installation share.</summary>
internal sealed class RolesForm(PlatformDb db, RoleBook roles, PlaceDirectory places, Reader reader, TimeProvider clock)
{
    /// <param name="place">Null for the whole installation.</param>
    public async Task<RolesView> ViewAsync(Place? place, string? link, string? email, CancellationToken cancel)
    {
        var here = place?.Id;
        var above = place is null ? [] : (await places.ChainAsync(place, cancel)).Skip(1).ToList();
        var chain = above.Select(p => (Guid?)p.Id).Append(here).Append(null).ToList();
        var grants = await db.Grants.AsNoTracking().Where(g => g.PlaceId == null || chain.Contains(g.PlaceId)).ToListAsync(cancel);
        var ids = grants.Select(g => g.AccountId).ToHashSet();
        var accounts = await db.Accounts.AsNoTracking().Where(a => ids.Contains(a.Id)).ToDictionaryAsync(a => a.Id, cancel);
        var lines = grants.Select(g => (g, a: accounts[g.AccountId])).OrderByDescending(l => l.g.Role).ThenBy(l => l.a.Name, StringComparer.Ordinal)
            .Select(l => new RoleLine(l.g.Id, l.a.Name, l.a.Email, l.a.DisabledAt is not null, l.g.Role, l.g.PlaceId)).ToLookup(l => l.From == here);
        var invitations = await roles.Open(clock.GetUtcNow()).AsNoTracking().Where(i => i.PlaceId == here && i.Role != null).OrderByDescending(i => i.Id).ToListAsync(cancel);
        var named = new List<Place>();
        foreach (var one in above)
            if (await reader.CanAsync(Right.ViewPlace, one, cancel)) named.Add(one);
        return new([.. lines[true]], [.. lines[false]], named, invitations, link, email ?? "");
    }

    /// <summary>Gives a role as the form asks for it.</summary>
    public async Task<(Given? Given, IReadOnlyList<Fault> Faults)> GiveAsync(string? email, string? role, Place? place, CancellationToken cancel)
    {
        var check = new InputCheck();
        var address = check.Email("email", email);
        // Not TryParse, which takes numbers too.
        if (!Enum.GetNames<Role>().Contains(role)) check.Refuse("role", "choice", role, string.Join(", ", Enum.GetNames<Role>()));
        return check.IsSound ? (await roles.GiveAsync(address, Enum.Parse<Role>(role!), place?.Id, cancel), []) : (null, check.Faults);
    }
}
