using Michi.Assessment.Evidence;
using Michi.Platform.Accounts;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Assessment.Profiles;

/// <summary>One element of a place: its level with reasons, the evidence, what would lift it, what to ask.</summary>
[Allow(Right.ViewPlace)]
internal sealed class ElementDetailPage : DiagnosisPage
{
    public DiagnosedElement Element { get; private set; } = null!;

    public IReadOnlyList<(PlacedEvidence Item, WeighedEvidence Weighed)> Evidence { get; private set; } = [];

    /// <summary>How many internal facts count that the reader may not see.</summary>
    public int Hidden { get; private set; }

    public async Task<IActionResult> OnGetAsync(string element, CancellationToken cancel)
    {
        if (D.Elements.FirstOrDefault(e => e.Element.Id == element) is not { } found) return NotFound();
        Element = found;
        var byCode = Diagnosed.Evidence.ToDictionary(e => e.Item.Code);
        var all = found.Evidence.Select(weighed => (byCode[weighed.Input.Code], weighed)).ToList();
        var seesInternal = await Reader.CanAsync(Right.Contribute, Place, cancel);
        Evidence = [.. all.Where(e => seesInternal || !e.Item1.Item.IsInternal)];
        Hidden = all.Count - Evidence.Count;
        return Page();
    }
}
