using Michi.Analytics.Profiles;
using Michi.Approach;
using Michi.Assessment.Evidence;
using Michi.Assessment.Profiles;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Charts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Compare;

/// <summary>Two diagnoses of a place, and what really changed between them.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ChangesPage(DiagnosisChoices choices, EvidenceBook evidence, HtmlRenderer renderer) : PlacePage
{
    public const int MostEvidence = 30;

    public IReadOnlyList<DiagnosisChoice> Choices { get; private set; } = [];

    /// <summary>What was asked for, also where it cannot be had.</summary>
    public (string? From, string? To) Asked { get; private set; }

    /// <summary>Null where there is nothing to compare, or not what was asked for.</summary>
    public PlaceChange? Change { get; private set; }

    /// <summary>Texts of the pack both are counted by.</summary>
    public PackWords Words => Change!.Pack.Words(Lang);

    /// <summary>New and retired evidence that the reader may see.</summary>
    public IReadOnlyList<(PlacedEvidence Evidence, bool IsNew)> Evidence { get; private set; } = [];

    /// <summary>How many more there are that the reader may not see.</summary>
    public int Hidden { get; private set; }

    public async Task<IActionResult> OnGetAsync(string? from, string? to, CancellationToken cancel)
    {
        (Choices, Change, var refused) = await ShowChanges.RunAsync(Place, from, to, choices, cancel);
        Asked = (Change?.From.Choice.Id ?? from, Change?.To.Choice.Id ?? to);
        if (Change is null)
        {
            if (refused!.Code == ShowChanges.NothingToCompare) return Page();
            Errors.Add((refused.Field, refused.In(T)));
            Response.StatusCode = refused.Status;
            return Page();
        }
        var all = Change.Added.Select(e => (e, true)).Concat(Change.Removed.Select(e => (e, false))).ToList();
        var audience = await evidence.AudienceAsync(Place, cancel);
        Evidence = [.. all.Where(e => audience.Sees(e.e))];
        Hidden = all.Count - Evidence.Count;
        return Page();
    }

    /// <summary>A table of the page as a file: <c>elements</c> or <c>scores</c>.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? from, string? to, string? table, string? format, CancellationToken cancel)
    {
        await OnGetAsync(from, to, cancel);
        if (Change is null) return NotFound();
        return table switch
        {
            "elements" => TableDownload.Answer(format, $"{Place.Slug}-changes", PageTable.Of(T["changes.elements"],
                [
                    .. PageTable.Headers(T, "code", "element", "domain", "verdict", "p-higher", "p-same", "p-lower", "expected-change", "expected-before", "expected-after"),
                    .. Enumerable.Range(0, ContentPack.Levels).Select(l => T["tables.column.level-before", l]), .. Enumerable.Range(0, ContentPack.Levels).Select(l => T["tables.column.level-after", l]),
                    .. PageTable.Headers(T, "basis-before", "basis-after", "new-facts"),
                ],
                Change.Elements.Select(e => (IReadOnlyList<TableCell>)
                [
                    e.Element.Id, Words.Name("elements", e.Element.Id), Words.Name("domains", e.Element.DomainId), T[$"changes.verdict.{e.Verdict}"],
                    e.Shift.Higher, e.Shift.Same, e.Shift.Lower, e.Shift.ExpectedChange, e.Before.Mean, e.After.Mean, .. PageTable.Numbers(e.LevelsBefore), .. PageTable.Numbers(e.LevelsAfter),
                    BasisText(e.BasisBefore), BasisText(e.BasisAfter), e.Added.Count,
                ]))),
            "scores" => TableDownload.Answer(format, $"{Place.Slug}-changes-scores", PageTable.Of(T["changes.scores"],
                PageTable.Headers(T, "score", "median-before", "low-before", "high-before", "median-after", "low-after", "high-after", "expected-change", "change-low", "change-high", "p-higher", "p-same", "p-lower"),
                Scores.Select(s => (IReadOnlyList<TableCell>)
                [
                    s.Name, s.Before.Median, s.Before.Quantile05, s.Before.Quantile95, s.After.Median, s.After.Quantile05, s.After.Quantile95,
                    s.Shift.ExpectedChange, s.Shift.Quantile05, s.Shift.Quantile95, s.Shift.Higher, s.Shift.Same, s.Shift.Lower,
                ]))),
            _ => NotFound(),
        };
    }

    /// <summary>The whole, then the domains.</summary>
    public IEnumerable<(string Name, string? Domain, ScoreSummary Before, ScoreSummary After, ScoreShift Shift)> Scores =>
        Change!.Pack.Domains.Select((d, i) => (Words.Name("domains", d.Id), (string?)d.Id, Change.Before.Groups[i], Change.After.Groups[i], Change.Shift.Groups[i]))
            .Prepend((T["chart.whole"], null, Change.Before.Whole, Change.After.Whole, Change.Shift.Whole));

    /// <summary>What a diagnosis is called in a list and above its figures.</summary>
    public string NameOf(DiagnosisChoice choice) => choice.Kind switch
    {
        "assessment" => T["changes.choice.assessment", Marked(choice), Day(choice.At)],
        "round" => T["changes.choice.round", Marked(choice), choice.Round, Day(choice.At)],
        "profile" => T["changes.choice.profile", Moment(choice.At), choice.Stored!.Whole[1].ToString("0.0", T.Culture), choice.Stored.EvidenceCount, choice.Stored.RatedElements],
        _ when choice.Assessment is { } rated => T["changes.choice.now-rated", rated.Title],
        _ => T[$"changes.choice.{choice.Kind}"],
    };

    public string Percent(double probability) => ProfileCharts.Percent(probability, T.Culture);

    public string Score(double value) => value.ToString("0.0", T.Culture);

    /// <summary>A change with its sign, a true minus; no sign where it rounds to nothing.</summary>
    public string Signed(double value) => value.ToString("+0.0;−0.0;0.0", T.Culture);

    public string BasisText(Basis? basis) => T[basis is { } known ? $"basis.{known}" : "changes.basis-not-kept"];

    /// <summary>"P1 Philosophy and Vision".</summary>
    public string NameOf(Element element) => $"{element.Id} {Words.Name("elements", element.Id)}";

    public Task<IHtmlContent> StagesAsync(string side, ProfileSummary summary) => renderer.RenderAsync<StageBar>(
        (nameof(StageBar.Title), T["changes.stages", side]),
        (nameof(StageBar.Stages), Change!.Pack.Stages.Select((s, i) => new StageShare(Words.Name("stages", s.Id), summary.StageProbabilities[i])).ToList()),
        (nameof(StageBar.MostLikelyText), T["chart.most-likely"]), (nameof(StageBar.UnknownText), T["chart.unknown"]), (nameof(StageBar.Culture), T.Culture));

    public Task<IHtmlContent> ScoresAsync() => BarsAsync(T["changes.scores-chart"], T["chart.domain"], T["chart.legend"],
        Scores.Select(s => new ChangeBar(s.Name, new(s.Before.Median, s.Before.Quantile05, s.Before.Quantile95), new(s.After.Median, s.After.Quantile05, s.After.Quantile95), s.Domain)));

    public Task<IHtmlContent> ElementsAsync() => BarsAsync(T["changes.elements-chart"], T["profile.element"], T["chart.legend-expected"],
        Change!.Elements.Select(e => new ChangeBar(NameOf(e.Element), Point(e.Before, e.BasisBefore), Point(e.After, e.BasisAfter), e.Element.DomainId, Here($"elements/{e.Element.Id}"))));

    private static ChangePoint Point(ScoreSummary score, Basis? basis) => basis == Basis.Nothing ? new(double.NaN, double.NaN, double.NaN) : new(score.Mean, score.Quantile05, score.Quantile95);

    private string Marked(DiagnosisChoice choice) => choice.Assessment!.IsDemonstration ? $"{choice.Assessment.Title} ({T["rounds.demonstration"]})" : choice.Assessment.Title;

    private Task<IHtmlContent> BarsAsync(string title, string heading, string legend, IEnumerable<ChangeBar> bars) => renderer.RenderAsync<ChangeBars>(
        (nameof(ChangeBars.Title), title), (nameof(ChangeBars.Bars), bars.ToList()), (nameof(ChangeBars.LabelHeading), heading), (nameof(ChangeBars.ValueHeading), T["changes.before-after"]),
        (nameof(ChangeBars.BeforeText), T["changes.before"]), (nameof(ChangeBars.AfterText), T["changes.after"]), (nameof(ChangeBars.LegendText), legend),
        (nameof(ChangeBars.UnknownText), T["chart.unknown"]), (nameof(ChangeBars.Culture), T.Culture));
}
