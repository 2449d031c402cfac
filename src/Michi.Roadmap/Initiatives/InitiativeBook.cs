using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Michi.Roadmap.Vision;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Initiatives;

/// <summary>What came of changing an initiative.</summary>
internal abstract record InitiativeOutcome;

/// <summary>It is saved, with this code and version.</summary>
/// <param name="Unlinked">Codes of initiatives that lost, or to which it lost, a link.</param>
internal sealed record InitiativeSaved(string Code, int Version, IReadOnlyList<string> Unlinked) : InitiativeOutcome;

/// <summary>Somebody else changed it since it was read.</summary>
internal sealed record InitiativeChanged(Initiative Newest) : InitiativeOutcome;

/// <summary>There is no such initiative at this place.</summary>
internal sealed record NoSuchInitiative : InitiativeOutcome;

/// <summary>Others name it, and nobody has said what is to become of these links.</summary>
internal sealed record InitiativeNeeded(IReadOnlyList<Initiative> By) : InitiativeOutcome;

/// <summary>What came of copying from the library.</summary>
/// <param name="Copied">In the order they were copied.</param>
/// <param name="WithoutLink">Prerequisites that are not at the place, so that the link to them was left out.</param>
internal sealed record CopiedInitiatives(IReadOnlyList<Initiative> Copied, IReadOnlyList<string> WithoutLink);

/// <summary>The initiatives of places: finds, copies, adds, changes and retires them. Nothing is overwritten: each change is a version in the history.</summary>
internal sealed class InitiativeBook(RoadmapDb db, InitiativeLibrary library, PackStore packs, PlaceDirectory places, Reader reader, TimeProvider clock)
{
    /// <summary>Initiatives of a place in order of code; retired ones only where asked for.</summary>
    public async Task<IReadOnlyList<Initiative>> ListAsync(Place place, bool withRetired, CancellationToken cancel) =>
        await db.Initiatives.AsNoTracking().Where(i => i.PlaceId == place.Id && (withRetired || i.RetiredAt == null)).OrderBy(i => i.Code).ToListAsync(cancel);

    public Task<Initiative?> FindAsync(Place place, string code, CancellationToken cancel) => db.Initiatives.AsNoTracking().FirstOrDefaultAsync(i => i.PlaceId == place.Id && i.Code == code, cancel);

    /// <summary>Every version of an initiative, newest first.</summary>
    public async Task<IReadOnlyList<InitiativeVersion>> HistoryAsync(Initiative initiative, CancellationToken cancel) =>
        await db.InitiativeHistory.AsNoTracking().Where(v => v.InitiativeId == initiative.Id).OrderByDescending(v => v.Version).ToListAsync(cancel);

    /// <summary>The vision of a place; an empty one where it has none.</summary>
    public async Task<VisionFacts> VisionAsync(Place place, CancellationToken cancel) =>
        (await db.Visions.AsNoTracking().FirstOrDefaultAsync(v => v.PlaceId == place.Id, cancel))?.Facts ?? new();

    /// <summary>What an initiative of a place is checked against.</summary>
    /// <param name="code">Its own code; empty while it has none.</param>
    public async Task<InitiativeSurroundings> AroundAsync(Place place, string code, CancellationToken cancel)
    {
        var vision = await VisionAsync(place, cancel);
        var challenges = await db.Challenges.AsNoTracking().Where(c => c.PlaceId == place.Id).Select(c => c.Code).ToListAsync(cancel);
        return new(library, packs.Current, (await ListAsync(place, withRetired: false, cancel)).Where(i => i.Code != code).ToDictionary(i => i.Code, i => i.Facts),
            challenges.ToHashSet(), (await places.ItemsBelowAsync(place.Id, cancel)).Select(p => p.Slug).ToHashSet(),
            vision.Objectives.Select(o => o.Id).Concat(vision.Targets.Select(t => t.Id)).Concat(vision.Logic.Select(l => l.Id)).ToHashSet());
    }

