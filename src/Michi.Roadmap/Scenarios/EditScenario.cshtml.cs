using System.Globalization;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Scenarios;

/// <summary>A scenario: its conditions, and the button that looks for a plan under them. The id <c>new</c> adds one.</summary>
[Allow(Right.Contribute, Right.Plan)]
// Four fields for each of 2,000 initiatives.
[RequestFormLimits(ValueCountLimit = 10_000)]
internal sealed class EditScenarioPage(ScenarioBook book, BuildPlanInput build, StartPlan start, RoadmapDb db, InitiativeLibrary library, PlatformOptions options, TimeProvider clock) : PlacePage
{
    /// <summary>As it is stored; null for a new one.</summary>
    public Scenario? Stored { get; private set; }

    public string Name { get; private set; } = "";
    public ScenarioFacts Facts { get; private set; } = null!;
    public int Version { get; private set; }
    public PlanGround Ground { get; private set; } = null!;
    public IReadOnlyDictionary<string, SuggestedElement> Suggested { get; private set; } = null!;
    public PlanWeights Filled { get; private set; } = null!;
    public PackWords LibraryWords { get; private set; } = null!;
    public PackWords Words { get; private set; } = null!;
    public IReadOnlyList<(Guid Id, string State, DateTimeOffset At, bool IsAdopted)> Plans { get; private set; } = [];
    public bool CanPlan { get; private set; }

    /// <summary>What the newest version says where it differs from what was sent: field and text. Empty unless somebody else changed it meanwhile.</summary>
    public IReadOnlyList<(string Label, string Theirs)> Differences { get; private set; } = [];

    public InitiativeLibrary Library => library;

    public int MaxSeconds => options.PlanSeconds;

    public override string Step => "plan";

    /// <summary>What was typed, where the form is shown again; else what is stored.</summary>
    public string Value(string field, string? stored) => Request.HasFormContentType && Request.Form.ContainsKey(field) ? Request.Form[field].ToString() : stored ?? "";

    public string Number(double? value) => value?.ToString("0.############", CultureInfo.InvariantCulture) ?? "";

    public string Numbers(IEnumerable<double> values) => string.Join(' ', values.Select(v => Number(v)));

    public async Task<IActionResult> OnGetAsync(string id, CancellationToken cancel) => await FindAsync(id, cancel) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(string id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        if (await SaveAsync(Stored is null, cancel) is { } refused) return refused;
        Say(T["scenarios.saved"]);
        return Redirect(Here($"scenarios/{Stored!.Id}"));
    }

