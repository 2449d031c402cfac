using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Profiles;

/// <summary>One element of a place: its level with reasons, the evidence, what would lift it, what to ask.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ElementDetailPage(EvidenceBook book, PlaceDirectory places) : DiagnosisPage
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
        var audience = await book.AudienceAsync(await places.ChainAsync(Place, cancel), cancel);
        Evidence = [.. all.Where(e => audience.Sees(e.Item1))];
        Hidden = all.Count - Evidence.Count;
        return Page();
    }
}
