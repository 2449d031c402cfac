using System.ComponentModel.DataAnnotations;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Reports;

/// <summary>Links to a report that work without an account, through the API.</summary>
internal static class ShareReport
{
    /// <param name="Days">How long the link works.</param>
    public sealed record Request([Range(1, ShareBook.MaxDays)] int Days);

    /// <param name="Secret">Part of the address <c>/{language}/shared/{secret}</c>; told this once.</param>
    public sealed record Shared(Guid Id, string Secret, DateTimeOffset ExpiresAt);

    public sealed record Row(Guid Id, string CreatedBy, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? WithdrawnAt);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var links = routes.MapGroup("/api/places/{place}/report/links").WithMetadata(new AllowAttribute(Right.Facilitate));
        links.MapGet("", ListAsync).WithSummary("Links to the report that work without an account, newest first");
        links.MapPost("", Handle).WithSummary("Make a link to the report that works without an account").ProducesValidationProblem().ProducesProblem(409);
        links.MapDelete("{id:guid}", WithdrawAsync).WithSummary("Withdraw a link");
    }

    public static async Task<Ok<List<Row>>> ListAsync(string place, HttpContext http, ShareBook book, CancellationToken cancel) =>
        TypedResults.Ok((await book.OfAsync(PlaceOf(http), cancel)).Select(l => new Row(l.Id, l.CreatedBy, l.CreatedAt, l.ExpiresAt, l.WithdrawnAt)).ToList());

    public static async Task<Results<Created<Shared>, ProblemHttpResult>> Handle(string place, Request request, HttpContext http, ShareBook book, CancellationToken cancel) =>
        await book.AddAsync(PlaceOf(http), request.Days, cancel) is var (link, secret)
            ? TypedResults.Created($"/api/places/{place}/report/links/{link.Id}", new Shared(link.Id, secret, link.ExpiresAt))
            : TypedResults.Problem(statusCode: 409, type: "/problems/too-many-links", title: $"{ShareBook.MaxLinks} links work already. Withdraw one first.");

    public static async Task<Results<NoContent, NotFound>> WithdrawAsync(string place, Guid id, HttpContext http, ShareBook book, CancellationToken cancel) =>
        await book.WithdrawAsync(PlaceOf(http), id, cancel) ? TypedResults.NoContent() : TypedResults.NotFound();

    private static Place PlaceOf(HttpContext http) => (Place)http.Items[typeof(Place)]!;
}
