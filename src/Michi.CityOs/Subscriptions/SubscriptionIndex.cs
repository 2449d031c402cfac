using Michi.CityOs.Queries;

namespace Michi.CityOs.Subscriptions;

/// <summary>Finds the subscriptions that a change may concern, without looking at the others.</summary>
/// <remarks>
/// A subscription stands under the ids it names, otherwise under its types, with a watched attribute where it names some; there under the value that its query
/// wants of an attribute, or the place, or the range of its numbers. What is found is still to be checked. The entity as it is after the change is looked at, as by
/// that check: one that does not match any more concerns nobody. Used under the lock of its owner.
/// </remarks>
internal sealed class SubscriptionIndex
{
    /// <summary>Null stands for any, of types and of attributes.</summary>
    private readonly Dictionary<(string Tenant, string? Type, string? Attribute), Bucket> _byType = [];
    private readonly Dictionary<(string Tenant, string Id), Bucket> _byId = [];

    public void Add(Subscription subscription)
    {
        foreach (var (id, type, attribute) in KeysOf(subscription))
        {
            if (id is not null) Put(_byId, (subscription.Tenant, id), subscription);
            else Put(_byType, (subscription.Tenant, type, attribute), subscription);
        }
    }

    public void Remove(Subscription subscription)
    {
        foreach (var (id, type, attribute) in KeysOf(subscription))
        {
            if (id is not null) Drop(_byId, (subscription.Tenant, id), subscription);
            else Drop(_byType, (subscription.Tenant, type, attribute), subscription);
        }
    }

    /// <summary>Adds those a change may concern.</summary>
    public void Find(EntityDifference change, HashSet<Subscription> to)
    {
        var tenant = change.Tenant;
        _byId.GetValueOrDefault((tenant, change.Id))?.Find(change, to);
        FindType(null);
        foreach (var type in change.Types) FindType(type);

        void FindType(string? type)
        {
            _byType.GetValueOrDefault((tenant, type, null))?.Find(change, to);
            foreach (var name in change.Names) _byType.GetValueOrDefault((tenant, type, name))?.Find(change, to);
        }
    }

    private static HashSet<(string? Id, string? Type, string? Attribute)> KeysOf(Subscription subscription)
    {
        HashSet<(string?, string?, string?)> keys = [];
        // By the clock alone.
        if (subscription.Interval is not null) return keys;
        var isWhole = subscription.Watched is null || (subscription.Triggers & (Triggers.EntityCreated | Triggers.EntityDeleted)) != 0;
        IEnumerable<string?> attributes = isWhole ? [null] : subscription.Watched!;
        if (subscription.Query.Selectors is null)
        {
            foreach (var attribute in attributes) keys.Add((null, null, attribute));
            return keys;
        }
        foreach (var selector in subscription.Query.Selectors)
        {
            if (selector.Ids is not null)
            {
                foreach (var id in selector.Ids) keys.Add((id, null, null));
                continue;
            }
            foreach (var type in selector.Types is { IsEverything: false } types ? types.Names : (IEnumerable<string?>)[null])
                foreach (var attribute in attributes) keys.Add((null, type, attribute));
        }
        return keys;
    }

    private static void Put<TKey>(Dictionary<TKey, Bucket> to, TKey key, Subscription subscription) where TKey : notnull
    {
        if (!to.TryGetValue(key, out var there)) to[key] = there = new();
        there.Add(subscription);
    }

    private static void Drop<TKey>(Dictionary<TKey, Bucket> from, TKey key, Subscription subscription) where TKey : notnull
    {
        if (from.TryGetValue(key, out var there) && there.Remove(subscription)) from.Remove(key);
    }

    /// <summary>Subscriptions under one key, each in one place: by the first of what it wants that can be looked up.</summary>
    private sealed class Bucket
    {
        private readonly HashSet<Subscription> _rest = [];

        /// <summary>By the attribute whose value is wanted.</summary>
        private readonly Dictionary<string, Dictionary<Scalar, HashSet<Subscription>>> _byValue = new(StringComparer.Ordinal);

        /// <summary>By the attribute that is to be somewhere, in degrees.</summary>
        private readonly Dictionary<string, BoxIndex<Subscription>> _byPlace = new(StringComparer.Ordinal);

