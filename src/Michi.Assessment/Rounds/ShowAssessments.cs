using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Rounds;

/// <summary>Assessments of a place and the results of their closed rounds. Nothing here knows what is answered in an open one.</summary>
internal static class ShowAssessments
{
    public sealed record ShownRound(int Number, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt);

    public sealed record Summary(Guid Id, string Title, bool Demonstration, DateTimeOffset CreatedAt, IReadOnlyList<ShownRound> Rounds);

    /// <summary>A figure with its 95 % interval; null where it cannot be computed.</summary>
    public sealed record Figure(double? Value, double? Lower, double? Upper);

    /// <param name="CompleteElements">Elements that everyone gave a level; W and ICC rest on these alone.</param>
    /// <param name="KendallP">P of so much concordance by chance.</param>
    public sealed record Agreement(int Raters, int CompleteElements, Figure KrippendorffAlpha, Figure KendallW, double? KendallP, Figure Icc2k);

    /// <param name="Levels">How many gave level 0, 1, 2, 3, 4.</param>
    public sealed record ShownElement(
        string Element, IReadOnlyList<int> Levels, int CannotTell, int Standing, double? Median, double? Disagreement, Movement? Moved, IReadOnlyList<GivenReason> Reasons, IReadOnlyDictionary<string, int> Evidence);

    /// <param name="Participants">Assessors who answered, by group.</param>
    /// <param name="Elements">Where people disagree most, first.</param>
    public sealed record ClosedRound(int Number, DateTimeOffset ClosedAt, IReadOnlyDictionary<string, int> Participants, Agreement Agreement, IReadOnlyList<ShownElement> Elements);

    public sealed record ShownConsensus(string Element, int Level, string Confidence, string Reason, DateTimeOffset At);

    /// <param name="Pack">Hash of the content pack it is made with.</param>
    public sealed record Shown(
        Guid Id, string Title, bool Demonstration, DateTimeOffset CreatedAt, string Pack, IReadOnlyList<ShownRound> Rounds, IReadOnlyList<ClosedRound> Results, IReadOnlyList<ShownConsensus> Consensus);

    public sealed record ShownAssessor(Guid Id, string Name, string Group, DateTimeOffset LinkMadeAt, bool IsExpired, int Answered);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", List).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("Assessments of a place, newest first");
        routes.MapGet("/{assessment:guid}", Show).WithMetadata(new AllowAttribute(Right.ViewPlace)).WithSummary("An assessment with the results of its closed rounds");
        routes.MapGet("/{assessment:guid}/assessors", Assessors).WithMetadata(new AllowAttribute(Right.Facilitate)).WithSummary("Assessors and how many elements each has answered");
    }

    public static async Task<IEnumerable<Summary>> List(HttpContext http, RoundBook book, CancellationToken cancel) =>
        (await book.ListAsync(http.Place().Id, cancel)).Select(a => new Summary(a.Assessment.Id, a.Assessment.Title, a.Assessment.IsDemonstration, a.Assessment.CreatedAt, Of(a.Rounds)));

    public static async Task<Results<Ok<Shown>, NotFound>> Show(Guid assessment, HttpContext http, RoundBook book, EvidenceBook evidence, CancellationToken cancel)
    {
        var place = http.Place();
        if (await book.FindAsync(place.Id, assessment, cancel) is not { } found) return TypedResults.NotFound();
        var results = await book.ResultsAsync(found, cancel);
        var visible = (await evidence.ForReaderAsync(place, withRetired: true, cancel)).Select(e => e.Item.Code).ToHashSet(StringComparer.Ordinal);
        return TypedResults.Ok(new Shown(found.Id, found.Title, found.IsDemonstration, found.CreatedAt, found.PackHash, Of(results.Rounds), [.. results.Closed.Select(r => Of(r, visible))],
            [.. results.Consensus.Values.OrderBy(c => c.Element, StringComparer.Ordinal).Select(c => new ShownConsensus(c.Element, c.Level, c.Confidence, c.Reason, c.At))]));
    }

    public static async Task<Results<Ok<IEnumerable<ShownAssessor>>, NotFound>> Assessors(Guid assessment, HttpContext http, RoundBook book, CancellationToken cancel) =>
        await book.FindAsync(http.Place().Id, assessment, cancel) is null ? TypedResults.NotFound()
            : TypedResults.Ok((await book.ProgressAsync(assessment, cancel)).Select(p => new ShownAssessor(p.Assessor.Id, p.Assessor.Name, p.Assessor.Group, p.Assessor.InvitedAt, p.IsExpired, p.Answered)));

    internal static List<ShownRound> Of(IEnumerable<Round> rounds) => [.. rounds.Select(r => new ShownRound(r.Number, r.OpenedAt, r.ClosedAt))];

    /// <param name="visible">Codes of the evidence the reader may see; null = all of the place.</param>
    internal static ClosedRound Of(RoundResult result, HashSet<string>? visible)
    {
        var a = result.Agreement;
        var figures = AgreementFigure.Of(a, earlier: null).ToDictionary(f => f.Id, f => new Figure(Finite(f.Value), Finite(f.Lower), Finite(f.Upper)));
        return new(result.Round.Number, result.Round.ClosedAt!.Value, result.Groups,
            new(a.Raters, a.Complete, figures["alpha"], figures["w"], Finite(a.W.PValue), figures["icc"]),
            [.. result.ByDisagreement.Select(e => new ShownElement(e.Element.Id, [.. Enumerable.Range(0, Approach.ContentPack.Levels).Select(l => e.Told.Count(t => t == l))],
                e.Levels.Count - e.Told.Count, e.Standing, e.Median, Finite(e.Disagreement), e.Moved, e.Reasons,
                e.Evidence.Where(c => visible?.Contains(c.Key) != false).ToDictionary()))]);

        static double? Finite(double value) => double.IsFinite(value) ? value : null;
    }
}
