using Michi.CityOs.Entities;

namespace Michi.CityOs.Queries;

/// <summary>The entities that relationships lead to, within one evaluation.</summary>
internal sealed class LinkedEntities(Func<string, Entity?>? resolve)
{
    /// <summary>Relationships fan out at every hop; more than this nobody waits for.</summary>
    private const int Most = 10_000;

    public static readonly LinkedEntities None = new(null);

    private int _count;

    public Entity? Find(string id)
    {
        if (resolve is null) return null;
        if (++_count > Most) throw NgsiLdException.TooComplexQuery($"The query follows more than {Most} relationships from one entity.");
        return resolve(id);
    }
}
