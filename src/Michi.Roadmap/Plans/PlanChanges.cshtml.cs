using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Michi.Roadmap.Vision;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Plans;

/// <summary>A plan beside another one of its place: what enters, leaves and moves, and what that means in figures.</summary>
[Allow(Right.Contribute)]
internal sealed class PlanChangesPage(PlanBook book, SaveVision visions) : PlacePage
{
    public Plan Plan { get; private set; } = null!;

    /// <summary>The plan it is compared with; null where there is none to compare with.</summary>
    public Plan? From { get; private set; }

    public ShownDifference? Shown { get; private set; }

    /// <summary>Plans it can be compared with, the adopted one first.</summary>
    public IReadOnlyList<PlanItem> Others { get; private set; } = [];

    public override string Step => "plan";

    public async Task<IActionResult> OnGetAsync(Guid id, Guid? from, CancellationToken cancel) => await FindAsync(id, from, cancel) ? Page() : NotFound();

    public async Task<IActionResult> OnGetTableAsync(Guid id, Guid? from, string? table, string? format, CancellationToken cancel) =>
        await FindAsync(id, from, cancel) && Shown is { Tables: var tables } && table is "initiatives" or "figures"
            ? TableDownload.Answer(format, $"{Place.Slug}-plan-{table}", table == "figures" ? tables.Figures : tables.Initiatives) : NotFound();

    private async Task<bool> FindAsync(Guid id, Guid? from, CancellationToken cancel)
    {
        if (await book.FindAsync(Place.Id, id, cancel) is not { HasSchedule: true } plan) return false;
        Plan = plan;
        Others = [.. (await book.ItemsAsync(Place.Id, cancel)).Where(p => p.HasSchedule && p.Id != id)];
        var other = from ?? plan.BasedOn ?? (Others is [var first, ..] ? first.Id : null);
        if (other is null || other == id) return from is null;
        if (await book.FindAsync(Place.Id, other.Value, cancel) is not { HasSchedule: true } before) return from is null;
        From = before;
        Shown = new(await book.DifferenceAsync(before, plan, cancel), this, (await visions.FindAsync(Place, cancel))?.Facts, IsPage: true);
        return true;
    }
}
