using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Scenarios;

/// <summary>What became of a change.</summary>
internal enum Saved
{
    Done,
    ChangedMeanwhile,
    NotFound,
}

/// <summary>Lists, adds, copies and changes the scenarios of a place.</summary>
internal sealed class ScenarioBook(RoadmapDb db, Reader reader, TimeProvider clock)
{
    public async Task<IReadOnlyList<Scenario>> OfAsync(Guid place, CancellationToken cancel) =>
        await db.Scenarios.AsNoTracking().Where(s => s.PlaceId == place && s.RetiredAt == null).OrderByDescending(s => s.ChangedAt).ToListAsync(cancel);

    public Task<Scenario?> FindAsync(Guid place, Guid id, CancellationToken cancel) =>
        db.Scenarios.AsNoTracking().FirstOrDefaultAsync(s => s.PlaceId == place && s.Id == id && s.RetiredAt == null, cancel);

    public async Task<Scenario> AddAsync(Place place, string name, ScenarioFacts facts, bool isDemonstration, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        var now = clock.GetUtcNow();
        var scenario = new Scenario { Id = Guid.CreateVersion7(now), PlaceId = place.Id, Name = name, Facts = facts, IsDemonstration = isDemonstration, CreatedAt = now, ChangedAt = now, ChangedBy = reader.Name };
        db.Scenarios.Add(scenario);
        db.Record(reader, now, "scenario.add", place.Id, name);
        await db.SaveChangesAsync(cancel);
        return scenario;
    }

    /// <summary>The name of a scenario, marked as that of a copy where it stays short enough.</summary>
    public static string NameOfCopy(Scenario of, Words words)
    {
        ArgumentNullException.ThrowIfNull(of);
        ArgumentNullException.ThrowIfNull(words);
        return words["scenarios.copy-of", of.Name] is { Length: <= ScenarioCheck.MaxName } name ? name : of.Name;
    }

    /// <summary>Saves a change based on a version.</summary>
    public Task<Saved> SaveAsync(Place place, Guid id, int version, string name, ScenarioFacts facts, CancellationToken cancel) =>
        ChangeAsync(place, id, version, "scenario.edit", s => (s.Name, s.Facts) = (name, facts), cancel);

    /// <summary>Takes a scenario out of the list; its plans stay.</summary>
    public Task<Saved> RetireAsync(Place place, Guid id, int version, CancellationToken cancel) =>
        ChangeAsync(place, id, version, "scenario.retire", s => s.RetiredAt = clock.GetUtcNow(), cancel);

    private async Task<Saved> ChangeAsync(Place place, Guid id, int version, string action, Action<Scenario> change, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        if (await db.Scenarios.FirstOrDefaultAsync(s => s.PlaceId == place.Id && s.Id == id && s.RetiredAt == null, cancel) is not { } scenario) return Saved.NotFound;
        if (scenario.Version != version) return Saved.ChangedMeanwhile;
        change(scenario);
        (scenario.Version, scenario.ChangedAt, scenario.ChangedBy) = (version + 1, clock.GetUtcNow(), reader.Name);
        db.Record(reader, scenario.ChangedAt, action, place.Id, scenario.Name);
        try
        {
            await db.SaveChangesAsync(cancel);
            return Saved.Done;
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear();
            return Saved.ChangedMeanwhile;
        }
    }
}
