using Michi.CityOs.Storage;
using Microsoft.Data.Sqlite;

namespace Michi.CityOs.History;

/// <summary>The tables of the history.</summary>
internal static class HistorySchema
{
    /// <summary>Raised with every change of the tables.</summary>
    private const int Version = 4;

    public const long Day = 86_400_000_000;

    /// <summary>Days that never end, in lifetimes.</summary>
    public const int Forever = 1_000_000;

    /// <summary>Bits of a chunk's key that are its day.</summary>
    private const int DayBits = 23;

    private const long FirstDay = 1 << (DayBits - 1);

    /// <summary>
    /// A chunk holds the points of a series (an instance of an attribute of an entity) of one day in UTC; its key is the series, then the day, so that the days
    /// of a series lie side by side. Until there are enough of them for that, points wait: first as the groups they came in (of <see cref="GatheredRows"/>), then in
    /// rows of their entity (of <see cref="RecentRow"/>, each the later the greater its number, which counts the changes up to it; modified at that time, the
    /// earliest of its points first). The series of an entity, and its types, are kept with it. Names are texts used again and again.
    /// The table moved tells where points are whose ids name another time. A lifetime of type 0 is that of all types of the tenant;
    /// the days of a series before the one in rolled are rolled up. Progress tells what was read, and the last keys given.
    /// </summary>
    private const string Tables = """
        CREATE TABLE progress (sequence INTEGER NOT NULL, entities INTEGER NOT NULL, series INTEGER NOT NULL);
        CREATE TABLE name (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
        CREATE TABLE entity (key INTEGER PRIMARY KEY, tenant INTEGER NOT NULL, id TEXT NOT NULL, created INTEGER NOT NULL, modified INTEGER NOT NULL, deleted INTEGER, series BLOB NOT NULL, UNIQUE (tenant, id));
        CREATE TABLE entity_type (tenant INTEGER NOT NULL, type INTEGER NOT NULL, entity INTEGER NOT NULL, PRIMARY KEY (tenant, type, entity)) WITHOUT ROWID;
        CREATE TABLE chunk (key INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE TABLE gathered (key INTEGER PRIMARY KEY, body BLOB NOT NULL);
        CREATE TABLE recent (entity INTEGER NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, first INTEGER NOT NULL, points INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (entity, number)) WITHOUT ROWID;
        CREATE TABLE moved (instance TEXT NOT NULL, series INTEGER NOT NULL, time INTEGER NOT NULL, PRIMARY KEY (instance, series)) WITHOUT ROWID;
        CREATE TABLE lifetime (tenant INTEGER NOT NULL, type INTEGER NOT NULL, days INTEGER NOT NULL, detail INTEGER NOT NULL, period INTEGER NOT NULL, PRIMARY KEY (tenant, type)) WITHOUT ROWID;
        CREATE TABLE rolled (series INTEGER PRIMARY KEY, day INTEGER NOT NULL);
        CREATE TABLE changed (tenant INTEGER PRIMARY KEY, at INTEGER NOT NULL);
        INSERT INTO progress VALUES (0, 0, 0);
        """;

    public static SqliteConnection Open(string path, bool isWriter)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = isWriter ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadOnly }.ToString());
        connection.Open();
        SqliteSchema.Execute(connection, isWriter
            ? "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY;"
            : "PRAGMA cache_size = -16384; PRAGMA mmap_size = 1073741824; PRAGMA busy_timeout = 10000; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;");
        if (!isWriter) return connection;
        using var version = new Statement(connection.Handle!, "PRAGMA user_version");
        var found = version.First(r => r.Long(0));
        if (found == Version) return connection;
        if (found != 0) throw new InvalidDataException($"{path} was written by another version of Michi (tables {found}, here {Version}). Start it with that version, or choose another folder with --data.");
        SqliteSchema.Execute(connection, $"BEGIN; {Tables} PRAGMA user_version = {Version}; COMMIT;");
        return connection;
    }

    /// <summary>Whether the tables of a file are those of this version.</summary>
    public static bool IsCurrent(string path)
    {
        using var connection = Open(path, isWriter: false);
        using var version = new Statement(connection.Handle!, "PRAGMA user_version");
        return version.First(r => r.Long(0)) == Version;
    }

    /// <summary>The day of a time, in days since 1970.</summary>
    public static long DayOf(long time) => Math.DivRem(time, Day, out var rest) - (rest < 0 ? 1 : 0);

    /// <summary>The key of the chunk of a series in which a time lies.</summary>
    public static long KeyOf(long series, long time) => (series << DayBits) | (DayOf(Math.Clamp(time, -FirstDay * Day, (FirstDay - 1) * Day)) + FirstDay);
}
