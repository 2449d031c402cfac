using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Michi.Platform.Places;

/// <summary>Cities of GeoNames' list by name.</summary>
internal static class SearchCities
{
    /// <summary>Longest query looked at; no city's name is longer.</summary>
    public const int MaxQuery = 100;

    /// <param name="Country">The country's name in the language asked for.</param>
    /// <param name="Population">Inhabitants; null where GeoNames has no figure.</param>
    public sealed record Item(int GeoNameId, string Name, string CountryCode, string Country, long? Population, double Latitude, double Longitude);

    /// <param name="Source">Whose data it is; to be credited (CC BY 4.0).</param>
    public sealed record Answer(IReadOnlyList<Item> Cities, string Source);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/cities", Handle).WithMetadata(new AllowAttribute(Right.Anyone))
        .WithSummary("Cities of the world by the beginning of their names, the largest 20").Produces<Answer>().ProducesProblem(422);

    public static IResult Handle(string? q, CitySearch cities, Words words)
    {
        if (q is null || q.Length > MaxQuery) return InputProblems.Of([q is null ? new Fault("q", "required") : new Fault("q", "too-long", MaxQuery)], words);
        return Results.Ok(new Answer([.. cities.Search(q, 20).Select(c => new Item(
            c.GeoNameId, c.Name, c.CountryCode, words.Find($"countries.{c.CountryCode}") ?? c.CountryCode, c.Population > 0 ? c.Population : null, c.Latitude, c.Longitude))], cities.Source));
    }
}
