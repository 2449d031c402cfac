using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Packs;
using Michi.Platform.Places;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Money;

/// <summary>The investment strategy of a country: what the adopted plans of its cities ask for together, from whom, and what they have in common.</summary>
[Allow(Right.ViewPlace)]
internal sealed class InvestmentPage(CityInvestments investments, PackStore packs, InitiativeLibrary library) : PlacePage
{
    public override string Step => "plan";

    public IReadOnlyList<(PlaceItem Place, CityInvestment Investment)> Cities { get; private set; } = [];

    /// <summary>Places below this one that have adopted no plan.</summary>
    public int Without { get; private set; }

    /// <summary>Initiatives of the library that several cities plan, those in most cities first.</summary>
    public IReadOnlyList<(string Id, int Cities, double Setup)> Common { get; private set; } = [];

    public ContentPack Current => packs.Current;
    public PackWords Library => library.Words(Lang);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancel)
    {
        if (Place.Kind != PlaceKind.Country) return NotFound();
        await LoadAsync(cancel);
        return Page();
    }

    public async Task<IActionResult> OnGetTableAsync(string? format, CancellationToken cancel)
    {
        if (Place.Kind != PlaceKind.Country) return NotFound();
        await LoadAsync(cancel);
        var domains = Current.Domains.Select(d => d.Id).ToList();
        return TableDownload.Answer(format, $"{Place.Slug}-investment", new(T["investment.title"],
            [.. ((string[])[T["investment.city"], T["investment.years"], T["investment.setup"], T["investment.operation"], T["investment.revenue"], T["investment.at-high"], .. domains.Select(d => Pack.Name("domains", d))]).Select(h => new TableColumn(h))],
            Cities.Select(c => (IReadOnlyList<TableCell>)
            [
                c.Place.NameIn(Lang), $"{c.Investment.From}–{c.Investment.To}", c.Investment.Setup, c.Investment.OperationAfter, c.Investment.RevenueAfter, c.Investment.AtHigh,
                .. domains.Select(d => TableCell.Number(c.Investment.ByDomain.GetValueOrDefault(d))),
            ]))
        { FrozenColumns = 1 });
    }

    /// <summary>Whole dollars.</summary>
    public string Amount(double value) => value.ToString("N0", T.Culture);

    private async Task LoadAsync(CancellationToken cancel)
    {
        var below = await Reader.ChildrenAsync(Place, cancel);
        var found = await investments.OfAsync(below, cancel);
        Cities = [.. below.Where(p => found.ContainsKey(p.Id)).Select(p => (p, found[p.Id])).OrderByDescending(c => c.Item2.Setup)];
        Without = below.Count - Cities.Count;
        var known = library.Initiatives.Select(i => i.Id).ToHashSet(StringComparer.Ordinal);
        Common = [.. Cities.SelectMany(c => c.Investment.Codes).Where(c => known.Contains(c.Key)).GroupBy(c => c.Key).Where(g => g.Count() > 1)
            .Select(g => (g.Key, g.Count(), g.Sum(c => c.Value))).OrderByDescending(c => c.Item2).ThenByDescending(c => c.Item3)];
    }
}
