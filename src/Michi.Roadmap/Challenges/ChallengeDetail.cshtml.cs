using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Audit;
using Michi.Roadmap.Initiatives;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Challenges;

/// <summary>One challenge with its sources and the initiatives that answer it; planners say that it is solved or withdrawn, or bring it back.</summary>
[Allow(Right.ViewPlace, Right.Plan)]
internal sealed class ChallengeDetailPage(ChallengeBook book, RetireChallenge retire, RoadmapDb db, InitiativeLibrary library) : PlacePage
{
    public override string Step => "plan";
    public ShownChallenge Shown { get; private set; } = null!;
    public bool MayEdit { get; private set; }

    /// <summary>Who did what, newest first, for those who work on it; empty for other readers.</summary>
    public IReadOnlyList<AuditEntry> History { get; private set; } = [];

    public string State { get; private set; } = "solved";
    public string? Reason { get; private set; }
    public PackWords Library => library.Words(Lang);
    public string Name => InitiativeFacts.TextIn(Shown.Facts.Names, Lang);

    public async Task<IActionResult> OnGetAsync(string code, CancellationToken cancel) => await LoadAsync(code, cancel) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(string code, int version, string? state, string? reason, CancellationToken cancel)
    {
        var saved = await retire.RunAsync(Place, code, new(version, state, reason), cancel);
        if (saved.IsSaved)
        {
            Say(T[$"challenges.said.{state}"]);
            return Redirect(Here($"challenges/{code}"));
        }
        if (!await LoadAsync(code, cancel)) return NotFound();
        (State, Reason) = (state ?? "solved", reason);
        if (saved.IsChangedMeanwhile) Errors.Add(("state", T["input.version", Shown.Challenge.Version]));
        return Again(saved.Faults);
    }

    private async Task<bool> LoadAsync(string code, CancellationToken cancel)
    {
        if (await book.FindAsync(Place, code, cancel) is not { } found) return false;
        Shown = found;
        MayEdit = await Reader.CanAsync(Right.Plan, Place, cancel);
        if (await Reader.CanAsync(Right.Contribute, Place, cancel))
            History = await db.Audit.AsNoTracking().Where(a => a.PlaceId == Place.Id && a.Subject == code && a.Action.StartsWith("challenge.")).OrderByDescending(a => a.Id).Take(100).ToListAsync(cancel);
        return true;
    }
}
