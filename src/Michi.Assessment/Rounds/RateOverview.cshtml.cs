using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;

namespace Michi.Assessment.Rounds;

/// <summary>What an assessor sees first: which elements are answered, or the results of a closed round.</summary>
[Allow(Right.Anyone)]
internal sealed class RateOverviewPage(RoundBook book, EvidenceBook evidence) : RatePage(book)
{
    public ResultsView? View { get; private set; }

    public async Task OnGetAsync(int? round, CancellationToken cancel)
    {
        if (Pass.Open is not null || ResultsView.Choose(Results, round) is not { } shown) return;
        var items = await evidence.ForAssessorAsync(Pass.Place, withRetired: true, cancel);
        View = new(T, Names, Results, shown, items.ToDictionary(e => e.Item.Code), $"{Within()}?round=");
    }
}
