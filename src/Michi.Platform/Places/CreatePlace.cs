using System.Globalization;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Michi.Platform.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Platform.Places;

/// <summary>What came of adding a place.</summary>
/// <param name="Place">The place added, or the one that was there already.</param>
internal sealed record NewPlace(Place? Place, bool WasThere, bool IsForbidden, IReadOnlyList<Fault> Faults);

/// <summary>Adds a place: a city of GeoNames' list, with its country where that is missing, or a country, city or district described by hand.</summary>
internal sealed class CreatePlace(PlatformDb db, Reader reader, TimeProvider clock, CitySearch cities, UiTexts texts, Words words, PackStore packs, PlatformOptions options)
{
    /// <param name="GeoNameId">A city of <c>/api/cities</c>; then only <paramref name="IsPublic"/> is looked at besides.</param>
    /// <param name="Kind"><c>country</c>, <c>city</c> or <c>district</c>.</param>
    /// <param name="Parent">Slug of the country of a city, or of the city of a district.</param>
    /// <param name="Slug">Name in addresses; made from the name where missing.</param>
    /// <param name="CountryCode">ISO 3166-1 alpha-2; for a country only.</param>
    /// <param name="Names">Names by language; a country has them from its code where missing.</param>
    public sealed record Request(int? GeoNameId, string? Kind, string? Parent, string? Slug, string? CountryCode, Dictionary<string, string>? Names, bool IsPublic);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/places", Handle).WithMetadata(new AllowAttribute(Right.SignedIn))
        .WithSummary("Add a place, from a city of GeoNames or by hand").Produces<GetPlace.Answer>(201).ProducesProblem(403).ProducesProblem(409).ProducesProblem(422);

    public static async Task<IResult> Handle(Request request, CreatePlace create, GetPlace get, Words words, CancellationToken cancel)
    {
        var done = await create.ExecuteAsync(request, cancel);
        if (done.IsForbidden) return Results.StatusCode(StatusCodes.Status403Forbidden);
        if (done.Place is not { } place) return InputProblems.Of(done.Faults, words);
        if (done.WasThere) return Results.Problem(statusCode: StatusCodes.Status409Conflict, type: "/problems/place-exists", title: words["places.was-there", place.Slug]);
        return Results.Created($"/api/places/{place.Slug}", await get.ExecuteAsync(place, cancel));
    }

    public async Task<NewPlace> ExecuteAsync(Request request, CancellationToken cancel)
    {
        var done = request.GeoNameId is { } id ? await CityAsync(id, request.IsPublic, cancel)
            : request.Kind == "country" ? await CountryAsync(request, cancel)
            : await WithinAsync(request, cancel);
        if (done is { Place: not null, WasThere: false })
        {
            try
            {
                await db.SaveChangesAsync(cancel);
            }
            catch (DbUpdateException fault) when (fault.IsUniqueViolation())
            {
                return Refused(new Fault("slug", "twice", done.Place.Slug));
            }
        }
        return done;
    }

    private async Task<NewPlace> CityAsync(int geoNameId, bool isPublic, CancellationToken cancel)
    {
        if (cities.Find(geoNameId) is not { } city) return Refused(new Fault("geoNameId", "unknown-city"));
        var country = await CountryOfAsync(city.CountryCode, cancel);
        if (!await reader.CanAsync(country is null ? Right.Administer : Right.ManagePlace, country, cancel)) return Forbidden;
        if (country is null) country = await AddCountryAsync(city.CountryCode, null, null, isPublic, cancel);
        else if ((await db.Places.AsNoTracking().Where(p => p.ParentId == country.Id).ToListAsync(cancel)).FirstOrDefault(p => IsTwin(p, city)) is { } twin) return new(twin, true, false, []);

        var slug = Slugs.From(city.Name);
        var place = await AddAsync(PlaceKind.City, country, slug.Length > 0 ? slug : $"city-{geoNameId}", city.CountryCode, new() { ["en"] = city.Name }, isPublic, cancel);
        (place.Latitude, place.Longitude) = (city.Latitude, city.Longitude);
        if (city.Population > 0 && packs.Current.Facts.Any(f => f is { Id: "population", Type: "number" }))
        {
            db.Facts.Add(new()
            {
                Id = Guid.CreateVersion7(clock.GetUtcNow()),
                PlaceId = place.Id,
                Kind = "population",
                Value = city.Population.ToString(CultureInfo.InvariantCulture),
                Source = cities.Source,
                CreatedAt = clock.GetUtcNow(),
            });
        }
        return new(place, false, false, []);

        static bool IsTwin(Place place, GeoCity city) => FoldedName.Of(place.NameIn("en")) == FoldedName.Of(city.Name)
            && (place.Latitude is null || (Math.Abs(place.Latitude.Value - city.Latitude) < 0.3 && Math.Abs(place.Longitude!.Value - city.Longitude) < 0.3));
    }

