using Michi.Assessment.Profiles;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Rounds;

/// <summary>Records, changes or withdraws what the assessors agreed on for an element, after a closed round and while none is open.</summary>
internal static class RecordConsensus
{
    public sealed record Request(int? Level, string? Confidence, string? Reason);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/{assessment:guid}/consensus/{element}", Handle).WithMetadata(new AllowAttribute(Right.Facilitate))
            .WithSummary("Record the consensus on an element, with its reason").ProducesProblem(409).ProducesProblem(422);
        routes.MapDelete("/{assessment:guid}/consensus/{element}", Withdraw).WithMetadata(new AllowAttribute(Right.Facilitate)).WithSummary("Withdraw the consensus on an element");
    }

    public static async Task<Results<NoContent, NotFound, ProblemHttpResult>> Handle(
        Guid assessment, string element, Request request, HttpContext http, RoundBook book, PackStore packs, AssessmentDb db, ProfileQueue profiles, Reader reader, TimeProvider clock, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(http.Place().Id, assessment, cancel) is not { } found || (await packs.GetAsync(found.PackHash, cancel)).Element(element) is null) return TypedResults.NotFound();
        var refused = await Execute(found, element, request, packs, db, profiles, reader, clock, cancel);
        return refused.Count > 0 ? Refusal.Problem(refused, words) : TypedResults.NoContent();
    }

    public static async Task<Results<NoContent, NotFound, ProblemHttpResult>> Withdraw(
        Guid assessment, string element, HttpContext http, RoundBook book, AssessmentDb db, ProfileQueue profiles, Reader reader, TimeProvider clock, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(http.Place().Id, assessment, cancel) is not { } found) return TypedResults.NotFound();
        var refused = await WithdrawAsync(found, element, db, profiles, reader, clock, cancel);
        return refused.Count > 0 ? Refusal.Problem(refused, words) : TypedResults.NoContent();
    }

    public static async Task<IReadOnlyList<Refusal>> Execute(
        RatedAssessment assessment, string element, Request request, PackStore packs, AssessmentDb db, ProfileQueue profiles, Reader reader, TimeProvider clock, CancellationToken cancel)
    {
        var pack = await packs.GetAsync(assessment.PackHash, cancel);
        var reason = SaveRating.Plain(request.Reason);
        var refused = SaveRating.RefusedLevel(pack, request.Level, request.Confidence).Concat(Refusal.OfText("reason", reason, Refusal.MaxText, required: true)).ToList();
        if (request.Level is null) refused.Insert(0, new("level", "level-missing"));
        if (refused.Count > 0) return refused;
        return await ChangeAsync(assessment, element, "consensus.record", db, profiles, reader, clock, (known, now) =>
        {
            if (known is null) db.Consensus.Add(known = new() { Id = Guid.CreateVersion7(now), AssessmentId = assessment.Id, Element = element, Level = 0, Confidence = "", Reason = "", At = now });
            (known.Level, known.Confidence, known.Reason, known.At) = (request.Level!.Value, request.Confidence!, reason, now);
        }, cancel);
    }

    public static Task<IReadOnlyList<Refusal>> WithdrawAsync(RatedAssessment assessment, string element, AssessmentDb db, ProfileQueue profiles, Reader reader, TimeProvider clock, CancellationToken cancel) =>
        ChangeAsync(assessment, element, "consensus.withdraw", db, profiles, reader, clock, (known, _) => { if (known is not null) db.Consensus.Remove(known); }, cancel);

    private static async Task<IReadOnlyList<Refusal>> ChangeAsync(
        RatedAssessment assessment, string element, string action, AssessmentDb db, ProfileQueue profiles, Reader reader, TimeProvider clock, Action<Consensus?, DateTimeOffset> change, CancellationToken cancel)
    {
        await using var transaction = await db.LockAsync(assessment.Id, cancel);
        var rounds = await db.Rounds.AsNoTracking().Where(r => r.AssessmentId == assessment.Id).ToListAsync(cancel);
        if (rounds.Count == 0 || rounds.Any(r => r.ClosedAt is null)) return Refusal.Conflict("consensus-early");
        var now = clock.GetUtcNow();
        change(await db.Consensus.FirstOrDefaultAsync(c => c.AssessmentId == assessment.Id && c.Element == element, cancel), now);
        db.Record(reader, now, action, assessment.PlaceId, $"{assessment.Title} {element}");
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        profiles.Enqueue(assessment.PlaceId);
        return Refusal.None;
    }
}
