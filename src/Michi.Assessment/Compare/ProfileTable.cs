using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Compare;

/// <summary>The current profile of a place, as much of it as tables over many places show.</summary>
/// <param name="Whole">Mean, median, 5 % and 95 % quantile of the whole's score.</param>
/// <param name="Expected">Expected level of each element; -1 where nobody looked.</param>
internal sealed record ProfileRow(
    Guid PlaceId, string Stage, double[] StageProbabilities, double[] Whole, double[] Expected, string Direction, int EvidenceCount, int RatedElements);

/// <summary>Reads the stored profiles of many places at once.</summary>
internal sealed class ProfileTable(AssessmentDb db)
{
    /// <summary>The current profiles of these places; one that has not been computed yet is missing. One query.</summary>
    public async Task<IReadOnlyDictionary<Guid, ProfileRow>> OfAsync(IReadOnlyCollection<Guid> places, CancellationToken cancel)
    {
        var rows = await db.Profiles.AsNoTracking().Where(p => p.IsCurrent && places.Contains(p.PlaceId)).OrderBy(p => p.At)
            .Select(p => new ProfileRow(p.PlaceId, p.Stage, p.StageProbabilities, p.Whole, p.Expected, p.Direction, p.EvidenceCount, p.RatedElements)).ToListAsync(cancel);
        // Two nodes may have computed the same place at once; the later one counts.
        return rows.GroupBy(r => r.PlaceId).ToDictionary(g => g.Key, g => g.Last());
    }

    /// <summary>The levels of every element of these places, for distances: probabilities, elements × 5.</summary>
    public async Task<IReadOnlyDictionary<Guid, double[]>> LevelsAsync(IReadOnlyCollection<Guid> places, CancellationToken cancel) =>
        (await db.Profiles.AsNoTracking().Where(p => p.IsCurrent && places.Contains(p.PlaceId)).OrderBy(p => p.At).Select(p => new { p.PlaceId, p.Levels }).ToListAsync(cancel))
            .GroupBy(r => r.PlaceId).ToDictionary(g => g.Key, g => g.Last().Levels);
}
