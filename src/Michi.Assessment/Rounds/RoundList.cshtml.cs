using Michi.Platform;
using Michi.Platform.Accounts;

namespace Michi.Assessment.Rounds;

/// <summary>The assessments of a place.</summary>
[Allow(Right.ViewPlace)]
internal sealed class RoundListPage(RoundBook book) : PlacePage
{
    public IReadOnlyList<ListedAssessment> Assessments { get; private set; } = [];

    public bool MayFacilitate { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        MayFacilitate = await Reader.CanAsync(Right.Facilitate, Place, cancel);
        Assessments = await book.ListAsync(Place.Id, cancel);
    }
}
