using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Documents;

namespace Michi.Roadmap.Plans;

/// <summary>The roadmap of a place: its adopted plan; to contributors, where there is none, the newest draft.</summary>
[Allow(Right.ViewPlace)]
internal sealed class RoadmapPage(PlanBook book, PlanSubjects subjects) : PlacePage
{
    public ShownPlan? Shown { get; private set; }

    public PlanSubject? Subject { get; private set; }

    public bool CanPlan { get; private set; }

    public override string Step => "plan";

    public async Task OnGetAsync(CancellationToken cancel)
    {
        Shown = await book.ShownAsync(Place, cancel);
        if (Shown is not null) Subject = subjects.Of(Place, Shown, Lang) with { Address = Here };
        CanPlan = await Reader.CanAsync(Right.Plan, Place, cancel);
    }
}
