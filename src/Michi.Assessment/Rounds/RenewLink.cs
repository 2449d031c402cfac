using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Rounds;

/// <summary>Gives an assessor a new link; the old one stops working.</summary>
/// <remarks>The new link does not show what was answered by the old one: whoever renews it must not see another's ratings. They still count.</remarks>
internal static class RenewLink
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/{assessment:guid}/assessors/{assessor:guid}/link", Handle).WithMetadata(new AllowAttribute(Right.Facilitate))
            .WithSummary("Renew an assessor's link; the old one stops working");

    public static async Task<Results<Ok<InviteAssessors.Invited>, NotFound>> Handle(
        Guid assessment, Guid assessor, HttpContext http, RoundBook book, AssessmentDb db, Reader reader, TimeProvider clock, CancellationToken cancel) =>
        await book.FindAsync(http.Place().Id, assessment, cancel) is { } found && await Execute(found, assessor, db, reader, clock, cancel) is { } renewed
            ? TypedResults.Ok(renewed) : TypedResults.NotFound();

    /// <returns>Null where there is no such assessor.</returns>
    public static async Task<InviteAssessors.Invited?> Execute(
        RatedAssessment assessment, Guid assessor, AssessmentDb db, Reader reader, TimeProvider clock, CancellationToken cancel)
    {
        await using var transaction = await db.LockAsync(assessment.Id, cancel);
        if (await db.Assessors.FirstOrDefaultAsync(a => a.Id == assessor && a.AssessmentId == assessment.Id && a.RemovedAt == null, cancel) is not { } found) return null;
        var secret = Secret.New();
        (found.LinkHash, found.InvitedAt) = (Secret.HashOf(secret), clock.GetUtcNow());
        db.Record(reader, found.InvitedAt, "assessor.renew", assessment.PlaceId, found.Name);
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return new(found.Id, found.Name, found.Group, secret);
    }
}
