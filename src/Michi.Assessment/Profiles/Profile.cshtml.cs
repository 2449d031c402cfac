using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Profiles;

/// <summary>The profile of a place: domains and elements with their uncertainty.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ProfilePage : DiagnosisPage
{
    /// <summary>The elements as a file.</summary>
    public IActionResult OnGetTable(string? format) => TableDownload.Answer(format, $"{Place.Slug}-profile", PageTable.Of(T["profile.elements"],
        [
            .. PageTable.Headers(T, "code", "element", "domain"), .. PageTable.Levels(T),
            .. PageTable.Headers(T, "mean", "median", "low", "high", "basis", "raters", "cannot-tell", "facts"),
        ],
        D.Elements.Select(e => (IReadOnlyList<TableCell>)
        [
            e.Element.Id, Words.Name("elements", e.Element.Id), Words.Name("domains", e.Element.DomainId), .. PageTable.Numbers(e.Levels),
            .. e.Basis == Basis.Nothing ? new TableCell[4] : [e.Score.Mean, e.Score.Median, e.Score.Quantile05, e.Score.Quantile95],
            T[$"basis.{e.Basis}"], e.Raters, e.CannotTell, e.Evidence.Count,
        ])));
}
