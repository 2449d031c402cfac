using Michi.Assessment.Exchange;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Evidence;

/// <summary>A piece of evidence with the place it is about.</summary>
public sealed record PlacedEvidence(EvidenceItem Item, Place Place, bool IsInherited);

/// <summary>Finds the evidence that speaks about a place: its own, and its country's.</summary>
internal sealed class EvidenceBook(AssessmentDb db, PlaceDirectory places)
{
    /// <summary>All evidence about a place and the places above it, own first, then by code; retired items only where asked for.</summary>
    public async Task<IReadOnlyList<PlacedEvidence>> OfAsync(Place place, bool withInternal, bool withRetired, CancellationToken cancel)
    {
        var chain = await places.ChainAsync(place, cancel);
        var ids = chain.Select(p => p.Id).ToList();
        var items = await db.Evidence.AsNoTracking().Where(e => ids.Contains(e.PlaceId) && (withRetired || e.RetiredAt == null) && (withInternal || !e.IsInternal)).ToListAsync(cancel);
        return [.. items.Select(i => new PlacedEvidence(i, chain.First(p => p.Id == i.PlaceId), i.PlaceId != place.Id))
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
