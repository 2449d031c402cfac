using System.Globalization;
using Michi.Approach;
using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;

namespace Michi.Assessment.Rounds;

/// <summary>One element to rate, on one screen. Every way off the page by a button saves what was answered.</summary>
[Allow(Right.Anyone), EnableRateLimiting(AssessmentModule.RatingsLimit)]
internal sealed class RateElementPage(RoundBook book, EvidenceBook collected, AssessmentDb db, TimeProvider clock) : RatePage(book)
{
    public Element Element { get; private set; } = null!;

    /// <summary>What is collected about the element, internal items included: assessors are invited to see them.</summary>
    public IReadOnlyList<PlacedEvidence> Evidence { get; private set; } = [];

    public string? Level { get; private set; }

    public string? Confidence { get; private set; }

    public string Reason { get; private set; } = "";

    public IReadOnlyCollection<string> Ticked { get; private set; } = [];

    public Rating? EarlierOwn => Earlier.GetValueOrDefault(Element.Id);

    /// <summary>True where an answer was given by an earlier link, which this one does not show.</summary>
    public bool IsHidden { get; private set; }

    public async Task<IActionResult> OnGetAsync(string element, CancellationToken cancel)
    {
        if (!await FindAsync(element, cancel)) return NotFound();
        return Pass.Open is null ? Redirect(Within()) : Page();
    }

    public async Task<IActionResult> OnPostAsync(string element, string? level, string? confidence, string? reason, string[] evidence, int round, string? go, CancellationToken cancel)
    {
        if (!await FindAsync(element, cancel)) return NotFound();
        var position = Walk.Index().First(w => w.Item.Id == element).Index;
        var aside = go switch { "previous" when position > 0 => Walk[position - 1], "next" when position + 1 < Walk.Count => Walk[position + 1], _ => null };
        // Leafing through saves nothing where nothing was changed; a confirmation is given by "save".
        var isUntouched = level == Level && (confidence ?? "") == (Confidence ?? "") && SaveRating.Plain(reason) == Reason && Ticked.ToHashSet().SetEquals(evidence);
        if (aside is not null && isUntouched && Pass.Open is not null) return Redirect(Within(aside.Id));

        (Level, Confidence, Reason, Ticked) = (level, confidence, reason ?? "", evidence);
        var refused = level is null ? [new("level", "answer-missing")]
            : await SaveRating.Execute(Pass, element, new() { Level = LevelChoice.Read(level), Confidence = confidence, Reason = reason, Evidence = evidence, Round = round }, collected, db, clock, cancel);
        if (refused is null) return NotFound();
        if (refused.Count > 0)
        {
            Errors.AddRange(refused.Select(r => (r.Field.Length > 0 ? r.Field : "form", r.In(T))));
            Response.StatusCode = refused[0].Status;
            // The round may have been closed, and another opened, after this request began.
            return await LoadAsync(cancel) ? Page() : NotFound();
        }
        if (!await LoadAsync(cancel)) return NotFound();
        Say(T["rounds.rate.saved", Own.Count, Walk.Count]);
        return Redirect(Within((aside ?? NextAfter(Element))?.Id ?? ""));
    }

    private async Task<bool> FindAsync(string element, CancellationToken cancel)
    {
        if (Pass.Pack.Element(element) is not { } found) return false;
        Element = found;
        Evidence = [.. (await collected.ForAssessorAsync(Pass.Place, withRetired: false, cancel)).Where(e => e.Item.Links.Any(l => l.Element == element))];
        var given = Own.GetValueOrDefault(element) ?? EarlierOwn;
        IsHidden = Own.TryGetValue(element, out var own) && Pass.Hides(own);
        if (given is null || Pass.Hides(given)) return true;
        (Level, Confidence, Reason, Ticked) = (given.Level?.ToString(CultureInfo.InvariantCulture) ?? LevelChoice.Unknown, given.Confidence, given.Reason, given.EvidenceCodes.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return true;
    }
}
