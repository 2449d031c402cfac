using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Money;

/// <summary>Money of a budget year, as the city sees it, in the plan's currency.</summary>
internal sealed record CashYear(double Setup, double Operation, double Revenue)
{
    /// <summary>Revenue less set-up and operation.</summary>
    public double Net => Revenue - Setup - Operation;
}

/// <summary>What an initiative costs and brings over the years of the plan.</summary>
/// <param name="NetPresentValue">Σ over the plan's quarters of (revenue − set-up − operation) · (1 + r)^(−t/4), t from the plan's first quarter.</param>
/// <param name="PresentCost">The same of set-up and operation alone.</param>
/// <param name="Beneficiaries">People who notice the result; null where the inhabitants of the place are not known.</param>
internal sealed record InitiativeMoney(ScheduledInitiative Initiative, double Setup, double Operation, double Revenue, double NetPresentValue, double PresentCost, double? Beneficiaries)
{
    /// <summary>Present cost for each person who notices the result; null where nobody does or they are not counted.</summary>
    public double? CostPerBeneficiary => Beneficiaries is > 0 ? PresentCost / Beneficiaries : null;
}

/// <summary>The cash flow of a plan: simple, by budget year, without inflation, interest or tax. Pure.</summary>
/// <remarks>
/// Net present value after Brealey, Myers &amp; Allen, Principles of Corporate Finance, ch. 2: NPV = Σ C_t / (1 + r)^t; here t in years from the first
/// quarter of the plan, each quarter's money at its beginning, over the horizon of the plan and no longer.
/// </remarks>
internal sealed class CashFlow
{
    private CashFlow(PlanReading plan)
    {
        var factors = Enumerable.Range(0, plan.Input.Scenario.Quarters).Select(t => Math.Pow(1 + plan.Input.Scenario.Discount, -t / 4.0)).ToArray();
        Initiatives = [.. plan.Schedule.Select(i => MoneyOf(i, plan, factors))];
        Years = [.. plan.Years.Select(y => new CashYear(
            plan.Spending.Values.Sum(s => s[y.Index].Setup), plan.Spending.Values.Sum(s => s[y.Index].Operation),
            plan.Schedule.Sum(i => i.Facts.Revenue.Planned / 4 * Math.Max(0, y.End - Math.Max(y.Begin, i.End)))))];
        AtHigh = [.. plan.Years.Select(y => plan.Input.Scenario.Sources.Sum(source => Math.Max(0,
            plan.Schedule.Sum(i => plan.MoneyOf(i, source.Id)[y.Index] is var m ? m.Setup * Ratio(i.Facts.Cost) + m.Operation * Ratio(i.Facts.Operation) : 0)
            - plan.Spending[source.Id][y.Index].Limit - plan.Spending[source.Id][y.Index].Carried)))];
    }

    /// <summary>By budget year of the plan.</summary>
    public IReadOnlyList<CashYear> Years { get; }

    /// <summary>Money missing in each budget year if everything cost what is held for the high end of its range, with the schedule as it is.</summary>
    public IReadOnlyList<double> AtHigh { get; }

    /// <summary>In order of start.</summary>
    public IReadOnlyList<InitiativeMoney> Initiatives { get; }

    public double NetPresentValue => Initiatives.Sum(i => i.NetPresentValue);

    public static CashFlow Of(PlanReading plan) => new(plan);

    private static double Ratio(Michi.Roadmap.Initiatives.Expected expected) => expected.Planned > 0 ? expected.High / expected.Planned : 1;

    private static InitiativeMoney MoneyOf(ScheduledInitiative initiative, PlanReading plan, double[] factors)
    {
        var (facts, quarters) = (initiative.Facts, factors.Length - initiative.End);
        var setup = Enumerable.Range(initiative.Start, initiative.End - initiative.Start).Sum(t => factors[t]) / (initiative.End - initiative.Start) * facts.Cost.Planned;
        var running = factors.Skip(initiative.End).Sum() / 4;
        return new(initiative, facts.Cost.Planned, facts.Operation.Planned / 4 * quarters, facts.Revenue.Planned / 4 * quarters,
            running * (facts.Revenue.Planned - facts.Operation.Planned) - setup, setup + running * facts.Operation.Planned,
            plan.Input.Inhabitants is { } people ? people * facts.Beneficiaries.Planned : null);
    }
}
