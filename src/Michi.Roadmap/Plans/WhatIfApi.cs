using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Michi.Roadmap.Plans;

/// <summary>What-if through the API.</summary>
internal static class WhatIfApi
{
    /// <param name="Changes">What takes the place of what the plan's scenario says.</param>
    public sealed record Request(WhatIfChanges? Changes);

    /// <param name="Name">Of the scenario.</param>
    public sealed record Keeping(WhatIfChanges? Changes, string? Name);

    /// <param name="Status"><c>Feasible</c>, <c>Optimal</c>, <c>Infeasible</c> or <c>Unknown</c>.</param>
    /// <param name="Value">Points; null where no plan was found.</param>
    /// <param name="Bound">No plan is worth more, proved; null where nothing is proved.</param>
    /// <param name="Gap">(bound − value) / |value|.</param>
    /// <param name="Schedule">What is done, in order of start; null where no plan was found.</param>
    /// <param name="Changes">What differs from the plan before; null where no plan was found.</param>
    /// <param name="Conflict">Sentences that cannot all hold together.</param>
    public sealed record Answer(
        string Status, double? Value, double? Bound, double? Gap, double Seconds, IReadOnlyList<PlanApi.Scheduled>? Schedule, PlanApi.Difference? Changes, IReadOnlyList<string> Conflict);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var write = routes.MapGroup("/api/places/{place}/plans/{id:guid}/what-if").WithMetadata(new AllowAttribute(Right.Plan)).ProducesProblem(404).ProducesProblem(422);
        write.MapPost("", AskAsync).WithSummary("What would become of a plan if decisions, money or people were others; nothing is saved").Produces<Answer>();
        write.MapPost("scenario", KeepAsync).WithSummary("Keep what was tried as a scenario, and look for its plan").Produces<Kept>(201);
    }

    public static async Task<IResult> AskAsync(string place, Guid id, Request request, HttpContext http, PlanBook book, WhatIf whatIf, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(PlaceOf(http).Id, id, cancel) is not { HasSchedule: true, IsUnderWay: false } plan) return InputProblems.Missing(words);
        var (answer, faults) = await whatIf.RunAsync(plan, request.Changes ?? new(), cancel);
        if (answer is null) return InputProblems.Of(faults, words);
        var (outcome, difference) = (answer.Outcome, answer.Difference);
        var (value, bound) = difference is null ? ((double?)null, (double?)null) : (outcome.Value, outcome.Bound < double.MaxValue ? outcome.Bound : null);
        return TypedResults.Ok(new Answer(outcome.Status.ToString(), value, bound, bound is null ? null : outcome.Gap, outcome.Seconds,
            difference?.After.Schedule.Select(PlanApi.Scheduled.Of).ToList(), difference is null ? null : PlanApi.DifferenceOf(difference), answer.Conflict));
    }

    public static async Task<IResult> KeepAsync(string place, Guid id, Keeping keeping, HttpContext http, PlanBook book, WhatIf whatIf, Words words, CancellationToken cancel)
    {
        if (await book.FindAsync(PlaceOf(http).Id, id, cancel) is not { HasSchedule: true, IsUnderWay: false } plan) return InputProblems.Missing(words);
        var (kept, faults) = await whatIf.KeepAsync(PlaceOf(http), plan, keeping.Changes ?? new(), keeping.Name, cancel);
        return kept is null ? InputProblems.Of(faults, words) : TypedResults.Created($"/api/places/{place}/scenarios/{kept.Scenario}", kept);
    }

    private static Place PlaceOf(HttpContext http) => (Place)http.Items[typeof(Place)]!;
}
