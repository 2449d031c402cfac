using Microsoft.Data.Sqlite;

namespace Michi.CityOs.Storage;

/// <summary>The tables of the embedded store.</summary>
internal static class SqliteSchema
{
    /// <summary>Raised with every change of the tables.</summary>
    public const int Version = 4;

    /// <summary>
    /// Keys grow with creation, so a listing in their order is stable. The tables without rowid hold, in the order of what they are looked up by, the keys of
    /// entities: by type (type 0: all of a tenant), by scope, and by value of an attribute, where SQLite's own order of types (numbers, texts, bytes) keeps
    /// numbers, texts, truth values (one byte) and places (nine bytes, <see cref="PlaceCell"/>) apart; no bytes at all stand for an attribute without a value that
    /// could be looked for.
    /// They lie behind the log of changes: progress tells up to which of them.
    /// How many entities of a type there are (name 0), and how many of them have an attribute of a kind, is counted, so that nobody has to look at all to tell.
    /// </summary>
    private const string Tables = """
        CREATE TABLE tenant (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
        CREATE TABLE name (id INTEGER PRIMARY KEY, iri TEXT NOT NULL UNIQUE);
        CREATE TABLE entity (key INTEGER PRIMARY KEY AUTOINCREMENT, tenant INTEGER NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (tenant, id));
        CREATE TABLE entity_type (tenant INTEGER NOT NULL, type INTEGER NOT NULL, entity INTEGER NOT NULL, PRIMARY KEY (tenant, type, entity)) WITHOUT ROWID;
        CREATE TABLE type_attribute (tenant INTEGER NOT NULL, type INTEGER NOT NULL, name INTEGER NOT NULL, kind INTEGER NOT NULL, entities INTEGER NOT NULL, PRIMARY KEY (tenant, type, name, kind)) WITHOUT ROWID;
        CREATE TABLE expiry (at INTEGER NOT NULL, tenant INTEGER NOT NULL, id TEXT NOT NULL, PRIMARY KEY (at, tenant, id)) WITHOUT ROWID;
        CREATE TABLE entity_value (tenant INTEGER NOT NULL, name INTEGER NOT NULL, value NOT NULL, entity INTEGER NOT NULL, PRIMARY KEY (tenant, name, value, entity)) WITHOUT ROWID;
        CREATE TABLE progress (sequence INTEGER NOT NULL);
        CREATE TABLE change_reader (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE document (sequence INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, tenant INTEGER NOT NULL, id TEXT NOT NULL, body BLOB NOT NULL, UNIQUE (kind, tenant, id));
        """;

    /// <summary>Opens the database of a folder, with the tables made where they are not there.</summary>
    public static SqliteConnection Open(string path, bool isWriter)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, Mode = isWriter ? SqliteOpenMode.ReadWriteCreate : SqliteOpenMode.ReadOnly }.ToString());
        connection.Open();
        Execute(connection, isWriter
            ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 16384; PRAGMA cache_size = -49152; PRAGMA busy_timeout = 10000; PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY;"
            : "PRAGMA cache_size = -4096; PRAGMA busy_timeout = 10000; PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;");
        if (!isWriter) return connection;
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA user_version";
        var version = Convert.ToInt32(command.ExecuteScalar(), System.Globalization.CultureInfo.InvariantCulture);
        if (version == Version) return connection;
        if (version != 0) throw new InvalidDataException($"{path} was written by another version of Michi (tables {version}, here {Version}). Start it with that version, or choose another folder with --data.");
        Execute(connection, $"BEGIN; {Tables} INSERT INTO tenant (id, name) VALUES (1, ''); INSERT INTO progress (sequence) VALUES (0); PRAGMA user_version = {Version}; COMMIT;");
        return connection;
    }

    /// <summary>What a database takes on disk, with its write-ahead log.</summary>
    public static long BytesOf(string path) => new[] { path, path + "-wal" }.Select(p => new FileInfo(p)).Where(f => f.Exists).Sum(f => f.Length);

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // constants of this file and its neighbours
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
