using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Michi.Platform.Places;

/// <summary>Adds a fact about a place, with its source.</summary>
internal sealed class AddFact(PlaceBook book, PackStore packs, TimeProvider clock)
{
    /// <param name="Kind">A kind of fact of the content pack, such as <c>population</c>.</param>
    /// <param name="Value">A number with a point for decimals, <c>yes</c> or <c>no</c>, or text, as the kind asks.</param>
    /// <param name="Date">What the fact is about: <c>2023</c>, <c>2023-09</c> or <c>2023-09-05</c>.</param>
    public sealed record Request(string? Kind, string? Value, string? Source, string? Date);

    public static void Map(IEndpointRouteBuilder routes) => routes.MapPost("/api/places/{place}/facts", Handle).WithMetadata(new AllowAttribute(Right.Contribute))
        .WithSummary("Add a fact with its source").Produces<GetPlace.Fact>(201).ProducesProblem(422);

    public static async Task<IResult> Handle(Request request, HttpContext http, AddFact add, Words words, CancellationToken cancel)
    {
        var place = (Place)http.Items[typeof(Place)]!;
        var (fact, faults) = await add.ExecuteAsync(place, request, cancel);
        return faults.Count > 0 ? InputProblems.Of(faults, words)
            : Results.Created($"/api/places/{place.Slug}", new GetPlace.Fact(fact.Id, fact.Kind, fact.Value, fact.Source, fact.Date));
    }

    public async Task<(PlaceFact Fact, IReadOnlyList<Fault> Faults)> ExecuteAsync(Place place, Request request, CancellationToken cancel)
    {
        var check = new InputCheck();
        var fact = PlaceInput.Fact(check, place, packs.Current, request.Kind, request.Value, request.Source, request.Date, clock.GetUtcNow());
        if (check.IsSound && !await book.AddFactAsync(fact, cancel)) check.Refuse("value", "fact-there");
        if (check.IsSound) await book.SaveAsync(cancel);
        return (fact, check.Faults);
    }
}