    private async Task<NewPlace> CountryAsync(Request request, CancellationToken cancel)
    {
        if (!await reader.CanAsync(Right.Administer, null, cancel)) return Forbidden;
        var check = new InputCheck();
        var code = PlaceInput.CountryCode(check, request.CountryCode, words);
        var names = request.Names is { Count: > 0 } ? PlaceInput.Names(check, request.Names) : null;
        await CheckSlugAsync(check, request.Slug, cancel);
        if (!check.IsSound) return Refused([.. check.Faults]);
        if (await CountryOfAsync(code, cancel) is { } there) return new(there, true, false, []);
        return new(await AddCountryAsync(code, names, request.Slug, request.IsPublic, cancel), false, false, []);
    }

    private async Task<NewPlace> WithinAsync(Request request, CancellationToken cancel)
    {
        var check = new InputCheck();
        if (request.Kind is not ("city" or "district")) check.Refuse("kind", "choice", request.Kind?.Length > 40 ? null : request.Kind, "country, city, district");
        var parent = await db.Places.FirstOrDefaultAsync(p => p.Slug == request.Parent, cancel);
        if (parent is null || !await reader.CanAsync(Right.ViewPlace, parent, cancel)) check.Refuse("parent", "unknown-place", request.Parent?.Length > 60 ? null : request.Parent);
        else if (!await reader.CanAsync(Right.ManagePlace, parent, cancel)) return Forbidden;
        else if (parent.Kind != (request.Kind == "city" ? PlaceKind.Country : PlaceKind.City)) check.Refuse("parent", "parent-kind");
        var names = PlaceInput.Names(check, request.Names);
        await CheckSlugAsync(check, request.Slug, cancel);
        if (!check.IsSound) return Refused([.. check.Faults]);

        var slug = request.Slug is { Length: > 0 } given ? given : names.OrderByDescending(n => n.Key == "en").Select(n => Slugs.From(n.Value)).FirstOrDefault(s => s.Length > 0);
        if (slug is null) return Refused(new Fault("slug", "slug-needed"));
        return new(await AddAsync(request.Kind == "city" ? PlaceKind.City : PlaceKind.District, parent, slug, parent!.CountryCode, names, request.IsPublic, cancel), false, false, []);
    }

    private Task<Place?> CountryOfAsync(string code, CancellationToken cancel) => db.Places.FirstOrDefaultAsync(p => p.Kind == PlaceKind.Country && p.CountryCode == code, cancel);

    private Task<Place> AddCountryAsync(string code, Dictionary<string, string>? names, string? slug, bool isPublic, CancellationToken cancel)
    {
        names ??= options.LanguageList.Select(l => (Language: l, Name: texts.In(l).Find($"countries.{code}"))).Where(n => n.Name is not null).ToDictionary(n => n.Language, n => n.Name!);
        if (names.Count == 0) names["en"] = code;
        return AddAsync(PlaceKind.Country, null, slug is { Length: > 0 } ? slug : Slugs.From(texts.In("en").Find($"countries.{code}") ?? code), code, names, isPublic, cancel);
    }

    private async Task<Place> AddAsync(PlaceKind kind, Place? parent, string slug, string? countryCode, Dictionary<string, string> names, bool isPublic, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var place = new Place
        {
            Id = Guid.CreateVersion7(now),
            ParentId = parent?.Id,
            Kind = kind,
            Slug = await FreeAsync(slug, countryCode, cancel),
            Names = names,
            CountryCode = countryCode,
            IsPublic = isPublic,
            CreatedAt = now,
        };
        db.Places.Add(place);
        db.Record(reader, now, "place.add", place.Id, place.Slug);
        return place;
    }

    /// <summary>The slug, or where it is taken, with the country's code or a number behind it.</summary>
    private async Task<string> FreeAsync(string slug, string? countryCode, CancellationToken cancel)
    {
        var stem = slug.Length > 50 ? slug[..50].TrimEnd('-') : slug;
        var taken = (await db.Places.Where(p => p.Slug.StartsWith(stem)).Select(p => p.Slug).ToListAsync(cancel)).Concat(db.Places.Local.Select(p => p.Slug)).ToHashSet(StringComparer.Ordinal);
        return new[] { slug, $"{stem}-{countryCode?.ToLowerInvariant()}" }.Concat(Enumerable.Range(2, int.MaxValue - 2).Select(n => string.Create(CultureInfo.InvariantCulture, $"{stem}-{n}")))
            .First(s => Slugs.IsValid(s) && !taken.Contains(s));
    }

    private async Task CheckSlugAsync(InputCheck check, string? slug, CancellationToken cancel)
    {
        if (string.IsNullOrEmpty(slug)) return;
        if (!Slugs.IsValid(slug)) check.Refuse("slug", "slug", slug.Length > 60 ? slug[..60] + "…" : slug);
        else if (await db.Places.AnyAsync(p => p.Slug == slug, cancel)) check.Refuse("slug", "twice", slug);
    }

    private static NewPlace Forbidden => new(null, false, true, []);

    private static NewPlace Refused(params Fault[] faults) => new(null, false, false, faults);
}
