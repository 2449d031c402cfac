using Michi.Approach;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;

namespace Michi.UnitTests.Roadmap;

/// <summary>Small inputs of plans, made up, with figures that can be checked by hand.</summary>
internal static class PlanScene
{
    public static ContentPack Pack { get; } = PackReader.Read(Path.Combine(ProjectFolder.Path, "content", "approach")).Pack!;

    public static InitiativeFacts Facts(string name, int duration = 2, double cost = 0, double operation = 0, double revenue = 0, double beneficiaries = 0) => new()
    {
        Names = new() { ["en"] = name },
        Sector = "mobility",
        Type = "sector",
        Duration = Just(duration),
        Cost = Just(cost),
        Operation = Just(operation),
        Revenue = Just(revenue),
        Beneficiaries = Just(beneficiaries),
    };

    public static Expected Just(double value) => new(value, value, value, Expected.Assumption);

    public static ScenarioFacts Scenario(int quarters = 8, params FundingSource[] sources) => new()
    {
        Start = new(2027, 1),
        Quarters = quarters,
        Discount = 0.05,
        Sources = sources.Length > 0 ? [.. sources] : [Source("own", [1000, 1000])],
    };

    public static FundingSource Source(string id, List<double> years, double? total = null, bool carriesOver = false) => new(id, new() { ["en"] = id }, "own", years, total, carriesOver, "made up");

    public static PlanInput Input(ScenarioFacts scenario, params (string Code, InitiativeFacts Facts)[] initiatives) => new()
    {
        Scenario = scenario,
        ScenarioName = "Test",
        ScenarioVersion = 1,
        Initiatives = [.. initiatives.Select(i => new PlannedInitiative(i.Code, 1, i.Facts))],
        Levels = Pack.Elements.ToDictionary(e => e.Id, _ => new StartLevel(0, "nothing", [0, 0, 0, 0])),
        Weights = new()
        {
            Elements = Pack.Elements.ToDictionary(e => e.Id, _ => 1.0),
            Benefits = new() { ["time"] = 1, ["safety"] = 1 },
            StepDecay = 0.5,
            BenefitShare = 0.5,
            Severity = 0.25,
        },
        Severities = [],
        Currency = "USD",
        Inhabitants = 100_000,
        Direction = "problem-oriented",
        Stage = "small-start",
        PackHash = Pack.Hash,
        LibraryVersion = "1.0.0",
        ProgramVersion = "0",
    };
}
