using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Michi.Platform.Places;

/// <summary>Withdraws a fact. It stays in the database and no longer counts.</summary>
internal static class RetireFact
{
    public static void Map(IEndpointRouteBuilder routes) => routes.MapDelete("/api/places/{place}/facts/{fact:guid}", Handle).WithMetadata(new AllowAttribute(Right.Contribute))
        .WithSummary("Withdraw a fact").Produces(204).ProducesProblem(404);

    public static async Task<IResult> Handle(Guid fact, HttpContext http, PlaceBook book, CancellationToken cancel)
    {
        if (!await book.RetireFactAsync(((Place)http.Items[typeof(Place)]!).Id, fact, cancel)) return Results.NotFound();
        await book.SaveAsync(cancel);
        return Results.NoContent();
    }
}
