using System.Text.Json;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Michi.Platform.Places;

/// <summary>Changes what is kept of a place itself: names, country, coordinates, boundary, who may see it.</summary>
internal sealed class ChangePlace(PlaceBook book, Words words)
{
    /// <param name="Names">Names by language; those not given are removed.</param>
    /// <param name="CountryCode">ISO 3166-1 alpha-2; a country must have one.</param>
    /// <param name="Latitude">Degrees, WGS 84; null to remove.</param>
    /// <param name="Longitude">Degrees, WGS 84; null to remove.</param>
    /// <param name="Boundary">GeoJSON Polygon or MultiPolygon; null to remove.</param>
    public sealed record Request(Dictionary<string, string> Names, string? CountryCode, double? Latitude, double? Longitude, JsonElement? Boundary, bool IsPublic);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPut("/api/places/{place}", Handle).WithMetadata(new AllowAttribute(Right.ManagePlace))
        .WithSummary("Change a place's names, coordinates, boundary and visibility").Produces<GetPlace.Answer>().ProducesProblem(422);

    public static async Task<IResult> Handle(Request request, HttpContext http, ChangePlace change, GetPlace get, Words words, CancellationToken cancel)
    {
        var slug = ((Place)http.Items[typeof(Place)]!).Slug;
        var boundary = request.Boundary is { ValueKind: not JsonValueKind.Null } given ? given.GetRawText() : null;
        var check = new InputCheck();
        var place = await change.ExecuteAsync(slug, request.Names, request.CountryCode, request.Latitude, request.Longitude, boundary, request.IsPublic, check, cancel);
        return check.IsSound ? Results.Ok(await get.ExecuteAsync(place, cancel)) : InputProblems.Of(check.Faults, words);
    }

    /// <summary>Saves the change, unless something is wrong with it, now or before.</summary>
    public async Task<Place> ExecuteAsync(
        string slug, IReadOnlyDictionary<string, string>? names, string? countryCode, double? latitude, double? longitude, string? boundary, bool isPublic, InputCheck check, CancellationToken cancel)
    {
        var place = (await book.ForChangeAsync(slug, cancel))!;
        var sound = PlaceInput.Names(check, names);
        var code = place.Kind == PlaceKind.Country || !string.IsNullOrEmpty(countryCode) ? PlaceInput.CountryCode(check, countryCode, words) : null;
        PlaceInput.Coordinates(check, latitude, longitude);
        var (geometry, fault) = boundary is null ? (null, null) : boundary == place.Boundary ? (boundary, null) : Boundary.Read(boundary);
        if (fault is not null) check.Refuse("boundary", fault);
        if (!check.IsSound) return place;
        (place.Names, place.CountryCode, place.Latitude, place.Longitude, place.Boundary, place.IsPublic) = (sound, code, latitude, longitude, geometry, isPublic);
        book.NoteChange(place, "place.change");
        await book.SaveAsync(cancel);
        return place;
    }
}
