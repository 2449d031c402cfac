using Michi.Analytics.Planning;
using Michi.Platform;
using Michi.Platform.Documents;
using Michi.Platform.Places;
using Michi.Roadmap.Plans;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Documents;

/// <summary>How a plan is to be computed on the command line.</summary>
/// <param name="Scenario">Name, or its beginning; null for the first.</param>
/// <param name="Effort">Steps of the solver at most: the same input, seed and effort give the same plan. Null where time alone limits.</param>
public sealed record SolveSettings(string Language, string? Scenario, double Seconds, ulong Seed, long? Effort);

/// <summary>A plan that was computed, to be written in any form.</summary>
public sealed class SolvedPlan
{
    private readonly PlanSubject _subject;

    internal SolvedPlan(PlanSubject subject) => _subject = subject;

    /// <summary>False where no plan was found.</summary>
    public bool IsFound => _subject.Outcome.Status is PlanStatus.Feasible or PlanStatus.Optimal;

    public string Text => PlanTables.Text(_subject);

    public byte[] Json => PlanTables.Json(_subject);

    /// <summary>Endings of files that <see cref="WriteAsync"/> writes, with their dot.</summary>
    public static IReadOnlyList<string> Endings { get; } = [.. PlanWriter.Endings.Select(e => $".{e}")];

    /// <param name="ending">One of <see cref="Endings"/>.</param>
    /// <param name="isSummary">Whether a document is to be one page.</param>
    /// <exception cref="PdfException">It could not be printed.</exception>
    public Task<byte[]> WriteAsync(string ending, bool isSummary, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(ending);
        return PlanWriter.WriteAsync(_subject, ending.TrimStart('.'), isSummary, html => PdfPrinter.PrintAsync(html, cancel));
    }
}

/// <summary>Computes a plan at once, for who waits at the command line; what its tables hold decides, nothing is saved.</summary>
internal sealed class SolvePlan(RoadmapDb db, BuildPlanInput build, PlanSubjects subjects, PlaceDirectory places, TimeProvider clock)
{
    public async Task<(SolvedPlan? Plan, IReadOnlyList<Fault> Faults)> RunAsync(string slug, SolveSettings settings, Action<string, int> begun, IProgress<PlanProgress> progress, CancellationToken cancel)
    {
        var place = (await places.FindAsync(slug, cancel))!;
        var scenarios = await db.Scenarios.AsNoTracking().Where(s => s.PlaceId == place.Id && s.RetiredAt == null).OrderBy(s => s.CreatedAt).ToListAsync(cancel);
        if (scenarios.Find(s => settings.Scenario is null || s.Name.StartsWith(settings.Scenario, StringComparison.OrdinalIgnoreCase)) is not { } scenario)
            return (null, [new("scenario", "choice", settings.Scenario ?? "", string.Join(", ", scenarios.Select(s => s.Name)))]);
        var ground = await build.GroundAsync(place, cancel);
        var input = build.Of(ground, scenario.Name, scenario.Version, scenario.Facts, scenario.IsDemonstration) with { Seconds = settings.Seconds, Seed = settings.Seed };
        var (model, check) = (PlanModel.Of(input, ground.Pack), new InputCheck());
        StartPlan.CheckSolvable(check, input, model);
        if (!check.IsSound) return (null, check.Faults);
        begun(scenario.Name, input.Initiatives.Count);
        var solution = PlanSolver.Solve(model.Problem, new() { Seed = settings.Seed, Effort = settings.Effort, Time = settings.Effort is null ? TimeSpan.FromSeconds(settings.Seconds) : null }, progress, cancel);
        var outcome = PlanQueue.OutcomeOf(model, solution);
        return (new(await subjects.ForDocumentAsync(subjects.Of(place, PlanReading.Of(input, outcome.Starts, ground.Pack), outcome, clock.GetUtcNow(), settings.Language), cancel)), []);
    }
}
