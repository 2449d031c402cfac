using Michi.CityOs.Api;
using Michi.CityOs.Queries;
using Michi.CityOs.Sources;

namespace Michi.CityOs.Temporal;

/// <summary>ETSI GS CIM 009, 5.7.3 Retrieve Temporal Evolution of an Entity.</summary>
internal static class RetrieveEvolution
{
    public static async Task HandleAsync(NgsiLdCall call, string id)
    {
        call.Accept(EvolutionRequest.Parameters);
        NgsiLdCall.CheckId(id);
        var type = call.AcceptedType();
        await call.ReadContextAsync();
        var request = EvolutionRequest.Read(call);
        var types = call.Parameter("type") is { } told ? TypeSelection.Parse(told, call.Context) : null;
        var map = await EntityMaps.OfAsync(call);
        var elsewhere = await DistributedEvolution.FindAsync(call, request, id, map is null ? null : EntityMaps.SourcesOf(map, id));
        var isHere = false;
        var (found, range) = await call.History.ReadAsync(
            reader =>
            {
                isHere = reader.Find(call.Tenant, id) is not null;
                var history = elsewhere.With(reader);
                var entity = history.Find(call.Tenant, id);
                if (entity is null || types?.Matches(entity.Types) == false) throw NgsiLdException.ResourceNotFound(id);
                var finder = new EvolutionFinder(history, request, null, call.Services.Clock.GetUtcNow(), call.Cancel);
                var isTold = request.Told.Attrs is null && (request.Told.Tells("id") || request.Told.Tells("type"));
                if (!isTold && finder.SeriesOf(entity).Count == 0) throw NgsiLdException.ResourceNotFound($"What was asked for of {id}");
                return request.Format == EvolutionFormat.AggregatedValues ? ([finder.Aggregate(entity)], null) : finder.Collect([entity], call.History.Page);
            },
            call.Cancel);
        if (map is null && EntityMaps.IsWanted(call)) await EntityMaps.MakeAsync(call, [KeyValuePair.Create(id, EntityMaps.HoldersOf(isHere, elsewhere.HoldersOf(id)))]);
        var writer = new EvolutionWriter(call.Context, request);
        await call.WriteAsync(type, json => writer.Write(json, found[0], type == NgsiLdCall.LdJson ? call.WriteContext : null), QueryEvolution.StatusOf(call, range));
    }
}
