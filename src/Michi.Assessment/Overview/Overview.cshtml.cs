using Michi.Platform.Accounts;
using Michi.Platform.Places;

namespace Michi.Assessment.Overview;

/// <summary>Where a place stands and what is next, on one page.</summary>
[Allow(Right.ViewPlace)]
internal sealed class OverviewPage(PlaceDirectory directory) : DiagnosisPage
{
    public IReadOnlyList<Place> Below { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel) => Below = await directory.ChildrenAsync(Place.Id, cancel);
}
