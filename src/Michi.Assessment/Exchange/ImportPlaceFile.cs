using System.Globalization;
using System.Text.Json;
using Michi.Assessment.Evidence;
using Michi.Assessment.Profiles;
using Michi.Assessment.Rounds;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Exchange;

/// <summary>What an import did; or, with <see cref="Problems"/>, why it did nothing.</summary>
public sealed record Imported(
    int PlacesAdded, int PlacesChanged, int FactsAdded, int EvidenceAdded, int EvidenceChanged, int EvidenceSame, int AssessmentsAdded, IReadOnlyList<InputProblem> Problems);

/// <summary>Imports a file: everything in it, in one transaction, or nothing.</summary>
/// <remarks>
/// Places are matched by slug, evidence by its id; what is there already and equal stays untouched, what differs becomes a new version with the
/// old one in its history. An assessment with the same title at the same place is taken as there already.
/// </remarks>
internal sealed class ImportPlaceFile(AssessmentDb db, PlaceBook places, PlaceDirectory directory, PackStore packs, ProfileQueue profiles, Reader reader, TimeProvider clock)
{
    /// <param name="asDemonstration">Marks new places as demonstration data.</param>
    /// <param name="isPublic">Whether anyone may see new places.</param>
    /// <param name="within">Where given, the file may only speak of these places (slugs) and adds none.</param>
    public async Task<Imported> RunAsync(PlaceFileReading reading, bool asDemonstration, bool isPublic, IReadOnlySet<string>? within, IProgress<double>? progress, CancellationToken cancel)
    {
        var nothing = new Imported(0, 0, 0, 0, 0, 0, 0, reading.Problems);
        if (reading.File is not { } file) return nothing;
        var known = within ?? (await directory.AllAsync(cancel)).Select(p => p.Slug).ToHashSet(StringComparer.Ordinal);
        var problems = reading.Problems.Concat(PlaceFileCheck.Problems(file, packs.Current, known, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime))
            .Select(p => p with { Where = reading.Where?.GetValueOrDefault(p.Where) ?? p.Where })).ToList();
        if (within is not null)
            problems.AddRange(file.Places.Where(p => !within.Contains(p.Slug)).Select(p => new InputProblem($"places.{p.Slug}", "not-here", p.Slug)));
        if (problems.Count > 0) return nothing with { Problems = problems };

