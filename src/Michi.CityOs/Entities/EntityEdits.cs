using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Entities;

/// <summary>Why an attribute of a request was not taken, clause 5.2.19.</summary>
internal sealed record NotUpdated(string Name, string Reason, string? Registration = null);

/// <summary>What a request did to the attributes of an entity, clause 5.2.18.</summary>
internal sealed record UpdateResult(IReadOnlyList<string> Updated, IReadOnlyList<NotUpdated> NotUpdated);

/// <summary>What operations make of entities. Nothing given is changed: what stays is handed on as the same object.</summary>
internal static class EntityEdits
{
    /// <summary>A new entity (clause 5.6.1).</summary>
    public static Entity Create(Entity read, DateTimeOffset now) => new()
    {
        Id = read.Id,
        Types = read.Types,
        Scopes = read.Scopes,
        ExpiresAt = Kept(read.ExpiresAt),
        CreatedAt = now,
        ModifiedAt = now,
        Attributes = [.. read.Attributes.Where(a => !a.IsNull).Select(a => Stamp(a, null, now))],
    };

    /// <summary>Puts one entity in the place of another (clause 5.6.18): only the time of creation stays.</summary>
    public static Entity Replace(Entity current, Entity read, DateTimeOffset now) => new()
    {
        Id = current.Id,
        Types = read.Types.Count > 0 ? read.Types : current.Types,
        Scopes = read.Scopes,
        ExpiresAt = Kept(read.ExpiresAt),
        CreatedAt = current.CreatedAt,
        ModifiedAt = now,
        Attributes = [.. read.Attributes.Where(a => !a.IsNull).Select(a => Stamp(a, null, now))],
    };

    /// <summary>Adds attributes (clause 5.6.3), in place of those there unless told not to; types are added.</summary>
    public static (Entity Entity, UpdateResult Result) Append(Entity current, Entity fragment, bool overwrites, DateTimeOffset now)
    {
        List<string> updated = [];
        List<NotUpdated> refused = [];
        var edit = new Edit(current);
        edit.AddTypes(fragment.Types);
        if (fragment.Scopes is not null)
        {
            edit.Scopes = overwrites || current.Scopes is null ? fragment.Scopes : [.. current.Scopes.Union(fragment.Scopes)];
            edit.IsChanged = true;
        }
        edit.Expire(fragment.ExpiresAt);
        foreach (var attribute in fragment.Attributes)
        {
            var old = edit.Find(attribute);
            if (old is not null && !overwrites) refused.Add(new(attribute.Name, "The attribute is there and overwriting was not wanted."));
            else if (attribute.IsNull)
            {
                if (old is null) refused.Add(new(attribute.Name, "The attribute is not there."));
                else
                {
                    edit.Remove(old);
                    updated.Add(attribute.Name);
                }
            }
            else
            {
                edit.Put(Stamp(attribute, old, now));
                updated.Add(attribute.Name);
            }
        }
        return (edit.Done(now), new([.. updated.Distinct()], refused));
    }

    /// <summary>Puts attributes in the place of those that are there (clause 5.6.2) and adds those that are not.</summary>
    public static (Entity Entity, UpdateResult Result) Update(Entity current, Entity fragment, DateTimeOffset now)
    {
        List<string> updated = [];
        List<NotUpdated> refused = [];
        var edit = new Edit(current);
        edit.AddTypes(fragment.Types);
        if (fragment.Scopes is not null)
        {
            if (current.Scopes is null) refused.Add(new(CoreContext.NgsiLd + "scope", "The entity has no scope."));
            else (edit.Scopes, edit.IsChanged) = (fragment.Scopes, true);
        }
        edit.Expire(fragment.ExpiresAt);
        foreach (var attribute in fragment.Attributes)
        {
            var old = edit.Find(attribute);
            if (old is null && attribute.IsNull)
            {
                refused.Add(new(attribute.Name, "The attribute is not there."));
                continue;
            }
            if (attribute.IsNull) edit.Remove(old!);
            else edit.Put(Stamp(attribute, old, now));
            updated.Add(attribute.Name);
        }
        return (edit.Done(now), new([.. updated.Distinct()], refused));
    }

