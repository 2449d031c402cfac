using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;

namespace Michi.Roadmap.Procurement;

/// <summary>Where an evaluator declares conflicts of interest, sees how far the own scoring has come, and says that it is done.</summary>
[Allow(Right.Anyone), EnableRateLimiting(RoadmapModule.ScoresLimit)]
internal sealed class EvaluateOverviewPage(TenderBook book, ProcurementTemplates templates, ScoreBids scores) : EvaluatePage(book, templates)
{
    /// <summary>Number of a bid → <c>no</c>, <c>yes</c> or nothing chosen, and the conflict in words.</summary>
    public Dictionary<string, (string Choice, string What)> Given { get; private set; } = [];

    public void OnGet() => Given = Pass.Bidders.Where(Pass.Evaluator.HasDeclared).ToDictionary(Evaluator.Key, b => (Pass.Evaluator.MayScore(b) ? "no" : "yes", Pass.Evaluator.Declarations[Evaluator.Key(b)]));

    public async Task<IActionResult> OnPostDeclareAsync(CancellationToken cancel)
    {
        var form = await Request.ReadFormAsync(cancel);
        Given = Pass.Bidders.ToDictionary(Evaluator.Key, b => (form[$"choice-{b.Number}"].ToString(), form[$"conflict-{b.Number}"].ToString()));
        var check = new InputCheck();
        foreach (var (number, (choice, what)) in Given)
        {
            check.Choice($"choice-{number}", choice, ["no", "yes"]);
            if (choice == "yes") check.Text($"conflict-{number}", what, 1000);
        }
        if (!check.IsSound) return Again(check.Faults);
        return await AfterAsync(await scores.DeclareAsync(Secret, Given.ToDictionary(g => g.Key, g => (string?)(g.Value.Choice == "yes" ? g.Value.What : "")), cancel), "declared", "", cancel);
    }

    public async Task<IActionResult> OnPostFinishAsync(CancellationToken cancel)
    {
        OnGet();
        return await AfterAsync(await scores.FinishAsync(Secret, cancel), "finished", "", cancel);
    }
}
