using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Profiles;

/// <summary>What to find out next: the elements whose level would tell most about the stage.</summary>
[Allow(Right.ViewPlace)]
internal sealed class FindOutPage : DiagnosisPage
{
    /// <summary>The list as a file.</summary>
    public IActionResult OnGetTable(string? format) => TableDownload.Answer(format, $"{Place.Slug}-find-out", PageTable.Of(T["find-out.title"],
        [.. PageTable.Headers(T, "rank", "code", "element", "information", "misjudged"), .. PageTable.Levels(T), .. PageTable.Headers(T, "who-knows")],
        D.FindOutNext.Select((e, i) => (IReadOnlyList<TableCell>)
        [
            i + 1, e.Element.Id, Words.Name("elements", e.Element.Id), e.FindOut.MutualInformationBits, e.FindOut.MisclassificationReduction, .. PageTable.Numbers(e.Levels),
            string.Join("\n", Words.List($"elements.{e.Element.Id}.whoKnows")),
        ])));
}
