using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Reports;

/// <summary>Makes, lists and withdraws the links that show a report without an account.</summary>
internal sealed class ShareBook(AssessmentDb db, PlaceDirectory places, Reader reader, TimeProvider clock)
{
    /// <summary>Longest life of a link, in days.</summary>
    public const int MaxDays = 365;

    /// <summary>Most links of a place that work at the same time.</summary>
    public const int MaxLinks = 50;

    /// <summary>The links of a place, newest first.</summary>
    public async Task<IReadOnlyList<ShareLink>> OfAsync(Place place, CancellationToken cancel) =>
        await db.ShareLinks.AsNoTracking().Where(l => l.PlaceId == place.Id).OrderByDescending(l => l.CreatedAt).ThenBy(l => l.Id).Take(200).ToListAsync(cancel);

    /// <summary>Makes a link. Its secret is told this once; only the hash is kept. Null where there are too many already.</summary>
    /// <param name="days">1 to <see cref="MaxDays"/>.</param>
    public async Task<(ShareLink Link, string Secret)?> AddAsync(Place place, int days, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (await db.ShareLinks.CountAsync(l => l.PlaceId == place.Id && l.WithdrawnAt == null && l.ExpiresAt > now, cancel) >= MaxLinks) return null;
        var secret = Secret.New();
        var link = new ShareLink { Id = Guid.CreateVersion7(now), PlaceId = place.Id, Hash = Secret.HashOf(secret), CreatedBy = reader.Name, CreatedAt = now, ExpiresAt = now.AddDays(days) };
        db.ShareLinks.Add(link);
        db.Record(reader, now, "report.share", place.Id, link.Id.ToString());
        await db.SaveChangesAsync(cancel);
        return (link, secret);
    }

    /// <summary>Withdraws a link of a place; false where there is none such that works.</summary>
    public async Task<bool> WithdrawAsync(Place place, Guid id, CancellationToken cancel)
    {
        if (await db.ShareLinks.FirstOrDefaultAsync(l => l.Id == id && l.PlaceId == place.Id && l.WithdrawnAt == null, cancel) is not { } link) return false;
        link.WithdrawnAt = clock.GetUtcNow();
        db.Record(reader, clock.GetUtcNow(), "report.withdraw", place.Id, link.Id.ToString());
        await db.SaveChangesAsync(cancel);
        return true;
    }

    /// <summary>The place a secret shows; null for one that is unknown, withdrawn or expired.</summary>
    public async Task<Place?> PlaceOfAsync(string secret, CancellationToken cancel)
    {
        if (secret.Length > 100) return null;
        var (hash, now) = (Secret.HashOf(secret), clock.GetUtcNow());
        return await db.ShareLinks.AsNoTracking().FirstOrDefaultAsync(l => l.Hash == hash && l.WithdrawnAt == null && l.ExpiresAt > now, cancel) is { } link
            ? await places.FindAsync(link.PlaceId, cancel) : null;
    }
}
