using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.FollowUp;

/// <summary>How an initiative stands.</summary>
/// <param name="Last">The newest report up to the quarter looked at; null where there is none.</param>
/// <param name="Value">Null where nothing has been reported.</param>
internal sealed record Standing(ScheduledInitiative Initiative, ProgressReport? Last, decimal Spent, EarnedValue? Value);

/// <summary>How the adopted plan stands in a quarter: progress, money, forecast, decisions, signals.</summary>
[Allow(Right.ViewPlace)]
internal sealed class FollowUpPage(RoadmapDb db, PlanBook plans, InitiativeLibrary library, TimeProvider clock) : PlacePage
{
    public override string Step => "plan";

    public ShownPlan? Shown { get; private set; }
    public PlanReading Plan => Shown!.Reading;

    /// <summary>The quarter looked at.</summary>
    public Quarter Quarter { get; private set; }

    /// <summary>Quarters from the plan's first to the present one, within the plan.</summary>
    public IReadOnlyList<Quarter> Quarters { get; private set; } = [];

    public IReadOnlyList<Standing> Standings { get; private set; } = [];
    public IReadOnlyList<GateDecision> Decisions { get; private set; } = [];
    public IReadOnlyList<PlanSignal> Signals { get; private set; } = [];
    public bool MayReport { get; private set; }
    public PackWords Library => library.Words(Lang);

    public Task OnGetAsync(string? quarter, CancellationToken cancel) => LoadAsync(quarter, cancel);

    public async Task<IActionResult> OnGetTableAsync(string? format, string? quarter, CancellationToken cancel)
    {
        await LoadAsync(quarter, cancel);
        if (Shown is null || Quarters.Count == 0) return NotFound();
        string[] columns = ["initiative", "planned", "state", "started", "end", "done", "budget", "spent", "cost-index", "schedule-index", "forecast", "note"];
        return TableDownload.Answer(format, $"{Place.Slug}-progress-{Quarter}", new(T["follow-up.title"], [.. columns.Select(c => new TableColumn(T[$"follow-up.column.{c}"]))], Standings.Select(s => (IReadOnlyList<TableCell>)
        [
            s.Initiative.Facts.NameIn(Lang), $"{s.Initiative.From} – {s.Initiative.Last}", T[$"follow-up.state.{s.Last?.Facts.State ?? "none"}"], s.Last?.Facts.Started?.ToString(), s.Last?.Facts.End?.ToString(),
            s.Last?.Facts.Done, s.Initiative.Facts.Cost.Planned, (double)s.Spent, s.Value?.CostIndex, s.Value?.ScheduleIndex, s.Value?.Forecast, s.Last?.Facts.Note,
        ]))
        { FrozenColumns = 1 });
    }

    /// <summary>An amount of the plan's currency, whole.</summary>
    public string Amount(double value) => value.ToString("N0", T.Culture);

    private async Task LoadAsync(string? quarter, CancellationToken cancel)
    {
        Shown = await plans.AdoptedAsync(Place.Id, cancel) is { } adopted ? await plans.ReadAsync(adopted, cancel) : null;
        if (Shown is null) return;
        MayReport = await Reader.CanAsync(Right.Plan, Place, cancel);
        var scenario = Plan.Input.Scenario;
        var present = Quarter.Of(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));
        Quarters = [.. Enumerable.Range(0, Math.Clamp(scenario.Start.To(present) + 1, 0, scenario.Quarters)).Select(scenario.Start.Plus)];
        Quarter = Quarter.TryParse(quarter, out var asked) && Quarters.Contains(asked) ? asked : Quarters.Count > 0 ? Quarters[^1] : scenario.Start;
        var reports = (await db.Progress.AsNoTracking().Where(p => p.PlaceId == Place.Id).ToListAsync(cancel))
            .Where(p => string.CompareOrdinal(p.Quarter, Quarter.ToString()) <= 0).ToLookup(p => p.Initiative);
        Standings = [.. Plan.Schedule.Select(s =>
        {
            var (told, spent) = (reports[s.Code].MaxBy(r => r.Quarter, StringComparer.Ordinal), reports[s.Code].Sum(r => r.Facts.Spent.Values.Sum()));
            return new Standing(s, told, spent, told is null ? null : EarnedValue.Of(s.Facts.Cost.Planned, s.Start, s.End, scenario.Start.To(Quarter) + 1, told.Facts.Done, spent));
        })];
        Decisions = await db.GateDecisions.AsNoTracking().Where(d => d.PlaceId == Place.Id).OrderByDescending(d => d.At).Take(50).ToListAsync(cancel);
        Signals = await db.Signals.AsNoTracking().Where(s => s.PlaceId == Place.Id).OrderByDescending(s => s.At).Take(50).ToListAsync(cancel);
    }
}
