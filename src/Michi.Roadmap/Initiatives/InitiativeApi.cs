using System.ComponentModel.DataAnnotations;
using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Roadmap.Initiatives;

/// <summary>The initiative library and the initiatives of a place, through the API.</summary>
internal static class InitiativeApi
{
    /// <param name="Version">To be sent back with a change.</param>
    public sealed record Row(
        string Code, string? LibraryId, string? LibraryVersion, string Gate, bool IsDemonstration, int Version, DateTimeOffset ChangedAt, DateTimeOffset? RetiredAt, string? RetiredReason, InitiativeFacts Facts);

    /// <param name="Code">Short name; made from the name where it is missing.</param>
    public sealed record New([Required] InitiativeFacts Facts, string? Code = null, string Gate = "idea");

    /// <param name="Version">The version the change is based on.</param>
    public sealed record Change([Required] InitiativeFacts Facts, int Version);

    /// <param name="Reason">Why it is given up; null brings it back.</param>
    /// <param name="RemoveLinks">Whether links of other initiatives to it go.</param>
    public sealed record Retirement(int Version, string? Reason, bool RemoveLinks = false);

    /// <param name="Ids">Ids of the library.</param>
    public sealed record Copy([Required, MaxLength(500)] string[] Ids, bool WithPrerequisites = true);

    /// <param name="WithoutLink">Prerequisites that are not at the place, so that the link to them was left out.</param>
    public sealed record CopiedRow(IReadOnlyList<string> Codes, IReadOnlyList<string> WithoutLink);

