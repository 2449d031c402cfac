namespace Michi.CityOs.Subscriptions;

/// <summary>Finds the subscriptions that a change may concern, without looking at the others.</summary>
/// <remarks>A subscription stands under the ids it names, otherwise under its types, with a watched attribute where it names some. Used under the lock of its owner.</remarks>
internal sealed class SubscriptionIndex
{
    /// <summary>Null stands for any, of types and of attributes.</summary>
    private readonly Dictionary<(string Tenant, string? Type, string? Attribute), HashSet<Subscription>> _byType = [];
    private readonly Dictionary<(string Tenant, string Id), HashSet<Subscription>> _byId = [];

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
        if (_byId.TryGetValue((tenant, change.Id), out var named)) to.UnionWith(named);
        FindType(null);
        foreach (var type in change.Types) FindType(type);

        void FindType(string? type)
        {
            if (_byType.TryGetValue((tenant, type, null), out var all)) to.UnionWith(all);
            foreach (var name in change.Names)
                if (_byType.TryGetValue((tenant, type, name), out var watching)) to.UnionWith(watching);
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

    private static void Put<TKey>(Dictionary<TKey, HashSet<Subscription>> to, TKey key, Subscription subscription)
        where TKey : notnull
    {
        if (!to.TryGetValue(key, out var there)) to[key] = there = [];
        there.Add(subscription);
    }

    private static void Drop<TKey>(Dictionary<TKey, HashSet<Subscription>> from, TKey key, Subscription subscription)
        where TKey : notnull
    {
        if (!from.TryGetValue(key, out var there)) return;
        there.Remove(subscription);
        if (there.Count == 0) from.Remove(key);
    }
}
