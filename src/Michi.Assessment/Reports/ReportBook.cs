using Michi.Assessment.Evidence;
using Michi.Assessment.Profiles;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Reports;

/// <summary>Makes reports on stored places, with what their reader may see.</summary>
internal sealed class ReportBook(AssessmentDb db, PlaceDiagnosis diagnoses, PlaceDirectory places, EvidenceBook evidence, UiTexts texts)
{
    /// <summary>The report on a place for the reader.</summary>
    /// <param name="withInternal">Whether the reader wants internal evidence listed; it is where the reader contributes.</param>
    /// <param name="assessment">Another assessment than the newest.</param>
    public async Task<ReportModel> OfAsync(Place place, string language, ReportKind kind, bool withInternal, Guid? assessment, CancellationToken cancel)
    {
        var chain = await places.ChainAsync(place, cancel);
        var audience = await evidence.AudienceAsync(chain, cancel);
        return await OfAsync(place, chain, language, kind, withInternal ? audience : audience with { Internal = new HashSet<Guid>() }, assessment, cancel);
    }

    /// <summary>The report on a place for whoever holds a link to it: its own public evidence, and that of public places above.</summary>
    public async Task<ReportModel> SharedAsync(Place place, string language, ReportKind kind, CancellationToken cancel)
    {
        var chain = await places.ChainAsync(place, cancel);
        return await OfAsync(place, chain, language, kind, new(chain.Where(p => p.IsPublic || p.Id == place.Id).Select(p => p.Id).ToHashSet(), new HashSet<Guid>()), null, cancel);
    }

    private async Task<ReportModel> OfAsync(Place place, IReadOnlyList<Place> chain, string language, ReportKind kind, EvidenceAudience audience, Guid? assessment, CancellationToken cancel)
    {
        var diagnosed = await diagnoses.OfAsync(place, cancel, assessment);
        // Only of places the audience sees does the report tell that they lie above.
        return new(new(diagnosed, [.. chain.Where(p => audience.Places.Contains(p.Id))], diagnosed.Assessment is { } rated ? await VoicesAsync(rated.Id, cancel) : Voices.None), texts.In(language), kind, audience);
    }

    private async Task<Voices> VoicesAsync(Guid assessment, CancellationToken cancel)
    {
        var round = await db.Rounds.AsNoTracking().Where(r => r.AssessmentId == assessment && r.ClosedAt != null).OrderByDescending(r => r.Number).FirstOrDefaultAsync(cancel);
        var groups = await db.Assessors.AsNoTracking().Where(a => a.AssessmentId == assessment).ToDictionaryAsync(a => a.Id, a => a.Group, cancel);
        var ratings = round is null ? [] : await db.Ratings.AsNoTracking().Where(r => r.RoundId == round.Id).ToListAsync(cancel);
        var agreed = await db.Consensus.AsNoTracking().Where(c => c.AssessmentId == assessment).ToListAsync(cancel);
        return Voices.Of(
            round?.Number ?? 0,
            ratings.Select(r => ((object)r.AssessorId, groups[r.AssessorId], r.Element, new Voice(r.Level, r.Confidence, r.Reason))),
            agreed.Select(c => (c.Element, new Voice(c.Level, c.Confidence, c.Reason))));
    }
}
