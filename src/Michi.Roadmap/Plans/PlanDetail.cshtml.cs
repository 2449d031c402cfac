using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Documents;
using Michi.Roadmap.Explain;
using Michi.Roadmap.Vision;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Plans;

/// <summary>A plan: how far the search is, what came out, and the decision to make it the roadmap.</summary>
[Allow(Right.Contribute, Right.Plan)]
internal sealed class PlanDetailPage(PlanBook book, PlanSubjects subjects, PlanQueue queue, ChangePlan change, AnalysisBook analyses, StartAnalysis start, InitiativeLibrary library, Michi.Platform.Packs.PackStore packs, SaveVision visions) : PlacePage
{
    public Plan Plan { get; private set; } = null!;

    /// <summary>Null until a plan has been found.</summary>
    public PlanReading? Reading { get; private set; }

    public PlanSubject? Subject { get; private set; }

    /// <summary>Why an initiative can be part of no plan, by code.</summary>
    public IReadOnlyDictionary<string, Impossible> Impossible { get; private set; } = new Dictionary<string, Impossible>();

    public PlanStanding? Standing { get; private set; }

    /// <summary>What it would change of the adopted plan; null where it is that plan itself, or there is none.</summary>
    public ShownDifference? Difference { get; private set; }

    /// <summary>Why no plan came out; null where one did or the search still runs.</summary>
    public (FoundAnalysis Found, ExplainText Text)? Conflict { get; private set; }

    public bool CanPlan { get; private set; }

    public bool IsUnderWay => Plan.IsUnderWay;

    public override string Step => "plan";

    public string NameOf(PlannedInitiative initiative) => initiative.Facts.NameIn(Lang);

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        // Works without script: the page asks for itself again while the search runs.
        if (IsUnderWay || Conflict?.Found.IsUnderWay == true) Response.Headers["Refresh"] = "2";
        return Page();
    }

    public async Task<IActionResult> OnPostStopAsync(Guid id, CancellationToken cancel) =>
        await change.StopAsync(Place, id, cancel) == PlanChanged.Done ? Redirect(Here($"plans/{id}")) : NotFound();

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
        if (await change.AdoptAsync(Place, id, cancel) != PlanChanged.Done) return Again([new("confirmed", "no-plan-yet")]);
        Say(T["plans.adopted-said"]);
        return Redirect(Here("roadmap"));
    }

    private async Task<bool> FindAsync(Guid id, CancellationToken cancel)
    {
        if (await book.FindAsync(Place.Id, id, cancel) is not { } plan) return false;
        (Plan, Standing, CanPlan) = (plan, queue.StandingOf(id), await Reader.CanAsync(Right.Plan, Place, cancel));
        if (plan.HasSchedule) Reading = (await book.ReadAsync(plan, cancel)).Reading;
        if (Reading is null && Plan.State == "failed" && await analyses.ConflictOfAsync(plan, cancel) is var found) Conflict = (found, new(found.Reading, T, found.Reading.Pack.Words(Lang), library.Words(Lang)));
        var model = Reading?.Model ?? PlanModel.Of(plan.Input, await packs.GetAsync(plan.Input.PackHash, cancel));
        if (Reading is not null && await book.AdoptedAsync(Place.Id, cancel) is { } adopted && adopted.Id != id && adopted.HasSchedule)
            Difference = new(PlanDifference.Of((await book.ReadAsync(adopted, cancel)).Reading, Reading), this, (await visions.FindAsync(Place, cancel))?.Facts, IsPage: false);
        if (Reading is not null && !IsUnderWay)
            Subject = subjects.Of(Place, new ShownPlan(Plan, Reading, Plan.AdoptedAt is null), Lang) with { Address = path => Here(path.StartsWith("roadmap.", StringComparison.Ordinal) ? $"{path}&plan={id}" : path) };
        Impossible = model.Impossible.DistinctBy(i => i.Code).ToDictionary(i => i.Code);
        return true;
    }
}
