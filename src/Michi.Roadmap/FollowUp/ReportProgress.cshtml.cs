using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.FollowUp;

/// <summary>The report on one initiative for one quarter, and the decision at its stage gate.</summary>
[Allow(Right.Plan)]
internal sealed class ReportProgressPage(RoadmapDb db, PlanBook plans, SaveProgress save, DecideGate decide, InitiativeLibrary library) : PlacePage
{
    public override string Step => "plan";

    public ScheduledInitiative Initiative { get; private set; } = null!;
    public ScenarioFacts Scenario { get; private set; } = null!;
    public string Currency { get; private set; } = "";
    public Quarter Quarter { get; private set; }
    public SaveProgress.Request Given { get; private set; } = null!;

    /// <summary>What somebody else has saved meanwhile; null where nobody has.</summary>
    public ProgressReport? Newest { get; private set; }

    public string Gate { get; private set; } = "";
    public string? GateReason { get; private set; }
    public PackWords Library => library.Words(Lang);

    public async Task<IActionResult> OnGetAsync(string initiative, string quarter, CancellationToken cancel)
    {
        if (!await FindAsync(initiative, quarter, cancel)) return NotFound();
        await FillAsync(cancel);
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string initiative, string quarter, CancellationToken cancel)
    {
        if (!await FindAsync(initiative, quarter, cancel)) return NotFound();
        var form = await Request.ReadFormAsync(cancel);
        var check = new InputCheck();
        Given = new(int.TryParse(form["version"], CultureInfo.InvariantCulture, out var version) ? version : 0, form["state"], form["started"], form["end"], check.Number("done", form["done"].ToString(), 0, 100, required: false) ?? 0,
            [.. form["milestones"].OfType<string>()],
            Scenario.Sources.Select(s => (s.Id, Amount: check.Number($"spent-{s.Id}", form[$"spent-{s.Id}"].ToString(), 0, 1e15, required: false))).Where(s => s.Amount is not null).ToDictionary(s => s.Id, s => (decimal)s.Amount!.Value),
            Initiative.Facts.Kpis.Select(k => (k.Id, Value: check.Number($"kpi-{k.Id}", form[$"kpi-{k.Id}"].ToString(), -1e15, 1e15, required: false))).Where(k => k.Value is not null).ToDictionary(k => k.Id, k => k.Value!.Value),
            form["note"]);
        if (!check.IsSound) return Again(check.Faults);
        var saved = await save.RunAsync(Place, Initiative, Scenario, Quarter, Given, cancel);
        if (saved.Faults.Count > 0) return Again(saved.Faults);
        if (saved.Newest is { } newest)
        {
            Newest = newest;
            Given = Given with { Version = newest.Version };
            Errors.Add(("state", T["input.version", newest.Version]));
            return Again();
        }
        Say(T["follow-up.saved", Quarter]);
        return Redirect($"{Here("follow-up")}?quarter={Quarter}");
    }

    public async Task<IActionResult> OnPostGateAsync(string initiative, string quarter, string? to, string? reason, CancellationToken cancel)
    {
        if (!await FindAsync(initiative, quarter, cancel)) return NotFound();
        if (await decide.RunAsync(Place, initiative, new(to, reason), cancel) is not { } faults) return NotFound();
        if (faults.Count > 0)
        {
            GateReason = reason;
            await FillAsync(cancel);
            return Again(faults);
        }
        Say(T["follow-up.decided"]);
        return Redirect(Here("follow-up"));
    }

    /// <summary>The form for evidence, filled in with what the initiative has reached in an element, for a person to confirm.</summary>
    public string EvidenceAddress(LiftedLevel lift) => QueryHelpers.AddQueryString(Here("evidence/new/edit"), new Dictionary<string, string?>
    {
        ["element"] = lift.Element,
        ["kind"] = "observation",
        ["statement"] = T["follow-up.evidence-statement", Initiative.Facts.NameIn(Lang), Library[$"library.gates.{Gate}.name"], lift.To],
        ["source"] = T["follow-up.evidence-source", Quarter],
    });

    /// <summary>What it lifts where its conditions hold.</summary>
    public IEnumerable<LiftedLevel> Lifts => Initiative.Facts.Lifts.Where(l => l.Holds).Select(l => new LiftedLevel(l.Element, l.To));

    internal sealed record LiftedLevel(string Element, int To);

    private async Task<bool> FindAsync(string initiative, string quarter, CancellationToken cancel)
    {
        if (!Quarter.TryParse(quarter, out var of) || await plans.AdoptedAsync(Place.Id, cancel) is not { } plan) return false;
        (Quarter, Scenario, Currency) = (of, plan.Input.Scenario, plan.Input.Currency);
        if ((await plans.ReadAsync(plan, cancel)).Reading.Schedule.FirstOrDefault(s => s.Code == initiative) is not { } found) return false;
        (Initiative, Gate) = (found, await db.Initiatives.Where(i => i.PlaceId == Place.Id && i.Code == initiative).Select(i => i.Gate).FirstOrDefaultAsync(cancel) ?? "idea");
        return true;
    }

    // The quarter's own report; else what still holds of the one before.
    private async Task FillAsync(CancellationToken cancel)
    {
        var reports = await db.Progress.AsNoTracking().Where(p => p.PlaceId == Place.Id && p.Initiative == Initiative.Code).ToListAsync(cancel);
        var own = reports.FirstOrDefault(r => r.Quarter == Quarter.ToString());
        var told = own ?? reports.Where(r => string.CompareOrdinal(r.Quarter, Quarter.ToString()) < 0).MaxBy(r => r.Quarter, StringComparer.Ordinal);
        Given = new(own?.Version ?? 0, told?.Facts.State ?? "not-started", told?.Facts.Started?.ToString(), told?.Facts.End?.ToString(), told?.Facts.Done * 100 ?? 0, told?.Facts.Milestones ?? [],
            own?.Facts.Spent ?? [], own?.Facts.Kpis ?? [], own?.Facts.Note ?? "");
    }
}
