using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Administration;

/// <summary>The people of the installation: roles everywhere, and every account with its roles.</summary>
[Allow(Right.Administer)]
internal sealed class AdminPage(PlatformDb db, RolesForm form, RoleBook roles) : MichiPage, IRolesPage
{
    private const int PageSize = 50;

    public RolesView Roles { get; private set; } = null!;
    public string Query { get; private set; } = "";
    public IReadOnlyList<Account> Accounts { get; private set; } = [];
    public ILookup<Guid, Grant> Grants { get; private set; } = null!;
    public IReadOnlyDictionary<Guid, Place> Places { get; private set; } = null!;

    /// <summary>The address of the last account shown where there are more.</summary>
    public string? Next { get; private set; }

    public Task OnGetAsync(string? q, string? after, CancellationToken cancel) => LoadAsync(q, after, null, cancel);

    public async Task<IActionResult> OnPostGiveAsync(string? email, string? role, CancellationToken cancel)
    {
        var (given, faults) = await form.GiveAsync(email, role, null, cancel);
        if (given is null)
        {
            await LoadAsync(null, null, email, cancel);
            return Again(faults);
        }
        if (given.Secret is not null) TempData["link"] = given.Secret;
        else Say(T[given.WasThere ? "people.was-there" : "people.given", Isolate(given.Name!), T[$"role.{role}.name"]]);
        return Redirect(At("admin"));
    }

    public async Task<IActionResult> OnPostWithdrawAsync(Guid role, CancellationToken cancel) => await DoneAsync(await roles.WithdrawAsync(role, null, cancel), "people.withdrawn", cancel);

    public async Task<IActionResult> OnPostWithdrawInvitationAsync(Guid invitation, CancellationToken cancel) =>
        await DoneAsync(await roles.WithdrawInvitationAsync(invitation, null, cancel), "people.invitation-withdrawn", cancel);

    public async Task<IActionResult> OnPostDisableAsync(Guid account, CancellationToken cancel) => await DoneAsync(await roles.DisableAsync(account, true, cancel), "admin.disabled", cancel);

    public async Task<IActionResult> OnPostEnableAsync(Guid account, CancellationToken cancel) => await DoneAsync(await roles.DisableAsync(account, false, cancel), "admin.enabled", cancel);

    public async Task<IActionResult> OnPostSecondFactorOffAsync(Guid account, CancellationToken cancel) =>
        await DoneAsync(await roles.RemoveSecondFactorAsync(account, cancel), "admin.second-factor-removed", cancel);

    public async Task<IActionResult> OnPostPasswordLinkAsync(Guid account, CancellationToken cancel)
    {
        if (await db.Accounts.AsNoTracking().FirstOrDefaultAsync(a => a.Id == account && a.DisabledAt == null, cancel) is not { } person) return NotFound();
        TempData["link"] = await roles.PasswordLinkAsync(person.Email, cancel);
        return Redirect(At("admin"));
    }

    private async Task<IActionResult> DoneAsync(Withdrawal outcome, string said, CancellationToken cancel)
    {
        if (outcome == Withdrawal.NotFound) return NotFound();
        if (outcome == Withdrawal.LastOwner)
        {
            await LoadAsync(null, null, null, cancel);
            Errors.Add(("roles", T["people.last-owner"]));
            return Again();
        }
        Say(T[said]);
        return Redirect(At("admin"));
    }

    private async Task LoadAsync(string? q, string? after, string? email, CancellationToken cancel)
    {
        Roles = await form.ViewAsync(null, TempData["link"] as string, email, cancel);
        Query = q?.Trim() ?? "";
        var text = Query.ToLowerInvariant();
#pragma warning disable CA1304, CA1309, CA1311, CA1862 // The database compares.
        var found = await db.Accounts.AsNoTracking()
            .Where(a => text == "" || a.Email.Contains(text) || a.Name.ToLower().Contains(text))
            .Where(a => after == null || string.Compare(a.Email, after) > 0).OrderBy(a => a.Email).Take(PageSize + 1).ToListAsync(cancel);
#pragma warning restore CA1304, CA1309, CA1311, CA1862
        Accounts = [.. found.Take(PageSize)];
        Next = found.Count > PageSize ? Accounts[^1].Email : null;
        var ids = Accounts.Select(a => a.Id).ToList();
        var grants = await db.Grants.AsNoTracking().Where(g => ids.Contains(g.AccountId)).ToListAsync(cancel);
        var placeIds = grants.Select(g => g.PlaceId).OfType<Guid>().ToHashSet();
        Grants = grants.OrderByDescending(g => g.Role).ToLookup(g => g.AccountId);
        Places = await db.Places.AsNoTracking().Where(p => placeIds.Contains(p.Id)).ToDictionaryAsync(p => p.Id, cancel);
    }
}
