using Michi.Approach;
using Michi.Assessment.Compare;
using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;

namespace Michi.Assessment.Rounds;

/// <summary>What the page of results shows.</summary>
/// <param name="Evidence">The evidence the reader may see, by code.</param>
/// <param name="RoundAddress">The address of another round's results, before its number.</param>
/// <param name="FileAddress">Where the results are to be had as a file, before its ending; null where not offered.</param>
/// <param name="ProfileAddress">Where the profile that follows from this assessment is shown; null where not offered.</param>
/// <param name="ChangesAddress">Where this assessment is compared with another diagnosis of the place; null where not offered.</param>
/// <param name="ConsensusAddress">Where a consensus is recorded, before the element; null where the reader may not, or not now.</param>
internal sealed record ResultsView(
    Words T, PackWords Names, AssessmentResults Results, RoundResult Shown, IReadOnlyDictionary<string, PlacedEvidence> Evidence, string RoundAddress, string? FileAddress = null, string? ProfileAddress = null, string? ChangesAddress = null,
    string? ConsensusAddress = null)
{
    public string Percent(double share) => share.ToString("P0", T.Culture);

    public string Level(double? level) => level?.ToString("0.#", T.Culture) ?? "–";

    /// <summary>The round before the one shown, if any.</summary>
    public RoundResult? Before => Results.Closed.LastOrDefault(r => r.Round.Number < Shown.Round.Number);

    /// <summary>The round asked for, else the last closed; null while none is.</summary>
    public static RoundResult? Choose(AssessmentResults results, int? round) => results.Closed.FirstOrDefault(r => r.Round.Number == round) ?? results.Last;
}

/// <summary>The results of an assessment's closed rounds, for everyone who may see the place.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ResultsPage(RoundBook book, EvidenceBook evidence) : AssessmentPage(book)
{
    public AssessmentResults Results { get; private set; } = null!;

    public ResultsView? View { get; private set; }

    public async Task OnGetAsync(int? round, CancellationToken cancel)
    {
        Results = await Book.ResultsAsync(Assessment, cancel);
        if (ResultsView.Choose(Results, round) is not { } shown) return;
        var visible = await evidence.ForReaderAsync(Place, withRetired: true, cancel);
        var mayFacilitate = Results.Open is null && await Reader.CanAsync(Right.Facilitate, Place, cancel);
        var before = Results.Closed.LastOrDefault(r => r.Round.Number < shown.Round.Number);
        var compared = $"changes?from={(before is null ? DiagnosisChoices.OfEvidence : DiagnosisChoices.OfRound(Assessment.Id, before.Round.Number))}&to={DiagnosisChoices.OfRound(Assessment.Id, shown.Round.Number)}";
        View = new(T, Names, Results, shown, visible.ToDictionary(e => e.Item.Code), $"{Within()}?round=", Within("results"), Here($"profile?assessment={Assessment.Id}"), Here(compared),
            mayFacilitate ? Within("consensus/") : null);
    }
}
