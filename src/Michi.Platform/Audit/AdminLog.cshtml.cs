using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Platform.Audit;

/// <summary>The whole audit log.</summary>
[Allow(Right.Administer)]
internal sealed class AdminLogPage(AuditLog log) : MichiPage, IAuditPage
{
    public AuditView Log { get; private set; } = null!;

    public string Address => At("admin/log");

    public async Task<IActionResult> OnGetAsync(string? place, string? person, string? action, string? from, string? to, long? before, CancellationToken cancel)
    {
        (Log, var faults) = await log.ViewAsync(new(place, person, action, from, to), null, before, cancel);
        return faults.Count > 0 ? Again(faults) : Page();
    }
}

/// <summary>The part of the audit log that is about a place.</summary>
[Allow(Right.ManagePlace)]
internal sealed class PlaceLogPage(AuditLog log) : PlacePage, IAuditPage
{
    public AuditView Log { get; private set; } = null!;

    public string Address => Here("log");


    public async Task<IActionResult> OnGetAsync(string? person, string? action, string? from, string? to, long? before, CancellationToken cancel)
    {
        (Log, var faults) = await log.ViewAsync(new(null, person, action, from, to), Place, before, cancel);
        return faults.Count > 0 ? Again(faults) : Page();
    }
}
