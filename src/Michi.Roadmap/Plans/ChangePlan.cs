using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Plans;

/// <summary>What became of a plan.</summary>
internal enum PlanChanged
{
    Done,
    NotFound,

    /// <summary>It cannot be adopted: no plan has come out, or not yet.</summary>
    NoPlanYet,
}

/// <summary>Ends the search for a plan, or makes it the roadmap of its place.</summary>
internal sealed class ChangePlan(RoadmapDb db, PlanQueue queue, Reader reader, TimeProvider clock)
{
    /// <summary>Ends a search with the best plan found so far. A search that has ended stays as it is.</summary>
    public async Task<PlanChanged> StopAsync(Place place, Guid id, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (await FindAsync(place, id, cancel) is not { } plan) return PlanChanged.NotFound;
        if (!queue.Stop(id) && plan.State == "waiting") (plan.State, plan.EndedAt) = ("stopped", clock.GetUtcNow());
        db.Record(reader, clock.GetUtcNow(), "plan.stop", place.Id, id.ToString());
        await db.SaveChangesAsync(cancel);
        return PlanChanged.Done;
    }

    public async Task<PlanChanged> AdoptAsync(Place place, Guid id, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (await FindAsync(place, id, cancel) is not { } plan) return PlanChanged.NotFound;
        if (!plan.HasSchedule || plan.IsUnderWay) return PlanChanged.NoPlanYet;
        (plan.AdoptedAt, plan.AdoptedBy) = (clock.GetUtcNow(), reader.Name);
        db.Record(reader, clock.GetUtcNow(), "plan.adopt", place.Id, id.ToString());
        await db.SaveChangesAsync(cancel);
        return PlanChanged.Done;
    }

    private Task<Plan?> FindAsync(Place place, Guid id, CancellationToken cancel) => db.Plans.FirstOrDefaultAsync(p => p.Id == id && p.PlaceId == place.Id, cancel);
}
