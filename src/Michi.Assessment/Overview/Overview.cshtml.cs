using Michi.Platform.Accounts;
using Michi.Platform.Places;

namespace Michi.Assessment.Overview;

/// <summary>Where a place stands and what is next, on one page.</summary>
[Allow(Right.ViewPlace)]
internal sealed class OverviewPage : DiagnosisPage
{
    public IReadOnlyList<PlaceItem> Below { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel) => Below = await Reader.ChildrenAsync(Place, cancel);
}
