using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Roadmap.Scenarios;

/// <summary>The scenarios of a place through the API.</summary>
internal static class ScenarioApi
{
    /// <param name="Version">To be sent back with a change.</param>
    public sealed record Row(Guid Id, string Name, int Version, bool IsDemonstration, string Start, int Quarters, DateTimeOffset ChangedAt, string ChangedBy);

    /// <param name="Version">To be sent back with a change.</param>
    public sealed record Answer(Guid Id, string Name, int Version, bool IsDemonstration, DateTimeOffset ChangedAt, string ChangedBy, ScenarioFacts Scenario);

    public sealed record New(string? Name, ScenarioFacts? Scenario);

    /// <param name="Version">The version the change is based on.</param>
    public sealed record Change(string? Name, ScenarioFacts? Scenario, int Version);

    /// <param name="Name">Of the copy; null for the name it is copied from, marked as a copy.</param>
    public sealed record Copy(string? Name);

    /// <param name="Version">The version looked at.</param>
    public sealed record Retirement(int Version);

    public sealed record Added(Guid Id, int Version);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/places/{place}/scenarios").WithMetadata(new AllowAttribute(Right.Contribute));
        read.MapGet("", ListAsync).WithSummary("List the scenarios of a place, the one changed last first");
        read.MapGet("{id:guid}", GetAsync).WithSummary("Read one scenario");
        var write = routes.MapGroup("/api/places/{place}/scenarios").WithMetadata(new AllowAttribute(Right.Plan)).ProducesProblem(422);
        write.MapPost("", AddAsync).WithSummary("Add a scenario").Produces<Added>(201);
        write.MapPut("{id:guid}", ChangeAsync).WithSummary("Replace a scenario").ProducesProblem(404).ProducesProblem(409);
        write.MapPost("{id:guid}/copies", CopyAsync).WithSummary("Copy a scenario").Produces<Added>(201).ProducesProblem(404);
        write.MapPost("{id:guid}/retirement", RetireAsync).WithSummary("Take a scenario out of the list; its plans stay").ProducesProblem(404).ProducesProblem(409);
    }

    public static async Task<Ok<List<Row>>> ListAsync(string place, HttpContext http, ScenarioBook book, CancellationToken cancel) =>
        TypedResults.Ok((await book.OfAsync(PlaceOf(http).Id, cancel)).Select(s => new Row(s.Id, s.Name, s.Version, s.IsDemonstration, s.Facts.Start.ToString(), s.Facts.Quarters, s.ChangedAt, s.ChangedBy)).ToList());

    public static async Task<Results<Ok<Answer>, ProblemHttpResult>> GetAsync(string place, Guid id, HttpContext http, ScenarioBook book, Words words, CancellationToken cancel) =>
        await book.FindAsync(PlaceOf(http).Id, id, cancel) is { } s ? TypedResults.Ok(new Answer(s.Id, s.Name, s.Version, s.IsDemonstration, s.ChangedAt, s.ChangedBy, s.Facts)) : InputProblems.Missing(words);

    public static async Task<IResult> AddAsync(string place, New added, HttpContext http, ScenarioBook book, BuildPlanInput build, InitiativeLibrary library, Words words, CancellationToken cancel)
    {
        var (name, facts, faults) = await CheckedAsync(PlaceOf(http), added.Name, added.Scenario, build, library, words, cancel);
        return faults.Count > 0 ? InputProblems.Of(faults, words) : Made(place, await book.AddAsync(PlaceOf(http), name, facts!, PlaceOf(http).IsDemonstration, cancel));
    }

    public static async Task<IResult> ChangeAsync(string place, Guid id, Change change, HttpContext http, ScenarioBook book, BuildPlanInput build, InitiativeLibrary library, Words words, CancellationToken cancel)
    {
        var (name, facts, faults) = await CheckedAsync(PlaceOf(http), change.Name, change.Scenario, build, library, words, cancel);
        return faults.Count > 0 ? InputProblems.Of(faults, words) : await ResultAsync(await book.SaveAsync(PlaceOf(http), id, change.Version, name, facts!, cancel), PlaceOf(http), id, book, words, cancel);
    }

    public static async Task<IResult> CopyAsync(string place, Guid id, Copy copy, HttpContext http, ScenarioBook book, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(PlaceOf(http).Id, id, cancel) is not { } scenario) return InputProblems.Missing(words);
        var check = new InputCheck();
        var name = copy.Name is null ? ScenarioBook.NameOfCopy(scenario, words) : check.Line("name", copy.Name, ScenarioCheck.MaxName);
        return check.IsSound ? Made(place, await book.AddAsync(PlaceOf(http), name, scenario.Facts, scenario.IsDemonstration, cancel)) : InputProblems.Of(check.Faults, words);
    }

    public static async Task<IResult> RetireAsync(string place, Guid id, Retirement retirement, HttpContext http, ScenarioBook book, Words words, CancellationToken cancel) =>
        await ResultAsync(await book.RetireAsync(PlaceOf(http), id, retirement.Version, cancel), PlaceOf(http), id, book, words, cancel);

    private static async Task<(string Name, ScenarioFacts? Facts, IReadOnlyList<Fault> Faults)> CheckedAsync(
        Place place, string? name, ScenarioFacts? scenario, BuildPlanInput build, InitiativeLibrary library, Words words, CancellationToken cancel)
    {
        if (scenario is null) return ("", null, [new("scenario", "required")]);
        var check = new InputCheck();
        var (line, facts) = ScenarioCheck.Run(check, name, scenario, await build.GroundAsync(place, cancel), library, words.Language);
        return (line, facts, check.Faults);
    }

    private static Created<Added> Made(string place, Scenario made) => TypedResults.Created($"/api/places/{place}/scenarios/{made.Id}", new Added(made.Id, made.Version));

    private static async Task<IResult> ResultAsync(Saved saved, Place place, Guid id, ScenarioBook book, Words words, CancellationToken cancel) => saved switch
    {
        Saved.Done => TypedResults.NoContent(),
        Saved.ChangedMeanwhile when await book.FindAsync(place.Id, id, cancel) is { } newest => InputProblems.ChangedMeanwhile(words, newest.Version),
        _ => InputProblems.Missing(words),
    };

    private static Place PlaceOf(HttpContext http) => (Place)http.Items[typeof(Place)]!;
}
