using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Places;

/// <summary>Finds places and where they stand in the tree.</summary>
public sealed class PlaceDirectory
{
    private readonly PlatformDb _db;

    internal PlaceDirectory(PlatformDb db) => _db = db;

    /// <summary>The place with this slug, or null.</summary>
    public Task<Place?> FindAsync(string slug, CancellationToken cancel) => _db.Places.AsNoTracking().FirstOrDefaultAsync(p => p.Slug == slug, cancel);

    /// <summary>The place with this id, or null.</summary>
    public Task<Place?> FindAsync(Guid id, CancellationToken cancel) => _db.Places.AsNoTracking().FirstOrDefaultAsync(p => p.Id == id, cancel);

    /// <summary>The place and those above it, itself first, its country last.</summary>
    public async Task<IReadOnlyList<Place>> ChainAsync(Place place, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        var chain = new List<Place> { place };
        while (chain[^1].ParentId is { } parent && chain.Count < 4 && await FindAsync(parent, cancel) is { } above) chain.Add(above);
        return chain;
    }

    /// <summary>Places directly below, in order of slug.</summary>
    public async Task<IReadOnlyList<Place>> ChildrenAsync(Guid? parent, CancellationToken cancel) =>
        await _db.Places.AsNoTracking().Where(p => p.ParentId == parent).OrderBy(p => p.Slug).ToListAsync(cancel);

    /// <summary>Every place, in order of slug.</summary>
    public async Task<IReadOnlyList<Place>> AllAsync(CancellationToken cancel) => await _db.Places.AsNoTracking().OrderBy(p => p.Slug).ToListAsync(cancel);

    /// <summary>Every place, without boundaries, in order of slug.</summary>
    public async Task<IReadOnlyList<PlaceItem>> ItemsAsync(CancellationToken cancel) => await Items(_db.Places).ToListAsync(cancel);

    /// <summary>Places directly below one, without boundaries, in order of slug.</summary>
    public async Task<IReadOnlyList<PlaceItem>> ItemsBelowAsync(Guid parent, CancellationToken cancel) => await Items(_db.Places.Where(p => p.ParentId == parent)).ToListAsync(cancel);

    /// <summary>The facts of a place that stand.</summary>
    public async Task<IReadOnlyList<PlaceFact>> FactsAsync(Guid place, CancellationToken cancel) =>
        await _db.Facts.AsNoTracking().Where(f => f.PlaceId == place && f.RetiredAt == null).OrderBy(f => f.Kind).ThenBy(f => f.CreatedAt).ToListAsync(cancel);

    /// <summary>The facts of several places that stand.</summary>
    public async Task<ILookup<Guid, PlaceFact>> FactsAsync(IReadOnlyCollection<Guid> places, CancellationToken cancel) =>
        (await _db.Facts.AsNoTracking().Where(f => places.Contains(f.PlaceId) && f.RetiredAt == null).ToListAsync(cancel)).ToLookup(f => f.PlaceId);

    private static IQueryable<PlaceItem> Items(IQueryable<Place> places) => places.AsNoTracking().OrderBy(p => p.Slug)
        .Select(p => new PlaceItem(p.Id, p.ParentId, p.Kind, p.Slug, p.Names, p.CountryCode, p.IsPublic, p.IsDemonstration));
}
