using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>An entity that was changed since the tables were brought up to date.</summary>
/// <param name="key">Of the entity in the tables.</param>
/// <param name="isNew">Whether the tables do not have it yet.</param>
internal sealed class OverlayEntity(long key, string tenant, string id, bool isNew)
{
    public long Key => key;

    public string Tenant => tenant;

    public string Id => id;

    public bool IsNew => isNew;

    /// <summary>As <see cref="EntityCodec"/> writes it; null for an entity that is no more.</summary>
    public byte[]? Body { get; set; }

    /// <summary>What all its changes change in the indexes, in their order.</summary>
    public List<IndexDifference> Differences { get; } = new(1);
}

/// <summary>What was changed since the tables were last brought up to date: durable in the log, looked up here until the tables have it.</summary>
/// <remarks>
/// One thread adds, many read. The lists of keys only tell what came to be found by a value: what the tables tell of changed entities stays as it was, and
/// whoever reads checks each candidate as it is now.
/// </remarks>
/// <param name="since">Sequence of the last change that the tables (with the overlay before) have.</param>
internal sealed class Overlay(long since)
{
    /// <summary>Keys handed out at once.</summary>
    private const int Portion = 100;

    /// <summary>Stands for "has the attribute, with no value that could be looked for", as null cannot be a key.</summary>
    private static readonly object s_none = new();

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<(string Tenant, string Id), OverlayEntity> _byId = [];
    private readonly ConcurrentDictionary<long, OverlayEntity> _byKey = [];
    private readonly Dictionary<(string Tenant, string Type), KeyList> _types = [];
    private readonly Dictionary<(string Tenant, string Name), Dictionary<object, KeyList>> _values = [];
    private readonly Dictionary<(string Tenant, string Type, string? Name, AttributeKind Kind), long> _counts = [];
    private readonly SortedSet<(long At, string Tenant, string Id)> _expiry = [];

    public long Since { get; } = since;

    /// <summary>Sequence of the last change in it.</summary>
    public long Last { get; private set; } = since;

    /// <summary>Bytes of the bodies and changes added.</summary>
    public long Size { get; private set; }

    /// <summary>Every entity in it, those that are no more too.</summary>
    public IEnumerable<OverlayEntity> Entities => _byKey.Values;

    public OverlayEntity? Find(string tenant, string id) => _byId.GetValueOrDefault((tenant, id));

    public OverlayEntity? Find(long key) => _byKey.GetValueOrDefault(key);

    /// <summary>Adds a change that is durable.</summary>
    public void Add(in LoggedChange change, IndexDifference difference)
    {
        lock (_lock)
        {
            if (!_byKey.TryGetValue(change.Key, out var entity)) entity = new(change.Key, change.Tenant, change.Id, change.Before is null);
            entity.Body = change.After;
            entity.Differences.Add(difference);
            Index(entity, difference);
            _byKey[change.Key] = entity;
            _byId[(change.Tenant, change.Id)] = entity;
            Last = change.Sequence;
            Size += 500 + (change.After?.Length ?? 0) + 100 * difference.Values.Count;
        }
    }

    /// <summary>By how many the entities of a type became more; of all for the empty name.</summary>
    public long CountOf(string tenant, string type)
    {
        lock (_lock) return _counts.GetValueOrDefault((tenant, type, null, default));
    }

    /// <summary>By how much counts changed, as <see cref="IndexDifference.Counts"/> tells them.</summary>
    public List<((string Tenant, string Type, string? Name, AttributeKind Kind) Of, long By)> Counts()
    {
        lock (_lock) return [.. _counts.Select(c => (c.Key, c.Value))];
    }

    /// <summary>Entities with something that has expired, soonest first.</summary>
    public List<(string Tenant, string Id)> Expired(long now, int most)
    {
        lock (_lock) return [.. _expiry.TakeWhile(e => e.At <= now).Take(most).Select(e => (e.Tenant, e.Id))];
    }

    /// <summary>Keys after another of entities that got a type, ascending.</summary>
    public IEnumerable<long> OfType(string tenant, string type, long after) => Follow(() => _types.GetValueOrDefault((tenant, type)).All, after);

    /// <summary>Keys after another of entities that got an attribute, ascending.</summary>
    public List<long> WithAttribute(string tenant, string name, long after)
    {
        lock (_lock) return _values.TryGetValue((tenant, name), out var values) ? Sorted(values.Values.SelectMany(v => v.All ?? []), after) : [];
    }

