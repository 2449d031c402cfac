using Michi.Assessment.Profiles;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Rounds;

/// <summary>Where a facilitator invites assessors, follows how far they have come, and opens and closes rounds.</summary>
[Allow(Right.Facilitate)]
internal sealed class FacilitatePage(RoundBook book, AssessmentDb db, ProfileQueue profiles, UiTexts texts, TimeProvider clock) : AssessmentPage(book)
{
    private const string LinksKey = "assessor-links";

    public IReadOnlyList<Round> Rounds { get; private set; } = [];

    public Round? Open => Rounds.FirstOrDefault(r => r.ClosedAt is null);

    public IReadOnlyList<AssessorProgress> Progress { get; private set; } = [];

    /// <summary>Links made by the request before this one, shown this once.</summary>
    public List<(string Name, string Link)> Links { get; private set; } = [];

    public string People { get; private set; } = "";

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        // The browser kept the secrets, encrypted, from the request that made them to this one.
        if (TempData[LinksKey] is not string[] made) return;
        var secrets = made.Select(m => m.Split(' ')).ToDictionary(m => Guid.Parse(m[0]), m => m[1]);
        Links = [.. Progress.Where(p => secrets.ContainsKey(p.Assessor.Id))
            .Select(p => (p.Assessor.Name, $"{Request.Scheme}://{Request.Host}{At($"rate/{secrets[p.Assessor.Id]}")}"))];
    }

    public async Task<IActionResult> OnPostInviteAsync(string? people, CancellationToken cancel)
    {
        People = people ?? "";
        var (invited, refused) = await InviteAssessors.Execute(Assessment, InviteAssessors.Read(People, texts), db, Reader, clock, cancel);
        return refused.Count > 0 ? await AgainAsync(refused, cancel) : ShowLinks(invited);
    }

    public async Task<IActionResult> OnPostRenewAsync(Guid assessor, CancellationToken cancel) =>
        await RenewLink.Execute(Assessment, assessor, db, Reader, clock, cancel) is { } renewed ? ShowLinks([renewed]) : NotFound();

    public async Task<IActionResult> OnPostRemoveAsync(Guid assessor, CancellationToken cancel)
    {
        if (await RemoveAssessor.Execute(Assessment, assessor, db, Reader, clock, cancel) is not { } removed) return NotFound();
        Say(T["rounds.facilitate.removed", removed.Name]);
        return Redirect(Within("facilitate"));
    }

    public async Task<IActionResult> OnPostOpenAsync(int number, CancellationToken cancel)
    {
        var (round, refused) = await OpenRound.Execute(Assessment, number, db, Reader, clock, cancel);
        if (round is null) return await AgainAsync(refused, cancel);
        Say(T["rounds.facilitate.opened", number]);
        return Redirect(Within("facilitate"));
    }

    public async Task<IActionResult> OnPostCloseAsync(int number, CancellationToken cancel)
    {
        var refused = await CloseRound.Execute(Assessment, number, db, profiles, Reader, clock, cancel);
        if (refused.Count > 0) return await AgainAsync(refused, cancel);
        Say(T["rounds.facilitate.closed", number]);
        return Redirect(Within());
    }

    private RedirectResult ShowLinks(IReadOnlyList<InviteAssessors.Invited> invited)
    {
        TempData[LinksKey] = invited.Select(i => $"{i.Id} {i.Secret}").ToArray();
        return Redirect(Within("facilitate"));
    }

    private async Task<IActionResult> AgainAsync(IReadOnlyList<Refusal> refused, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        return Again([.. refused.Select(r => r.Field.Length > 0 ? r : r with { Field = "round" })]);
    }

    private async Task LoadAsync(CancellationToken cancel)
    {
        Rounds = await Book.RoundsAsync(Assessment.Id, cancel);
        Progress = await Book.ProgressAsync(Assessment.Id, cancel);
    }
}
