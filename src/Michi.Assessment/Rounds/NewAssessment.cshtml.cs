using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Rounds;

/// <summary>Starts an assessment.</summary>
[Allow(Right.Facilitate)]
internal sealed class NewAssessmentPage(AssessmentDb db, PackStore packs, TimeProvider clock) : PlacePage
{
    public string Title { get; private set; } = "";

    public bool Demonstration { get; private set; }

    public string PackId => packs.Current.Id;

    public string PackVersion => packs.Current.Version;

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync(string? title, bool demonstration, CancellationToken cancel)
    {
        (Title, Demonstration) = (title ?? "", demonstration);
        var (started, refused) = await StartAssessment.Execute(Place, new(title, demonstration), db, packs, Reader, clock, cancel);
        Errors.AddRange(refused.Select(r => (r.Field, r.In(T))));
        if (started is null) return Again();
        Say(T["rounds.start.done"]);
        return Redirect(Here($"rounds/{started.Id}/facilitate"));
    }
}
