using Microsoft.Data.Sqlite;
using Npgsql;

namespace Michi.CityOs.Storage;

/// <summary>Tells apart what the disk or the database refuses from what is wrong in the program.</summary>
internal static class StorageFault
{
    /// <summary>ENOSPC, EDQUOT and EFBIG of Linux, EDQUOT of macOS, and the two of Windows.</summary>
    private static readonly int[] Full = [28, 122, 27, 69, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>The refusal a fault of the storage is told as: 507 where it is full, 503 where it cannot be written or reached for another reason; null for any other fault.</summary>
    public static NgsiLdException? Of(Exception fault) => fault switch
    {
        NgsiLdException told => told,
        IOException => NgsiLdException.CannotStore(Full.Contains(fault.HResult), fault),
        UnauthorizedAccessException => NgsiLdException.CannotStore(isFull: false, fault),
        SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_FULL } => NgsiLdException.CannotStore(isFull: true, fault),
        SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_BUSY } => NgsiLdException.CannotStore(isFull: false, fault),
        PostgresException { SqlState: PostgresErrorCodes.DiskFull } => NgsiLdException.CannotStore(isFull: true, fault),
        PostgresException { IsTransient: false } and not PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction } => null,
        NpgsqlException or TimeoutException => NgsiLdException.CannotStore(isFull: false, fault),
        _ => null,
    };
}
