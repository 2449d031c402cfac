using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.FollowUp;

/// <summary>What came of saving a report.</summary>
/// <param name="Newest">The report as somebody else has saved it meanwhile; then nothing was saved.</param>
internal sealed record SavedProgress(IReadOnlyList<Fault> Faults, ProgressReport? Newest)
{
    public bool IsSaved => Faults.Count == 0 && Newest is null;
}

/// <summary>Reports on an initiative of the adopted plan for a quarter, or changes that report.</summary>
internal sealed class SaveProgress(RoadmapDb db, Reader reader, TimeProvider clock)
{
    public const int MaxNote = 2000;

    /// <param name="Version">The version the change is based on; 0 for the first report.</param>
    /// <param name="Started">As <c>2027-Q1</c>.</param>
    /// <param name="Done">Per cent of the set-up that is done, 0–100.</param>
    /// <param name="Spent">Funding source → paid in this quarter.</param>
    public sealed record Request(
        int Version, string? State, string? Started, string? End, double? Done, List<string>? Milestones, Dictionary<string, decimal>? Spent, Dictionary<string, double>? Kpis, string? Note);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/api/places/{place}/progress/{initiative}/{quarter}", Handle).WithMetadata(new AllowAttribute(Right.Plan))
        .WithSummary("Report on an initiative of the adopted plan for a quarter").Produces(204).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

    public static async Task<IResult> Handle(string place, string initiative, string quarter, Request request, HttpContext http, SaveProgress save, PlanBook plans, Words words, CancellationToken cancel)
    {
        var here = (Place)http.Items[typeof(Place)]!;
        if (!Quarter.TryParse(quarter, out var of) || await plans.AdoptedAsync(here.Id, cancel) is not { } plan
            || (await plans.ReadAsync(plan, cancel)).Reading.Schedule.FirstOrDefault(s => s.Code == initiative) is not { } scheduled) return InputProblems.Missing(words);
        var saved = await save.RunAsync(here, scheduled, plan.Input.Scenario, of, request, cancel);
        if (saved.Newest is { } newest) return InputProblems.ChangedMeanwhile(words, newest.Version);
        return saved.Faults.Count > 0 ? InputProblems.Of(saved.Faults, words) : TypedResults.NoContent();
    }

    public async Task<SavedProgress> RunAsync(Place place, ScheduledInitiative initiative, ScenarioFacts scenario, Quarter quarter, Request request, CancellationToken cancel)
    {
        var (now, check) = (clock.GetUtcNow(), new InputCheck());
        if (quarter < scenario.Start || quarter > Quarter.Of(DateOnly.FromDateTime(now.UtcDateTime))) check.Refuse("quarter", "quarter-outside", scenario.Start, Quarter.Of(DateOnly.FromDateTime(now.UtcDateTime)));
        var facts = Checked(check, initiative, scenario, request);
        if (!check.IsSound) return new(check.Faults, null);

        var report = await db.Progress.FirstOrDefaultAsync(p => p.PlaceId == place.Id && p.Initiative == initiative.Code && p.Quarter == quarter.ToString(), cancel);
        if ((report?.Version ?? 0) != request.Version) return new([], report ?? await NewestAsync(place, initiative, quarter, cancel));
        if (report is null)
        {
            db.Progress.Add(new()
            {
                Id = Guid.CreateVersion7(now),
                PlaceId = place.Id,
                Initiative = initiative.Code,
                Quarter = quarter.ToString(),
                Facts = facts,
                ChangedAt = now,
                ChangedBy = reader.Name,
            });
        }
        else (report.Facts, report.Version, report.ChangedAt, report.ChangedBy) = (facts, report.Version + 1, now, reader.Name);
        db.Record(reader, now, "progress.report", place.Id, $"{initiative.Code} {quarter}");
        try
        {
            await db.SaveChangesAsync(cancel);
            return new([], null);
        }
        catch (DbUpdateException fault) when (fault is DbUpdateConcurrencyException || fault.IsUniqueViolation())
        {
            db.ChangeTracker.Clear();
            return new([], await NewestAsync(place, initiative, quarter, cancel));
        }
    }

    private Task<ProgressReport?> NewestAsync(Place place, ScheduledInitiative initiative, Quarter quarter, CancellationToken cancel) =>
        db.Progress.AsNoTracking().FirstOrDefaultAsync(p => p.PlaceId == place.Id && p.Initiative == initiative.Code && p.Quarter == quarter.ToString(), cancel);

    private static ProgressFacts Checked(InputCheck check, ScheduledInitiative initiative, ScenarioFacts scenario, Request request)
    {
        var state = check.Choice("state", request.State, ProgressFacts.States);
        var (started, end) = (Quarterly("started", request.Started), Quarterly("end", request.End));
        if (state is not ("not-started" or "stopped") && started is null && check.IsSoundAt("started")) check.Refuse("started", "required");
        if (started is { } from && end is { } to && to < from) check.Refuse("end", "quarter-order");
        var known = initiative.Facts.Milestones.Select(m => m.Id).ToList();
        foreach (var milestone in request.Milestones ?? [])
            if (!known.Contains(milestone)) check.Refuse("milestones", "choice", milestone, string.Join(", ", known));
        foreach (var (source, amount) in request.Spent ?? [])
        {
            if (scenario.Sources.All(s => s.Id != source)) check.Refuse("spent", "choice", source, string.Join(", ", scenario.Sources.Select(s => s.Id)));
            else check.Number($"spent-{source}", (double)amount, 0, 1e15);
        }
        foreach (var (kpi, value) in request.Kpis ?? [])
        {
            if (initiative.Facts.Kpis.All(k => k.Id != kpi)) check.Refuse("kpis", "choice", kpi, string.Join(", ", initiative.Facts.Kpis.Select(k => k.Id)));
            else check.Number($"kpi-{kpi}", value, -1e15, 1e15);
        }
        return new()
        {
            State = state,
            Started = started,
            End = end,
            Done = (check.Number("done", request.Done, 0, 100, required: false) ?? 0) / 100,
            Milestones = [.. (request.Milestones ?? []).Distinct()],
            Spent = request.Spent ?? [],
            Kpis = request.Kpis ?? [],
            Note = check.Text("note", request.Note, MaxNote, required: false),
        };

        Quarter? Quarterly(string field, string? text)
        {
            if (string.IsNullOrWhiteSpace(text)) return null;
            if (Quarter.TryParse(text.Trim(), out var quarter)) return quarter;
            check.Refuse(field, "quarter", text.Trim().Length > 40 ? $"{text.Trim()[..40]}…" : text.Trim());
            return null;
        }
    }
}
