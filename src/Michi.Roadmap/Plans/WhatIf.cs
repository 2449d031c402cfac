using Michi.Analytics.Planning;
using Michi.Platform;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Scenarios;

namespace Michi.Roadmap.Plans;

/// <summary>What is tried on a plan: what it names takes the place of what the plan's scenario says; everything else stays.</summary>
internal sealed record WhatIfChanges
{
    /// <summary>Code of an initiative → what is decided of it; <c>free</c> without quarters takes a decision back.</summary>
    public Dictionary<string, Decision> Decisions { get; init; } = [];

    /// <summary>Funding source → amount in each budget year of the plan.</summary>
    public Dictionary<string, List<double>> Budgets { get; init; } = [];

    /// <summary>Staff pool → full-time equivalents in each budget year of the plan.</summary>
    public Dictionary<string, List<double>> People { get; init; } = [];

    public bool IsEmpty => Decisions.Count + Budgets.Count + People.Count == 0;
}

/// <summary>What would become of a plan.</summary>
/// <param name="Input">What the plan would follow from.</param>
/// <param name="Outcome">With value 0 and no starts where no plan was found.</param>
/// <param name="Difference">To the plan before; null where no plan was found.</param>
/// <param name="Conflict">Sentences that cannot all hold together; empty where there is a plan, or where none was found in the time without a known reason.</param>
internal sealed record WhatIfAnswer(PlanInput Input, PlanOutcome Outcome, PlanDifference? Difference, IReadOnlyList<string> Conflict);

/// <summary>What was kept of a trial.</summary>
/// <param name="Plan">The plan that is looked for; null where the search could not begin.</param>
internal sealed record Kept(Guid Scenario, Guid? Plan);

/// <summary>Answers what would become of a plan if decisions, money or people were others. Nothing is saved.</summary>
internal sealed class WhatIf(PlanBook book, PlanQueue queue, ScenarioBook scenarios, StartPlan start, Words words)
{
    /// <summary>Until another's turn is over.</summary>
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(8);

    /// <summary>To find what stands in the way, where no plan is found.</summary>
    private static readonly TimeSpan ConflictTime = TimeSpan.FromSeconds(0.8);

    /// <summary>How the answer is looked for: from the plan before, with so much work that sixty initiatives take about a second, and never longer than somebody waits.</summary>
    internal static PlanSolverOptions Options(IReadOnlyList<int> before) => new() { Start = before, Effort = 400_000, Time = TimeSpan.FromSeconds(1.5) };

    /// <returns>The answer, or what is wrong with the changes.</returns>
    public async Task<(WhatIfAnswer? Answer, IReadOnlyList<Fault> Faults)> RunAsync(Plan plan, WhatIfChanges changes, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var check = new InputCheck();
        var input = plan.Input with { Scenario = Apply(check, plan.Input, changes) };
        if (!check.IsSound) return (null, check.Faults);
        var before = (await book.ReadAsync(plan, cancel)).Reading;
        var model = PlanModel.Of(input, before.Pack);
        StartPlan.CheckSolvable(check, input, model);
        if (!check.IsSound) return (null, check.Faults);
        var answer = await queue.NowAsync(() => Solve(input, model, before, cancel), Wait, cancel);
        return answer is null ? (null, [new("what-if", "what-if-busy")]) : (answer, []);
    }

    /// <summary>Saves the scenario of a plan with the changes as one of its own, and begins to look for its plan from the one before.</summary>
    /// <returns>What was kept; where the search could not begin, without a plan and with what is wrong. Nothing where the changes are refused.</returns>
    public async Task<(Kept? Kept, IReadOnlyList<Fault> Faults)> KeepAsync(Place place, Plan plan, WhatIfChanges changes, string? name, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var check = new InputCheck();
        var line = check.Line("name", name, ScenarioCheck.MaxName);
        var facts = Apply(check, plan.Input, changes);
        if (!check.IsSound) return (null, check.Faults);
        var scenario = await scenarios.AddAsync(place, line, facts, plan.Input.IsDemonstration, cancel);
        var (started, faults) = await start.RunAsync(place, scenario, null, plan.Id, cancel);
        return (new(scenario.Id, started?.Id), faults);
    }

