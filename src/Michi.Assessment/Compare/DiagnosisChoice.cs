using System.Globalization;
using Michi.Analytics.Profiles;
using Michi.Approach;
using Michi.Assessment.Evidence;
using Michi.Assessment.Profiles;
using Michi.Assessment.Rounds;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Compare;

/// <summary>One diagnosis of a place that another can be compared with.</summary>
/// <param name="Id"><c>now</c>, <c>evidence</c>, <c>assessment:{id}</c>, <c>round:{id}:{number}</c> or <c>profile:{id}</c>.</param>
/// <param name="At">The moment whose evidence it rests on.</param>
/// <param name="Round">The closed round it rests on alone; null for the last one and the consensus.</param>
/// <param name="Stored">The profile it is, where it was computed and kept then.</param>
internal sealed record DiagnosisChoice(string Id, DateTimeOffset At, RatedAssessment? Assessment = null, int? Round = null, StoredProfile? Stored = null)
{
    public string Kind { get; } = Id.Split(':')[0];
}

/// <summary>What is told of a stored profile before it is chosen.</summary>
internal sealed record StoredProfile(Guid Id, DateTimeOffset At, Guid? AssessmentId, string PackHash, string Stage, double[] Whole, int EvidenceCount, int RatedElements);

/// <summary>A diagnosis with what is believed about every element.</summary>
/// <param name="Bases">In the pack's order; null where only that somebody looked was kept.</param>
/// <param name="Evidence">What was known then, also where ratings have taken its place.</param>
internal sealed record ComparedDiagnosis(
    DiagnosisChoice Choice, ContentPack Pack, LevelDistributions Levels, IReadOnlyList<Basis?> Bases, IReadOnlyList<PlacedEvidence> Evidence, int RatedElements);

/// <summary>Finds the diagnoses of a place that can be compared. What is answered in an open round is not among them.</summary>
internal sealed class DiagnosisChoices(AssessmentDb db, EvidenceBook evidence, RoundBook rounds, PlaceDiagnosis diagnoses, PackStore packs, TimeProvider clock)
{
    private const int MostStored = 12, MostStoredRead = 200;

    public const string Now = "now", OfEvidence = "evidence";

    public static string OfRound(Guid assessment, int number) => string.Create(CultureInfo.InvariantCulture, $"round:{assessment}:{number}");

    /// <summary>Every choice: now, evidence alone, assessments with their closed rounds (newest first), stored profiles that differ (newest first).</summary>
    public async Task<IReadOnlyList<DiagnosisChoice>> ListAsync(Place place, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var assessments = await rounds.ListAsync(place.Id, cancel);
        var ids = assessments.Select(a => a.Assessment.Id).ToList();
        var agreed = (await db.Consensus.AsNoTracking().Where(c => ids.Contains(c.AssessmentId)).Select(c => new { c.AssessmentId, c.At }).ToListAsync(cancel))
            .GroupBy(c => c.AssessmentId).ToDictionary(g => g.Key, g => g.Max(c => c.At));
        var current = assessments.FirstOrDefault(a => !a.Assessment.IsDemonstration && (a.Rounds.Any(r => r.ClosedAt is not null) || agreed.ContainsKey(a.Assessment.Id)))?.Assessment;
        var list = new List<DiagnosisChoice> { new(Now, now, current), new(OfEvidence, now) };
        foreach (var (assessment, all) in assessments.Select(a => (a.Assessment, a.Rounds)))
        {
            var closed = all.Where(r => r.ClosedAt is not null).OrderByDescending(r => r.Number).ToList();
            DateTimeOffset? consensus = agreed.TryGetValue(assessment.Id, out var at) ? at : null;
            if (closed.Count == 0 && consensus is null) continue;
            list.Add(new($"assessment:{assessment.Id}", closed.Select(r => r.ClosedAt).Append(consensus).Max()!.Value, assessment));
            list.AddRange(closed.Select(r => new DiagnosisChoice(OfRound(assessment.Id, r.Number), r.ClosedAt!.Value, assessment, r.Number)));
        }
        list.AddRange((await StoredAsync(place.Id, cancel)).Select(p => new DiagnosisChoice($"profile:{p.Id}", p.At, Stored: p)));
        return list;
    }

