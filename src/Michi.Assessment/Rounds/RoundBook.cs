using System.Collections.Concurrent;
using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Rounds;

/// <summary>An assessment in a list.</summary>
internal sealed record ListedAssessment(RatedAssessment Assessment, IReadOnlyList<Round> Rounds);

/// <summary>How far an assessor has come; never what the answers are.</summary>
/// <param name="Answered">Elements answered in the open round, else in the last one.</param>
internal sealed record AssessorProgress(Assessor Assessor, int Answered, bool IsExpired);

/// <summary>What a link lets its holder rate.</summary>
internal sealed record AssessorPass(Assessor Assessor, RatedAssessment Assessment, Place Place, ContentPack Pack, IReadOnlyList<Round> Rounds)
{
    public Round? Open => Rounds.FirstOrDefault(r => r.ClosedAt is null);

    /// <summary>Whether an own answer must not be shown: it was given by an earlier link, and whoever renewed the link is not its author.</summary>
    public bool Hides(Rating own) => own.At < Assessor.InvitedAt;
}

/// <summary>Finds assessments, how far their rounds have come, and what closed rounds say.</summary>
internal sealed class RoundBook(AssessmentDb db, PackStore packs, PlaceDirectory places, AgreementCache agreements, TimeProvider clock)
{
    /// <summary>The assessments of a place, newest first.</summary>
    public async Task<IReadOnlyList<ListedAssessment>> ListAsync(Guid place, CancellationToken cancel)
    {
        var assessments = await db.Assessments.AsNoTracking().Where(a => a.PlaceId == place).OrderByDescending(a => a.CreatedAt).ThenBy(a => a.Id).ToListAsync(cancel);
        var ids = assessments.Select(a => a.Id).ToList();
        var rounds = (await db.Rounds.AsNoTracking().Where(r => ids.Contains(r.AssessmentId)).OrderBy(r => r.Number).ToListAsync(cancel)).ToLookup(r => r.AssessmentId);
        return [.. assessments.Select(a => new ListedAssessment(a, [.. rounds[a.Id]]))];
    }

    /// <summary>An assessment of a place, or null.</summary>
    public Task<RatedAssessment?> FindAsync(Guid place, Guid assessment, CancellationToken cancel) =>
        db.Assessments.AsNoTracking().FirstOrDefaultAsync(a => a.Id == assessment && a.PlaceId == place, cancel);

    public Task<List<Round>> RoundsAsync(Guid assessment, CancellationToken cancel) =>
        db.Rounds.AsNoTracking().Where(r => r.AssessmentId == assessment).OrderBy(r => r.Number).ToListAsync(cancel);

    /// <summary>What a secret link gives access to; null for one that is unknown, removed or expired.</summary>
    public async Task<AssessorPass?> PassAsync(string secret, CancellationToken cancel)
    {
        if (secret.Length > 100) return null;
        var hash = Secret.HashOf(secret);
        if (await db.Assessors.AsNoTracking().FirstOrDefaultAsync(a => a.LinkHash == hash && a.RemovedAt == null, cancel) is not { } assessor || IsExpired(assessor)) return null;
        var assessment = await db.Assessments.AsNoTracking().FirstAsync(a => a.Id == assessor.AssessmentId, cancel);
        return await places.FindAsync(assessment.PlaceId, cancel) is { } place
            ? new(assessor, assessment, place, await packs.GetAsync(assessment.PackHash, cancel), await RoundsAsync(assessment.Id, cancel)) : null;
    }

    /// <summary>One assessor's own answers in a round.</summary>
    public Task<Dictionary<string, Rating>> OwnAsync(Guid round, Guid assessor, CancellationToken cancel) =>
        db.Ratings.AsNoTracking().Where(r => r.RoundId == round && r.AssessorId == assessor).ToDictionaryAsync(r => r.Element, cancel);

    /// <summary>What an assessment shows to everyone who may see it. The only way to several people's ratings: closed rounds alone are read.</summary>
    public async Task<AssessmentResults> ResultsAsync(RatedAssessment assessment, CancellationToken cancel)
    {
        var pack = await packs.GetAsync(assessment.PackHash, cancel);
        var rounds = await RoundsAsync(assessment.Id, cancel);
        var ids = rounds.Where(r => r.ClosedAt is not null).Select(r => r.Id).ToList();
        var ratings = (await db.Ratings.AsNoTracking().Where(r => ids.Contains(r.RoundId)).ToListAsync(cancel)).ToLookup(r => r.RoundId);
        var groups = await db.Assessors.AsNoTracking().Where(a => a.AssessmentId == assessment.Id).ToDictionaryAsync(a => a.Id, a => a.Group, cancel);
        var consensus = await db.Consensus.AsNoTracking().Where(c => c.AssessmentId == assessment.Id).ToDictionaryAsync(c => c.Element, cancel);
        IReadOnlyCollection<Rating>? before = null;
        var closed = new List<RoundResult>();
        foreach (var round in rounds.Where(r => r.ClosedAt is not null))
        {
            var given = ratings[round.Id].ToList();
            closed.Add(RoundResult.Of(pack, round, given, before, groups, agreements.Of(round, () => RoundAgreement.Of(RoundAgreement.Levels(pack, given), cancel))));
            before = given;
        }
        return new(assessment, pack, rounds, closed, consensus);
    }

    /// <summary>The assessors with how many elements each has answered.</summary>
    public async Task<IReadOnlyList<AssessorProgress>> ProgressAsync(Guid assessment, CancellationToken cancel)
    {
        var assessors = await db.Assessors.AsNoTracking().Where(a => a.AssessmentId == assessment && a.RemovedAt == null).OrderBy(a => a.Name).ThenBy(a => a.Id).ToListAsync(cancel);
        var last = (await RoundsAsync(assessment, cancel)).LastOrDefault()?.Id;
        var answered = await db.Ratings.Where(r => r.RoundId == last).GroupBy(r => r.AssessorId).Select(g => new { g.Key, Count = g.Count() }).ToDictionaryAsync(g => g.Key, g => g.Count, cancel);
        return [.. assessors.Select(a => new AssessorProgress(a, answered.GetValueOrDefault(a.Id), IsExpired(a)))];
    }

    private bool IsExpired(Assessor assessor) => assessor.InvitedAt.AddDays(Assessor.LinkDays) <= clock.GetUtcNow();
}

/// <summary>Keeps what was computed about closed rounds: they never change, and resampling takes some hundredths of a second.</summary>
internal sealed class AgreementCache
{
    private const int Most = 10_000;
    private readonly ConcurrentDictionary<Guid, RoundAgreement> _byRound = new();

    public RoundAgreement Of(Round closed, Func<RoundAgreement> compute)
    {
        if (_byRound.TryGetValue(closed.Id, out var known)) return known;
        if (_byRound.Count >= Most) _byRound.Clear();
        return _byRound.GetOrAdd(closed.Id, compute());
    }
}
