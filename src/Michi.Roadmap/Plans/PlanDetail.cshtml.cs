using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Documents;
using Michi.Roadmap.Explain;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Plans;

/// <summary>A plan: how far the search is, what came out, and the decision to make it the roadmap.</summary>
[Allow(Right.Contribute, Right.Plan)]
internal sealed class PlanDetailPage(PlanBook book, PlanSubjects subjects, AnalysisBook analyses, StartAnalysis start, PlanQueue queue, InitiativeLibrary library, RoadmapDb db, Michi.Platform.Packs.PackStore packs, TimeProvider clock) : PlacePage
{
    public Plan Plan { get; private set; } = null!;

    /// <summary>Null until a plan has been found.</summary>
    public PlanReading? Reading { get; private set; }

    public PlanSubject? Subject { get; private set; }

    /// <summary>Why an initiative can be part of no plan, by code.</summary>
    public IReadOnlyDictionary<string, Impossible> Impossible { get; private set; } = new Dictionary<string, Impossible>();

    public PlanStanding? Standing { get; private set; }

    /// <summary>Why no plan came out; null where one did or the search still runs.</summary>
    public (FoundAnalysis Found, ExplainText Text)? Conflict { get; private set; }

    public bool CanPlan { get; private set; }

    public bool IsUnderWay => Plan.State is "waiting" or "running";

    public override string Step => "plan";

    public string NameOf(PlannedInitiative initiative) => initiative.Facts.NameIn(Lang);

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        // Works without script: the page asks for itself again while the search runs.
        if (IsUnderWay || Conflict?.Found.IsUnderWay == true) Response.Headers["Refresh"] = "2";
        return Page();
    }

    public async Task<IActionResult> OnPostStopAsync(Guid id, CancellationToken cancel)
    {
        if (await db.Plans.FirstOrDefaultAsync(p => p.Id == id && p.PlaceId == Place.Id, cancel) is not { } plan) return NotFound();
        if (!queue.Stop(id) && plan.State == "waiting") (plan.State, plan.EndedAt) = ("stopped", clock.GetUtcNow());
        db.Record(Reader, clock.GetUtcNow(), "plan.stop", Place.Id, id.ToString());
        await db.SaveChangesAsync(cancel);
        return Redirect(Here($"plans/{id}"));
    }

    /// <summary>Asks why no plan came out.</summary>
    public async Task<IActionResult> OnPostConflictAsync(Guid id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        return await start.RunAsync(Place, Plan, "conflict", cancel) is { Count: > 0 } faults ? Again(faults) : Redirect(Here($"plans/{id}"));
    }

    public async Task<IActionResult> OnPostAdoptAsync(Guid id, bool confirmed, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        if (!confirmed) return Again([new("confirmed", "confirm-adopt")]);
        if (Reading is null || IsUnderWay) return Again([new("confirmed", "no-plan-yet")]);
        var plan = await db.Plans.FirstAsync(p => p.Id == id, cancel);
        (plan.AdoptedAt, plan.AdoptedBy) = (clock.GetUtcNow(), Reader.Name);
        db.Record(Reader, clock.GetUtcNow(), "plan.adopt", Place.Id, id.ToString());
        await db.SaveChangesAsync(cancel);
        Say(T["plans.adopted-said"]);
        return Redirect(Here("roadmap"));
    }

    private async Task<bool> FindAsync(Guid id, CancellationToken cancel)
    {
        if (await book.FindAsync(Place.Id, id, cancel) is not { } plan) return false;
        (Plan, Standing, CanPlan) = (plan, queue.StandingOf(id), await Reader.CanAsync(Right.Plan, Place, cancel));
        if (plan.Outcome is { Status: Michi.Analytics.Planning.PlanStatus.Feasible or Michi.Analytics.Planning.PlanStatus.Optimal }) Reading = (await book.ReadAsync(plan, cancel)).Reading;
        if (Reading is null && Plan.State == "failed" && await analyses.ConflictOfAsync(plan, cancel) is var found) Conflict = (found, new(found.Reading, T, found.Reading.Pack.Words(Lang), library.Words(Lang)));
        if (Reading is not null && !IsUnderWay)
            Subject = await subjects.OfAsync(Place, new ShownPlan(Plan, Reading, Plan.AdoptedAt is null), Lang, cancel) with { Address = path => Here(path.StartsWith("roadmap.", StringComparison.Ordinal) ? $"{path}&plan={id}" : path) };
        var model = Reading?.Model ?? PlanModel.Of(plan.Input, await packs.GetAsync(plan.Input.PackHash, cancel));
        Impossible = model.Impossible.DistinctBy(i => i.Code).ToDictionary(i => i.Code);
        return true;
    }
}
