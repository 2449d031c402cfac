using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Documents;

/// <summary>The plan of a place as a document: whole, or as one page.</summary>
[Allow(Right.ViewPlace)]
internal sealed class PlanReportPage(PlanBook book, PlanSubjects subjects) : PlacePage
{
    public override string Step => "plan";

    public bool IsSummary { get; private set; }
    public PlanSubject Subject { get; private set; } = null!;

    public PlanActions Actions => PlanActions.Of(this, PlanId, IsSummary ? "summary" : "report");

    /// <summary>Another plan than the roadmap of the place.</summary>
    [BindProperty(SupportsGet = true, Name = "plan")]
    public Guid? PlanId { get; set; }

    public async Task<IActionResult> OnGetAsync(string kind, CancellationToken cancel)
    {
        IsSummary = kind == "summary";
        if (await book.ChosenAsync(Place, PlanId, cancel) is not { } shown) return NotFound();
        Subject = await subjects.ForDocumentAsync(subjects.Of(Place, shown, Lang), cancel);
        return Page();
    }
}
