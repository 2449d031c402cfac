using System.Text;
using System.Text.Json.Nodes;
using Michi.Approach;
using Michi.Platform;
using Michi.Roadmap.Exchange;
using Michi.Roadmap.Initiatives;

namespace Michi.UnitTests.Exchange;

/// <summary>Plan files: what is read, and that what is wrong is named by its path.</summary>
public sealed class PlanFileTests
{
    private static readonly ContentPack Pack = PackReader.Read(Path.Combine(ProjectFolder.Path, "content", "approach")).Pack!;
    private static readonly InitiativeLibrary Library = InitiativeReader.Read(Path.Combine(ProjectFolder.Path, "content", "initiatives"), Pack).Library!;
    private static readonly byte[] Sample = File.ReadAllBytes(Path.Combine(ProjectFolder.Path, "samples", "siem-reap", "siem-reap.plan.json"));

    [Fact]
    public void Check_Sample_IsSoundAndSaysThatItIsADemonstration()
    {
        var (file, fault) = PlanFile.Read(Sample);
        Assert.Null(fault);
        var (initiatives, faults) = Check(file!);
        Assert.Empty(faults);
        Assert.True(file!.Demonstration);
        Assert.Equal(["en", "ja"], file.Note.Keys.Order());
        Assert.InRange(initiatives.Count, 20, 30);
        Assert.All(initiatives, i => Assert.All(new[] { i.Facts.Cost, i.Facts.Operation, i.Facts.Duration }.Concat(i.Facts.People.Values), e => Assert.True(e.IsAssumption, i.Code)));
        Assert.All(file.Scenarios.SelectMany(s => s.Facts.Sources.Select(f => f.Source).Concat(s.Facts.Pools.Select(p => p.Source))), source => Assert.StartsWith("Assumption", source, StringComparison.Ordinal));
        Assert.All(initiatives, i => Assert.NotEmpty(i.Facts.LeadsTo));
        Assert.All(initiatives, i => Assert.NotEmpty(i.Facts.Challenges));
    }

    [Fact]
    public void Check_SampleChallenges_CiteTheEvidence()
    {
        var sources = JsonNode.Parse(File.ReadAllBytes(Path.Combine(ProjectFolder.Path, "samples", "siem-reap", "siem-reap.json")))!["evidence"]!.AsArray().Select(e => (string)e!["source"]!).ToHashSet();
        Assert.All(PlanFile.Read(Sample).File!.Challenges, c => Assert.Contains(c.Facts.Source, sources));
    }

    [Fact]
    public void Check_LibraryCopy_IsScaledToTheInhabitantsAndChanged()
    {
        var file = PlanFile.Read("""{"format":"michi-plan/1","initiatives":[{"library":"waste-collection-tracking","changes":{"cost":{"planned":20000},"owner":"City","excludes":null}}]}"""u8).File!;
        var (_, facts) = Assert.Single(Check(file).Initiatives);
        // Library: 15,000 to 60,000 dollars for 200,000 inhabitants.
        Assert.Equal((14_200, 20_000, 57_000), (facts.Cost.Low, facts.Cost.Planned, facts.Cost.High));
        Assert.Equal("City", facts.Owner);
        Assert.Equal(0.5 * 0.95, facts.People["field"].Low, 9);
        Assert.False(facts.Lifts.Single(l => l.Element == "T3").Holds);
        Assert.True(facts.Lifts.Single(l => l.Element == "O3").Holds);
    }

