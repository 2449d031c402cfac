using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Rounds;

/// <summary>Opens the next round of an assessment.</summary>
internal static class OpenRound
{
    public const int Most = 5;

    public sealed record Opened(int Number, DateTimeOffset OpenedAt);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPut("/{assessment:guid}/rounds/{number:int}", Handle).WithMetadata(new AllowAttribute(Right.Facilitate))
            .WithSummary("Open a round; opening one that is open changes nothing").ProducesProblem(409);

    public static async Task<Results<Ok<Opened>, NotFound, ProblemHttpResult>> Handle(
        Guid assessment, int number, HttpContext http, RoundBook book, AssessmentDb db, Reader reader, TimeProvider clock, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(http.Place().Id, assessment, cancel) is not { } found) return TypedResults.NotFound();
        var (round, refused) = await Execute(found, number, db, reader, clock, cancel);
        return round is null ? Refusal.Problem(refused, words) : TypedResults.Ok(new Opened(round.Number, round.OpenedAt));
    }

    public static async Task<(Round? Round, IReadOnlyList<Refusal> Refused)> Execute(
        RatedAssessment assessment, int number, AssessmentDb db, Reader reader, TimeProvider clock, CancellationToken cancel)
    {
        await using var transaction = await db.LockAsync(assessment.Id, cancel);
        var last = await db.Rounds.Where(r => r.AssessmentId == assessment.Id).OrderByDescending(r => r.Number).FirstOrDefaultAsync(cancel);
        if (last is { ClosedAt: null }) return last.Number == number ? (last, Refusal.None) : (null, Refusal.Conflict("round-open", last.Number));
        if (number != (last?.Number ?? 0) + 1) return (null, Refusal.Conflict("round-order", (last?.Number ?? 0) + 1));
        if (number > Most) return (null, Refusal.Conflict("rounds-many", Most));
        if (!await db.Assessors.AnyAsync(a => a.AssessmentId == assessment.Id && a.RemovedAt == null, cancel)) return (null, Refusal.Conflict("no-assessors"));
        var now = clock.GetUtcNow();
        var round = new Round { Id = Guid.CreateVersion7(now), AssessmentId = assessment.Id, Number = number, OpenedAt = now };
        db.Rounds.Add(round);
        db.Record(reader, now, "round.open", assessment.PlaceId, FormattableString.Invariant($"{assessment.Title} {number}"));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return (round, Refusal.None);
    }
}
