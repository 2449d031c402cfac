using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Indices;

/// <summary>A composite index under its own choices or others, and the table it is made from.</summary>
internal static class ShowIndex
{
    /// <param name="Rank">Null without a score.</param>
    /// <param name="RankLow">5 % quantile of the rank over the combinations of choices.</param>
    /// <param name="Available">Share of the indicators with a value, 0–1.</param>
    /// <param name="Scores">Score by code of the aggregate.</param>
    public sealed record PlaceRow(string Code, string Name, int? Rank, double? RankMedian, double? RankLow, double? RankHigh, double Available, Dictionary<string, double?> Scores);

    /// <param name="FirstOrder">Share of the variance of the mean shift in rank, the choice alone.</param>
    /// <param name="Margin">Half the 95 % interval; 0 where exact.</param>
    public sealed record ChoiceRow(string Choice, IReadOnlyList<string> Options, double? FirstOrder, double? Margin, double? Total, double? TotalMargin);

    public sealed record Answer(
        Guid Id, int Version, Dictionary<string, string> Names, string Source, string Hash, IndexChoices Choices, IReadOnlyList<PlaceRow> Places,
        int Runs, long Combinations, IReadOnlyList<ChoiceRow> Varied);

    public static void Map(IEndpointRouteBuilder routes)
    {
        var index = routes.MapGroup("/api/places/{place}/indices/{id:guid}").WithMetadata(new AllowAttribute(Right.ViewPlace)).ProducesProblem(404);
        index.MapGet("", Handle).WithSummary("A composite index: scores, ranks with intervals, sensitivity").ProducesProblem(422).ProducesProblem(503);
        index.MapGet("table", TableAsync).WithSummary("The table of key figures an index is made from");
    }

    public static async Task<Results<Ok<Answer>, ProblemHttpResult>> Handle(
        string place, Guid id, HttpContext http, IndexBook book, BuiltIndices built, Words words, CancellationToken cancel, int? version = null)
    {
        if (await FindAsync(http, id, version, book, cancel) is not { } head) return Missing(words);
        var choices = head.Choices;
        foreach (var (choice, options) in IndexChoices.All)
        {
            if (http.Request.Query[choice].ToString() is not { Length: > 0 } option) continue;
            if (!options.Contains(option)) return Refused(words["input.choice", option, string.Join(", ", options)]);
            choices = choices.With(choice, option);
        }
        if (await built.OfAsync(head, choices, TimeSpan.FromSeconds(30), cancel) is not { } answer)
            return TypedResults.Problem(statusCode: 503, type: "/problems/being-made", title: words["indices.making"], detail: words["indices.making-text", head.PlaceCount, head.IndicatorCount]);
        if (answer.Conflict is { } conflict) return Refused(words[conflict.Text, conflict.Argument]);

        var index = answer.Index!;
        var aggregates = index.Table.Elements.Where(e => e.Level > 1).ToList();
        return TypedResults.Ok(new Answer(head.Id, head.Version, head.Names, head.Source, head.Hash, choices, [.. index.Order.Select(Row), .. index.Empty.Select(p => new PlaceRow(p.Code, p.Name, null, null, null, null, 0, []))],
            index.Doubt?.Ranks.ReplicationCount ?? 0, index.Doubt?.Combinations ?? 0, index.Doubt is not { } doubt ? [] : [.. doubt.Varied.Zip(doubt.Sensitivity.Inputs, (v, s) =>
                new ChoiceRow(v.Choice, v.Options, Known(s.FirstOrder), Known(s.FirstOrderMargin), Known(s.Total), Known(s.TotalMargin)))]));

        PlaceRow Row(int u)
        {
            var rank = index.Result.IndexRanks[u];
            var ranks = rank > 0 ? index.Doubt?.Ranks.Statistics[u] : null;
            return new(index.Table.Places[u].Code, index.Table.Places[u].Name, rank > 0 ? rank : null, Known(ranks?.Median), Known(ranks?.Q5), Known(ranks?.Q95), index.Result.Availability[u].Available,
                aggregates.ToDictionary(e => e.Code, e => Known(index.Result.Scores.Column(e.Code)[u])));
        }

        ProblemHttpResult Refused(string sentence) => TypedResults.Problem(statusCode: 422, type: "/problems/input", title: words["input.title"], detail: sentence);
    }

    public static async Task<Results<Ok<KpiTable>, ProblemHttpResult>> TableAsync(string place, Guid id, HttpContext http, IndexBook book, Words words, CancellationToken cancel, int? version = null) =>
        await FindAsync(http, id, version, book, cancel) is { } head ? TypedResults.Ok(await book.TableAsync(head, cancel)) : Missing(words);

    private static async Task<IndexHead?> FindAsync(HttpContext http, Guid id, int? version, IndexBook book, CancellationToken cancel) =>
        (await book.VersionsAsync((Place)http.Items[typeof(Place)]!, id, cancel)).FirstOrDefault(v => version is null || v.Version == version);

    private static ProblemHttpResult Missing(Words words) => TypedResults.Problem(statusCode: 404, type: "/problems/not-found", title: words["error.title-404"]);

    private static double? Known(double? value) => value is { } number && double.IsFinite(number) ? number : null;
}