        /// <summary>By the attribute of which a number is to be in a range.</summary>
        private readonly Dictionary<string, BoxIndex<Subscription>> _byRange = new(StringComparer.Ordinal);

        public void Add(Subscription subscription)
        {
            if (ValuesOf(subscription) is { AnyOf: { } values } wanted)
            {
                if (!_byValue.TryGetValue(wanted.Attribute, out var byValue)) _byValue[wanted.Attribute] = byValue = [];
                foreach (var value in values)
                {
                    if (!byValue.TryGetValue(value, out var there)) byValue[value] = there = [];
                    there.Add(subscription);
                }
            }
            else if (subscription.Query.Geo is { Boxes: { } boxes } place) Of(_byPlace, place.GeoProperty).Add(subscription, boxes.Select(b => new Box(b.West, b.South, b.East, b.North)));
            else if (RangeOf(subscription) is { } range) Of(_byRange, range.Attribute).Add(subscription, [range.Box]);
            else _rest.Add(subscription);
        }

        /// <returns>Whether it was the last.</returns>
        public bool Remove(Subscription subscription)
        {
            if (ValuesOf(subscription) is { AnyOf: { } values } wanted)
            {
                if (_byValue.TryGetValue(wanted.Attribute, out var byValue))
                {
                    foreach (var value in values)
                        if (byValue.TryGetValue(value, out var there) && there.Remove(subscription) && there.Count == 0) byValue.Remove(value);
                    if (byValue.Count == 0) _byValue.Remove(wanted.Attribute);
                }
            }
            else if (subscription.Query.Geo is { Boxes: not null } place) Drop(_byPlace, place.GeoProperty);
            else if (RangeOf(subscription) is { } range) Drop(_byRange, range.Attribute);
            else _rest.Remove(subscription);
            return _rest.Count + _byValue.Count + _byPlace.Count + _byRange.Count == 0;

            void Drop(Dictionary<string, BoxIndex<Subscription>> from, string attribute)
            {
                if (!from.TryGetValue(attribute, out var there)) return;
                there.Remove(subscription);
                if (there.Count == 0) from.Remove(attribute);
            }
        }

        public void Find(EntityDifference change, HashSet<Subscription> to)
        {
            to.UnionWith(_rest);
            if (_byValue.Count > 0)
                foreach (var attribute in change.Entity.Attributes)
                {
                    if (!_byValue.TryGetValue(attribute.Name, out var byValue)) continue;
                    foreach (var value in Scalar.Of(attribute))
                        if (byValue.TryGetValue(value, out var wanting)) to.UnionWith(wanting);
                }
            if (_byPlace.Count > 0)
                foreach (var (name, box) in change.Places)
                    if (_byPlace.TryGetValue(name, out var there)) there.Find(box, to);
            if (_byRange.Count > 0)
                foreach (var (name, box) in change.Numbers)
                    if (_byRange.TryGetValue(name, out var there)) there.Find(box, to);
        }

        private static BoxIndex<Subscription> Of(Dictionary<string, BoxIndex<Subscription>> all, string attribute)
        {
            if (!all.TryGetValue(attribute, out var there)) all[attribute] = there = new();
            return there;
        }

        private static QCondition? ValuesOf(Subscription subscription) => subscription.Query.Q?.Conditions.FirstOrDefault(c => c.AnyOf is not null);

        /// <summary>Where the numbers of an attribute have to reach, preferably from both sides; null where nothing is known.</summary>
        /// <remarks>
        /// Each bound holds of some number of the attribute, so all of them together reach below the upper and above the lower one, even where these are of different
        /// instances.
        /// </remarks>
        private static (string Attribute, Box Box)? RangeOf(Subscription subscription)
        {
            if (subscription.Query.Q is not { } q) return null;
            (string Attribute, Box Box)? found = null;
            foreach (var bounds in q.Conditions.Where(c => (c.Low ?? c.High) is { Kind: ScalarKind.Number }).GroupBy(c => c.Attribute))
            {
                var box = new Box(bounds.Max(b => b.Low?.Number ?? double.NegativeInfinity), 0, bounds.Min(b => b.High?.Number ?? double.PositiveInfinity), 0);
                if (found is null || (double.IsFinite(box.Left) && double.IsFinite(box.Right))) found = (bounds.Key, box);
            }
            return found;
        }
    }
}
