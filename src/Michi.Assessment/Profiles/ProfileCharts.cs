using System.Globalization;
using Michi.Analytics.Profiles;
using Michi.Approach;
using Michi.Platform.Charts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;

namespace Michi.Assessment.Profiles;

/// <summary>The pictures of a diagnosis, in a language: the same on every page and in the report.</summary>
internal sealed class ProfileCharts(HtmlRenderer renderer, Diagnosis diagnosis, PackWords pack, Words t)
{
    /// <summary>All elements on one radar; <paramref name="elementPage"/> gives the address of an element's page, or null for none.</summary>
    public Task<IHtmlContent> RadarAsync(Func<string, string?> elementPage) => renderer.RenderAsync<RadarChart>(
        (nameof(RadarChart.Title), t["chart.radar"]),
        (nameof(RadarChart.Axes), diagnosis.Elements.Select(e => new RadarAxis(e.Element.Id, pack[$"elements.{e.Element.Id}.short"],
            Known(e, e.Score.Median), Known(e, e.Score.Quantile05), Known(e, e.Score.Quantile95), e.Element.DomainId, elementPage(e.Element.Id),
            e.Quantile(0.25), e.Quantile(0.75))).ToList()),
        (nameof(RadarChart.MedianText), t["chart.median"]), (nameof(RadarChart.IntervalText), t["chart.interval"]), (nameof(RadarChart.InnerText), t["chart.inner"]), (nameof(RadarChart.UnknownText), t["chart.unknown"]),
        (nameof(RadarChart.Format), "0"), (nameof(RadarChart.Culture), t.Culture));

    /// <summary>The domains as intervals.</summary>
    public Task<IHtmlContent> DomainsAsync() => renderer.RenderAsync<IntervalBars>(
        (nameof(IntervalBars.Title), t["chart.domains"]),
        (nameof(IntervalBars.Bars), diagnosis.Input.Pack.Domains.Select((d, i) => Bar(pack.Name("domains", d.Id), diagnosis.Domains[i], d.Id))
            .Append(Bar(t["chart.whole"], diagnosis.Whole, null)).ToList()),
        (nameof(IntervalBars.UnknownText), t["chart.unknown"]), (nameof(IntervalBars.LabelHeading), t["chart.domain"]), (nameof(IntervalBars.ValueHeading), t["chart.score"]),
        (nameof(IntervalBars.Culture), t.Culture));

    /// <summary>The probabilities of the stages.</summary>
    public Task<IHtmlContent> StagesAsync() => renderer.RenderAsync<StageBar>(
        (nameof(StageBar.Title), t["chart.stages"]),
        (nameof(StageBar.Stages), diagnosis.Input.Pack.Stages.Select((s, i) => new StageShare(pack.Name("stages", s.Id), diagnosis.StageProbabilities[i], Percent(diagnosis.StageProbabilities[i], t.Culture))).ToList()),
        (nameof(StageBar.MostLikelyText), t["chart.most-likely"]), (nameof(StageBar.UnknownText), t["chart.unknown"]), (nameof(StageBar.Culture), t.Culture));

    /// <summary>The probabilities of an element's levels, small enough for a table cell.</summary>
    public Task<IHtmlContent> LevelsAsync(DiagnosedElement element) => renderer.RenderAsync<LevelDistribution>(
        (nameof(LevelDistribution.Title), t["chart.levels", pack.Name("elements", element.Element.Id)]),
        (nameof(LevelDistribution.Probabilities), element.Basis == Basis.Nothing ? null : element.Levels),
        (nameof(LevelDistribution.UnknownText), t["chart.unknown"]), (nameof(LevelDistribution.Culture), t.Culture));

    /// <summary>A probability as a percentage that never claims certainty: below 1 % and above 99 % it says so.</summary>
    public static string Percent(double probability, CultureInfo culture) => probability switch
    {
        > 0 and < 0.01 => "<" + 0.01.ToString("P0", culture),
        > 0.99 and < 1 => ">" + 0.99.ToString("P0", culture),
        _ => probability.ToString("P0", culture),
    };

    private static double Known(DiagnosedElement element, double value) => element.Basis == Basis.Nothing ? double.NaN : value;

    private static IntervalBar Bar(string label, ScoreSummary score, string? domain) => new(label, score.Median, score.Quantile05, score.Quantile95, domain);
}
