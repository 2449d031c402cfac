using System.Globalization;
using System.Text.Json.Nodes;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Roadmap.Procurement;

/// <summary>The API of tenders: for planners everything but scores before the technical close, for evaluators by link what is their own, for everybody the award.</summary>
internal static class TenderApi
{
    public sealed record Listed(Guid Id, Dictionary<string, string> Names, string Kind, string State, int Version);

    /// <param name="Points">Points between the highest and the lowest first score.</param>
    public sealed record ShownSpread(int Bid, string Criterion, int Points, bool IsContested);

    public sealed record ShownBid(
        int Number, string Name, string Country, string Consortium, DateTimeOffset ReceivedAt, bool IsLate, string? Exclusion, string? Commitment, decimal? Price, bool? IsAsCommitted,
        decimal? Technical, bool? ReachesMinimum, IReadOnlyDictionary<string, decimal>? Means, decimal? Financial, decimal? Combined, int? Rank);

    public sealed record ShownEvaluator(Guid Id, string Name, bool IsDone, IReadOnlyList<int> Conflicts);

    public sealed record ShownScore(int Bid, Guid Evaluator, string Criterion, int Round, int Points, string Reason);

    /// <param name="Version">What the next step is based on.</param>
    /// <param name="IsIntact">False where frozen plan or sealed scores have been changed.</param>
    /// <param name="Spreads">Null before everybody has scored.</param>
    /// <param name="Scores">Null before the technical close.</param>
    public sealed record Shown(
        Guid Id, Dictionary<string, string> Names, string Kind, string State, int Version, bool IsIntact, string? Currency, DateTimeOffset? PublishedAt, DateTimeOffset? Deadline, EvaluationPlan Plan, string? PlanHash,
        DateTimeOffset? PlanFrozenAt, int Round, string? Seal, DateTimeOffset? SealedAt, IReadOnlyList<ShownBid> Bids, IReadOnlyList<ShownEvaluator> Evaluators, IReadOnlyList<ShownSpread>? Spreads,
        double? Agreement, IReadOnlyList<ShownScore>? Scores, IReadOnlyList<AwardDecision> Decisions, string? CancelReason);

    /// <param name="BasedOn">The version the step is based on; 0 for publishing.</param>
    public sealed record PublishRequest(int BasedOn, string? Deadline);

    public sealed record BidRequest(int BasedOn, string? Name, string? Country, string? Consortium, string? ReceivedAt, string? Commitment);

    public sealed record ReasonRequest(int BasedOn, string? Reason);

    public sealed record EvaluatorRequest(int BasedOn, string? Name);

    public sealed record StepRequest(int BasedOn);

    public sealed record PriceRequest(int BasedOn, double? Price, string? Nonce);

    public sealed record ProposalRequest(int BasedOn, int Bid, string? Reason, double? StandstillDays);

    /// <param name="Secret">Stands in the link, <c>/{language}/evaluate/{secret}</c>. It is kept nowhere: pass it on now.</param>
    public sealed record Invited(Guid Evaluator, string Secret);

    public sealed record OwnScore(int Bid, string Criterion, int Round, bool IsHidden, int? Points, string? Reason);

    public sealed record OwnBid(int Number, string Name, string Country, string Consortium, string? Conflict);

    /// <param name="Scale">Points that can be given.</param>
    /// <param name="Contested">In the second round, what to look at again.</param>
    public sealed record Own(
        string Place, Dictionary<string, string> Names, string State, int Round, bool IsOpen, string? Seal, IReadOnlyList<OwnBid> Bids, IReadOnlyList<string> Criteria, IReadOnlyList<int> Scale, IReadOnlyList<ShownSpread> Contested,
        IReadOnlyList<OwnScore> Scores);

    public sealed record Declarations(IReadOnlyDictionary<string, string?>? Conflicts);

    /// <param name="Round">The round it is meant for; refused where another is open by now. Null = whichever is open.</param>
    public sealed record ScoreRequest(int? Round, int? Points, string? Reason);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var place = routes.MapGroup("/api/places/{place}");
        place.MapGet("/procurement", ListAsync).WithMetadata(new AllowAttribute(Right.Plan)).WithSummary("List the procurements of a place with their states");
        place.MapGet("/procurement/{id:guid}", ShowAsync).WithMetadata(new AllowAttribute(Right.Plan)).WithSummary("A tender: bids, evaluators, and from the technical close on its scores");
        place.MapGet("/procurement/{id:guid}/ocds", OcdsAsync).WithMetadata(new AllowAttribute(Right.Plan)).WithSummary("The procurement as an OCDS 1.1 release package");
        place.MapGet("/awards/{id:guid}", AwardAsync).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("An award as an OCDS 1.1 release package");

