using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Exchange;

/// <summary>Puts what a place plans with into a file, whole, with what was given up and the reasons.</summary>
internal sealed class ExportPlanFile(RoadmapDb db)
{
    public async Task<PlanFile> RunAsync(Place place, CancellationToken cancel)
    {
        var vision = await db.Visions.AsNoTracking().FirstOrDefaultAsync(v => v.PlaceId == place.Id, cancel);
        var challenges = await db.Challenges.AsNoTracking().Where(c => c.PlaceId == place.Id).OrderBy(c => c.Code).ToListAsync(cancel);
        var initiatives = await db.Initiatives.AsNoTracking().Where(i => i.PlaceId == place.Id).OrderBy(i => i.Code).ToListAsync(cancel);
        var scenarios = await db.Scenarios.AsNoTracking().Where(s => s.PlaceId == place.Id && s.RetiredAt == null).OrderBy(s => s.CreatedAt).ThenBy(s => s.Id).ToListAsync(cancel);
        return new()
        {
            Place = place.Slug,
            Demonstration = vision?.IsDemonstration == true || initiatives.Exists(i => i.IsDemonstration) || challenges.Exists(c => c.IsDemonstration) || scenarios.Exists(s => s.IsDemonstration),
            Vision = vision is null ? null : new(vision.Facts, vision.Version),
            Challenges = [.. challenges.Select(c => new FileChallenge(c.Code, c.Facts, c.Version, c.RetiredReason))],
            Initiatives = [.. initiatives.Select(i => new FileInitiative { Code = i.Code, Library = i.LibraryId, LibraryVersion = i.LibraryVersion, Facts = i.Facts, Gate = i.Gate, Version = i.Version, Retired = i.RetiredReason })],
            Scenarios = [.. scenarios.Select(s => new FileScenario(s.Name, s.Facts, s.Version))],
        };
    }
}
