using System.ComponentModel.DataAnnotations;
using Michi.Assessment.Exchange;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Evidence;

/// <summary>Adds evidence, changes it, retires it or brings it back, through the API.</summary>
internal static class PutEvidence
{
    /// <param name="Version">The version the change is based on.</param>
    public sealed record Change([Required] FileEvidence Evidence, int Version);

    /// <param name="Reason">Why it no longer counts; null brings it back.</param>
    public sealed record Retirement(int Version, string? Reason);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var evidence = routes.MapGroup("/api/places/{place}/evidence").WithMetadata(new AllowAttribute(Right.Contribute)).ProducesProblem(409).ProducesProblem(422);
        evidence.MapPost("", AddAsync).WithSummary("Add evidence; it gets a code of its own");
        evidence.MapPut("{code}", ChangeAsync).WithSummary("Change evidence; the version before stays in its history");
        evidence.MapPost("{code}/retirement", RetireAsync).WithSummary("Retire evidence with a reason, or bring it back");
    }

    public static async Task<Results<Created, ProblemHttpResult>> AddAsync(string place, FileEvidence evidence, HttpContext http, SaveEvidence save, PackStore packs, Words words, TimeProvider clock, CancellationToken cancel) =>
        await SaveAsync(evidence with { Id = "", Place = place }, 0, http, save, packs, words, clock, cancel) is var (saved, problem) && saved is not null
            ? TypedResults.Created($"/api/places/{place}/evidence/{saved.Code}") : problem!;

    public static async Task<Results<NoContent, ProblemHttpResult>> ChangeAsync(string place, string code, Change change, HttpContext http, SaveEvidence save, PackStore packs, Words words, TimeProvider clock, CancellationToken cancel) =>
        await SaveAsync(change.Evidence with { Id = code, Place = place }, change.Version, http, save, packs, words, clock, cancel) is var (saved, problem) && saved is not null
            ? TypedResults.NoContent() : problem!;

    public static async Task<Results<NoContent, ProblemHttpResult>> RetireAsync(string place, string code, Retirement retirement, HttpContext http, SaveEvidence save, Words words, CancellationToken cancel)
    {
        if (retirement.Reason is { } reason && (string.IsNullOrWhiteSpace(reason) || reason.Length > 1000))
            return FileProblems.Answer([new("reason", string.IsNullOrWhiteSpace(reason) ? "required" : "too-long", "1000")], words, words["input.title"]);
        var outcome = await save.RetireAsync(code, PlaceOf(http), retirement.Version, retirement.Reason?.Trim(), cancel);
        return outcome is Saved ? TypedResults.NoContent() : Refusal(outcome, words);
    }

    private static async Task<(Saved?, ProblemHttpResult?)> SaveAsync(FileEvidence evidence, int version, HttpContext http, SaveEvidence save, PackStore packs, Words words, TimeProvider clock, CancellationToken cancel)
    {
        // Attached files come through the page or an import; a body of JSON that carries them here would be kept nowhere.
        var given = evidence with { Attachments = [], Retired = null };
        var problems = PlaceFileCheck.Problems(new() { Evidence = [given] }, packs.Current, new HashSet<string> { given.Place }, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));
        if (problems.Count > 0) return (null, FileProblems.Answer(problems.Select(p => p with { Where = p.Where.Split('.', 2)[^1] }), words, words["input.title"]));
        var outcome = await save.RunAsync(given, PlaceOf(http), version, attached: null, cancel);
        return outcome is Saved saved ? (saved, null) : (null, Refusal(outcome, words));
    }

    private static ProblemHttpResult Refusal(SaveOutcome outcome, Words words) => outcome is ChangedMeanwhile
        ? TypedResults.Problem(statusCode: 409, type: "/problems/changed-meanwhile", title: words["evidence.changed-meanwhile"])
        : TypedResults.Problem(statusCode: 404, type: "/problems/not-found", title: words["error.title-404"]);

    private static Place PlaceOf(HttpContext http) => (Place)http.Items[typeof(Place)]!;
}
