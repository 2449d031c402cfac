using System.Collections.Concurrent;
using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>The numbers that stand for names and tenants in the tables. Once given they never change, so each node may remember them; one that is not known here may be known to another.</summary>
internal sealed class PostgresNames(NpgsqlDataSource source)
{
    private readonly ConcurrentDictionary<string, int> _names = new(StringComparer.Ordinal), _tenants = new(StringComparer.Ordinal);

    /// <summary>0 where the name was never used.</summary>
    public ValueTask<int> FindNameAsync(string iri, CancellationToken cancel) => FindAsync(_names, iri, "SELECT id FROM name WHERE iri = $1", cancel);

    /// <summary>0 where there is no such tenant.</summary>
    public ValueTask<int> FindTenantAsync(string name, CancellationToken cancel) => FindAsync(_tenants, name, "SELECT id FROM tenant WHERE name = $1", cancel);

    /// <summary>The number of a tenant, which is made where it is not there.</summary>
    public async ValueTask<int> TenantAsync(string name, CancellationToken cancel)
    {
        if (await FindTenantAsync(name, cancel) is > 0 and var known) return known;
        await source.Command("INSERT INTO tenant (name) VALUES ($1) ON CONFLICT DO NOTHING").With(name).RunAsync(cancel);
        return await FindTenantAsync(name, cancel);
    }

    /// <summary>Gives a number to all names that have none.</summary>
    /// <remarks>In a transaction of its own: a name stays even where what it was made for fails, and no node waits for the work of another.</remarks>
    public async ValueTask LearnAsync(IEnumerable<string> iris, CancellationToken cancel)
    {
        string[] unknown = [.. iris.Where(i => !_names.ContainsKey(i)).Distinct().Order(StringComparer.Ordinal)];
        if (unknown.Length == 0) return;
        await source.Command("INSERT INTO name (iri) SELECT * FROM unnest($1) ON CONFLICT DO NOTHING").With(unknown).RunAsync(cancel);
        foreach (var (id, iri) in await source.Command("SELECT id, iri FROM name WHERE iri = ANY($1)").With(unknown).AllAsync(r => (r.GetInt32(0), r.GetString(1)), cancel)) _names[iri] = id;
    }

    /// <summary>As <see cref="LearnAsync"/>, for those who cannot wait otherwise.</summary>
    public void Learn(IEnumerable<string> iris) => LearnAsync(iris, CancellationToken.None).AsTask().GetAwaiter().GetResult();

    /// <summary>The number of a name that was learned.</summary>
    public int this[string iri] => _names[iri];

    private async ValueTask<int> FindAsync(ConcurrentDictionary<string, int> known, string name, string sql, CancellationToken cancel)
    {
        if (known.TryGetValue(name, out var id)) return id;
        id = await source.Command(sql).With(name).FirstAsync(r => r.GetInt32(0), cancel);
        return id == 0 ? 0 : known[name] = id;
    }
}
