using Michi.Platform.Charts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Html;

namespace Michi.Platform.Tables;

public static class TableHtml
{
    /// <summary>A table for a page; a dash stands where there is no number.</summary>
    /// <param name="digits">Most digits after the decimal point.</param>
    /// <param name="hasProse">Whether the last column holds sentences.</param>
    public static Task<IHtmlContent> TableAsync(this HtmlRenderer renderer, Table table, Words t, int digits = 0, bool hasProse = false) => renderer.RenderAsync<TableView>(
        (nameof(TableView.Table), table), (nameof(TableView.T), t), (nameof(TableView.Digits), digits), (nameof(TableView.HasProse), hasProse), (nameof(TableView.Missing), "–"));
}
