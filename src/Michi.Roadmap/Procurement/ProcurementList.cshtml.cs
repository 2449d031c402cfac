using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Roadmap.Initiatives;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Procurement;

/// <summary>The procurements of a place, and where a new one is drafted from an initiative.</summary>
[Allow(Right.Plan)]
internal sealed class ProcurementListPage(ProcurementBook book, TenderBook tenders, ProcurementTemplates templates) : PlacePage
{
    public override string Step => "plan";

    /// <summary>Each with how many things are missing in the page's language, and how far its tender has come.</summary>
    public IReadOnlyList<(Procurement One, int Missing, string State)> Procurements { get; private set; } = [];

    public IReadOnlyList<Initiative> Initiatives { get; private set; } = [];
    public IReadOnlyList<string> Kinds => templates.Kinds;
    public string? Chosen { get; private set; }
    public string? Kind { get; private set; }

    public Task OnGetAsync(string? initiative, CancellationToken cancel)
    {
        Chosen = initiative;
        return LoadAsync(cancel);
    }

    public async Task<IActionResult> OnPostAsync(string? initiative, string? kind, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        (Chosen, Kind) = (initiative, kind);
        if (Initiatives.Count == 0) return NotFound();
        var check = new InputCheck();
        var code = check.Choice("initiative", initiative, [.. Initiatives.Select(i => i.Code)]);
        var asked = check.Choice("kind", kind, [.. templates.Kinds]);
        if (!check.IsSound) return Again(check.Faults);
        var started = await book.StartAsync(Place, Initiatives.First(i => i.Code == code), asked, cancel);
        Say(T["procurement.started"]);
        return Redirect(Here($"procurement/{started.Id}"));
    }

    private async Task LoadAsync(CancellationToken cancel)
    {
        var states = await tenders.StatesAsync(Place, cancel);
        Procurements = [.. (await book.ListAsync(Place, cancel)).Select(p => (p, TermsCheck.Of(p.Facts, templates, Lang).Count(f => f.IsMissing), states.GetValueOrDefault(p.Id)?.State ?? TenderState.Draft))];
        Initiatives = await book.InitiativesAsync(Place, cancel);
    }
}
