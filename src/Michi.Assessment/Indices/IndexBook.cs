using System.Globalization;
using System.Linq.Expressions;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Indices;

/// <summary>An index without its table.</summary>
internal sealed record IndexHead(
    Guid Id, int Version, Dictionary<string, string> Names, string Source, string Hash, IndexChoices Choices, int PlaceCount, int IndicatorCount,
    DateTimeOffset CreatedAt, DateTimeOffset ChangedAt, string ChangedBy, DateTimeOffset? WithdrawnAt, string? WithdrawnReason)
{
    public string NameIn(string language) => Names.GetValueOrDefault(language) ?? Names.GetValueOrDefault("en") ?? Names.Values.First();
}

/// <summary>Keeps the composite indices of countries, every version.</summary>
internal sealed class IndexBook(AssessmentDb db, Reader reader, TimeProvider clock)
{
    public const int MaxIndices = 100;

    private static readonly Expression<Func<CompositeIndexRecord, IndexHead>> Head = i => new(
        i.Id, i.Version, i.Names, i.Source, i.Hash, i.Choices, i.PlaceCount, i.IndicatorCount, i.CreatedAt, i.ChangedAt, i.ChangedBy, i.WithdrawnAt, i.WithdrawnReason);

    /// <summary>The indices of a country that stand, newest version of each, last changed first.</summary>
    public async Task<IReadOnlyList<IndexHead>> AllAsync(Place place, CancellationToken cancel) => await db.Indices.AsNoTracking()
        .Where(i => i.PlaceId == place.Id && i.WithdrawnAt == null && !db.Indices.Any(n => n.Id == i.Id && n.Version > i.Version))
        .OrderByDescending(i => i.ChangedAt).Select(Head).ToListAsync(cancel);

    /// <summary>Every version of an index, newest first; empty where the country has no such index.</summary>
    public async Task<IReadOnlyList<IndexHead>> VersionsAsync(Place place, Guid id, CancellationToken cancel) =>
        await db.Indices.AsNoTracking().Where(i => i.PlaceId == place.Id && i.Id == id).OrderByDescending(i => i.Version).Select(Head).ToListAsync(cancel);

    /// <summary>The table of a version.</summary>
    public async Task<KpiTable> TableAsync(IndexHead head, CancellationToken cancel) =>
        KpiTable.FromJson(await db.Indices.Where(i => i.Id == head.Id && i.Version == head.Version).Select(i => i.Table).SingleAsync(cancel));

    /// <summary>Adds an index; its id, or null where the country has as many as it may.</summary>
    public async Task<Guid?> AddAsync(Place place, Dictionary<string, string> names, string source, KpiTable table, CancellationToken cancel)
    {
        if ((await AllAsync(place, cancel)).Count >= MaxIndices) return null;
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        await SaveAsync(place, new(id, 0, names, source, "", new(), 0, 0, now, now, "", null, null), "index.add", table, cancel);
        return id;
    }

    /// <summary>Adds a version to an index; false where somebody else did so since it was read.</summary>
    /// <param name="changed">The newest version with what is to change.</param>
    /// <param name="table">Null keeps the table. Choices that do not suit a new one give way to the plain ones.</param>
    public async Task<bool> ChangeAsync(Place place, IndexHead changed, string action, KpiTable? table, CancellationToken cancel)
    {
        if (table is null) table = await TableAsync(changed, cancel);
        else if (changed.Choices.Conflict(table) is not null) changed = changed with { Choices = new() };
        try
        {
            await SaveAsync(place, changed, action, table, cancel);
            return true;
        }
        catch (DbUpdateException)
        {
            db.ChangeTracker.Clear();
            if (await db.Indices.AnyAsync(i => i.Id == changed.Id && i.Version > changed.Version, cancel)) return false;
            throw;
        }
    }

    /// <summary>Withdraws an index with its reason; it stays readable at its address.</summary>
    public async Task WithdrawAsync(Place place, IndexHead head, string reason, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var record = await db.Indices.Where(i => i.Id == head.Id && i.Version == head.Version).SingleAsync(cancel);
        (record.WithdrawnAt, record.WithdrawnReason) = (now, reason);
        db.Record(reader, now, "index.withdraw", place.Id, Subject(head.NameIn("en"), head.Version));
        await db.SaveChangesAsync(cancel);
    }

    private async Task SaveAsync(Place place, IndexHead head, string action, KpiTable table, CancellationToken cancel)
    {
        var (now, json) = (clock.GetUtcNow(), table.ToJson());
        db.Indices.Add(new()
        {
            Id = head.Id,
            Version = head.Version + 1,
            PlaceId = place.Id,
            Names = head.Names,
            Source = head.Source,
            Table = json,
            Hash = KpiTable.HashOf(json),
            Choices = head.Choices,
            PlaceCount = table.Places.Count,
            IndicatorCount = table.Indicators.Count(),
            CreatedAt = head.CreatedAt,
            ChangedAt = now,
            ChangedBy = reader.Name,
        });
        db.Record(reader, now, action, place.Id, Subject(head.NameIn("en"), head.Version + 1));
        await db.SaveChangesAsync(cancel);
    }

    private static string Subject(string name, int version) => string.Create(CultureInfo.InvariantCulture, $"{name} v{version}");
}
