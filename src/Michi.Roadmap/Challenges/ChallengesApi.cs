using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Roadmap.Challenges;

/// <summary>The challenges of a place through the API.</summary>
internal static class ChallengesApi
{
    /// <param name="Version">To be sent back with a change.</param>
    /// <param name="Challenge">Its district is null for the whole place, and where the reader may not see the district.</param>
    /// <param name="Answers">Codes of the initiatives that answer it.</param>
    /// <param name="RetiredAs"><c>solved</c> or <c>withdrawn</c>; null while it stands.</param>
    public sealed record Row(string Code, int Version, bool IsDemonstration, ChallengeFacts Challenge, IReadOnlyList<string> Answers, string? RetiredAs, string? RetiredReason, DateTimeOffset ChangedAt);

    /// <param name="Version">The version the change is based on; 0 for a new challenge.</param>
    public sealed record Change(int Version, ChallengeInput? Challenge);

    public sealed record Answer(string Code, int Version);

    public static void Map(IEndpointRouteBuilder routes)
    {
        const string All = "/api/places/{place}/challenges";
        routes.MapGet(All, ListAsync).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("List the challenges of a place, worst first; solved and withdrawn ones with retired=true");
        routes.MapPost(All, AddAsync).WithMetadata(new AllowAttribute(Right.Plan)).WithSummary("Add a challenge").Produces<Answer>(201).ProducesProblem(422);
        routes.MapPut($"{All}/{{code}}", ChangeAsync).WithMetadata(new AllowAttribute(Right.Plan)).WithSummary("Change a challenge").Produces<Answer>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        routes.MapPost($"{All}/{{code}}/retirement", RetireAsync).WithMetadata(new AllowAttribute(Right.Plan)).WithSummary("Say that a challenge is solved, withdrawn or standing again")
            .Produces<Answer>().ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
    }

    public static async Task<Ok<List<Row>>> ListAsync(string place, bool? retired, HttpContext http, ChallengeBook book, CancellationToken cancel) =>
        TypedResults.Ok((await book.OfAsync(PlaceOf(http), cancel)).Where(c => retired == true || c.Challenge.RetiredAt is null).Select(c => new Row(
            c.Challenge.Code, c.Challenge.Version, c.Challenge.IsDemonstration, c.Facts with { District = c.District?.Slug }, [.. c.Answers.Select(i => i.Code)], c.Challenge.RetiredAs, c.Challenge.RetiredReason,
            c.Challenge.ChangedAt)).ToList());

    public static Task<IResult> AddAsync(string place, Change change, HttpContext http, SaveChallenge save, Words words, CancellationToken cancel) => SaveAsync(null, change, http, save, words, cancel);

    public static Task<IResult> ChangeAsync(string place, string code, Change change, HttpContext http, SaveChallenge save, Words words, CancellationToken cancel) => SaveAsync(code, change, http, save, words, cancel);

    public static async Task<IResult> RetireAsync(string place, string code, RetireChallenge.Request request, HttpContext http, RetireChallenge retire, Words words, CancellationToken cancel) =>
        Result(await retire.RunAsync(PlaceOf(http), code, request, cancel), words);

    private static async Task<IResult> SaveAsync(string? code, Change change, HttpContext http, SaveChallenge save, Words words, CancellationToken cancel)
    {
        if (change.Challenge is null) return InputProblems.Of([new("challenge", "required")], words);
        var saved = await save.RunAsync(PlaceOf(http), code, change.Version, change.Challenge, new(), cancel);
        return code is null && saved.IsSaved ? TypedResults.Created($"/api/places/{PlaceOf(http).Slug}/challenges/{saved.Challenge!.Code}", new Answer(saved.Challenge.Code, saved.Challenge.Version)) : Result(saved, words);
    }

    private static IResult Result(SavedChallenge saved, Words words) => saved switch
    {
        { IsSaved: true, Challenge: { } challenge } => TypedResults.Ok(new Answer(challenge.Code, challenge.Version)),
        { Faults.Count: > 0 } => InputProblems.Of(saved.Faults, words),
        { Challenge: { } newest } => InputProblems.ChangedMeanwhile(words, newest.Version),
        _ => InputProblems.Missing(words),
    };

    private static Place PlaceOf(HttpContext http) => (Place)http.Items[typeof(Place)]!;
}
