using Microsoft.AspNetCore.Mvc;

namespace Michi.Platform.Accounts;

/// <summary>Who may do what at a place: roles given here and inherited from above, invitations.</summary>
[Allow(Right.ManagePlace)]
internal sealed class PeoplePage(RolesForm form, RoleBook roles) : PlacePage, IRolesPage
{
    public RolesView Roles { get; private set; } = null!;


    public async Task OnGetAsync(CancellationToken cancel) => Roles = await form.ViewAsync(Place, TempData["link"] as string, null, cancel);

    public async Task<IActionResult> OnPostGiveAsync(string? email, string? role, CancellationToken cancel)
    {
        var (given, faults) = await form.GiveAsync(email, role, Place, cancel);
        if (given is null)
        {
            Roles = await form.ViewAsync(Place, null, email, cancel);
            return Again(faults);
        }
        if (given.Secret is not null) TempData["link"] = given.Secret;
        else Say(T[given.WasThere ? "people.was-there" : "people.given", Isolate(given.Name!), T[$"role.{role}.name"]]);
        return Redirect(Here("people"));
    }

    public async Task<IActionResult> OnPostWithdrawAsync(Guid role, CancellationToken cancel) => Done(await roles.WithdrawAsync(role, Place.Id, cancel), "people.withdrawn");

    public async Task<IActionResult> OnPostWithdrawInvitationAsync(Guid invitation, CancellationToken cancel) =>
        Done(await roles.WithdrawInvitationAsync(invitation, Place.Id, cancel), "people.invitation-withdrawn");

    private IActionResult Done(Withdrawal outcome, string said)
    {
        if (outcome == Withdrawal.NotFound) return NotFound();
        Say(T[said]);
        return Redirect(Here("people"));
    }
}
