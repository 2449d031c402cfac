using Michi.Assessment.Profiles;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Rounds;

/// <summary>Closes a round for good: from now on everyone sees its distribution and reasons.</summary>
/// <remarks>What an assessor answered in the round before and left untouched in this one stands, with the time it was given.</remarks>
internal static class CloseRound
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/{assessment:guid}/rounds/{number:int}/close", Handle).WithMetadata(new AllowAttribute(Right.Facilitate))
            .WithSummary("Close a round for good; closing one that is closed changes nothing").ProducesProblem(409);

    public static async Task<Results<NoContent, NotFound, ProblemHttpResult>> Handle(
        Guid assessment, int number, HttpContext http, RoundBook book, AssessmentDb db, ProfileQueue profiles, Reader reader, TimeProvider clock, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(http.Place().Id, assessment, cancel) is not { } found) return TypedResults.NotFound();
        var refused = await Execute(found, number, db, profiles, reader, clock, cancel);
        return refused.Count > 0 ? Refusal.Problem(refused, words) : TypedResults.NoContent();
    }

    public static async Task<IReadOnlyList<Refusal>> Execute(RatedAssessment assessment, int number, AssessmentDb db, ProfileQueue profiles, Reader reader, TimeProvider clock, CancellationToken cancel)
    {
        await using var transaction = await db.LockAsync(assessment.Id, cancel);
        var rounds = await db.Rounds.Where(r => r.AssessmentId == assessment.Id && r.Number <= number).OrderByDescending(r => r.Number).Take(2).ToListAsync(cancel);
        if (rounds.FirstOrDefault() is not { } round || round.Number != number) return Refusal.Conflict("round-unknown", number);
        if (round.ClosedAt is not null) return Refusal.None;
        var now = clock.GetUtcNow();
        if (rounds.Count == 2)
        {
            var before = rounds[1].Id;
            var untouched = await db.Ratings.AsNoTracking().Where(r => r.RoundId == before && db.Assessors.Any(a => a.Id == r.AssessorId && a.RemovedAt == null)
                && !db.Ratings.Any(n => n.RoundId == round.Id && n.AssessorId == r.AssessorId && n.Element == r.Element)).ToListAsync(cancel);
            db.Ratings.AddRange(untouched.Select(r => new Rating
            {
                Id = Guid.CreateVersion7(now), RoundId = round.Id, AssessorId = r.AssessorId, Element = r.Element, Level = r.Level, Confidence = r.Confidence, Reason = r.Reason,
                EvidenceCodes = r.EvidenceCodes, At = r.At,
            }));
        }
        else if (!await db.Ratings.AnyAsync(r => r.RoundId == round.Id, cancel)) return Refusal.Conflict("round-empty");
        round.ClosedAt = now;
        db.Record(reader, now, "round.close", assessment.PlaceId, FormattableString.Invariant($"{assessment.Title} {number}"));
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        profiles.Enqueue(assessment.PlaceId);
        return Refusal.None;
    }
}
