using Michi.Platform.Accounts;

namespace Michi.Platform.Places;

/// <summary>A country on the start page with its cities and districts.</summary>
/// <param name="Place">The country, where the reader may see it.</param>
internal sealed record CountryCard(string Name, PlaceItem? Place, IReadOnlyList<PlaceItem> Inside);

/// <summary>The start page: the promise, a search for a city, the places the reader may see.</summary>
[Allow(Right.Anyone)]
internal sealed class HomePage(CitySearch cities) : MichiPage
{
    /// <summary>Cities shown on a card before "and so many more".</summary>
    public const int Shown = 8;

    public string Query { get; private set; } = "";
    public IReadOnlyList<CountryCard> Countries { get; private set; } = [];

    /// <summary>Places here, and cities of the world, that the query finds.</summary>
    public IReadOnlyList<PlaceItem> Found { get; private set; } = [];
    public IReadOnlyList<GeoCity> Cities { get; private set; } = [];

    public bool MayAdd { get; private set; }

    public async Task OnGetAsync(string? q, CancellationToken cancel)
    {
        Query = q is null ? "" : q.Length > SearchCities.MaxQuery ? q[..SearchCities.MaxQuery] : q.Trim();
        MayAdd = await Reader.IsOwnerAsync(cancel);
        var places = await Reader.PlacesAsync(Right.ViewPlace, cancel);
        if (FoldedName.Of(Query) is { Length: > 0 } folded)
        {
            Found = [.. places.Where(p => p.Names.Values.Any(n => FoldedName.Of(n).Contains(folded, StringComparison.Ordinal))).OrderBy(p => p.Kind).ThenBy(p => p.NameIn(Lang), StringComparer.Create(T.Culture, false)).Take(20)];
            // Who cannot add a place gets the world only where nothing here is meant.
            if (MayAdd || Found.Count == 0) Cities = [.. cities.Search(Query, 10).Where(c => !Found.Any(p => p.CountryCode == c.CountryCode && p.Names.Values.Any(n => FoldedName.Of(n) == FoldedName.Of(c.Name))))];
        }
        else if (Query.Length == 0) Countries = CardsOf(places);
    }

    private List<CountryCard> CardsOf(IReadOnlyList<PlaceItem> places)
    {
        var byName = StringComparer.Create(T.Culture, ignoreCase: false);
        var byId = places.ToDictionary(p => p.Id);
        var countries = places.Where(p => p.Kind == PlaceKind.Country).ToList();
        // Two countries may bear one code, such as a survey's copy beside ours; a place belongs to the one above it.
        PlaceItem? CountryOf(PlaceItem place)
        {
            for (var above = place; above is not null; above = byId.GetValueOrDefault(above.ParentId ?? Guid.Empty))
                if (above.Kind == PlaceKind.Country) return above;
            return countries.FirstOrDefault(c => c.CountryCode == place.CountryCode);
        }
        List<PlaceItem> Ordered(IEnumerable<PlaceItem> inside) => [.. inside.OrderBy(p => p.Kind).ThenBy(p => p.NameIn(Lang), byName)];
        var inside = places.Where(p => p.Kind != PlaceKind.Country).ToLookup(p => (Country: CountryOf(p)?.Id, Code: CountryOf(p) is null ? p.CountryCode ?? "" : ""));
        return [.. countries.Select(c => new CountryCard(c.NameIn(Lang), c, Ordered(inside[(c.Id, "")])))
            .Concat(inside.Where(g => g.Key.Country is null).Select(g => new CountryCard(T.Find($"countries.{g.Key.Code}") ?? (g.Key.Code.Length > 0 ? g.Key.Code : T["home.elsewhere"]), null, Ordered(g))))
            .OrderBy(c => c.Name, byName)];
    }
}
