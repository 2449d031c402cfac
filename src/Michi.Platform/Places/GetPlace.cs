using System.Text.Json;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Michi.Platform.Places;

/// <summary>A place with its facts.</summary>
internal sealed class GetPlace(PlaceDirectory places, Reader reader)
{
    public sealed record Fact(Guid Id, string Kind, string Value, string Source, string? Date);

    /// <param name="Parent">Slug of the place above, where the reader may see it.</param>
    /// <param name="Boundary">GeoJSON geometry.</param>
    /// <param name="Characteristic">As a person confirmed it; null while it is only suggested.</param>
    public sealed record Answer(string Slug, string Kind, string? Parent, Dictionary<string, string> Names, string? CountryCode, double? Latitude, double? Longitude, JsonElement? Boundary,
        string? Characteristic, string? CharacteristicReason, bool IsPublic, bool IsDemonstration, IReadOnlyList<Fact> Facts);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/places/{place}", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace))
        .WithSummary("A place with its facts and boundary").Produces<Answer>().ProducesProblem(404);

    public static Task<Answer> Handle(HttpContext http, GetPlace get, CancellationToken cancel) => get.ExecuteAsync((Place)http.Items[typeof(Place)]!, cancel);

    public async Task<Answer> ExecuteAsync(Place place, CancellationToken cancel)
    {
        var parent = place.ParentId is { } id ? await places.FindAsync(id, cancel) : null;
        var isSeen = parent is not null && await reader.CanAsync(Right.ViewPlace, parent, cancel);
        var facts = await places.FactsAsync(place.Id, cancel);
        return new(place.Slug, place.Kind.ToString().ToLowerInvariant(), isSeen ? parent!.Slug : null, place.Names, place.CountryCode, place.Latitude, place.Longitude,
            place.Boundary is null ? null : JsonSerializer.Deserialize<JsonElement>(place.Boundary), place.Characteristic, place.CharacteristicReason, place.IsPublic, place.IsDemonstration,
            [.. facts.Select(f => new Fact(f.Id, f.Kind, f.Value, f.Source, f.Date))]);
    }
}
