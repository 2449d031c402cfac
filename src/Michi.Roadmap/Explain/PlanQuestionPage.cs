using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Explain;

/// <summary>Base of a page that answers a question about a plan: what was found, or how far it is, or the button that asks.</summary>
/// <remarks>Explanations of the adopted plan are for everybody who sees the roadmap, those of others for contributors.</remarks>
internal abstract class PlanQuestionPage(AnalysisBook book, StartAnalysis start, InitiativeLibrary library, string kind) : PlacePage
{
    public FoundAnalysis Found { get; private set; } = null!;

    public Plan Plan => Found.Plan;

    public PlanReading Reading => Found.Reading;

    /// <summary>Null where nobody has asked.</summary>
    public PlanAnalysis? Analysis => Found.Analysis;

    public bool CanPlan { get; private set; }

    public bool IsContributor { get; private set; }

    public ExplainText Text { get; private set; } = null!;

    public string Kind => kind;

    /// <summary>What else can be asked of a plan, as far as this reader may see it.</summary>
    public IEnumerable<string> Questions => PlanFindings.KindsFor(IsContributor);

    public override string Step => "plan";

    /// <summary>The address of this page.</summary>
    public string Self => Here($"plans/{Plan.Id}/{kind}");

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        // Works without script: the page asks for itself again while it is computed.
        if (Found.IsUnderWay) Response.Headers["Refresh"] = "3";
        return Page();
    }

    /// <summary>Asks the question.</summary>
    public async Task<IActionResult> OnPostAsync(Guid id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        return await start.RunAsync(Place, Plan, kind, cancel) is { Count: > 0 } faults ? Again(faults) : Redirect(Self);
    }

    protected async Task<bool> FindAsync(Guid id, CancellationToken cancel)
    {
        if (await book.FindAsync(Place, id, kind, cancel) is not { } found) return false;
        Found = found;
        (CanPlan, IsContributor) = (await Reader.CanAsync(Right.Plan, Place, cancel), await Reader.CanAsync(Right.Contribute, Place, cancel));
        Text = new(Reading, T, Reading.Pack.Words(Lang), library.Words(Lang));
        return true;
    }
}
