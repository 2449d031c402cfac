using System.Reflection;
using Michi.Assessment.Evidence;
using Michi.Assessment.Rounds;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Profiles;

/// <summary>A diagnosis with what it was made from.</summary>
/// <param name="Evidence">The evidence behind it, with the places it is about.</param>
/// <param name="Assessment">The rated assessment it rests on, if any.</param>
internal sealed record DiagnosedPlace(Place Place, Diagnosis Diagnosis, IReadOnlyList<PlacedEvidence> Evidence, RatedAssessment? Assessment, IReadOnlyList<PlaceFact> Facts);

/// <summary>Diagnoses a place from what is stored about it, and keeps a record from which the result can be computed again.</summary>
internal sealed class PlaceDiagnosis(AssessmentDb db, EvidenceBook evidence, PlaceDirectory places, PackStore packs, DiagnosisCache cache, TimeProvider clock)
{
    public static string ProgramVersion { get; } =
        typeof(PlaceDiagnosis).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0";

    /// <summary>The newest diagnosis of a place: its last assessment with a closed round or a consensus, else evidence alone.</summary>
    /// <param name="assessment">Another assessment than the newest; a demonstration counts only where it is asked for so.</param>
    public async Task<DiagnosedPlace> OfAsync(Place place, CancellationToken cancel, Guid? assessment = null)
    {
        // The profile counts internal evidence for every reader: a result must not depend on who looks. The pages list it only to those who may see it.
        var items = await evidence.OfAsync(place, withRetired: false, cancel);
        var facts = await places.FactsAsync(place.Id, cancel);
        var rated = await AssessmentsOf(place.Id, assessment).FirstOrDefaultAsync(cancel);
        var input = await InputAsync(place, rated, null, items, facts, clock.GetUtcNow(), cancel);
        var hash = input.Hash();
        var diagnosis = cache.Of(input, hash, cancel);
        if (assessment is null) await KeepAsync(place, rated, diagnosis, hash, cancel);
        return new(place, diagnosis, items, rated, facts);
    }

    /// <summary>What a place was diagnosed from at an earlier moment: the evidence known then, and one assessment's ratings.</summary>
    /// <param name="rated">The assessment; null for evidence alone.</param>
    /// <param name="round">The ratings of this closed round alone; null for the last one and the consensus.</param>
    public async Task<DiagnosisInput> InputAsync(Place place, RatedAssessment? rated, int? round, IEnumerable<PlacedEvidence> known, DateTimeOffset at, CancellationToken cancel) =>
        await InputAsync(place, rated, round, known, await places.FactsAsync(place.Id, cancel), at, cancel);

    private async Task<DiagnosisInput> InputAsync(
        Place place, RatedAssessment? rated, int? round, IEnumerable<PlacedEvidence> known, IReadOnlyList<PlaceFact> facts, DateTimeOffset at, CancellationToken cancel) => new()
        {
            Pack = rated is null ? packs.Current : await packs.GetAsync(rated.PackHash, cancel),
            On = DateOnly.FromDateTime(at.UtcDateTime),
            PlaceKind = place.Kind.ToString().ToLowerInvariant(),
            Facts = NewestOf(facts),
            ConfirmedCharacteristic = place.Characteristic,
            Evidence = InputsOf(known),
            Ratings = rated is null ? [] : await RatingsOfAsync(rated.Id, round, cancel),
            Consensus = rated is null || round is not null ? [] : await db.Consensus.AsNoTracking().Where(c => c.AssessmentId == rated.Id).OrderBy(c => c.Element)
                .Select(c => new ConsensusInput(c.Element, c.Level, c.Confidence)).ToListAsync(cancel),
        };

    /// <summary>What evidence says, element by element, in a fixed order.</summary>
    public static IReadOnlyList<EvidenceInput> InputsOf(IEnumerable<PlacedEvidence> items) =>
        [.. items.OrderBy(e => e.Item.Code, StringComparer.Ordinal).SelectMany(e => e.Item.Links.OrderBy(l => l.Element, StringComparer.Ordinal)
            .Select(l => new EvidenceInput(e.Item.Code, l.Element, l.Says, e.Item.Kind, e.Item.Quality, e.Item.Date, e.Item.Source, e.IsInherited)))];

