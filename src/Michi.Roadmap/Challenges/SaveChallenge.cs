using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Challenges;

/// <summary>What came of a change.</summary>
/// <param name="Challenge">As it stands now; null where there is none.</param>
internal sealed record SavedChallenge(Challenge? Challenge, IReadOnlyList<Fault> Faults, bool IsSaved)
{
    /// <summary>Whether nothing was saved because somebody else changed it since.</summary>
    public bool IsChangedMeanwhile => !IsSaved && Faults.Count == 0 && Challenge is not null;
}

/// <summary>Adds a challenge or changes one. Nothing is overwritten that somebody else changed meanwhile.</summary>
internal sealed class SaveChallenge(RoadmapDb db, Reader reader, InitiativeLibrary library, Words words, TimeProvider clock)
{
    /// <param name="code">Null for a new one.</param>
    /// <param name="basedOn">The version the change was made from.</param>
    /// <param name="check">What was found wrong before, if anything.</param>
    public async Task<SavedChallenge> RunAsync(Place place, string? code, int basedOn, ChallengeInput given, InputCheck check, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var challenge = code is null ? null : await db.Challenges.FirstOrDefaultAsync(c => c.PlaceId == place.Id && c.Code == code, cancel);
        if (code is not null && challenge is null) return new(null, [], false);
        var districts = (await reader.ChildrenAsync(place, cancel)).Select(d => d.Slug).Append(challenge?.Facts.District).OfType<string>().ToList();
        var facts = new ChallengeCheck([.. library.Sectors], districts, DateOnly.FromDateTime(now.UtcDateTime), words.Language).Facts(check, given);
        if (!check.IsSound) return new(challenge, [.. check.Faults.DistinctBy(f => f.Field)], false);
        if (challenge is not null && challenge.Version != basedOn) return new(challenge, [], false);

        if (challenge is null)
        {
            challenge = new()
            {
                Id = Guid.CreateVersion7(now),
                PlaceId = place.Id,
                Code = await NewCodeAsync(place, facts, cancel),
                Facts = facts,
                IsDemonstration = place.IsDemonstration,
                CreatedAt = now,
                ChangedAt = now,
                ChangedBy = reader.Name,
            };
            db.Challenges.Add(challenge);
        }
        else (challenge.Facts, challenge.Version, challenge.ChangedAt, challenge.ChangedBy) = (facts, challenge.Version + 1, now, reader.Name);
        db.Record(reader, now, code is null ? "challenge.add" : "challenge.edit", place.Id, challenge.Code);
        try
        {
            await db.SaveChangesAsync(cancel);
            return new(challenge, [], true);
        }
        catch (DbUpdateConcurrencyException)
        {
            db.ChangeTracker.Clear();
            return new(await db.Challenges.AsNoTracking().FirstOrDefaultAsync(c => c.PlaceId == place.Id && c.Code == code, cancel), [], false);
        }
        catch (DbUpdateException fault) when (code is null && fault.IsUniqueViolation())
        {
            // Somebody else took the code at the same moment; the next one is free.
            db.ChangeTracker.Clear();
            return await RunAsync(place, null, 0, given, new(), cancel);
        }
    }

    private async Task<string> NewCodeAsync(Place place, ChallengeFacts facts, CancellationToken cancel)
    {
        var slug = Slugs.From(facts.Names.GetValueOrDefault("en") ?? facts.Names.Values.First());
        if (slug.Length > 40) slug = slug[..40].Trim('-');
        if (!Slugs.IsValid(slug)) slug = "challenge";
        var taken = (await db.Challenges.Where(c => c.PlaceId == place.Id).Select(c => c.Code).ToListAsync(cancel)).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(1, taken.Count + 1).Select(n => n == 1 ? slug : $"{slug}-{n}").First(c => !taken.Contains(c));
    }
}
