using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Rounds;

/// <summary>Removes an assessor: the link stops working and answers of the open round are dropped; closed rounds stay as they are.</summary>
internal static class RemoveAssessor
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapDelete("/{assessment:guid}/assessors/{assessor:guid}", Handle).WithMetadata(new AllowAttribute(Right.Facilitate)).WithSummary("Remove an assessor");

    public static async Task<Results<NoContent, NotFound>> Handle(
        Guid assessment, Guid assessor, HttpContext http, RoundBook book, AssessmentDb db, Reader reader, TimeProvider clock, CancellationToken cancel) =>
        await book.FindAsync(http.Place().Id, assessment, cancel) is { } found && await Execute(found, assessor, db, reader, clock, cancel) is not null
            ? TypedResults.NoContent() : TypedResults.NotFound();

    /// <returns>The assessor; null where there is no such one.</returns>
    public static async Task<Assessor?> Execute(RatedAssessment assessment, Guid assessor, AssessmentDb db, Reader reader, TimeProvider clock, CancellationToken cancel)
    {
        await using var transaction = await db.LockAsync(assessment.Id, cancel);
        if (await db.Assessors.FirstOrDefaultAsync(a => a.Id == assessor && a.AssessmentId == assessment.Id && a.RemovedAt == null, cancel) is not { } found) return null;
        found.RemovedAt = clock.GetUtcNow();
        await db.Ratings.Where(r => r.AssessorId == assessor && db.Rounds.Any(x => x.Id == r.RoundId && x.ClosedAt == null)).ExecuteDeleteAsync(cancel);
        db.Record(reader, found.RemovedAt.Value, "assessor.remove", assessment.PlaceId, found.Name);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return found;
    }
}
