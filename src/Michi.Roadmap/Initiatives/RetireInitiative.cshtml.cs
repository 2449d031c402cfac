using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Initiatives;

/// <summary>Gives an initiative up with a reason, or brings it back. Where others name it, it asks what is to become of these links.</summary>
[Allow(Right.Plan)]
internal sealed class RetireInitiativePage : InitiativePage
{
    public Initiative Item { get; private set; } = null!;

    /// <summary>Initiatives that name it.</summary>
    public IReadOnlyList<Initiative> By { get; private set; } = [];

    public string Reason { get; private set; } = "";

    public async Task<IActionResult> OnGetAsync(string code, CancellationToken cancel) => await FindAsync(code, cancel) ? Page() : NotFound();

    public async Task<IActionResult> OnPostAsync(string code, int version, string? reason, string? links, CancellationToken cancel)
    {
        if (!await FindAsync(code, cancel)) return NotFound();
        InitiativeOutcome outcome;
        if (Item.RetiredAt is not null) outcome = await Book.RestoreAsync(Place, code, version, cancel);
        else
        {
            var check = new InputCheck();
            Reason = check.Text("reason", reason, 1000);
            if (!check.IsSound) return Again(check.Faults);
            if (links == "keep") return Redirect(Here($"initiatives/{code}"));
            outcome = await Book.RetireAsync(Place, code, version, Reason, links == "remove", cancel);
        }
        switch (outcome)
        {
            case InitiativeSaved saved:
                Say(T.Sentences(T[Item.RetiredAt is null ? "initiative.is-retired" : "initiative.is-restored"],
                    saved.Unlinked.Count == 0 ? null : T["initiative.unlinked", string.Join(T["list.separator"], saved.Unlinked.Select(Text.NameOf))]));
                return Redirect(Here($"initiatives/{code}"));
            case InitiativeNeeded:
                return Again([new("links", "initiative-links")]);
            case InitiativeChanged changed:
                await FindAsync(code, cancel);
                return Again([new("reason", "version", changed.Newest.Version)]);
            default:
                return NotFound();
        }
    }

    private async Task<bool> FindAsync(string code, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        if (All.FirstOrDefault(i => i.Code == code) is not { } item) return false;
        (Item, By) = (item, [.. All.Where(i => i.RetiredAt is null && i.Code != code && InitiativeBook.Names(i.Facts, code))]);
        return true;
    }
}
