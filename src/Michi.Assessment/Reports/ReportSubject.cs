using Michi.Approach;
using Michi.Assessment.Evidence;
using Michi.Assessment.Exchange;
using Michi.Assessment.Profiles;
using Michi.Assessment.Rounds;
using Michi.Platform.Places;

namespace Michi.Assessment.Reports;

/// <summary>One rating as a report may tell it: not who gave it. A level of null is "cannot tell".</summary>
internal sealed record Voice(int? Level, string Confidence, string Reason);

/// <summary>What assessors said in the last closed round and what they agreed on.</summary>
/// <param name="Round">Number of the round; 0 where none is closed.</param>
/// <param name="Groups">How many assessors rated, by group of the quadruple helix.</param>
/// <param name="Ratings">By element, ordered by what is said, which tells nothing of who said it.</param>
/// <param name="Agreed">Element → what was recorded as consensus.</param>
internal sealed record Voices(int Round, IReadOnlyDictionary<string, int> Groups, ILookup<string, Voice> Ratings, IReadOnlyDictionary<string, Voice> Agreed)
{
    /// <summary>Nobody has rated.</summary>
    public static Voices None { get; } = Of(0, [], []);

    /// <summary>What several people said, without who.</summary>
    /// <param name="ratings">Assessor (any key), the assessor's group, element and rating.</param>
    public static Voices Of(int round, IEnumerable<(object Assessor, string Group, string Element, Voice Voice)> ratings, IEnumerable<(string Element, Voice Voice)> agreed)
    {
        var all = ratings.ToList();
        return new(
            round,
            all.DistinctBy(r => r.Assessor).CountBy(r => r.Group).ToDictionary(g => g.Key, g => g.Value, StringComparer.Ordinal),
            all.OrderByDescending(r => r.Voice.Level ?? -1).ThenBy(r => r.Voice.Confidence, StringComparer.Ordinal).ThenBy(r => r.Voice.Reason, StringComparer.Ordinal)
                .ToLookup(r => r.Element, r => r.Voice, StringComparer.Ordinal),
            agreed.ToDictionary(a => a.Element, a => a.Voice, StringComparer.Ordinal));
    }
}

/// <summary>What a report is made from: a diagnosis, the places above, and what assessors said.</summary>
/// <param name="Chain">The place and those above it, itself first.</param>
internal sealed record ReportSubject(DiagnosedPlace Diagnosed, IReadOnlyList<Place> Chain, Voices Voices)
{
    /// <summary>Diagnoses a place of a checked file, without a database.</summary>
    public static ReportSubject Of(PlaceFile file, string slug, ContentPack pack, FileReportSettings settings, CancellationToken cancel)
    {
        var on = settings.On;
        var at = new DateTimeOffset(on.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        var chain = new List<Place>();
        for (var next = slug; chain.Count < 4 && file.Places.Find(p => p.Slug == next) is { } from; next = from.Parent)
        {
            chain.Add(new()
            {
                Id = Guid.CreateVersion7(at),
                Kind = Enum.Parse<PlaceKind>(from.Kind, ignoreCase: true),
                Slug = from.Slug,
                Names = from.Names,
                CountryCode = from.CountryCode,
                Latitude = from.Latitude,
                Longitude = from.Longitude,
                Characteristic = from.Characteristic,
                CharacteristicReason = from.CharacteristicReason,
                IsPublic = true,
                Note = file.Note,
                CreatedAt = at,
            });
        }
        var place = chain[0];
        var evidence = file.Evidence.Where(e => e.Retired is null && chain.Any(p => p.Slug == e.Place)).Select((e, i) => new PlacedEvidence(
            new()
            {
                Id = Guid.CreateVersion7(at),
                Code = e.Id.Length > 0 ? e.Id : $"e-{i + 1:000}",
                PlaceId = chain.First(p => p.Slug == e.Place).Id,
                Kind = e.Kind,
                Statement = e.Statement,
                Source = e.Source,
                Date = e.Date,
                Quality = e.Quality,
                IsInternal = e.Internal,
                CreatedAt = at,
                Links = [.. e.Elements.Select(l => new EvidenceLink { Element = l.Key, Says = l.Value })],
            },
            chain.First(p => p.Slug == e.Place), e.Place != slug)).ToList();
        var facts = file.Places.First(p => p.Slug == slug).Facts
            .Select(f => new PlaceFact { Id = Guid.CreateVersion7(at), PlaceId = place.Id, Kind = f.Kind, Value = f.Value, Source = f.Source, Date = f.Date, CreatedAt = at }).ToList();
        var rated = file.Assessments.LastOrDefault(a => a.Place == slug && (settings.WithDemonstration || !a.Demonstration) && (a.Rounds.Count > 0 || a.Consensus.Count > 0));
        var round = rated?.Rounds.LastOrDefault();

        var diagnosis = Diagnosis.Of(
            new()
            {
                Pack = pack,
                On = on,
                PlaceKind = place.Kind.ToString().ToLowerInvariant(),
                Facts = PlaceDiagnosis.NewestOf(facts),
                ConfirmedCharacteristic = place.Characteristic,
                Evidence = PlaceDiagnosis.InputsOf(evidence),
                Ratings = [.. round?.Ratings.OrderBy(r => r.Assessor).ThenBy(r => r.Element, StringComparer.Ordinal).Select(r => new RatingInput(r.Assessor, r.Element, r.Level, r.Confidence)) ?? []],
                Consensus = [.. rated?.Consensus.OrderBy(c => c.Element, StringComparer.Ordinal).Select(c => new ConsensusInput(c.Element, c.Level, c.Confidence)) ?? []],
                Seed = settings.Seed,
                Draws = settings.Draws,
            },
            cancel);
        var assessment = rated is null ? null
            : new RatedAssessment { Id = Guid.CreateVersion7(at), PlaceId = place.Id, Title = rated.Title, PackHash = pack.Hash, IsDemonstration = rated.Demonstration, CreatedAt = at };
        return new(new(place, diagnosis, evidence, assessment, facts), chain, Voices.Of(
            round?.Number ?? 0,
            round?.Ratings.Select(r => ((object)r.Assessor, r.Group, r.Element, new Voice(r.Level, r.Confidence, r.Reason))) ?? [],
            rated?.Consensus.Select(c => (c.Element, new Voice(c.Level, c.Confidence, c.Reason))) ?? []));
    }
}
