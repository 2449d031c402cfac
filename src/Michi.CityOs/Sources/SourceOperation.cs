using System.Collections.Frozen;

namespace Michi.CityOs.Sources;

/// <summary>Operations a context source can take part in, ETSI GS CIM 009, clause 4.20, table 4.20-1; the names are those of the table.</summary>
[Flags]
internal enum SourceOperation : ulong
{
    None = 0,
    CreateEntity = 1UL << 0,
    UpdateEntity = 1UL << 1,
    AppendAttrs = 1UL << 2,
    UpdateAttrs = 1UL << 3,
    DeleteAttrs = 1UL << 4,
    DeleteEntity = 1UL << 5,
    CreateBatch = 1UL << 6,
    UpsertBatch = 1UL << 7,
    UpdateBatch = 1UL << 8,
    DeleteBatch = 1UL << 9,
    UpsertTemporal = 1UL << 10,
    AppendAttrsTemporal = 1UL << 11,
    DeleteAttrsTemporal = 1UL << 12,
    UpdateAttrInstanceTemporal = 1UL << 13,
    DeleteAttrInstanceTemporal = 1UL << 14,
    DeleteTemporal = 1UL << 15,
    MergeEntity = 1UL << 16,
    ReplaceEntity = 1UL << 17,
    ReplaceAttrs = 1UL << 18,
    MergeBatch = 1UL << 19,
    PurgeEntity = 1UL << 20,
    RetrieveEntity = 1UL << 21,
    QueryEntity = 1UL << 22,
    QueryBatch = 1UL << 23,
    RetrieveTemporal = 1UL << 24,
    QueryTemporal = 1UL << 25,
    RetrieveEntityTypes = 1UL << 26,
    RetrieveEntityTypeDetails = 1UL << 27,
    RetrieveEntityTypeInfo = 1UL << 28,
    RetrieveAttrTypes = 1UL << 29,
    RetrieveAttrTypeDetails = 1UL << 30,
    RetrieveAttrTypeInfo = 1UL << 31,
    CreateSubscription = 1UL << 32,
    UpdateSubscription = 1UL << 33,
    RetrieveSubscription = 1UL << 34,
    QuerySubscription = 1UL << 35,
    DeleteSubscription = 1UL << 36,
    RetrieveEntityMap = 1UL << 37,
    UpdateEntityMap = 1UL << 38,
    DeleteEntityMap = 1UL << 39,
    CreateEntityMapQueryEntity = 1UL << 40,
    CreateEntityMapQueryTemporal = 1UL << 41,
    RetrieveContextSourceIdentity = 1UL << 42,
}

/// <summary>The groups of operations, clause 4.20, table 4.20-2, and the reading of names.</summary>
internal static class SourceOperations
{
    public const SourceOperation RetrieveOps = SourceOperation.RetrieveEntity | SourceOperation.QueryEntity;

    public const SourceOperation UpdateOps = SourceOperation.UpdateEntity | SourceOperation.UpdateAttrs | SourceOperation.ReplaceEntity | SourceOperation.ReplaceAttrs;

    public const SourceOperation Types = SourceOperation.RetrieveEntityTypes | SourceOperation.RetrieveEntityTypeDetails | SourceOperation.RetrieveEntityTypeInfo
        | SourceOperation.RetrieveAttrTypes | SourceOperation.RetrieveAttrTypeDetails | SourceOperation.RetrieveAttrTypeInfo;

    public const SourceOperation Subscriptions = SourceOperation.CreateSubscription | SourceOperation.UpdateSubscription | SourceOperation.RetrieveSubscription
        | SourceOperation.QuerySubscription | SourceOperation.DeleteSubscription;

    public const SourceOperation EntityMaps = SourceOperation.RetrieveEntityMap | SourceOperation.UpdateEntityMap | SourceOperation.DeleteEntityMap | SourceOperation.CreateEntityMapQueryEntity;

    public const SourceOperation AssociationOps = RetrieveOps | SourceOperation.QueryBatch | Types | Subscriptions;

    /// <summary>What a registration that names no operations stands for.</summary>
    public const SourceOperation FederationOps = AssociationOps | EntityMaps;

    public const SourceOperation RedirectionOps = RetrieveOps | UpdateOps | Types | EntityMaps | SourceOperation.CreateEntity | SourceOperation.AppendAttrs | SourceOperation.DeleteAttrs
        | SourceOperation.DeleteEntity | SourceOperation.MergeEntity | SourceOperation.PurgeEntity;

    /// <summary>Operations that change what a source holds.</summary>
    public const SourceOperation Writes = (SourceOperation)((1UL << 21) - 1);

    private static readonly FrozenDictionary<string, SourceOperation> Names = Enum.GetValues<SourceOperation>().Where(o => o != SourceOperation.None)
        .Select(o => (Name: char.ToLowerInvariant(o.ToString()[0]) + o.ToString()[1..], Value: o))
        // As ETSI's own OpenAPI file and other brokers have it.
        .Append(("updateAttrsTemporal", SourceOperation.UpdateAttrInstanceTemporal))
        .Append(("retrieveOps", RetrieveOps)).Append(("updateOps", UpdateOps)).Append(("associationOps", AssociationOps)).Append(("federationOps", FederationOps)).Append(("redirectionOps", RedirectionOps))
        .ToFrozenDictionary(n => n.Item1, n => n.Item2, StringComparer.Ordinal);

    /// <summary>All that some names of operations and groups stand for.</summary>
    /// <exception cref="NgsiLdException">One is neither.</exception>
    public static SourceOperation Read(IEnumerable<string> names)
    {
        var all = SourceOperation.None;
        foreach (var name in names)
            all |= Names.TryGetValue(name, out var operation) ? operation : throw NgsiLdException.BadRequestData($"{name} is not an operation or a group of operations: expected for example retrieveOps or queryEntity.");
        return all;
    }
}
