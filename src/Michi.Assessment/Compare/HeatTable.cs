using Michi.Approach;
using Michi.Platform.Charts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;

namespace Michi.Assessment.Compare;

/// <summary>Profiles of many places as the columns and rows of a heat map.</summary>
internal static class HeatTable
{
    public static (IReadOnlyList<HeatColumn> Columns, IReadOnlyList<HeatRow> Rows) Of(ContentPack pack, PackWords words, IEnumerable<(string Name, string Href, ProfileRow? Row)> places) =>
    (
        [.. pack.Elements.Select(e => new HeatColumn(e.Id, words.Name("elements", e.Id), words[$"domains.{e.DomainId}.short"], e.DomainId))],
        [.. places.Select(p => new HeatRow(p.Name, [.. (p.Row?.Expected ?? []).Select(v => v < 0 ? (double?)null : v)], p.Href))]
    );

    /// <summary>The heat map as HTML.</summary>
    public static Task<IHtmlContent> RenderAsync(HtmlRenderer renderer, Words t, IReadOnlyList<HeatColumn> columns, IReadOnlyList<HeatRow> rows) => renderer.RenderAsync<HeatMap>(
        (nameof(HeatMap.Title), t["cities.heat"]), (nameof(HeatMap.Columns), columns), (nameof(HeatMap.Rows), rows), (nameof(HeatMap.UnknownText), t["chart.unknown"]),
        (nameof(HeatMap.RowHeading), t["cities.name"]), (nameof(HeatMap.Culture), t.Culture));
}
