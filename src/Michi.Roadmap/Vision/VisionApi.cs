using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Roadmap.Vision;

/// <summary>The vision of a place through the API.</summary>
internal static class VisionApi
{
    /// <param name="Version">To be sent back with a change; 0 while there is no vision.</param>
    public sealed record Answer(VisionFacts Vision, int Version, bool IsDemonstration);

    /// <param name="Version">The version the change is based on.</param>
    public sealed record Change(VisionFacts? Vision, int Version);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/places/{place}/vision", GetAsync).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("The vision of a place with its objectives, targets, alignments and logic");
        routes.MapPut("/api/places/{place}/vision", PutAsync).WithMetadata(new AllowAttribute(Right.Plan)).WithSummary("Change the vision of a place").ProducesProblem(409).ProducesProblem(422);
    }

    public static async Task<Ok<Answer>> GetAsync(string place, HttpContext http, SaveVision visions, CancellationToken cancel)
    {
        var vision = await visions.FindAsync(PlaceOf(http), cancel);
        return TypedResults.Ok(new Answer(vision?.Facts ?? new(), vision?.Version ?? 0, vision?.IsDemonstration ?? false));
    }

    public static async Task<Results<NoContent, ProblemHttpResult>> PutAsync(string place, Change change, HttpContext http, SaveVision visions, Words words, CancellationToken cancel)
    {
        var check = new InputCheck();
        if (change.Vision is null) check.Refuse("vision", "required");
        var facts = VisionInput.Vision(check, change.Vision ?? new(), words.Language);
        if (!check.IsSound) return InputProblems.Of(check.Faults, words);
        if (await visions.RunAsync(PlaceOf(http), change.Version, facts, "all", cancel)) return TypedResults.NoContent();
        return InputProblems.ChangedMeanwhile(words, (await visions.FindAsync(PlaceOf(http), cancel))?.Version ?? 0);
    }

    private static Place PlaceOf(HttpContext http) => (Place)http.Items[typeof(Place)]!;
}
