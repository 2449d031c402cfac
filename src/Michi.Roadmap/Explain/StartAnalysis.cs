using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Michi.Roadmap.Plans;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Explain;

/// <summary>Asks a question of a plan: once for each kind; one that failed or was cut short may be asked again.</summary>
internal sealed class StartAnalysis(RoadmapDb db, PlanQueue queue, Reader reader, TimeProvider clock)
{
    /// <returns>What is wrong; empty where it waits, runs, or has been answered.</returns>
    public async Task<IReadOnlyList<Fault>> RunAsync(Place place, Plan plan, string kind, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(plan);
        var check = new InputCheck();
        var isFound = plan.Outcome is { Starts.Count: > 0 };
        if (plan.State is "waiting" or "running" || isFound == (kind == "conflict")) check.Refuse("analysis", "analysis-plan");
        else if (await db.PlanAnalyses.CountAsync(a => a.State == "waiting", cancel) >= PlanQueue.MaxWaiting) check.Refuse("analysis", "plans-waiting", PlanQueue.MaxWaiting);
        if (!check.IsSound) return check.Faults;
        var now = clock.GetUtcNow();
        var analysis = await db.PlanAnalyses.FirstOrDefaultAsync(a => a.PlanId == plan.Id && a.Kind == kind, cancel);
        if (analysis is { State: "waiting" or "running" } or { State: "done", Findings.IsCut: false }) return [];
        if (analysis is null) analysis = Add(db, plan, kind, reader.Name, now);
        else (analysis.State, analysis.EndedAt) = ("waiting", null);
        db.Record(reader, now, "plan.analyse", place.Id, $"{plan.Id} {kind}");
        try
        {
            await db.SaveChangesAsync(cancel);
            queue.EnqueueAnalysis(analysis.Id);
        }
        catch (DbUpdateException fault) when (fault.IsUniqueViolation())
        {
            // Somebody else asked the same at the same moment.
        }
        return [];
    }

    /// <summary>Adds a question; saved and put into the queue by the caller.</summary>
    public static PlanAnalysis Add(RoadmapDb db, Plan plan, string kind, string by, DateTimeOffset now)
    {
        var analysis = new PlanAnalysis { Id = Guid.CreateVersion7(now), PlaceId = plan.PlaceId, PlanId = plan.Id, Kind = kind, State = "waiting", CreatedAt = now, CreatedBy = by };
        db.PlanAnalyses.Add(analysis);
        return analysis;
    }
}
