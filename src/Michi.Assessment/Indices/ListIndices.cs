using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Indices;

/// <summary>The composite indices of a country.</summary>
internal static class ListIndices
{
    public sealed record Row(Guid Id, int Version, Dictionary<string, string> Names, string Source, int Places, int Indicators, DateTimeOffset ChangedAt);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/places/{place}/indices", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("List the composite indices of a country, last changed first");

    public static async Task<Ok<List<Row>>> Handle(string place, HttpContext http, IndexBook book, CancellationToken cancel) =>
        TypedResults.Ok((await book.AllAsync((Place)http.Items[typeof(Place)]!, cancel))
            .Select(i => new Row(i.Id, i.Version, i.Names, i.Source, i.PlaceCount, i.IndicatorCount, i.ChangedAt)).ToList());
}