    [Theory]
    [InlineData("""{"format":"michi-plan/1","colour":"red"}""", "colour (line 1)", "json-unknown-field")]
    [InlineData("""{"format":"michi-plan/1","initiatives":[{"library":"data-inventory","changes":{"cost":{"hihg":5}}}]}""", "initiatives[0].changes.cost.hihg", "json-unknown-field")]
    [InlineData("""{"format":"michi-plan/1","initiatives":[{"library":"data-inventory"},{"library":"data-inventory"}]}""", "initiatives[1].code", "twice")]
    [InlineData("""{"format":"michi-plan/1","initiatives":[{"library":"data-inventory","changes":{"cost":{"high":1}}}]}""", "initiatives[0].changes.cost.high", "rising")]
    [InlineData("""{"format":"michi-plan/1","initiatives":[{"library":"data-inventory","changes":{"cost":"much"}}]}""", "initiatives[0].changes.cost", "json")]
    [InlineData("""{"format":"michi-plan/1","initiatives":[{"library":"data-inventory","changes":{"challenges":["x-1"]}}]}""", "initiatives[0].changes.challenges[0]", "plan-reference")]
    [InlineData("""{"format":"michi-plan/1","initiatives":[{"library":"data-inventory","changes":{"lifts":[null]}}]}""", "initiatives[0].changes.lifts[0]", "required")]
    [InlineData("""{"format":"michi-plan/1","initiatives":[{"library":"no-such"}]}""", "initiatives[0].library", "library-initiative")]
    [InlineData("""{"format":"michi-plan/2"}""", "format", "format")]
    [InlineData("""{"format":"michi-plan/1","place":"elsewhere"}""", "place", "not-here")]
    [InlineData("""{"format":"michi-plan/1","challenges":[{"code":"a1","facts":{"names":{"en":"A"},"sector":"waste","severity":5,"source":"s"}}]}""", "challenges[0].facts.severity", "range")]
    [InlineData("""{"format":"michi-plan/1","scenarios":[{"name":"s","facts":{"start":"2027-5","quarters":8}}]}""", "scenarios[0].facts.start (line 1)", "json")]
    [InlineData("""{"format":"michi-plan/1","scenarios":[{"name":"s","facts":{"start":"2027-Q1","quarters":3,"sources":[{"id":"own","names":{"en":"Own"},"kind":"own","years":[1],"carriesOver":false,"source":"s"}]}}]}""", "scenarios[0].facts.quarters", "range")]
    [InlineData("""{"format":"michi-plan/1","vision":{"facts":{"statement":{"en":"x"},"targets":[{"id":"t1","objective":"o1","names":{"en":"T"},"unit":"percent","measurement":"","source":""}]}}}""", "vision.facts.targets[0].objective", "plan-reference")]
    public void Check_Faulty_NamesThePath(string json, string where, string code)
    {
        var (file, fault) = PlanFile.Read(Encoding.UTF8.GetBytes(json));
        var found = fault is null ? Check(file!).Faults : [fault];
        Assert.Contains((where, code), found.Select(f => (f.Field, f.Code)));
    }

    [Fact]
    public void Check_PrerequisitesInACircle_NamesIt()
    {
        var file = PlanFile.Read("""{"format":"michi-plan/1","initiatives":[{"library":"data-inventory","changes":{"prerequisites":[{"initiative":"open-data-catalogue","lag":0}]}},{"library":"open-data-catalogue"}]}"""u8).File!;
        Assert.Equal("data-inventory → open-data-catalogue → data-inventory", Assert.Single(Check(file).Faults, f => f.Code == "prerequisite-circle").Arguments[0]);
    }

    [Fact]
    public void Write_Read_GivesTheSame()
    {
        var file = PlanFile.Read(Sample).File!;
        var whole = file with { Initiatives = [.. Check(file).Initiatives.Select(i => new FileInitiative { Code = i.Code, Facts = i.Facts })] };
        var written = whole.Write();
        Assert.True(PlanFile.IsMeant(written));
        var (again, fault) = PlanFile.Read(written);
        Assert.Null(fault);
        Assert.Empty(Check(again!).Faults);
        Assert.Equal(written, again!.Write());
    }

    [Theory, InlineData("""{"format":"michi/1"}"""), InlineData("[1]"), InlineData("{"), InlineData("")]
    public void IsMeant_Another_False(string json) => Assert.False(PlanFile.IsMeant(Encoding.UTF8.GetBytes(json)));

    private static (IReadOnlyList<(string Code, InitiativeFacts Facts)> Initiatives, IReadOnlyList<Fault> Faults) Check(PlanFile file) =>
        PlanFileCheck.Run(file, new("siem-reap", null, new HashSet<string>(), new HashSet<string>(), new() { Id = Guid.Empty, PlaceId = Guid.Empty, Kind = "population", Value = "190000", Source = "made up", CreatedAt = default }, new HashSet<string>()), Pack, Library, new(2026, 11, 27));
}
