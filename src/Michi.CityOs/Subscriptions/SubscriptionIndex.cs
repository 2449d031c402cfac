using Michi.CityOs.Queries;

namespace Michi.CityOs.Subscriptions;

/// <summary>Finds the subscriptions that a change may concern, without looking at the others.</summary>
/// <remarks>
/// A subscription stands under the ids it names, otherwise under its types, with a watched attribute where it names some; there under the value that its query
/// wants of an attribute, if it wants a certain one. Used under the lock of its owner.
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

    /// <summary>Subscriptions under one key.</summary>
    private sealed class Bucket
    {
        private readonly HashSet<Subscription> _rest = [];

        /// <summary>By the attribute whose value is wanted.</summary>
        private readonly Dictionary<string, Dictionary<Scalar, HashSet<Subscription>>> _byValue = new(StringComparer.Ordinal);

        public void Add(Subscription subscription)
        {
            if (WantedBy(subscription) is not { AnyOf: { } values } wanted)
            {
                _rest.Add(subscription);
                return;
            }
            if (!_byValue.TryGetValue(wanted.Attribute, out var byValue)) _byValue[wanted.Attribute] = byValue = [];
            foreach (var value in values)
            {
                if (!byValue.TryGetValue(value, out var there)) byValue[value] = there = [];
                there.Add(subscription);
            }
        }

        /// <returns>Whether it was the last.</returns>
        public bool Remove(Subscription subscription)
        {
            _rest.Remove(subscription);
            if (WantedBy(subscription) is { AnyOf: { } values } wanted && _byValue.TryGetValue(wanted.Attribute, out var byValue))
            {
                foreach (var value in values)
                    if (byValue.TryGetValue(value, out var there) && there.Remove(subscription) && there.Count == 0) byValue.Remove(value);
                if (byValue.Count == 0) _byValue.Remove(wanted.Attribute);
            }
            return _rest.Count + _byValue.Count == 0;
        }

        public void Find(EntityDifference change, HashSet<Subscription> to)
        {
            to.UnionWith(_rest);
            if (_byValue.Count == 0) return;
            foreach (var attribute in change.Entity.Attributes)
            {
                if (!_byValue.TryGetValue(attribute.Name, out var byValue)) continue;
                foreach (var value in Scalar.Of(attribute))
                    if (byValue.TryGetValue(value, out var wanting)) to.UnionWith(wanting);
            }
        }

        private static QCondition? WantedBy(Subscription subscription) => subscription.Query.Q?.Conditions.FirstOrDefault(c => c.AnyOf is not null);
    }
}
