using Michi.Analytics.Planning;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Plans;

/// <summary>A plan with what it says.</summary>
/// <param name="IsDraft">True where it has not been adopted, and so is for contributors only.</param>
internal sealed record ShownPlan(Plan Plan, PlanReading Reading, bool IsDraft);

/// <summary>A plan in a list.</summary>
/// <param name="Scenario">Name of its scenario.</param>
internal sealed record PlanItem(Guid Id, Guid ScenarioId, string Scenario, string Kind, Guid? BasedOn, string State, PlanOutcome? Outcome, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset? AdoptedAt, string? AdoptedBy)
{
    public bool HasSchedule => Outcome is { Status: PlanStatus.Feasible or PlanStatus.Optimal };
}

/// <summary>Finds the plans of places.</summary>
internal sealed class PlanBook(RoadmapDb db, PackStore packs, Reader reader)
{
    /// <summary>What stands for the plan of a place to this reader: the one adopted last; to contributors, where none is, the newest that has come out.</summary>
    public async Task<ShownPlan?> ShownAsync(Place place, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (await AdoptedAsync(place.Id, cancel) is { } adopted) return await ReadAsync(adopted, cancel);
        if (!await reader.CanAsync(Right.Contribute, place, cancel)) return null;
        var newest = await db.Plans.AsNoTracking().Where(p => p.PlaceId == place.Id && p.Outcome != null && p.State != "failed" && p.Kind != "what-if" && p.Kind != "front").OrderByDescending(p => p.CreatedAt).FirstOrDefaultAsync(cancel);
        return newest is null ? null : await ReadAsync(newest, cancel);
    }

    /// <summary>The plan with an id where this reader contributes, else what stands for the plan of the place; null where there is none, or it has not come out.</summary>
    public async Task<ShownPlan?> ChosenAsync(Place place, Guid? id, CancellationToken cancel)
    {
        if (id is null) return await ShownAsync(place, cancel);
        return await reader.CanAsync(Right.Contribute, place, cancel) && await FindAsync(place.Id, id.Value, cancel) is { Outcome.Status: Michi.Analytics.Planning.PlanStatus.Feasible or Michi.Analytics.Planning.PlanStatus.Optimal, State: not ("waiting" or "running") } plan ? await ReadAsync(plan, cancel) : null;
    }

    /// <summary>The plan a place has adopted last; null where it has none.</summary>
    public Task<Plan?> AdoptedAsync(Guid place, CancellationToken cancel) =>
        db.Plans.AsNoTracking().Where(p => p.PlaceId == place && p.AdoptedAt != null).OrderByDescending(p => p.AdoptedAt).FirstOrDefaultAsync(cancel);

    /// <summary>The plan of a place with an id; null where there is none such.</summary>
    public Task<Plan?> FindAsync(Guid place, Guid id, CancellationToken cancel) => db.Plans.AsNoTracking().FirstOrDefaultAsync(p => p.PlaceId == place && p.Id == id, cancel);

    /// <summary>The plans of a place, at most 200: those adopted first, the last one on top, then the newest.</summary>
    public async Task<IReadOnlyList<PlanItem>> ItemsAsync(Guid place, CancellationToken cancel) =>
        await (from plan in db.Plans.AsNoTracking()
               join scenario in db.Scenarios.AsNoTracking() on plan.ScenarioId equals scenario.Id into named
               from scenario in named.DefaultIfEmpty()
               where plan.PlaceId == place
               orderby plan.AdoptedAt != null descending, plan.AdoptedAt descending, plan.CreatedAt descending
               select new PlanItem(plan.Id, plan.ScenarioId, scenario == null ? "–" : scenario.Name, plan.Kind, plan.BasedOn, plan.State, plan.Outcome, plan.CreatedAt, plan.CreatedBy, plan.AdoptedAt, plan.AdoptedBy))
            .Take(200).ToListAsync(cancel);

    /// <summary>What differs between two plans that have come out.</summary>
    public async Task<PlanDifference> DifferenceAsync(Plan before, Plan after, CancellationToken cancel) =>
        PlanDifference.Of((await ReadAsync(before, cancel)).Reading, (await ReadAsync(after, cancel)).Reading);

    /// <summary>What a plan that has come out says, with the pack it was made with.</summary>
    public async Task<ShownPlan> ReadAsync(Plan plan, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return new(plan, PlanReading.Of(plan.Input, plan.Outcome!.Starts, await packs.GetAsync(plan.Input.PackHash, cancel)), plan.AdoptedAt is null);
    }
}