    /// <summary>Changes members of one instance of an attribute (clause 5.6.4).</summary>
    public static Entity UpdateAttribute(Entity current, EntityAttribute part, DateTimeOffset now)
    {
        var old = current.Find(part.Name, part.DatasetId) ?? throw NgsiLdException.ResourceNotFound($"The attribute {part.Name}{(part.DatasetId is null ? "" : $" with datasetId {part.DatasetId}")}");
        var edit = new Edit(current);
        if (part.IsNull) edit.Remove(old);
        else edit.Put(MergeAttribute(old, part, now, isDeep: false));
        return edit.Done(now);
    }

    /// <summary>Puts one instance of an attribute in the place of the one there (clause 5.6.19).</summary>
    public static Entity ReplaceAttribute(Entity current, EntityAttribute attribute, DateTimeOffset now)
    {
        if (attribute.IsNull) throw NgsiLdException.BadRequestData($"The attribute {attribute.Name} needs a value; DELETE takes it away.");
        var old = current.Find(attribute.Name, attribute.DatasetId) ?? throw NgsiLdException.ResourceNotFound($"The attribute {attribute.Name}{(attribute.DatasetId is null ? "" : $" with datasetId {attribute.DatasetId}")}");
        var edit = new Edit(current);
        edit.Put(Stamp(attribute, old, now));
        return edit.Done(now);
    }

    /// <summary>Takes away one instance of an attribute, or all of them (clause 5.6.5).</summary>
    public static Entity DeleteAttribute(Entity current, string name, string? datasetId, bool isAll, DateTimeOffset now)
    {
        var gone = current.Attributes.Where(a => a.Name == name && (isAll || a.DatasetId == datasetId)).ToList();
        if (gone.Count == 0) throw NgsiLdException.ResourceNotFound($"The attribute {name}{(datasetId is null ? "" : $" with datasetId {datasetId}")}");
        var edit = new Edit(current);
        foreach (var attribute in gone) edit.Remove(attribute);
        return edit.Done(now);
    }

    /// <summary>Takes away the scope (clause 5.6.5).</summary>
    public static Entity DeleteScope(Entity current, DateTimeOffset now)
    {
        if (current.Scopes is null) throw NgsiLdException.ResourceNotFound("The scope");
        var edit = new Edit(current) { Scopes = null, IsChanged = true };
        return edit.Done(now);
    }

    /// <summary>Merges a fragment into an entity (clauses 5.6.17 and 5.5.12): what it does not name stays.</summary>
    public static Entity Merge(Entity current, Entity fragment, DateTimeOffset now)
    {
        var edit = new Edit(current);
        edit.AddTypes(fragment.Types);
        if (fragment.Scopes is not null) (edit.Scopes, edit.IsChanged) = (fragment.Scopes, true);
        edit.Expire(fragment.ExpiresAt);
        foreach (var part in fragment.Attributes)
        {
            var old = edit.Find(part);
            if (part.IsNull)
            {
                if (old is not null) edit.Remove(old);
            }
            else if (old is null)
            {
                if (part.Value.IsEmpty) throw NgsiLdException.BadRequestData($"The attribute {part.Name} is new and needs a value.");
                edit.Put(Stamp(part, null, now));
            }
            else edit.Put(MergeAttribute(old, part, now, isDeep: true));
        }
        return edit.Done(now);
    }

