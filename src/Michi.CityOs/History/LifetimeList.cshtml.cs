using Michi.CityOs.Browse;
using Michi.CityOs.Storage;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Audit;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.CityOs.History;

/// <summary>What the pages on how long history is kept have in common.</summary>
internal interface ILifetimePage
{
    LifetimeSheet Lifetimes { get; }

    bool MayWrite { get; }

    /// <summary>Of the page.</summary>
    string Address { get; }
}

/// <summary>How long the history of a place is kept, type by type; who may write sets it.</summary>
[Allow(Right.Contribute, Right.ManagePlace)]
internal sealed class LifetimeListPage(ICityStore store, IHistory history, AuditTrail audit) : CityOsPage(store), ILifetimePage
{
    [BindProperty(SupportsGet = true, Name = "type")]
    public string? Type { get; set; }

    public LifetimeSheet Lifetimes { get; private set; } = null!;

    public bool MayWrite { get; private set; }

    public string Address => Here("city-os/history");

    public async Task OnGetAsync(CancellationToken cancel)
    {
        MayWrite = await Reader.CanAsync(Right.ManagePlace, Place, cancel);
        Lifetimes = await LifetimeSheet.ReadAsync(Store, history, Tenant, Type, cancel);
    }

    /// <summary>The lifetimes as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        return TableDownload.Answer(format, $"{Tenant}-history-kept", Lifetimes.Table(T));
    }

    public async Task<IActionResult> OnPostSetAsync(string? days, string? detail, int period, bool sure, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        Errors.AddRange(await Lifetimes.SetAsync(new(Type, days, detail, period, sure), T, audit, Place.Id, cancel));
        if (Errors.Count > 0) return Again();
        Say(T["lifetime.saved"]);
        return Redirect(Address);
    }

    public async Task<IActionResult> OnPostRemoveAsync(bool sure, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        var removal = await Lifetimes.RemoveAsync(Type, sure, audit, Place.Id, cancel);
        if (removal == LifetimeRemoval.NoRule) return NotFound();
        if (removal == LifetimeRemoval.NotSure) Errors.Add(("remove-sure", T["lifetime.not-sure"]));
        if (Errors.Count > 0) return Again();
        Say(T["lifetime.removed"]);
        return Redirect(Address);
    }
}

/// <summary>How long the history of the default tenant is kept, which belongs to the installation.</summary>
[Allow(Right.Administer)]
internal sealed class DefaultLifetimeListPage(ICityStore store, IHistory history, AuditTrail audit) : MichiPage, ILifetimePage
{
    [BindProperty(SupportsGet = true, Name = "type")]
    public string? Type { get; set; }

    public LifetimeSheet Lifetimes { get; private set; } = null!;

    public bool MayWrite => true;

    public string Address => At("admin/city-os/history");

    public async Task OnGetAsync(CancellationToken cancel) => Lifetimes = await LifetimeSheet.ReadAsync(store, history, "", Type, cancel);

    /// <summary>The lifetimes as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        return TableDownload.Answer(format, "history-kept", Lifetimes.Table(T));
    }

    public async Task<IActionResult> OnPostSetAsync(string? days, string? detail, int period, bool sure, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        Errors.AddRange(await Lifetimes.SetAsync(new(Type, days, detail, period, sure), T, audit, null, cancel));
        if (Errors.Count > 0) return Again();
        Say(T["lifetime.saved"]);
        return Redirect(Address);
    }

    public async Task<IActionResult> OnPostRemoveAsync(bool sure, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        var removal = await Lifetimes.RemoveAsync(Type, sure, audit, null, cancel);
        if (removal == LifetimeRemoval.NoRule) return NotFound();
        if (removal == LifetimeRemoval.NotSure) Errors.Add(("remove-sure", T["lifetime.not-sure"]));
        if (Errors.Count > 0) return Again();
        Say(T["lifetime.removed"]);
        return Redirect(Address);
    }
}