    /// <summary>The newest fact of each kind.</summary>
    public static IReadOnlyDictionary<string, string> NewestOf(IEnumerable<PlaceFact> facts) =>
        facts.GroupBy(f => f.Kind).ToDictionary(g => g.Key, g => g.OrderBy(f => f.Date, StringComparer.Ordinal).Last().Value);

    private IQueryable<RatedAssessment> AssessmentsOf(Guid place, Guid? asked) => db.Assessments.AsNoTracking()
        .Where(a => a.PlaceId == place && (a.Id == asked || (asked == null && !a.IsDemonstration)) && (db.Rounds.Any(r => r.AssessmentId == a.Id && r.ClosedAt != null) || db.Consensus.Any(c => c.AssessmentId == a.Id)))
        .OrderByDescending(a => a.CreatedAt).ThenBy(a => a.Id);

    // Of closed rounds alone: nobody may see, nor see the effect of, what is answered in an open one.
    private async Task<List<RatingInput>> RatingsOfAsync(Guid assessment, int? number, CancellationToken cancel)
    {
        var round = await db.Rounds.AsNoTracking().Where(r => r.AssessmentId == assessment && r.ClosedAt != null && (number == null || r.Number == number)).OrderByDescending(r => r.Number).Select(r => (Guid?)r.Id).FirstOrDefaultAsync(cancel);
        if (round is null) return [];
        var ratings = await db.Ratings.AsNoTracking().Where(r => r.RoundId == round).OrderBy(r => r.AssessorId).ThenBy(r => r.Element).ToListAsync(cancel);
        var numbers = ratings.Select(r => r.AssessorId).Distinct().Select((id, i) => (id, i)).ToDictionary(x => x.id, x => x.i + 1);
        return [.. ratings.Select(r => new RatingInput(numbers[r.AssessorId], r.Element, r.Level, r.Confidence))];
    }

    private async Task KeepAsync(Place place, RatedAssessment? rated, Diagnosis diagnosis, string hash, CancellationToken cancel)
    {
        if (await db.Profiles.AnyAsync(p => p.PlaceId == place.Id && p.IsCurrent && p.InputsHash == hash && p.ProgramVersion == ProgramVersion, cancel)) return;
        var now = clock.GetUtcNow();
        var elements = diagnosis.Elements;
        await using var transaction = await db.Database.BeginTransactionAsync(cancel);
        await db.Profiles.Where(p => p.PlaceId == place.Id && p.IsCurrent).ExecuteUpdateAsync(p => p.SetProperty(x => x.IsCurrent, false), cancel);
        db.Profiles.Add(new()
        {
            Id = Guid.CreateVersion7(now),
            PlaceId = place.Id,
            AssessmentId = rated?.Id,
            IsCurrent = true,
            At = now,
            On = diagnosis.Input.On,
            PackHash = diagnosis.Input.Pack.Hash,
            InputsHash = hash,
            Seed = diagnosis.Input.Seed,
            Draws = diagnosis.Input.Draws,
            ProgramVersion = ProgramVersion,
            Stage = diagnosis.Stage.Id,
            StageProbabilities = [.. diagnosis.StageProbabilities],
            Whole = [diagnosis.Whole.Mean, diagnosis.Whole.Median, diagnosis.Whole.Quantile05, diagnosis.Whole.Quantile95],
            Levels = [.. elements.SelectMany(e => e.Levels)],
            Expected = [.. elements.Select(e => e.Basis == Basis.Nothing ? -1 : e.Score.Mean)],
            Direction = diagnosis.Direction,
            EvidenceCount = diagnosis.Input.Evidence.Select(e => e.Code).Distinct().Count(),
            RatedElements = elements.Count(e => e.Basis is Basis.Ratings or Basis.Consensus),
        });
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
    }
}
