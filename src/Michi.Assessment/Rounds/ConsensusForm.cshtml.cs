using Michi.Approach;
using Michi.Assessment.Profiles;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Rounds;

/// <summary>Where a facilitator records what the group agreed on for an element.</summary>
[Allow(Right.Facilitate)]
internal sealed class ConsensusFormPage(RoundBook book, AssessmentDb db, PackStore packs, ProfileQueue profiles, TimeProvider clock) : AssessmentPage(book)
{
    public Element Element { get; private set; } = null!;

    /// <summary>The last closed round; null while a round is open or none is closed, when no consensus is recorded.</summary>
    public RoundResult? Last { get; private set; }

    public bool IsRecorded { get; private set; }

    public string? Level { get; private set; }

    public string? Confidence { get; private set; }

    public string Reason { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync(string element, CancellationToken cancel)
    {
        if (!await LoadAsync(element, cancel)) return NotFound();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string element, string? level, string? confidence, string? reason, CancellationToken cancel)
    {
        if (!await LoadAsync(element, cancel)) return NotFound();
        (Level, Confidence, Reason) = (level, confidence, reason ?? "");
        var refused = await RecordConsensus.Execute(Assessment, element, new(LevelChoice.Read(level), confidence, reason), packs, db, profiles, Reader, clock, cancel);
        return Done(refused, "rounds.consensus.recorded");
    }

    public async Task<IActionResult> OnPostWithdrawAsync(string element, CancellationToken cancel)
    {
        if (!await LoadAsync(element, cancel)) return NotFound();
        return Done(await RecordConsensus.WithdrawAsync(Assessment, element, db, profiles, Reader, clock, cancel), "rounds.consensus.withdrawn");
    }

    private IActionResult Done(IReadOnlyList<Refusal> refused, string said)
    {
        if (refused.Count > 0) return Again([.. refused.Select(r => r.Field.Length > 0 ? r : r with { Field = "form" })]);
        Say(T[said, $"{Element.Id} {Names.Name("elements", Element.Id)}"]);
        return Redirect($"{Within()}#{Element.Id}");
    }

    private async Task<bool> LoadAsync(string element, CancellationToken cancel)
    {
        if (MadeWith.Element(element) is not { } found) return false;
        Element = found;
        var results = await Book.ResultsAsync(Assessment, cancel);
        Last = results.Open is null ? results.Last : null;
        if (results.Consensus.GetValueOrDefault(element) is { } known)
            (IsRecorded, Level, Confidence, Reason) = (true, known.Level.ToString(System.Globalization.CultureInfo.InvariantCulture), known.Confidence, known.Reason);
        return true;
    }
}
