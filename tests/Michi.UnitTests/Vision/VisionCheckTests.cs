using Michi.Roadmap.Vision;

namespace Michi.UnitTests.Vision;

public sealed class VisionCheckTests
{
    private static Dictionary<string, string> Named(string name) => new() { ["en"] = name };

    private static readonly VisionFacts Sound = new()
    {
        Statement = Named("Clean streets."),
        Objectives = [new("clean", Named("Clean city"))],
        Targets = [new("recycled", "clean", Named("Recycled waste"), "%", 0, 2024, 40, 2030, "Weighed monthly", "City report 2024, p. 3")],
        Alignments = [new("urban-plan", "Master plan", "Chapter 4", "", null)],
        Logic = [new("trucks", "input", Named("Trucks"), ["sorting"]), new("sorted", "output", Named("Sorted waste"), ["less"]), new("less", "outcome", Named("Less landfill"), ["recycled"])],
    };

    private static readonly Activity Sorting = new("sorting", Named("Sorting"), ["sorted"]);

    private static IEnumerable<string> Codes(VisionFacts vision, params Activity[] activities) => VisionCheck.Findings(vision, activities).Select(f => $"{f.Code} {f.Id}".Trim()).Order(StringComparer.Ordinal);

    [Fact]
    public void Findings_SoundVision_AreNone() => Assert.Empty(Codes(Sound, Sorting));

    [Fact]
    public void Findings_EmptyVision_NameTheFirstSteps() => Assert.Equal(["no-alignment new", "no-objective new", "no-statement"], Codes(new()));

    [Fact]
    public void Findings_BareTarget_NameEverythingItLacks()
    {
        var vision = Sound with { Objectives = [.. Sound.Objectives, new("safe", Named("Safe"))], Targets = [.. Sound.Targets, new("bare", null, Named("Bare"), "%", null, null, null, null, "", "")] };

        Assert.Equal(["objective-without-target safe", "target-without-baseline bare", "target-without-goal bare", "target-without-measurement bare", "target-without-objective bare", "target-without-source bare", "target-without-year bare"], Codes(vision, Sorting));
    }

    [Fact]
    public void Findings_InitiativesWithoutPurposeOrWithUnknownEnds_AreNamed() => Assert.Equal(
        ["initiative-leads-to-unknown odd", "initiative-without-purpose idle"], Codes(Sound, Sorting, new("idle", Named("Idle"), []), new("odd", Named("Odd"), ["gone"])));

    [Fact]
    public void Findings_LooseSteps_AreNamed()
    {
        var vision = Sound with { Logic = [.. Sound.Logic, new("end", "outcome", Named("End"), []), new("back", "impact", Named("Back"), ["sorted", "gone"])] };

        Assert.Equal(["step-leads-back back", "step-leads-nowhere end", "step-leads-to-unknown back", "step-without-cause back", "step-without-cause end"], Codes(vision, Sorting));
    }

    [Fact]
    public void Findings_Circle_IsNamedOnceWithItsSteps()
    {
        var vision = Sound with { Logic = [.. Sound.Logic, new("a", "outcome", Named("A"), ["b"]), new("b", "outcome", Named("B"), ["a"])] };

        var circle = Assert.Single(VisionCheck.Findings(vision, [Sorting]), f => f.Code == "circle");
        Assert.Equal("A → B → A", circle.Names[0]["en"]);
    }
}
