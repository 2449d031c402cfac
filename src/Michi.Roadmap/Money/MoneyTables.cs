using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Platform.Tables;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Money;

/// <summary>The money of a plan as tables, the same for page, file and report. Amounts are in the plan's currency, unrounded.</summary>
internal sealed class MoneyTables(PlanReading plan, CashFlow cash, Words t, PackWords pack, PackWords library)
{
    public static IReadOnlyList<string> Names { get; } = ["sources", "domains", "sectors", "cash", "initiatives"];

    /// <summary>A table by its name; null where there is none such.</summary>
    public Table? Find(string? name) => name switch
    {
        "sources" => Sources,
        "domains" => Domains,
        "sectors" => Sectors,
        "cash" => Cash,
        "initiatives" => Initiatives,
        _ => null,
    };

    /// <summary>A row for each source and kind of figure, a column for each budget year.</summary>
    public Table Sources => Of("sources", [t["money.source"], t["money.what"], .. Years], plan.Input.Scenario.Sources.SelectMany(source =>
    {
        var (name, years) = (InitiativeFacts.TextIn(source.Names, t.Language), plan.Spending[source.Id]);
        return new List<IReadOnlyList<TableCell>>
        {
            Row(name, t["money.setup"], years.Select(y => y.Setup)),
            Row(name, t["money.operation"], years.Select(y => y.Operation)),
            Row(name, t["money.limit"], years.Select(y => y.Limit)),
            Row(name, t["money.carried"], years.Select(y => y.Carried)),
            Row(name, t["money.left"], years.Select(y => y.Left)),
        };
    }), total: false);

    /// <summary>Set-up and operation by domain: an initiative counts in proportion to the steps of level it lifts in each.</summary>
    public Table Domains => Of("domains", [t["money.domain"], .. Years, t["money.total"]], ByYear(facts => plan.DomainsOf(facts) is { Count: > 0 } shares ? shares : new Dictionary<string, double> { [""] = 1 },
        [.. plan.Pack.Domains.Select(d => (d.Id, pack.Name("domains", d.Id))), ("", t["money.no-domain"])]));

    /// <summary>The same by sector.</summary>
    public Table Sectors => Of("sectors", [t["money.sector"], .. Years, t["money.total"]], ByYear(facts => new Dictionary<string, double> { [facts.Sector] = 1 },
        [.. plan.Schedule.Select(s => s.Facts.Sector).Distinct().Select(s => (s, library[$"library.sectors.{s}"]))]));

    /// <summary>The cash flow by budget year.</summary>
    public Table Cash
    {
        get
        {
            var sum = 0.0;
            return Of("cash", [t["money.what"], .. Years],
            [
                Row(t["money.setup"], cash.Years.Select(y => -y.Setup)),
                Row(t["money.operation"], cash.Years.Select(y => -y.Operation)),
                Row(t["money.revenue"], cash.Years.Select(y => y.Revenue)),
                Row(t["money.net"], cash.Years.Select(y => y.Net)),
                Row(t["money.cumulative"], cash.Years.Select(y => sum += y.Net)),
                Row(t["money.at-high"], cash.AtHigh),
            ], total: false);
        }
    }

    /// <summary>A row for each initiative of the plan.</summary>
    public Table Initiatives => Of("initiatives",
        [t["money.initiative"], t["money.starts"], t["money.setup"], t["money.operation-year"], t["money.revenue-year"], t["money.npv"], t["money.beneficiaries"], t["money.per-beneficiary"]],
        cash.Initiatives.Select(i => (IReadOnlyList<TableCell>)
        [
            i.Initiative.Facts.NameIn(t.Language), i.Initiative.From.ToString(), i.Setup, i.Initiative.Facts.Operation.Planned, i.Initiative.Facts.Revenue.Planned, i.NetPresentValue, i.Beneficiaries, i.CostPerBeneficiary,
        ]), total: false);

    private IEnumerable<string> Years => plan.Years.Select(y => y.Label);

    private Table Of(string name, IEnumerable<string> headers, IEnumerable<IReadOnlyList<TableCell>> rows, bool total = true)
    {
        var all = rows.ToList();
        if (total && all.Count > 0)
            all.Add([(TableCell)t["money.total"] with { IsStrong = true }, .. Enumerable.Range(1, all[0].Count - 1).Select(c => TableCell.Number(all.Sum(r => r[c].AsNumber ?? 0)) with { IsStrong = true })]);
        return new(t[$"money.table.{name}"], [.. headers.Select((h, i) => new TableColumn(h, i == 0 ? 36 : 16))], all) { FrozenColumns = 1 };
    }

    private IEnumerable<IReadOnlyList<TableCell>> ByYear(Func<InitiativeFacts, IReadOnlyDictionary<string, double>> shares, IReadOnlyList<(string Id, string Name)> groups)
    {
        var money = plan.Schedule.Select(s => (Shares: shares(s.Facts), Years: Sum(plan.Input.Scenario.Sources.Select(source => plan.MoneyOf(s, source.Id))))).ToList();
        foreach (var (id, name) in groups)
        {
            var years = plan.Years.Select(y => money.Sum(m => m.Shares.GetValueOrDefault(id) * m.Years[y.Index])).ToList();
            if (years.Any(y => y > 0) || id.Length > 0) yield return Row(name, [.. years, years.Sum()]);
        }
    }

    private double[] Sum(IEnumerable<IReadOnlyList<(double Setup, double Operation)>> sources)
    {
        var sums = new double[plan.Years.Count];
        foreach (var years in sources)
            for (var y = 0; y < sums.Length; y++) sums[y] += years[y].Setup + years[y].Operation;
        return sums;
    }

    private static IReadOnlyList<TableCell> Row(string name, IEnumerable<double> numbers) => [name, .. numbers.Select(n => TableCell.Number(n))];

    private static IReadOnlyList<TableCell> Row(string name, string what, IEnumerable<double> numbers) => [name, what, .. numbers.Select(n => TableCell.Number(n))];
}