    /// <summary>What a choice says about every element.</summary>
    public async Task<ComparedDiagnosis> ReadAsync(Place place, DiagnosisChoice choice, CancellationToken cancel)
    {
        // Internal evidence counts for every reader, as in the profile; who may read it is for the page to see to.
        var known = (await evidence.OfAsync(place, withRetired: true, cancel))
            .Where(e => e.Item.CreatedAt <= choice.At && (e.Item.RetiredAt is not { } retired || retired > choice.At)).ToList();
        if (choice.Stored is { } stored)
        {
            var pack = await packs.GetAsync(stored.PackHash, cancel);
            var kept = await db.Profiles.AsNoTracking().Where(p => p.Id == stored.Id).Select(p => new { p.Levels, p.Expected }).FirstAsync(cancel);
            Basis? looked = stored.AssessmentId is null ? Basis.Evidence : null;
            return new(choice, pack, LevelsOf(kept.Levels), [.. kept.Expected.Select(e => e < 0 ? Basis.Nothing : looked)], known, stored.RatedElements);
        }
        var input = await diagnoses.InputAsync(place, choice.Assessment, choice.Round, known, choice.At, cancel);
        var beliefs = Beliefs.Of(input);
        return new(choice, input.Pack, beliefs.Levels, [.. beliefs.Bases], known, beliefs.Bases.Count(b => b is Basis.Ratings or Basis.Consensus));
    }

    /// <summary>Why a choice that is not in the list cannot be had.</summary>
    public async Task<Refusal> WhyNotAsync(Place place, string field, string id, CancellationToken cancel)
    {
        var parts = id.Split(':');
        var isOpen = parts[0] is "assessment" or "round" && parts.Length > 1 && Guid.TryParse(parts[1], out var assessment) && await rounds.FindAsync(place.Id, assessment, cancel) is not null
            && (parts.Length == 2 || (await rounds.RoundsAsync(assessment, cancel)).Any(r => r.Number.ToString(CultureInfo.InvariantCulture) == parts[2]));
        return isOpen ? new(field, "diagnosis-open") : new(field, "diagnosis-unknown") { Status = StatusCodes.Status404NotFound };
    }

    /// <summary>Level probabilities as they are stored, elements × 5.</summary>
    public static LevelDistributions LevelsOf(double[] levels)
    {
        var table = new double[levels.Length / ContentPack.Levels, ContentPack.Levels];
        Buffer.BlockCopy(levels, 0, table, 0, levels.Length * sizeof(double));
        return new(table);
    }

    // A profile is kept again when nothing but the day has changed; of such a series the newest is told.
    private async Task<IReadOnlyList<StoredProfile>> StoredAsync(Guid place, CancellationToken cancel)
    {
        var all = await db.Profiles.AsNoTracking().Where(p => p.PlaceId == place).OrderByDescending(p => p.At).Take(MostStoredRead)
            .Select(p => new StoredProfile(p.Id, p.At, p.AssessmentId, p.PackHash, p.Stage, p.Whole, p.EvidenceCount, p.RatedElements)).ToListAsync(cancel);
        return [.. all.Zip(all.Skip(1)).Where(p => IsNews(p.First, p.Second)).Select(p => p.Second).Take(MostStored)];
    }

    private static bool IsNews(StoredProfile newer, StoredProfile older) =>
        !newer.Whole.AsSpan().SequenceEqual(older.Whole) || (newer.EvidenceCount, newer.RatedElements, newer.PackHash) != (older.EvidenceCount, older.RatedElements, older.PackHash);
}
