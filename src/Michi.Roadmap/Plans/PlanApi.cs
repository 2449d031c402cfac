using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Roadmap.Scenarios;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Roadmap.Plans;

/// <summary>The plans of a place through the API.</summary>
internal static class PlanApi
{
    /// <param name="Value">Points of the best plan so far; null while there is none.</param>
    /// <param name="Bound">No plan is worth more, proved; null where nothing is proved.</param>
    /// <param name="Gap">(bound − value) / |value|.</param>
    public sealed record Row(Guid Id, Guid Scenario, string ScenarioName, string Kind, Guid? BasedOn, string State, double? Value, double? Bound, double? Gap, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset? AdoptedAt, string? AdoptedBy);

    /// <param name="Scenario">A scenario of the place.</param>
    /// <param name="Seconds">To search; null for the usual time.</param>
    /// <param name="BasedOn">A plan to begin from; null for none.</param>
    public sealed record Start(Guid Scenario, double? Seconds, Guid? BasedOn);

    public sealed record Started(Guid Id);

    /// <param name="From">First quarter under way, <c>2027-Q1</c>.</param>
    /// <param name="Last">Last quarter of the set-up.</param>
    public sealed record Scheduled(string Code, string From, string Last)
    {
        public static Scheduled Of(ScheduledInitiative initiative) => new(initiative.Code, initiative.From.ToString(), initiative.Last.ToString());
    }

    /// <param name="Status"><c>Feasible</c>, <c>Optimal</c> or <c>Infeasible</c>; null while nothing has come out.</param>
    /// <param name="Seconds">Time of the search so far.</param>
    /// <param name="Schedule">What is done, in order of start; null while there is no plan.</param>
    /// <param name="Left">Codes of what is not done.</param>
    /// <param name="Setup">All set-up cost, in <paramref name="Currency"/>.</param>
    /// <param name="OperationAfter">Operation a year once all of it runs.</param>
    public sealed record Answer(Row Plan, string? Status, double Seconds, IReadOnlyList<Scheduled>? Schedule, IReadOnlyList<string>? Left, string Currency, double? Setup, double? OperationAfter, bool IsDemonstration);

    /// <param name="Kind"><c>entered</c>, <c>left</c>, <c>moved</c> or <c>same</c>.</param>
    /// <param name="Instead">The initiative it takes the place of, or that takes its place.</param>
    public sealed record Moved(string Code, string Kind, string? BeforeFrom, string? BeforeLast, string? AfterFrom, string? AfterLast, string? Instead);

    /// <param name="Of">What the figure is of: an element, a staff pool, an aim.</param>
    public sealed record Changed(string Of, double Before, double After);

    /// <param name="Year">Label of the budget year.</param>
    public sealed record MoneyChanged(string Source, string Year, double SpentBefore, double SpentAfter, double AvailableBefore, double AvailableAfter);

