using Michi.Platform;
using Michi.Platform.Accounts;

namespace Michi.Roadmap.Plans;

/// <summary>The roadmap of a place: its adopted plan; to contributors, where there is none, the newest draft.</summary>
[Allow(Right.ViewPlace)]
internal sealed class RoadmapPage(PlanBook book) : PlacePage
{
    public ShownPlan? Shown { get; private set; }

    public bool CanPlan { get; private set; }

    public override string Step => "plan";

    public async Task OnGetAsync(CancellationToken cancel)
    {
        Shown = await book.ShownAsync(Place, cancel);
        CanPlan = await Reader.CanAsync(Right.Plan, Place, cancel);
    }
}
