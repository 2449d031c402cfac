using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Procurement;

/// <summary>Terms of reference with their outputs, evaluation plan and what they lack.</summary>
[Allow(Right.Plan)]
internal sealed class TermsPage(ProcurementBook book, ProcurementTemplates templates) : ProcurementPage(book, templates)
{
    public IReadOnlyList<Finding> Findings => field ??= TermsCheck.Of(Facts, Templates, Lang);

    /// <summary>Each criterion with its weight, and where it is scored its share of the technical score.</summary>
    public IEnumerable<(string Id, double Weight, decimal Share)> Criteria
    {
        get
        {
            var shares = Facts.Plan.Leaves.ToDictionary(l => l.Id, l => l.Share);
            return Facts.Plan.Weights.Select(w => (w.Key, w.Value, shares.GetValueOrDefault(w.Key)));
        }
    }

    public void OnGet()
    {
    }

    public IActionResult OnGetTable(string? format, string? table) => table switch
    {
        "outputs" => TableDownload.Answer(format, $"{Place.Slug}-outputs", new(T["procurement.outputs"],
            [new(T["procurement.number"], 6), new(T["procurement.output"], 40), new(T["procurement.month"], 12), new(T["procurement.acceptance"], 60)],
            Facts.Outputs.Select((o, i) => (IReadOnlyList<TableCell>)[i + 1, TextIn(o.Names), o.Month, TextIn(o.Acceptance)]))),
        "plan" => TableDownload.Answer(format, $"{Place.Slug}-evaluation-plan", new(T["procurement.plan"],
            [new(T["procurement.criterion"], 50), new(T["procurement.weight"], 12), new(T["procurement.share"], 12)],
            Criteria.Select(c => (IReadOnlyList<TableCell>)[Criterion(c.Id), c.Weight, c.Share > 0 ? (TableCell)(double)c.Share : TableCell.Empty]))),
        _ => NotFound(),
    };

    public IActionResult OnGetWord() => File(TermsDocument.Of(this), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", $"{Place.Slug}-terms-of-reference-{Lang}.docx");
}
