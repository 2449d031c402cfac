using Michi.Analytics.Planning;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Michi.Roadmap.Scenarios;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Plans;

/// <summary>Begins a plan: takes the scenario and the place as they stand, and queues the search.</summary>
internal sealed class StartPlan(RoadmapDb db, PlanBook plans, BuildPlanInput build, PlanQueue queue, PlatformOptions platform, Reader reader, TimeProvider clock)
{
    public const double DefaultSeconds = 10;

    /// <param name="basedOn">A plan of the place to begin from; null for none. A scenario that a signal made begins from the adopted plan.</param>
    /// <returns>The plan, or what is wrong with the input.</returns>
    public async Task<(Plan? Plan, IReadOnlyList<Fault> Faults)> RunAsync(Place place, Scenario scenario, double? seconds, Guid? basedOn, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        ArgumentNullException.ThrowIfNull(scenario);
        var check = new InputCheck();
        var time = check.Number("seconds", seconds ?? Math.Min(DefaultSeconds, platform.PlanSeconds), 1, platform.PlanSeconds) ?? 0;
        var ground = await build.GroundAsync(place, cancel);
        var input = build.Of(ground, scenario.Name, scenario.Version, scenario.Facts, scenario.IsDemonstration) with { Seconds = time };
        CheckSolvable(check, input, PlanModel.Of(input, ground.Pack));
        if (basedOn is { } before && await plans.FindAsync(place.Id, before, cancel) is not { HasSchedule: true }) check.Refuse("basedOn", "no-plan-to-begin");
        if (await db.Plans.CountAsync(p => p.State == "waiting" || p.State == "running", cancel) >= PlanQueue.MaxWaiting) check.Refuse("plan", "plans-waiting", PlanQueue.MaxWaiting);
        if (!check.IsSound) return (null, check.Faults);
        var isReplan = await db.Signals.AnyAsync(s => s.ScenarioId == scenario.Id, cancel);
        var plan = Add(place, scenario.Id, isReplan ? "replan" : "solve", basedOn ?? (isReplan ? (await plans.AdoptedAsync(place.Id, cancel))?.Id : null), input, "waiting");
        await db.SaveChangesAsync(cancel);
        queue.Enqueue(plan.Id);
        return (plan, []);
    }

    /// <summary>Adds a plan with its line in the audit log; saved by the caller.</summary>
    public Plan Add(Place place, Guid scenario, string kind, Guid? basedOn, PlanInput input, string state)
    {
        ArgumentNullException.ThrowIfNull(place);
        var now = clock.GetUtcNow();
        var plan = new Plan { Id = Guid.CreateVersion7(now), PlaceId = place.Id, ScenarioId = scenario, Kind = kind, BasedOn = basedOn, Input = input, State = state, CreatedAt = now, CreatedBy = reader.Name };
        db.Plans.Add(plan);
        db.Record(reader, now, "plan.start", place.Id, plan.Id.ToString());
        return plan;
    }

    /// <summary>Whether the input can be solved at all: what is wrong is told in words, with the initiatives by their codes.</summary>
    public static void CheckSolvable(InputCheck check, PlanInput input, PlanModel model)
    {
        ArgumentNullException.ThrowIfNull(check);
        if (input.Initiatives.Count == 0) check.Refuse("plan", "no-initiatives");
        if (input.Initiatives.Count > PlanQueue.MaxInitiatives) check.Refuse("plan", "too-many-initiatives", PlanQueue.MaxInitiatives);
        if (input.Scenario.Sources.Count == 0) check.Refuse("sources", "no-source");
        if (!check.IsSound) return;
        foreach (var error in model.Problem.Errors())
        {
            switch (error)
            {
                case PlanningProblemError.Cycle cycle:
                    check.Refuse("plan", "plan-cycle", string.Join(" → ", cycle.Options.Append(cycle.Options[0])));
                    break;
                case PlanningProblemError.FixedOutsideWindow window:
                    check.Refuse($"decision-{window.Option}-start", "fixed-outside", window.Option, input.Scenario.Start.Plus(window.FixedStart), input.Scenario.Start.Plus(window.EarliestStart), input.Scenario.Start.Plus(Math.Max(window.LatestStart, 0)));
                    break;
                default:
                    check.Refuse("plan", "plan-number", error.ToString());
                    break;
            }
        }
        foreach (var impossible in model.Impossible.Where(i => i.Why != "forbidden" && input.Scenario.Decisions.GetValueOrDefault(i.Code)?.Choice == "must"))
            check.Refuse($"decision-{impossible.Code}", $"must-{impossible.Why}", impossible.Code, impossible.What);
    }
}
