using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Michi.CityOs.Storage;

/// <summary>A connection and its statements, each prepared once. Not thread-safe.</summary>
internal sealed class Statements(SqliteConnection connection) : IDisposable
{
    private readonly Dictionary<string, Statement> _prepared = new(StringComparer.Ordinal);

    /// <summary>The statement of a text; one that is still under way must be <see cref="Own"/>.</summary>
    public Statement Prepare(string sql) => _prepared.TryGetValue(sql, out var statement) ? statement : _prepared[sql] = Own(sql);

    /// <summary>A statement of the caller's own, who disposes of it.</summary>
    public Statement Own(string sql) => new(connection.Handle!, sql);

    /// <summary>Key of the row last inserted.</summary>
    public long LastId => raw.sqlite3_last_insert_rowid(connection.Handle!);

    public void Dispose()
    {
        foreach (var statement in _prepared.Values) statement.Dispose();
        connection.Dispose();
    }
}