    private static EntityAttribute MergeAttribute(EntityAttribute old, EntityAttribute part, DateTimeOffset now, bool isDeep)
    {
        var kind = part.IsKindGiven || !part.Value.IsEmpty ? part.Kind : old.Kind;
        // A concise value does not tell whether a Property or a Relationship is meant: the one there decides.
        if (!part.IsKindGiven && part.Kind == AttributeKind.Property && old.Kind != AttributeKind.GeoProperty)
        {
            kind = old.Kind;
            if (kind != AttributeKind.Property && !part.Value.IsEmpty && !Fits(kind, JsonSerializer.Deserialize<JsonElement>(part.Value.Span))) throw NgsiLdException.BadRequestData($"The attribute {old.Name} is a {kind}, which the value does not fit.");
        }
        if (part.IsKindGiven && part.Kind != old.Kind)
        {
            if (!isDeep) throw NgsiLdException.BadRequestData($"The attribute {old.Name} is a {old.Kind} and cannot become a {part.Kind} by a partial update.");
            if (part.Value.IsEmpty) throw NgsiLdException.BadRequestData($"The attribute {old.Name} is to become a {part.Kind} and needs a value.");
            return Stamp(part, old, now);
        }
        var attributes = old.Attributes;
        foreach (var inner in part.Attributes ?? [])
        {
            var there = attributes?.Find(a => a.Name == inner.Name && a.DatasetId == inner.DatasetId);
            var rest = attributes?.Where(a => !ReferenceEquals(a, there)) ?? [];
            if (inner.IsNull) attributes = [.. rest];
            else if (there is null || !isDeep)
            {
                if (inner.Value.IsEmpty) throw NgsiLdException.BadRequestData($"The attribute {inner.Name} of {old.Name} needs a value.");
                attributes = [.. rest, Stamp(inner, there, now)];
            }
            else attributes = [.. rest, MergeAttribute(there, inner, now, isDeep)];
        }
        return new EntityAttribute
        {
            Name = old.Name,
            Kind = kind,
            Value = part.Value.IsEmpty ? old.Value : isDeep ? MergeValue(kind, old.Value, part.Value) : part.Value,
            DatasetId = old.DatasetId,
            ObservedAt = part.ObservedAt ?? old.ObservedAt,
            UnitCode = part.UnitCode == EntityAttribute.Null ? null : part.UnitCode ?? old.UnitCode,
            ObjectTypes = part.ObjectTypes ?? old.ObjectTypes,
            ValueType = part.ValueType ?? old.ValueType,
            ExpiresAt = part.ExpiresAt ?? old.ExpiresAt,
            CreatedAt = old.CreatedAt,
            ModifiedAt = now,
            Attributes = attributes is { Count: > 0 } ? attributes : null,
        };
    }

    /// <summary>Whether a value can be what the member of a kind holds.</summary>
    private static bool Fits(AttributeKind kind, JsonElement value)
    {
        return kind switch
        {
            AttributeKind.Relationship => value.OneOrMany().All(IsUri),
            AttributeKind.VocabProperty => value.OneOrMany().All(v => v.ValueKind == JsonValueKind.String),
            AttributeKind.LanguageProperty => value.ValueKind == JsonValueKind.Object && value.EnumerateObject().All(m => m.Value.ValueKind == JsonValueKind.Null || m.Value.OneOrMany().All(t => t.ValueKind == JsonValueKind.String)),
            AttributeKind.ListProperty => value.ValueKind == JsonValueKind.Array,
            AttributeKind.ListRelationship => value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(o => o.ValueKind == JsonValueKind.Object && o.EnumerateObject().Count() == 1 && o.TryGetProperty("object", out var target) && IsUri(target)),
            _ => true,
        };

        static bool IsUri(JsonElement one) => one.ValueKind == JsonValueKind.String && EntityReader.IsUri(one.GetString()!);
    }

    /// <summary>Objects are merged member by member, RFC 7396, the NGSI-LD Null taking away; all else is replaced.</summary>
    private static ReadOnlyMemory<byte> MergeValue(AttributeKind kind, ReadOnlyMemory<byte> old, ReadOnlyMemory<byte> patch)
    {
        if (kind is not (AttributeKind.Property or AttributeKind.LanguageProperty or AttributeKind.JsonProperty)) return patch;
        if (old.Span is not [(byte)'{', ..] || patch.Span is not [(byte)'{', ..]) return patch;
        var merged = Merge(JsonNode.Parse(old.Span), JsonNode.Parse(patch.Span));
        return JsonSerializer.SerializeToUtf8Bytes(merged, PlainJson.Serializer);

        static JsonNode? Merge(JsonNode? target, JsonNode? patch)
        {
            if (patch is not JsonObject members) return patch?.DeepClone();
            var result = target is JsonObject there ? (JsonObject)there.DeepClone() : [];
            foreach (var (name, value) in members)
            {
                if (value is null || (value is JsonValue text && text.TryGetValue(out string? told) && told == EntityAttribute.Null)) result.Remove(name);
                else result[name] = Merge(result[name], value);
            }
            return result;
        }
    }

