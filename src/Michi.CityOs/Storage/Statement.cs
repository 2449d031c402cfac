using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Michi.CityOs.Storage;

/// <summary>A prepared statement of SQLite, used again and again without a command object and boxed parameters around it. Not thread-safe.</summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public Statement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v2(database, sql, out _statement));
    }

    public void Dispose() => _statement.Dispose();

    public Statement Bind(int at, long value)
    {
        Check(raw.sqlite3_bind_int64(_statement, at, value));
        return this;
    }

    public Statement Bind(int at, long? value)
    {
        if (value is { } there) return Bind(at, there);
        Check(raw.sqlite3_bind_null(_statement, at));
        return this;
    }

    public Statement Bind(int at, string value)
    {
        Check(raw.sqlite3_bind_text(_statement, at, value));
        return this;
    }

    public Statement Bind(int at, ReadOnlySpan<byte> value)
    {
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_statement, at, 0) : raw.sqlite3_bind_blob(_statement, at, value));
        return this;
    }

    public Statement Bind(int at, double value)
    {
        Check(raw.sqlite3_bind_double(_statement, at, value));
        return this;
    }

    public Statement Bind(int at, object? value) => value switch
    {
        double number => Bind(at, number),
        string text => Bind(at, text),
        bool flag => Bind(at, flag ? True : False),
        long => Bind(at, Overflow),
        PlaceCell cell => Bind(at, cell),
        _ => Bind(at, ReadOnlySpan<byte>.Empty),
    };

    /// <summary>One byte of all ones and the cell: so places come after all other values, and sort among themselves as cells do.</summary>
    public Statement Bind(int at, PlaceCell cell)
    {
        Span<byte> bytes = stackalloc byte[1 + PlaceCell.Size];
        bytes[0] = 255;
        cell.Write(bytes[1..]);
        return Bind(at, bytes);
    }

    private static ReadOnlySpan<byte> True => [1];

    private static ReadOnlySpan<byte> False => [0];

    /// <summary>Of <see cref="IndexEntry.Overflow"/>.</summary>
    private static ReadOnlySpan<byte> Overflow => [255];

    /// <summary>Goes to the next row; false where there is none.</summary>
    public bool Step()
    {
        var result = raw.sqlite3_step(_statement);
        if (result == raw.SQLITE_ROW) return true;
        if (result == raw.SQLITE_DONE) return false;
        raw.sqlite3_reset(_statement);
        throw Fault(result);
    }

    /// <summary>Runs a statement without rows.</summary>
    public void Run()
    {
        Step();
        Reset();
    }

    /// <summary>What the first row tells; the default where there is none.</summary>
    public T? First<T>(Func<Statement, T> read)
    {
        try
        {
            return Step() ? read(this) : default;
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>What all rows tell.</summary>
    public List<T> All<T>(Func<Statement, T> read)
    {
        try
        {
            List<T> all = [];
            while (Step()) all.Add(read(this));
            return all;
        }
        finally
        {
            Reset();
        }
    }

    public void Reset() => raw.sqlite3_reset(_statement);

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    public byte[] Bytes(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    /// <summary>The bytes themselves, until the next step.</summary>
    public ReadOnlySpan<byte> Blob(int column) => raw.sqlite3_column_blob(_statement, column);

    /// <summary>A cell as it was bound.</summary>
    public PlaceCell Cell(int column) => PlaceCell.Read(Blob(column)[1..]);

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK) throw Fault(result);
    }

    private SqliteException Fault(int result) => new(raw.sqlite3_errmsg(_database).utf8_to_string(), result & 0xff, result);
}
