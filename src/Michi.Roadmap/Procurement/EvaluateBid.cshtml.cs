using System.Globalization;
using Michi.Approach;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;

namespace Michi.Roadmap.Procurement;

/// <summary>One bid to score by every criterion, or in the second round by those that are contested.</summary>
[Allow(Right.Anyone), EnableRateLimiting(RoadmapModule.ScoresLimit)]
internal sealed class EvaluateBidPage(TenderBook book, ProcurementTemplates templates, ScoreBids scores) : EvaluatePage(book, templates)
{
    public Bidder Bidder { get; private set; } = null!;
    public IReadOnlyList<ProcurementGrade> Scale => Pass.Plan!.Scale;

    /// <summary>Criteria to score, with what stands in their fields.</summary>
    public List<(string Id, string Points, string Reason)> Rows { get; private set; } = [];

    public IActionResult OnGet(int number)
    {
        if (!Find(number)) return NotFound();
        if (!Pass.IsOpen || !Pass.HasDeclared) return Redirect(Within());
        Rows = [.. Criteria().Select(c => Pass.Own.TryGetValue((Bidder.Id, c, Pass.Tender.Round), out var own) && !Pass.Hides(own) ? (c, own.Points.ToString(CultureInfo.InvariantCulture), own.Reason) : (c, "", ""))];
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(int number, int round, CancellationToken cancel)
    {
        if (!Find(number)) return NotFound();
        var form = await Request.ReadFormAsync(cancel);
        Rows = [.. Criteria().Select(c => (c, form[$"points-{c}"].ToString(), form[$"reason-{c}"].ToString()))];
        // What is left empty is scored later.
        var sent = Rows.Where(r => r.Points.Length > 0 || !string.IsNullOrWhiteSpace(r.Reason))
            .Select(r => new ScoreBids.Score(r.Id, int.TryParse(r.Points, CultureInfo.InvariantCulture, out var points) ? points : null, r.Reason)).ToList();
        return await AfterAsync(await scores.ScoreAsync(Secret, number, round, sent, cancel), "scored", "", cancel);
    }

    /// <summary>The own score of the first round.</summary>
    public BidScore? First(string criterion) => Pass.Own.GetValueOrDefault((Bidder.Id, criterion, 1));

    /// <summary>Points between the highest and the lowest score of the first round; null in it.</summary>
    public int? Range(string criterion) => Pass.Contested.FirstOrDefault(s => s.Bidder.Id == Bidder.Id && s.Criterion == criterion)?.Range;

    private IEnumerable<string> Criteria() => Pass.Asked.Where(a => a.Bidder.Id == Bidder.Id).Select(a => a.Criterion);

    private bool Find(int number)
    {
        if (Pass.Bidders.FirstOrDefault(b => b.Number == number) is not { } found || (Pass.Evaluator.HasDeclared(found) && !Pass.Evaluator.MayScore(found))) return false;
        Bidder = found;
        return true;
    }
}