    private static DateTimeOffset? Kept(DateTimeOffset? expiresAt) => expiresAt == DateTimeOffset.MaxValue ? null : expiresAt;

    /// <summary>An attribute as it is kept: with the times of creation and change, its parts too, which need values: a fragment may lack them.</summary>
    private static EntityAttribute Stamp(EntityAttribute attribute, EntityAttribute? old, DateTimeOffset now) =>
        attribute.Kept(old?.CreatedAt ?? now, now, attribute.Attributes is null ? null : Stamped(attribute, old, now));

    private static List<EntityAttribute> Stamped(EntityAttribute of, EntityAttribute? old, DateTimeOffset now)
    {
        List<EntityAttribute> stamped = [];
        foreach (var inner in of.Attributes!)
        {
            if (inner.IsNull) continue;
            if (inner.Value.IsEmpty) throw NgsiLdException.BadRequestData($"The attribute {inner.Name} of {of.Name} is new and needs a value.");
            stamped.Add(Stamp(inner, old?.Attributes?.Find(o => o.Name == inner.Name && o.DatasetId == inner.DatasetId), now));
        }
        return stamped;
    }

    /// <summary>An entity under change.</summary>
    private sealed class Edit(Entity current)
    {
        /// <summary>So many attributes are looked through one after another.</summary>
        private const int Few = 16;

        private readonly List<EntityAttribute?> _attributes = [.. current.Attributes];
        private Dictionary<(string, string?), int>? _at;
        private List<string> _types = current.Types;
        private DateTimeOffset? _expiresAt = current.ExpiresAt;

        public List<string>? Scopes { get; set; } = current.Scopes;

        public bool IsChanged { get; set; }

        private int IndexOf(string name, string? datasetId)
        {
            if (_attributes.Count <= Few) return _attributes.FindIndex(a => a is not null && a.Name == name && a.DatasetId == datasetId);
            if (_at is null)
            {
                _at = [];
                for (var i = 0; i < _attributes.Count; i++)
                    if (_attributes[i] is { } attribute) _at[(attribute.Name, attribute.DatasetId)] = i;
            }
            return _at.GetValueOrDefault((name, datasetId), -1);
        }

        public EntityAttribute? Find(EntityAttribute like) => IndexOf(like.Name, like.DatasetId) is >= 0 and var at ? _attributes[at] : null;

        public void Put(EntityAttribute attribute)
        {
            var at = IndexOf(attribute.Name, attribute.DatasetId);
            if (at >= 0) _attributes[at] = attribute;
            else
            {
                _at?.Add((attribute.Name, attribute.DatasetId), _attributes.Count);
                _attributes.Add(attribute);
            }
            IsChanged = true;
        }

        public void Remove(EntityAttribute attribute)
        {
            _attributes[IndexOf(attribute.Name, attribute.DatasetId)] = null;
            _at?.Remove((attribute.Name, attribute.DatasetId));
            IsChanged = true;
        }

        public void AddTypes(List<string> types)
        {
            foreach (var type in types)
            {
                if (_types.Contains(type)) continue;
                _types = [.. _types, type];
                IsChanged = true;
            }
        }

        public void Expire(DateTimeOffset? expiresAt)
        {
            if (expiresAt is null) return;
            _expiresAt = Kept(expiresAt);
            IsChanged = true;
        }

        public Entity Done(DateTimeOffset now) => !IsChanged ? current : new()
        {
            Id = current.Id,
            Types = _types,
            Scopes = Scopes is { Count: 0 } ? null : Scopes,
            ExpiresAt = _expiresAt,
            CreatedAt = current.CreatedAt,
            ModifiedAt = now,
            Attributes = [.. _attributes.OfType<EntityAttribute>()],
        };
    }
}