        var done = nothing;
        var touched = new List<Guid>();
        await places.InOneTransactionAsync(db, async () =>
        {
            var ids = new Dictionary<string, Guid>(StringComparer.Ordinal);
            foreach (var place in file.Places) done = await ImportPlaceAsync(place, file.Note, asDemonstration, isPublic, ids, done, cancel);
            foreach (var slug in file.Evidence.Select(e => e.Place).Concat(file.Assessments.Select(a => a.Place)).Distinct().Where(s => !ids.ContainsKey(s)))
                ids[slug] = (await directory.FindAsync(slug, cancel))!.Id;
            done = await ImportEvidenceAsync(file.Evidence, ids, done, progress, cancel);
            foreach (var assessment in file.Assessments) done = await ImportAssessmentAsync(assessment, ids[assessment.Place], done, cancel);
            touched.AddRange(ids.Values);
        }, cancel);
        foreach (var place in touched) profiles.Enqueue(place);
        progress?.Report(1);
        return done;
    }

    private async Task<Imported> ImportPlaceAsync(FilePlace from, Dictionary<string, string> note, bool asDemonstration, bool isPublic, Dictionary<string, Guid> ids, Imported done, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var place = await places.ForChangeAsync(from.Slug, cancel);
        var boundary = from.Boundary?.GetRawText();
        if (place is null)
        {
            place = new()
            {
                Id = Guid.CreateVersion7(now), ParentId = from.Parent is null ? null : ids.TryGetValue(from.Parent, out var above) ? above : (await directory.FindAsync(from.Parent, cancel))!.Id,
                Kind = Enum.Parse<PlaceKind>(from.Kind, ignoreCase: true), Slug = from.Slug, Names = from.Names, CountryCode = from.CountryCode, Latitude = from.Latitude,
                Longitude = from.Longitude, Boundary = boundary, Characteristic = from.Characteristic, CharacteristicReason = from.CharacteristicReason,
                IsPublic = isPublic, IsDemonstration = asDemonstration, Note = note, CreatedAt = now,
            };
            places.Add(place);
            done = done with { PlacesAdded = done.PlacesAdded + 1 };
        }
        else
        {
            var before = JsonSerializer.Serialize(place);
            foreach (var (language, name) in from.Names) place.Names = new(place.Names) { [language] = name };
            place.CountryCode = from.CountryCode ?? place.CountryCode;
            place.Latitude = from.Latitude ?? place.Latitude;
            place.Longitude = from.Longitude ?? place.Longitude;
            place.Boundary = boundary ?? place.Boundary;
            place.Characteristic = from.Characteristic ?? place.Characteristic;
            place.CharacteristicReason = from.CharacteristicReason ?? place.CharacteristicReason;
            if (JsonSerializer.Serialize(place) != before)
            {
                places.NoteChange(place, "place.import");
                done = done with { PlacesChanged = done.PlacesChanged + 1 };
            }
        }
        ids[from.Slug] = place.Id;
        foreach (var fact in from.Facts)
        {
            var added = await places.AddFactAsync(new() { Id = Guid.CreateVersion7(now), PlaceId = place.Id, Kind = fact.Kind, Value = fact.Value, Source = fact.Source, Date = fact.Date, CreatedAt = now }, cancel);
            if (added) done = done with { FactsAdded = done.FactsAdded + 1 };
        }
        return done;
    }

    private async Task<Imported> ImportEvidenceAsync(List<FileEvidence> items, Dictionary<string, Guid> ids, Imported done, IProgress<double>? progress, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var codes = items.Select(i => i.Id).ToList();
        var known = await db.Evidence.Where(e => codes.Contains(e.Code)).ToDictionaryAsync(e => e.Code, cancel);
        var slugs = ids.ToDictionary(i => i.Value, i => i.Key);
        for (var i = 0; i < items.Count; i++)
        {
            var from = items[i];
            if (i % 500 == 0) progress?.Report((double)i / items.Count);
            if (!known.TryGetValue(from.Id, out var item))
            {
                var id = Guid.CreateVersion7(now);
                item = new()
                {
                    Id = id, Code = from.Id.Length > 0 ? from.Id : EvidenceBook.NewCode(id), PlaceId = ids[from.Place], Kind = from.Kind, Statement = from.Statement, Source = from.Source,
                    Date = from.Date, Quality = from.Quality, IsInternal = from.Internal, CreatedAt = now, Links = LinksOf(from), Attachments = await AttachmentsOf(from, cancel),
                    RetiredAt = from.Retired is null ? null : now, RetiredReason = from.Retired,
                };
                db.Evidence.Add(item);
                Remember(item, from.Place);
                done = done with { EvidenceAdded = done.EvidenceAdded + 1 };
                continue;
            }
            var place = slugs.GetValueOrDefault(item.PlaceId, from.Place);
            var before = EvidenceBook.SnapshotOf(item, place);
            (item.Kind, item.Statement, item.Source, item.Date, item.Quality, item.IsInternal) = (from.Kind, from.Statement, from.Source, from.Date, from.Quality, from.Internal);
            item.Links = LinksOf(from);
            if (from.Attachments.Count > 0) item.Attachments = await AttachmentsOf(from, cancel);
            if (from.Retired is null) (item.RetiredAt, item.RetiredReason) = (null, null);
            else if (item.RetiredReason != from.Retired) (item.RetiredAt, item.RetiredReason) = (now, from.Retired);
            if (EvidenceBook.SnapshotOf(item, place) == before)
            {
                db.Entry(item).State = EntityState.Unchanged;
                done = done with { EvidenceSame = done.EvidenceSame + 1 };
                continue;
            }
            item.Version++;
            Remember(item, place);
            done = done with { EvidenceChanged = done.EvidenceChanged + 1 };
        }
        if (done.EvidenceAdded + done.EvidenceChanged > 0)
            foreach (var place in items.Select(i => i.Place).Distinct())
                db.Record(reader, now, "evidence.import", ids[place], string.Create(CultureInfo.InvariantCulture, $"+{done.EvidenceAdded} ~{done.EvidenceChanged}"));
        return done;

        void Remember(EvidenceItem item, string place) => db.History.Add(new()
        {
            Id = Guid.CreateVersion7(now), EvidenceId = item.Id, Version = item.Version, At = now, Actor = reader.Name, Change = "import",
            Snapshot = EvidenceBook.SnapshotOf(item, place),
        });
    }

    private static List<EvidenceLink> LinksOf(FileEvidence from) => [.. from.Elements.Select(e => new EvidenceLink { Element = e.Key, Says = e.Value })];

    private async Task<List<EvidenceAttachment>> AttachmentsOf(FileEvidence from, CancellationToken cancel)
    {
        var list = new List<EvidenceAttachment>();
        foreach (var file in from.Attachments)
            list.Add(new() { Name = file.Name, MediaType = file.MediaType, Size = file.Bytes.Length, Sha256 = await places.KeepFileAsync(file.Bytes, cancel) });
        return list;
    }

    private async Task<Imported> ImportAssessmentAsync(FileAssessment from, Guid placeId, Imported done, CancellationToken cancel)
    {
        if (await db.Assessments.AnyAsync(a => a.PlaceId == placeId && a.Title == from.Title, cancel)) return done;
        var now = clock.GetUtcNow();
        var assessment = new RatedAssessment { Id = Guid.CreateVersion7(now), PlaceId = placeId, Title = from.Title, PackHash = packs.Current.Hash, IsDemonstration = from.Demonstration, CreatedAt = now };
        db.Assessments.Add(assessment);
        var assessors = from.Rounds.SelectMany(r => r.Ratings).GroupBy(r => r.Assessor).OrderBy(g => g.Key).ToDictionary(g => g.Key, g => new Assessor
        {
            Id = Guid.CreateVersion7(now), AssessmentId = assessment.Id, Name = string.Create(CultureInfo.InvariantCulture, $"A{g.Key}"), Group = g.First().Group,
            LinkHash = Secret.HashOf(Secret.New()), InvitedAt = now,
        });
        db.Assessors.AddRange(assessors.Values);
        foreach (var fileRound in from.Rounds)
        {
            var round = new Round { Id = Guid.CreateVersion7(now), AssessmentId = assessment.Id, Number = fileRound.Number, OpenedAt = now, ClosedAt = now };
            db.Rounds.Add(round);
            foreach (var rating in fileRound.Ratings)
            {
                db.Ratings.Add(new()
                {
                    Id = Guid.CreateVersion7(now), RoundId = round.Id, AssessorId = assessors[rating.Assessor].Id, Element = rating.Element, Level = rating.Level,
                    Confidence = rating.Confidence, Reason = rating.Reason, EvidenceCodes = string.Join(' ', rating.Evidence), At = now,
                });
            }
        }
        foreach (var consensus in from.Consensus)
        {
            db.Consensus.Add(new()
            {
                Id = Guid.CreateVersion7(now), AssessmentId = assessment.Id, Element = consensus.Element, Level = consensus.Level, Confidence = consensus.Confidence, Reason = consensus.Reason, At = now,
            });
        }
        db.Record(reader, now, "assessment.import", placeId, from.Title);
        return done with { AssessmentsAdded = done.AssessmentsAdded + 1 };
    }
}
