using Michi.Analytics.Planning;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;

namespace Michi.Roadmap.Explain;

/// <summary>Makes a plan of a schedule that an analysis found: with a scenario of its own in which everything is decided as in the schedule, so that it can be worked on.</summary>
internal sealed class PickPlan(RoadmapDb db, ScenarioBook scenarios, StartPlan start, PlanQueue queue, PackStore packs, Reader reader, TimeProvider clock)
{
    /// <param name="basis">The plan the analysis was of, with its outcome.</param>
    /// <param name="name">Of the scenario.</param>
    /// <param name="starts">Code → quarter of the plan; feasible for the input of <paramref name="basis"/>.</param>
    /// <param name="kind"><c>front</c> or <c>robust</c>.</param>
    public async Task<Plan> RunAsync(Place place, Plan basis, string name, IReadOnlyDictionary<string, int> starts, string kind, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(basis);
        var facts = Fixed(basis.Input, starts);
        await using var whole = await db.Database.BeginTransactionAsync(cancel);
        var scenario = await scenarios.AddAsync(place, name.Length <= ScenarioCheck.MaxName ? name : name[..ScenarioCheck.MaxName], facts, basis.Input.IsDemonstration, cancel);
        var input = basis.Input with { Scenario = facts, ScenarioName = scenario.Name, ScenarioVersion = scenario.Version };
        var model = PlanModel.Of(input, await packs.GetAsync(input.PackHash, cancel));
        var plan = start.Add(place, scenario.Id, kind, basis.Id, input, "done");
        // Bound and prices are those of the plan it was begun from: what could be reached where nothing is decided yet.
        plan.Outcome = basis.Outcome! with { Status = PlanStatus.Feasible, Starts = new(starts), Value = PlanEvaluation.Of(model.Problem, model.StartsOf(starts)).Value };
        plan.EndedAt = clock.GetUtcNow();
        var why = StartAnalysis.Add(db, plan, "why", reader.Name, clock.GetUtcNow());
        await db.SaveChangesAsync(cancel);
        await whole.CommitAsync(cancel);
        queue.EnqueueAnalysis(why.Id);
        return plan;
    }

    /// <summary>The scenario with every initiative decided: those of the schedule at their start, the others left out.</summary>
    internal static ScenarioFacts Fixed(PlanInput input, IReadOnlyDictionary<string, int> starts) => input.Scenario with
    {
        Decisions = input.Initiatives.ToDictionary(i => i.Code, i => starts.TryGetValue(i.Code, out var quarter)
            ? (input.Scenario.Decisions.GetValueOrDefault(i.Code) ?? new("must")) with { Choice = "must", Start = input.Scenario.Start.Plus(quarter) } : new Decision("forbid")),
    };
}
