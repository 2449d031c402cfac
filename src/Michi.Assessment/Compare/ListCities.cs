using Michi.Assessment.Rounds;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Compare;

/// <summary>The places below a place with their current profiles.</summary>
internal static class ListCities
{
    /// <param name="Stages">Probability of each stage by id.</param>
    /// <param name="Score">Median of the whole, 0–4.</param>
    /// <param name="Elements">Expected level by element; null where nobody looked.</param>
    public sealed record City(
        string Place, Dictionary<string, string> Names, string? Stage, Dictionary<string, double>? Stages, double? Score, double? ScoreLow, double? ScoreHigh, string? Direction,
        int? RatedElements, Dictionary<string, double?>? Elements);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/places/{place}/cities", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("List the places below a place with stage, direction and levels");

    public static async Task<Ok<List<City>>> Handle(string place, HttpContext http, ProfileTable profiles, PackStore packs, Reader reader, CancellationToken cancel)
    {
        var seen = await reader.ChildrenAsync(http.Place(), cancel);
        var rows = await profiles.OfAsync([.. seen.Select(p => p.Id)], cancel);
        var pack = packs.Current;
        return TypedResults.Ok(seen.Select(p => rows.GetValueOrDefault(p.Id) is not { } row
            ? new City(p.Slug, p.Names, null, null, null, null, null, null, null, null)
            : new City(p.Slug, p.Names, row.Stage, pack.Stages.Zip(row.StageProbabilities).ToDictionary(s => s.First.Id, s => s.Second), row.Whole[1], row.Whole[2], row.Whole[3], row.Direction,
                row.RatedElements, pack.Elements.Zip(row.Expected).ToDictionary(e => e.First.Id, e => e.Second < 0 ? (double?)null : e.Second))).ToList());
    }
}
