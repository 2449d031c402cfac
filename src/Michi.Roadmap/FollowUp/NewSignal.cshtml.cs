using System.Globalization;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.FollowUp;

/// <summary>The form for something that happened and makes the plan anew.</summary>
[Allow(Right.Plan)]
internal sealed class NewSignalPage(PlanBook plans, ScenarioBook scenarios, SendSignal send, StartPlan start, TimeProvider clock) : PlacePage
{
    public override string Step => "plan";

    public PlanReading Plan { get; private set; } = null!;
    public SendSignal.Request Given { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (!await FindAsync(cancel)) return NotFound();
        var (scenario, present) = (Plan.Input.Scenario, Quarter.Of(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime)));
        Given = new("budget", "", (present < scenario.Start ? scenario.Start : present).ToString(), [], [], null, [], []);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancel)
    {
        if (!await FindAsync(cancel)) return NotFound();
        var form = await Request.ReadFormAsync(cancel);
        var check = new InputCheck();
        var choices = Plan.Model.Codes.Select(c => (Code: c, Choice: form[$"choice-{c}"].ToString(), Delay: check.Number($"delay-{c}", form[$"delay-{c}"].ToString(), 1, 40, required: false, whole: true))).ToList();
        Given = new(form["kind"], form["text"], form["from"],
            Plan.Input.Scenario.Sources.Select(s => (s.Id, Left: check.Number($"budget-{s.Id}", form[$"budget-{s.Id}"].ToString(), 0, 1000, required: false))).Where(s => s.Left is not (null or 100)).ToDictionary(s => s.Id, s => s.Left!.Value),
            choices.Where(c => c.Delay is not null).ToDictionary(c => c.Code, c => (int)c.Delay!.Value), form["hold-until"],
            [.. choices.Where(c => c.Choice == "must").Select(c => c.Code)], [.. choices.Where(c => c.Choice == "forbid").Select(c => c.Code)]);
        if (!check.IsSound) return Again(check.Faults);
        var (scenario, faults) = await send.RunAsync(Place, Given, cancel);
        if (scenario is not { } id) return Again(faults ?? []);
        if (form["solve"] == "true")
        {
            var (plan, wrong) = await start.RunAsync(Place, (await scenarios.FindAsync(Place.Id, id, cancel))!, seconds: null, basedOn: null, cancel);
            if (plan is not null) return Redirect(Here($"plans/{plan.Id}"));
            // The signal is taken; what its scenario lacks to be planned is mended there.
            Say(T.Sentences([T["follow-up.signal-unsolved"], .. wrong.Select(w => w.Sentence(T))]));
            return Redirect(Here($"scenarios/{id}"));
        }
        Say(T["follow-up.signal-sent"]);
        return Redirect(Here($"scenarios/{id}"));
    }

    public string LeftOf(string source) => Given.Budgets!.TryGetValue(source, out var left) ? left.ToString("0.##", CultureInfo.InvariantCulture) : "100";

    private async Task<bool> FindAsync(CancellationToken cancel)
    {
        if (await plans.AdoptedAsync(Place.Id, cancel) is not { } plan) return false;
        Plan = (await plans.ReadAsync(plan, cancel)).Reading;
        return true;
    }
}
