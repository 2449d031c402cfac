using System.Data.Common;
using System.Security.Cryptography;
using Michi.Platform.Accounts;
using Michi.Platform.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Michi.Platform.Places;

/// <summary>Adds and changes places, their facts and attached files, for other modules, in one transaction with what they save themselves.</summary>
public sealed class PlaceBook
{
    private readonly PlatformDb _db;
    private readonly Reader _reader;
    private readonly TimeProvider _clock;

    internal PlaceBook(PlatformDb db, Reader reader, TimeProvider clock) => (_db, _reader, _clock) = (db, reader, clock);

    /// <summary>Runs a change that spans the platform's tables and another module's: all of it is saved, or nothing.</summary>
    public Task InOneTransactionAsync(ModuleDb other, Func<Task> change, CancellationToken cancel) => InOneTransactionAsync(other, async () => { await change(); return true; }, cancel);

    /// <summary>The same for a change that may turn out not to be wanted: where it returns false, nothing is saved.</summary>
    public async Task InOneTransactionAsync(ModuleDb other, Func<Task<bool>> change, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(other);
        ArgumentNullException.ThrowIfNull(change);
        await _db.Database.OpenConnectionAsync(cancel);
        try
        {
            await using var transaction = await _db.Database.BeginTransactionAsync(cancel);
            other.Database.SetDbConnection(_db.Database.GetDbConnection());
            await other.Database.UseTransactionAsync(transaction.GetDbTransaction(), cancel);
            if (!await change()) return;
            await _db.SaveChangesAsync(cancel);
            await other.SaveChangesAsync(cancel);
            await transaction.CommitAsync(cancel);
        }
        finally
        {
            await other.Database.UseTransactionAsync((DbTransaction?)null, CancellationToken.None);
            await _db.Database.CloseConnectionAsync();
        }
    }

    /// <summary>The place with a slug, tracked for change; null where there is none.</summary>
    public async Task<Place?> ForChangeAsync(string slug, CancellationToken cancel) =>
        _db.Places.Local.FirstOrDefault(p => p.Slug == slug) ?? await _db.Places.FirstOrDefaultAsync(p => p.Slug == slug, cancel);

    /// <summary>Adds a place; saved with the transaction or by <see cref="SaveAsync"/>.</summary>
    public void Add(Place place)
    {
        ArgumentNullException.ThrowIfNull(place);
        _db.Places.Add(place);
        _db.Record(_reader, _clock.GetUtcNow(), "place.add", place.Id, place.Slug);
    }

    /// <summary>Notes a change of a place in the audit log.</summary>
    public void NoteChange(Place place, string action)
    {
        ArgumentNullException.ThrowIfNull(place);
        _db.Record(_reader, _clock.GetUtcNow(), action, place.Id, place.Slug);
    }

    /// <summary>Adds a fact, unless the same fact from the same source stands already. Returns whether it was added.</summary>
    public async Task<bool> AddFactAsync(PlaceFact fact, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(fact);
        var stands = await _db.Facts.AnyAsync(f => f.PlaceId == fact.PlaceId && f.Kind == fact.Kind && f.Value == fact.Value && f.Source == fact.Source
            && f.Date == fact.Date && f.RetiredAt == null, cancel);
        if (stands) return false;
        _db.Facts.Add(fact);
        _db.Record(_reader, _clock.GetUtcNow(), "fact.add", fact.PlaceId, fact.Kind);
        return true;
    }

    /// <summary>Withdraws a fact of a place; false where there is none such.</summary>
    public async Task<bool> RetireFactAsync(Guid place, Guid fact, CancellationToken cancel)
    {
        if (await _db.Facts.FirstOrDefaultAsync(f => f.Id == fact && f.PlaceId == place && f.RetiredAt == null, cancel) is not { } found) return false;
        found.RetiredAt = _clock.GetUtcNow();
        _db.Record(_reader, _clock.GetUtcNow(), "fact.retire", place, found.Kind);
        return true;
    }

    /// <summary>Keeps a file's bytes once, under their SHA-256, which is returned (hexadecimal).</summary>
    public async Task<string> KeepFileAsync(byte[] bytes, CancellationToken cancel)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
        if (_db.Files.Local.All(f => f.Sha256 != hash) && !await _db.Files.AnyAsync(f => f.Sha256 == hash, cancel))
            _db.Files.Add(new() { Sha256 = hash, Bytes = bytes, AddedAt = _clock.GetUtcNow() });
        return hash;
    }

    /// <summary>The bytes of a kept file; null where there is none.</summary>
    public Task<byte[]?> FileAsync(string sha256, CancellationToken cancel) =>
        _db.Files.AsNoTracking().Where(f => f.Sha256 == sha256).Select(f => f.Bytes).FirstOrDefaultAsync(cancel);

    /// <summary>Saves what was added or changed.</summary>
    public Task SaveAsync(CancellationToken cancel) => _db.SaveChangesAsync(cancel);
}
