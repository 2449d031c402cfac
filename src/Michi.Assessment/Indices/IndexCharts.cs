using Michi.Platform.Charts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;

namespace Michi.Assessment.Indices;

/// <summary>The pictures of an index.</summary>
internal sealed class IndexCharts(HtmlRenderer renderer, IndexDetailPage page)
{
    private readonly Words t = page.T;

    public Task<IHtmlContent> MapAsync() => renderer.RenderAsync<ChoroplethMap>(
        (nameof(ChoroplethMap.Title), t["indices.map"]), (nameof(ChoroplethMap.Shapes), page.Shapes), (nameof(ChoroplethMap.ClassTexts), page.ClassTexts),
        (nameof(ChoroplethMap.UnknownText), t["indices.not-ranked"]), (nameof(ChoroplethMap.Outline), page.Place.Boundary));

    /// <summary>Ranks of the places on the page with their intervals.</summary>
    public Task<IHtmlContent> RanksAsync() => renderer.RenderAsync<RankIntervals>(
        (nameof(RankIntervals.Title), t["indices.rank-intervals"]),
        (nameof(RankIntervals.Ranks), page.Shown.Select(u => page.RankOf(u) is { } r
            ? new RankInterval(page.NameOf(u), r.Median, r.Q5, r.Q95, page.UnitAddress(u)) : new(page.NameOf(u), double.NaN, double.NaN, double.NaN, page.UnitAddress(u))).ToList()),
        (nameof(RankIntervals.Count), page.RankedCount), (nameof(RankIntervals.UnknownText), t["indices.not-ranked"]), (nameof(RankIntervals.LabelHeading), t["indices.column.place"]),
        (nameof(RankIntervals.ValueHeading), t["indices.median-interval"]), (nameof(RankIntervals.Culture), t.Culture));

    public Task<IHtmlContent> SensitivityAsync(IndexDoubt doubt) => renderer.RenderAsync<SensitivityBars>(
        (nameof(SensitivityBars.Title), t["indices.sensitivity"]),
        (nameof(SensitivityBars.Bars), doubt.Sensitivity.Inputs.Select(i => new SensitivityBar(
            t[$"indices.choice.{i.Name}"], Around(i.FirstOrder, i.FirstOrderMargin), Around(i.Total, i.TotalMargin))).ToList()),
        (nameof(SensitivityBars.FirstText), t["indices.first-order"]), (nameof(SensitivityBars.TotalText), t["indices.total"]),
        (nameof(SensitivityBars.IntervalText), doubt.IsExact ? null : t["indices.margin"]), (nameof(SensitivityBars.UnknownText), t["indices.unknown"]),
        (nameof(SensitivityBars.LabelHeading), t["indices.column.choice"]), (nameof(SensitivityBars.ValueHeading), t["indices.first-total"]), (nameof(SensitivityBars.Culture), t.Culture));

    private static SensitivityIndex Around(double value, double margin) => new(value, value - margin, value + margin);
}
