using System.Globalization;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Scenarios;
using Michi.Roadmap.Vision;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Plans;

/// <summary>A row of the picture: where an initiative stands before and after, and what is decided of it.</summary>
/// <param name="Duration">Quarters of its set-up.</param>
internal sealed record WhatIfRow(PlannedInitiative Initiative, ScheduledInitiative? Before, ScheduledInitiative? Now, int Duration, string? Domain);

/// <summary>What if: decisions, money and people of a plan are changed, and the page says what would become of it.</summary>
[Allow(Right.Plan)]
// Four fields for each of 2,000 initiatives.
[RequestFormLimits(ValueCountLimit = 10_000)]
internal sealed class WhatIfPage(PlanBook book, WhatIf whatIf, SaveVision visions, PlatformOptions options) : PlacePage
{
    public Plan Plan { get; private set; } = null!;
    public PlanReading Before { get; private set; } = null!;

    /// <summary>The plan before with what was changed; the plan's own scenario until something is.</summary>
    public ScenarioFacts Scenario { get; private set; } = null!;

    /// <summary>Null until it was asked for, and where the changes are refused.</summary>
    public WhatIfAnswer? Answer { get; private set; }

    public ShownDifference? Difference { get; private set; }

    /// <summary>In order of start, what is left out last.</summary>
    public IReadOnlyList<WhatIfRow> Rows { get; private set; } = [];

    public override string Step => "plan";

    public string NameOfScenario => Value("name", T["what-if.name-of", Plan.Input.ScenarioName] is { Length: <= ScenarioCheck.MaxName } name ? name : Plan.Input.ScenarioName);

    /// <summary>What was typed, where the form is shown again; else what stands.</summary>
    public string Value(string field, string? stands) => Request.HasFormContentType && Request.Form.ContainsKey(field) ? Request.Form[field].ToString() : stands ?? "";

    public static string Number(double value) => value.ToString("0.############", CultureInfo.InvariantCulture);

    /// <summary>Amounts for every budget year of the plan.</summary>
    public IReadOnlyList<double> YearsOf(FundingSource source) => [.. Before.Years.Select(y => y.Index < source.Years.Count ? source.Years[y.Index] : 0)];

    public IReadOnlyList<double> YearsOf(StaffPool pool) => [.. Before.Years.Select(y => pool.Years.Count == 0 ? 0 : pool.Years[Math.Min(y.Index, pool.Years.Count - 1)])];

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancel) => await FindAsync(id, cancel) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        var check = new InputCheck();
        var changes = ChangesOf(check);
        if (!check.IsSound) return Again(check.Faults);
        var (answer, faults) = await whatIf.RunAsync(Plan, changes, cancel);
        if (answer is null) return Again(faults);
        (Answer, Scenario) = (answer, answer.Input.Scenario);
        if (answer.Difference is { } difference) Difference = new(difference, this, (await visions.FindAsync(Place, cancel))?.Facts, IsPage: false);
        Rows = RowsOf(answer.Difference?.After);
        return Page();
    }

    /// <summary>Keeps what was tried as a scenario and looks for its plan.</summary>
    public async Task<IActionResult> OnPostKeepAsync(Guid id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        var check = new InputCheck();
        var changes = ChangesOf(check);
        if (!check.IsSound) return Again(check.Faults);
        var (kept, faults) = await whatIf.KeepAsync(Place, Plan, changes, Request.Form["name"], cancel);
        if (kept is null) return Again(faults);
        if (kept.Plan is { } plan) return Redirect(Here($"plans/{plan}"));
        Say(T.Sentences([T["what-if.kept-unsolved"], .. faults.Select(f => f.Sentence(T))]));
        return Redirect(Here($"scenarios/{kept.Scenario}"));
    }

    private WhatIfChanges ChangesOf(InputCheck check)
    {
        var (form, scenario) = (Request.Form, Plan.Input.Scenario);
        var shown = Plan.Input.Initiatives.Where(i => form.ContainsKey($"decision-{i.Code}")).ToList();
        var given = ScenarioCheck.Decisions(check, form, shown);
        var free = new Decision("free");
        return new()
        {
            Decisions = shown.Select(i => (i.Code, Now: given.GetValueOrDefault(i.Code, free))).Where(d => d.Now != scenario.Decisions.GetValueOrDefault(d.Code, free)).ToDictionary(d => d.Code, d => d.Now),
            Budgets = Changed(scenario.Sources.ToDictionary(s => s.Id, YearsOf), "budget", ScenarioCheck.MaxMoney),
            People = Changed(scenario.Pools.ToDictionary(p => p.Id, YearsOf), "pool", ScenarioCheck.MaxPeople),
        };

        Dictionary<string, List<double>> Changed(Dictionary<string, IReadOnlyList<double>> stand, string kind, double most) =>
            stand.Select(s => (s.Key, Stands: s.Value, Now: s.Value.Select((v, y) => form.ContainsKey($"{kind}-{s.Key}-{y}") ? check.Number($"{kind}-{s.Key}-{y}", form[$"{kind}-{s.Key}-{y}"], 0, most) ?? v : v).ToList()))
                .Where(s => !s.Now.SequenceEqual(s.Stands)).ToDictionary(s => s.Key, s => s.Now);
    }

    private async Task<bool> FindAsync(Guid id, CancellationToken cancel)
    {
        if (await book.FindAsync(Place.Id, id, cancel) is not { HasSchedule: true, IsUnderWay: false } plan) return false;
        (Plan, Before, Scenario) = (plan, (await book.ReadAsync(plan, cancel)).Reading, plan.Input.Scenario);
        Rows = RowsOf(null);
        return true;
    }

    private List<WhatIfRow> RowsOf(PlanReading? now)
    {
        var (before, after) = (Before.Schedule.ToDictionary(s => s.Code), (now ?? Before).Schedule.ToDictionary(s => s.Code));
        return [.. Plan.Input.Initiatives.Select((initiative, i) => new WhatIfRow(initiative, before.GetValueOrDefault(initiative.Code), after.GetValueOrDefault(initiative.Code), Before.Model.Problem.Options[i].Duration,
            Before.MainDomainOf(initiative.Facts)))
            // The order is that of the plan before, so that no row moves while somebody plays.
            .OrderBy(r => r.Before?.Start ?? int.MaxValue).ThenBy(r => r.Before?.End).ThenBy(r => r.Initiative.Code, StringComparer.Ordinal)];
    }

    /// <summary>Seconds the plan of a kept scenario is looked for.</summary>
    public double Seconds => Math.Min(StartPlan.DefaultSeconds, options.PlanSeconds);
}
