using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Procurement;

/// <summary>What came of saving: <see cref="Now"/> is the newest version, null where there is no such procurement.</summary>
/// <param name="IsFrozen">True where nothing was saved because a bid rests on the terms as they are.</param>
internal sealed record SavedProcurement(Procurement? Now, bool IsSaved, bool IsFrozen = false);

/// <summary>Finds, starts and changes procurements.</summary>
internal sealed class ProcurementBook(RoadmapDb db, ProcurementTemplates templates, InitiativeLibrary library, UiTexts ui, Reader reader, TimeProvider clock)
{
    public Task<List<Procurement>> ListAsync(Place place, CancellationToken cancel) =>
        db.Procurements.AsNoTracking().Where(p => p.PlaceId == place.Id).OrderByDescending(p => p.CreatedAt).ThenBy(p => p.Id).ToListAsync(cancel);

    public Task<Procurement?> FindAsync(Place place, Guid id, CancellationToken cancel) =>
        db.Procurements.AsNoTracking().FirstOrDefaultAsync(p => p.Id == id && p.PlaceId == place.Id, cancel);

    /// <summary>Whether a bid rests on the terms, so that they cannot be changed any more.</summary>
    public Task<bool> IsFrozenAsync(Guid id, CancellationToken cancel) => db.Tenders.AnyAsync(t => t.ProcurementId == id && t.PlanFrozenAt != null, cancel);

    /// <summary>Initiatives of the place that stand, by code.</summary>
    public Task<List<Initiatives.Initiative>> InitiativesAsync(Place place, CancellationToken cancel) =>
        db.Initiatives.AsNoTracking().Where(i => i.PlaceId == place.Id && i.RetiredAt == null).OrderBy(i => i.Code).ToListAsync(cancel);

    /// <summary>Drafts terms of reference for an initiative.</summary>
    public async Task<Procurement> StartAsync(Place place, Initiatives.Initiative initiative, string kind, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var currency = (await db.Visions.AsNoTracking().FirstOrDefaultAsync(v => v.PlaceId == place.Id, cancel))?.Facts.Currency ?? library.Currency;
        var started = new Procurement
        {
            Id = Guid.CreateVersion7(now),
            PlaceId = place.Id,
            InitiativeId = initiative.Id,
            Facts = DraftTerms.Of(initiative, kind, place.Names, currency, templates, library, ui),
            IsDemonstration = initiative.IsDemonstration,
            CreatedAt = now,
            ChangedAt = now,
            ChangedBy = reader.Name,
        };
        db.Procurements.Add(started);
        db.Record(reader, now, "procurement.start", place.Id, $"{initiative.Code} {kind}");
        await db.SaveChangesAsync(cancel);
        return started;
    }

    /// <summary>Changes a procurement that has been checked; refused where somebody changed it since the version it is based on, and from the first bid on.</summary>
    public async Task<SavedProcurement> SaveAsync(Place place, Guid id, int basedOn, string what, Func<ProcurementFacts, ProcurementFacts> change, CancellationToken cancel)
    {
        await using var transaction = await db.LockAsync(id, cancel);
        if (await db.Procurements.FirstOrDefaultAsync(p => p.Id == id && p.PlaceId == place.Id, cancel) is not { } found) return new(null, false);
        if (await IsFrozenAsync(id, cancel)) return new(found, false, IsFrozen: true);
        if (found.Version != basedOn) return new(found, false);
        (found.Facts, found.Version, found.ChangedAt, found.ChangedBy) = (change(found.Facts), basedOn + 1, clock.GetUtcNow(), reader.Name);
        db.Record(reader, found.ChangedAt, "procurement.edit", place.Id, $"{found.Facts.NameIn("en")}: {what}");
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return new(found, true);
    }
}
