using Michi.Platform;
using Michi.Platform.Accounts;

namespace Michi.Roadmap.Scenarios;

/// <summary>The scenarios of a place.</summary>
[Allow(Right.Contribute, Right.Plan)]
internal sealed class ScenarioListPage(ScenarioBook book) : PlacePage
{
    public IReadOnlyList<Scenario> Scenarios { get; private set; } = [];

    public bool CanPlan { get; private set; }

    public override string Step => "plan";

    public async Task OnGetAsync(CancellationToken cancel)
    {
        Scenarios = await book.OfAsync(Place.Id, cancel);
        CanPlan = await Reader.CanAsync(Right.Plan, Place, cancel);
    }
}
