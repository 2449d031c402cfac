using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Michi.Roadmap.Initiatives;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Challenges;

/// <summary>A challenge as a reader sees it.</summary>
/// <param name="District">Null where it is for the whole place, or where the reader may not see the district.</param>
/// <param name="Answers">The initiatives that answer it and still stand, in order of code.</param>
internal sealed record ShownChallenge(Challenge Challenge, PlaceItem? District, IReadOnlyList<Initiative> Answers)
{
    public ChallengeFacts Facts => Challenge.Facts;
}

/// <summary>Finds the challenges of a place.</summary>
internal sealed class ChallengeBook(RoadmapDb db, Reader reader)
{
    /// <summary>All of them, solved and withdrawn ones too: the worst first, then those that affect most people; where that is unknown, last.</summary>
    public async Task<IReadOnlyList<ShownChallenge>> OfAsync(Place place, CancellationToken cancel)
    {
        var challenges = await db.Challenges.AsNoTracking().Where(c => c.PlaceId == place.Id).ToListAsync(cancel);
        if (challenges.Count == 0) return [];
        var districts = (await reader.ChildrenAsync(place, cancel)).ToDictionary(d => d.Slug);
        var initiatives = await db.Initiatives.AsNoTracking().Where(i => i.PlaceId == place.Id && i.RetiredAt == null).OrderBy(i => i.Code).ToListAsync(cancel);
        var answers = initiatives.SelectMany(i => i.Facts.Challenges.Distinct(), (i, challenge) => (i, challenge)).ToLookup(a => a.challenge, a => a.i);
        return [.. challenges.OrderByDescending(c => c.Facts.Severity).ThenByDescending(c => c.Facts.People ?? -1).ThenBy(c => c.Code, StringComparer.Ordinal)
            .Select(c => new ShownChallenge(c, c.Facts.District is { } slug ? districts.GetValueOrDefault(slug) : null, [.. answers[c.Code]]))];
    }

    public async Task<ShownChallenge?> FindAsync(Place place, string code, CancellationToken cancel) => (await OfAsync(place, cancel)).FirstOrDefault(c => c.Challenge.Code == code);
}
