using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Michi.Assessment.Rounds;

/// <summary>Starts an assessment of a place with the current content pack.</summary>
internal static class StartAssessment
{
    public const int MaxTitle = 200;

    /// <param name="Title">At most 200 characters; names one assessment of the place.</param>
    /// <param name="Demonstration">True for an exercise or a demonstration: it does not count for the place's profile.</param>
    public sealed record Request(string? Title, bool Demonstration);

    public sealed record Started(Guid Id);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/", Handle).WithMetadata(new AllowAttribute(Right.Facilitate)).WithSummary("Start an assessment").ProducesProblem(422);

    public static async Task<Results<Created<Started>, ProblemHttpResult>> Handle(
        string place, Request request, HttpContext http, AssessmentDb db, PackStore packs, Reader reader, TimeProvider clock, Words words, CancellationToken cancel)
    {
        var (started, refused) = await Execute(http.Place(), request, db, packs, reader, clock, cancel);
        return started is null ? Refusal.Problem(refused, words) : TypedResults.Created($"/api/places/{place}/assessments/{started.Id}", new Started(started.Id));
    }

    public static async Task<(RatedAssessment? Started, IReadOnlyList<Refusal> Refused)> Execute(
        Place place, Request request, AssessmentDb db, PackStore packs, Reader reader, TimeProvider clock, CancellationToken cancel)
    {
        var title = request.Title?.Trim() ?? "";
        var refused = Refusal.OfText("title", title, MaxTitle, required: true).ToList();
        if (refused.Count > 0) return (null, refused);
        var now = clock.GetUtcNow();
        var assessment = new RatedAssessment { Id = Guid.CreateVersion7(now), PlaceId = place.Id, Title = title, PackHash = packs.Current.Hash, IsDemonstration = request.Demonstration, CreatedAt = now };
        db.Assessments.Add(assessment);
        db.Record(reader, now, "assessment.start", place.Id, title);
        try
        {
            await db.SaveChangesAsync(cancel);
        }
        catch (DbUpdateException)
        {
            db.ChangeTracker.Clear();
            if (!await db.Assessments.AnyAsync(a => a.PlaceId == place.Id && a.Title == title, cancel)) throw;
            return (null, [new("title", "title-taken", title)]);
        }
        return (assessment, Refusal.None);
    }
}
