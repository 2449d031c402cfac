using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Roadmap.Plans;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Explain;

/// <summary>A plan, and what is known of a question about it.</summary>
internal sealed record FoundAnalysis(Plan Plan, PlanReading Reading, PlanAnalysis? Analysis, PlanStanding? Standing)
{
    public bool IsUnderWay => Analysis?.State is "waiting" or "running";
}

/// <summary>Finds what is known of plans, for those who may know.</summary>
internal sealed class AnalysisBook(RoadmapDb db, PlanBook plans, PackStore packs, PlanQueue queue, Reader reader)
{
    /// <returns>Null where there is no such plan, none has come out, or the reader may not see it: a plan not adopted, and what other plans there could be, are for contributors.</returns>
    public async Task<FoundAnalysis?> FindAsync(Place place, Guid id, string kind, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (await plans.FindAsync(place.Id, id, cancel) is not { Outcome.Starts.Count: > 0 } plan) return null;
        if ((plan.AdoptedAt is null || kind == "front") && !await reader.CanAsync(Right.Contribute, place, cancel)) return null;
        return await KnownAsync(plan, (await plans.ReadAsync(plan, cancel)).Reading, kind, cancel);
    }

    /// <summary>What is known of why no plan came out.</summary>
    public async Task<FoundAnalysis> ConflictOfAsync(Plan plan, CancellationToken cancel) =>
        await KnownAsync(plan, PlanReading.Of(plan.Input, new Dictionary<string, int>(), await packs.GetAsync(plan.Input.PackHash, cancel)), "conflict", cancel);

    private async Task<FoundAnalysis> KnownAsync(Plan plan, PlanReading reading, string kind, CancellationToken cancel)
    {
        var analysis = await db.PlanAnalyses.AsNoTracking().FirstOrDefaultAsync(a => a.PlanId == plan.Id && a.Kind == kind, cancel);
        return new(plan, reading, analysis, analysis is null ? null : queue.StandingOf(analysis.Id));
    }
}
