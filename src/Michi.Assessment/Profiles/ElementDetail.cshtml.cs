using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Profiles;

/// <summary>One element of a place: its level with reasons, the evidence, what would lift it, what to ask.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ElementDetailPage(EvidenceBook book) : DiagnosisPage
{
    public DiagnosedElement Element { get; private set; } = null!;

    public IReadOnlyList<(PlacedEvidence Item, WeighedEvidence Weighed)> Evidence { get; private set; } = [];

    /// <summary>How many facts count that the reader may not see.</summary>
    public int Hidden { get; private set; }

    public async Task<IActionResult> OnGetAsync(string element, CancellationToken cancel)
    {
        if (D.Elements.FirstOrDefault(e => e.Element.Id == element) is not { } found) return NotFound();
        Element = found;
        var byCode = Diagnosed.Evidence.ToDictionary(e => e.Item.Code);
        var all = found.Evidence.Select(weighed => (byCode[weighed.Input.Code], weighed)).ToList();
        var audience = await book.AudienceAsync(Place, cancel);
        Evidence = [.. all.Where(e => audience.Sees(e.Item1))];
        Hidden = all.Count - Evidence.Count;
        return Page();
    }

    /// <summary>The evidence about the element as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string element, string? format, CancellationToken cancel)
    {
        if (await OnGetAsync(element, cancel) is NotFoundResult missing) return missing;
        return TableDownload.Answer(format, $"{Place.Slug}-{element}", PageTable.Of(T["element.evidence"],
            PageTable.Headers(T, "code", "place", "says", "statement", "kind", "quality", "date", "source", "weight", "sharing"),
            Evidence.Select(e => (IReadOnlyList<TableCell>)
            [
                e.Item.Item.Code, e.Item.Place.NameIn(Lang), Words.Name("says", e.Weighed.Input.Says), e.Item.Item.StatementIn(Lang), Words.Name("kinds", e.Item.Item.Kind),
                Words.Name("qualities", e.Item.Item.Quality), e.Item.Item.Date, e.Item.Item.Source, e.Weighed.Weight / e.Weighed.SharesSourceWith, e.Weighed.SharesSourceWith,
            ])));
    }
}
