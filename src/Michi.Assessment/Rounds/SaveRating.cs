using System.Text.Json.Serialization;
using Michi.Approach;
using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Rounds;

/// <summary>Saves one assessor's answer for one element in the open round; saving again replaces it.</summary>
internal static class SaveRating
{
    public sealed record Answer
    {
        /// <summary>0–4; null = cannot tell, which is an answer.</summary>
        [JsonRequired]
        public int? Level { get; init; }

        /// <summary>As the content pack lists them; not needed for "cannot tell".</summary>
        public string? Confidence { get; init; }

        public string? Reason { get; init; }

        /// <summary>Codes of the evidence it rests on.</summary>
        public IReadOnlyList<string>? Evidence { get; init; }

        /// <summary>The round it was made for; refused where another is open by now. Null = whichever is open.</summary>
        public int? Round { get; init; }
    }

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPut("/{secret}/ratings/{element}", Handle).WithMetadata(new AllowAttribute(Right.Anyone)).RequireRateLimiting(AssessmentModule.RatingsLimit)
            .WithSummary("Save an assessor's rating of an element in the open round").ProducesProblem(409).ProducesProblem(422);

    public static async Task<Results<NoContent, NotFound, ProblemHttpResult>> Handle(
        string secret, string element, Answer answer, RoundBook book, EvidenceBook evidence, AssessmentDb db, TimeProvider clock, Words words, CancellationToken cancel)
    {
        if (await book.PassAsync(secret, cancel) is not { } pass || pass.Pack.Element(element) is null) return TypedResults.NotFound();
        var refused = await Execute(pass, element, answer, evidence, db, clock, cancel);
        return refused is null ? TypedResults.NotFound() : refused.Count > 0 ? Refusal.Problem(refused, words) : TypedResults.NoContent();
    }

    /// <returns>Null where the link has stopped working meanwhile.</returns>
    public static async Task<IReadOnlyList<Refusal>?> Execute(
        AssessorPass pass, string element, Answer answer, EvidenceBook evidence, AssessmentDb db, TimeProvider clock, CancellationToken cancel)
    {
        var reason = Plain(answer.Reason);
        var codes = answer.Evidence?.Distinct().Order(StringComparer.Ordinal).ToList() ?? [];
        var refused = RefusedLevel(pass.Pack, answer.Level, answer.Confidence).Concat(Refusal.OfText("reason", reason, Refusal.MaxText, required: false)).ToList();
        if (codes.Count > 0)
        {
            var known = (await evidence.ForAssessorAsync(pass.Place, withRetired: true, cancel)).Select(e => e.Item.Code).ToHashSet(StringComparer.Ordinal);
            refused.AddRange(codes.Where(c => !known.Contains(c)).Take(1).Select(c => new Refusal("evidence", "evidence-unknown", c)));
        }
        if (refused.Count > 0) return refused;

        await using var transaction = await db.LockAsync(pass.Assessment.Id, cancel);
        if (!await db.Assessors.AnyAsync(a => a.Id == pass.Assessor.Id && a.LinkHash == pass.Assessor.LinkHash && a.RemovedAt == null, cancel)) return null;
        if (await db.Rounds.AsNoTracking().FirstOrDefaultAsync(r => r.AssessmentId == pass.Assessment.Id && r.ClosedAt == null, cancel) is not { } round) return Refusal.Conflict("round-closed");
        if (answer.Round is { } meant && meant != round.Number) return Refusal.Conflict("round-changed", meant, round.Number);
        var now = clock.GetUtcNow();
        var rating = await db.Ratings.FirstOrDefaultAsync(r => r.RoundId == round.Id && r.AssessorId == pass.Assessor.Id && r.Element == element, cancel);
        if (rating is null) db.Ratings.Add(rating = new() { Id = Guid.CreateVersion7(now), RoundId = round.Id, AssessorId = pass.Assessor.Id, Element = element, Confidence = "", At = now });
        // "Cannot tell" needs no confidence; the least of the pack's stands for it.
        (rating.Level, rating.Confidence, rating.Reason, rating.EvidenceCodes, rating.At) =
            (answer.Level, answer.Confidence ?? pass.Pack.Evidence.Confidences.MaxBy(c => c.Value).Key, reason, string.Join(' ', codes), now);
        db.Audit.Add(new() { At = now, Actor = "assessor link", Action = "rating.save", PlaceId = pass.Place.Id, Subject = FormattableString.Invariant($"{pass.Assessor.Name}: {element}, {round.Number}") });
        await db.SaveChangesAsync(cancel);
        await transaction.CommitAsync(cancel);
        return Refusal.None;
    }

    /// <summary>What is wrong with a level and its confidence.</summary>
    public static IEnumerable<Refusal> RefusedLevel(ContentPack pack, int? level, string? confidence)
    {
        if (level is < 0 or >= ContentPack.Levels) yield return new("level", "level-range");
        if (confidence is null ? level is not null : !pack.Evidence.Confidences.ContainsKey(confidence)) yield return new("confidence", "confidence-missing");
    }

    /// <summary>A typed text without blanks round it, lines ending alike.</summary>
    public static string Plain(string? text) => text?.ReplaceLineEndings("\n").Trim() ?? "";
}