    /// <summary>Copies initiatives of the library; those the place has already, retired ones included, are left as they are.</summary>
    /// <param name="withPrerequisites">Whether missing prerequisites come along; otherwise the links to them are left out.</param>
    public async Task<CopiedInitiatives> CopyAsync(Place place, IReadOnlyList<string> ids, bool withPrerequisites, CancellationToken cancel)
    {
        var there = await db.Initiatives.AsNoTracking().Where(i => i.PlaceId == place.Id).Select(i => new { i.Code, IsRetired = i.RetiredAt != null }).ToListAsync(cancel);
        var (taken, present) = (there.Select(t => t.Code).ToHashSet(), there.Where(t => !t.IsRetired).Select(t => t.Code).ToHashSet());
        var chosen = withPrerequisites ? LibraryCopy.WithPrerequisites(library, ids, present) : [.. ids.Distinct().Select(library.Find).OfType<LibraryInitiative>()];
        var copied = chosen.Where(i => !taken.Contains(i.Id)).ToList();
        present.UnionWith(copied.Select(i => i.Id));
        var population = LibraryCopy.Population(await places.FactsAsync(place.Id, cancel));
        var (vision, now) = (await VisionAsync(place, cancel), clock.GetUtcNow());
        var added = copied.Select(item => Added(place, item.Id, LibraryCopy.FactsOf(library, item, population, vision, present), now, item.Id)).ToList();
        try
        {
            await db.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException fault) when (fault.IsUniqueViolation())
        {
            // Somebody copied the same at the same moment: what is there now stays, the rest is copied in a second run.
            db.ChangeTracker.Clear();
            return await CopyAsync(place, ids, withPrerequisites, cancel);
        }
        return new(added, [.. copied.SelectMany(i => i.Prerequisites).Select(p => p.InitiativeId).Where(p => !present.Contains(p)).Distinct()]);
    }

    /// <summary>Adds an initiative of the city's own that has been checked.</summary>
    /// <param name="gate">The gate it has passed last today; later ones are decided with a reason.</param>
    /// <param name="code">The code wished for; made from the name where it is empty. A number is added where it is taken.</param>
    public async Task<Initiative> AddAsync(Place place, string code, InitiativeFacts facts, string gate, CancellationToken cancel)
    {
        var taken = (await db.Initiatives.Where(i => i.PlaceId == place.Id).Select(i => i.Code).ToListAsync(cancel)).ToHashSet();
        var wished = code.Length > 0 ? code : Slugs.From(facts.Names.GetValueOrDefault("en") ?? facts.NameIn("en")) is { Length: > 0 } made ? made : "initiative";
        // "new" is the address of the form that adds one.
        var free = Enumerable.Range(1, taken.Count + 2).Select(n => n == 1 ? wished : FormattableString.Invariant($"{wished}-{n}")).First(c => c != "new" && !taken.Contains(c));
        var added = Added(place, free, facts, clock.GetUtcNow(), null);
        added.Gate = gate;
        try
        {
            await db.SaveChangesAsync(cancel);
            return added;
        }
        catch (DbUpdateException fault) when (fault.IsUniqueViolation())
        {
            db.ChangeTracker.Clear();
            return await AddAsync(place, code, facts, gate, cancel);
        }
    }

    /// <summary>Changes an initiative to facts that have been checked.</summary>
    /// <param name="basedOn">The version the change was made from.</param>
    public async Task<InitiativeOutcome> ChangeAsync(Place place, string code, int basedOn, InitiativeFacts facts, CancellationToken cancel)
    {
        var found = await db.Initiatives.FirstOrDefaultAsync(i => i.PlaceId == place.Id && i.Code == code, cancel);
        if (found is null) return new NoSuchInitiative();
        if (found.Version != basedOn) return new InitiativeChanged(found);
        // Where the figures came from is not for a form to change.
        Change(found, facts with { Basis = found.Facts.Basis }, "edit", clock.GetUtcNow());
        return await SaveAsync(found, [], cancel);
    }

