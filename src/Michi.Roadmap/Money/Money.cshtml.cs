using Michi.Approach;
using Michi.Assessment;
using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Money;

/// <summary>What the plan costs, who pays, what stays to be paid, and whom to ask for help.</summary>
[Allow(Right.ViewPlace)]
internal sealed class MoneyPage(PlanBook plans, Diagnoses diagnoses, InitiativeLibrary library) : PlacePage
{
    public override string Step => "plan";

    public ShownPlan? Shown { get; private set; }
    public MoneyTables Tables { get; private set; } = null!;
    public CashFlow Cash { get; private set; } = null!;
    public IReadOnlyList<ProgrammeAsk> Programmes { get; private set; } = [];

    public PlanReading Plan => Shown!.Reading;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        if (!await LoadAsync(cancel)) return;
        Programmes = ProgrammeAsk.Of(await diagnoses.OfAsync(Place, cancel), Plan.Schedule);
    }

    public async Task<IActionResult> OnGetTableAsync(string? format, string? table, CancellationToken cancel)
    {
        if (!await LoadAsync(cancel) || Tables.Find(table) is not { } found) return NotFound();
        return TableDownload.Answer(format, $"{Place.Slug}-{table}", found);
    }

    /// <summary>An amount of the plan's currency, whole.</summary>
    public string Amount(double value) => value.ToString("N0", T.Culture);

    private async Task<bool> LoadAsync(CancellationToken cancel)
    {
        if ((Shown = await plans.ShownAsync(Place, cancel)) is null) return false;
        Cash = CashFlow.Of(Plan);
        Tables = new(Plan, Cash, T, Pack, library.Words(Lang));
        return true;
    }
}
