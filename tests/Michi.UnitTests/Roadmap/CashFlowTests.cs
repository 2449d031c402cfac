using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Money;
using Michi.Roadmap.Plans;

namespace Michi.UnitTests.Roadmap;

public sealed class CashFlowTests
{
    private static CashFlow Of(PlanInput input, params (string Code, int Start)[] starts) =>
        CashFlow.Of(PlanReading.Of(input, starts.ToDictionary(s => s.Code, s => s.Start), PlanScene.Pack));

    [Fact]
    public void NetPresentValue_PaymentsOnceAYear_IsThatOfTheTextbook()
    {
        // Brealey, Myers & Allen, ch. 2: −370,000 now and 420,000 in a year at 5 % are worth 30,000. Here the income comes in four equal parts over
        // the second year, each discounted to its own quarter.
        var input = PlanScene.Input(PlanScene.Scenario(8), ("office", PlanScene.Facts("Office", 4, 370_000, 0, 420_000)));

        var value = Of(input, ("office", 0)).NetPresentValue;

        var quarter = Math.Pow(1.05, -0.25);
        var expected = 420_000 / 4.0 * Enumerable.Range(4, 4).Sum(t => Math.Pow(quarter, t)) - 370_000 / 4.0 * Enumerable.Range(0, 4).Sum(t => Math.Pow(quarter, t));
        Assert.Equal(expected, value, 1e-6);
        // The same with yearly factors: each year's four payments are worth 4 · 0.98189… of one at its beginning.
        var year = Enumerable.Range(0, 4).Average(t => Math.Pow(1.05, -t / 4.0));
        Assert.Equal(30_000 * year, value, 1e-6);
    }

    [Fact]
    public void Years_OneInitiative_AreSetupOperationAndRevenue()
    {
        var cash = Of(PlanScene.Input(PlanScene.Scenario(), ("a", PlanScene.Facts("A", 2, 400, 40, 100))), ("a", 1));

        Assert.Equal([(400.0, 10.0, 25.0), (0, 40, 100)], cash.Years.Select(y => (y.Setup, y.Operation, y.Revenue)));
        Assert.Equal([-385.0, 60.0], cash.Years.Select(y => y.Net));
    }

    [Fact]
    public void CostPerBeneficiary_NoDiscount_IsCostOverPeople()
    {
        var input = PlanScene.Input(PlanScene.Scenario() with { Discount = 0 }, ("a", PlanScene.Facts("A", 4, 600, 100, 0, beneficiaries: 0.01)), ("b", PlanScene.Facts("B", 1, 10)));

        var money = Of(input, ("a", 0), ("b", 0)).Initiatives.ToDictionary(i => i.Initiative.Code);

        Assert.Equal(1000, money["a"].Beneficiaries);
        Assert.Equal(0.7, money["a"].CostPerBeneficiary!.Value, 1e-12);
        Assert.Null(money["b"].CostPerBeneficiary);
        Assert.Null(Of(input with { Inhabitants = null }, ("a", 0)).Initiatives[0].CostPerBeneficiary);
    }

    [Fact]
    public void AtHigh_CostsAboveTheBudget_TellsWhatIsMissingInThatYear()
    {
        var facts = PlanScene.Facts("A", 4) with { Cost = new(500, 800, 1600, Expected.Assumption), Operation = new(10, 20, 30, Expected.Assumption) };

        Assert.Equal([600, 0], Of(PlanScene.Input(PlanScene.Scenario(), ("a", facts)), ("a", 0)).AtHigh);
    }
}