    /// <param name="Names">By language.</param>
    public sealed record LibraryRow(LibraryInitiative Initiative, IReadOnlyDictionary<string, string> Names, IReadOnlyDictionary<string, string> Purpose);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/initiative-library", ListLibrary).WithMetadata(new AllowAttribute(Right.Anyone)).WithSummary("List the initiatives of the library, with name and purpose in every language");
        var read = routes.MapGroup("/api/places/{place}/initiatives").WithMetadata(new AllowAttribute(Right.ViewPlace));
        read.MapGet("", ListAsync).WithSummary("List the initiatives of a place, ordered by code");
        read.MapGet("{code}", GetAsync).WithSummary("Read one initiative");
        var write = routes.MapGroup("/api/places/{place}/initiatives").WithMetadata(new AllowAttribute(Right.Plan)).ProducesProblem(409).ProducesProblem(422);
        write.MapPost("", AddAsync).WithSummary("Add an initiative of the city's own");
        write.MapPut("{code}", ChangeAsync).WithSummary("Change an initiative; the version before stays in its history");
        write.MapPost("{code}/retirement", RetireAsync).WithSummary("Give an initiative up with a reason, or bring it back");
        write.MapPost("copies", CopyAsync).WithSummary("Copy initiatives of the library, with what they rest on");
    }

    public static Ok<List<LibraryRow>> ListLibrary(InitiativeLibrary library) => TypedResults.Ok(library.Initiatives.Select(i => new LibraryRow(i,
        library.Languages.ToDictionary(l => l, l => library.Words(l)[$"{i.Id}.name"]), library.Languages.ToDictionary(l => l, l => library.Words(l)[$"{i.Id}.purpose"]))).ToList());

    public static async Task<Ok<List<Row>>> ListAsync(string place, HttpContext http, InitiativeBook book, CancellationToken cancel, bool retired = false) =>
        TypedResults.Ok((await book.ListAsync(PlaceOf(http), retired, cancel)).Select(RowOf).ToList());

    public static async Task<Results<Ok<Row>, ProblemHttpResult>> GetAsync(string place, string code, HttpContext http, InitiativeBook book, Words words, CancellationToken cancel) =>
        await book.FindAsync(PlaceOf(http), code, cancel) is { } found ? TypedResults.Ok(RowOf(found)) : InputProblems.Missing(words);

    public static async Task<Results<Created<Row>, ProblemHttpResult>> AddAsync(string place, New added, HttpContext http, InitiativeBook book, InitiativeLibrary library, Words words, CancellationToken cancel)
    {
        var check = new InputCheck();
        var facts = InitiativeCheck.Run(check, added.Facts with { Basis = null }, "", await book.AroundAsync(PlaceOf(http), "", cancel), words.Language);
        if (added.Code is { Length: > 0 } code && !Slugs.IsValid(code)) check.Refuse("code", "slug", code.Length <= 60 ? code : $"{code[..60]}…");
        var gate = check.Choice("gate", added.Gate, [.. library.Gates]);
        if (!check.IsSound) return InputProblems.Of(check.Faults, words);
        var made = await book.AddAsync(PlaceOf(http), added.Code ?? "", facts, gate, cancel);
        return TypedResults.Created($"/api/places/{place}/initiatives/{made.Code}", RowOf(made));
    }

    public static async Task<Results<NoContent, ProblemHttpResult>> ChangeAsync(string place, string code, Change change, HttpContext http, InitiativeBook book, Words words, CancellationToken cancel)
    {
        var check = new InputCheck();
        var facts = InitiativeCheck.Run(check, change.Facts, code, await book.AroundAsync(PlaceOf(http), code, cancel), words.Language);
        return check.IsSound ? Answer(await book.ChangeAsync(PlaceOf(http), code, change.Version, facts, cancel), words) : InputProblems.Of(check.Faults, words);
    }

    public static async Task<Results<NoContent, ProblemHttpResult>> RetireAsync(string place, string code, Retirement retirement, HttpContext http, InitiativeBook book, Words words, CancellationToken cancel)
    {
        if (retirement.Reason is null) return Answer(await book.RestoreAsync(PlaceOf(http), code, retirement.Version, cancel), words);
        var check = new InputCheck();
        var reason = check.Text("reason", retirement.Reason, 1000);
        return check.IsSound ? Answer(await book.RetireAsync(PlaceOf(http), code, retirement.Version, reason, retirement.RemoveLinks, cancel), words) : InputProblems.Of(check.Faults, words);
    }

    public static async Task<Results<Ok<CopiedRow>, ProblemHttpResult>> CopyAsync(string place, Copy copy, HttpContext http, InitiativeBook book, InitiativeLibrary library, Words words, CancellationToken cancel)
    {
        var check = new InputCheck();
        if (copy.Ids.FirstOrDefault(i => i is null || library.Find(i) is null) is { } unknown) check.Refuse("ids", "initiative-unknown-id", unknown.Length <= 60 ? unknown : $"{unknown[..60]}…");
        if (copy.Ids.Length == 0 || copy.Ids.Contains(null)) check.Refuse("ids", "required");
        if (!check.IsSound) return InputProblems.Of(check.Faults, words);
        var copied = await book.CopyAsync(PlaceOf(http), copy.Ids, copy.WithPrerequisites, cancel);
        return TypedResults.Ok(new CopiedRow([.. copied.Copied.Select(i => i.Code)], copied.WithoutLink));
    }

    private static ProblemHttpResult Problem(InitiativeOutcome outcome, Words words) => outcome switch
    {
        InitiativeChanged changed => InputProblems.ChangedMeanwhile(words, changed.Newest.Version),
        InitiativeNeeded needed => TypedResults.Problem(statusCode: 409, type: "/problems/initiative-needed", title: words["input.initiative-links"],
            extensions: new Dictionary<string, object?> { ["neededBy"] = needed.By.Select(i => i.Code).ToList() }),
        _ => InputProblems.Missing(words),
    };

    private static Results<NoContent, ProblemHttpResult> Answer(InitiativeOutcome outcome, Words words) => outcome is InitiativeSaved ? TypedResults.NoContent() : Problem(outcome, words);

    private static Row RowOf(Initiative i) => new(i.Code, i.LibraryId, i.LibraryVersion, i.Gate, i.IsDemonstration, i.Version, i.ChangedAt, i.RetiredAt, i.RetiredReason, i.Facts);

    private static Place PlaceOf(HttpContext http) => (Place)http.Items[typeof(Place)]!;
}
