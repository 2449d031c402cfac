using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Initiatives;

/// <summary>The initiatives of a place, filtered.</summary>
[Allow(Right.ViewPlace)]
internal sealed class InitiativeListPage : InitiativePage
{
    [BindProperty(SupportsGet = true, Name = "sector")]
    public string? Sector { get; set; }

    [BindProperty(SupportsGet = true, Name = "element")]
    public string? Element { get; set; }

    [BindProperty(SupportsGet = true, Name = "gate")]
    public string? Gate { get; set; }

    [BindProperty(SupportsGet = true, Name = "quick")]
    public bool QuickWins { get; set; }

    [BindProperty(SupportsGet = true, Name = "retired")]
    public bool WithRetired { get; set; }

    public IReadOnlyList<Initiative> Shown { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        Shown = [.. All.Where(i => (WithRetired || i.RetiredAt is null) && (string.IsNullOrEmpty(Sector) || i.Facts.Sector == Sector) && (string.IsNullOrEmpty(Element) || i.Facts.Lifts.Exists(l => l.Element == Element))
            && (string.IsNullOrEmpty(Gate) || i.Gate == Gate) && (!QuickWins || i.Facts.IsQuickWin)).OrderBy(i => Library.Sectors.ToList().IndexOf(i.Facts.Sector)).ThenBy(i => i.Facts.NameIn(Lang), StringComparer.Create(T.Culture, ignoreCase: true))];
    }

    /// <summary>What the filter finds as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        await OnGetAsync(cancel);
        return TableDownload.Answer(format, $"{Place.Slug}-initiatives", InitiativeTables.Of(T, T["initiative.title"],
            ["code", "name", "sector", "type", "owner", "gate", "lifts", "cost-low", "cost-planned", "cost-high", "operation-planned", "revenue-planned", "currency", "duration-low", "duration-planned", "duration-high", "source", "prerequisites", "quick-win", "retired"],
            Shown.Select(i => (IReadOnlyList<TableCell>)
            [
                i.Code, i.Facts.NameIn(Lang), Text.Sector(i.Facts.Sector), Words[$"library.types.{i.Facts.Type}"], i.Facts.Owner, Words[$"library.gates.{i.Gate}.name"],
                string.Join("\n", i.Facts.Lifts.Select(l => Text.Lift(l.Element, l.From, l.To))), i.Facts.Cost.Low, i.Facts.Cost.Planned, i.Facts.Cost.High, i.Facts.Operation.Planned, i.Facts.Revenue.Planned, Vision.Currency,
                i.Facts.Duration.Low, i.Facts.Duration.Planned, i.Facts.Duration.High, Text.Source(i.Facts.Cost.Source), string.Join("\n", i.Facts.Prerequisites.Select(p => p.Initiative)), i.Facts.IsQuickWin ? T["initiative.yes"] : null, i.RetiredReason,
            ])));
    }
}
