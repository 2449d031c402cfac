using Michi.Assessment.Exchange;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Evidence;

/// <summary>The evidence about a place, its country's included, in the exchange format without attached files.</summary>
internal static class ListEvidence
{
    private const int MostRows = 500;

    /// <param name="Version">To be sent back with a change.</param>
    public sealed record Row(FileEvidence Evidence, int Version, bool Inherited);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/places/{place}/evidence", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("List the evidence about a place, ordered by code");

    /// <param name="after">Code of the last row of the page before.</param>
    public static async Task<Ok<List<Row>>> Handle(string place, HttpContext http, EvidenceBook book, CancellationToken cancel, string? element = null, string? after = null, bool retired = false)
    {
        var items = await book.ForReaderAsync((Place)http.Items[typeof(Place)]!, retired, cancel);
        return TypedResults.Ok(items.Where(i => element is null || i.Item.Links.Any(l => l.Element == element)).OrderBy(i => i.Item.Code, StringComparer.Ordinal)
            .Where(i => after is null || string.CompareOrdinal(i.Item.Code, after) > 0).Take(MostRows)
            .Select(i => new Row(EvidenceBook.ToFile(i.Item, i.Place.Slug), i.Item.Version, i.IsInherited)).ToList());
    }
}
