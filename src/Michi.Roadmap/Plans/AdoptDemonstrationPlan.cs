using Michi.Analytics.Planning;
using Michi.Platform.Places;
using Michi.Roadmap.Explain;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Plans;

/// <summary>Computes and adopts a plan of a sample city, so that the demonstration has one to show. A city that has a plan, or whose scenario is not marked as a demonstration, is left alone.</summary>
internal sealed class AdoptDemonstrationPlan(RoadmapDb db, BuildPlanInput build, StartPlan start, PlanQueue queue, PlaceDirectory places, TimeProvider clock)
{
    /// <summary>Steps of the solver: the same plan on every machine, in a few seconds.</summary>
    private const long Effort = 100_000;

    public async Task RunAsync(string slug, CancellationToken cancel)
    {
        if (await places.FindAsync(slug, cancel) is not { } place || await db.Plans.AnyAsync(p => p.PlaceId == place.Id, cancel)) return;
        if (await db.Scenarios.AsNoTracking().Where(s => s.PlaceId == place.Id && s.IsDemonstration && s.RetiredAt == null).OrderBy(s => s.CreatedAt).FirstOrDefaultAsync(cancel) is not { } scenario) return;
        var ground = await build.GroundAsync(place, cancel);
        var input = build.Of(ground, scenario.Name, scenario.Version, scenario.Facts, isDemonstration: true);
        var model = PlanModel.Of(input, ground.Pack);
        var outcome = PlanQueue.OutcomeOf(model, PlanSolver.Solve(model.Problem, new() { Seed = input.Seed, Effort = Effort }, null, cancel));
        cancel.ThrowIfCancellationRequested();
        if (outcome.Starts.Count == 0) return;
        var plan = start.Add(place, scenario.Id, "solve", null, input, "done");
        (plan.Outcome, plan.EndedAt, plan.AdoptedAt, plan.AdoptedBy) = (outcome, clock.GetUtcNow(), clock.GetUtcNow(), null);
        List<PlanAnalysis> asked = [.. PlanFindings.KindsFor(contributor: true).Select(k => StartAnalysis.Add(db, plan, k, plan.CreatedBy, clock.GetUtcNow()))];
        await db.SaveChangesAsync(cancel);
        foreach (var analysis in asked) queue.EnqueueAnalysis(analysis.Id);
    }
}
