using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Vision;

/// <summary>Saves a vision that has been checked. Nothing is overwritten that somebody else changed meanwhile.</summary>
internal sealed class SaveVision(RoadmapDb db, Reader reader, TimeProvider clock)
{
    /// <summary>The vision of a place, or null while it has none.</summary>
    public Task<PlaceVision?> FindAsync(Place place, CancellationToken cancel) => db.Visions.AsNoTracking().FirstOrDefaultAsync(v => v.PlaceId == place.Id, cancel);

    /// <param name="basedOn">The version the change was made from; 0 where there was no vision.</param>
    /// <param name="part">What changed, for the audit log.</param>
    /// <returns>False where somebody else changed it since.</returns>
    public async Task<bool> RunAsync(Place place, int basedOn, VisionFacts facts, string part, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var vision = await db.Visions.FirstOrDefaultAsync(v => v.PlaceId == place.Id, cancel);
        if ((vision?.Version ?? 0) != basedOn) return false;
        if (vision is null) db.Visions.Add(new() { PlaceId = place.Id, Facts = facts, IsDemonstration = place.IsDemonstration, ChangedAt = now, ChangedBy = reader.Name });
        else
        {
            (vision.Facts, vision.ChangedAt, vision.ChangedBy) = (facts, now, reader.Name);
            vision.Version++;
        }
        db.Record(reader, now, "vision.edit", place.Id, part);
        try
        {
            await db.SaveChangesAsync(cancel);
            return true;
        }
        catch (DbUpdateException fault) when (fault is DbUpdateConcurrencyException || Platform.Storage.UniqueViolation.IsUniqueViolation(fault))
        {
            db.ChangeTracker.Clear();
            return false;
        }
    }
}