    /// <summary>Saves what the form says as a scenario of its own.</summary>
    public async Task<IActionResult> OnPostCopyAsync(string id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel) || Stored is null) return NotFound();
        var copy = await book.AddAsync(Place, ScenarioBook.NameOfCopy(Stored, T), Stored.Facts, Stored.IsDemonstration, cancel);
        Say(T["scenarios.copied"]);
        return Redirect(Here($"scenarios/{copy.Id}"));
    }

    public async Task<IActionResult> OnPostRetireAsync(string id, int version, CancellationToken cancel)
    {
        if (!Guid.TryParse(id, out var guid)) return NotFound();
        switch (await book.RetireAsync(Place, guid, version, cancel))
        {
            case Saved.Done:
                Say(T["scenarios.retired"]);
                return Redirect(Here("scenarios"));
            case Saved.NotFound:
                return NotFound();
            default:
                await FindAsync(id, cancel);
                return Again([new("name", "version", Stored?.Version)]);
        }
    }

    /// <summary>Looks for a plan under the stored scenario.</summary>
    public async Task<IActionResult> OnPostSolveAsync(string id, string? seconds, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel) || Stored is null) return NotFound();
        var check = new InputCheck();
        var time = check.Number("seconds", seconds, 1, options.PlanSeconds, required: false);
        if (!check.IsSound) return Again(check.Faults);
        var (plan, faults) = await start.RunAsync(Place, Stored, time, null, cancel);
        return plan is null ? Again(faults) : Redirect(Here($"plans/{plan.Id}"));
    }

    private async Task<IActionResult?> SaveAsync(bool isNew, CancellationToken cancel)
    {
        var check = new InputCheck();
        var (name, facts) = ScenarioCheck.Read(check, Request.Form, Facts, Ground, library, Lang);
        if (!check.IsSound) return Again(check.Faults);
        if (isNew)
        {
            Stored = await book.AddAsync(Place, name, facts, Place.IsDemonstration, cancel);
            return null;
        }
        var based = int.TryParse(Request.Form["version"], CultureInfo.InvariantCulture, out var number) ? number : 0;
        switch (await book.SaveAsync(Place, Stored!.Id, based, name, facts, cancel))
        {
            case Saved.NotFound:
                return NotFound();
            case Saved.ChangedMeanwhile:
                await FindAsync(Stored.Id.ToString(), cancel);
                Differences = [.. DifferencesOf(facts, name)];
                return Again([new("name", "version", Stored!.Version)]);
            default:
                return null;
        }
    }

    private IEnumerable<(string, string)> DifferencesOf(ScenarioFacts mine, string name)
    {
        var theirs = Stored!.Facts;
        if (Stored.Name != name) yield return (T["scenarios.name"], Stored.Name);
        if (theirs.Start != mine.Start) yield return (T["scenarios.start"], theirs.Start.ToString());
        if (theirs.Quarters != mine.Quarters) yield return (T["scenarios.years"], Number(theirs.Quarters / 4.0));
        if (theirs.Discount != mine.Discount) yield return (T["scenarios.discount"], Number(theirs.Discount * 100));
        foreach (var source in theirs.Sources)
            if (mine.Sources.FirstOrDefault(s => s.Id == source.Id) is not { } other || !other.Years.SequenceEqual(source.Years) || other.Total != source.Total || other.CarriesOver != source.CarriesOver)
                yield return (InitiativeFacts.TextIn(source.Names, Lang), Numbers(source.Years));
        foreach (var pool in theirs.Pools)
            if (mine.Pools.FirstOrDefault(p => p.Id == pool.Id) is not { } other || !other.Years.SequenceEqual(pool.Years)) yield return (LibraryWords[$"library.pools.{pool.Id}.name"], Numbers(pool.Years));
        foreach (var code in theirs.Decisions.Keys.Union(mine.Decisions.Keys).Where(c => theirs.Decisions.GetValueOrDefault(c) != mine.Decisions.GetValueOrDefault(c)))
            yield return (code, theirs.Decisions.TryGetValue(code, out var decision) ? T.Sentences(T[$"scenarios.choice.{decision.Choice}"], decision.Start?.ToString()) : T["scenarios.choice.free"]);
        foreach (var element in theirs.Levels.Keys.Union(mine.Levels.Keys).Where(e => theirs.Levels.GetValueOrDefault(e) != mine.Levels.GetValueOrDefault(e)))
            yield return (element, theirs.Levels.TryGetValue(element, out var level) ? Number(level.Level) : "–");
        if (!theirs.Minima.SequenceEqual(mine.Minima)) yield return (T["scenarios.minima"], T["scenarios.differs"]);
        if (!Same(theirs.Weights.Elements, mine.Weights.Elements) || !Same(theirs.Weights.Benefits, mine.Weights.Benefits) || theirs.Weights.StepDecay != mine.Weights.StepDecay
            || theirs.Weights.BenefitShare != mine.Weights.BenefitShare || theirs.Weights.Severity != mine.Weights.Severity) yield return (T["scenarios.weights"], T["scenarios.differs"]);

        static bool Same(Dictionary<string, double>? a, Dictionary<string, double>? b) => (a ?? []).OrderBy(x => x.Key, StringComparer.Ordinal).SequenceEqual((b ?? []).OrderBy(x => x.Key, StringComparer.Ordinal));
    }

    private async Task<bool> FindAsync(string id, CancellationToken cancel)
    {
        CanPlan = await Reader.CanAsync(Right.Plan, Place, cancel);
        if (id == "new" ? !CanPlan : !Guid.TryParse(id, out _)) return false;
        if (id != "new" && (Stored = await book.FindAsync(Place.Id, Guid.Parse(id), cancel)) is null) return false;
        Ground = await build.GroundAsync(Place, cancel);
        (Words, LibraryWords) = (Ground.Pack.Words(Lang), library.Words(Lang));
        Suggested = SuggestWeights.Elements(Ground.Diagnosis, library.Weights);
        Filled = SuggestWeights.Fill(new(), Ground.Diagnosis, library.Weights);
        Facts = Stored?.Facts ?? ScenarioCheck.New(DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime), library.Weights);
        (Name, Version) = (Stored?.Name ?? "", Stored?.Version ?? 0);
        if (Stored is not null)
            Plans = [.. (await db.Plans.AsNoTracking().Where(p => p.ScenarioId == Stored.Id && p.Kind != "what-if").OrderByDescending(p => p.CreatedAt).Take(10).Select(p => new { p.Id, p.State, p.CreatedAt, p.AdoptedAt }).ToListAsync(cancel))
                .Select(p => (p.Id, p.State, p.CreatedAt, p.AdoptedAt is not null))];
        return true;
    }
}
