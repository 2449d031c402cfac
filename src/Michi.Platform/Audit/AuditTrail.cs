using Michi.Platform.Accounts;

namespace Michi.Platform.Audit;

/// <summary>Adds to the audit log what changes something that lies in no table of a module, such as a subscription of the City OS.</summary>
/// <remarks>Called before the change: there can be a line without its change after a crash, never a change without its line.</remarks>
public sealed class AuditTrail
{
    private readonly PlatformDb _db;
    private readonly Reader _reader;
    private readonly TimeProvider _clock;

    internal AuditTrail(PlatformDb db, Reader reader, TimeProvider clock) => (_db, _reader, _clock) = (db, reader, clock);

    public Task RecordAsync(string action, Guid? placeId, string subject, CancellationToken cancel)
    {
        _db.Record(_reader, _clock.GetUtcNow(), action, placeId, subject);
        return _db.SaveChangesAsync(cancel);
    }
}
