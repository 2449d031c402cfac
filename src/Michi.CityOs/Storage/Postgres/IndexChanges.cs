using Michi.CityOs.Entities;
using Npgsql;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>The rows of the indexes that a group of changes adds and takes away. Attributes that stayed are the same objects and cost nothing.</summary>
internal sealed class IndexChanges(PostgresNames names, int slot)
{
    private readonly List<(int Tenant, int Type, long Entity)> _oldTypes = [], _newTypes = [];
    private readonly List<(int Tenant, int Name, byte[] Value, long Entity)> _oldValues = [], _newValues = [];
    private readonly List<long> _oldPlaces = [];
    private readonly List<(int Tenant, int Name, long Entity, (double West, double South, double East, double North) Box)> _newPlaces = [];
    private readonly Dictionary<(int Tenant, int Type, int Name, int Kind), long> _counts = [];
    private readonly List<object?> _values = [];

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
        if (_oldPlaces.Count > 0) batch.Add("DELETE FROM entity_place WHERE entity = ANY($1)").With(_oldPlaces.ToArray());
        if (_newPlaces.Count > 0)
            batch.Add("INSERT INTO entity_place (tenant, name, entity, box) SELECT tenant, name, entity, box(point(west, south), point(east, north)) FROM unnest($1, $2, $3, $4, $5, $6, $7) AS x (tenant, name, entity, west, south, east, north)")
                .With(_newPlaces.Column(p => p.Tenant)).With(_newPlaces.Column(p => p.Name)).With(_newPlaces.Column(p => p.Entity))
                .With(_newPlaces.Column(p => p.Box.West)).With(_newPlaces.Column(p => p.Box.South)).With(_newPlaces.Column(p => p.Box.East)).With(_newPlaces.Column(p => p.Box.North));
        var counts = _counts.Where(c => c.Value != 0).OrderBy(c => c.Key).ToList();
        if (counts.Count > 0)
            batch.Add("INSERT INTO type_attribute AS c (tenant, type, name, kind, slot, entities) SELECT tenant, type, name, kind, $6, entities FROM unnest($1, $2, $3, $4, $5) AS x (tenant, type, name, kind, entities) ON CONFLICT (tenant, type, name, kind, slot) DO UPDATE SET entities = c.entities + excluded.entities")
                .With(counts.Column(c => c.Key.Tenant)).With(counts.Column(c => c.Key.Type)).With(counts.Column(c => c.Key.Name)).With(counts.Column(c => c.Key.Kind))
                .With(counts.Column(c => c.Value)).With(slot);
    }

    private void Add(int tenant, long key, Entity? before, Entity? after)
    {
        if (before is null || after is null || !CountAlike(before, after))
        {
            if (before is not null) Count(tenant, before, -1);
            if (after is not null) Count(tenant, after, 1);
        }
        if (!ReferenceEquals(before?.Types, after?.Types))
        {
            foreach (var type in (before?.Types ?? []).Except(after?.Types ?? [])) _oldTypes.Add((tenant, names[type], key));
            foreach (var type in (after?.Types ?? []).Except(before?.Types ?? [])) _newTypes.Add((tenant, names[type], key));
        }
        // Two instances of an attribute may share a value: what one loses the other may keep. So attributes are compared as wholes.
        var was = new HashSet<EntityAttribute>(before?.Attributes ?? [], ReferenceEqualityComparer.Instance);
        was.SymmetricExceptWith(after?.Attributes ?? []);
        if (was.Count == 0) return;
        var changed = was.Select(a => a.Name).ToHashSet(StringComparer.Ordinal);
        HashSet<(int Name, object? Value)> old = Values(before, changed), now = Values(after, changed);
        foreach (var (name, value) in old)
            if (!now.Contains((name, value))) _oldValues.Add((tenant, name, IndexKey.Of(value), key));
        foreach (var (name, value) in now)
            if (!old.Contains((name, value))) _newValues.Add((tenant, name, IndexKey.Of(value), key));
        if (!was.Any(a => a.Kind == AttributeKind.GeoProperty)) return;
        if (before?.Attributes.Exists(a => a.Kind == AttributeKind.GeoProperty) == true) _oldPlaces.Add(key);
        foreach (var attribute in after?.Attributes ?? [])
            if (attribute.Kind == AttributeKind.GeoProperty && IndexEntry.Box(attribute.Value.Span) is { } box) _newPlaces.Add((tenant, names[attribute.Name], key, box));
    }

    private HashSet<(int Name, object? Value)> Values(Entity? entity, HashSet<string> of)
    {
        HashSet<(int, object?)> found = [];
        foreach (var attribute in entity?.Attributes ?? [])
        {
            if (!of.Contains(attribute.Name)) continue;
            _values.Clear();
            IndexEntry.Values(attribute, _values);
            foreach (var value in _values) found.Add((names[attribute.Name], value));
        }
        return found;
    }

    /// <summary>Counts an entity among all, among those of its types, and among those with its attributes; or takes it from them.</summary>
    private void Count(int tenant, Entity entity, int by)
    {
        Add(0, 0, 0);
        foreach (var type in entity.Types)
        {
            Add(names[type], 0, 0);
            for (var i = 0; i < entity.Attributes.Count; i++)
            {
                var attribute = entity.Attributes[i];
                // Instances of one attribute count once: the default instance, or else the first.
                if (attribute.DatasetId is not null && entity.Attributes.FindIndex(a => a.Name == attribute.Name) != i) continue;
                Add(names[type], names[attribute.Name], (int)attribute.Kind);
            }
        }

        void Add(int type, int name, int kind) => _counts[(tenant, type, name, kind)] = _counts.GetValueOrDefault((tenant, type, name, kind)) + by;
    }

    /// <summary>Whether two states of an entity count alike.</summary>
    private static bool CountAlike(Entity before, Entity after)
    {
        if (!ReferenceEquals(before.Types, after.Types) || before.Attributes.Count != after.Attributes.Count) return false;
        for (var i = 0; i < before.Attributes.Count; i++)
            if (before.Attributes[i].Name != after.Attributes[i].Name || before.Attributes[i].Kind != after.Attributes[i].Kind) return false;
        return true;
    }
}
