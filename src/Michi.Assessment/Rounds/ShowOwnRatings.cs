using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Rounds;

/// <summary>What an assessor sees by the link: the own answers of the open round, and what closed rounds say.</summary>
internal static class ShowOwnRatings
{
    /// <param name="IsHidden">True for an answer given by an earlier link: it counts, but this link does not show it.</param>
    public sealed record Own(string Element, bool IsHidden, int? Level, string? Confidence, string? Reason, IReadOnlyList<string>? Evidence);

    public sealed record Shown(
        string Place, string Title, bool Demonstration, string Pack, IReadOnlyList<ShowAssessments.ShownRound> Rounds, IReadOnlyList<Own> Ratings, IReadOnlyList<ShowAssessments.ClosedRound> Results);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/{secret}", Handle).WithMetadata(new AllowAttribute(Right.Anyone)).WithSummary("An assessor's own ratings in the open round, and closed rounds");

    public static async Task<Results<Ok<Shown>, NotFound>> Handle(string secret, RoundBook book, CancellationToken cancel)
    {
        if (await book.PassAsync(secret, cancel) is not { } pass) return TypedResults.NotFound();
        var own = pass.Open is { } open ? await book.OwnAsync(open.Id, pass.Assessor.Id, cancel) : [];
        var results = await book.ResultsAsync(pass.Assessment, cancel);
        return TypedResults.Ok(new Shown(pass.Place.Slug, pass.Assessment.Title, pass.Assessment.IsDemonstration, pass.Pack.Hash, ShowAssessments.Of(pass.Rounds),
            [.. own.Values.OrderBy(r => r.Element, StringComparer.Ordinal).Select(r => pass.Hides(r) ? new Own(r.Element, true, null, null, null, null)
                : new(r.Element, false, r.Level, r.Confidence, r.Reason, r.EvidenceCodes.Split(' ', StringSplitOptions.RemoveEmptyEntries)))],
            [.. results.Closed.Select(r => ShowAssessments.Of(r, visible: null))]));
    }
}