    /// <summary>Gives an initiative up with a reason. Where others name it, nothing happens until <paramref name="unlink"/> says that their links go.</summary>
    public async Task<InitiativeOutcome> RetireAsync(Place place, string code, int basedOn, string reason, bool unlink, CancellationToken cancel)
    {
        var all = await db.Initiatives.Where(i => i.PlaceId == place.Id && (i.RetiredAt == null || i.Code == code)).ToListAsync(cancel);
        var found = all.Find(i => i.Code == code);
        if (found is null) return new NoSuchInitiative();
        if (found.Version != basedOn) return new InitiativeChanged(found);
        var by = all.Where(i => i != found && Names(i.Facts, code)).OrderBy(i => i.Code, StringComparer.Ordinal).ToList();
        if (by.Count > 0 && !unlink) return new InitiativeNeeded(by);
        var now = clock.GetUtcNow();
        foreach (var other in by) Change(other, Without(other.Facts, id => id == code), "edit", now);
        (found.RetiredAt, found.RetiredReason) = (now, reason);
        Change(found, found.Facts, "retire", now);
        return await SaveAsync(found, [.. by.Select(i => i.Code)], cancel);
    }

    /// <summary>Brings a retired initiative back, without links to what has been retired meanwhile.</summary>
    public async Task<InitiativeOutcome> RestoreAsync(Place place, string code, int basedOn, CancellationToken cancel)
    {
        var all = await db.Initiatives.Where(i => i.PlaceId == place.Id && (i.RetiredAt == null || i.Code == code)).ToListAsync(cancel);
        var found = all.Find(i => i.Code == code);
        if (found is null) return new NoSuchInitiative();
        if (found.Version != basedOn) return new InitiativeChanged(found);
        var standing = all.Select(i => i.Code).ToHashSet();
        var gone = Linked(found.Facts).Where(l => !standing.Contains(l)).Distinct().ToList();
        (found.RetiredAt, found.RetiredReason) = (null, null);
        Change(found, Without(found.Facts, gone.Contains), "restore", clock.GetUtcNow());
        return await SaveAsync(found, gone, cancel);
    }

    /// <summary>Whether an initiative names another: as prerequisite, as exclusive, or as one that belongs to it.</summary>
    public static bool Names(InitiativeFacts facts, string code) => Linked(facts).Contains(code);

    private static IEnumerable<string> Linked(InitiativeFacts facts) => facts.Prerequisites.Select(p => p.Initiative).Concat(facts.Excludes).Concat(facts.Together);

    private static InitiativeFacts Without(InitiativeFacts facts, Predicate<string> isGone) => facts with
    {
        Prerequisites = [.. facts.Prerequisites.Where(p => !isGone(p.Initiative))],
        Excludes = [.. facts.Excludes.Where(e => !isGone(e))],
        Together = [.. facts.Together.Where(t => !isGone(t))],
    };

    private Initiative Added(Place place, string code, InitiativeFacts facts, DateTimeOffset now, string? libraryId)
    {
        var added = new Initiative
        {
            Id = Guid.CreateVersion7(now),
            PlaceId = place.Id,
            Code = code,
            LibraryId = libraryId,
            LibraryVersion = libraryId is null ? null : library.Version,
            Facts = facts,
            IsDemonstration = place.IsDemonstration,
            CreatedAt = now,
            ChangedAt = now,
            ChangedBy = reader.Name,
        };
        db.Initiatives.Add(added);
        Remember(added, libraryId is null ? "add" : "import", now);
        return added;
    }

    private void Change(Initiative initiative, InitiativeFacts facts, string change, DateTimeOffset now)
    {
        (initiative.Facts, initiative.ChangedAt, initiative.ChangedBy) = (facts, now, reader.Name);
        initiative.Version++;
        Remember(initiative, change, now);
    }

    private void Remember(Initiative initiative, string change, DateTimeOffset now)
    {
        db.InitiativeHistory.Add(InitiativeVersion.Of(initiative, change, now, reader.Name));
        db.Record(reader, now, $"initiative.{change}", initiative.PlaceId, initiative.Code);
    }

    private async Task<InitiativeOutcome> SaveAsync(Initiative initiative, IReadOnlyList<string> unlinked, CancellationToken cancel)
    {
        try
        {
            await db.SaveChangesAsync(cancel);
            return new InitiativeSaved(initiative.Code, initiative.Version, unlinked);
        }
        catch (DbUpdateException fault) when (fault is DbUpdateConcurrencyException || fault.IsUniqueViolation())
        {
            db.ChangeTracker.Clear();
            return new InitiativeChanged(await db.Initiatives.AsNoTracking().FirstAsync(i => i.Id == initiative.Id, cancel));
        }
    }
}
