using System.Runtime.InteropServices;
using Michi.CityOs.Entities;
using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>The rows of the indexes that a group of changes adds and takes away. Attributes that stayed are the same objects and cost nothing.</summary>
/// <param name="numberOf">The number of a name that has one.</param>
internal sealed class IndexChanges(Func<string, int> numberOf, int slot)
{
    private readonly List<(int Tenant, int Type, long Entity)> _oldTypes = [], _newTypes = [];
    private readonly List<(int Tenant, int Name, byte[] Value, long Entity)> _oldValues = [], _newValues = [];
    private readonly Dictionary<(int Tenant, int Type, int Name, int Kind), long> _counts = [];

    public void Add(GroupChanges.State state)
    {
        if (state.IsKept)
        {
            Add(state.Tenant, state.Key, state.Before, state.Now);
            return;
        }
        if (state.IsGone) Add(state.Tenant, state.Key, state.Before, null);
        if (state.IsMade) Add(state.Tenant, state.NewKey, null, state.Now);
    }

    public void Write(NpgsqlBatch batch)
    {
        if (_oldTypes.Count > 0)
            batch.Add("DELETE FROM entity_type t USING unnest($1, $2, $3) AS x (tenant, type, entity) WHERE t.tenant = x.tenant AND t.type = x.type AND t.entity = x.entity")
                .With(_oldTypes.Column(t => t.Tenant)).With(_oldTypes.Column(t => t.Type)).With(_oldTypes.Column(t => t.Entity));
        if (_newTypes.Count > 0)
            batch.Add("INSERT INTO entity_type (tenant, type, entity) SELECT * FROM unnest($1, $2, $3) ON CONFLICT DO NOTHING")
                .With(_newTypes.Column(t => t.Tenant)).With(_newTypes.Column(t => t.Type)).With(_newTypes.Column(t => t.Entity));
        if (_oldValues.Count > 0)
            batch.Add("DELETE FROM entity_value v USING unnest($1, $2, $3, $4) AS x (tenant, name, value, entity) WHERE v.tenant = x.tenant AND v.name = x.name AND v.value = x.value AND v.entity = x.entity")
                .With(_oldValues.Column(v => v.Tenant)).With(_oldValues.Column(v => v.Name)).With(_oldValues.Column(v => v.Value)).With(_oldValues.Column(v => v.Entity));
        if (_newValues.Count > 0)
            batch.Add("INSERT INTO entity_value (tenant, name, value, entity) SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT DO NOTHING")
                .With(_newValues.Column(v => v.Tenant)).With(_newValues.Column(v => v.Name)).With(_newValues.Column(v => v.Value)).With(_newValues.Column(v => v.Entity));
        var counts = _counts.Where(c => c.Value != 0).OrderBy(c => c.Key).ToList();
        if (counts.Count > 0)
            batch.Add("INSERT INTO type_attribute AS c (tenant, type, name, kind, slot, entities) SELECT tenant, type, name, kind, $6, entities FROM unnest($1, $2, $3, $4, $5) AS x (tenant, type, name, kind, entities) ON CONFLICT (tenant, type, name, kind, slot) DO UPDATE SET entities = c.entities + excluded.entities")
                .With(counts.Column(c => c.Key.Tenant)).With(counts.Column(c => c.Key.Type)).With(counts.Column(c => c.Key.Name)).With(counts.Column(c => c.Key.Kind))
                .With(counts.Column(c => c.Value)).With(slot);
    }

    public void Add(int tenant, long key, Entity? before, Entity? after)
    {
        var difference = new IndexDifference(before, after);
        foreach (var (type, isThere) in difference.Types)
            if (type.Length > 0) (isThere ? _newTypes : _oldTypes).Add((tenant, numberOf(type), key));
        foreach (var (name, value, isThere) in difference.Values) (isThere ? _newValues : _oldValues).Add((tenant, numberOf(name), IndexKey.Of(value), key));
        foreach (var (type, name, kind, by) in difference.Counts)
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, (tenant, type.Length > 0 ? numberOf(type) : 0, name is null ? 0 : numberOf(name), (int)kind), out _) += by;
    }
}
