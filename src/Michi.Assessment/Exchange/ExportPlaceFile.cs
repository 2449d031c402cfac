using System.Security.Cryptography;
using System.Text.Json;
using Michi.Assessment.Evidence;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Exchange;

/// <summary>Puts a place into a file: those above it, facts, evidence with what was retired, and the ratings of closed rounds.</summary>
internal sealed class ExportPlaceFile(AssessmentDb db, EvidenceBook book, PlaceDirectory directory, PlaceBook files)
{
    /// <summary>Most bytes of attached files in one file, so that it can be imported again.</summary>
    public const int MaxAttachedBytes = 35_000_000;

    /// <summary>The file as a reader may have it: internal evidence only for those who contribute at its place.</summary>
    public async Task<PlaceFile?> ForReaderAsync(Place place, bool withFiles, CancellationToken cancel)
    {
        var chain = await directory.ChainAsync(place, cancel);
        var audience = await book.AudienceAsync(chain, cancel);
        var items = await book.ForReaderAsync(place, withRetired: true, cancel);
        return await RunAsync(place, [.. chain.Where(p => audience.Places.Contains(p.Id)).Reverse()], items, withFiles, cancel);
    }

    /// <summary>Everything, for whoever runs the program.</summary>
    public async Task<PlaceFile?> AllAsync(Place place, bool withFiles, CancellationToken cancel) =>
        await RunAsync(place, [.. (await directory.ChainAsync(place, cancel)).Reverse()], await book.OfAsync(place, withRetired: true, cancel), withFiles, cancel);

    /// <returns>Null where the attached files are larger than <see cref="MaxAttachedBytes"/>.</returns>
    private async Task<PlaceFile?> RunAsync(Place place, List<Place> chain, IReadOnlyList<PlacedEvidence> shown, bool withFiles, CancellationToken cancel)
    {
        var items = shown.OrderBy(e => e.Item.Code, StringComparer.Ordinal).ToList();
        if (withFiles && items.SelectMany(e => e.Item.Attachments).Sum(a => a.Size) > MaxAttachedBytes) return null;
        var facts = await directory.FactsAsync([.. chain.Select(p => p.Id)], cancel);
        var evidence = new List<FileEvidence>();
        foreach (var (item, about, _) in items)
            evidence.Add((withFiles ? await EvidenceBook.ToFileAsync(item, about.Slug, files, cancel) : NamesOnly(item, about.Slug)) with { Version = item.Version });
        return new()
        {
            Note = place.Note,
            Places = [.. chain.Select(p => new FilePlace
            {
                Slug = p.Slug, Kind = p.Kind.ToString().ToLowerInvariant(), Parent = chain.FirstOrDefault(o => o.Id == p.ParentId)?.Slug, CountryCode = p.CountryCode, Names = p.Names,
                Latitude = p.Latitude, Longitude = p.Longitude, Boundary = p.Boundary is null ? null : JsonElement.Parse(p.Boundary), Characteristic = p.Characteristic,
                CharacteristicReason = p.CharacteristicReason,
                Facts = [.. facts[p.Id].OrderBy(f => f.Kind, StringComparer.Ordinal).ThenBy(f => f.CreatedAt).Select(f => new FileFact { Kind = f.Kind, Value = f.Value, Source = f.Source, Date = f.Date })],
            })],
            Evidence = evidence,
            Assessments = await AssessmentsAsync(place, evidence.Select(e => e.Id).ToHashSet(StringComparer.Ordinal), cancel),
        };
    }

    private static FileEvidence NamesOnly(EvidenceItem item, string place) =>
        EvidenceBook.ToFile(item, place) with { Attachments = [.. item.Attachments.Select(a => new FileAttachment { Name = a.Name, MediaType = a.MediaType })] };

    /// <param name="citable">Codes of evidence that may be named.</param>
    private async Task<List<FileAssessment>> AssessmentsAsync(Place place, HashSet<string> citable, CancellationToken cancel)
    {
        var list = new List<FileAssessment>();
        foreach (var assessment in await db.Assessments.AsNoTracking().Where(a => a.PlaceId == place.Id).OrderBy(a => a.CreatedAt).ThenBy(a => a.Id).ToListAsync(cancel))
        {
            var rounds = await db.Rounds.AsNoTracking().Where(r => r.AssessmentId == assessment.Id && r.ClosedAt != null).OrderBy(r => r.Number).ToListAsync(cancel);
            var closed = rounds.Select(r => r.Id).ToList();
            var ratings = await db.Ratings.AsNoTracking().Where(r => closed.Contains(r.RoundId)).ToListAsync(cancel);
            var groups = await db.Assessors.AsNoTracking().Where(a => a.AssessmentId == assessment.Id).ToDictionaryAsync(a => a.Id, a => a.Group, cancel);
            // In an order that has nothing to do with that of the invitations, which names could be matched with.
            var numbers = ratings.Select(r => r.AssessorId).Distinct().OrderBy(id => Convert.ToHexString(SHA256.HashData(id.ToByteArray())), StringComparer.Ordinal).Select((id, i) => (id, Number: i + 1))
                .ToDictionary(n => n.id, n => n.Number);
            var consensus = await db.Consensus.AsNoTracking().Where(c => c.AssessmentId == assessment.Id).OrderBy(c => c.Element).ToListAsync(cancel);
            if (rounds.Count == 0 && consensus.Count == 0) continue;
            list.Add(new()
            {
                Place = place.Slug,
                Title = assessment.Title,
                Demonstration = assessment.IsDemonstration,
                Rounds = [.. rounds.Select(round => new FileRound
                {
                    Number = round.Number,
                    Ratings = [.. ratings.Where(r => r.RoundId == round.Id).OrderBy(r => numbers[r.AssessorId]).ThenBy(r => r.Element, StringComparer.Ordinal).Select(r => new FileRating
                    {
                        Assessor = numbers[r.AssessorId], Group = groups[r.AssessorId], Element = r.Element, Level = r.Level, Confidence = r.Confidence, Reason = r.Reason,
                        Evidence = [.. r.EvidenceCodes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(citable.Contains)],
                    })],
                })],
                Consensus = [.. consensus.Select(c => new FileConsensus { Element = c.Element, Level = c.Level, Confidence = c.Confidence, Reason = c.Reason })],
            });
        }
        return list;
    }
}
