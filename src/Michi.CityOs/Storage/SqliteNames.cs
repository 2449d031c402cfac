using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Michi.CityOs.Storage;

/// <summary>The numbers that stand for names and tenants in the tables. Readers see a number only after it is committed.</summary>
internal sealed class SqliteNames
{
    private readonly ConcurrentDictionary<string, long> _names = new(StringComparer.Ordinal), _tenants = new(StringComparer.Ordinal);

    public SqliteNames(SqliteConnection connection)
    {
        Load(connection, "SELECT id, iri FROM name", _names);
        Load(connection, "SELECT id, name FROM tenant", _tenants);

        static void Load(SqliteConnection connection, string sql, ConcurrentDictionary<string, long> to)
        {
            using var all = new Statement(connection.Handle!, sql);
            while (all.Step()) to[all.Text(1)] = all.Long(0);
        }
    }

    /// <summary>0 where the name was never used.</summary>
    public long Name(string iri) => _names.GetValueOrDefault(iri);

    /// <summary>0 where the tables have no such tenant.</summary>
    public long Tenant(string name) => _tenants.GetValueOrDefault(name);

    public bool HasTenant(string name) => _tenants.ContainsKey(name);

    public IReadOnlyCollection<string> Tenants => [.. _tenants.Keys.Where(t => t.Length > 0)];

    public void AddName(string iri, long id) => _names[iri] = id;

    public void AddTenant(string name, long id) => _tenants[name] = id;

    /// <summary>Adds a tenant that the tables do not know yet.</summary>
    public void AddTenant(string name) => _tenants.TryAdd(name, 0);
}
