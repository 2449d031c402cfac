using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Platform.Places;

/// <summary>Adds a place: from the name of a city, or by hand.</summary>
[Allow(Right.SignedIn)]
internal sealed class NewPlacePage(CreatePlace create, CitySearch cities, PlatformOptions options) : MichiPage
{
    public string Query { get; private set; } = "";
    public IReadOnlyList<GeoCity>? Cities { get; private set; }

    /// <summary>The city chosen, waiting for who may see it.</summary>
    public GeoCity? City { get; private set; }

    /// <summary>What the form by hand is filled with.</summary>
    public string Where { get; private set; } = "";
    public string Slug { get; private set; } = "";
    public string CountryCode { get; private set; } = "";
    public Dictionary<string, string> Names { get; private set; } = [];
    public bool IsPublic { get; private set; }

    /// <summary>Places below which the reader may add others, countries first.</summary>
    public ILookup<PlaceKind, PlaceItem> Parents { get; private set; } = null!;

    public bool MayAddCountries { get; private set; }

    public string[] Languages => options.LanguageList;

    public IReadOnlyList<(string Code, string Name)> Countries =>
        [.. T.Keys.Where(k => k.StartsWith("countries.", StringComparison.Ordinal)).Select(k => (k[10..], T[k])).OrderBy(c => c.Item2, StringComparer.Create(T.Culture, false))];

    public async Task<IActionResult> OnGetAsync(string? q, int? city, CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return StatusCode(403);
        Query = q is null ? "" : q.Length > SearchCities.MaxQuery ? q[..SearchCities.MaxQuery] : q.Trim();
        if (city is { } id)
        {
            City = cities.Find(id);
            if (City is null) return NotFound();
        }
        else if (Query.Length > 0) Cities = cities.Search(Query, 20);
        else cities.Prepare();
        return Page();
    }

    public async Task<IActionResult> OnPostCityAsync(int city, bool isPublic, CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return StatusCode(403);
        (City, IsPublic) = (cities.Find(city), isPublic);
        return Done(await create.ExecuteAsync(new(city, null, null, null, null, null, isPublic), cancel));
    }

    public async Task<IActionResult> OnPostFormAsync(string? where, string? slug, string? countryCode, bool isPublic, CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return StatusCode(403);
        (Where, Slug, CountryCode, IsPublic) = (where ?? "", slug?.Trim() ?? "", countryCode ?? "", isPublic);
        Names = Languages.Select(l => (l, Name: Request.Form[$"names.{l}"].ToString().Trim())).Where(n => n.Name.Length > 0).ToDictionary(n => n.l, n => n.Name);
        var (kind, parent) = Where.Split(':', 2) is [var k, var p] ? (k, p) : (Where, null);
        return Done(await create.ExecuteAsync(new(null, kind, parent, Slug, CountryCode, Names, isPublic), cancel));
    }

    private IActionResult Done(NewPlace done)
    {
        if (done.IsForbidden) return StatusCode(403);
        if (done.Place is not { } place) return Again(done.Faults.Select(f => f.Field is "kind" or "parent" ? f with { Field = "where" } : f));
        Say(T[done.WasThere ? "places.was-there" : "places.added", Isolate(place.NameIn(Lang))]);
        return Redirect(At(place.Slug));
    }

    private async Task<bool> LoadAsync(CancellationToken cancel)
    {
        MayAddCountries = await Reader.CanAsync(Right.Administer, null, cancel);
        if (!await Reader.IsOwnerAsync(cancel)) return false;
        var byName = StringComparer.Create(T.Culture, ignoreCase: false);
        Parents = (await Reader.PlacesAsync(Right.ManagePlace, cancel)).OrderBy(p => p.NameIn(Lang), byName).ToLookup(p => p.Kind);
        return true;
    }
}
