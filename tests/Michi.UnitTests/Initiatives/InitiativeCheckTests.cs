using Michi.Roadmap.Initiatives;
using static Michi.UnitTests.Initiatives.InitiativeScene;

namespace Michi.UnitTests.Initiatives;

public sealed class InitiativeCheckTests
{
    private static readonly (string, InitiativeFacts)[] Others = [("b", Facts("Bins", "c")), ("c", Facts("Carts", "a")), ("d", Facts("Depot"))];

    public static TheoryData<string, string, string> Faulty => new()
    {
        { "cost", "cost-low", "initiative-above-planned" },
        { "negative", "cost-low", "range" },
        { "duration", "duration-low", "range" },
        { "source", "operation-source", "initiative-source-or-assumption" },
        { "shares", "funding", "initiative-shares-above-one" },
        { "element", "lifts-0-element", "unknown-element" },
        { "levels", "lifts-0-to", "initiative-level-above" },
        { "overlap", "lifts-1-from", "initiative-lifts-overlap" },
        { "sector", "sector", "choice" },
        { "pool", "people", "initiative-unknown-id" },
        { "risk", "risks", "initiative-unknown-id" },
        { "code", "prerequisites-0-initiative", "initiative-unknown" },
        { "itself", "excludes", "initiative-itself" },
        { "both", "together", "initiative-exclusive-and-together" },
        { "needed", "excludes", "initiative-exclusive-and-needed" },
        { "cycle", "prerequisites", "initiative-prerequisite-cycle" },
        { "null", "prerequisites-0-initiative", "initiative-unknown" },
        { "name", "names-en", "required" },
    };

    [Theory, MemberData(nameof(Faulty))]
    public void Run_FaultyInitiative_NamesTheField(string what, string field, string code)
    {
        var facts = Facts("Alleys");
        facts = what switch
        {
            "cost" => facts with { Cost = new(5, 4, 6, "assumption") },
            "negative" => facts with { Cost = new(-1, 4, 6, "assumption") },
            "duration" => facts with { Duration = new(0, 1, 1, "assumption") },
            "source" => facts with { Operation = new(1, 1, 1, " ") },
            "shares" => facts with { Funding = [new("own", 0.6), new("grant", 0.6), new("own", 1, 2)] },
            "element" => facts with { Lifts = [new("X9", 0, 1, [])] },
            "levels" => facts with { Lifts = [new("P1", 2, 2, [])] },
            "overlap" => facts with { Lifts = [new("P1", 0, 2, []), new("P1", 1, 3, [])] },
            "sector" => facts with { Sector = "magic" },
            "pool" => facts with { People = new() { ["wizards"] = Expected.None } },
            "risk" => facts with { Risks = ["dragons"] },
            "code" => Facts("Alleys", "z"),
            "itself" => facts with { Excludes = ["a"] },
            "both" => facts with { Excludes = ["d"], Together = ["d"] },
            "needed" => Facts("Alleys", "d") with { Excludes = ["d"] },
            "cycle" => Facts("Alleys", "b"),
            "null" => Facts("Alleys", [null!]),
            _ => facts with { Names = [] },
        };

        var faults = Check(facts, "a", Others).Faults;

        Assert.Contains(faults, f => f.Field == field && f.Code == code);
    }

    [Fact]
    public void Run_Cycle_IsNamedInWordsFromEndToEnd() =>
        Assert.Equal("Alleys → Bins → Carts → Alleys", Assert.Single(Check(Facts("Alleys", "b"), "a", Others).Faults).Arguments[0]);

    [Fact]
    public void Run_SoundInitiative_IsTrimmedAndKept()
    {
        var (facts, faults) = Check(Facts("  Alleys ", "d") with { Owner = " Works ", Funding = [new("own", 0.4), new("grant", 0.6)] }, "a", Others);

        Assert.Empty(faults);
        Assert.Equal(("Alleys", "Works"), (facts.Names["en"], facts.Owner));
    }
}