    /// <param name="Unlike">In what the plans were made differently: <c>time</c>, <c>weights</c>, <c>levels</c>, <c>currency</c>.</param>
    /// <param name="People">Staff pool: most full-time equivalents at a time.</param>
    /// <param name="Levels">Element: expected level at the end.</param>
    /// <param name="Aims">Target or other aim of the vision: initiatives that lead to it.</param>
    public sealed record Difference(
        IReadOnlyList<string> Unlike, double ValueBefore, double ValueAfter, double SetupBefore, double SetupAfter, double OperationBefore, double OperationAfter,
        IReadOnlyList<Moved> Initiatives, IReadOnlyList<MoneyChanged> Money, IReadOnlyList<Changed> People, IReadOnlyList<Changed> Levels, IReadOnlyList<Changed> Aims);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/places/{place}/plans").WithMetadata(new AllowAttribute(Right.Contribute));
        read.MapGet("", ListAsync).WithSummary("List the plans of a place, the adopted one first, then the newest");
        read.MapGet("{id:guid}", GetAsync).WithSummary("How far a plan is, and what came out");
        read.MapGet("{id:guid}/changes", ChangesAsync).WithSummary("What a plan changes of another one, by default of the adopted one");
        var write = routes.MapGroup("/api/places/{place}/plans").WithMetadata(new AllowAttribute(Right.Plan));
        write.MapPost("", StartAsync).WithSummary("Look for a plan under a scenario").Produces<Started>(202).ProducesProblem(404).ProducesProblem(422);
        write.MapPost("{id:guid}/stop", StopAsync).WithSummary("End a search with the best plan found so far").ProducesProblem(404);
        write.MapPost("{id:guid}/adoption", AdoptAsync).WithSummary("Make a plan the roadmap of its place").ProducesProblem(404).ProducesProblem(422);
    }

    public static async Task<Ok<List<Row>>> ListAsync(string place, HttpContext http, PlanBook book, PlanQueue queue, CancellationToken cancel) =>
        TypedResults.Ok((await book.ItemsAsync(PlaceOf(http).Id, cancel)).Select(p => RowOf(p, queue)).ToList());

    public static async Task<Results<Ok<Answer>, ProblemHttpResult>> GetAsync(string place, Guid id, HttpContext http, PlanBook book, PlanQueue queue, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(PlaceOf(http).Id, id, cancel) is not { } plan) return InputProblems.Missing(words);
        var reading = plan.HasSchedule ? (await book.ReadAsync(plan, cancel)).Reading : null;
        var row = RowOf(new(plan.Id, plan.ScenarioId, plan.Input.ScenarioName, plan.Kind, plan.BasedOn, plan.State, plan.Outcome, plan.CreatedAt, plan.CreatedBy, plan.AdoptedAt, plan.AdoptedBy), queue);
        return TypedResults.Ok(new Answer(row, plan.Outcome?.Status.ToString(), queue.StandingOf(id)?.Seconds ?? plan.Outcome?.Seconds ?? 0,
            reading?.Schedule.Select(Scheduled.Of).ToList(), reading?.Left.Select(i => i.Code).ToList(), plan.Input.Currency, reading?.Setup, reading?.OperationAfter, plan.Input.IsDemonstration));
    }

    public static async Task<Results<Ok<Difference>, ProblemHttpResult>> ChangesAsync(string place, Guid id, Guid? from, HttpContext http, PlanBook book, Words words, CancellationToken cancel)
    {
        var of = PlaceOf(http).Id;
        var before = from is { } named ? await book.FindAsync(of, named, cancel) : await book.AdoptedAsync(of, cancel);
        return await book.FindAsync(of, id, cancel) is { HasSchedule: true } plan && before is { HasSchedule: true }
            ? TypedResults.Ok(DifferenceOf(await book.DifferenceAsync(before, plan, cancel))) : InputProblems.Missing(words);
    }

    public static async Task<IResult> StartAsync(string place, Start request, HttpContext http, ScenarioBook scenarios, StartPlan start, Words words, CancellationToken cancel)
    {
        if (await scenarios.FindAsync(PlaceOf(http).Id, request.Scenario, cancel) is not { } scenario) return InputProblems.Missing(words);
        var (plan, faults) = await start.RunAsync(PlaceOf(http), scenario, request.Seconds, request.BasedOn, cancel);
        return plan is null ? InputProblems.Of(faults, words) : TypedResults.Accepted($"/api/places/{place}/plans/{plan.Id}", new Started(plan.Id));
    }

    public static async Task<IResult> StopAsync(string place, Guid id, HttpContext http, ChangePlan change, Words words, CancellationToken cancel) =>
        await change.StopAsync(PlaceOf(http), id, cancel) == PlanChanged.Done ? TypedResults.NoContent() : InputProblems.Missing(words);

    public static async Task<IResult> AdoptAsync(string place, Guid id, HttpContext http, ChangePlan change, Words words, CancellationToken cancel) => await change.AdoptAsync(PlaceOf(http), id, cancel) switch
    {
        PlanChanged.Done => TypedResults.NoContent(),
        PlanChanged.NoPlanYet => InputProblems.Of([new("plan", "no-plan-yet")], words),
        _ => InputProblems.Missing(words),
    };

    internal static Difference DifferenceOf(PlanDifference d) => new(
        d.Unlike, d.Value.Before, d.Value.After, d.Setup.Before, d.Setup.After, d.Operation.Before, d.Operation.After,
        [.. d.Initiatives.Select(i => new Moved(i.Initiative.Code, i.Kind, i.Before?.From.ToString(), i.Before?.Last.ToString(), i.After?.From.ToString(), i.After?.Last.ToString(), i.Instead?.Code))],
        [.. d.Money.Select(m => new MoneyChanged(m.Source, m.Year, m.Spent.Before, m.Spent.After, m.Available.Before, m.Available.After))],
        Changes(d.People), Changes(d.Levels), Changes(d.Aims));

    private static List<Changed> Changes(IReadOnlyDictionary<string, Figure> figures) => [.. figures.Select(f => new Changed(f.Key, f.Value.Before, f.Value.After))];

    private static Row RowOf(PlanItem p, PlanQueue queue)
    {
        var standing = queue.StandingOf(p.Id);
        var (value, bound) = p.HasSchedule ? (p.Outcome!.Value, p.Outcome.Bound < double.MaxValue ? p.Outcome.Bound : (double?)null) : (standing?.Value, standing?.Bound);
        return new(p.Id, p.ScenarioId, p.Scenario, p.Kind, p.BasedOn, p.State, value, bound, new PlanStanding(0, value, bound).Gap, p.CreatedAt, p.CreatedBy, p.AdoptedAt, p.AdoptedBy);
    }

    private static Place PlaceOf(HttpContext http) => (Place)http.Items[typeof(Place)]!;
}
