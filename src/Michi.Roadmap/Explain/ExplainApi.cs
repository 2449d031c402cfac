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

namespace Michi.Roadmap.Explain;

/// <summary>What is known of a plan, through the API: the figures, and the sentences in the language asked for.</summary>
internal static class ExplainApi
{
    /// <param name="State"><c>not-asked</c>, <c>waiting</c>, <c>running</c>, <c>done</c> or <c>failed</c>.</param>
    /// <param name="Done">Share of a running analysis that is done, 0–1.</param>
    /// <param name="Sentences">Code of an initiative → why it is in or not.</param>
    /// <param name="MostImportantAssumption">Which assumption the plan depends on most, in words; null until it is known.</param>
    /// <param name="BestUnit">What more money or people would buy, in words.</param>
    public sealed record WhyAnswer(string State, double? Done, WhyFindings? Findings, IReadOnlyDictionary<string, string> Sentences, string? MostImportantAssumption, string? BestUnit);

    public sealed record ConflictAnswer(string State, double? Done, ConflictFindings? Findings, IReadOnlyList<string> Conflict, IReadOnlyList<IReadOnlyList<string>> Mends);

    public sealed record FrontAnswer(string State, double? Done, FrontFindings? Findings);

    /// <param name="BreaksFirst">What breaks first most often, in words.</param>
    /// <param name="Robust">What a plan that holds more often would cost, in words.</param>
    public sealed record RiskAnswer(string State, double? Done, RiskFindings? Findings, string? BreaksFirst, string? Robust);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var read = routes.MapGroup("/api/places/{place}/plans/{id:guid}").WithMetadata(new AllowAttribute(Right.ViewPlace));
        read.MapGet("why", WhyAsync).WithSummary("Why each initiative is in a plan or not, what more would buy, and what the plan depends on");
        read.MapGet("risk", RiskAsync).WithSummary("In how many futures a plan holds, what breaks first, and the plan that would hold more often");
        var drafts = routes.MapGroup("/api/places/{place}/plans/{id:guid}").WithMetadata(new AllowAttribute(Right.Contribute));
        drafts.MapGet("front", FrontAsync).WithSummary("What value is traded against cost, time and equity");
        drafts.MapGet("conflict", ConflictAsync).WithSummary("Why no plan came out, and the smallest changes that would mend it");
    }

    public static async Task<Results<Ok<WhyAnswer>, ProblemHttpResult>> WhyAsync(string place, Guid id, HttpContext http, AnalysisBook book, InitiativeLibrary library, Words words, CancellationToken cancel)
    {
        if (await FindAsync(http, id, "why", book, cancel) is not { } found) return InputProblems.Missing(words);
        var (why, text) = (found.Analysis?.Findings?.Why, TextOf(found, library, words));
        return TypedResults.Ok(new WhyAnswer(StateOf(found), found.Standing?.Share, why,
            why is null ? new Dictionary<string, string>() : why.In.Select(r => (r.Code, Text: text.In(r, why.Value))).Concat(why.Out.Select(r => (r.Code, Text: text.Out(r, why.Value)))).ToDictionary(r => r.Code, r => r.Text),
            why is null ? null : text.Most(why.Assumptions, why.Value), why is null ? null : text.Units(why.Units)));
    }

    public static async Task<Results<Ok<FrontAnswer>, ProblemHttpResult>> FrontAsync(string place, Guid id, HttpContext http, AnalysisBook book, Words words, CancellationToken cancel) =>
        await FindAsync(http, id, "front", book, cancel) is { } found ? TypedResults.Ok(new FrontAnswer(StateOf(found), found.Standing?.Share, found.Analysis?.Findings?.Front)) : InputProblems.Missing(words);

    public static async Task<Results<Ok<RiskAnswer>, ProblemHttpResult>> RiskAsync(string place, Guid id, HttpContext http, AnalysisBook book, InitiativeLibrary library, Words words, CancellationToken cancel)
    {
        if (await FindAsync(http, id, "risk", book, cancel) is not { } found) return InputProblems.Missing(words);
        var (risk, text) = (found.Analysis?.Findings?.Risk, TextOf(found, library, words));
        return TypedResults.Ok(new RiskAnswer(StateOf(found), found.Standing?.Share, risk, risk is null ? null : text.FirstBreak(risk.Breaks), risk is null ? null : text.RobustSentence(risk, found.Plan.Outcome!.Starts)));
    }

    public static async Task<Results<Ok<ConflictAnswer>, ProblemHttpResult>> ConflictAsync(string place, Guid id, HttpContext http, AnalysisBook book, PlanBook plans, InitiativeLibrary library, Words words, CancellationToken cancel)
    {
        if (await plans.FindAsync(((Place)http.Items[typeof(Place)]!).Id, id, cancel) is not { } plan) return InputProblems.Missing(words);
        var found = await book.ConflictOfAsync(plan, cancel);
        var (conflict, text) = (found.Analysis?.Findings?.Conflict, TextOf(found, library, words));
        return TypedResults.Ok(new ConflictAnswer(StateOf(found), found.Standing?.Share, conflict, conflict?.Conflict.Select(text.Demand).ToList() ?? [], conflict?.Mends.Select(m => (IReadOnlyList<string>)[.. m.Softenings.Select(text.Softening)]).ToList() ?? []));
    }

    private static ExplainText TextOf(FoundAnalysis found, InitiativeLibrary library, Words words) => new(found.Reading, words, found.Reading.Pack.Words(words.Language), library.Words(words.Language));

    private static Task<FoundAnalysis?> FindAsync(HttpContext http, Guid id, string kind, AnalysisBook book, CancellationToken cancel) => book.FindAsync((Place)http.Items[typeof(Place)]!, id, kind, cancel);

    private static string StateOf(FoundAnalysis found) => found.Analysis?.State ?? "not-asked";
}
