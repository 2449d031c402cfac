using Michi.CityOs.Api;

namespace Michi.CityOs.Temporal;

/// <summary>Operations on the temporal evolution of entities, by method and path (clauses 6.18 to 6.25).</summary>
internal static class TemporalApi
{
    public static readonly Dictionary<string, NgsiLdApi.Operation> Operations = new(StringComparer.Ordinal)
    {
        ["POST temporal/entities"] = (c, _) => CreateEvolution.HandleAsync(c),
        ["GET temporal/entities"] = (c, _) => QueryEvolution.HandleAsync(c),
        ["GET temporal/entities/*"] = (c, p) => RetrieveEvolution.HandleAsync(c, p[0]),
        ["DELETE temporal/entities/*"] = (c, p) => DeleteEvolution.HandleAsync(c, p[0]),
        ["POST temporal/entities/*/attrs"] = (c, p) => AddInstances.HandleAsync(c, p[0]),
        ["DELETE temporal/entities/*/attrs/*"] = (c, p) => DeleteAttributeEvolution.HandleAsync(c, p[0], p[1]),
        ["PATCH temporal/entities/*/attrs/*/*"] = (c, p) => UpdateInstance.HandleAsync(c, p[0], p[1], p[2]),
        ["DELETE temporal/entities/*/attrs/*/*"] = (c, p) => DeleteInstance.HandleAsync(c, p[0], p[1], p[2]),
        ["POST temporal/entityOperations/query"] = (c, _) => QueryEvolution.HandleDocumentAsync(c),
        ["GET temporal/entityMaps"] = (c, _) => QueryEvolution.MapAsync(c),
        ["POST temporal/entityMaps"] = (c, _) => QueryEvolution.MapByDocumentAsync(c),
    };
}