    /// <summary>Keys after another of entities that got a value within a range, ascending.</summary>
    public IEnumerable<long> Within(string tenant, ValueRange range, long after)
    {
        var (low, high) = (Cut(range.Low), Cut(range.High));
        if (low is not null && low.Equals(high)) return Follow(() => _values.GetValueOrDefault((tenant, range.Name))?.GetValueOrDefault(low).All, after);
        lock (_lock) return _values.TryGetValue((tenant, range.Name), out var values) ? Sorted(values.Where(v => IsWithin(v.Key, low, high)).SelectMany(v => v.Value.All ?? []), after) : [];

        static object? Cut(object? bound) => bound is string text ? IndexEntry.Cut(text) : bound;

        // Texts longer than what is indexed are found by their beginning.
        static bool IsWithin(object value, object? low, object? high) => value switch
        {
            double number => !(low is double from && number < from) && !(high is double to && number > to) && (low ?? high) is double,
            string text => !(low is string from && string.CompareOrdinal(text, from) < 0) && !(high is string to && string.CompareOrdinal(text, to) > 0 && !text.StartsWith(to, StringComparison.Ordinal)) && (low ?? high) is string,
            bool => (low ?? high) is bool,
            _ => false,
        };
    }

    /// <summary>Keys after another of entities that got more values of an attribute than are told apart, ascending.</summary>
    public IEnumerable<long> WithMany(string tenant, string name, long after) => Follow(() => _values.GetValueOrDefault((tenant, name))?.GetValueOrDefault(IndexEntry.Overflow).All, after);

    /// <summary>Keys after another of entities that came to a place within boxes, ascending.</summary>
    public List<long> Within(string tenant, string property, IReadOnlyList<CellBox> boxes, long after)
    {
        lock (_lock)
            return _values.TryGetValue((tenant, property), out var values) ? Sorted(values.Where(v => v.Key is PlaceCell cell && boxes.Any(cell.Touches)).SelectMany(v => v.Value.All ?? []), after) : [];
    }

    private void Index(OverlayEntity entity, IndexDifference difference)
    {
        var (key, tenant) = (entity.Key, entity.Tenant);
        foreach (var (type, isThere) in difference.Types)
            if (isThere) CollectionsMarshal.GetValueRefOrAddDefault(_types, (tenant, type), out _).Insert(key);
        foreach (var (name, value, isThere) in difference.Values)
            if (isThere) CollectionsMarshal.GetValueRefOrAddDefault(Of(_values, (tenant, name)), value ?? s_none, out _).Insert(key);
        foreach (var (type, name, kind, by) in difference.Counts)
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, (tenant, type, name, kind), out _) += by;
        if (difference.Expired is { } was) _expiry.Remove((was, tenant, entity.Id));
        if (difference.Expires is { } next) _expiry.Add((next, tenant, entity.Id));
    }

    private static TValue Of<TKey, TValue>(Dictionary<TKey, TValue> from, TKey key) where TKey : notnull where TValue : new() =>
        CollectionsMarshal.GetValueRefOrAddDefault(from, key, out _) ??= new();

    /// <summary>Hands out an ascending list that may grow in between, portion by portion.</summary>
    private IEnumerable<long> Follow(Func<List<long>?> list, long after)
    {
        while (true)
        {
            List<long> portion;
            lock (_lock)
            {
                if (list() is not { } keys) yield break;
                var at = keys.BinarySearch(after);
                at = at < 0 ? ~at : at + 1;
                portion = keys.GetRange(at, Math.Min(Portion, keys.Count - at));
            }
            foreach (var key in portion) yield return after = key;
            if (portion.Count < Portion) yield break;
        }
    }

    private static List<long> Sorted(IEnumerable<long> keys, long after)
    {
        List<long> sorted = [.. keys.Where(k => k > after)];
        sorted.Sort();
        return sorted;
    }
}

/// <summary>Keys, ascending; mostly there is one, which takes no list.</summary>
internal struct KeyList
{
    private long _only;
    private List<long>? _all;

    /// <summary>Null where there is none.</summary>
    public readonly List<long>? All => _all ?? (_only > 0 ? [_only] : null);

    /// <summary>Most keys come in their order.</summary>
    public void Insert(long key)
    {
        if (_all is null && (_only == 0 || _only == key)) _only = key;
        else
        {
            _all ??= [_only];
            if (_all[^1] < key) _all.Add(key);
            else if (_all.BinarySearch(key) is < 0 and var at) _all.Insert(~at, key);
        }
    }
}

/// <summary>What lies over the tables: the overlay that grows, and the one that is being written into them, if one is.</summary>
internal sealed record Overlays(Overlay Active, Overlay? Frozen)
{
    public OverlayEntity? Find(string tenant, string id) => Active.Find(tenant, id) ?? Frozen?.Find(tenant, id);

    public OverlayEntity? Find(long key) => Active.Find(key) ?? Frozen?.Find(key);

    public IEnumerable<Overlay> All => Frozen is null ? [Active] : [Active, Frozen];
}
