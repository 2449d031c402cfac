using Michi.Assessment.Exchange;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Evidence;

/// <summary>A piece of evidence with the place it is about.</summary>
public sealed record PlacedEvidence(EvidenceItem Item, Place Place, bool IsInherited);

/// <summary>Finds the evidence that speaks about a place, its own and its country's, and knows who may see it.</summary>
internal sealed class EvidenceBook(AssessmentDb db, PlaceDirectory places, Reader reader)
{
    /// <summary>All evidence about a place and the places above it, whoever asks, own first, then by code; retired items only where asked for.</summary>
    public async Task<IReadOnlyList<PlacedEvidence>> OfAsync(Place place, bool withRetired, CancellationToken cancel) =>
        await OfAsync(await places.ChainAsync(place, cancel), withRetired, cancel);

    /// <summary>The same, as far as the reader may see it.</summary>
    public async Task<IReadOnlyList<PlacedEvidence>> ForReaderAsync(Place place, bool withRetired, CancellationToken cancel)
    {
        var chain = await places.ChainAsync(place, cancel);
        var audience = await AudienceAsync(chain, cancel);
        return [.. (await OfAsync(chain, withRetired, cancel)).Where(audience.Sees)];
    }

    /// <summary>The same, as far as somebody invited to rate the place may see it: all of its own, and what is public above it.</summary>
    public async Task<IReadOnlyList<PlacedEvidence>> ForAssessorAsync(Place place, bool withRetired, CancellationToken cancel) =>
        [.. (await OfAsync(place, withRetired, cancel)).Where(e => !e.IsInherited || (e.Place.IsPublic && !e.Item.IsInternal))];

    /// <summary>What the reader may see: the evidence of every place they may see, and what is internal where they contribute. A role at a place gives none at those above it.</summary>
    public async Task<EvidenceAudience> AudienceAsync(Place place, CancellationToken cancel) => await AudienceAsync(await places.ChainAsync(place, cancel), cancel);

    /// <inheritdoc cref="AudienceAsync(Place, CancellationToken)" />
    /// <param name="chain">The place and those above it.</param>
    public async Task<EvidenceAudience> AudienceAsync(IReadOnlyList<Place> chain, CancellationToken cancel)
    {
        var (seen, inside) = (new HashSet<Guid>(), new HashSet<Guid>());
        foreach (var at in chain)
        {
            if (await reader.CanAsync(Right.ViewPlace, at, cancel)) seen.Add(at.Id);
            if (await reader.CanAsync(Right.Contribute, at, cancel)) inside.Add(at.Id);
        }
        return new(seen, inside);
    }

    private async Task<IReadOnlyList<PlacedEvidence>> OfAsync(IReadOnlyList<Place> chain, bool withRetired, CancellationToken cancel)
    {
        var ids = chain.Select(p => p.Id).ToList();
        var items = await db.Evidence.AsNoTracking().Where(e => ids.Contains(e.PlaceId) && (withRetired || e.RetiredAt == null)).ToListAsync(cancel);
        return [.. items.Select(i => new PlacedEvidence(i, chain.First(p => p.Id == i.PlaceId), i.PlaceId != chain[0].Id))
            .OrderBy(e => e.IsInherited).ThenBy(e => e.Item.Code, StringComparer.Ordinal)];
    }

    /// <summary>The evidence with a code at a place itself, or null.</summary>
    public Task<EvidenceItem?> FindAsync(string code, Place place, CancellationToken cancel) =>
        db.Evidence.AsNoTracking().FirstOrDefaultAsync(e => e.Code == code && e.PlaceId == place.Id, cancel);

    /// <summary>The history of a piece of evidence, newest first.</summary>
    public async Task<IReadOnlyList<EvidenceVersion>> HistoryAsync(Guid id, CancellationToken cancel) =>
        await db.History.AsNoTracking().Where(v => v.EvidenceId == id).OrderByDescending(v => v.Version).ToListAsync(cancel);

    /// <summary>A new code from an id.</summary>
    public static string NewCode(Guid id) => $"e-{id.ToString("N")[^12..]}";

    /// <summary>The item in the exchange format, attached files with their bytes.</summary>
    public static async Task<FileEvidence> ToFileAsync(EvidenceItem item, string place, PlaceBook files, CancellationToken cancel)
    {
        var attachments = new List<FileAttachment>();
        foreach (var file in item.Attachments)
            attachments.Add(new() { Name = file.Name, MediaType = file.MediaType, Bytes = await files.FileAsync(file.Sha256, cancel) ?? [] });
        return ToFile(item, place) with { Attachments = attachments };
    }

    /// <summary>The item as JSON for its history; attachments are named by their hash.</summary>
    public static string SnapshotOf(EvidenceItem item, string place) => PlaceFileJson.WriteItem(ToFile(item, place) with
    {
        Attachments = [.. item.Attachments.Select(a => new FileAttachment { Name = a.Name, MediaType = a.MediaType, Bytes = Convert.FromHexString(a.Sha256) })],
    });

    /// <summary>The item in the exchange format, without attached files.</summary>
    public static FileEvidence ToFile(EvidenceItem item, string place) => new()
    {
        Id = item.Code,
        Place = place,
        Kind = item.Kind,
        Elements = item.Links.ToDictionary(l => l.Element, l => l.Says),
        Statement = item.Statement,
        Source = item.Source,
        Date = item.Date,
        Quality = item.Quality,
        Internal = item.IsInternal,
        Retired = item.RetiredReason,
    };
}
