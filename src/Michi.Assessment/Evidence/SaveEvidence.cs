using Michi.Assessment.Exchange;
using Michi.Assessment.Profiles;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Evidence;

/// <summary>What came of saving evidence.</summary>
internal abstract record SaveOutcome;

/// <summary>It was saved under this code.</summary>
internal sealed record Saved(string Code) : SaveOutcome;

/// <summary>Somebody else changed it since it was read.</summary>
internal sealed record ChangedMeanwhile : SaveOutcome;

/// <summary>There is no such evidence at this place.</summary>
internal sealed record NoSuchEvidence : SaveOutcome;

/// <summary>Adds or changes one piece of evidence that has been checked. Nothing is overwritten: each change is a version in its history.</summary>
internal sealed class SaveEvidence(AssessmentDb db, PlaceBook places, ProfileQueue profiles, Reader reader, TimeProvider clock)
{
    /// <param name="given">The evidence; an empty id adds it.</param>
    /// <param name="basedOn">The version the change was made from.</param>
    /// <param name="attached">A file to attach besides those it has.</param>
    public async Task<SaveOutcome> RunAsync(FileEvidence given, Place place, int basedOn, FileAttachment? attached, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        EvidenceItem? item;
        if (given.Id.Length == 0)
        {
            var id = Guid.CreateVersion7(now);
            item = new()
            {
                Id = id,
                Code = EvidenceBook.NewCode(id),
                PlaceId = place.Id,
                Kind = given.Kind,
                Statement = given.Statement,
                Source = given.Source,
                Quality = given.Quality,
                CreatedAt = now,
            };
            db.Evidence.Add(item);
        }
        else
        {
            item = await db.Evidence.FirstOrDefaultAsync(e => e.Code == given.Id && e.PlaceId == place.Id, cancel);
            if (item is null) return new NoSuchEvidence();
            if (item.Version != basedOn) return new ChangedMeanwhile();
            item.Version++;
        }
        (item.Kind, item.Statement, item.Source, item.Date, item.Quality, item.IsInternal) = (given.Kind, given.Statement, given.Source, given.Date, given.Quality, given.Internal);
        item.Links = [.. given.Elements.Select(e => new EvidenceLink { Element = e.Key, Says = e.Value })];
        try
        {
            await places.InOneTransactionAsync(db, async () =>
            {
                if (attached is not null)
                {
                    var hash = await places.KeepFileAsync(attached.Bytes, cancel);
                    item.Attachments = [.. item.Attachments.Where(a => a.Sha256 != hash), new() { Name = attached.Name, MediaType = attached.MediaType, Size = attached.Bytes.Length, Sha256 = hash }];
                }
                Remember(item, given.Id.Length == 0 ? "add" : "edit", place, now);
            }, cancel);
        }
        catch (DbUpdateConcurrencyException)
        {
            return new ChangedMeanwhile();
        }
        profiles.Enqueue(place.Id);
        return new Saved(item.Code);
    }

    /// <summary>Retires evidence with a reason, or brings it back (reason null). It stays visible either way.</summary>
    public async Task<SaveOutcome> RetireAsync(string code, Place place, int basedOn, string? reason, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var item = await db.Evidence.FirstOrDefaultAsync(e => e.Code == code && e.PlaceId == place.Id, cancel);
        if (item is null) return new NoSuchEvidence();
        if (item.Version != basedOn) return new ChangedMeanwhile();
        item.Version++;
        (item.RetiredAt, item.RetiredReason) = reason is null ? (null, null) : ((DateTimeOffset?)now, reason);
        Remember(item, reason is null ? "restore" : "retire", place, now);
        try
        {
            await db.SaveChangesAsync(cancel);
        }
        catch (DbUpdateConcurrencyException)
        {
            return new ChangedMeanwhile();
        }
        profiles.Enqueue(place.Id);
        return new Saved(code);
    }

    private void Remember(EvidenceItem item, string change, Place place, DateTimeOffset now)
    {
        db.History.Add(new()
        {
            Id = Guid.CreateVersion7(now),
            EvidenceId = item.Id,
            Version = item.Version,
            At = now,
            Actor = reader.Name,
            Change = change,
            Snapshot = EvidenceBook.SnapshotOf(item, place.Slug),
        });
        db.Record(reader, now, $"evidence.{change}", place.Id, item.Code);
    }
}
