using Michi.CityOs.Entities;

namespace Michi.CityOs.Queries;

/// <summary>Which entities are meant: all that is told has to hold, clause 5.2.8 (EntityInfo) and 5.7.2.</summary>
internal sealed record EntitySelector
{
    /// <summary>Any of these ids; null for all.</summary>
    public IReadOnlySet<string>? Ids { get; init; }

    public TextPattern? IdPattern { get; init; }

    public TypeSelection? Types { get; init; }

    public bool Matches(string id, IReadOnlyList<string> types) => Ids?.Contains(id) != false && Types?.Matches(types) != false && IdPattern?.Matches(id) != false;

    /// <summary>The only ids that can match one of some selectors; null where others can too.</summary>
    public static HashSet<string>? IdsOf(IReadOnlyList<EntitySelector>? selectors) => selectors?.All(s => s.Ids is not null) == true ? [.. selectors.SelectMany(s => s.Ids!)] : null;

    /// <summary>Expanded types of which an entity has to have one to match one of some selectors; null where others can too.</summary>
    public static HashSet<string>? TypesOf(IReadOnlyList<EntitySelector>? selectors) =>
        selectors?.All(s => s.Types is { IsEverything: false }) == true ? [.. selectors.SelectMany(s => s.Types!.Names)] : null;
}

/// <summary>What entities have to be to answer a query, clause 5.7.2.4; null members ask for nothing.</summary>
internal sealed record EntityQuery
{
    public static readonly EntityQuery Everything = new();

    /// <summary>One of these has to match; several come from a query sent as a document (clause 5.2.23) and from subscriptions.</summary>
    public IReadOnlyList<EntitySelector>? Selectors { get; init; }

    /// <summary>Expanded names; the entity has one of these attributes.</summary>
    public IReadOnlySet<string>? Attrs { get; init; }

    public QFilter? Q { get; init; }

    public GeoFilter? Geo { get; init; }

    public ScopeFilter? Scope { get; init; }

    /// <summary>The entity has an instance of an attribute (of <see cref="Attrs"/>, if told) with one of these, "@none" standing for the default instance.</summary>
    public IReadOnlySet<string>? Datasets { get; init; }

    /// <summary>csf: asked of registrations of context sources, not of entities (clause 4.9).</summary>
    public QFilter? SourceFilter { get; init; }

    /// <summary>Whether entities match by others they are linked to.</summary>
    public bool FollowsLinks => Q is { Hops: > 0 };

    /// <param name="resolve">Finds linked entities for <see cref="Q"/>; null where they are not followed.</param>
    public bool Matches(Entity entity, Func<string, Entity?>? resolve = null) =>
        IsSelected(entity.Id, entity.Types) && HasAttribute(entity) && Scope?.Matches(entity.Scopes) != false && Q?.Matches(entity, resolve) != false && Geo?.Matches(entity) != false;

    /// <summary>The same where it takes time to find linked entities: those of one step are found, then those they lead to.</summary>
    public async ValueTask<bool> MatchesAsync(Entity entity, Func<string, ValueTask<Entity?>> find)
    {
        Dictionary<string, Entity?> known = new(StringComparer.Ordinal);
        while (true)
        {
            HashSet<string> missing = [];
            var isMatch = Matches(entity, id =>
            {
                if (!known.TryGetValue(id, out var linked)) missing.Add(id);
                return linked;
            });
            if (missing.Count == 0) return isMatch;
            foreach (var id in missing) known[id] = await find(id);
        }
    }

    /// <summary>Whether one of the selectors matches, as far as these two tell.</summary>
    public bool IsSelected(string id, IReadOnlyList<string> types)
    {
        if (Selectors is null) return true;
        foreach (var selector in Selectors)
            if (selector.Matches(id, types)) return true;
        return false;
    }

    private bool HasAttribute(Entity entity)
    {
        if (Attrs is null && Datasets is null) return true;
        foreach (var attribute in entity.Attributes)
            if (Attrs?.Contains(attribute.Name) != false && Datasets?.Contains(attribute.DatasetId ?? "@none") != false) return true;
        return false;
    }
}