        MapStep(place, "/publish", "Publish the terms of reference; registering of bids begins", (PublishRequest request, Step step) => step.Steps.PublishAsync(step.Place, step.Id, request.BasedOn, request.Deadline, step.Cancel));
        MapStep(place, "/bids", "Register a bid, without its price; the first one freezes the evaluation plan", (BidRequest request, Step step) =>
            step.Steps.RegisterBidAsync(step.Place, step.Id, request.BasedOn, new(request.Name, request.Country, request.Consortium, request.ReceivedAt, request.Commitment), step.Cancel));
        MapStep(place, "/bids/{number:int}/exclusion", "Take a bid out, with the reason", (ReasonRequest request, Step step) => step.Steps.ExcludeAsync(step.Place, step.Id, request.BasedOn, step.Number, request.Reason, step.Cancel));
        MapStep(place, "/evaluation", "Begin the technical evaluation", (StepRequest request, Step step) => step.Steps.StartAsync(step.Place, step.Id, request.BasedOn, step.Cancel));
        MapStep(place, "/second-round", "Ask evaluators to look again where they disagree", (StepRequest request, Step step) => step.Steps.SecondRoundAsync(step.Place, step.Id, request.BasedOn, step.Cancel));
        MapStep(place, "/close", "Close the technical evaluation for good and seal its scores", (StepRequest request, Step step) => step.Steps.CloseAsync(step.Place, step.Id, request.BasedOn, step.Cancel));
        MapStep(place, "/prices", "Open the prices of bids that reach the minimum", (StepRequest request, Step step) => step.Steps.OpenPricesAsync(step.Place, step.Id, request.BasedOn, step.Cancel));
        MapStep(place, "/bids/{number:int}/price", "Enter the price of an opened envelope", (PriceRequest request, Step step) =>
            step.Steps.EnterPriceAsync(step.Place, step.Id, request.BasedOn, step.Number, request.Price, request.Nonce, step.Cancel));
        MapStep(place, "/proposal", "Propose to award the contract to the first of the ranking", (ProposalRequest request, Step step) =>
            step.Steps.ProposeAsync(step.Place, step.Id, request.BasedOn, request.Bid, request.Reason, request.StandstillDays, step.Cancel));
        MapStep(place, "/award", "Award the contract after the standstill", (StepRequest request, Step step) => step.Steps.AwardAsync(step.Place, step.Id, request.BasedOn, step.Cancel));
        MapStep(place, "/decline", "Note that the bidder proposed stepped back", (ReasonRequest request, Step step) => step.Steps.DeclineAsync(step.Place, step.Id, request.BasedOn, request.Reason, step.Cancel));
        MapStep(place, "/cancellation", "Cancel the tender, with the reason", (ReasonRequest request, Step step) => step.Steps.CancelAsync(step.Place, step.Id, request.BasedOn, request.Reason, step.Cancel));
        MapInvite(place, "/evaluators", "Invite an evaluator; answers the link's secret once", (EvaluatorRequest request, Step step) => step.Steps.InviteAsync(step.Place, step.Id, request.BasedOn, request.Name, step.Cancel));
        MapInvite(place, "/evaluators/{evaluator:guid}/link", "Renew an evaluator's link; the old one stops working", (StepRequest request, Step step) => step.Steps.RenewLinkAsync(step.Place, step.Id, request.BasedOn, step.Evaluator, step.Cancel));
        MapStep(place, "/evaluators/{evaluator:guid}/removal", "Remove an evaluator, with the reason", (ReasonRequest request, Step step) =>
            step.Steps.RemoveEvaluatorAsync(step.Place, step.Id, request.BasedOn, step.Evaluator, request.Reason, step.Cancel));