    /// <summary>The scenario of a plan with the changes, each checked as that of a scenario.</summary>
    public static ScenarioFacts Apply(InputCheck check, PlanInput input, WhatIfChanges changes)
    {
        ArgumentNullException.ThrowIfNull(check);
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(changes);
        var (scenario, codes) = (input.Scenario, input.Initiatives.Select(i => i.Code).ToHashSet(StringComparer.Ordinal));
        foreach (var (code, decision) in changes.Decisions) ScenarioCheck.CheckDecision(check, code, decision, scenario, codes);
        CheckYears("budget", changes.Budgets, [.. scenario.Sources.Select(s => s.Id)], ScenarioCheck.MaxMoney);
        CheckYears("pool", changes.People, [.. scenario.Pools.Select(p => p.Id)], ScenarioCheck.MaxPeople);
        if (!check.IsSound) return scenario;
        var decisions = new Dictionary<string, Decision>(scenario.Decisions);
        foreach (var (code, decision) in changes.Decisions)
            if (decision == new Decision("free")) decisions.Remove(code);
            else decisions[code] = decision;
        return scenario with
        {
            Decisions = decisions,
            Sources = [.. scenario.Sources.Select(s => changes.Budgets.TryGetValue(s.Id, out var years) ? s with { Years = years } : s)],
            Pools = [.. scenario.Pools.Select(p => changes.People.TryGetValue(p.Id, out var years) ? p with { Years = years } : p)],
        };

        void CheckYears(string kind, Dictionary<string, List<double>> given, IReadOnlyCollection<string> known, double most)
        {
            foreach (var (id, years) in given)
                if (known.Contains(id)) ScenarioCheck.CheckYears(check, $"{kind}-{id}", years, most, scenario);
                else check.Choice($"{kind}s", id, known.Count > 0 ? known : [""]);
        }
    }

    private WhatIfAnswer Solve(PlanInput input, PlanModel model, PlanReading before, CancellationToken cancel)
    {
        var solution = PlanSolver.Solve(model.Problem, Options(before.Starts), null, cancel);
        if (solution.Starts.Count > 0)
        {
            // What moves must move for a reason.
            var starts = PlanSettling.Settle(model.Problem, solution.Starts, before.Starts);
            solution = solution with { Starts = starts, Value = PlanEvaluation.Of(model.Problem, starts).Value };
            solution = solution with { Bound = Math.Max(solution.Bound, solution.Value) };
        }
        var outcome = PlanQueue.OutcomeOf(model, solution);
        if (outcome.Status is PlanStatus.Feasible or PlanStatus.Optimal) return new(input, outcome, PlanDifference.Of(before, PlanReading.Of(input, outcome.Starts, before.Pack)), []);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        stop.CancelAfter(ConflictTime);
        var conflict = PlanConflictAnalysis.Of(model.Problem, new() { Effort = 2_000, Mends = 0 }, stop.Token);
        return new(input, outcome, null, [.. conflict.Conflict.Select(r => Sentence(r, input, model))]);
    }

    /// <summary>A requirement in words, with the names of what it is about.</summary>
    private string Sentence(PlanRequirement requirement, PlanInput input, PlanModel model)
    {
        var (problem, scenario) = (model.Problem, input.Scenario);
        string Name(int option) => MichiPage.Isolate(input.Initiatives[option].Facts.NameIn(words.Language));
        string Names(IEnumerable<int> options) => string.Join(words["list.separator"], options.Select(Name));
        return requirement switch
        {
            PlanRequirement.Mandatory(var o) => words["what-if.conflict.must", Name(o)],
            PlanRequirement.Forbidden(var o) => words["what-if.conflict.forbid", Name(o)],
            PlanRequirement.FixedStart(var o) => words["what-if.conflict.start", Name(o), scenario.Start.Plus(problem.Options[o].FixedStart!.Value)],
            PlanRequirement.EarliestStart(var o) => words["what-if.conflict.earliest", Name(o), scenario.Start.Plus(problem.Options[o].EarliestStart)],
            PlanRequirement.LatestEnd(var o) => words["what-if.conflict.latest", Name(o), scenario.Start.Plus(problem.Options[o].LatestEnd!.Value - 1)],
            PlanRequirement.Minimum(var c) => words["what-if.conflict.minimum", problem.Covers[c].Minimum, words.Sentences(words[$"scenarios.minimum.{scenario.Minima[c].Kind}"], scenario.Minima[c].Of)],
            PlanRequirement.Exclusion(var i) => words["what-if.conflict.exclusion", Names(problem.Exclusions[i])],
            PlanRequirement.Joint(var i) => words["what-if.conflict.joint", Names(problem.Joint[i])],
            PlanRequirement.Precedence(var i) => words["what-if.conflict.precedence", Name(problem.Precedences[i].After), Names(problem.Precedences[i].AnyOf)],
            PlanRequirement.Capacity(var r, var bucket) => CapacityOf(model.Resources[r], problem.Resources[r], bucket),
            _ => throw new InvalidOperationException($"{requirement} has no words."),
        };

        string CapacityOf(ModelResource stands, PlanResource resource, int? bucket)
        {
            var name = stands.Kind == "people" ? words[$"plan-report.pools.{stands.Id}"] : MichiPage.Isolate(InitiativeFacts.TextIn(scenario.Sources.First(s => s.Id == stands.Id).Names, words.Language));
            var unit = stands.Kind == "people" ? words["what-if.conflict.people"] : input.Currency;
            if (bucket is not { } at) return words["what-if.conflict.capacity", name, unit];
            var last = scenario.Start.Plus(resource.Ends[at] - 1);
            return words["what-if.conflict.capacity-until", name, resource.Capacities[at], unit, scenario.Start.Plus(at == 0 ? 0 : resource.Ends[at - 1]), last];
        }
    }
}