        var evaluate = routes.MapGroup("/api/evaluate/{secret}").WithMetadata(new AllowAttribute(Right.Anyone));
        evaluate.MapGet("", OwnAsync).WithSummary("What an evaluator's link shows: the bids and the own scores");
        evaluate.MapPut("/declarations", DeclareAsync).RequireRateLimiting(RoadmapModule.ScoresLimit).WithSummary("Declare conflicts of interest by number of the bid; an empty text is none").Produces(204).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        evaluate.MapPut("/bids/{number:int}/scores/{criterion}", ScoreAsync).RequireRateLimiting(RoadmapModule.ScoresLimit).WithSummary("Score a bid by a criterion in the present round").Produces(204).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        evaluate.MapPost("/done", FinishAsync).RequireRateLimiting(RoadmapModule.ScoresLimit).WithSummary("Say that everything of the present round is scored").Produces(204).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
    }

    /// <summary>What a step is taken with.</summary>
    private sealed record Step(TenderSteps Steps, Place Place, Guid Id, int Number, Guid Evaluator, CancellationToken Cancel);

    private static void MapStep<T>(IEndpointRouteBuilder place, string path, string summary, Func<T, Step, Task<StepTaken>> run) => Post(place, path, summary, run).Produces(204);

    private static void MapInvite<T>(IEndpointRouteBuilder place, string path, string summary, Func<T, Step, Task<StepTaken>> run) => Post(place, path, summary, run).Produces<Invited>();

    private static RouteHandlerBuilder Post<T>(IEndpointRouteBuilder place, string path, string summary, Func<T, Step, Task<StepTaken>> run) =>
        place.MapPost($"/procurement/{{id:guid}}{path}", async (T? request, Guid id, HttpContext http, TenderSteps steps, Words words, CancellationToken cancel) =>
        {
            if (request is null) return InputProblems.Of([new("", "json", "{ }")], words);
            _ = int.TryParse(http.Request.RouteValues["number"] as string, CultureInfo.InvariantCulture, out var number);
            _ = Guid.TryParse(http.Request.RouteValues["evaluator"] as string, out var evaluator);
            return Answer(await run(request, new(steps, (Place)http.Items[typeof(Place)]!, id, number, evaluator, cancel)), words);
        }).WithMetadata(new AllowAttribute(Right.Plan)).WithSummary(summary).ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);

    private static IResult Answer(StepTaken taken, Words words) => taken switch
    {
        { Secret: { } secret, Evaluator: { } evaluator } => TypedResults.Ok(new Invited(evaluator, secret)),
        { IsDone: true } => TypedResults.NoContent(),
        { Status: 404 } => InputProblems.Missing(words),
        { Status: 422 } => InputProblems.Of(taken.Faults, words),
        _ => TypedResults.Problem(statusCode: taken.Status, type: "/problems/tender-state", title: taken.Faults[0].Sentence(words)),
    };

    private static async Task<Ok<List<Listed>>> ListAsync(string place, HttpContext http, ProcurementBook book, TenderBook tenders, CancellationToken cancel)
    {
        var here = (Place)http.Items[typeof(Place)]!;
        var states = await tenders.StatesAsync(here, cancel);
        return TypedResults.Ok((await book.ListAsync(here, cancel)).Select(p => new Listed(p.Id, p.Facts.Names, p.Facts.Kind, states.GetValueOrDefault(p.Id)?.State ?? TenderState.Draft, states.GetValueOrDefault(p.Id)?.Version ?? 0)).ToList());
    }

    private static async Task<Results<Ok<Shown>, ProblemHttpResult>> ShowAsync(string place, Guid id, HttpContext http, TenderBook tenders, Words words, CancellationToken cancel)
    {
        if (await tenders.ReadAsync((Place)http.Items[typeof(Place)]!, id, cancel) is not { } read) return InputProblems.Missing(words);
        var (tender, facts) = (read.Tender, read.Procurement.Facts);
        var (results, numbers) = ((read.Result?.Bids ?? []).ToDictionary(b => b.Bidder.Id), read.Bidders.ToDictionary(b => b.Id, b => b.Number));
        return TypedResults.Ok(new Shown(id, facts.Names, facts.Kind, read.State, read.Version, read.IsIntact, tender?.Currency, tender?.PublishedAt, tender?.Deadline, read.Plan.Plan, tender?.PlanHash, tender?.PlanFrozenAt, tender?.Round ?? 1,
            tender?.Seal, tender?.SealedAt,
            [.. read.Bidders.Select(b => Of(b, results.GetValueOrDefault(b.Id)))],
            [.. read.Evaluators.Select(e => new ShownEvaluator(e.Evaluator.Id, e.Evaluator.Name, e.IsDone, [.. read.Bidders.Where(b => e.Evaluator.HasDeclared(b) && !e.Evaluator.MayScore(b)).Select(b => b.Number)]))],
            read.Spreads?.Select(s => Of(s, read.Plan)).ToList(), read.Result is { } r && !double.IsNaN(r.Agreement) ? r.Agreement : null,
            read.IsClosed ? [.. read.Scores.Select(s => new ShownScore(numbers[s.BidderId], s.EvaluatorId, s.Criterion, s.Round, s.Points, s.Reason)).OrderBy(s => s.Bid).ThenBy(s => s.Criterion, StringComparer.Ordinal).ThenBy(s => s.Evaluator).ThenBy(s => s.Round)] : null,
            tender?.Decisions ?? [], tender?.CancelReason));
    }

    private static async Task<Results<JsonHttpResult<JsonObject>, ProblemHttpResult>> OcdsAsync(string place, Guid id, HttpContext http, TenderBook tenders, PlatformOptions options, Words words, CancellationToken cancel) =>
        await tenders.ReadAsync((Place)http.Items[typeof(Place)]!, id, cancel) is { IsIntact: true } read ? Package(read, http, options, words) : InputProblems.Missing(words);

    private static async Task<Results<JsonHttpResult<JsonObject>, ProblemHttpResult>> AwardAsync(string place, Guid id, HttpContext http, TenderBook tenders, PlatformOptions options, Words words, CancellationToken cancel) =>
        await tenders.ReadAsync((Place)http.Items[typeof(Place)]!, id, cancel) is { State: TenderState.Awarded, IsIntact: true } read ? Package(read, http, options, words) : InputProblems.Missing(words);

    private static JsonHttpResult<JsonObject> Package(TenderCase read, HttpContext http, PlatformOptions options, Words words) =>
        TypedResults.Json(OcdsRelease.Package(read, options.OcidPrefix, words, http.Request), OcdsRelease.Indented);

    private static async Task<Results<Ok<Own>, ProblemHttpResult>> OwnAsync(string secret, TenderBook tenders, Words words, CancellationToken cancel)
    {
        if (await tenders.PassAsync(secret, cancel) is not { } pass) return InputProblems.Missing(words);
        var numbers = pass.Bidders.ToDictionary(b => b.Id, b => b.Number);
        return TypedResults.Ok(new Own(pass.Place.Slug, pass.Procurement.Facts.Names, pass.Tender.State, pass.Tender.Round, pass.IsOpen, pass.Tender.Seal,
            [.. pass.Bidders.Select(b => new OwnBid(b.Number, b.Name, b.Country, b.Consortium, pass.Evaluator.Declarations.GetValueOrDefault(Evaluator.Key(b))))],
            [.. pass.Plan?.Plan.Leaves.Select(l => l.Id) ?? []], [.. pass.Plan?.Scale.Select(g => g.Points) ?? []], [.. pass.Contested.Select(s => Of(s, pass.Plan!))],
            [.. pass.Own.Values.Where(s => numbers.ContainsKey(s.BidderId)).OrderBy(s => numbers[s.BidderId]).ThenBy(s => s.Criterion, StringComparer.Ordinal).ThenBy(s => s.Round)
                .Select(s => pass.Hides(s) ? new OwnScore(numbers[s.BidderId], s.Criterion, s.Round, true, null, null) : new(numbers[s.BidderId], s.Criterion, s.Round, false, s.Points, s.Reason))]));
    }

    private static async Task<IResult> DeclareAsync(string secret, Declarations request, ScoreBids scores, Words words, CancellationToken cancel) =>
        Answer(await scores.DeclareAsync(secret, request.Conflicts ?? new Dictionary<string, string?>(), cancel), words);

    private static async Task<IResult> ScoreAsync(string secret, int number, string criterion, ScoreRequest request, ScoreBids scores, Words words, CancellationToken cancel) =>
        Answer(await scores.ScoreAsync(secret, number, request.Round, [new(criterion, request.Points, request.Reason)], cancel), words);

    private static async Task<IResult> FinishAsync(string secret, ScoreBids scores, Words words, CancellationToken cancel) => Answer(await scores.FinishAsync(secret, cancel), words);

    private static ShownBid Of(Bidder bid, BidResult? result) => new(
        bid.Number, bid.Name, bid.Country, bid.Consortium, bid.ReceivedAt, bid.IsLate, bid.Exclusion, bid.Commitment, bid.Price, bid.IsAsCommitted,
        result?.Technical, result?.ReachesMinimum, result?.Means, result?.Ranked?.Financial, result?.Ranked?.Combined, result?.Ranked?.Rank);

    private static ShownSpread Of(ScoreSpread spread, FrozenPlan plan) => new(spread.Bidder.Number, spread.Criterion, spread.Range, spread.Range > plan.Plan.Threshold);
}
